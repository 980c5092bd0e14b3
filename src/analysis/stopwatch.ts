// How long the parts of a job took. In: a monotonic time. Out: the time of each part, and whole milliseconds of the three that a job is told by.

/** Each part of the work, and which of the three times of a job it counts to. */
const COUNTS_TO = {
  /** Bytes against their hash. */
  hash: 'decode',
  /** From bytes to what a screen shows; with decoding in threads the time that is waited for it. */
  decode: 'decode',
  /** Colour told from grey, the region as a grey picture, and what was drawn found and taken out; with threads the time that is waited for it. */
  region: 'preprocess',
  /** Writing on the picture. */
  text: 'preprocess',
  /** All else between pictures and tensors. */
  preprocess: 'preprocess',
  /** Networks, with what is made of their answers. */
  infer: 'infer',
} as const;

export type Part = keyof typeof COUNTS_TO;

export type Stopwatch = {
  readonly time: <T>(part: Part, work: () => T) => T;
  readonly timeAsync: <T>(part: Part, work: () => Promise<T>) => Promise<T>;
  /** The time that is waited for work done elsewhere, shared out among parts as `sharesOf` says of what came of it; evenly where it says nothing. */
  readonly timeShared: <T>(sharesOf: (result: T) => Partial<Record<Part, number>>, work: () => Promise<T>) => Promise<T>;
  /** Ms by part so far. */
  readonly parts: () => Readonly<Record<Part, number>>;
  readonly totals: () => { readonly decodeMs: number; readonly preprocessMs: number; readonly inferMs: number };
};

/** A stopwatch over `elapsedMs`. Parts do not overlap: callers time one at a time. */
export function stopwatch(elapsedMs: () => number): Stopwatch {
  const spent: Record<Part, number> = { hash: 0, decode: 0, region: 0, text: 0, preprocess: 0, infer: 0 };
  const add = (part: Part, since: number): void => {
    spent[part] += elapsedMs() - since;
  };
  const sumOf = (total: (typeof COUNTS_TO)[Part]): number => {
    const parts = (Object.keys(COUNTS_TO) as Part[]).filter((part) => COUNTS_TO[part] === total);
    return Math.round(parts.reduce((sum, part) => sum + spent[part], 0));
  };
  return {
    time: (part, work) => {
      const since = elapsedMs();
      try {
        return work();
      } finally {
        add(part, since);
      }
    },
    timeAsync: async (part, work) => {
      const since = elapsedMs();
      try {
        return await work();
      } finally {
        add(part, since);
      }
    },
    timeShared: async (sharesOf, work) => {
      const since = elapsedMs();
      const result = await work();
      const shares = Object.entries(sharesOf(result)) as [Part, number][];
      const all = shares.reduce((sum, [, share]) => sum + share, 0);
      const ms = elapsedMs() - since;
      for (const [part, share] of shares) spent[part] += all > 0 ? (ms * share) / all : ms / shares.length;
      return result;
    },
    parts: () => ({ ...spent }),
    totals: () => ({ decodeMs: sumOf('decode'), preprocessMs: sumOf('preprocess'), inferMs: sumOf('infer') }),
  };
}
