// All that is particular to `echo-view`: which view an echo cine shows, from a few of its frames. In: planes, labels and one graph. Out: probabilities,
// checked, and the view with where it came from.
import type { RunGraph } from '../contracts/analyser.ts';
import type { EchoViewOrOther, LabelSource, ViewedCine } from '../contracts/finding.ts';
import type { ModelManifest } from '../contracts/model.ts';
import { clipTensor } from './clip-planes.ts';
import { clipParameters, thresholdOf } from './family.ts';
import type { Label } from './labels.ts';
import { requireTensor } from './outputs.ts';

export type ViewProbabilities = NonNullable<ViewedCine['probabilities']>;

/** The classes in the order of the network's outputs. */
export const ECHO_VIEW_CLASSES: readonly EchoViewOrOther[] = ['A4C', 'A2C', 'PLAX', 'other'];

const PROBABILITY = [0, 1] as const;

/** P of A4C, A2C, PLAX and other: the mean over the frames given (planes of grey values 0..255). Fault `model-output-invalid`. */
export async function inferView(
  planes: readonly Float32Array[],
  manifest: ModelManifest,
  run: RunGraph,
): Promise<ViewProbabilities> {
  const outputs = await run('view', { frames: clipTensor(planes, clipParameters(manifest), 'frames-first') });
  const classes = ECHO_VIEW_CLASSES.length;
  const { data } = requireTensor(outputs, 'probabilities', { shape: [planes.length, classes], range: PROBABILITY });
  const mean = (of: number): number =>
    planes.reduce((sum, _, frame) => sum + (data[frame * classes + of] ?? 0), 0) / planes.length;
  return [mean(0), mean(1), mean(2), mean(3)];
}

/** A small run, so that a folder that cannot work is refused at start and the first job finds a warm session. */
export async function probeEchoView(manifest: ModelManifest, run: RunGraph): Promise<void> {
  const { rows, columns } = clipParameters(manifest);
  await inferView([new Float32Array(rows * columns), new Float32Array(rows * columns).fill(255)], manifest, run);
}

const UNSURE_NOTE = 'No label names the view and the model is not sure of it; the cine is taken as another view.';

/**
 * The view of a cine: by its labels where they name one, else the most probable one when it reaches the operating point. `probabilities` is null when
 * no model looked at it. Where the model is sure of another view than the labels say, the labels stand and a note says so.
 */
export function viewOf(
  label: Label<EchoViewOrOther>,
  probabilities: ViewProbabilities | null,
  manifest: ModelManifest,
): { readonly view: EchoViewOrOther; readonly viewSource: LabelSource; readonly notes: readonly string[] } {
  const highest = probabilities === null ? 0 : Math.max(...probabilities);
  const sure = probabilities !== null && highest >= thresholdOf(manifest, 'view');
  const byModel = ECHO_VIEW_CLASSES[probabilities?.indexOf(highest) ?? -1] ?? 'other';
  if (label.value === null) {
    if (sure) return { view: byModel, viewSource: 'model', notes: label.notes };
    return { view: 'other', viewSource: 'none', notes: [UNSURE_NOTE, ...label.notes] };
  }
  const named = (view: EchoViewOrOther): string => (view === 'other' ? 'another view' : view);
  const conflict =
    sure && byModel !== label.value
      ? [`The cine is labelled ${named(label.value)}; the model takes it for ${named(byModel)} (${Math.round(100 * highest)} %).`]
      : [];
  return { view: label.value, viewSource: label.source, notes: [...conflict, ...label.notes] };
}
