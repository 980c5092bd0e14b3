// In: where encapsulated pixel data begins. Out: for every frame, where its fragments lie in the file (PS3.5 A.4).
import { fault } from '../kernel/errors.ts';
import type { ByteSource } from './byte-source.ts';
import type { PixelFamily } from './transfer-syntaxes.ts';

/** A run of bytes in the file. */
export type ByteRange = { readonly offset: number; readonly length: number };

/** One fragment: its bytes, its place counted from the first fragment's item tag, and whether a JPEG stream starts in it. */
type Fragment = ByteRange & { readonly itemOffset: number; readonly startsStream: boolean };

type Scan = { readonly offsetTable: readonly number[]; readonly fragments: readonly Fragment[] };

const WINDOW_BYTES = 64 * 1024;
const ITEM = 0xfffee000;
const SEQUENCE_DELIMITER = 0xfffee0dd;

const unreadable = (detail: string): Error => fault('frames-unreadable', detail);

/** Reads small pieces through a window of 64 KiB, so that many small fragments do not cost one system call each. */
const windowed = (source: ByteSource): ((offset: number, length: number) => Promise<Uint8Array>) => {
  let start = 0;
  let window: Uint8Array = new Uint8Array(0);
  return async (offset, length) => {
    if (offset < start || offset + length > start + window.length) {
      start = offset;
      window = await source.read(offset, WINDOW_BYTES);
    }
    return window.subarray(offset - start, offset - start + length);
  };
};

/** SOI of JPEG and JPEG-LS, SOC and SIZ of JPEG 2000. */
const startsStream = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0xff && bytes[1] === 0xd8) || (bytes[0] === 0xff && bytes[1] === 0x4f && bytes[2] === 0xff && bytes[3] === 0x51);

const offsetTableOf = (bytes: Uint8Array): readonly number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(index * 4, true));
};

const scan = async (source: ByteSource, start: number, mostFragments: number): Promise<Scan> => {
  const read = windowed(source);
  const fragments: Fragment[] = [];
  let offsetTable: readonly number[] | null = null;
  let first = start;
  for (let at = start; ; ) {
    const head = await read(at, 12);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    // A file that ends without the delimiter still holds the fragments before its end.
    if (head.length < 8) break;
    const tag = view.getUint16(0, true) * 0x10000 + view.getUint16(2, true);
    if (tag === SEQUENCE_DELIMITER) break;
    if (tag !== ITEM) throw unreadable('the encapsulated pixel data is no sequence of items');
    const length = view.getUint32(4, true);
    if (offsetTable === null) {
      if (length > mostFragments * 4) throw fault('pixel-limits-exceeded', 'offset table');
      offsetTable = offsetTableOf(await source.read(at + 8, length));
      first = at + 8 + length;
    } else {
      fragments.push({ offset: at + 8, length, itemOffset: at - first, startsStream: startsStream(head.subarray(8)) });
    }
    if (fragments.length > mostFragments) throw fault('pixel-limits-exceeded', 'fragments');
    at += 8 + length;
  }
  return { offsetTable: offsetTable ?? [], fragments };
};

const grouped = (fragments: readonly Fragment[], starts: (fragment: Fragment) => boolean): readonly (readonly Fragment[])[] => {
  const frames: Fragment[][] = [];
  for (const fragment of fragments) {
    const current = frames.at(-1);
    if (current === undefined || starts(fragment)) frames.push([fragment]);
    else current.push(fragment);
  }
  return frames;
};

const byOffsets = (fragments: readonly Fragment[], offsets: readonly number[]): readonly (readonly Fragment[])[] => {
  const starting = new Set(offsets);
  const known = new Set(fragments.map((fragment) => fragment.itemOffset));
  return offsets.every((offset) => known.has(offset)) ? grouped(fragments, (fragment) => starting.has(fragment.itemOffset)) : [];
};

/** Fragments a frame may be cut into on average; cameras cut at 16 to 64 KiB. */
const FRAGMENTS_PER_FRAME = 4096;

/**
 * The fragments of every frame. One fragment a frame is the rule; else the Extended Offset Table (`extendedOffsets`, bytes from the first
 * fragment's item) or the Basic Offset Table says which begin a frame, else the streams' own start markers do; a single frame takes all.
 * Throws Fault `frames-unreadable` when they cannot be told apart.
 */
export const fragmentsOfFrames = async (
  source: ByteSource,
  options: {
    readonly start: number;
    readonly frameCount: number;
    readonly family: PixelFamily;
    readonly extendedOffsets: readonly number[];
  },
): Promise<readonly (readonly ByteRange[])[]> => {
  const { start, frameCount, family, extendedOffsets } = options;
  const { offsetTable, fragments: all } = await scan(source, start, Math.min(frameCount * FRAGMENTS_PER_FRAME, 1_000_000));
  if (all.length === frameCount) return all.map((fragment) => [fragment]);
  const fragments = all.filter((fragment) => fragment.length > 0);
  if (frameCount === 1 && fragments.length > 0) return [fragments];
  const candidates = [
    fragments.map((fragment) => [fragment]),
    byOffsets(fragments, extendedOffsets),
    byOffsets(fragments, offsetTable),
    ...(family === 'rle' ? [] : [grouped(fragments, (fragment) => fragment.startsStream)]),
  ];
  const fitting = candidates.find((frames) => frames.length === frameCount);
  if (fitting === undefined) throw unreadable(`${fragments.length} fragments for ${frameCount} frames`);
  return fitting;
};
