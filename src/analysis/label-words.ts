// What words and codes say of an ultrasound image: side, vein, landmark, view, compression, lung area, echo view. In: a text or a code. Out: meanings.
// The phrases are tables (`labels-phrases.ts`); a site adds its own abbreviations to them.
import type { Meaning } from './labels-meaning.ts';
import { PHRASE_ROWS } from './labels-phrases.ts';

/** Phrases of upper-case words, words parted by one space, and every single word that occurs in them. */
export type Vocabulary = {
  readonly phrases: ReadonlyMap<string, Meaning>;
  readonly words: ReadonlySet<string>;
  readonly longest: number;
};

/** A meaning and the phrases for it. */
export type PhraseRow = readonly [Meaning, readonly string[]];

/** Words before a number that make it the number of a lung area. */
export const NUMBERED_WORDS: ReadonlySet<string> = new Set(['AREA', 'LUS', 'ZONE', 'POINT', 'REGION', 'SITE']);
/** How many lung areas an examination has. */
export const LUNG_AREAS = 14;
const LONGEST_TEXT = 2048;

/** A vocabulary of rows; a phrase in several rows says all of it, and a row of `own` replaces what was said by the same phrase. */
export function vocabularyOf(rows: readonly PhraseRow[], own: readonly PhraseRow[] = []): Vocabulary {
  const phrases = new Map<string, Meaning>();
  for (const [meaning, said] of rows) for (const phrase of said) phrases.set(phrase, { ...phrases.get(phrase), ...meaning });
  for (const [meaning, said] of own) for (const phrase of said) phrases.set(wordsOf(phrase).join(' '), meaning);
  const split = [...phrases.keys()].map((phrase) => phrase.split(' '));
  return {
    phrases,
    words: new Set([...split.flat(), ...NUMBERED_WORDS]),
    longest: Math.max(...split.map(({ length }) => length)),
  };
}

/** The phrases that the project knows. */
export const VOCABULARY: Vocabulary = vocabularyOf(
  PHRASE_ROWS.map(([meaning, phrases]): PhraseRow => [meaning, phrases.split(', ')]),
);

/** The words of a text in upper case, up to a limit. */
export const wordsOf = (text: string): string[] =>
  text
    .slice(0, LONGEST_TEXT)
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '');

const isArea = (number: number): boolean => number >= 1 && number <= LUNG_AREAS;

/** "R1" and "LUS07" in one word, "AREA 7" in two. */
function areaAt(words: readonly string[], at: number): { readonly meaning: Meaning; readonly length: number } | null {
  const word = words[at] ?? '';
  const named = /^([LR])0?(\d{1,2})$/.exec(word);
  if (named !== null && isArea(Number(named[2])))
    return { meaning: { area: Number(named[2]), areaSide: named[1] === 'L' ? 'left' : 'right' }, length: 1 };
  const labelled = /^(?:AREA|LUS|ZONE)0?(\d{1,2})$/.exec(word);
  if (labelled !== null && isArea(Number(labelled[1]))) return { meaning: { area: Number(labelled[1]) }, length: 1 };
  const next = words[at + 1] ?? '';
  if (NUMBERED_WORDS.has(word) && /^\d{1,2}$/.test(next) && isArea(Number(next)))
    return { meaning: { area: Number(next) }, length: 2 };
  return null;
}

/** Every meaning found in words, in their order. The longest phrase wins, and its words are not read again. */
export function meaningsOfWords(words: readonly string[], vocabulary: Vocabulary): Meaning[] {
  const found: Meaning[] = [];
  for (let at = 0; at < words.length; ) {
    const area = areaAt(words, at);
    if (area !== null) {
      found.push(area.meaning);
      at += area.length;
      continue;
    }
    let length = Math.min(vocabulary.longest, words.length - at);
    while (length > 0) {
      const meaning = vocabulary.phrases.get(words.slice(at, at + length).join(' '));
      if (meaning !== undefined) {
        found.push(meaning);
        break;
      }
      length -= 1;
    }
    at += Math.max(1, length);
  }
  return found;
}

/** Every meaning found in a text, in the order of the words. */
export const meaningsOf = (text: string, vocabulary: Vocabulary = VOCABULARY): Meaning[] =>
  meaningsOfWords(wordsOf(text), vocabulary);
