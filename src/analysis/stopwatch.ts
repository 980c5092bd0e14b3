// How long the parts of a job took. In: a monotonic time. Out: whole milliseconds by part.

export type Part = 'decode' | 'preprocess' | 'infer';

export type Stopwatch = {
  readonly time: <T>(part: Part, work: () => T) => T;
  readonly timeAsync: <T>(part: Part, work: () => Promise<T>) => Promise<T>;
  readonly totals: () => { readonly decodeMs: number; readonly preprocessMs: number; readonly inferMs: number };
};

/** A stopwatch over `elapsedMs`. Parts do not overlap: callers time one at a time. */
export function stopwatch(elapsedMs: () => number): Stopwatch {
  const spent: Record<Part, number> = { decode: 0, preprocess: 0, infer: 0 };
  const add = (part: Part, since: number): void => {
    spent[part] += elapsedMs() - since;
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
    totals: () => ({
      decodeMs: Math.round(spent.decode),
      preprocessMs: Math.round(spent.preprocess),
      inferMs: Math.round(spent.infer),
    }),
  };
}
