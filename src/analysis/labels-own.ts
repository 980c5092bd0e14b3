// The abbreviations of a site. In: the parsed `annotations.json`. Out: rows for the vocabulary; every fault of the file by its path.
import { fault } from '../kernel/errors.ts';
import { LUNG_AREAS, type PhraseRow, VOCABULARY, type Vocabulary, vocabularyOf } from './label-words.ts';
import type { Meaning } from './labels-meaning.ts';
import { PHRASE_ROWS } from './labels-phrases.ts';

/** What a phrase may say, and the values of it. */
const SAYS: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  side: ['left', 'right'],
  vein: ['CFV', 'FV', 'POP', 'other'],
  landmark: ['SFJ', 'GSV'],
  orientation: ['transverse', 'longitudinal'],
  compression: [true, false],
  surface: ['posterior', 'lateral', 'anterior'],
  height: ['basal', 'middle', 'upper'],
  area: Array.from({ length: LUNG_AREAS }, (_, index) => index + 1),
  echoView: ['A4C', 'A2C', 'PLAX', 'other'],
};
const MOST_ROWS = 500;
const MOST_WORDS = 50;
const LONGEST_PHRASE = 64;

const refused = (where: string, what: string) => fault('config-invalid', `annotations.json: ${where}: ${what}`);
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isPhrase = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= LONGEST_PHRASE && /[A-Za-z0-9]/.test(value);

function meaningAt(value: unknown, where: string): Meaning {
  if (!isRecord(value) || Object.keys(value).length === 0)
    throw refused(where, 'expected what the words say, e.g. {"side": "left"}');
  for (const [name, said] of Object.entries(value)) {
    const allowed = SAYS[name];
    if (allowed === undefined) throw refused(`${where}.${name}`, `unknown; known are ${Object.keys(SAYS).join(', ')}`);
    if (!allowed.some((one) => one === said)) throw refused(`${where}.${name}`, `expected one of ${allowed.join(', ')}`);
  }
  return value;
}

/** The project's phrases with those of a site, which replace what the same words said. Fault `config-invalid`. */
export function vocabularyWith(file: unknown): Vocabulary {
  if (!isRecord(file) || !Array.isArray(file['phrases'])) throw refused('phrases', 'expected a list');
  const unknown = Object.keys(file).find((name) => name !== 'about' && name !== 'phrases');
  if (unknown !== undefined) throw refused(unknown, 'unknown');
  const rows: readonly unknown[] = file['phrases'];
  if (rows.length > MOST_ROWS) throw refused('phrases', `more than ${MOST_ROWS}`);
  const own = rows.map((row, index): PhraseRow => {
    const where = `phrases[${index}]`;
    if (!isRecord(row)) throw refused(where, 'expected {"says": {...}, "words": [...]}');
    const { words } = row;
    if (!Array.isArray(words) || words.length === 0 || words.length > MOST_WORDS || !words.every(isPhrase))
      throw refused(`${where}.words`, `expected 1 to ${MOST_WORDS} phrases of letters and digits`);
    return [meaningAt(row['says'], `${where}.says`), words];
  });
  if (own.length === 0) return VOCABULARY;
  return vocabularyOf(
    PHRASE_ROWS.map(([meaning, phrases]): PhraseRow => [meaning, phrases.split(', ')]),
    own,
  );
}
