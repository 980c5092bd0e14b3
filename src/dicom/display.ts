// In: the samples of a frame. Out: 8 bit values as a screen shows them: palette applied, colours as RGB, MONOCHROME1 turned over.
import { fault } from '../kernel/errors.ts';
import type { DecodedFrame } from './decoded-frame.ts';
import type { Palette } from './palette.ts';
import type { PixelDescription } from './pixel-description.ts';

/** Display values of a frame: one grey or three RGB bytes for each pixel, row by row from the top left. */
export type DisplayValues = { readonly channels: 1 | 3; readonly data: Uint8Array };

/** YCbCr of JFIF to RGB in 16 bit fixed point, as libjpeg rounds it (ITU-T T.871; PS3.3 C.7.6.3.1.2 YBR_FULL). */
const fromYbrFull = (samples: Uint8Array): Uint8Array => {
  const rgb = new Uint8ClampedArray(samples.length);
  for (let at = 0; at + 2 < samples.length; at += 3) {
    const y = samples[at] ?? 0;
    const cb = (samples[at + 1] ?? 0) - 128;
    const cr = (samples[at + 2] ?? 0) - 128;
    // Nearly all of an ultrasound screen is grey, for which there is nothing to work out.
    if ((cb | cr) === 0) {
      rgb[at] = y;
      rgb[at + 1] = y;
      rgb[at + 2] = y;
      continue;
    }
    rgb[at] = y + ((91881 * cr + 32768) >> 16);
    rgb[at + 1] = y + ((-22554 * cb - 46802 * cr + 32768) >> 16);
    rgb[at + 2] = y + ((116130 * cb + 32768) >> 16);
  }
  return new Uint8Array(rgb.buffer);
};

/** YCbCr of studio range (Y 16..235) to RGB (PS3.3 C.7.6.3.1.2 YBR_PARTIAL_422, ITU-R BT.601). */
const fromYbrPartial = (samples: Uint8Array): Uint8Array => {
  const rgb = new Uint8ClampedArray(samples.length);
  for (let at = 0; at + 2 < samples.length; at += 3) {
    const y = 1.1644 * ((samples[at] ?? 0) - 16);
    const cb = (samples[at + 1] ?? 0) - 128;
    const cr = (samples[at + 2] ?? 0) - 128;
    rgb[at] = y + 1.596 * cr;
    rgb[at + 1] = y - 0.3917 * cb - 0.813 * cr;
    rgb[at + 2] = y + 2.0173 * cb;
  }
  return new Uint8Array(rgb.buffer);
};

const unchanged = (samples: Uint8Array): Uint8Array => samples;

/** JPEG 2000 decoders undo the transform of YBR_RCT and YBR_ICT themselves. */
const TO_RGB: Readonly<Record<string, (samples: Uint8Array) => Uint8Array>> = {
  RGB: unchanged,
  YBR_RCT: unchanged,
  YBR_ICT: unchanged,
  YBR_FULL: fromYbrFull,
  YBR_FULL_422: fromYbrFull,
  YBR_PARTIAL_422: fromYbrPartial,
  YBR_PARTIAL_420: fromYbrPartial,
};

/** One entry per stored value: rescaled, windowed (PS3.3 C.11.2.1.2.1) or spread over the full range, inverted for MONOCHROME1. */
const greyTable = (description: PixelDescription): Uint8Array => {
  const { bitsStored, signed, window, rescale, photometric } = description;
  const size = 2 ** bitsStored;
  const lowest = signed ? -size / 2 : 0;
  const shade = (stored: number): number => {
    if (bitsStored <= 8 || window === null) return (stored - lowest) / (size - 1);
    const { centre, width } = window;
    return (stored * rescale.slope + rescale.intercept - (centre - 0.5)) / Math.max(width - 1, 1e-6) + 0.5;
  };
  const table = new Uint8ClampedArray(size);
  for (let pattern = 0; pattern < size; pattern += 1) {
    const stored = signed && pattern >= size / 2 ? pattern - size : pattern;
    const level = 255 * shade(stored);
    table[pattern] = photometric === 'MONOCHROME1' ? 255 - level : level;
  }
  return new Uint8Array(table.buffer);
};

/** The stored bits of every sample, as an unsigned pattern; the samples themselves where those are all that is stored. */
const patternsOf = ({ data, bytesPerSample }: DecodedFrame, description: PixelDescription): Uint8Array | Uint16Array => {
  const { bitsStored, shift } = description;
  const mask = 2 ** bitsStored - 1;
  if (bytesPerSample === 1) return bitsStored === 8 ? data : data.map((sample) => (sample >> shift) & mask);
  const patterns = new Uint16Array(data.length >> 1);
  for (let index = 0; index < patterns.length; index += 1) {
    const word = (data[index * 2] ?? 0) | ((data[index * 2 + 1] ?? 0) << 8);
    patterns[index] = (word >> shift) & mask;
  }
  return patterns;
};

const greyOf = (frame: DecodedFrame, description: PixelDescription): Uint8Array => {
  const patterns = patternsOf(frame, description);
  const table = greyTable(description);
  if (patterns instanceof Uint8Array && table.length === 256 && table.every((grey, pattern) => grey === pattern)) return patterns;
  const grey = new Uint8Array(patterns.length);
  for (let index = 0; index < grey.length; index += 1) grey[index] = table[patterns[index] ?? 0] ?? 0;
  return grey;
};

const isGreyPalette = ({ red, green, blue }: Palette): boolean =>
  red.length === green.length &&
  red.length === blue.length &&
  red.every((value, at) => value === green[at] && value === blue[at]);

const throughPalette = (frame: DecodedFrame, description: PixelDescription, palette: Palette): DisplayValues => {
  const channels = isGreyPalette(palette) ? 1 : 3;
  const patterns = patternsOf(frame, description);
  const size = 2 ** description.bitsStored;
  const data = new Uint8Array(description.rows * description.columns * channels);
  for (const [channel, table] of [palette.red, palette.green, palette.blue].slice(0, channels).entries()) {
    const shown = Uint8Array.from({ length: size }, (_, pattern) => {
      const stored = description.signed && pattern >= size / 2 ? pattern - size : pattern;
      return table[Math.max(0, Math.min(table.length - 1, stored - palette.first))] ?? 0;
    });
    for (let index = 0, to = channel; to < data.length; index += 1, to += channels) data[to] = shown[patterns[index] ?? 0] ?? 0;
  }
  return { channels, data };
};

const eightBitSamples = (frame: DecodedFrame, description: PixelDescription): Uint8Array => {
  if (frame.bytesPerSample === 1) return frame.data;
  const excess = Math.max(0, description.bitsStored - 8);
  return Uint8Array.from(patternsOf(frame, description), (pattern) => pattern >> excess);
};

/** A frame as the screen shows it. `palette` is given for PALETTE COLOR. Throws Fault `frames-unreadable` for an unknown interpretation. */
export const displayed = (frame: DecodedFrame, description: PixelDescription, palette: Palette | null): DisplayValues => {
  if (frame.channels === 3) {
    const samples = eightBitSamples(frame, description);
    const toRgb =
      frame.colour === 'rgb' ? unchanged : frame.colour === 'ybr-full' ? fromYbrFull : TO_RGB[description.photometric];
    if (toRgb === undefined)
      throw fault('frames-unreadable', `photometric interpretation ${description.photometric.slice(0, 16)}`);
    return { channels: 3, data: toRgb(samples) };
  }
  if (palette !== null) return throughPalette(frame, description, palette);
  return { channels: 1, data: greyOf(frame, description) };
};
