// What a line of recognised writing says. In: its text, the phrases in use, the names that the header gives to people and places. Out: meanings, and nothing
// else: the text itself, which may hold a patient's name, ends here.
import { meaningsOfWords, NUMBERED_WORDS, type Vocabulary, wordsOf } from './label-words.ts';
import type { Meaning } from './labels-meaning.ts';

/** Letters and digits that recognition takes for one another, by one of them. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  '0': 'O',
  Q: 'O',
  '1': 'I',
  L: 'I',
  '5': 'S',
  '8': 'B',
  '2': 'Z',
  '6': 'G',
  Y: 'V',
  '4': 'A',
};

/** A word with each character replaced by that which stands for all of its look-alikes. */
export const skeleton = (word: string): string => [...word].map((letter) => LOOKALIKES[letter] ?? letter).join('');

/** The skeleton without repetitions: one letter is often read as two alike. */
const collapsed = (word: string): string => skeleton(word).replaceAll(/(.)\1+/g, '$1');

/** Words that are this long may differ by one character; those of more letters by one besides look-alikes. */
const LONG_ENOUGH = 5;
const VERY_LONG = 6;
/** The name of a probe, "L12-3" or "C5-1-D", which could be read as a lung area. */
const PROBE = /\b[A-Z]{0,3}\d{1,2}[A-Z]?\s?-\s?\d{1,2}[A-Z]*(-[A-Z]+)?\b/g;
/** "W/O", also with its stroke read as a letter. */
const WITHOUT = /\bW\s?[^\sO0]?\s?[O0Q]\b(?=\s+COM)/g;
/** In place of a word that must not be read. */
const UNREAD = '#';

/** Whether two words differ by one character at most: one other, one more or one less. */
function nearlyEqual(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const [rest, others] = [one.slice(at), other.slice(at)];
  if (one.length === other.length) return rest.slice(1) === others.slice(1);
  return one.length > other.length ? rest.slice(1) === others : rest === others.slice(1);
}

const onlyOne = (words: readonly string[]): string | undefined => (words.length === 1 ? words[0] : undefined);

/** The known word that a word was meant to be; itself when it is known, or like none or like several. */
function corrected(word: string, { words: all }: Vocabulary, inCompany: boolean): string {
  // A word of letters is not taken for a name with a digit: "ASC" is no A5C. Short names are read letter by letter instead.
  const words = /\d/.test(word) ? all : new Set([...all].filter((known) => !/\d/.test(known)));
  if (all.has(word) || /^\d+$/.test(word) || /^[LR]\d{1,2}$/.test(word)) return word;
  if (word.length < (inCompany ? 2 : 3)) return word;
  const same = [...words].filter((known) => known.length === word.length && skeleton(known) === skeleton(word));
  if (same.length > 0 || word.length < 3) return onlyOne(same) ?? word;
  const doubled = [...words].filter((known) => known.length > 2 && collapsed(known) === collapsed(word));
  if (doubled.length > 0 || word.length < LONG_ENOUGH) return onlyOne(doubled) ?? word;
  const near = [...words].filter((known) => known.length > 3 && nearlyEqual(known, word));
  if (near.length > 0 || word.length < VERY_LONG) return onlyOne(near) ?? word;
  const round = (letters: string): string => skeleton(letters).replaceAll('D', 'O');
  return onlyOne([...words].filter((known) => known.length > LONG_ENOUGH && nearlyEqual(round(known), round(word)))) ?? word;
}

/** The words of names, by skeleton; short ones say nothing of who it is. */
export const nameWords = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.flatMap(wordsOf).flatMap((word) => (word.length < 3 ? [] : [skeleton(word)])));

/** Short names with a digit are also written for settings ("R12", "4C"): they count only in a line of known words. */
const isAmbiguous = (word: string): boolean => /^[LR]\d{1,2}$/.test(word) || (word.length === 2 && /\d/.test(word));

/** One letter is a side only beside a word that says something else. */
const isLetter = (word: string | undefined): boolean => word !== undefined && word.length === 1;

function guarded(words: readonly string[], { words: known }: Vocabulary): string[] {
  const isKnown = (word: string | undefined): boolean => word !== undefined && known.has(word);
  const pure = words.every((word) => isKnown(word) || isAmbiguous(word) || /^\d{1,2}$/.test(word));
  return words.map((word, at) => {
    const [before, after] = [words[at - 1], words[at + 1]];
    if (isAmbiguous(word) && !pure) return UNREAD;
    if (/^[LR]$/.test(word)) {
      const beside = [before, after].some((next) => isKnown(next) && !isLetter(next));
      return beside ? word : UNREAD;
    }
    // A "W/O" that was read as something else must not turn into "with".
    if (word.startsWith('COMP') && before !== undefined && before.length <= 3 && !isKnown(before)) return UNREAD;
    return word;
  });
}

/** "L5 POST MIDDLE" of which the number was misread still says the side. */
function sideOfArea(words: readonly string[], { phrases, words: known }: Vocabulary): readonly string[] {
  const [first = '', ...rest] = words;
  const described = rest.some((word) => phrases.get(word)?.surface !== undefined) && rest.every((word) => known.has(word));
  return described && !phrases.has(first) && /^[LR]([A-Z0-9]{1,2}|\d{3})$/.test(first) ? [first.slice(0, 1), ...rest] : words;
}

/** Meanings of a line. Words that are names are left out, and a line with one counts only when it says two things besides. */
export function writtenMeanings(text: string, vocabulary: Vocabulary, names: ReadonlySet<string>): Meaning[] {
  const plain = text.toUpperCase().replaceAll(PROBE, ' ').replaceAll(WITHOUT, ' W O ');
  const read = wordsOf(plain);
  const words = read.filter((word) => word.length < 3 || !names.has(skeleton(word)));
  // A word of a name says nothing, but it shows that its neighbours are words.
  const inCompany = read.some((word) => word.length > 1 && vocabulary.words.has(word));
  const meant = words.map((word) => corrected(word, vocabulary, inCompany));
  const meanings = meaningsOfWords(guarded(sideOfArea(meant, vocabulary), vocabulary), vocabulary);
  return words.length < read.length && meanings.length < 2 ? [] : meanings;
}

/** Whether a line is nothing but known words, one of them of some length: then little confidence is enough. */
export function isKnownThroughout(text: string, { words: known }: Vocabulary): boolean {
  const words = wordsOf(text);
  return words.some(({ length }) => length > 2) && words.every((word) => known.has(word));
}

/** Whether a line is a word that makes the number after it an area, and something that should be the number. */
export const lacksNumber = (text: string): boolean => {
  const words = wordsOf(text);
  return words.length === 2 && NUMBERED_WORDS.has(words[0] ?? '');
};
