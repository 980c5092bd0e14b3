// In: the bytes of a text and the Specific Character Set. Out: the text, and whether it could be decoded as declared (PS3.3 C.12.1.1.2).
import { createRequire } from 'node:module';

type CharacterSets = {
  readonly characterSets: Readonly<Record<string, unknown>>;
  readonly convertBytes: (specificCharacterSet: string, bytes: Uint8Array, options: { vr: string }) => string;
};

// The package's ESM entry does not load under Node; its CommonJS build is the one `require` finds.
const sets: CharacterSets = createRequire(import.meta.url)('dicom-character-set');

/** VRs whose texts follow Specific Character Set; all others are ISO 646 (PS3.5 6.1.2.3). */
export const ENCODED_VRS: ReadonlySet<string> = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);

export type DecodedText = { readonly text: string; readonly asDeclared: boolean };

const COMMON_MISSPELLINGS: ReadonlyMap<string, string> = new Map([
  ['UTF-8', 'ISO_IR 192'],
  ['UTF8', 'ISO_IR 192'],
  ['LATIN1', 'ISO_IR 100'],
  ['ISO-8859-1', 'ISO_IR 100'],
  ['ASCII', 'ISO_IR 6'],
]);

/** A defined term as the standard spells it, or null. Seen in files: `ISO-IR 100`, `ISO IR 100`, `ISO_IR_100`, `ISO 2022-IR 87`. */
const definedTerm = (sent: string): string | null => {
  const term = sent.trim().toUpperCase();
  if (term === '' || Object.hasOwn(sets.characterSets, term)) return term;
  const match = /^ISO[ _-]?(2022)?[ _-]?IR[ _-]?(\d+)$/.exec(term);
  const respelt =
    match === null ? COMMON_MISSPELLINGS.get(term) : `${match[1] === undefined ? 'ISO_IR' : 'ISO 2022 IR'} ${match[2]}`;
  return respelt !== undefined && Object.hasOwn(sets.characterSets, respelt) ? respelt : null;
};

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const latin = new TextDecoder('windows-1252');

/** Without a usable declaration: UTF-8 when the bytes are that, else the most common of the 8 bit sets. */
const guessed = (bytes: Uint8Array): string => {
  try {
    return strictUtf8.decode(bytes);
  } catch (problem) {
    if (!(problem instanceof TypeError)) throw problem;
    return latin.decode(bytes);
  }
};

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80 && byte !== 0x1b);

/** Null for an escape sequence that was not declared, or half a character: the package throws, and a name must not be lost for it. */
const converted = (terms: readonly string[], bytes: Uint8Array, vr: string): string | null => {
  try {
    return sets.convertBytes(terms.join('\\'), bytes, { vr });
  } catch (problem) {
    if (!(problem instanceof Error)) throw problem;
    return null;
  }
};

/** Decodes a text of the given VR. `declared` holds the values of SpecificCharacterSet (0008,0005); never throws. */
export const decodeText = (bytes: Uint8Array, vr: string, declared: readonly string[]): DecodedText => {
  const terms = declared.map(definedTerm);
  const usable = terms.filter((term) => term !== null);
  if (isAscii(bytes) && !usable.some((term) => term.endsWith('IR 13'))) {
    return { text: latin.decode(bytes), asDeclared: usable.length === terms.length };
  }
  if (usable.length < terms.length || usable.every((term) => term === '' || term === 'ISO_IR 6')) {
    return { text: guessed(bytes), asDeclared: false };
  }
  // The return to ASCII (ESC 2/8 4/2) is written even where ISO 2022 IR 6 is not among the declared sets.
  const text = converted(usable, bytes, vr) ?? converted([...usable, 'ISO 2022 IR 6'], bytes, vr);
  return text === null ? { text: guessed(bytes), asDeclared: false } : { text, asDeclared: true };
};
