// In: a DICOM file and limits. Out: its frames, one at a time, read from where they lie in the file and decoded for display.
import { fault, isFault } from '../kernel/errors.ts';
import { attributesOf } from './attributes.ts';
import { text } from './dataset.ts';
import type { DecodedFrame } from './decoded-frame.ts';
import { type ByteRange, fragmentsOfFrames } from './fragments.ts';
import { DECODING_HERE, type EncodedFrame, type FrameDecoding, isDecoded, samplesOf } from './frame-decoding.ts';
import { nativeFrameBytes, swapPairs } from './native-pixels.ts';
import { paletteOf } from './palette.ts';
import { openPart10, type Part10File } from './part10.ts';
import { describePixels, type PixelDescription, type PixelLimits } from './pixel-description.ts';
import { type TransferSyntax, transferSyntax } from './transfer-syntaxes.ts';

/** A picture of `rows * columns` pixels, row by row from the top left; `data` holds one grey or three RGB bytes for each. */
export type GreyOrRgb = { readonly rows: number; readonly columns: number; readonly channels: 1 | 3; readonly data: Uint8Array };

/** The frames of one instance, open until `close`. Frames count from 0. */
export type FrameSource = {
  readonly rows: number;
  readonly columns: number;
  readonly frameCount: number;
  /** Some information of the original image was given up (LossyImageCompression, or a syntax that cannot do without). */
  readonly lossy: boolean;
  /** How many frames it is worth asking for before the first of them is there; 1 where they are decoded one after the other. */
  readonly atOnce: number;
  /** 8 bit display values of a frame. */
  readonly frame: (index0: number) => Promise<GreyOrRgb>;
  /** The frame as it lies in the file. */
  readonly encoded: (index0: number) => Promise<EncodedFrame>;
  /** The frame's samples as decoded, before palette, window and colour conversion. */
  readonly samples: (index0: number) => Promise<DecodedFrame>;
  readonly close: () => Promise<void>;
};

/** Reads the encoded bytes of one frame. */
type ReadFrame = (index0: number) => Promise<Uint8Array>;

/** The bytes of ranges that stand one after another in the file, read at once: a frame may be cut into thousands. */
const readRanges = async (file: Part10File, ranges: readonly ByteRange[], total: number): Promise<Uint8Array> => {
  const [first, last] = [ranges[0], ranges.at(-1)];
  if (first === undefined || last === undefined) throw fault('frames-unreadable', 'the file ends before the frame');
  const span = last.offset + last.length - first.offset;
  const bytes = await file.source.read(first.offset, span);
  if (bytes.length < span) throw fault('frames-unreadable', 'the file ends before the frame');
  if (span === total) return bytes;
  return Buffer.concat(ranges.map(({ offset, length }) => bytes.subarray(offset - first.offset, offset - first.offset + length)));
};

const encapsulatedReader = (file: Part10File, frames: readonly (readonly ByteRange[])[], limits: PixelLimits): ReadFrame => {
  return async (index0) => {
    const ranges = frames[index0] ?? [];
    const total = ranges.reduce((sum, range) => sum + range.length, 0);
    if (total > limits.maxFrameBytes) throw fault('pixel-limits-exceeded', `${total} encoded bytes in a frame`);
    return readRanges(file, ranges, total);
  };
};

const nativeReader = (file: Part10File, description: PixelDescription, syntax: TransferSyntax): ReadFrame => {
  const place = file.pixelData;
  if (place === null || place.length === null) throw fault('frames-unreadable', 'uncompressed pixel data of undefined length');
  const { offset, vr, length } = place;
  const frameBytes = nativeFrameBytes(description, length);
  // 8 bit pixels in OW are words too: in a big endian file each pair of pixels is swapped. In OB they are not.
  const swapped = syntax.bigEndian && (description.bitsAllocated === 16 || vr === 'OW');
  return async (index0) => {
    const start = index0 * frameBytes;
    if (start + frameBytes > length) throw fault('frames-unreadable', 'the pixel data ends before the frame');
    const from = swapped ? start & ~1 : start;
    const to = swapped ? start + frameBytes + ((start + frameBytes) & 1) : start + frameBytes;
    const bytes = await file.source.read(offset + from, to - from);
    if (bytes.length < to - from) throw fault('frames-unreadable', 'the file ends before the frame');
    return (swapped ? swapPairs(bytes) : bytes).subarray(start - from, start - from + frameBytes);
  };
};

const extendedOffsetsOf = (file: Part10File): readonly number[] => {
  const value = file.elements.get('7fe00001')?.value;
  if (value === undefined || value === null) return [];
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: value.length >> 3 }, (_, index) => Number(view.getBigUint64(index * 8, true)));
};

const readerOf = async (
  file: Part10File,
  description: PixelDescription,
  options: { readonly syntax: TransferSyntax; readonly limits: PixelLimits },
): Promise<ReadFrame> => {
  const { syntax, limits } = options;
  if (!syntax.encapsulated) return nativeReader(file, description, syntax);
  if (file.pixelData === null || file.pixelData.length !== null)
    throw fault('frames-unreadable', 'compressed pixel data of defined length');
  const frames = await fragmentsOfFrames(file.source, {
    start: file.pixelData.offset,
    frameCount: description.frameCount,
    family: syntax.family,
    extendedOffsets: extendedOffsetsOf(file),
  });
  return encapsulatedReader(file, frames, limits);
};

const isLossy = (file: Part10File, syntax: TransferSyntax): boolean => {
  const declared = text(attributesOf(file), 'LossyImageCompression');
  return declared === '01' || syntax.family === 'jpeg' || (syntax.lossy && declared !== '00');
};

/** Bytes of decoded frames that may be under way at once; their encoded bytes and the decoders' own memory come to some times that. */
const MOST_UNDER_WAY_BYTES = 128 * 1024 * 1024;

const mostAtOnce = ({ rows, columns, samplesPerPixel, bitsAllocated }: PixelDescription, wish: number): number => {
  const frameBytes = rows * columns * samplesPerPixel * (bitsAllocated / 8);
  return Math.max(1, Math.min(wish, Math.floor(MOST_UNDER_WAY_BYTES / frameBytes)));
};

const sourceFrom = async (file: Part10File, limits: PixelLimits, elsewhere: FrameDecoding): Promise<FrameSource> => {
  const syntax = transferSyntax(file.transferSyntaxUid);
  if (syntax === null || !isDecoded(syntax.family))
    throw fault('transfer-syntax-not-decoded', syntax?.name ?? file.transferSyntaxUid.slice(0, 64));
  const description = describePixels(file, limits);
  const { rows, columns, frameCount, photometric, signed } = description;
  const { littleEndian } = file;
  const palette = photometric === 'PALETTE COLOR' ? paletteOf(file.elements, { littleEndian, signed }) : null;
  const coding = { family: syntax.family, description, palette };
  // Uncompressed frames are there once they are read: moving them costs more.
  const { decode, atOnce } = syntax.encapsulated ? elsewhere : DECODING_HERE;
  const read = await readerOf(file, description, { syntax, limits });
  const encoded = async (index0: number): Promise<Uint8Array> => {
    if (!Number.isInteger(index0) || index0 < 0 || index0 >= frameCount) throw fault('frames-unreadable', `no frame ${index0}`);
    return read(index0);
  };
  return {
    rows,
    columns,
    frameCount,
    lossy: isLossy(file, syntax),
    atOnce: mostAtOnce(description, atOnce),
    encoded: async (index0) => ({ encoded: await encoded(index0), coding }),
    samples: async (index0) => samplesOf(await encoded(index0), coding),
    frame: async (index0) => ({ rows, columns, ...(await decode(await encoded(index0), coding)) }),
    close: file.close,
  };
};

/**
 * Opens the frames of a file; nothing is decoded yet. Close it. Compressed frames are decoded by `decoding`, in the thread that asks when left out.
 * Throws Fault `transfer-syntax-not-decoded` (stored and passed on only), `pixel-limits-exceeded`, `frames-unreadable` (here and from
 * `frame`), and `dataset-not-understood` for what is no DICOM.
 */
export const openFrames = async (
  path: string,
  limits: PixelLimits,
  { decoding = DECODING_HERE }: { readonly decoding?: FrameDecoding | undefined } = {},
): Promise<FrameSource> => {
  const file = await openPart10(path);
  try {
    return await sourceFrom(file, limits, decoding);
  } catch (problem) {
    await file.close();
    if (isFault(problem)) throw problem;
    throw fault('frames-unreadable', 'the pixel data cannot be located', problem);
  }
};

/** Luma of a picture (ITU-R BT.601, 16 bit fixed point); a grey picture's own bytes. */
export const grey = (picture: GreyOrRgb): Uint8Array => {
  if (picture.channels === 1) return picture.data;
  const { data } = picture;
  const luma = new Uint8Array(data.length / 3);
  for (let index = 0; index < luma.length; index += 1) {
    const at = index * 3;
    luma[index] = (19595 * (data[at] ?? 0) + 38470 * (data[at + 1] ?? 0) + 7471 * (data[at + 2] ?? 0) + 32768) >> 16;
  }
  return luma;
};
