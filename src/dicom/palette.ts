// In: the Palette Color Lookup Tables of a header, plain or segmented. Out: three tables of 8 bit values (PS3.3 C.7.6.3.1.5, C.7.9.2).
import { fault } from '../kernel/errors.ts';
import type { Elements } from './elements.ts';

/** Stored value `first` shows as entry 0; values below and above the tables show as the first and the last entry. */
export type Palette = { readonly first: number; readonly red: Uint8Array; readonly green: Uint8Array; readonly blue: Uint8Array };

type Table = { readonly first: number; readonly values: Uint8Array };

const unreadable = (detail: string): Error => fault('frames-unreadable', detail);

const wordsOf = (bytes: Uint8Array, littleEndian: boolean): Uint16Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, index) => view.getUint16(index * 2, littleEndian));
};

/** Segments (PS3.3 C.7.9.2.2): 0 discrete, 1 linear from the value before, 2 indirect: so many segments again from an offset. */
const expandSegments = (codes: ArrayLike<number>, entries: number): Uint16Array => {
  const table = new Uint16Array(entries);
  let filled = 0;
  const put = (value: number): void => {
    if (filled < entries) table[filled] = value;
    filled += 1;
  };
  // Every real segment fills an entry at least; empty ones, repeated by indirect ones, would go on for ever.
  let budget = 2 * entries;
  const run = (start: number, segments: number, nested: boolean): void => {
    let at = start;
    for (let done = 0; done < segments && at + 1 < codes.length && filled < entries; done += 1) {
      budget -= 1;
      if (budget < 0) throw unreadable('the segmented palette has too many segments');
      const opcode = codes[at];
      const length = codes[at + 1] ?? 0;
      if (opcode === 0) {
        for (let index = 0; index < length; index += 1) put(codes[at + 2 + index] ?? 0);
        at += 2 + length;
      } else if (opcode === 1) {
        const from = table[filled - 1] ?? 0;
        const to = codes[at + 2] ?? 0;
        for (let index = 1; index <= length; index += 1) put(Math.round(from + ((to - from) * index) / length));
        at += 3;
      } else if (opcode === 2 && !nested) {
        run((codes[at + 2] ?? 0) + (codes[at + 3] ?? 0) * 0x10000, length, true);
        at += 4;
      } else {
        throw unreadable('a palette segment of an unknown kind');
      }
    }
  };
  run(0, Number.POSITIVE_INFINITY, false);
  if (filled < entries) throw unreadable('the segmented palette ends early');
  return table;
};

/** Entries of 8 bits stand two to a word or one to a word; both are found. */
const plainEntries = (bytes: Uint8Array, entries: number, bits: number, littleEndian: boolean): ArrayLike<number> => {
  if (bits === 16 || bytes.length >= entries * 2) return wordsOf(bytes, littleEndian);
  return littleEndian ? bytes : Uint8Array.from(bytes, (_, index) => bytes[index ^ 1] ?? 0);
};

const eightBit = (values: ArrayLike<number>, entries: number): Uint8Array => {
  if (values.length < entries) throw unreadable('the palette is shorter than its descriptor says');
  let most = 0;
  for (let index = 0; index < entries; index += 1) most = Math.max(most, values[index] ?? 0);
  // Tables that declare 16 bits and hold 8 exist; full tables of 16 bits reach beyond 255.
  const shift = most > 255 ? 8 : 0;
  return Uint8Array.from({ length: entries }, (_, index) => (values[index] ?? 0) >> shift);
};

const tableOf = (
  elements: Elements,
  order: 1 | 2 | 3,
  options: { readonly littleEndian: boolean; readonly signed: boolean },
): Table => {
  const { littleEndian, signed } = options;
  const descriptor = elements.get(`0028110${order}`)?.value ?? new Uint8Array(0);
  const [count, mapped, bits] = wordsOf(descriptor, littleEndian);
  if (count === undefined || mapped === undefined || bits === undefined) throw unreadable('no palette descriptor');
  const entries = count === 0 ? 65536 : count;
  const first = signed && mapped > 32767 ? mapped - 65536 : mapped;
  const segmented = elements.get(`0028122${order}`)?.value;
  if (segmented !== undefined && segmented !== null) {
    const codes = bits === 8 ? segmented : wordsOf(segmented, littleEndian);
    return { first, values: eightBit(expandSegments(codes, entries), entries) };
  }
  const plain = elements.get(`0028120${order}`)?.value;
  if (plain === undefined || plain === null) throw unreadable('no palette data');
  return { first, values: eightBit(plainEntries(plain, entries, bits, littleEndian), entries) };
};

/** The palette of a header; throws Fault `frames-unreadable` when it is missing or cut off. */
export const paletteOf = (elements: Elements, options: { readonly littleEndian: boolean; readonly signed: boolean }): Palette => {
  const red = tableOf(elements, 1, options);
  const green = tableOf(elements, 2, options);
  const blue = tableOf(elements, 3, options);
  return { first: red.first, red: red.values, green: green.values, blue: blue.values };
};
