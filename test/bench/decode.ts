// Decoding compressed cines: in one thread and in all, in turn, so that each ratio is of one moment. In: rounds. Out: a table; the pixels are compared.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { framesInOrder } from '../../src/analysis/decoding.ts';
import { regionsHere } from '../../src/analysis/regions.ts';
import { stopwatch } from '../../src/analysis/stopwatch.ts';
import { tableText } from '../../src/commands/table.ts';
import { DECODING_HERE, type FrameDecoding } from '../../src/dicom/frame-decoding.ts';
import { openFrames } from '../../src/dicom/frames.ts';
import { framePool, frameThread } from '../../src/edge/frame-pool.ts';
import { COMPRESSIONS, writeCompressedCines } from '../support/compressed-cine.ts';
import { figure, median } from './figures.ts';

const SHAPE = { rows: 600, columns: 800, frames: 12 } as const;
const QUICK = { rows: 300, columns: 400, frames: 12 } as const;
const LIMITS = { maxPixels: 64_000_000, maxFrames: 20_000, maxFrameBytes: 192_000_000 };

type Measured = {
  readonly ms: number;
  /** CPU time of the thread that had most of it: what remains where every thread has a core to itself. */
  readonly busiestMs: number;
  readonly hash: string;
};

const cpuMs = ({ user, system }: { readonly user: number; readonly system: number }): number => (user + system) / 1000;

/** Ms of CPU that each thread has used so far: this one, then the others. */
const cpuOf = async (workers: readonly Worker[]): Promise<readonly number[]> => [
  cpuMs(process.threadCpuUsage()),
  ...(await Promise.all(workers.map(async (worker) => cpuMs(await worker.cpuUsage())))),
];

/** Ms a frame, and the hash of all pixels. */
async function decoded(file: string, decoding: FrameDecoding, workers: readonly Worker[]): Promise<Measured> {
  const source = await openFrames(file, LIMITS, { decoding });
  const all = Array.from({ length: source.frameCount }, (_, index) => index);
  const frames: Uint8Array[] = [];
  const before = await cpuOf(workers);
  const since = performance.now();
  for await (const { frame } of framesInOrder(
    source,
    all,
    stopwatch(() => performance.now()),
  )) {
    if ('reason' in frame) throw new Error(frame.sentence);
    frames.push(frame.data);
  }
  const ms = (performance.now() - since) / source.frameCount;
  const spent = (await cpuOf(workers)).map((used, thread) => used - (before[thread] ?? 0));
  await source.close();
  const hash = createHash('sha1');
  for (const frame of frames) hash.update(frame);
  return { ms, busiestMs: Math.max(...spent) / source.frameCount, hash: hash.digest('hex') };
}

const rangeOf = (values: readonly number[]): string =>
  `${figure(median(values))} (${figure(Math.min(...values))} to ${figure(Math.max(...values))})`;

/** Measures every compressed family with warm decoders. */
export async function measureDecode(options: {
  readonly rounds: number;
  readonly quick: boolean;
  readonly say: (line: string) => void;
}): Promise<void> {
  const { rounds, quick, say } = options;
  const shape = quick ? QUICK : SHAPE;
  const threads = availableParallelism();
  const workers: Worker[] = [];
  const ready: Promise<unknown>[] = [];
  const pool = framePool(threads, {
    readRegions: regionsHere,
    start: () => {
      const worker = frameThread();
      workers.push(worker);
      ready.push(once(worker, 'message'));
      return worker;
    },
  });
  // The threads do not keep the process alive, and what they are asked about themselves does not either.
  const awake = setInterval(() => undefined, 1000);
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-bench-'));
  const rows: (readonly string[])[] = [];
  try {
    const files = await writeCompressedCines(folder, shape);
    for (const name of COMPRESSIONS) {
      const file = files[name];
      for (const decoding of [DECODING_HERE, pool, pool]) {
        await decoded(file, decoding, []);
        // Once for all: the threads start with the first frames.
        await Promise.all(ready);
      }
      const pairs: { readonly here: Measured; readonly inThreads: Measured }[] = [];
      for (let round = 0; round < rounds; round++) {
        const here = await decoded(file, DECODING_HERE, workers);
        const inThreads = await decoded(file, pool, workers);
        if (here.hash !== inThreads.hash) throw new Error(`${name}: the threads give other pixels.`);
        pairs.push({ here, inThreads });
      }
      rows.push([
        name,
        figure((await stat(file)).size / 1024 / shape.frames),
        figure(median(pairs.map(({ here }) => here.ms))),
        figure(median(pairs.map(({ inThreads }) => inThreads.ms))),
        rangeOf(pairs.map(({ here, inThreads }) => here.ms / inThreads.ms)),
        figure(median(pairs.map(({ here }) => here.busiestMs))),
        figure(median(pairs.map(({ inThreads }) => inThreads.busiestMs))),
        rangeOf(pairs.map(({ here, inThreads }) => here.busiestMs / inThreads.busiestMs)),
      ]);
    }
  } finally {
    clearInterval(awake);
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  }
  say(
    `Decoding cines of ${shape.frames} frames of ${shape.columns} x ${shape.rows} RGB, medians of ${rounds} rounds in turn, ms a frame.\n`,
  );
  const heading = [
    'Compression',
    'KiB a frame',
    'One thread',
    `${threads} threads`,
    'Ratio',
    'CPU of one',
    'CPU of the busiest',
    'Ratio of CPU',
  ];
  say(tableText(heading, rows));
  say(
    'The ratio is of the time that passed. That of CPU is what an idle machine comes to: on a busy one, threads of a process may share what one would have had.',
  );
}
