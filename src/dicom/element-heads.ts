// In: bytes at an element. Out: its tag, VR and length (PS3.5 7.1), with the VRs and keywords of the data dictionary.
import { dictionaryRows } from './dcmjs-writer.ts';

export type Encoding = { readonly explicit: boolean; readonly littleEndian: boolean };

/** VR and keyword of each standard tag; retired keywords without the dictionary's prefix. */
const STANDARD: ReadonlyMap<string, { readonly keyword: string; readonly vr: string }> = new Map(
  Object.entries(dictionaryRows()).map(([keyword, row]) => [
    row.tag.replaceAll(/[(),]/g, '').toLowerCase(),
    { keyword: keyword.replace(/^RETIRED_/, ''), vr: row.vr },
  ]),
);

/** The keyword of a tag, or null for private and unknown ones. */
export const keywordOf = (tag: string): string | null => STANDARD.get(tag)?.keyword ?? null;

/** VRs with a reserved field and a 32 bit length (PS3.5 7.1.2). */
const LONG_FORM: ReadonlySet<string> = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const SHORT_FORM: ReadonlySet<string> = new Set('AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));

/** True when the two characters at `offset` are a VR of the standard. */
export const isVrAt = (bytes: Uint8Array, offset: number): boolean => {
  const vr = String.fromCharCode(bytes[offset] ?? 0, bytes[offset + 1] ?? 0);
  return LONG_FORM.has(vr) || SHORT_FORM.has(vr);
};

/** What stands before a value. `sentVr` is empty in implicit data sets; `length` is null when it is undefined. */
export type Head = {
  /** Eight hexadecimal digits in lower case. */
  readonly tag: string;
  readonly sentVr: string;
  /** VR as sent, or that of the dictionary where it was not sent or is UN; empty where neither knows. */
  readonly vr: string;
  readonly length: number | null;
  readonly headBytes: number;
};

const UNDEFINED_LENGTH = 0xffffffff;
const hexadecimal = (value: number): string => value.toString(16).padStart(4, '0');

/** The head of the element or item at `at`, or null when it is not all there. */
export const headAt = (view: DataView, at: number, encoding: Encoding): Head | null => {
  const { littleEndian, explicit } = encoding;
  if (at + 8 > view.byteLength) return null;
  const group = view.getUint16(at, littleEndian);
  const tag = hexadecimal(group) + hexadecimal(view.getUint16(at + 2, littleEndian));
  // Items and delimiters have no VR in any syntax (PS3.5 7.5).
  const sentVr = explicit && group !== 0xfffe ? String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5)) : '';
  const long = LONG_FORM.has(sentVr);
  if (long && at + 12 > view.byteLength) return null;
  const length =
    sentVr === ''
      ? view.getUint32(at + 4, littleEndian)
      : long
        ? view.getUint32(at + 8, littleEndian)
        : view.getUint16(at + 6, littleEndian);
  return {
    tag,
    sentVr,
    vr: sentVr === '' || sentVr === 'UN' ? (STANDARD.get(tag)?.vr ?? sentVr) : sentVr,
    length: length === UNDEFINED_LENGTH ? null : length,
    headBytes: long ? 12 : 8,
  };
};
