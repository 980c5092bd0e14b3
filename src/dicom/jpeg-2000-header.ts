// In: one JPEG 2000 frame. Out: its codestream without a file around it, and what the main header says (ISO 15444-1 Annex A).
import { fault } from '../kernel/errors.ts';
import { type CodedShape, checkShape } from './jpeg-shape.ts';
import type { PixelDescription } from './pixel-description.ts';

/** What must be known of a codestream before it is decoded. */
export type CodestreamHeader = CodedShape & {
  readonly signed: boolean;
  /** RCT or ICT was applied to the components; the decoder undoes it. */
  readonly colourTransform: boolean;
};

const SOC_SIZ = 0xff4fff51;
const COD = 0xff52;
const SOT = 0xff90;
const EOC = 0xffd9;
const SIGNATURE_BOX = 0x6a502020;
const CODESTREAM_BOX = 0x6a703263;

/** Tiles of one image; OpenJPEG sets up kilobytes for each before it reads any. */
const MOST_TILES = 4096;
/** Precincts of one image; half a million would be a gigabyte of bookkeeping for the smallest of files. */
const MOST_PRECINCTS = 1 << 17;

const unreadable = (detail: string): Error => fault('frames-unreadable', detail);
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The codestream of a frame. Frames that hold a whole JP2 file exist, against PS3.5 A.4.4: its first codestream box counts, and no other
 * box. Throws Fault `frames-unreadable` when there is none.
 */
export const codestreamOf = (frame: Uint8Array): Uint8Array => {
  const view = viewOf(frame);
  if (frame.length >= 4 && view.getUint32(0) === SOC_SIZ) return frame;
  if (frame.length < 12 || view.getUint32(4) !== SIGNATURE_BOX) throw unreadable('no JPEG 2000 codestream');
  for (let at = 0; at + 8 <= frame.length; ) {
    const length = view.getUint32(at);
    // Length 0: to the end of the file. Length 1: a 64 bit length follows, of which a frame in memory needs no more than the lower half.
    const head = length === 1 ? 16 : 8;
    if (at + head > frame.length) break;
    const end = length === 0 ? frame.length : at + (length === 1 ? view.getUint32(at + 12) : length);
    if (end < at + head) break;
    if (view.getUint32(at + 4) === CODESTREAM_BOX) return frame.subarray(at + head, end);
    at = end;
  }
  throw unreadable('no JPEG 2000 codestream');
};

type Size = Omit<CodestreamHeader, 'colourTransform'> & {
  readonly tilesAcross: number;
  readonly tilesDown: number;
  readonly end: number;
};

/** SIZ (A.5.1), which follows SOC. */
const sizeOf = (view: DataView): Size => {
  if (view.byteLength < 42 || view.getUint32(0) !== SOC_SIZ) throw unreadable('no JPEG 2000 codestream');
  const components = view.getUint16(40);
  const end = 4 + view.getUint16(4);
  if (components === 0 || end < 42 + 3 * components || end > view.byteLength) throw unreadable('the JPEG 2000 header is damaged');
  const [columns, rows] = [view.getUint32(8), view.getUint32(12)];
  const offsets = [16, 20, 32, 36].map((at) => view.getUint32(at));
  if (offsets.some((offset) => offset !== 0)) throw fault('transfer-syntax-not-decoded', 'JPEG 2000 with an image offset');
  const [tileColumns, tileRows] = [view.getUint32(24), view.getUint32(28)];
  if (tileColumns === 0 || tileRows === 0) throw unreadable('the JPEG 2000 header is damaged');
  const depth = view.getUint8(42);
  for (let at = 42; at < 42 + 3 * components; at += 3) {
    if (view.getUint8(at) !== depth || view.getUint16(at + 1) !== 0x0101) {
      throw fault('transfer-syntax-not-decoded', 'JPEG 2000 with components of different kinds');
    }
  }
  const signed = depth > 127;
  const [tilesAcross, tilesDown] = [Math.ceil(columns / tileColumns), Math.ceil(rows / tileRows)];
  return { rows, columns, components, precision: (depth & 127) + 1, signed, tilesAcross, tilesDown, end };
};

/** Coding style (A.6.1): how many precincts there are at most, by their size at every resolution. */
const precinctsOf = (style: DataView, size: Size): number => {
  const levels = style.getUint8(9);
  const stated = (style.getUint8(4) & 1) === 1;
  if (levels > 32 || style.byteLength < 14 + (stated ? levels + 1 : 0)) throw unreadable('the JPEG 2000 header is damaged');
  let count = 0;
  for (let resolution = 0; resolution <= levels; resolution += 1) {
    const sides = stated ? style.getUint8(14 + resolution) : 0xff;
    const scale = 2 ** (levels - resolution);
    const across = Math.ceil(size.columns / scale / 2 ** (sides & 15)) + size.tilesAcross;
    const down = Math.ceil(size.rows / scale / 2 ** (sides >> 4)) + size.tilesDown;
    count += across * down * size.components;
  }
  return count;
};

/**
 * Steps over the tile-parts (A.4.2): all must be there, and every tile must have one. The decoders fill with black or grey what is not,
 * without a word.
 */
const checkTileParts = (view: DataView, start: number, tileCount: number): void => {
  const tiles = new Set<number>();
  for (let at = start, last = false; !last; ) {
    if (at + 12 > view.byteLength || view.getUint16(at) !== SOT) throw unreadable('the JPEG 2000 tiles are damaged');
    tiles.add(view.getUint16(at + 4));
    const length = view.getUint32(at + 6);
    at += length;
    if ((length !== 0 && length < 14) || at > view.byteLength) throw unreadable('the JPEG 2000 codestream ends early');
    // Length 0: the last tile-part, up to the end of the codestream.
    last = length === 0 || at + 2 > view.byteLength || view.getUint16(at) === EOC;
  }
  if (tiles.size !== tileCount) throw unreadable(`${tiles.size} of ${tileCount} JPEG 2000 tiles`);
};

/** Goes through the marker segments of the main header from `start`: where the tile-parts begin, and whether a colour transform was applied. */
const styleOf = (view: DataView, start: number, size: Size): { readonly end: number; readonly colourTransform: boolean } => {
  let colourTransform: boolean | null = null;
  let at = start;
  while (at + 4 <= view.byteLength && view.getUint16(at) !== SOT) {
    const end = at + 2 + view.getUint16(at + 2);
    if (view.getUint8(at) !== 0xff || end > view.byteLength || end < at + 4) break;
    if (view.getUint16(at) === COD) {
      if (end < at + 14) throw unreadable('the JPEG 2000 header is damaged');
      const style = new DataView(view.buffer, view.byteOffset + at, end - at);
      if (precinctsOf(style, size) > MOST_PRECINCTS) throw fault('pixel-limits-exceeded', 'JPEG 2000 precincts');
      colourTransform = style.getUint8(8) === 1;
    }
    at = end;
  }
  if (colourTransform === null) throw unreadable('the JPEG 2000 header is damaged');
  return { end: at, colourTransform };
};

/**
 * Reads the main header, checks it against the description, and that the tile-parts are all there. Throws Fault `frames-unreadable` for
 * damage or another shape, `pixel-limits-exceeded` for an image in too many parts, `transfer-syntax-not-decoded` for a layout that no
 * ultrasound device writes.
 */
export const codestreamHeader = (codestream: Uint8Array, description: PixelDescription): CodestreamHeader => {
  const view = viewOf(codestream);
  const size = sizeOf(view);
  checkShape(size, description);
  const tileCount = size.tilesAcross * size.tilesDown;
  if (tileCount > MOST_TILES) throw fault('pixel-limits-exceeded', 'JPEG 2000 tiles');
  const { end, colourTransform } = styleOf(view, size.end, size);
  checkTileParts(view, end, tileCount);
  const { rows, columns, components, precision, signed } = size;
  return { rows, columns, components, precision, signed, colourTransform };
};
