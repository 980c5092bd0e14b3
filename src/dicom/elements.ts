// In: bytes of a data set. Out: its elements by tag, values as bytes, sequences as items. Built on dicom-parser for what is nested.
import { createRequire } from 'node:module';
import { dictionaryRows } from './dcmjs-writer.ts';

/** One element. `value` is null for a value too large to keep or a sequence; `items` is null unless it is a sequence. */
export type Element = {
  /** Eight hexadecimal digits in lower case. */
  readonly tag: string;
  /** VR as sent, or that of the dictionary; empty where neither knows. */
  readonly vr: string;
  readonly value: Uint8Array | null;
  readonly items: readonly Elements[] | null;
};
export type Elements = ReadonlyMap<string, Element>;

export type Encoding = { readonly explicit: boolean; readonly littleEndian: boolean };

type ParsedElement = {
  readonly tag: string;
  readonly vr?: string;
  readonly length: number;
  readonly dataOffset: number;
  readonly items?: readonly { readonly dataSet?: { readonly elements: Readonly<Record<string, ParsedElement>> } }[];
};
type ByteStream = { readonly position: number };
type DicomParser = {
  readonly ByteStream: new (parser: unknown, bytes: Uint8Array, position: number) => ByteStream;
  readonly littleEndianByteArrayParser: unknown;
  readonly bigEndianByteArrayParser: unknown;
  readonly readDicomElementExplicit: (stream: ByteStream, warnings: string[]) => ParsedElement;
  readonly readDicomElementImplicit: (
    stream: ByteStream,
    until: undefined,
    vrOf: (tag: string) => string | undefined,
  ) => ParsedElement;
};

const dicomParser: DicomParser = createRequire(import.meta.url)('dicom-parser');

/** VR and keyword of each standard tag; retired keywords without the dictionary's prefix. */
const STANDARD: ReadonlyMap<string, { readonly keyword: string; readonly vr: string }> = new Map(
  Object.entries(dictionaryRows()).map(([keyword, row]) => [
    row.tag.replaceAll(/[(),]/g, '').toLowerCase(),
    { keyword: keyword.replace(/^RETIRED_/, ''), vr: row.vr },
  ]),
);

/** The keyword of a tag, or null for private and unknown ones. */
export const keywordOf = (tag: string): string | null => STANDARD.get(tag)?.keyword ?? null;

const dictionaryVr = (tag: string): string | undefined => STANDARD.get(tag)?.vr;
/** dicom-parser names tags `xggggeeee`; only sequences matter to it, private ones are recognised by their bytes. */
const vrForParser = (tag: string): string | undefined => dictionaryVr(tag.slice(1));

/** VRs with a reserved field and a 32 bit length (PS3.5 7.1.2). */
const LONG_FORM: ReadonlySet<string> = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const SHORT_FORM: ReadonlySet<string> = new Set('AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));
const UNDEFINED_LENGTH = 0xffffffff;

/** Values longer than this are stepped over unread; a palette of 65536 entries of 16 bits still fits. */
const LONGEST_KEPT_BYTES = 256 * 1024;

/** True when the two characters at `offset` are a VR of the standard. */
export const isVrAt = (bytes: Uint8Array, offset: number): boolean => {
  const vr = String.fromCharCode(bytes[offset] ?? 0, bytes[offset + 1] ?? 0);
  return LONG_FORM.has(vr) || SHORT_FORM.has(vr);
};

type Head = { readonly tag: string; readonly vr: string; readonly length: number; readonly headBytes: number };

const headAt = (view: DataView, at: number, encoding: Encoding): Head | null => {
  const { littleEndian } = encoding;
  if (at + 8 > view.byteLength) return null;
  const group = view.getUint16(at, littleEndian).toString(16).padStart(4, '0');
  const tag =
    group +
    view
      .getUint16(at + 2, littleEndian)
      .toString(16)
      .padStart(4, '0');
  const vr = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5));
  if (!encoding.explicit || group === 'fffe') {
    return { tag, vr: dictionaryVr(tag) ?? '', length: view.getUint32(at + 4, littleEndian), headBytes: 8 };
  }
  if (!LONG_FORM.has(vr)) return { tag, vr, length: view.getUint16(at + 6, littleEndian), headBytes: 8 };
  if (at + 12 > view.byteLength) return null;
  return { tag, vr, length: view.getUint32(at + 8, littleEndian), headBytes: 12 };
};

const knownVr = (tag: string, sent: string): string => (sent === '' || sent === 'UN' ? (dictionaryVr(tag) ?? sent) : sent);

/** Deeper than any template nests; what lies deeper is taken for an attack on the stack. */
const DEEPEST = 64;

const converted = (bytes: Uint8Array, parsed: ParsedElement, depth: number): Element => {
  const tag = parsed.tag.slice(1);
  if (parsed.items !== undefined) {
    if (depth >= DEEPEST) throw new RangeError('sequences are nested too deeply');
    const items = parsed.items.map((item) => convertedAll(bytes, item.dataSet?.elements ?? {}, depth + 1));
    return { tag, vr: 'SQ', value: null, items };
  }
  const value = parsed.length > LONGEST_KEPT_BYTES ? null : bytes.slice(parsed.dataOffset, parsed.dataOffset + parsed.length);
  return { tag, vr: knownVr(tag, parsed.vr ?? ''), value, items: null };
};

const convertedAll = (bytes: Uint8Array, parsed: Readonly<Record<string, ParsedElement>>, depth: number): Elements =>
  new Map(
    Object.values(parsed)
      .filter((element) => !element.tag.startsWith('xfffe'))
      .map((element) => [element.tag.slice(1), converted(bytes, element, depth)]),
  );

/** Element of undefined length, or a sequence: dicom-parser reads it whole. Null when the bytes end first. */
const nestedAt = (
  bytes: Uint8Array,
  at: number,
  encoding: Encoding,
): { readonly element: Element; readonly end: number } | null => {
  const order = encoding.littleEndian ? dicomParser.littleEndianByteArrayParser : dicomParser.bigEndianByteArrayParser;
  const stream = new dicomParser.ByteStream(order, bytes, at);
  const parsed = encoding.explicit
    ? dicomParser.readDicomElementExplicit(stream, [])
    : dicomParser.readDicomElementImplicit(stream, undefined, vrForParser);
  // It stops without a word where the bytes end inside a sequence; a whole one ends before the last four bytes or exactly at a stated length.
  const whole = stream.position <= bytes.length;
  return whole ? { element: converted(bytes, parsed, 0), end: stream.position } : null;
};

/** Where pixel data begins: `headBytes` before `offset` stands its tag. `length` is null when it is undefined (encapsulated). */
export type PixelDataPlace = {
  readonly tag: string;
  readonly vr: string;
  readonly offset: number;
  readonly length: number | null;
};

/** PixelData and its floating point kin (PS3.6): the header ends before them. */
const PIXEL_DATA: ReadonlySet<string> = new Set(['7fe00008', '7fe00009', '7fe00010']);

/**
 * What one pass over a window of bytes gave. `consumed` may lie beyond the window when a large value was stepped over.
 * `more`: the element at `consumed` does not end inside the window. `broken`: it cannot be read at all.
 */
export type Pass = {
  readonly elements: readonly Element[];
  readonly consumed: number;
  readonly state: 'end' | 'pixel-data' | 'more' | 'broken';
  readonly pixelData: PixelDataPlace | null;
};

/**
 * Reads elements from the start of `bytes`. `last` says that nothing follows the window: an element that does not end in it is broken then.
 * Offsets of `pixelData` count from the start of the window.
 */
export const parseWindow = (bytes: Uint8Array, encoding: Encoding, last: boolean): Pass => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Element[] = [];
  let at = 0;
  const stop = (state: Pass['state'], pixelData: PixelDataPlace | null = null): Pass => ({
    elements,
    consumed: at,
    state,
    pixelData,
  });
  while (at < bytes.length) {
    const head = headAt(view, at, encoding);
    if (head === null) return stop(last ? 'broken' : 'more');
    const start = at + head.headBytes;
    if (PIXEL_DATA.has(head.tag)) {
      const length = head.length === UNDEFINED_LENGTH ? null : head.length;
      return stop('pixel-data', { tag: head.tag, vr: head.vr, offset: start, length });
    }
    const vr = knownVr(head.tag, head.vr);
    if (head.length === UNDEFINED_LENGTH || vr === 'SQ') {
      const nested = nestedOrNull(bytes, at, encoding);
      if (nested === null || (!last && nested.end > bytes.length - 4)) return stop(last ? 'broken' : 'more');
      elements.push(nested.element);
      at = nested.end;
      continue;
    }
    const end = start + head.length;
    const kept = head.length <= LONGEST_KEPT_BYTES;
    if (end > bytes.length && (kept || last)) return stop(last ? 'broken' : 'more');
    elements.push({ tag: head.tag, vr, value: kept ? bytes.slice(start, end) : null, items: null });
    at = end;
  }
  return stop(last && at === bytes.length ? 'end' : 'more');
};

/** Null for bytes that end early or make no sense: dicom-parser throws texts, TypeErrors and RangeErrors (of the stack too) for them. */
const nestedOrNull = (
  bytes: Uint8Array,
  at: number,
  encoding: Encoding,
): { readonly element: Element; readonly end: number } | null => {
  try {
    return nestedAt(bytes, at, encoding);
  } catch (_unreadable) {
    return null;
  }
};
