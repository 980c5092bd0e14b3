// A pool of analysis processes. In: requests. Out: answers, or faults `analyser-timeout`, `analyser-crashed` and those that the process names.
// A process that hung or crashed is replaced; decoding hostile pixels and native inference can never take the receiver down.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Analyse, AnalysisAnswer, AnalysisRequest } from '../contracts/analyser.ts';
import { errorText, type Fault, fault, isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { type Analyser, type AnalyserOptions, type Opened, startAnalyser } from './analyser-child.ts';

export type AnalyserPool = {
  /** Waits for a free process and runs the request in it; the time-out counts from then. */
  readonly analyse: Analyse;
  /** Resolves with the provider of each model once every process has its models loaded and warm; rejects with the named model fault. */
  readonly ready: () => Promise<Readonly<Record<string, string>>>;
  /** Processes alive now. */
  readonly pids: () => readonly number[];
  /** Kills the processes; what was under way rejects with `analyser-crashed`. */
  readonly stop: () => Promise<void>;
};

type Work = {
  readonly request: AnalysisRequest;
  readonly signal: AbortSignal;
  readonly resolve: (answer: AnalysisAnswer) => void;
  readonly reject: (error: unknown) => void;
};

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/** Requests in order, and the processes that wait for one. */
function workQueue() {
  const works: Work[] = [];
  const takers: ((work: Work | null) => void)[] = [];

  const put = (work: Work): void => {
    const taker = takers.shift();
    if (taker === undefined) works.push(work);
    else taker(work);
  };
  /** The next request, or null when `until` comes first. */
  const take = (until: Promise<unknown>): Promise<Work | null> =>
    new Promise((resolve) => {
      const work = works.shift();
      if (work !== undefined) return resolve(work);
      takers.push(resolve);
      return void until.then(() => {
        const at = takers.indexOf(resolve);
        if (at >= 0) takers.splice(at, 1);
        resolve(null);
      });
    });
  const rejectAll = (because: unknown): void => {
    for (const work of works.splice(0)) work.reject(because);
  };
  return { put, take, rejectAll };
}

/** Starts `children` processes and loads the models in each; `ready()` tells what came of it. */
export function startAnalyserPool(options: AnalyserOptions & { readonly children: number; readonly log: Log }): AnalyserPool {
  const { log } = options;
  // The processes may write inside this folder only, so they cannot make it themselves.
  mkdirSync(path.join(options.spoolFolder, 'results'), { recursive: true });
  const queue = workQueue();
  const alive = new Set<Analyser>();
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      void stopped.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });

  /** Serves one request; a request whose waiting was given up is passed over. */
  const serve = async (analyser: Analyser, work: Work): Promise<void> => {
    if (work.signal.aborted) return work.reject(fault('analyser-crashed', 'stopped by the node'));
    try {
      work.resolve(await analyser.run(work.request, work.signal));
    } catch (error) {
      work.reject(error);
      // The process is being killed: the next request must not meet it.
      if (isFault(error, 'analyser-timeout') || isFault(error, 'analyser-crashed')) {
        analyser.kill(error);
        await analyser.ended;
      }
    }
  };

  const tellOpened = (analyser: Analyser, opened: Opened): void => {
    for (const { provider, detail } of opened.unavailable) log('provider.unavailable', { provider, detail });
    for (const { id, version, provider } of opened.models) log('model.loaded', { model: id, version, provider });
    const provider = [...new Set(opened.models.map((model) => model.provider))].join(',');
    log('analyser.started', { pid: analyser.pid ?? 0, provider });
  };

  /** A process; or why the system gives none (no memory for one more, say), which must not end the lane: it is tried again. */
  const begun = (): Analyser | Fault => {
    try {
      return startAnalyser(options);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : errorText(error);
      return fault('analyser-crashed', `could not be started: ${code}`, error);
    }
  };

  /** The life of one place in the pool: a process after the other, a request after the other. */
  const lane = async (first: { readonly resolve: (opened: Opened) => void; readonly reject: (error: unknown) => void }) => {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      const analyser = begun();
      if (isFault(analyser)) {
        first.reject(analyser);
        queue.rejectAll(analyser);
        await pause(pauseMs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
        continue;
      }
      alive.add(analyser);
      let gone = false;
      const ended = analyser.ended.then((because) => {
        gone = true;
        alive.delete(analyser);
        if (!stopping.signal.aborted) log('analyser.ended', { pid: analyser.pid ?? 0, because });
      });
      try {
        const opened = await analyser.opened;
        tellOpened(analyser, opened);
        first.resolve(opened);
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        first.reject(error);
        queue.rejectAll(error);
        analyser.kill(isFault(error) ? error : fault('analyser-crashed', 'did not open', error));
        await ended;
        await pause(pauseMs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
        continue;
      }
      while (!gone && !stopping.signal.aborted) {
        const work = await queue.take(Promise.race([ended, stopped]));
        if (work !== null) await serve(analyser, work);
      }
      analyser.kill(fault('analyser-crashed', 'the node is stopping'));
      await ended;
    }
  };

  const openings: Promise<Opened>[] = [];
  const lanes: Promise<void>[] = [];
  for (let place = 0; place < options.children; place++) {
    openings.push(new Promise<Opened>((resolve, reject) => lanes.push(lane({ resolve, reject }))));
  }
  const opened = Promise.all(openings);
  // A node that never asks is told by the faults of its jobs; without this the process would end for an unhandled rejection.
  opened.catch((error: unknown) => error);

  return {
    analyse: (request, signal) =>
      new Promise((resolve, reject) => {
        if (stopping.signal.aborted) return reject(fault('analyser-crashed', 'the node is stopping'));
        return queue.put({ request, signal, resolve, reject });
      }),
    ready: async () => {
      const all = await opened;
      return Object.fromEntries(all.flatMap(({ models }) => models.map(({ id, provider }) => [id, provider])));
    },
    pids: () => [...alive].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    stop: async () => {
      const because: Fault = fault('analyser-crashed', 'the node is stopping');
      stopping.abort();
      queue.rejectAll(because);
      for (const analyser of alive) analyser.kill(because);
      await Promise.all(lanes);
    },
  };
}
