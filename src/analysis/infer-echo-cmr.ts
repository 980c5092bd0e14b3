// The analysis of `echo-cmr`, from files to wall motion of each view and of the heart. In: a job, with a model of `echo-view` beside it. Out: a result for each of
// the views A4C, A2C and PLAX with some frames kept as pictures and maps, the statement over them, and the cines of other views by name.
import type {
  EchoView,
  EchoViewResult,
  FramePicture,
  KeptCine,
  PixelRectangle,
  SkippedInput,
  ViewedCine,
} from '../contracts/finding.ts';
import type { ClipPreprocessing } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';
import { cineReference, frameReference, wantedFrames } from './cine.ts';
import { cutToAspect } from './clip-planes.ts';
import {
  activationOf,
  type ClipOutputs,
  CMR_VIEWS,
  clipsOf,
  inferEchoClip,
  inferGlobal,
  meanOutputs,
  meanTissue,
  mostFrames,
  viewStatement,
} from './echo-cmr.ts';
import { clipParameters, type FamilyAnswer, type FamilyWork, keepPicture } from './family.ts';
import { skippedInput } from './image.ts';
import { type Viewed, viewInstance } from './infer-echo-view.ts';
import { isKept, keepCine, smaller } from './kept-cine.ts';
import { candidateFrames } from './keyframes.ts';
import { contrast, type GreyPicture } from './picture.ts';
import { type LookedAt, readCine } from './read-cine.ts';
import { skipFor } from './skips.ts';

/** The family of the model that names the views; a site may have one of its own id. */
const COMPANION = 'echo-view';
/** Frames of a view that are kept with their maps. */
const KEPT = 4;
/** Frames of a beat that is kept to be played. */
const PLAYED = 20;
/** Standard deviation of the grey values below which a picture shows nothing. */
const EMPTY_BELOW = 2;
const EMPTY_NOTE = 'The frames of a cine show nothing, they are of one grey; no statement is made of it.';
const LOST_NOTE = 'Some frames of a cine cannot be read; the others were taken.';
const LOSSY_NOTE = 'A cine is lossy compressed.';

type KeptFrame = { readonly frame: number; readonly picture: GreyPicture; readonly place: number };

type ReadCine = Viewed & {
  readonly outputs: ClipOutputs;
  readonly unfit: boolean;
  readonly kept: readonly KeptFrame[];
  readonly notes: readonly string[];
};

/** The part of a region that the network reads, when it reads its middle. */
function middleOf(region: PixelRectangle, picture: GreyPicture): PixelRectangle {
  const x0 = region.x0 + Math.floor((region.x1 - region.x0 + 1 - picture.columns) / 2);
  const y0 = region.y0 + Math.floor((region.y1 - region.y0 + 1 - picture.rows) / 2);
  return { x0, y0, x1: x0 + picture.columns - 1, y1: y0 + picture.rows - 1 };
}

const asRead = (picture: GreyPicture, { fit, rows, columns }: ClipPreprocessing): GreyPicture =>
  fit === 'cut' ? cutToAspect(picture, rows, columns) : picture;

async function readEchoCine(viewed: Viewed, view: EchoView, work: FamilyWork): Promise<ReadCine | SkippedInput> {
  const { manifest, run, watch, request, decoding, readRegions } = work;
  const { cine } = viewed;
  const parameters = clipParameters(manifest);
  const wanted = wantedFrames(cine, parameters, mostFrames(parameters));
  const use = (looked: LookedAt): LookedAt => looked;
  const looking = { limits: request.limits, watch, decoding, readRegions, grid: parameters, use };
  const { read, lost } = await readCine(cine, wanted, looking);
  if (read.length < parameters.minFrames) return skippedInput(cine.input, lost ?? skipFor('too-few-frames'));
  const planes = read.map(({ value }) => value.plane);
  const clips: ClipOutputs[] = [];
  for (const [from, to] of clipsOf(planes.length, parameters)) {
    clips.push(await watch.timeAsync('infer', () => inferEchoClip(planes.slice(from, to), view, { manifest, run })));
  }
  const unfit = read.every(({ value }) => contrast(value.picture) < EMPTY_BELOW);
  const kept = candidateFrames(Math.min(read.length, parameters.maxFrames), KEPT).flatMap((place): KeptFrame[] =>
    read.slice(place, place + 1).map(({ frame, value }) => ({ frame, picture: asRead(value.picture, parameters), place })),
  );
  const short = planes.length < parameters.maxFrames;
  const notes = [
    ...(unfit ? [EMPTY_NOTE] : []),
    ...(short ? [`A cine gave ${planes.length} of ${parameters.maxFrames} frames; the rest of the clip is empty.`] : []),
    ...(lost === null ? [] : [LOST_NOTE]),
    ...(cine.lossy ? [LOSSY_NOTE] : []),
    ...cine.notes,
  ];
  return { ...viewed, outputs: meanOutputs(clips), unfit, kept, notes };
}

/** The cine whose answer is nearest to the mean of its view. */
function nearestTo(probability: number, cines: readonly ReadCine[]): ReadCine | null {
  const far = ({ outputs }: ReadCine): number => Math.abs(outputs.probability - probability);
  return cines.toSorted((one, other) => far(one) - far(other))[0] ?? null;
}

async function keepFrames({ outputs, cine, kept }: ReadCine, view: EchoView, work: FamilyWork): Promise<FramePicture[]> {
  const frames: FramePicture[] = [];
  const { maxFrames } = clipParameters(work.manifest);
  for (const { frame, picture, place } of kept) {
    const map = activationOf(outputs, place, maxFrames);
    const name = `${view.toLowerCase()}-frame-${String(frames.length + 1).padStart(2, '0')}`;
    const reference = frameReference(cine, frame);
    const files = await keepPicture(name, { picture, map }, work);
    frames.push({ ...reference, region: middleOf(reference.region, picture), ...files });
  }
  return frames;
}

/** The stretch of a cine that the kept frames are of, to be played: more frames of it than the network reads, each with the map of its moment. */
async function keepBeat({ outputs, cine, kept }: ReadCine, view: EchoView, work: FamilyWork): Promise<KeptCine | null> {
  const [first, last] = [kept[0], kept.at(-1)];
  if (!isKept(cine, work) || first === undefined || last === undefined || last.frame <= first.frame) return null;
  const { watch, request, decoding, readRegions, manifest } = work;
  const parameters = clipParameters(manifest);
  const span = last.frame - first.frame;
  const wanted = candidateFrames(span + 1, PLAYED).map((frame) => first.frame + frame);
  const use = ({ picture }: LookedAt): { whole: GreyPicture; small: GreyPicture } => {
    const whole = asRead(picture, parameters);
    return { whole, small: smaller(whole) };
  };
  const { read } = await readCine(cine, wanted, { limits: request.limits, watch, decoding, readRegions, use });
  const moving = read.map(({ frame, value }) => {
    const place = first.place + Math.round(((frame - first.frame) / span) * (last.place - first.place));
    return { frame, picture: value.small, map: activationOf(outputs, place, parameters.maxFrames) };
  });
  const [one] = read;
  if (one === undefined) return null;
  const reference = { ...cineReference(cine), region: middleOf(cine.place.rectangle, one.value.whole) };
  return keepCine(view.toLowerCase(), moving, { cine, reference, work });
}

async function resultOf(view: EchoView, cines: readonly ReadCine[], work: FamilyWork): Promise<EchoViewResult> {
  const answers = cines.map(({ outputs, unfit }) => ({ probability: outputs.probability, unfit }));
  const statement = viewStatement(view, answers, work.manifest);
  const nearest = nearestTo(statement.probability, cines);
  const kept = nearest === null ? null : await keepBeat(nearest, view, work);
  return {
    view,
    ...statement,
    cines: cines.map(({ viewed, outputs }) => ({ ...viewed, probability: outputs.probability })),
    frames: nearest === null ? [] : await keepFrames(nearest, view, work),
    ...(kept === null ? {} : { kept }),
    tissue: meanTissue(cines.map(({ outputs }) => outputs.tissue)),
    notes: [...new Set(cines.flatMap(({ notes }) => notes))],
  };
}

/** Carries out an `echo-cmr` job. A study without a cine of one of the views gives no result, and every instance with its reason. */
export async function inferEchoCmr(work: FamilyWork): Promise<FamilyAnswer> {
  const viewer = [...work.companions.values()].find(({ manifest }) => manifest.family === COMPANION);
  if (viewer === undefined) throw fault('model-invalid', `${work.manifest.id}: uses: no model of the family ${COMPANION}`);
  const byView = new Map<EchoView, ReadCine[]>(CMR_VIEWS.map((view) => [view, []]));
  const others: ViewedCine[] = [];
  const skipped: SkippedInput[] = [];
  const lossy = new Map<string, boolean>();
  for (const input of work.request.inputs) {
    const answer = await viewInstance(input, viewer, work);
    skipped.push(...answer.skipped);
    const { viewed } = answer;
    if (viewed === null) continue;
    lossy.set(input.header.sopInstanceUid, viewed.cine.lossy);
    const { view } = viewed.viewed;
    if (view === 'other') {
      others.push(viewed.viewed);
      continue;
    }
    const read = await readEchoCine(viewed, view, work);
    if ('reason' in read) skipped.push(read);
    else byView.get(view)?.push(read);
  }
  const views: EchoViewResult[] = [];
  for (const [view, cines] of byView) if (cines.length > 0) views.push(await resultOf(view, cines, work));
  const global = await work.watch.timeAsync('infer', () => inferGlobal(views, work));
  return {
    findings: { family: 'echo-cmr', views, global, others },
    skipped,
    lossy,
    sections: views.length,
    keyframes: views.reduce((sum, { frames }) => sum + frames.length, 0),
  };
}
