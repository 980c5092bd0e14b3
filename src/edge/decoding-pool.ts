// Threads that decode compressed frames beside the main one. In: encoded frames. Out: what a screen shows of them, as decoding here would give it.
// A thread that hung or died is replaced; the frame that it held ends as one that the decoder gave up.
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DisplayValues } from '../dicom/display.ts';
import { DECODING_HERE, decodeHere, type FrameCoding, type FrameDecoding } from '../dicom/frame-decoding.ts';
import { limitMs } from '../dicom/jpeg-web-assembly.ts';
import { type Fault, fault } from '../kernel/errors.ts';
import { type FromThread, handedOver, type ToThread } from './decoding-protocol.ts';

export type DecodingPool = FrameDecoding & {
  /** Ends the threads; frames under way are given up. */
  readonly close: () => Promise<void>;
};

type Job = ToThread & { readonly resolve: (frame: DisplayValues) => void; readonly reject: (error: unknown) => void };

type Thread = {
  readonly worker: Worker;
  isReady: boolean;
  job: Job | null;
  timer: NodeJS.Timeout | undefined;
  /** Why it was ended; null while it was not. */
  because: Fault | null;
};

const ENTRY = path.join(import.meta.dirname, 'decoding-thread.ts');
/** Each thread keeps decoders and their memory. */
const MOST_THREADS = 8;
/** So many frames are decoded here before threads are started: a few stills are not worth their start. */
const FIRST_HERE = 6;
/** Threads that end in a row before they are ready; then all frames are decoded here. */
const MOST_FAILURES = 3;
/** The thread stops a decoder that runs away by itself, after a time; this many times that is for one that does not come to it. */
const PATIENCE = 2;

/** A thread as the pool starts it; it does not keep the process alive. */
export const decodingThread = (): Worker => new Worker(ENTRY);

const problemOf = (message: Extract<FromThread, { readonly kind: 'fault' | 'error' }>): Error =>
  message.kind === 'fault' ? fault(message.code, message.detail) : Object.assign(new Error(message.text), { name: message.name });

const decodingLimitMs = ({ description }: FrameCoding): number =>
  limitMs(description.rows * description.columns * description.samplesPerPixel);

/**
 * A pool of `threads` threads, at most 8; with fewer than two, frames are decoded here. The threads start with the first frames that are asked for,
 * which are decoded here meanwhile, and live until the process ends or the pool is closed.
 */
export function decodingPool(
  threads: number,
  { start = decodingThread, patience = PATIENCE }: { readonly start?: () => Worker; readonly patience?: number } = {},
): DecodingPool {
  const size = Math.min(threads, MOST_THREADS);
  if (size < 2) return { ...DECODING_HERE, close: () => Promise.resolve() };
  const alive = new Set<Thread>();
  const waiting: Job[] = [];
  let asked = 0;
  let isWarm = false;
  let isClosed = false;
  let failures = 0;

  const give = (thread: Thread): void => {
    const job = waiting.shift();
    if (job === undefined) return;
    const { coding } = job;
    const encoded = handedOver(job.encoded);
    thread.job = job;
    thread.worker.ref();
    const late = (): void => end(thread, fault('frames-unreadable', 'decoding takes too long'));
    thread.timer = setTimeout(late, patience * decodingLimitMs(coding));
    thread.worker.postMessage({ encoded, coding } satisfies ToThread, [encoded.buffer]);
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

  const hear = (thread: Thread, message: FromThread): void => {
    if (message.kind === 'ready') {
      thread.isReady = true;
      isWarm = true;
      failures = 0;
    } else {
      const job = release(thread);
      if (message.kind === 'frame') job?.resolve(message.frame);
      else job?.reject(problemOf(message));
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
    for (const { encoded, coding, resolve, reject } of waiting.splice(0)) decodeHere(encoded, coding).then(resolve, reject);
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

  return {
    atOnce: size + 1,
    decode: (encoded, coding) => {
      asked += 1;
      if (asked === FIRST_HERE) for (let count = 0; count < size; count++) begin();
      if (!isWarm || alive.size === 0) return decodeHere(encoded, coding);
      return new Promise((resolve, reject) => {
        waiting.push({ encoded, coding, resolve, reject });
        giveAll();
      });
    },
    close: async () => {
      isClosed = true;
      for (const { reject } of waiting.splice(0)) reject(fault('frames-unreadable', 'decoding was stopped'));
      await Promise.all([...alive].map(({ worker }) => worker.terminate()));
    },
  };
}
