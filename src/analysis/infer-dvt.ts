// The analysis of `vascular-dvt`, from files to compressibility by side and landmark. In: a job. Out: for each landmark that is seen or named the
// statement with its reason, the courses of its cines, and the frames that show the vein at rest and pressed.
import type { CineGraphics } from '../contracts/analyser.ts';
import type { CompressionCourse, KeptCine, LandmarkResult, LumenFrame, Side, SkippedInput } from '../contracts/finding.ts';
import type { ClipPreprocessing } from '../contracts/model.ts';
import { type Cine, cineReference, frameReference, openCine } from './cine.ts';
import { atScale } from './clip-planes.ts';
import { compressionVerdict, type Verdict } from './compression.ts';
import { contradicted, disagreement, dvtOf, LANDMARKS, type Stay, staysOf, unseen, worst } from './dvt-landmarks.ts';
import { clipParameters, type FamilyAnswer, type FamilyWork, keepPicture, thresholdOf } from './family.ts';
import { skippedInput } from './image.ts';
import { isKept, keepCine, playedFrames, smaller } from './kept-cine.ts';
import { leastSure } from './labels.ts';
import { GRAPHICS_NOTE } from './mask.ts';
import { contrast } from './picture.ts';
import { thinning } from './pressing.ts';
import { type LookedAt, readCine } from './read-cine.ts';
import { skipFor } from './skips.ts';
import { type FrameAnswer, inferCourse, openActivation, overPicture, STACK } from './vascular-dvt.ts';

/** Most frames of a cine that are read, from its beginning: 20 s at 30 frames a second. */
const MOST_FRAMES = 600;
/** What is played of the cine that decided: the pressing with what is before and after it. Two to four cines make an examination. */
const PLAYED = { frames: 24, durationMs: 6000 } as const;
/** Standard deviation of the grey values below which a picture shows nothing. */
const EMPTY_BELOW = 2;
const SIDES: readonly Side[] = ['left', 'right', 'unknown'];
const SIDE_NOTE = 'The images do not say which side they show.';
const LOSSY_NOTE = 'Lossy compressed.';
const LOST_NOTE = 'Some frames of a cine cannot be read; the course was taken without them.';

/** A cine with its answers; `frames` are the source frames (0-based) of the planes. */
type Seen = {
  readonly cine: Cine;
  readonly graphics: CineGraphics | null;
  readonly planes: readonly Float32Array[];
  readonly frames: readonly number[];
  readonly picture: { readonly rows: number; readonly columns: number };
  readonly answers: readonly FrameAnswer[];
  readonly stays: readonly Stay[];
  readonly notes: readonly string[];
};

/** How the pictures of a cine become planes. */
const parametersOf = ({ manifest }: FamilyWork, { place }: Cine) => atScale(clipParameters(manifest), place.spacingMm);

/** A cine of another place or view by its own words is not shown to a network that knows the groin only. */
function isElsewhere({ labels }: Cine): boolean {
  if (labels.orientation === 'longitudinal') return true;
  return labels.landmark.value === null && (labels.vein === 'FV' || labels.vein === 'POP');
}

async function seeCine(cine: Cine, work: FamilyWork): Promise<Seen | SkippedInput> {
  const { manifest, run, watch, request, decoding, readRegions } = work;
  if (isElsewhere(cine)) return skippedInput(cine.input, skipFor('view-not-read'));
  const parameters = parametersOf(work, cine);
  // One picture that shows something is enough: the others are not looked at.
  let showsAnything = false;
  const use = ({ picture, plane }: LookedAt) => {
    showsAnything ||= contrast(picture) >= EMPTY_BELOW;
    return { plane, size: { rows: picture.rows, columns: picture.columns } };
  };
  const wanted: number[] = [];
  for (let frame = 0; frame < cine.frameCount && wanted.length < MOST_FRAMES; frame += parameters.frameStep) wanted.push(frame);
  const looking = { limits: request.limits, watch, decoding, readRegions, grid: parameters, use };
  const { read, lost, graphics } = await readCine(cine, wanted, looking);
  const [first] = read;
  if (first === undefined || read.length < parameters.minFrames)
    return skippedInput(cine.input, lost ?? skipFor('too-few-frames'));
  if (!showsAnything) return skippedInput(cine.input, skipFor('view-not-read'));
  const planes = read.map(({ value }) => value.plane);
  const answers = await watch.timeAsync('infer', () => inferCourse(planes, manifest, run));
  const stays = staysOf(answers, thresholdOf(manifest, 'landmark'));
  if (stays.length === 0 && cine.labels.landmark.value === null) return skippedInput(cine.input, skipFor('view-not-read'));
  const notes = [
    ...(cine.frameCount > MOST_FRAMES * parameters.frameStep ? [`The first ${MOST_FRAMES} frames of a cine were read.`] : []),
    ...(lost === null ? [] : [LOST_NOTE]),
    ...(cine.lossy ? [LOSSY_NOTE] : []),
    ...cine.labels.sideNotes,
    ...cine.labels.landmark.notes,
    ...cine.labels.viewNotes,
    ...cine.notes,
  ];
  return { cine, graphics, planes, frames: read.map(({ frame }) => frame), picture: first.value.size, answers, stays, notes };
}

/** Rows of the network's canvas on which the picture lies. */
function rowsOnCanvas({ rows }: Seen['picture'], parameters: ClipPreprocessing) {
  if (parameters.fit !== 'pad') return { skin: 0, end: parameters.rows };
  const scale = parameters.rows / parameters.canvas;
  const skin = Math.max(0, Math.round(((parameters.canvas - rows) / 2) * scale));
  return { skin, end: parameters.rows - skin };
}

type Statement = { readonly seen: Seen; readonly stay: Stay | null; readonly verdict: Verdict };

function statementOf(seen: Seen, stay: Stay, work: FamilyWork): Statement {
  const parameters = parametersOf(work, seen.cine);
  const answers = seen.answers.slice(stay.first, stay.last + 1);
  const canvas = { rows: parameters.rows, columns: parameters.columns, ...rowsOnCanvas(seen.picture, parameters) };
  const planes = answers.flatMap(({ index }) => seen.planes.slice(index, index + 1));
  const course = {
    open: answers.map(({ open }) => open),
    thinning: work.watch.time('preprocess', () => thinning(planes, canvas)),
    described: seen.cine.labels.compression,
  };
  const verdict = compressionVerdict(course, thresholdOf(work.manifest, 'open'));
  const certainty = verdict.certainty === null ? null : Math.min(verdict.certainty, stay.probability);
  return { seen, stay, verdict: { ...verdict, certainty } };
}

/** The frames that show the vein at rest, and closed or under pressure, of the course that decided. */
async function lumenFrames(name: string, { seen, stay, verdict }: Statement, work: FamilyWork): Promise<LumenFrame[]> {
  if (stay === null) return [];
  const { manifest, run, watch, request } = work;
  const parameters = parametersOf(work, seen.cine);
  const places = [...new Set([verdict.restAt, verdict.pressedAt])].flatMap((at) => (at === null ? [] : [stay.first + at]));
  const answers = places.flatMap((at) => seen.answers.slice(at, at + 1));
  const wanted = answers.map(({ index }) => seen.frames[index] ?? 0);
  const use = ({ picture }: LookedAt) => picture;
  const { read } = await readCine(seen.cine, wanted, { limits: request.limits, watch, graphics: seen.graphics, use });
  const kept: LumenFrame[] = [];
  for (const { index, frame, value } of read) {
    const answer = answers[index];
    if (answer === undefined) continue;
    const stack = seen.planes.slice(answer.index - STACK + 1, answer.index + 1);
    const activation = await watch.timeAsync('infer', () => openActivation(stack, manifest, run));
    const state = answer.open < thresholdOf(manifest, 'open') ? 'closed' : 'open';
    const sign = state === 'open' ? 1 : -1;
    const map = overPicture({ ...activation, values: activation.values.map((one) => sign * one) }, value, parameters);
    const files = await keepPicture(`${name}-frame-${kept.length + 1}`, { picture: value, map }, work);
    const landmark = answer.landmarks[stay.landmark === 'SFJ' ? 1 : 2];
    kept.push({ ...frameReference(seen.cine, frame), ...files, state, open: answer.open, landmark });
  }
  return kept;
}

/** The cine that decided, bare: what is seen of it is how the vein goes with the course. */
async function keepCourse(name: string, { seen, stay, verdict }: Statement, work: FamilyWork): Promise<KeptCine | null> {
  const { cine, answers, frames } = seen;
  if (stay === null || !isKept(cine, work)) return null;
  const { watch, request, decoding, readRegions } = work;
  const pressed = verdict.pressedAt === null ? undefined : frames[answers[stay.first + verdict.pressedAt]?.index ?? 0];
  const wanted = playedFrames(frames, cine, { ...PLAYED, ...(pressed === undefined ? {} : { around: pressed }) });
  const use = ({ picture }: LookedAt) => smaller(picture);
  const looking = { limits: request.limits, watch, decoding, readRegions, graphics: seen.graphics, use };
  const { read } = await readCine(cine, wanted, looking);
  const moving = read.map(({ frame, value }) => ({ frame, picture: value, map: null }));
  return keepCine(name, moving, { cine, reference: cineReference(cine), work });
}

const courseOf = ({ cine, frames, answers }: Seen): CompressionCourse => ({
  cine: cineReference(cine),
  frameNumbers: answers.map(({ index }) => (frames[index] ?? 0) + 1),
  landmarks: answers.map(({ landmarks }) => landmarks),
  open: answers.map(({ open }) => open),
});

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

async function landmarkResult(
  place: Pick<LandmarkResult, 'side' | 'landmark'>,
  statements: readonly Statement[],
  work: FamilyWork,
): Promise<LandmarkResult | null> {
  const chosen = worst(statements);
  if (chosen === null) return null;
  const { side, landmark } = place;
  const cines = distinct(statements.map(({ seen }) => seen));
  const { compressibility, because, certainty } = chosen.verdict;
  const disagrees = disagreement(statements.map(({ verdict }) => verdict));
  const label = chosen.seen.cine.labels.landmark;
  const name = `${side}-${landmark.toLowerCase()}`;
  const kept = await keepCourse(name, chosen, work);
  return {
    side,
    sideSource: leastSure(cines.map(({ cine }) => cine.labels.sideSource)),
    landmark,
    landmarkSource: label.value === landmark ? label.source : 'model',
    compressibility,
    because,
    dvt: dvtOf(compressibility),
    certainty,
    courses: cines.map(courseOf),
    frames: await lumenFrames(name, chosen, work),
    ...(kept === null ? {} : { kept }),
    notes: distinct([
      ...(disagrees === null ? [] : [disagrees]),
      ...(side === 'unknown' ? [SIDE_NOTE] : []),
      ...cines.flatMap(({ notes }) => notes),
      GRAPHICS_NOTE,
    ]),
  };
}

/** What the cines of one side say of one landmark. A landmark that a cine names and does not show, or shows against its name, stays indeterminate. */
function statementsOf(cines: readonly Seen[], landmark: Stay['landmark'], work: FamilyWork): Statement[] {
  return cines.flatMap((seen): Statement[] => {
    const label = seen.cine.labels.landmark;
    if (label.value !== null && label.value !== landmark) return [];
    const own = seen.stays.filter((stay) => stay.landmark === landmark);
    if (own.length > 0) return own.map((stay) => statementOf(seen, stay, work));
    if (label.value === null) return [];
    const [other] = seen.stays;
    const verdict = (other === undefined ? null : contradicted(other, label)) ?? unseen(landmark);
    return [{ seen, stay: null, verdict }];
  });
}

/** Carries out a `vascular-dvt` job. A study of which nothing can be analysed gives no landmarks and every instance skipped with its reason. */
export async function inferDvt(work: FamilyWork): Promise<FamilyAnswer> {
  const { request, watch } = work;
  const seen: Seen[] = [];
  const skipped: SkippedInput[] = [];
  const lossy = new Map<string, boolean>();
  for (const input of request.inputs) {
    const opened = await openCine(input, { limits: request.limits, watch, decoding: work.decoding, texts: work.texts });
    skipped.push(...opened.skipped);
    if (opened.cine === null) continue;
    lossy.set(input.header.sopInstanceUid, opened.cine.lossy);
    const one = await seeCine(opened.cine, work);
    if ('reason' in one) skipped.push(one);
    else seen.push(one);
  }
  const landmarks: LandmarkResult[] = [];
  for (const side of SIDES) {
    const ofSide = seen.filter(({ cine }) => cine.labels.side === side);
    for (const landmark of LANDMARKS) {
      const result = await landmarkResult({ side, landmark }, statementsOf(ofSide, landmark, work), work);
      if (result !== null) landmarks.push(result);
    }
  }
  return {
    findings: { family: 'vascular-dvt', landmarks },
    skipped,
    lossy,
    sections: landmarks.length,
    keyframes: landmarks.reduce((sum, { frames }) => sum + frames.length, 0),
  };
}
