// Time as an argument: pure files take a Clock; only `node.ts` and tests make one.

/** Milliseconds since the Unix epoch. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
