// In: the bytes of one uncompressed frame. Out: its samples, interleaved and little endian (PS3.5 8.1.1, 8.2; PS3.3 C.7.6.3.1).
import { fault } from '../kernel/errors.ts';
import type { DecodedFrame } from './decoded-frame.ts';
import type { PixelDescription } from './pixel-description.ts';

/** Chrominance is stored once for two pixels: Y Y Cb Cr (PS3.3 C.7.6.3.1.2). */
const isHalved = (description: PixelDescription): boolean =>
  description.samplesPerPixel === 3 && description.bitsAllocated === 8 && description.photometric.endsWith('_422');

const fullFrameBytes = ({ rows, columns, samplesPerPixel, bitsAllocated }: PixelDescription): number =>
  rows * columns * samplesPerPixel * (bitsAllocated / 8);

/**
 * Bytes of one frame. Files that say YBR_FULL_422 and hold all three samples of every pixel exist: `storedBytes`, the length of PixelData,
 * tells them apart.
 */
export const nativeFrameBytes = (description: PixelDescription, storedBytes: number): number => {
  const full = fullFrameBytes(description);
  if (!isHalved(description) || storedBytes >= full * description.frameCount) return full;
  return 4 * Math.ceil((description.rows * description.columns) / 2);
};

/** Swaps each pair of bytes in place: 16 bit words of a big endian data set, also those that carry 8 bit pixels (PS3.5 8.1.1). */
export const swapPairs = (bytes: Uint8Array): Uint8Array => {
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const first = bytes[at] ?? 0;
    bytes[at] = bytes[at + 1] ?? 0;
    bytes[at + 1] = first;
  }
  return bytes;
};

const expanded = (stored: Uint8Array, pixels: number): Uint8Array => {
  const data = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const pair = (pixel >> 1) * 4;
    data[pixel * 3] = stored[pair + (pixel & 1)] ?? 0;
    data[pixel * 3 + 1] = stored[pair + 2] ?? 0;
    data[pixel * 3 + 2] = stored[pair + 3] ?? 0;
  }
  return data;
};

/** Planes of `bytesPerSample` byte samples, one after another, to interleaved samples. */
export const interleaved = (planes: Uint8Array, channels: number, bytesPerSample: number): Uint8Array => {
  const data = new Uint8Array(planes.length);
  const samples = Math.floor(planes.length / channels / bytesPerSample);
  for (let channel = 0; channel < channels; channel += 1) {
    for (let sample = 0; sample < samples; sample += 1) {
      const from = (channel * samples + sample) * bytesPerSample;
      const to = (sample * channels + channel) * bytesPerSample;
      for (let byte = 0; byte < bytesPerSample; byte += 1) data[to + byte] = planes[from + byte] ?? 0;
    }
  }
  return data;
};

/** Decodes one frame of `nativeFrameBytes` bytes, already in little endian order. */
export const decodeNative = (stored: Uint8Array, description: PixelDescription): DecodedFrame => {
  const { rows, columns, samplesPerPixel, bitsAllocated } = description;
  const bytesPerSample = bitsAllocated === 16 ? 2 : 1;
  const full = fullFrameBytes(description);
  const shape = { channels: samplesPerPixel, bytesPerSample, colour: 'tag' } as const;
  if (isHalved(description) && stored.length < full) return { ...shape, data: expanded(stored, rows * columns) };
  if (stored.length !== full) throw fault('frames-unreadable', 'the pixel data ends before the frame');
  return { ...shape, data: description.planar ? interleaved(stored, samplesPerPixel, bytesPerSample) : stored };
};
