// The analysis of `echo-view`, from files to a view a cine. In: a job. Out: the view of every cine of an examination, and what could not be read.
import type { AnalysisInput } from '../contracts/analyser.ts';
import type { SkippedInput, ViewedCine } from '../contracts/finding.ts';
import { type Cine, cineReference, openCine } from './cine.ts';
import { inferView, type ViewProbabilities, viewOf } from './echo-view.ts';
import { clipParameters, type FamilyAnswer, type FamilyWork, type RunningModel } from './family.ts';
import { skippedInput } from './image.ts';
import { candidateFrames } from './keyframes.ts';
import { readCine } from './read-cine.ts';
import { skipFor } from './skips.ts';

/** A cine that can be read, with its view. */
export type Viewed = { readonly cine: Cine; readonly viewed: ViewedCine };

type Looking = Pick<FamilyWork, 'watch' | 'request' | 'decoding' | 'readRegions' | 'texts'>;

async function probabilitiesOf(
  cine: Cine,
  model: RunningModel,
  { watch, request, decoding, readRegions }: Looking,
): Promise<ViewProbabilities | null> {
  const parameters = clipParameters(model.manifest);
  const frames = candidateFrames(cine.frameCount, parameters.maxFrames);
  const { read } = await readCine(cine, frames, {
    limits: request.limits,
    watch,
    decoding,
    readRegions,
    grid: parameters,
    use: ({ plane }) => plane,
  });
  if (read.length < parameters.minFrames) return null;
  const planes = read.map(({ value }) => value);
  return await watch.timeAsync('infer', () => inferView(planes, model.manifest, model.run));
}

/** Opens one instance as a cine and finds its view: by its labels, and by `model`, whose answer is compared with them. */
export async function viewInstance(
  input: AnalysisInput,
  model: RunningModel,
  looking: Looking,
): Promise<{ readonly viewed: Viewed | null; readonly skipped: readonly SkippedInput[] }> {
  const { request, watch, decoding, texts } = looking;
  const { cine, skipped } = await openCine(input, { limits: request.limits, watch, decoding, texts });
  if (cine === null) return { viewed: null, skipped };
  const label = cine.labels.echoView;
  const probabilities = await probabilitiesOf(cine, model, looking);
  if (probabilities === null && label.value === null)
    return { viewed: null, skipped: [...skipped, skippedInput(input, skipFor('too-few-frames'))] };
  const viewed: ViewedCine = { cine: cineReference(cine), probabilities, ...viewOf(label, probabilities, model.manifest) };
  return { viewed: { cine, viewed }, skipped };
}

/** Carries out an `echo-view` job. */
export async function inferEchoView(work: FamilyWork): Promise<FamilyAnswer> {
  const cines: ViewedCine[] = [];
  const skipped: SkippedInput[] = [];
  const lossy = new Map<string, boolean>();
  for (const input of work.request.inputs) {
    const answer = await viewInstance(input, work, work);
    skipped.push(...answer.skipped);
    if (answer.viewed === null) continue;
    lossy.set(input.header.sopInstanceUid, answer.viewed.cine.lossy);
    cines.push(answer.viewed.viewed);
  }
  return { findings: { family: 'echo-view', cines }, skipped, lossy, sections: cines.length, keyframes: 0 };
}
