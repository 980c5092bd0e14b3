// All that is particular to `echo-cmr`: wall motion and tissue of the heart from cines of three views. In: planes of a cine and the graphs. Out: what the
// networks say, checked; the mean of a view's cines; and the statement over the views, by logistic regression.
import type { RunGraph, Tensor } from '../contracts/analyser.ts';
import type { EchoGlobalResult, EchoView, EchoViewResult, TissueOutputs, WallMotionStatement } from '../contracts/finding.ts';
import type { ClipPreprocessing, ModelManifest } from '../contracts/model.ts';
import { clipTensor } from './clip-planes.ts';
import { clipParameters, thresholdOf, type ValueMap } from './family.ts';
import { requireTensor } from './outputs.ts';

/** The views in the order of the global graph's input. */
export const CMR_VIEWS: readonly EchoView[] = ['A4C', 'A2C', 'PLAX'];

/** What the networks of one view say of one clip; `activation` has one map for each stretch of time, in order. */
export type ClipOutputs = {
  readonly probability: number;
  readonly tissue: TissueOutputs;
  readonly activation: readonly ValueMap[];
};

const PROBABILITY = [0, 1] as const;
/** Outside of these a value is no measurement: MR knows no such tissue. */
const TISSUE_RANGES = { t1_ms: [0, 5000], t2_ms: [0, 1000], ecv_percent: [0, 100] } as const;

const significant = (value: number): number => Number(value.toPrecision(5));

/** Zeros behind the last frame, which is mean grey after normalisation: what short clips are filled up with (Ouyang and others, Nature 2020;580:252). */
function paddedInTime(clip: Tensor, frames: number): Tensor {
  const [one = 1, channels = 1, count = 0, rows = 0, columns = 0] = clip.shape;
  if (count >= frames) return clip;
  const size = rows * columns;
  const data = new Float32Array(channels * frames * size);
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * count * size;
    data.set(clip.data.subarray(start, start + count * size), channel * frames * size);
  }
  return { shape: [one, channels, frames, rows, columns], data };
}

/** Runs trunk and heads of a view over one clip (planes of grey values 0..255, at most `maxFrames`). Fault `model-output-invalid`. */
export async function inferEchoClip(
  planes: readonly Float32Array[],
  view: EchoView,
  { manifest, run }: { readonly manifest: ModelManifest; readonly run: RunGraph },
): Promise<ClipOutputs> {
  const parameters = clipParameters(manifest);
  const clip = paddedInTime(clipTensor(planes, parameters, 'channels-first'), parameters.maxFrames);
  const trunk = await run(`trunk_${view.toLowerCase()}`, { clip });
  const maps = requireTensor(trunk, 'maps', { shape: [1, null, null, null, null] });
  const heads = await run(`heads_${view.toLowerCase()}`, { maps });
  const share = (name: string): number => requireTensor(heads, name, { shape: [1], range: PROBABILITY }).data[0] ?? 0;
  const quantity = (name: keyof typeof TISSUE_RANGES): number =>
    requireTensor(heads, name, { shape: [1], range: TISSUE_RANGES[name] }).data[0] ?? 0;
  const activation = requireTensor(heads, 'activation', { shape: [1, null, null, null] });
  const [, times = 0, rows = 0, columns = 0] = activation.shape;
  const size = rows * columns;
  return {
    probability: share('wall_motion'),
    tissue: {
      lateEnhancement: share('late_enhancement'),
      abnormalT1: share('abnormal_t1'),
      abnormalT2: share('abnormal_t2'),
      abnormalEcv: share('abnormal_ecv'),
      t1Ms: quantity('t1_ms'),
      t2Ms: quantity('t2_ms'),
      ecvPercent: quantity('ecv_percent'),
    },
    activation: Array.from({ length: times }, (_, time) => ({
      rows,
      columns,
      values: [...activation.data.slice(time * size, (time + 1) * size)].map(significant),
    })),
  };
}

/** The map of a frame of a clip: that of its stretch of time. */
export function activationOf({ activation }: Pick<ClipOutputs, 'activation'>, frame: number, clipFrames: number): ValueMap {
  const time = Math.min(activation.length - 1, Math.floor((frame * activation.length) / clipFrames));
  return activation[time] ?? { rows: 1, columns: 1, values: [0] };
}

/** Most clips that are read of one cine. */
const MOST_CLIPS = 3;

/** The first and last (exclusive) frame of each clip of a cine of `count` frames: one when they fit into it, else evenly spread ones. */
export function clipsOf(
  count: number,
  { maxFrames }: Pick<ClipPreprocessing, 'maxFrames'>,
): readonly (readonly [number, number])[] {
  if (count <= maxFrames) return [[0, count]];
  const clips = Math.min(MOST_CLIPS, Math.ceil(count / maxFrames));
  return Array.from({ length: clips }, (_, nth) => {
    const start = Math.round((nth * (count - maxFrames)) / Math.max(1, clips - 1));
    return [start, start + maxFrames] as const;
  });
}

/** Frames that all clips of a cine need at most. */
export const mostFrames = ({ maxFrames }: Pick<ClipPreprocessing, 'maxFrames'>): number => MOST_CLIPS * maxFrames;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** The mean of every value. */
export function meanTissue(all: readonly TissueOutputs[]): TissueOutputs {
  const of = (key: keyof TissueOutputs): number => mean(all.map((tissue) => tissue[key]));
  return {
    lateEnhancement: of('lateEnhancement'),
    abnormalT1: of('abnormalT1'),
    abnormalT2: of('abnormalT2'),
    abnormalEcv: of('abnormalEcv'),
    t1Ms: of('t1Ms'),
    t2Ms: of('t2Ms'),
    ecvPercent: of('ecvPercent'),
  };
}

/** The mean over the clips of a cine; the maps are those of its first clip. */
export function meanOutputs(clips: readonly ClipOutputs[]): ClipOutputs {
  return {
    probability: mean(clips.map(({ probability }) => probability)),
    tissue: meanTissue(clips.map(({ tissue }) => tissue)),
    activation: clips[0]?.activation ?? [],
  };
}

const stateAt = (probability: number, threshold: number): WallMotionStatement['wallMotionAbnormality'] =>
  probability >= threshold ? 'present' : 'absent';

/** The statement of one view: present at or above its operating point; none when every cine of it is `unfit`. */
export function viewStatement(
  view: EchoView,
  cines: readonly { readonly probability: number; readonly unfit: boolean }[],
  manifest: ModelManifest,
): WallMotionStatement {
  const fit = cines.filter(({ unfit }) => !unfit);
  const probability = mean((fit.length > 0 ? fit : cines).map((cine) => cine.probability));
  const state = fit.length > 0 ? stateAt(probability, thresholdOf(manifest, `wma-${view.toLowerCase()}`)) : 'undetermined';
  return { probability, wallMotionAbnormality: state };
}

/** Logits beyond this are rounding: the sigmoid of a float32 ends here. */
const LARGEST_LOGIT = 15;

function logit(probability: number): number {
  const value = Math.log(probability) - Math.log1p(-probability);
  return Math.min(LARGEST_LOGIT, Math.max(-LARGEST_LOGIT, value));
}

type Seen = Pick<EchoViewResult, 'view' | 'probability' | 'wallMotionAbnormality' | 'tissue'>;

/** The input of the global graph: for each view its logit and 1, or 0 and 0 where it is missing; [1, 6]. */
export function evidenceOf(views: readonly Seen[]): Tensor {
  const data = CMR_VIEWS.flatMap((view) => {
    const seen = views.find((one) => one.view === view && one.wallMotionAbnormality !== 'undetermined');
    return seen === undefined ? [0, 0] : [logit(seen.probability), 1];
  });
  return { shape: [1, data.length], data: Float32Array.from(data) };
}

const ONE_VIEW_NOTE = 'Only one view was read; that is too little to say that no wall moves abnormally.';
const TISSUE_NOTE = 'Tissue values are means over the views; echocardiography does not foretell them.';

/** The statement over the views that were there; null when none of them is fit for one. Fault `model-output-invalid`. */
export async function inferGlobal(
  views: readonly Seen[],
  { manifest, run }: { readonly manifest: ModelManifest; readonly run: RunGraph },
): Promise<EchoGlobalResult | null> {
  const fit = views.filter(({ wallMotionAbnormality }) => wallMotionAbnormality !== 'undetermined');
  if (fit.length === 0) return null;
  const outputs = await run('global', { evidence: evidenceOf(fit) });
  const probability = requireTensor(outputs, 'wall_motion', { shape: [1], range: PROBABILITY }).data[0] ?? 0;
  const state = stateAt(probability, thresholdOf(manifest, 'wma-global'));
  const tooLittle = fit.length === 1 && state === 'absent';
  const missing = CMR_VIEWS.filter((view) => !fit.some((one) => one.view === view));
  return {
    probability,
    wallMotionAbnormality: tooLittle ? 'undetermined' : state,
    views: fit.map(({ view }) => view),
    tissue: meanTissue(fit.map(({ tissue }) => tissue)),
    notes: [
      ...(tooLittle ? [ONE_VIEW_NOTE] : []),
      ...(missing.length > 0 ? [`Without ${missing.join(' and ')}: no cine of it could be read.`] : []),
      TISSUE_NOTE,
    ],
  };
}

/** Runs a trunk once for all the views that name the same file, when they are handed the same clip. */
function sharingTrunks(manifest: ModelManifest, run: RunGraph): RunGraph {
  const given = new Map<string, ReturnType<RunGraph>>();
  return (graph, inputs) => {
    const digest = graph.startsWith('trunk_') ? manifest.graphs[graph]?.sha256 : undefined;
    if (digest === undefined) return run(graph, inputs);
    const known = given.get(digest) ?? run(graph, inputs);
    given.set(digest, known);
    return known;
  };
}

/** A run of every graph at its full size, so that a folder that cannot work is refused at start and the first job finds warm sessions. */
export async function probeEchoCmr(manifest: ModelManifest, run: RunGraph): Promise<void> {
  const { rows, columns } = clipParameters(manifest);
  const planes = [new Float32Array(rows * columns), new Float32Array(rows * columns).fill(255)];
  const probing = { manifest, run: sharingTrunks(manifest, run) };
  const views: Seen[] = [];
  for (const view of CMR_VIEWS) {
    const { probability, tissue } = await inferEchoClip(planes, view, probing);
    views.push({ view, probability, wallMotionAbnormality: 'absent', tissue });
  }
  await inferGlobal(views, probing);
}
