// Threads that work on frames beside the main one. In: encoded frames. Out: what a screen shows of them, or places on them as pictures, as the same work
// here would give it. A thread that hung or died is replaced; the frame that it held ends as one that the decoder gave up.
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RegionWish } from '../contracts/analyser.ts';
import type { DisplayValues } from '../dicom/display.ts';
import {
  DECODING_HERE,
  decodeHere,
  type EncodedFrame,
  type FrameCoding,
  type FrameDecoding,
  type FrameRegions,
  type ReadRegions,
} from '../dicom/frame-decoding.ts';
import { limitMs } from '../dicom/jpeg-web-assembly.ts';
import { type Fault, fault } from '../kernel/errors.ts';
import { type FromThread, handedOver, type ToThread } from './frame-protocol.ts';

export type FramePool = FrameDecoding & {
  readonly readRegions: ReadRegions;
  /** Ends the threads; frames under way are given up. */
  readonly close: () => Promise<void>;
};

type Settling<Result> = { readonly resolve: (result: Result) => void; readonly reject: (error: unknown) => void };

type Job =
  | (EncodedFrame & { readonly wish: null } & Settling<DisplayValues>)
  | (EncodedFrame & { readonly wish: RegionWish } & Settling<FrameRegions>);

type Thread = {
  readonly worker: Worker;
  isReady: boolean;
  job: Job | null;
  timer: NodeJS.Timeout | undefined;
  /** Why it was ended; null while it was not. */
  because: Fault | null;
};

const ENTRY = path.join(import.meta.dirname, 'frame-thread.ts');
/** Each thread keeps decoders and their memory. */
const MOST_THREADS = 8;
/** Before so many tasks all are done here: a few stills are not worth the start of threads. */
const FIRST_HERE = 6;
/** Threads that end in a row before they are ready; then everything is done here. */
const MOST_FAILURES = 3;
/** The thread stops a decoder that runs away by itself, after a time; this many times that is for one that does not come to it. */
const PATIENCE = 2;

/** A thread as the pool starts it; it does not keep the process alive. */
export const frameThread = (): Worker => new Worker(ENTRY);

const problemOf = (message: Extract<FromThread, { readonly kind: 'fault' | 'error' }>): Error =>
  message.kind === 'fault' ? fault(message.code, message.detail) : Object.assign(new Error(message.text), { name: message.name });

const taskLimitMs = ({ description }: FrameCoding): number =>
  limitMs(description.rows * description.columns * description.samplesPerPixel);

/**
 * A pool of `threads` threads, at most 8; with fewer than two, all is done here: frames are decoded, and their regions read by `readRegions`. The threads
 * start with the first tasks, which are done here meanwhile, and live until the process ends or the pool is closed.
 */
export function framePool(
  threads: number,
  {
    readRegions,
    start = frameThread,
    patience = PATIENCE,
  }: { readonly readRegions: ReadRegions; readonly start?: () => Worker; readonly patience?: number },
): FramePool {
  const size = Math.min(threads, MOST_THREADS);
  if (size < 2) return { ...DECODING_HERE, readRegions, close: () => Promise.resolve() };
  const alive = new Set<Thread>();
  const waiting: Job[] = [];
  let asked = 0;
  let isWarm = false;
  let isClosed = false;
  let failures = 0;

  const give = (thread: Thread): void => {
    const job = waiting.shift();
    if (job === undefined) return;
    const { coding, wish } = job;
    const encoded = handedOver(job.encoded);
    thread.job = job;
    thread.worker.ref();
    const late = (): void => end(thread, fault('frames-unreadable', 'decoding takes too long'));
    thread.timer = setTimeout(late, patience * taskLimitMs(coding));
    thread.worker.postMessage({ encoded, coding, wish } satisfies ToThread, [encoded.buffer]);
  };

  const giveAll = (): void => {
    for (const thread of alive) if (thread.isReady && thread.job === null && thread.because === null) give(thread);
  };

  /** Takes the job from the thread. */
  const release = (thread: Thread): Job | null => {
    const { job } = thread;
    clearTimeout(thread.timer);
    thread.job = null;
    thread.worker.unref();
    return job;
  };

  const settle = (job: Job | null, message: Exclude<FromThread, { readonly kind: 'ready' }>): void => {
    if (message.kind === 'fault' || message.kind === 'error') job?.reject(problemOf(message));
    else if (job?.wish === null && message.kind === 'frame') job.resolve(message.frame);
    else if (job !== null && job.wish !== null && message.kind === 'regions') job.resolve(message.reading);
  };

  const hear = (thread: Thread, message: FromThread): void => {
    if (message.kind === 'ready') {
      thread.isReady = true;
      isWarm = true;
      failures = 0;
    } else {
      settle(release(thread), message);
    }
    giveAll();
  };

  const end = (thread: Thread, because: Fault): void => {
    thread.because = because;
    void thread.worker.terminate();
  };

  /** A thread is gone: its frame is given up, and another takes its place while threads can be had. */
  const bury = (thread: Thread): void => {
    alive.delete(thread);
    release(thread)?.reject(thread.because ?? fault('frames-unreadable', 'the decoder gave up'));
    if (!thread.isReady) failures += 1;
    if (!isClosed) begin();
  };

  /** A thread; null when the system gives none, which is no trouble of the frames. */
  const started = (): Worker | null => {
    try {
      return start();
    } catch {
      // Out of memory or of threads: the pool goes on with those it has.
      return null;
    }
  };

  const begin = (): void => {
    const worker = failures < MOST_FAILURES ? started() : null;
    if (worker !== null) {
      watch(worker);
      return;
    }
    failures = MOST_FAILURES;
    if (alive.size > 0) return;
    for (const job of waiting.splice(0)) {
      if (job.wish === null) decodeHere(job.encoded, job.coding).then(job.resolve, job.reject);
      else readRegions(job, job.wish).then(job.resolve, job.reject);
    }
  };

  const watch = (worker: Worker): void => {
    const thread: Thread = { worker, isReady: false, job: null, timer: undefined, because: null };
    alive.add(thread);
    worker.unref();
    worker.on('message', (message: FromThread) => hear(thread, message));
    // It has ended for this error; an error without a listener would end the process.
    worker.on('error', () => undefined);
    worker.once('exit', () => bury(thread));
  };

  /** Whether a task goes to a thread; the threads are started in time. */
  const isForThreads = (): boolean => {
    asked += 1;
    if (asked === FIRST_HERE) for (let count = 0; count < size; count++) begin();
    return isWarm && alive.size > 0;
  };

  const queue = (job: Job): void => {
    waiting.push(job);
    giveAll();
  };

  return {
    atOnce: size + 1,
    decode: (encoded, coding) =>
      isForThreads()
        ? new Promise((resolve, reject) => queue({ encoded, coding, wish: null, resolve, reject }))
        : decodeHere(encoded, coding),
    readRegions: (frame, wish) =>
      isForThreads() ? new Promise((resolve, reject) => queue({ ...frame, wish, resolve, reject })) : readRegions(frame, wish),
    close: async () => {
      isClosed = true;
      for (const { reject } of waiting.splice(0)) reject(fault('frames-unreadable', 'decoding was stopped'));
      await Promise.all([...alive].map(({ worker }) => worker.terminate()));
    },
  };
}
