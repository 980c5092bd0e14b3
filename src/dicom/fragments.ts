// In: where encapsulated pixel data begins. Out: for every frame, where its fragments lie in the file (PS3.5 A.4).
import { fault } from '../kernel/errors.ts';
import type { ByteSource } from './byte-source.ts';
import type { PixelFamily } from './transfer-syntaxes.ts';

/** A run of bytes in the file. */
export type ByteRange = { readonly offset: number; readonly length: number };

/** One fragment: its bytes, its place counted from the first fragment's item tag, and its first bytes, up to four. */
type Fragment = ByteRange & { readonly itemOffset: number; readonly head: readonly number[] };

type Scan = {
  readonly offsetTable: readonly number[];
  readonly fragments: readonly Fragment[];
  /** The items end without the delimiter: the file is cut off, or damaged there. */
  readonly broken: boolean;
};

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

const SIGNATURE_BOX = [0, 0, 0, 12];
const START_OF_CODESTREAM = [0xff, 0x4f, 0xff, 0x51];
const START_OF_IMAGE = [0xff, 0xd8];

const startsWith = (bytes: readonly number[], mark: readonly number[]): boolean => mark.every((byte, at) => bytes[at] === byte);

/** What a stream begins with: SOI of JPEG and JPEG-LS; SOC and SIZ of JPEG 2000, or the first box of a file around it. */
const MARKS: Readonly<Partial<Record<PixelFamily, readonly (readonly number[])[]>>> = {
  jpeg: [START_OF_IMAGE],
  'jpeg-lossless': [START_OF_IMAGE],
  'jpeg-ls': [START_OF_IMAGE],
  'jpeg-2000': [START_OF_CODESTREAM, SIGNATURE_BOX],
  'high-throughput-jpeg-2000': [START_OF_CODESTREAM, SIGNATURE_BOX],
};

/** The fragments that begin a stream. A mark may itself be cut, by fragments of a byte or two. */
const streamStarts = (fragments: readonly Fragment[], family: PixelFamily): ReadonlySet<Fragment> => {
  const marks = MARKS[family] ?? [];
  const begins = (index: number): boolean => {
    const bytes: number[] = [];
    for (let at = index; at < fragments.length && bytes.length < 4; at += 1) bytes.push(...(fragments[at]?.head ?? []));
    return marks.some((mark) => startsWith(bytes, mark));
  };
  return new Set(fragments.filter((_, index) => begins(index)));
};

const offsetTableOf = (bytes: Uint8Array): readonly number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(index * 4, true));
};

const scan = async (source: ByteSource, start: number, mostFragments: number): Promise<Scan> => {
  const read = windowed(source);
  const fragments: Fragment[] = [];
  let offsetTable: readonly number[] | null = null;
  let first = start;
  let broken = false;
  for (let at = start; ; ) {
    const head = await read(at, 12);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const tag = head.length < 8 ? null : view.getUint16(0, true) * 0x10000 + view.getUint16(2, true);
    if (tag === SEQUENCE_DELIMITER) break;
    // A file that ends without the delimiter still holds the fragments before its end, and a damaged one those before the damage.
    broken = tag !== ITEM;
    if (broken) break;
    const length = view.getUint32(4, true);
    if (offsetTable === null) {
      if (length > mostFragments * 4) throw fault('pixel-limits-exceeded', 'offset table');
      offsetTable = offsetTableOf(await source.read(at + 8, length));
      first = at + 8 + length;
    } else {
      fragments.push({ offset: at + 8, length, itemOffset: at - first, head: [...head.subarray(8, 8 + length)] });
    }
    if (fragments.length > mostFragments) throw fault('pixel-limits-exceeded', 'fragments');
    at += 8 + length;
  }
  return { offsetTable: offsetTable ?? [], fragments, broken };
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

const byStreams = (fragments: readonly Fragment[], family: PixelFamily): readonly (readonly Fragment[])[] => {
  const starts = streamStarts(fragments, family);
  const [first] = fragments;
  return first !== undefined && starts.has(first) ? grouped(fragments, (fragment) => starts.has(fragment)) : [];
};

/** Fragments a frame may be cut into on average; cameras cut at 16 to 64 KiB. */
const FRAGMENTS_PER_FRAME = 4096;

/**
 * The fragments of every frame. A single frame takes all. Else the streams' own marks say which fragment begins a frame; where they do
 * not give as many frames as there should be, the Extended Offset Table (`extendedOffsets`, bytes from the first fragment's item) or the
 * Basic Offset Table does, else every fragment is a frame. When the file is cut off or damaged, its last frames are empty.
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
  const scanned = await scan(source, start, Math.min(frameCount * FRAGMENTS_PER_FRAME, 1_000_000));
  const all = scanned.fragments;
  const fragments = all.filter((fragment) => fragment.length > 0);
  if (fragments.length === 0) throw unreadable('no fragments');
  if (frameCount === 1) return [fragments];
  const single = fragments.map((fragment) => [fragment]);
  const streams = byStreams(fragments, family);
  const candidates = [
    streams,
    byOffsets(fragments, extendedOffsets),
    byOffsets(fragments, scanned.offsetTable),
    single,
    // A frame that was lost before it was sent may be an empty fragment.
    all.map((fragment) => [fragment]),
  ];
  const fitting = candidates.find((frames) => frames.length === frameCount);
  if (fitting !== undefined) return fitting;
  const found = family === 'rle' ? single : streams;
  if (!scanned.broken || found.length === 0 || found.length > frameCount) {
    throw unreadable(`${fragments.length} fragments for ${frameCount} frames`);
  }
  return Array.from({ length: frameCount }, (_, index) => found[index] ?? []);
};
