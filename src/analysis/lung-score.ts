// All that is particular to `lung-score`: the severity 0 to 3 of one lung cine from features of all its frames, by a bidirectional LSTM. In: frames and
// two graphs. Out: probabilities and masks, checked; the score made from them; and the total over the areas.
import type { RunGraph, Tensor } from '../contracts/analyser.ts';
import type { LungCineResult, LungScore, LungTotal } from '../contracts/finding.ts';
import type { ModelManifest } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';
import { clipTensor } from './clip-planes.ts';
import { clipParameters, thresholdOf, type ValueMap } from './family.ts';
import { requireShares, requireTensor } from './outputs.ts';

/** What the frame graph says of one cine; `features` is [1, t, width] with one mask a frame in the same order. */
export type FrameOutputs = { readonly features: Tensor; readonly masks: readonly ValueMap[] };

export type Probabilities = readonly [number, number, number, number];

/** How many areas an examination has (Soldati and others, J Ultrasound Med 2020;39:1413). */
const AREAS = 14;
/** Frames in one run of the graph: bounds the memory of a run. */
const BATCH = 8;
const SCORES = 4;
const PROBABILITY = [0, 1] as const;

const significant = (value: number): number => Number(value.toPrecision(4));

/** Features and masks of all frames (planes of grey values 0..255), a batch at a time. Fault `model-output-invalid`. */
export async function inferFrames(
  planes: readonly Float32Array[],
  manifest: ModelManifest,
  run: RunGraph,
): Promise<FrameOutputs> {
  const parameters = clipParameters(manifest);
  const masks: ValueMap[] = [];
  let width = 0;
  let data = new Float32Array(0);
  for (let at = 0; at < planes.length; at += BATCH) {
    const batch = planes.slice(at, at + BATCH);
    const outputs = await run('frames', { frames: clipTensor(batch, parameters, 'frames-first') });
    const features = requireTensor(outputs, 'features', { shape: [batch.length, null] });
    const mask = requireTensor(outputs, 'mask', { shape: [batch.length, null, null], range: PROBABILITY });
    if (at === 0) {
      width = features.shape[1] ?? 0;
      data = new Float32Array(planes.length * width);
    }
    if (features.shape[1] !== width) throw fault('model-output-invalid', 'features: another length for other frames');
    data.set(features.data, at * width);
    const rows = mask.shape[1] ?? 0;
    const columns = mask.shape[2] ?? 0;
    for (let index = 0; index < batch.length; index++) {
      const values = [...mask.data.slice(index * rows * columns, (index + 1) * rows * columns)].map(significant);
      masks.push({ rows, columns, values });
    }
  }
  return { features: { shape: [1, planes.length, width], data }, masks };
}

/** P of score 0, 1, 2 and 3 of a whole cine. Throws Fault `model-output-invalid` for NaN, a wrong shape or shares that do not sum to 1. */
export async function inferClip(features: Tensor, run: RunGraph): Promise<Probabilities> {
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0] = requireShares(await run('clip', { features }), 'probabilities', SCORES);
  return [p0, p1, p2, p3];
}

/** A small run of both graphs, so that a folder that cannot work is refused at start and the first job finds warm sessions. */
export async function probeLungScore(manifest: ModelManifest, run: RunGraph): Promise<void> {
  const { rows, columns } = clipParameters(manifest);
  const planes = [new Float32Array(rows * columns), new Float32Array(rows * columns).fill(255)];
  await inferClip((await inferFrames(planes, manifest, run)).features, run);
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** The most probable score, or null with the reason as a sentence when the network is not sure enough or the cine is too short. */
export function scoreOf(
  probabilities: Probabilities,
  frames: number,
  manifest: ModelManifest,
): { readonly score: LungScore | null; readonly because: string } {
  const { minFrames } = clipParameters(manifest);
  if (frames < minFrames)
    return { score: null, because: `No score is given: the cine has ${frames} usable frames, the model needs ${minFrames}.` };
  const threshold = thresholdOf(manifest, 'score');
  const highest = Math.max(...probabilities);
  const score = ([0, 1, 2, 3] as const).find((one) => probabilities[one] === highest) ?? 0;
  if (highest >= threshold) return { score, because: '' };
  return {
    score: null,
    because: `No score is given: the most probable one, ${score}, has ${percent(highest)}; ${percent(threshold)} are needed.`,
  };
}

/**
 * The total of an examination: of several cines of one area the highest score counts; areas without a score add nothing and are named, never
 * filled in by others. Cines of an unknown area do not count.
 */
export function lungTotal(cines: readonly Pick<LungCineResult, 'area' | 'score'>[]): LungTotal {
  const highest = new Map<number, number>();
  for (const { area, score } of cines) {
    if (area !== null && score !== null) highest.set(area, Math.max(score, highest.get(area) ?? 0));
  }
  return {
    total: [...highest.values()].reduce((sum, score) => sum + score, 0),
    areasScored: highest.size,
    areasUnscored: Array.from({ length: AREAS }, (_, index) => index + 1).filter((area) => !highest.has(area)),
  };
}
