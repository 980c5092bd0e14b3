// The analysis of `lung-score`, from files to a score a cine. In: a job. Out: score, area and side of every cine with some frames kept as pictures and
// masks, and the total over the areas.
import type { AnalysisLimits } from '../contracts/analyser.ts';
import type { FramePicture, LungCineResult, SkippedInput } from '../contracts/finding.ts';
import type { ClipPreprocessing } from '../contracts/model.ts';
import { type Cine, cineReference, frameReference, openCine, wantedFrames } from './cine.ts';
import { clipParameters, type FamilyAnswer, type FamilyWork, keepPicture } from './family.ts';
import { skippedInput } from './image.ts';
import { keepCine, playedFrames } from './kept-cine.ts';
import { candidateFrames, thinned } from './keyframes.ts';
import { lungAreasOf } from './labels.ts';
import type { LungArea } from './labels-lung.ts';
import { inferClip, inferFrames, lungTotal, scoreOf } from './lung-score.ts';
import { GRAPHICS_NOTE } from './mask.ts';
import { contrast } from './picture.ts';
import { type LookedAt, readCine } from './read-cine.ts';
import { skipFor } from './skips.ts';

/** Frames of a cine that are kept with their masks. */
const KEPT = 3;
/** What is played of a cine: a part of a breath, because there are 14 cines in an examination. */
const PLAYED = { frames: 18, durationMs: 2500 } as const;
/** Standard deviation of the grey values below which a picture shows nothing. */
const EMPTY_BELOW = 2;
const EMPTY = { score: null, because: 'No score is given: the frames show nothing, they are of one grey.' } as const;
const LOST_NOTE = 'Some frames of the cine cannot be read; the others were taken.';
const UNKNOWN_NOTE = 'The images do not say which scanning area they show; the cine is not part of the total.';
const LOSSY_NOTE = 'The cine is lossy compressed.';

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** The frames that the model wants of the whole cine; evenly spread ones when they are more than it takes, so that no part of the breath is cut off. */
const framesOf = (cine: Cine, parameters: ClipPreprocessing, limits: AnalysisLimits): readonly number[] =>
  thinned(wantedFrames(cine, parameters, limits.maxFrames), parameters.maxFrames);

/** Frames that are kept, by their place among those read: spread over the cine, without its ends where there are others. */
const keptOf = (count: number): readonly number[] => {
  const spread = candidateFrames(count, KEPT + 2);
  return spread.length > KEPT ? spread.slice(1, KEPT + 1) : spread;
};

function notesOf(cine: Cine, place: LungArea, { frames, lost }: { readonly frames: number; readonly lost: boolean }): string[] {
  return [
    ...(place.area === null ? [UNKNOWN_NOTE] : []),
    ...(frames < cine.frameCount && !lost ? [`${frames} of ${cine.frameCount} frames were read, evenly chosen.`] : []),
    ...(lost ? [LOST_NOTE] : []),
    ...(cine.lossy ? [LOSSY_NOTE] : []),
    ...new Set([...place.notes, ...cine.labels.notes, ...cine.notes]),
    GRAPHICS_NOTE,
  ];
}

async function inferCine(
  cine: Cine,
  place: LungArea,
  { work, number }: { readonly work: FamilyWork; readonly number: number },
): Promise<{ readonly result: LungCineResult | null; readonly skipped: readonly SkippedInput[] }> {
  const { manifest, run, watch, request, decoding, readRegions } = work;
  const parameters = clipParameters(manifest);
  const use = (looked: LookedAt): LookedAt => looked;
  const wanted = framesOf(cine, parameters, request.limits);
  const looking = { limits: request.limits, watch, decoding, readRegions, grid: parameters, use };
  const { read, lost } = await readCine(cine, wanted, looking);
  if (read.length === 0) return { result: null, skipped: [skippedInput(cine.input, lost ?? skipFor('too-few-frames'))] };
  const planes = read.map(({ value }) => value.plane);
  const { features, masks } = await watch.timeAsync('infer', () => inferFrames(planes, manifest, run));
  const probabilities = await watch.timeAsync('infer', () => inferClip(features, run));
  const empty = read.every(({ value }) => contrast(value.picture) < EMPTY_BELOW);
  const { score, because } = empty ? EMPTY : scoreOf(probabilities, read.length, manifest);
  const frames: FramePicture[] = [];
  for (const index of keptOf(read.length)) {
    const [one, map] = [read[index], masks[index]];
    if (one === undefined || map === undefined) continue;
    const name = `cine-${twoDigits(number)}-frame-${twoDigits(frames.length + 1)}`;
    const files = await keepPicture(name, { picture: one.value.picture, map }, work);
    frames.push({ ...frameReference(cine, one.frame), ...files });
  }
  const notes = [...(because === '' ? [] : [because]), ...notesOf(cine, place, { frames: read.length, lost: lost !== null })];
  const played = new Set(
    playedFrames(
      read.map(({ frame }) => frame),
      cine,
      PLAYED,
    ),
  );
  const moving = read.flatMap(({ frame, value }, at) =>
    played.has(frame) ? masks.slice(at, at + 1).map((map) => ({ frame, picture: value.picture, map })) : [],
  );
  const kept = await keepCine(`cine-${twoDigits(number)}`, moving, {
    cine,
    reference: cineReference(cine),
    work,
  });
  const { area, areaSource, side, sideSource } = place;
  const seen = { cine: cineReference(cine), area, areaSource, side, sideSource, score, probabilities, frames, notes };
  const result: LungCineResult = kept === null ? seen : { ...seen, kept };
  return { result, skipped: [] };
}

/** Carries out a `lung-score` job. A study of which nothing can be analysed gives no cines and every instance skipped with its reason. */
export async function inferLung(work: FamilyWork): Promise<FamilyAnswer> {
  const { request, watch, decoding, texts } = work;
  const opened: Cine[] = [];
  const cines: LungCineResult[] = [];
  const skipped: SkippedInput[] = [];
  for (const input of request.inputs) {
    const { cine, skipped: because } = await openCine(input, { limits: request.limits, watch, decoding, texts });
    skipped.push(...because);
    if (cine !== null) opened.push(cine);
  }
  const places = lungAreasOf(opened.map(({ labels }) => labels));
  for (const [index, cine] of opened.entries()) {
    const place = places[index] ?? cine.labels.lungArea;
    const inferred = await inferCine(cine, place, { work, number: cines.length + 1 });
    skipped.push(...inferred.skipped);
    if (inferred.result !== null) cines.push(inferred.result);
  }
  return {
    findings: { family: 'lung-score', cines, total: lungTotal(cines) },
    skipped,
    lossy: new Map(opened.map((cine) => [cine.input.header.sopInstanceUid, cine.lossy])),
    sections: cines.length,
    keyframes: cines.reduce((sum, { frames }) => sum + frames.length, 0),
  };
}
