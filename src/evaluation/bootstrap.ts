// Percentile bootstrap over cases (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). In: a number of cases and what to
// reckon of a resample. Out: 95 % intervals. Pure: chance is passed in, the same chance gives the same intervals.
import { type Interval, type Undefined, undefinedFigure } from './figure.ts';

/** As many as the echo-to-CMR study took, so that ends vary in the third decimal at most. */
export const DEFAULT_RESAMPLES = 10_000;

const LOW = 0.025;
const HIGH = 0.975;

export type BootstrapOptions = {
  readonly resamples: number;
  /** Uniform in [0, 1). */
  readonly chance: () => number;
};

/** Quantile of ascending values, linear between neighbours. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const below = sorted[low] ?? 0;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] ?? below;
  return below + (above - below) * (place - low);
}

/**
 * Intervals of several statistics over the same resamples. `statistics` gets the indices of one resample (as many as there are cases, drawn
 * with replacement; the array is used again) and gives one value each, null where a resample has none, e.g. the AUC of one class: it is
 * left out and counted. An interval is undefined when no resample has a value. Throws RangeError for fewer than one resample.
 */
export function bootstrapIntervals(
  cases: number,
  statistics: (pick: Uint32Array) => readonly (number | null)[],
  options: BootstrapOptions,
): readonly (Interval | Undefined)[] {
  const { resamples, chance } = options;
  if (!Number.isInteger(resamples) || resamples < 1) throw new RangeError(`resamples: ${resamples} is no whole number above 0`);
  const pick = new Uint32Array(cases);
  const width = statistics(pick).length;
  const kept = Array.from({ length: width }, () => new Float64Array(resamples));
  const counts = new Array<number>(width).fill(0);
  for (let round = 0; cases > 0 && round < resamples; round++) {
    for (let place = 0; place < cases; place++) pick[place] = Math.floor(chance() * cases);
    for (const [index, value] of statistics(pick).entries()) {
      const values = kept[index];
      const count = counts[index] ?? 0;
      if (value === null || values === undefined) continue;
      values[count] = value;
      counts[index] = count + 1;
    }
  }
  return kept.map((values, index) => {
    const count = counts[index] ?? 0;
    if (count === 0) return undefinedFigure(cases === 0 ? 'no cases' : 'no resample has a value');
    const sorted = values.subarray(0, count).sort();
    return { low: quantile(sorted, LOW), high: quantile(sorted, HIGH), resamples: count, skipped: resamples - count };
  });
}

/** The interval of one statistic; see `bootstrapIntervals`. */
export function bootstrapInterval(
  cases: number,
  statistic: (pick: Uint32Array) => number | null,
  options: BootstrapOptions,
): Interval | Undefined {
  return bootstrapIntervals(cases, (pick) => [statistic(pick)], options)[0] ?? undefinedFigure('no statistic');
}
