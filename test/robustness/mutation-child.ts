// The process that opens damaged files: one message for each case comes in, one with what became of it goes out. It may crash or hang.
import { readFileSync, writeFileSync } from 'node:fs';
import { labelsFrom } from '../../src/analysis/labels.ts';
import { statementsOf } from '../../src/analysis/labels-statements.ts';
import { sightOf } from '../../src/analysis/sight.ts';
import { stopwatch } from '../../src/analysis/stopwatch.ts';
import { attributesOf, instanceHeader } from '../../src/dicom/attributes.ts';
import { frameTimes } from '../../src/dicom/frame-times.ts';
import { openFrames } from '../../src/dicom/frames.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import { chooseRegions, coveredParts, ultrasoundRegions } from '../../src/dicom/ultrasound.ts';
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

/** In one of so many cases the whole analysis before a network looks at the file: regions, layout, masks, labels. */
const WHOLE_EVERY = 16;

const headOf = async (path: string) => {
  const stored = await openPart10(path);
  try {
    const attributes = attributesOf(stored);
    return { attributes, header: instanceHeader(attributes, stored.transferSyntaxUid) };
  } finally {
    await stored.close();
  }
};

/** What the header says of the image, and in some cases all that is seen of it: wrong, but within bounds. Text for what should not be, else null. */
const analyse = async (path: string, whole: boolean): Promise<string | null> => {
  const { attributes, header } = await headOf(path);
  const { rows, columns, numberOfFrames } = header;
  const regions = ultrasoundRegions(attributes);
  for (const { rectangle } of chooseRegions(regions, rows, columns).regions) {
    const { x0, y0, x1, y1 } = rectangle;
    if (!(x0 >= 0 && y0 >= 0 && x1 > x0 && y1 > y0 && x1 < columns && y1 < rows)) return `region ${x0} ${y0} ${x1} ${y1}`;
    coveredParts(regions, rectangle);
  }
  const times = frameTimes(attributes, Math.min(numberOfFrames, LIMITS.maxFrames));
  if (times?.timesMs.some((time) => !Number.isFinite(time))) return 'a frame time that is no number';
  labelsFrom(statementsOf(header, { attributes }));
  if (!whole) return null;
  const input = { header, path, byteLength: 0, sha256: '' };
  const sight = await sightOf(input, { limits: LIMITS, watch: stopwatch(() => 0) });
  // A reason that ends with the name of an error class was no named error.
  return 'reason' in sight && /\(\w+\)$/.test(sight.sentence) ? `left out: ${sight.sentence}` : null;
};

const outcomeOf = async (path: string, { seed, chance }: { readonly seed: number; readonly chance: () => number }) => {
  try {
    const outcome = await lookAt(path, chance);
    const wrong = await analyse(path, seed % WHOLE_EVERY === 0);
    return wrong === null ? outcome : `error ${wrong}`;
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
  const outcome = await outcomeOf(scratch, { seed, chance });
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
