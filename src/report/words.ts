// The words that all outputs of all families share. In: facts of a run, texts. Out: sentences and codes. Pure.
import type { RunFacts, Side, SkippedInput } from '../contracts/finding.ts';
import type { Code, Reporting } from '../contracts/model.ts';
import { PRIVATE_SCHEME, VALUE } from '../dicom/codes.ts';
import { FAULTS } from '../kernel/errors.ts';
import type { ByGate } from './template-schema.ts';
import type { OutputTemplate } from './templates.ts';

export const SIDES: Readonly<Record<Side, { readonly code: Code | null; readonly name: string; readonly letter: string }>> = {
  left: { code: VALUE.left, name: 'left', letter: 'L' },
  right: { code: VALUE.right, name: 'right', letter: 'R' },
  unknown: { code: null, name: 'side unknown', letter: 'U' },
};

export type Presence = 'present' | 'absent' | 'undetermined';

/** CID 240 value of a flag. */
export const FLAGS: Readonly<Record<Presence, { readonly code: Code; readonly letter: string }>> = {
  present: { code: VALUE.present, letter: 'P' },
  absent: { code: VALUE.absent, letter: 'A' },
  undetermined: { code: VALUE.undetermined, letter: 'U' },
};

/** Research wording wins when the weights are reference weights, whatever the manifest's gate says. */
export const gateOf = (run: Pick<RunFacts, 'statement' | 'referenceWeights'>): keyof ByGate =>
  run.statement.reporting === 'clinical' && !run.referenceWeights ? 'clinical' : 'research';

/** Whether an output of the manifest may be told; outputs that only describe the statement (a view, a weight) may unless they are gated. */
export const isTold = (run: RunFacts, id: string): boolean => run.outputs.find((one) => one.id === id)?.reporting !== 'off';

/**
 * The gate of the outputs with this concept. Off when the manifest names none, and when any of several is off: nothing is told by oversight.
 */
export function reportingOf(run: RunFacts, concept: Code): Reporting {
  const same = run.outputs.filter((one) => one.concept.value === concept.value && one.concept.scheme === concept.scheme);
  return same.find(({ reporting }) => reporting === 'off')?.reporting ?? same[0]?.reporting ?? 'off';
}

/** `left femoral vein`, `femoral vein, side unknown`. */
export const sidedName = (side: Side, name: string): string =>
  side === 'unknown' ? `${name}, ${SIDES.unknown.name}` : `${SIDES[side].name} ${name}`;

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Rounded, but never to a certainty: 0.99999 is no 1. */
export function roundedProbability(probability: number, places: number): number {
  const step = 10 ** -places;
  return Number(Math.min(1 - step, Math.max(step, probability)).toFixed(places));
}

/** A share as percent with one decimal; that of an only one is `100.0`. */
export const portion = (share: number): string => (share * 100).toFixed(1);

/** A probability as percent with one decimal, e.g. `71.2`, from `0.1` to `99.9`. */
export const percent = (probability: number): string => portion(roundedProbability(probability, 3));

/** The same for DS, with two decimals. */
export const percentNumber = (probability: number): string => decimal(roundedProbability(probability, 4) * 100, 2);

/** A number for DS: at most 16 characters, no exponent, no trailing zeros (PS3.5 6.2). */
export const decimal = (value: number, places: number): string => String(Number(value.toFixed(places)));

/** `1 key frame`, `3 key frames`. */
export const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

/** `A4C`, `A4C and A2C`, `A4C, A2C and PLAX`. */
export const listed = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;

/**
 * A concept of our own scheme whose meaning says finding, site and flag in one line, at most 64 characters. Some viewers show of a measurement
 * group only the meaning of its NUM and the site; the standard concepts stand beside it for machines.
 */
export const spokenConcept = (run: RunFacts, value: string, words: string): Code => ({
  value,
  scheme: PRIVATE_SCHEME,
  meaning: `${gateOf(run) === 'research' ? 'Research AI' : 'AI'}: ${words}`.slice(0, 64),
});

/** What every text begins with: the research-use strip, then the notice of the model. */
export const noticeText = (run: RunFacts, template: OutputTemplate): string =>
  `${template.watermark[gateOf(run)]}. ${run.notice}`.trim();

/** Execution provider of a run that never was: its study is told of, nothing was computed. */
export const NOT_RUN = 'none';

/** Who said it, and how its threshold was chosen. */
export function authorSentence(run: RunFacts): string {
  if (run.provider === NOT_RUN)
    return `The model "${run.modelName}", version ${run.modelVersion} (${run.modelManufacturer}), was not run.`;
  const method = run.statement.thresholdMethod === '' ? '' : ` Threshold: ${run.statement.thresholdMethod}.`;
  return `Computed by the model "${run.modelName}", version ${run.modelVersion} (${run.modelManufacturer}); not reviewed by a physician.${method}`;
}

/** Skipped inputs as counts by reason, most frequent first, with the sentence of the first of each. */
export function skippedLines(skipped: readonly SkippedInput[]): readonly string[] {
  const byReason = new Map<string, { number: number; readonly sentence: string }>();
  for (const one of skipped) {
    const row = byReason.get(one.reason);
    if (row === undefined) byReason.set(one.reason, { number: 1, sentence: one.sentence });
    else row.number += 1;
  }
  return [...byReason]
    .sort((one, other) => other[1].number - one[1].number || one[0].localeCompare(other[0], 'en'))
    .map(([reason, row]) => `Not analysed: ${count(row.number, 'input')} (${reason}): ${row.sentence}`);
}

/** Inputs that failed (a code of the error registry) rather than being unsuitable: they make a document PARTIAL. */
export const failedInputs = (skipped: readonly SkippedInput[]): number => skipped.filter((one) => one.reason in FAULTS).length;
