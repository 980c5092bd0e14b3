// In: the bytes of a DICOM file and a seed. Out: a damaged copy; the same seed always does the same damage.

/** Numbers from 0 to 1 (mulberry32). */
export const chanceFrom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

type Chance = () => number;
type Damage = (bytes: Buffer, chance: Chance) => Buffer;

const below = (chance: Chance, limit: number): number => Math.floor(chance() * Math.max(1, limit));
const oneOf = <Value>(chance: Chance, values: readonly Value[]): Value | undefined => values[below(chance, values.length)];

const ITEM = Buffer.from('feff00e0', 'hex');
const PIXEL_DATA = Buffer.from('e07f1000', 'hex');

/** Where the pixel data begins, in little endian files; else the end. */
const headerEnd = (bytes: Buffer): number => {
  const at = bytes.lastIndexOf(PIXEL_DATA);
  return at < 0 ? bytes.length : at;
};

/** Where the items behind the start of the pixel data lie: the offset table and the fragments. */
const itemsOf = (bytes: Buffer): readonly { readonly at: number; readonly end: number }[] => {
  const items: { at: number; end: number }[] = [];
  let at = bytes.indexOf(ITEM, headerEnd(bytes));
  while (at >= 0 && at + 8 <= bytes.length && bytes.subarray(at, at + 4).equals(ITEM)) {
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    if (end > bytes.length) break;
    items.push({ at, end });
    at = end;
  }
  return items;
};

const flip = (bytes: Buffer, at: number, chance: Chance): void => {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(chance, 8));
};

const flips =
  (placeOf: (bytes: Buffer, chance: Chance) => number): Damage =>
  (bytes, chance) => {
    for (let count = 1 + below(chance, 12); count > 0; count -= 1) flip(bytes, placeOf(bytes, chance), chance);
    return bytes;
  };

const anywhere = (bytes: Buffer, chance: Chance): number => below(chance, bytes.length);
const inHeader = (bytes: Buffer, chance: Chance): number => below(chance, headerEnd(bytes));

/** The first bytes of a fragment: headers of compressed streams, where sizes, tables and coding styles stand. */
const inStreamHead = (bytes: Buffer, chance: Chance): number => {
  const item = oneOf(chance, itemsOf(bytes).slice(1));
  return item === undefined ? anywhere(bytes, chance) : item.at + 8 + below(chance, Math.min(200, item.end - item.at - 8));
};

const LENGTHS = [0, 1, 2, 3, 7, 0xff, 0xffff, 0x10000, 0x7fffffff, 0xfffffffe, 0xffffffff];
const someLength = (chance: Chance): number => (chance() < 0.6 ? (oneOf(chance, LENGTHS) ?? 0) : below(chance, 2 ** 32));

const truncation: Damage = (bytes, chance) =>
  bytes.subarray(0, chance() < 0.3 ? bytes.length - below(chance, 200) : below(chance, bytes.length));

/** Two capital letters of a VR, and the length that follows them. */
const elementLengths: Damage = (bytes, chance) => {
  const limit = headerEnd(bytes) + 12;
  for (let tries = 0, changed = 0; tries < 2000 && changed < 3; tries += 1) {
    const at = below(chance, Math.min(limit, bytes.length - 12));
    const vr = bytes.toString('latin1', at, at + 2);
    if (!/^(AE|AS|CS|DA|DS|DT|FD|FL|IS|LO|LT|OB|OW|PN|SH|SL|SQ|SS|ST|TM|UI|UL|UN|US|UT)$/.test(vr)) continue;
    if (/^(OB|OW|SQ|UN|UT)$/.test(vr)) bytes.writeUInt32LE(someLength(chance), at + 4);
    else bytes.writeUInt16LE(someLength(chance) & 0xffff, at + 2);
    changed += 1;
  }
  return bytes;
};

/** Rows, Columns, samples, bits and their like (group 0028), as 16 bit values. */
const imageModule: Damage = (bytes, chance) => {
  for (let count = 1 + below(chance, 2); count > 0; count -= 1) {
    const element = oneOf(chance, [0x02, 0x06, 0x10, 0x11, 0x100, 0x101, 0x102, 0x103]) ?? 0;
    const tag = Buffer.from([0x28, 0, element & 0xff, element >> 8]);
    const at = bytes.indexOf(tag);
    if (at < 0 || at + 10 > bytes.length) continue;
    const near = bytes.readUInt16LE(at + 8) + below(chance, 3) - 1;
    bytes.writeUInt16LE((chance() < 0.5 ? near : below(chance, 65536)) & 0xffff, at + 8);
  }
  return bytes;
};

const fragmentLength: Damage = (bytes, chance) => {
  const item = oneOf(chance, itemsOf(bytes));
  if (item !== undefined) {
    const near = Math.max(0, item.end - item.at - 8 + below(chance, 9) - 4);
    bytes.writeUInt32LE(chance() < 0.5 ? near : someLength(chance), item.at + 4);
  }
  return bytes;
};

const offsetTable: Damage = (bytes, chance) => {
  const [table] = itemsOf(bytes);
  if (table === undefined) return bytes;
  for (let at = table.at + 8; at + 4 <= table.end; at += 4) {
    if (chance() < 0.4) bytes.writeUInt32LE(someLength(chance), at);
  }
  return chance() < 0.3 ? Buffer.concat([bytes.subarray(0, table.at + 4), Buffer.alloc(4), bytes.subarray(table.end)]) : bytes;
};

const itemFrom = (bytes: Buffer): Buffer => {
  const head = Buffer.concat([ITEM, Buffer.alloc(4)]);
  head.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
};

/** Fragments lost, doubled, emptied, cut, filled with noise or changed in order. */
const fragments: Damage = (bytes, chance) => {
  const items = itemsOf(bytes);
  const [table, ...pieces] = items;
  const last = items.at(-1);
  if (table === undefined || last === undefined) return bytes;
  const parts: Buffer[] = pieces.map(({ at, end }) => Buffer.from(bytes.subarray(at + 8, end)));
  const place = below(chance, parts.length);
  const part = parts[place] ?? Buffer.alloc(0);
  const changes: readonly (() => readonly Buffer[])[] = [
    () => [],
    () => [part, part],
    () => [Buffer.alloc(0), part],
    () => [part.subarray(0, below(chance, part.length)), Buffer.alloc(0)],
    () => {
      const cut = below(chance, part.length);
      return [part.subarray(0, cut), part.subarray(cut)];
    },
    () => [Buffer.from(part.map((byte) => (chance() < 0.02 ? below(chance, 256) : byte)))],
    () => [Buffer.from(Array.from({ length: 200 }, () => below(chance, 256)))],
    () => [parts.at(-1) ?? part],
  ];
  parts.splice(place, 1, ...(oneOf(chance, changes)?.() ?? []));
  return Buffer.concat([bytes.subarray(0, table.end), ...parts.map(itemFrom), bytes.subarray(last.end)]);
};

const noise: Damage = (bytes, chance) => {
  const at = below(chance, bytes.length);
  const end = Math.min(bytes.length, at + 1 + below(chance, 300));
  for (let place = at; place < end; place += 1) bytes[place] = below(chance, 256);
  return bytes;
};

const shifted: Damage = (bytes, chance) => {
  const at = below(chance, bytes.length);
  const length = 1 + below(chance, 64);
  return chance() < 0.5
    ? Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    : Buffer.concat([bytes.subarray(0, at), Buffer.alloc(length, below(chance, 256)), bytes.subarray(at)]);
};

/** The kinds of damage, by name. */
export const DAMAGES: Readonly<Record<string, Damage>> = {
  'bits anywhere': flips(anywhere),
  'bits of the header': flips(inHeader),
  'bits of a stream head': flips(inStreamHead),
  truncation,
  'element lengths': elementLengths,
  'image module': imageModule,
  'fragment length': fragmentLength,
  'offset table': offsetTable,
  fragments,
  noise,
  shifted,
};

/** A damaged copy of `original`, and the kinds of damage done: one, or two in one of four files. */
export const mutated = (
  original: Uint8Array,
  chance: Chance,
): { readonly bytes: Uint8Array; readonly kinds: readonly string[] } => {
  const names = Object.keys(DAMAGES);
  const kinds = Array.from({ length: chance() < 0.25 ? 2 : 1 }, () => oneOf(chance, names) ?? '');
  const bytes = kinds.reduce<Buffer>((file, kind) => DAMAGES[kind]?.(file, chance) ?? file, Buffer.from(original));
  return { bytes, kinds };
};
