// The process that opens damaged files: one message for each case comes in, one with what became of it goes out. It may crash or hang.
import { readFileSync, writeFileSync } from 'node:fs';
import { openFrames } from '../../src/dicom/frames.ts';
import { isFault } from '../../src/kernel/errors.ts';
import { memoryMiB } from '../bench/process-figures.ts';
import { chanceFrom, mutated } from './mutator.ts';

/** A file and the seed of its damage; `scratch` is where the damaged copy is written. */
export type MutationCase = { readonly seed: number; readonly file: string; readonly scratch: string };
/** `frames`, `fault <code>`, or `error <text>` for what should not be; times in ms, the largest memory so far in MiB. */
export type MutationOutcome = {
  readonly outcome: string;
  readonly kinds: readonly string[];
  readonly tookMs: number;
  readonly peakMiB: number;
};

const LIMITS = { maxPixels: 8_000_000, maxFrames: 2_000, maxFrameBytes: 32_000_000 };
const MOST_FRAMES = 2;

const lookAt = async (path: string, chance: () => number): Promise<string> => {
  const source = await openFrames(path, LIMITS);
  try {
    // A frame that cannot be decoded says nothing of the next.
    let outcome = 'frames';
    for (let count = 0; count < Math.min(MOST_FRAMES, source.frameCount); count += 1) {
      const index = count === 0 ? 0 : Math.floor(chance() * source.frameCount);
      try {
        const { rows, columns, channels, data } = await source.frame(index);
        if (data.length !== rows * columns * channels) return `error ${data.length} bytes for ${columns} x ${rows} x ${channels}`;
      } catch (problem) {
        if (!isFault(problem)) throw problem;
        outcome = `fault ${problem.code}`;
      }
    }
    return outcome;
  } finally {
    await source.close();
  }
};

const outcomeOf = async (path: string, chance: () => number): Promise<string> => {
  try {
    return await lookAt(path, chance);
  } catch (problem) {
    if (isFault(problem)) return `fault ${problem.code}`;
    return `error ${problem instanceof Error ? problem.stack : String(problem)}`;
  }
};

const handle = async ({ seed, file, scratch }: MutationCase): Promise<MutationOutcome> => {
  const chance = chanceFrom(seed);
  const { bytes, kinds } = mutated(readFileSync(file), chance);
  writeFileSync(scratch, bytes);
  const startedAt = performance.now();
  const outcome = await outcomeOf(scratch, chance);
  return { outcome, kinds, tookMs: performance.now() - startedAt, peakMiB: memoryMiB(process.pid, 'VmHWM') };
};

process.on('message', (message: MutationCase) => {
  handle(message).then(
    (outcome) => process.send?.(outcome),
    (problem: unknown) => {
      throw problem;
    },
  );
});
