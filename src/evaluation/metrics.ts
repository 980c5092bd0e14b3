// Figures of a binary test. In: cases with truth and score. Out: AUC, ROC points, Youden's threshold, confusion counts and the rates made from them. Pure.
import { type Figure, ratio, requireFinite, type Undefined, undefinedFigure } from './figure.ts';

/** One case of a binary test; a higher score speaks for `truth`. */
export type BinaryCase = { readonly truth: boolean; readonly score: number };

/** Counts at a threshold; a case is called positive when its score is at or above it. */
export type Confusion = { readonly TN: number; readonly FP: number; readonly FN: number; readonly TP: number };

/** A point of the ROC curve; `threshold` is null for the corner where nothing is called positive. */
export type RocPoint = {
  readonly threshold: number | null;
  readonly truePositiveRate: number;
  readonly falsePositiveRate: number;
};

export type Rates = {
  readonly sensitivity: Figure;
  readonly specificity: Figure;
  readonly precision: Figure;
  /** The same as sensitivity, under the name that multi-class tables use. */
  readonly recall: Figure;
  readonly f1: Figure;
  readonly accuracy: Figure;
};

const NO_CASES = 'no cases';
const NO_POSITIVE = 'no positive case';
const NO_NEGATIVE = 'no negative case';

/** Why there is no curve, or null when both classes are there. */
function oneClass(cases: readonly BinaryCase[]): string | null {
  if (cases.length === 0) return NO_CASES;
  if (!cases.some(({ truth }) => truth)) return NO_POSITIVE;
  return cases.every(({ truth }) => truth) ? NO_NEGATIVE : null;
}

/** Place of each case among the distinct scores, ascending from 0: what resampling needs, sorted once. */
export type RankedCases = { readonly rank: Uint32Array; readonly truth: Uint8Array; readonly distinct: number };

/** Throws RangeError for a score that is no finite number. */
export function rankCases(cases: readonly BinaryCase[]): RankedCases {
  requireFinite(
    cases.map(({ score }) => score),
    'score',
  );
  const scores = [...new Set(cases.map(({ score }) => score))].sort((a, b) => a - b);
  const places = new Map(scores.map((score, place) => [score, place]));
  return {
    rank: Uint32Array.from(cases, ({ score }) => places.get(score) ?? 0),
    truth: Uint8Array.from(cases, ({ truth }) => Number(truth)),
    distinct: scores.length,
  };
}

/** AUC of the picked cases, or null when they are of one class. */
export function aucOfPick({ rank, truth, distinct }: RankedCases, pick: Uint32Array): number | null {
  const positives = new Uint32Array(distinct);
  const negatives = new Uint32Array(distinct);
  for (const index of pick) {
    const counts = truth[index] === 1 ? positives : negatives;
    const place = rank[index] ?? 0;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  let below = 0;
  let wins = 0;
  let present = 0;
  for (let place = 0; place < distinct; place++) {
    const negative = negatives[place] ?? 0;
    const positive = positives[place] ?? 0;
    wins += positive * (below + negative / 2);
    below += negative;
    present += positive;
  }
  return present === 0 || below === 0 ? null : wins / (present * below);
}

/**
 * Area under the ROC curve as the Mann-Whitney statistic: the share of pairs of a positive and a negative case in which the positive
 * one has the higher score, ties counting half (Hanley and McNeil, Radiology 1982;143:29-36).
 * Undefined without cases or with one class only. Throws RangeError for a score that is no finite number.
 */
export function auc(cases: readonly BinaryCase[]): Figure {
  const ranked = rankCases(cases);
  const value = aucOfPick(
    ranked,
    Uint32Array.from(cases, (_, index) => index),
  );
  return value === null ? undefinedFigure(oneClass(cases) ?? NO_CASES) : { value };
}

type Step = { readonly threshold: number; readonly tp: number; readonly fp: number };

/** Counts at every distinct score as threshold, from the highest down. */
function steps(cases: readonly BinaryCase[]): readonly Step[] {
  const sorted = [...cases].sort((a, b) => b.score - a.score);
  const found: Step[] = [];
  let tp = 0;
  let fp = 0;
  for (const [index, { truth, score }] of sorted.entries()) {
    if (truth) tp += 1;
    else fp += 1;
    if (sorted[index + 1]?.score !== score) found.push({ threshold: score, tp, fp });
  }
  return found;
}

/** The ROC curve from (0, 0) to (1, 1), a point a distinct score, none left out. Undefined without cases or with one class only. */
export function rocPoints(cases: readonly BinaryCase[]): { readonly value: readonly RocPoint[] } | Undefined {
  requireFinite(
    cases.map(({ score }) => score),
    'score',
  );
  const reason = oneClass(cases);
  if (reason !== null) return undefinedFigure(reason);
  const positives = cases.filter(({ truth }) => truth).length;
  const negatives = cases.length - positives;
  const points = steps(cases).map(({ threshold, tp, fp }) => ({
    threshold,
    truePositiveRate: tp / positives,
    falsePositiveRate: fp / negatives,
  }));
  return { value: [{ threshold: null, truePositiveRate: 0, falsePositiveRate: 0 }, ...points] };
}

/**
 * The threshold with the largest sensitivity + specificity - 1 (Youden, Cancer 1950;3:32-35); of several the highest. It lies halfway to
 * the next lower score, so that a case that moves by a rounding does not change sides. Undefined without cases or with one class only.
 */
export function youdenThreshold(cases: readonly BinaryCase[]): Figure {
  requireFinite(
    cases.map(({ score }) => score),
    'score',
  );
  const reason = oneClass(cases);
  if (reason !== null) return undefinedFigure(reason);
  const positives = cases.filter(({ truth }) => truth).length;
  const negatives = cases.length - positives;
  const all = steps(cases);
  // Whole numbers: equal indices must compare as equal.
  const index = ({ tp, fp }: Step): number => tp * negatives - fp * positives;
  let best = 0;
  for (const [at, step] of all.entries()) if (index(step) > index(all[best] ?? step)) best = at;
  const threshold = all[best]?.threshold ?? 0;
  const following = all[best + 1]?.threshold ?? threshold;
  const halfway = (threshold + following) / 2;
  return { value: halfway > following ? halfway : threshold };
}

/** Counts at a threshold. */
export function confusion(cases: readonly BinaryCase[], threshold: number): Confusion {
  const counts = { TN: 0, FP: 0, FN: 0, TP: 0 };
  for (const { truth, score } of cases) {
    const called = score >= threshold;
    if (truth) counts[called ? 'TP' : 'FN'] += 1;
    else counts[called ? 'FP' : 'TN'] += 1;
  }
  return counts;
}

/** TP / (TP + FN). */
export const sensitivity = ({ TP, FN }: Confusion): Figure => ratio(TP, TP + FN, NO_POSITIVE);
/** TN / (TN + FP). */
export const specificity = ({ TN, FP }: Confusion): Figure => ratio(TN, TN + FP, NO_NEGATIVE);
/** TP / (TP + FP). */
export const precision = ({ TP, FP }: Confusion): Figure => ratio(TP, TP + FP, 'nothing was called positive');
/** Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN). */
export const f1 = ({ TP, FP, FN }: Confusion): Figure =>
  ratio(2 * TP, 2 * TP + FP + FN, 'no positive case, and nothing was called positive');
/** (TP + TN) / all. */
export const accuracy = ({ TN, FP, FN, TP }: Confusion): Figure => ratio(TP + TN, TN + FP + FN + TP, NO_CASES);

/** All rates of one confusion table; a rate whose class is missing is undefined, with the reason. */
export const rates = (counts: Confusion): Rates => ({
  sensitivity: sensitivity(counts),
  specificity: specificity(counts),
  precision: precision(counts),
  recall: sensitivity(counts),
  f1: f1(counts),
  accuracy: accuracy(counts),
});
