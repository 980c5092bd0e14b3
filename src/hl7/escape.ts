// HL7 v2 texts: escape sequences (2.5.1 section 2.7) and the character set of a destination. In: plain texts. Out: texts that cannot break a message.

/** The encoding characters of MSH-1 and MSH-2 that this node writes. */
export const FIELD = '|';
export const COMPONENT = '^';
export const REPETITION = '~';
export const ESCAPE = '\\';
export const SUBCOMPONENT = '&';

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\E\\', '|': '\\F\\', '^': '\\S\\', '&': '\\T\\', '~': '\\R\\' };
const UNESCAPED: Readonly<Record<string, string>> = { E: '\\', F: '|', S: '^', T: '&', R: '~' };

// Characters below 0x20 and 0x7F to 0x9F: 0x0B and 0x1C would break the MLLP frame, CR a segment; none has a meaning in a text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/gu;

/** Escapes one text; line ends and tabs become a blank, other control characters go. One pass, so nothing is escaped twice. */
export const escapeText = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n|[\r\n\t]/gu, ' ')
    .replace(CONTROLS, '')
    .replace(/[\\|^&~]/gu, (character) => ESCAPED[character] ?? '');

/** Reads the escapes back: E F S T R and the hexadecimal X form; any other sequence (`\.br\`, highlighting) stays as it stands. */
export const unescapeText = (text: string): string =>
  text.replace(/\\([EFSTR]|X(?:[0-9A-Fa-f]{2})+)\\/gu, (_, sequence: string) => {
    const plain = UNESCAPED[sequence];
    if (plain !== undefined) return plain;
    return Buffer.from(sequence.slice(1), 'hex').toString('utf8');
  });

/** Largest code point of the sets of MSH-18 (HL7 table 0211) that the node writes. */
const LARGEST_CODE_POINT = { 'UNICODE UTF-8': 0x10ffff, '8859/1': 0xff, ASCII: 0x7f } as const;

export type Hl7CharacterSet = keyof typeof LARGEST_CODE_POINT;

/** Puts `?` for every character that the set lacks, composed first so that a letter with its accent is one character; counts them. */
export function restrictTo(text: string, characterSet: Hl7CharacterSet): { readonly text: string; readonly replaced: number } {
  const largest = LARGEST_CODE_POINT[characterSet];
  if (largest === 0x10ffff) return { text, replaced: 0 };
  let replaced = 0;
  let out = '';
  for (const character of text.normalize('NFC')) {
    const fits = (character.codePointAt(0) ?? 0) <= largest;
    if (!fits) replaced += 1;
    out += fits ? character : '?';
  }
  return { text: out, replaced };
}
