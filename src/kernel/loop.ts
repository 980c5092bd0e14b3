// A polling loop: claim, work, settle, again. In: one `turn`. Out: a handle to wake, stop and drain it.
// A wake-up is only a hint; polling finds the work anyway, so a lost hint costs time and never a row (architecture rule 6).

/** Does one piece of work; resolves true when there may be more at once, false when there was nothing to do. */
export type Turn = (signal: AbortSignal) => Promise<boolean>;

export type Loop = {
  /** Ends the current pause. */
  readonly wake: () => void;
  /** Takes no new work and resolves when the turns under way have settled. */
  readonly stop: () => Promise<void>;
};

/**
 * Runs `turn` in `lanes` parallel lanes, pausing `idleMs` when there is nothing to do and `errorPauseMs` after a throw.
 * A throw of `turn` is told to `onError`; the row it held is taken again when its lease has run out.
 */
export function startLoop(
  turn: Turn,
  options: {
    readonly idleMs: number;
    readonly errorPauseMs: number;
    readonly lanes: number;
    readonly onError: (error: unknown) => void;
  },
): Loop {
  const stopping = new AbortController();
  const sleepers = new Set<() => void>();

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        sleepers.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      sleepers.add(end);
    });

  const lane = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      let more = false;
      let pauseMs = options.idleMs;
      try {
        more = await turn(stopping.signal);
      } catch (error) {
        options.onError(error);
        pauseMs = options.errorPauseMs;
      }
      if (!more && !stopping.signal.aborted) await pause(pauseMs);
    }
  };

  const lanes = Array.from({ length: options.lanes }, lane);
  const wake = (): void => {
    for (const end of [...sleepers]) end();
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    wake();
    await Promise.all(lanes);
  };
  return { wake, stop };
}
