// In: the encoded bytes of one frame and what its header says. Out: its samples, or what a screen shows. No file: it runs in any thread.
import type { RegionPicture, RegionWish } from '../contracts/analyser.ts';
import { fault } from '../kernel/errors.ts';
import type { DecodedFrame } from './decoded-frame.ts';
import { type DisplayValues, displayed } from './display.ts';
import { decodeJpeg } from './jpeg.ts';
import { decodeHtj2k, decodeJpeg2000 } from './jpeg-2000.ts';
import { decodeJpegLs } from './jpeg-ls.ts';
import { decodeNative } from './native-pixels.ts';
import type { Palette } from './palette.ts';
import type { PixelDescription } from './pixel-description.ts';
import { decodeRle } from './rle.ts';
import type { PixelFamily } from './transfer-syntaxes.ts';

/** What a decoder is told of the frames of one instance; plain data, so that it can be sent to a thread. */
export type FrameCoding = {
  readonly family: PixelFamily;
  readonly description: PixelDescription;
  /** For PALETTE COLOR. */
  readonly palette: Palette | null;
};

/** Decodes one frame for display. The bytes are given away: they may not be read afterwards. Throws Fault `frames-unreadable` and its kin. */
export type DecodeFrame = (encoded: Uint8Array, coding: FrameCoding) => Promise<DisplayValues>;

/** An encoded frame, and what its decoder is told. */
export type EncodedFrame = { readonly encoded: Uint8Array; readonly coding: FrameCoding };

/** Places of a frame as pictures, and how long its decoding and the rest took, in ms. */
export type FrameRegions = { readonly regions: readonly RegionPicture[]; readonly decodeMs: number; readonly regionMs: number };

/**
 * Decodes one frame and reads places of it, where the frame need not be moved in between. The bytes are given away. Throws Fault `frames-unreadable` and
 * its kin.
 */
export type ReadRegions = (frame: EncodedFrame, wish: RegionWish) => Promise<FrameRegions>;

/** Where frames are decoded, and how many it is worth having under way at once. */
export type FrameDecoding = { readonly decode: DecodeFrame; readonly atOnce: number };

type Decoder = (encoded: Uint8Array, description: PixelDescription) => DecodedFrame | Promise<DecodedFrame>;

/** One decoder for each family; families without a row are stored and passed on, not decoded. */
const DECODERS: Readonly<Partial<Record<PixelFamily, Decoder>>> = {
  native: decodeNative,
  rle: decodeRle,
  jpeg: decodeJpeg,
  'jpeg-lossless': decodeJpeg,
  'jpeg-ls': decodeJpegLs,
  'jpeg-2000': decodeJpeg2000,
  'high-throughput-jpeg-2000': decodeHtj2k,
};

/** True for a family whose frames can be decoded. */
export const isDecoded = (family: PixelFamily): boolean => DECODERS[family] !== undefined;

/** The frame's samples, before palette, window and colour conversion. */
export const samplesOf = async (encoded: Uint8Array, coding: Omit<FrameCoding, 'palette'>): Promise<DecodedFrame> => {
  const decode = DECODERS[coding.family];
  if (decode === undefined) throw fault('transfer-syntax-not-decoded', coding.family);
  return decode(encoded, coding.description);
};

/** Decodes in the thread that asks. */
export const decodeHere: DecodeFrame = async (encoded, coding) =>
  displayed(await samplesOf(encoded, coding), coding.description, coding.palette);

/** Decoding in the thread that asks, one frame after the other. */
export const DECODING_HERE: FrameDecoding = { decode: decodeHere, atOnce: 1 };
