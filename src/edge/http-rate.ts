// How many requests one place may make. In: places. Out: whether a request is taken. A bucket each that fills as time goes by; memory is bounded.

const MOST_PLACES = 10_000;

export type Taken = 'taken' | 'over for the first time' | 'over';

/** `burst` at once, then `perSecond`; `now` in milliseconds, never back. */
export function rateLimit(
  rate: { readonly burst: number; readonly perSecond: number },
  now: () => number,
): (place: string) => Taken {
  const buckets = new Map<string, { readonly left: number; readonly at: number; readonly isOver: boolean }>();
  return (place) => {
    const at = now();
    const known = buckets.get(place);
    const left = known === undefined ? rate.burst : Math.min(rate.burst, known.left + ((at - known.at) / 1000) * rate.perSecond);
    // Put behind all others, so that the one that was silent longest is the first to be forgotten.
    buckets.delete(place);
    buckets.set(place, { left: left >= 1 ? left - 1 : left, at, isOver: left < 1 });
    if (buckets.size > MOST_PLACES) {
      const oldest = buckets.keys().next();
      if (oldest.done !== true) buckets.delete(oldest.value);
    }
    if (left >= 1) return 'taken';
    return known?.isOver === true ? 'over' : 'over for the first time';
  };
}
