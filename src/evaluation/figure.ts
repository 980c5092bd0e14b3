// A figure of an evaluation: a number, or the reason why there is none. Pure.

/** 95 % interval of a bootstrap: its ends, the resamples that counted, and those that had no value and were left out. */
export type Interval = { readonly low: number; readonly high: number; readonly resamples: number; readonly skipped: number };

/** A figure that cannot be reckoned says why: it is never NaN and never 0 in place of nothing. */
export type Undefined = { readonly value: null; readonly reason: string };

/** A number, with its interval where one was reckoned. */
export type Figure = { readonly value: number; readonly interval?: Interval } | Undefined;

/** `2 studies`, `1 frame`. */
export const countOf = (count: number, one: string): string => `${count} ${count === 1 ? one : severalOf(one)}`;

/** `study` → `studies`, `frame` → `frames`. */
export const severalOf = (one: string): string => (one.endsWith('y') ? `${one.slice(0, -1)}ies` : `${one}s`);

export const figure = (value: number): Figure => ({ value });
export const undefinedFigure = (reason: string): Undefined => ({ value: null, reason });

/** `above` / `below`, or undefined with `reason` when `below` is 0. */
export const ratio = (above: number, below: number, reason: string): Figure =>
  below === 0 ? undefinedFigure(reason) : figure(above / below);

/** The figure with an interval; one without a value, or an interval that could not be reckoned, leaves it as it is. */
export const withInterval = (of: Figure, interval: Interval | Undefined): Figure =>
  of.value === null || 'value' in interval ? of : { ...of, interval };

/** Throws RangeError for NaN and infinities: a model that gave one was refused earlier, so this is a fault of the caller. */
export function requireFinite(values: readonly number[], what: string): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new RangeError(`${what} ${at} is ${values[at]}, not a finite number`);
}
