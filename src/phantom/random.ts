// In: a seed made of words and numbers. Out: the chance of a phantom; the same seed gives the same numbers on every machine.

/** A stream of pseudo-random numbers. Not for cryptography. */
export type Random = {
  /** Uniform in [0, 1). */
  readonly next: () => number;
  /** Uniform in [low, high). */
  readonly uniform: (low: number, high: number) => number;
  /** Whole number in low..high, both included. */
  readonly integer: (low: number, high: number) => number;
  /** `true` with the given probability. */
  readonly chance: (probability: number) => boolean;
  /** One of the given values, each as likely as the others. Throws RangeError for an empty list. */
  readonly pick: <T>(values: readonly T[]) => T;
};

/** 32-bit hash of words and numbers (FNV-1a with a final avalanche), the state a stream starts from. */
export function hash32(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  const text = parts.join('\u0000');
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Starts a stream (mulberry32) from the hash of its parts: `randomFrom(7, 'anatomy')`. */
export function randomFrom(...parts: readonly (string | number)[]): Random {
  let state = hash32(...parts);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const uniform = (low: number, high: number): number => low + (high - low) * next();
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(values: readonly T[]): T => {
    const value = values[Math.floor(next() * values.length)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  };
  return { next, uniform, integer, chance: (probability) => next() < probability, pick };
}
