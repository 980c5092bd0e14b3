// Agreement of a measured quantity with its truth. In: pairs of numbers in one unit. Out: MAE, RMSE, R² and Bland-Altman's limits. Pure.
import { type Figure, requireFinite, type Undefined, undefinedFigure } from './figure.ts';

/** One case, both in the same unit. */
export type Pair = { readonly truth: number; readonly predicted: number };

/** Mean difference (predicted - truth) and the limits between which 95 % of differences lie if they are normally distributed. */
export type BlandAltman = { readonly bias: number; readonly sd: number; readonly lower: number; readonly upper: number };

export type Agreement = {
  readonly mae: Figure;
  readonly rmse: Figure;
  readonly r2: Figure;
  readonly blandAltman: { readonly value: BlandAltman } | Undefined;
};

/** 97.5 % point of the standard normal distribution, as Bland and Altman round it. */
const NORMAL = 1.96;

const mean = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;
const squares = (values: readonly number[], about: number): number =>
  values.reduce((total, value) => total + (value - about) ** 2, 0);

const differences = (pairs: readonly Pair[]): readonly number[] => {
  requireFinite(
    pairs.flatMap(({ truth, predicted }) => [truth, predicted]),
    'value',
  );
  return pairs.map(({ truth, predicted }) => predicted - truth);
};

/** Mean absolute error. Undefined without cases. */
const meanAbsoluteError = (pairs: readonly Pair[]): Figure =>
  pairs.length === 0 ? undefinedFigure('no cases') : { value: mean(differences(pairs).map(Math.abs)) };

/** Root of the mean squared error. Undefined without cases. */
const rootMeanSquaredError = (pairs: readonly Pair[]): Figure =>
  pairs.length === 0 ? undefinedFigure('no cases') : { value: Math.sqrt(squares(differences(pairs), 0) / pairs.length) };

/** Coefficient of determination, 1 - residual / total sum of squares; below 0 when the mean would do better. Undefined when the truth does not vary. */
function rSquared(pairs: readonly Pair[]): Figure {
  if (pairs.length < 2) return undefinedFigure('fewer than two cases');
  const residual = squares(differences(pairs), 0);
  const truths = pairs.map(({ truth }) => truth);
  const total = squares(truths, mean(truths));
  return total === 0 ? undefinedFigure('the truth is the same in every case') : { value: 1 - residual / total };
}

/** Bias and limits of agreement, bias ± 1.96 sample standard deviations (Bland and Altman, Lancet 1986;327:307-310). Undefined below two cases. */
export function blandAltman(pairs: readonly Pair[]): { readonly value: BlandAltman } | Undefined {
  if (pairs.length < 2) return undefinedFigure('fewer than two cases');
  const found = differences(pairs);
  const bias = mean(found);
  const sd = Math.sqrt(squares(found, bias) / (found.length - 1));
  return { value: { bias, sd, lower: bias - NORMAL * sd, upper: bias + NORMAL * sd } };
}

/** All figures of agreement. Throws RangeError for a value that is no finite number. */
export const agreement = (pairs: readonly Pair[]): Agreement => ({
  mae: meanAbsoluteError(pairs),
  rmse: rootMeanSquaredError(pairs),
  r2: rSquared(pairs),
  blandAltman: blandAltman(pairs),
});
