// In: bytes of a data set. Out: its elements by tag, values as bytes, sequences as items; as much as a hostile data set may cost, no more.
import { type Encoding, type Head, headAt } from './element-heads.ts';

/** One element. `value` is null for a value too large to keep or a sequence; `items` is null unless it is a sequence. */
export type Element = {
  /** Eight hexadecimal digits in lower case. */
  readonly tag: string;
  readonly vr: string;
  readonly value: Uint8Array | null;
  readonly items: readonly Elements[] | null;
};
export type Elements = ReadonlyMap<string, Element>;

const ITEM = 'fffee000';
const ITEM_END = 'fffee00d';
const SEQUENCE_END = 'fffee0dd';

/** Values longer than this are stepped over unread; a palette of 65536 entries of 16 bits still fits. */
const LONGEST_KEPT_BYTES = 256 * 1024;
/** Sequences of stated length beyond this are stepped over too. */
const LONGEST_SEQUENCE_BYTES = 4 * 1024 * 1024;
/** Elements and items inside the sequences of one window. */
const MOST_NESTED = 100_000;
/** Deeper than any template nests; what lies deeper is taken for an attack on the stack. */
const DEEPEST = 64;

/** A window of bytes and what may still be spent on what is nested in it. */
type Window = { readonly bytes: Uint8Array; readonly view: DataView; budget: number };
type Place = { readonly at: number; readonly encoding: Encoding; readonly depth: number };
type Read<Value> = { readonly value: Value; readonly end: number } | null;

/** A value of undefined length with VR UN is a sequence in implicit VR little endian, whatever stands around it (PS3.5 6.2.2). */
const inside = (head: Head, encoding: Encoding): Encoding =>
  head.sentVr === 'UN' ? { explicit: false, littleEndian: true } : encoding;

/** Steps over fragments of encapsulated pixel data inside an item (icon images). */
const fragmentsEnd = (window: Window, { at, encoding }: Place): number | null => {
  for (let next = at; ; ) {
    const head = headAt(window.view, next, encoding);
    if (head === null || (head.tag !== ITEM && head.tag !== SEQUENCE_END)) return null;
    next += 8 + (head.length ?? 0);
    if (next > window.bytes.length) return null;
    if (head.tag === SEQUENCE_END) return next;
  }
};

const readSequence = (window: Window, place: Place, length: number | null): Read<readonly Elements[]> => {
  const limit = length === null ? window.bytes.length : place.at + length;
  if (place.depth > DEEPEST || limit > window.bytes.length) return null;
  const items: Elements[] = [];
  for (let at = place.at; ; ) {
    if (length !== null && at >= limit) return at === limit ? { value: items, end: at } : null;
    const head = headAt(window.view, at, place.encoding);
    if (head?.tag === SEQUENCE_END) return { value: items, end: at + 8 };
    if (head === null || head.tag !== ITEM) return null;
    const item = readItem(window, { ...place, at: at + 8 }, head.length);
    if (item === null) return null;
    items.push(item.value);
    at = item.end;
  }
};

const readItem = (window: Window, place: Place, length: number | null): Read<Elements> => {
  const limit = length === null ? window.bytes.length : place.at + length;
  window.budget -= 1;
  if (limit > window.bytes.length || window.budget < 0) return null;
  const elements = new Map<string, Element>();
  for (let at = place.at; ; ) {
    if (length !== null && at >= limit) return at === limit ? { value: elements, end: at } : null;
    const head = headAt(window.view, at, place.encoding);
    if (head === null) return null;
    if (head.tag === ITEM_END) return { value: elements, end: at + 8 };
    window.budget -= 1;
    const element = window.budget < 0 ? null : readElement(window, { ...place, at }, head);
    if (element === null) return null;
    elements.set(head.tag, element.value);
    at = element.end;
  }
};

/** The element at a place, whole; null when it does not end inside the window, or makes no sense. */
const readElement = (window: Window, { at, encoding, depth }: Place, head: Head): Read<Element> => {
  const { tag, vr, length } = head;
  const start = at + head.headBytes;
  const within: Place = { at: start, encoding: inside(head, encoding), depth: depth + 1 };
  if (length === null && ['OB', 'OW'].includes(head.sentVr)) {
    const end = fragmentsEnd(window, within);
    return end === null ? null : { value: { tag, vr, value: null, items: null }, end };
  }
  if (length === null || vr === 'SQ') {
    const sequence = readSequence(window, within, length);
    if (sequence !== null) return { value: { tag, vr: 'SQ', value: null, items: sequence.value }, end: sequence.end };
    // A sequence of stated length that cannot be read is left out; what follows it can.
    if (length === null || start + length > window.bytes.length) return null;
    return { value: { tag, vr, value: null, items: [] }, end: start + length };
  }
  const end = start + length;
  if (end > window.bytes.length) return null;
  return { value: { tag, vr, value: length > LONGEST_KEPT_BYTES ? null : window.bytes.slice(start, end), items: null }, end };
};

/** Where pixel data begins: just before `offset` stands its head. `length` is null when it is undefined (encapsulated). */
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
  /** Elements and items found, nested ones included. */
  readonly count: number;
};

const isSteppedOver = ({ vr, length }: Head): boolean =>
  (length ?? 0) > (vr === 'SQ' ? LONGEST_SEQUENCE_BYTES : LONGEST_KEPT_BYTES);

/**
 * Reads elements from the start of `bytes`. `last` says that nothing follows the window: an element that does not end in it is broken then.
 * Offsets of `pixelData` count from the start of the window.
 */
export const parseWindow = (bytes: Uint8Array, encoding: Encoding, last: boolean): Pass => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const window: Window = { bytes, view, budget: MOST_NESTED };
  const elements: Element[] = [];
  let at = 0;
  const stop = (state: Pass['state'], pixelData: PixelDataPlace | null = null): Pass => {
    const count = elements.length + MOST_NESTED - Math.max(0, window.budget);
    return { elements, consumed: at, state, pixelData, count };
  };
  while (at < bytes.length) {
    const head = headAt(view, at, encoding);
    if (head === null) return stop(last ? 'broken' : 'more');
    const { tag, vr, length } = head;
    const start = at + head.headBytes;
    if (PIXEL_DATA.has(tag)) return stop('pixel-data', { tag, vr, offset: start, length });
    if (isSteppedOver(head)) {
      const end = start + (length ?? 0);
      if (last && end > bytes.length) return stop('broken');
      elements.push({ tag, vr, value: null, items: null });
      at = end;
      continue;
    }
    const element = readElement(window, { at, encoding, depth: 0 }, head);
    if (element === null) return stop(last ? 'broken' : 'more');
    elements.push(element.value);
    at = element.end;
  }
  return stop(last && at === bytes.length ? 'end' : 'more');
};
