// Time as an argument: pure files take a Clock; only `node.ts` and tests make one.

/** Milliseconds since the Unix epoch. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/**
 * A clock that goes on where another was set back (a wrong hardware clock, corrected late), so that what waits for a time waits no longer for it.
 * It is ahead of the other by as much until the process ends.
 */
export function neverBack(clock: Clock): Clock {
  let last = Number.NEGATIVE_INFINITY;
  let ahead = 0;
  return () => {
    const now = clock();
    if (now + ahead < last) ahead = last - now;
    last = now + ahead;
    return last;
  };
}
