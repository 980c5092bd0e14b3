// The words that only the attention pages have, and what every drawing of a page is given. In: parts of results. Out: words for people. Pure.
import type { LabelSource, RunFacts } from '../contracts/finding.ts';
import type { ImageNames } from './capture-cell.ts';
import type { Statement } from './statement.ts';
import type { OutputTemplate } from './templates.ts';
import { capitalised } from './words.ts';

/** What a page is drawn with beside its own content; statements by their keys. */
export type PageParts = {
  readonly run: RunFacts;
  readonly template: OutputTemplate;
  readonly names: ImageNames;
  readonly statements: ReadonlyMap<string, Statement>;
};

/** Title of a page: the place of its statement. */
export const placeTitle = (key: string, { statements }: PageParts): string => capitalised(statements.get(key)?.place ?? key);

/** A text of the template, or what follows from the result where that is empty. */
export const wordsOr = (own: string, ours: string): string => (own === '' ? ours : own);

const SOURCES: Readonly<Record<LabelSource, string>> = {
  coded: 'from code',
  description: 'from description',
  text: 'from text on the picture',
  model: 'from the model',
  none: 'unknown',
};

/** `from code and from the model`, each source once. */
export const sourcesWords = (sources: readonly LabelSource[]): string =>
  [...new Set(sources.map((source) => SOURCES[source]))].join(' and ');

/** `side from code`, `vein unknown`. */
export const sourceWords = (kind: string, source: LabelSource): string => `${kind} ${SOURCES[source]}`;

/** `, page 2 of 3`; nothing when there is one page. */
export const pageWords = (number: number, of: number): string => (of > 1 ? `, page ${number} of ${of}` : '');
