// Names of two to four characters and numbers, which recognition reads badly as a whole and well letter by letter: "R5", "L10", "A4C". In: what was read of
// each letter, set side by side some times. Out: the one name of a closed set that it is, or null.
import { LUNG_AREAS } from './label-words.ts';

/** How often a letter is set side by side to be read, and the only characters that are looked for. */
export const TIMES = 4;
export const SHORT_ALPHABET = 'LRACHPXS0123456789';

const NUMBERS = Array.from({ length: LUNG_AREAS }, (_, index) => String(index + 1));
/** Names of lung areas that stand alone on a screen, and numbers of areas after a word like AREA. */
export const AREA_NAMES: readonly string[] = NUMBERS.flatMap((number) => [`R${number}`, `L${number}`]);
export const AREA_NUMBERS: readonly string[] = [...new Set([...NUMBERS, ...NUMBERS.map((number) => number.padStart(2, '0'))])];
/** Short names of echo views. */
export const VIEW_NAMES: readonly string[] = [
  'A4C',
  'A2C',
  'A3C',
  'A5C',
  'AP4',
  'AP2',
  'AP3',
  '4CH',
  '2CH',
  '3CH',
  'PLAX',
  'PSAX',
];

/** First characters of those names with what they are misread for. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  L: 'LI1',
  R: 'RF',
  A: 'ARF',
  P: 'PF',
  S: 'S5',
  '2': '2Z',
  '3': '3',
  '4': '4',
};

/** Whether a line that was read as `text` may be one of `names`. */
export function mayBeOneOf(names: readonly string[], text: string, letters: number): boolean {
  const read = text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  if (!names.some((name) => name.length === letters) || read.length > letters + 2) return false;
  return read === '' || names.some((name) => BEGINNINGS[name.slice(0, 1)]?.includes(read.slice(0, 1)));
}

/** A nought with a stroke through it is read as a digit with a bar or not at all. */
const isLetter = (letter: string, read: string): boolean => letter === read || (letter === '0' && /^[689]?$/.test(read));

/** The letter that most of a repetition was read as; the earlier of two as frequent. */
function mostFrequent(text: string): string {
  const counts = new Map<string, number>();
  for (const letter of text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}

/** The one name whose letters were read, each from a repetition of it; null when none fits, or several do. */
export function nameRead(letters: readonly string[], names: readonly string[]): string | null {
  const read = letters.map(mostFrequent);
  const fitting = names.filter(
    (name) => name.length === read.length && [...name].every((letter, at) => isLetter(letter, read[at] ?? '')),
  );
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}
