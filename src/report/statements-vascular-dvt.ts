// What a `vascular-dvt` result says: compressibility of the vein, one statement a landmark and side. In: a result, its template. Out: statements. Pure.
import type {
  Compressibility,
  CompressionCourse,
  Landmark,
  LandmarkResult,
  LumenFrame,
  ResultOf,
  RunFacts,
} from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { ANATOMY, FINDING, IMAGE, UNIT, VALUE } from '../dicom/codes.ts';
import { type Content, imageReferences, type KeyFrame, type Measurement, type Statement, wholeImages } from './statement.ts';
import { landmarkKey } from './statement-keys.ts';
import type { OutputTemplate } from './templates.ts';
import { capitalised, count, isTold, percent, percentNumber, SIDES, sidedName, spokenConcept } from './words.ts';

/** `thrombosis`: the great saphenous vein is superficial, so what is seen there is not called deep. */
const PLACES: Readonly<Record<Landmark, { readonly site: Code; readonly name: string; readonly thrombosis: string }>> = {
  SFJ: { site: ANATOMY.saphenofemoralJunction, name: 'saphenofemoral junction', thrombosis: 'deep venous thrombosis' },
  GSV: { site: ANATOMY.greatSaphenousVein, name: 'great saphenous vein', thrombosis: 'venous thrombosis' },
};

type Words = { readonly code: Code; readonly letter: string; readonly word: string; readonly meaning: string };

const ANSWERS: Readonly<Record<Compressibility, Words>> = {
  fully: {
    code: FINDING.fullyCompressible,
    letter: 'F',
    word: 'fully compressible',
    meaning: 'unlikely at this place, not excluded',
  },
  partially: {
    code: FINDING.partiallyCompressible,
    letter: 'P',
    word: 'partially compressible',
    meaning: 'SUSPECTED at this place',
  },
  'non-compressible': {
    code: FINDING.nonCompressible,
    letter: 'N',
    word: 'non-compressible',
    meaning: 'SUSPECTED at this place',
  },
  indeterminate: { code: VALUE.indeterminate, letter: 'I', word: 'compression indeterminate', meaning: '' },
};

const THROMBOSIS: Readonly<Record<LandmarkResult['dvt'], Code>> = {
  suspected: VALUE.suspected,
  absent: VALUE.absent,
  undetermined: VALUE.undetermined,
};

/** Left 1 and 2, right 3 and 4, side unknown 5 and 6; each SFJ, GSV. */
const siteNumber = (landmark: LandmarkResult): number =>
  2 * Object.keys(SIDES).indexOf(landmark.side) + Object.keys(PLACES).indexOf(landmark.landmark) + 1;

const isStated = (landmark: LandmarkResult): boolean => landmark.compressibility !== 'indeterminate';

const placeOf = (landmark: LandmarkResult): string => sidedName(landmark.side, PLACES[landmark.landmark].name);

const reason = ({ because }: LandmarkResult): string => capitalised(because);

/** The model's statement, then what it means for thrombosis; "fully compressible" never stands without its caveat. */
function sentence(landmark: LandmarkResult): string {
  const place = capitalised(placeOf(landmark));
  const cines = count(landmark.courses.length, 'cine');
  const { word, meaning } = ANSWERS[landmark.compressibility];
  if (!isStated(landmark))
    return `${place}: compressibility INDETERMINATE, no statement about thrombosis (${cines}). ${reason(landmark)}`.trim();
  const certainty = landmark.certainty === null ? '' : `certainty ${percent(landmark.certainty)} %, `;
  return `${place}: ${word.toUpperCase()} as the model sees it (${certainty}${cines}): ${PLACES[landmark.landmark].thrombosis} ${meaning}.`;
}

function spoken(landmark: LandmarkResult, run: RunFacts): Measurement {
  const { letter, word } = ANSWERS[landmark.compressibility];
  const side = landmark.side === 'unknown' ? '' : `${SIDES[landmark.side].name} `;
  const unknown = landmark.side === 'unknown' ? ` ${SIDES.unknown.name},` : '';
  const certainty = isStated(landmark) ? landmark.certainty : null;
  const concept = spokenConcept(
    run,
    `DVT-${letter}-${SIDES[landmark.side].letter}-${landmark.landmark}`,
    `${side}${landmark.landmark}${unknown} ${word}, ${certainty === null ? 'cines' : 'certainty'}`,
  );
  return certainty === null
    ? { concept, number: String(landmark.courses.length), unit: UNIT.none, derivation: null }
    : { concept, number: percentNumber(certainty), unit: UNIT.percent, derivation: null };
}

/** `[["open", 30], ["closed", 9]]`: how long each class held. */
function runLengths(classes: readonly string[]): readonly (readonly [string, number])[] {
  const runs: [string, number][] = [];
  for (const one of classes) {
    const last = runs.at(-1);
    if (last !== undefined && last[0] === one) last[1] += 1;
    else runs.push([one, 1]);
  }
  return runs;
}

/** Operating point of open against closed where the manifest gives none. */
const EVEN = 0.5;

/** All that the network said of the frames of the cines, as compact JSON. */
function courseJson(courses: readonly CompressionCourse[], run: RunFacts): string {
  const threshold = run.outputs.find(({ id }) => id === 'open')?.threshold ?? EVEN;
  const landmarkOf = ([background, sfj, gsv]: readonly [number, number, number]): string =>
    background >= Math.max(sfj, gsv) ? 'background' : sfj >= gsv ? 'SFJ' : 'GSV';
  return JSON.stringify({
    cines: courses.map(({ cine, frameNumbers, landmarks, open }) => ({
      instance: cine.sopInstanceUid,
      frames: [frameNumbers[0] ?? 0, frameNumbers.at(-1) ?? 0],
      answers: frameNumbers.length,
      ...(isTold(run, 'landmark') ? { landmark: runLengths(landmarks.map(landmarkOf)) } : {}),
      ...(isTold(run, 'open')
        ? { lumen: runLengths(open.map((probability) => (probability >= threshold ? 'open' : 'closed'))) }
        : {}),
    })),
  });
}

const COMPRESSION = { concept: IMAGE.physicalForce, value: IMAGE.compressionAction, abnormal: false };

/** A bare 111012 on a frame would be read as the certainty of a thrombosis: the number says what it is of. */
function lumenMeasurement(landmark: LandmarkResult, { state, open }: LumenFrame, run: RunFacts): Measurement {
  const place = `${landmark.side === 'unknown' ? '' : `${SIDES[landmark.side].name} `}${landmark.landmark}`;
  const unknown = landmark.side === 'unknown' ? `, ${SIDES.unknown.name}` : '';
  const concept = spokenConcept(
    run,
    `VLS-${state === 'open' ? 'O' : 'C'}-${SIDES[landmark.side].letter}-${landmark.landmark}`,
    `${place}${unknown}, vein ${state} in this frame, certainty`,
  );
  return { concept, number: percentNumber(state === 'open' ? open : 1 - open), unit: UNIT.percent, derivation: null };
}

const keyFrame = (
  landmark: LandmarkResult,
  frame: LumenFrame,
  { rank, run }: { readonly rank: number; readonly run: RunFacts },
): KeyFrame => ({
  key: `${landmarkKey(landmark)} key frame ${rank}`,
  tracking: [landmarkKey(landmark), frame.sopInstanceUid, String(frame.frameNumber)],
  frame,
  ofTheStatement: false,
  numbers: [lumenMeasurement(landmark, frame, run)],
  answers: [
    {
      concept: FINDING.veinLumenState,
      value: frame.state === 'open' ? FINDING.lumenOpen : FINDING.lumenClosed,
      abnormal: false,
    },
  ],
});

function statement(landmark: LandmarkResult, run: RunFacts, template: OutputTemplate): Statement {
  const key = landmarkKey(landmark);
  const stated = isStated(landmark);
  // A landmark that is indeterminate says nothing of thrombosis, whatever stands beside it.
  const dvt = stated ? landmark.dvt : 'undetermined';
  const positive = dvt === 'suspected';
  const cine = landmark.courses[0]?.cine;
  const sources = landmark.frames.length > 0 ? imageReferences(landmark.frames) : [];
  return {
    key,
    tracking: [key],
    subId: siteNumber(landmark),
    finding: FINDING.veinCompressibility,
    method: null,
    site: PLACES[landmark.landmark].site,
    laterality: SIDES[landmark.side].code,
    topography: null,
    ofTheWhole: false,
    place: placeOf(landmark),
    stated,
    positive,
    spoken: spoken(landmark, run),
    main: { concept: FINDING.veinCompressibility, value: ANSWERS[landmark.compressibility].code, abnormal: positive },
    answers: [
      { concept: FINDING.deepVenousThrombosis, value: THROMBOSIS[dvt], abnormal: positive },
      ...(stated ? [COMPRESSION] : []),
    ],
    numbers: [],
    certainty: stated ? landmark.certainty : null,
    threshold: null,
    operatingPoint: run.statement.threshold,
    parameters: [`landmark=${SIDES[landmark.side].letter} ${landmark.landmark}`],
    region: landmark.frames[0] ?? (cine === undefined ? null : { ...cine, frameNumber: 1 }),
    sources: [
      ...sources,
      ...wholeImages(
        landmark.courses
          .map((course) => course.cine)
          .filter((one) => !sources.some((known) => known.sopInstanceUid === one.sopInstanceUid)),
      ),
    ],
    keyFrames: (isTold(run, 'open') ? landmark.frames : [])
      .slice(0, template.sr.keyframeGroups)
      .map((frame, index) => keyFrame(landmark, frame, { rank: index + 1, run })),
    comments: [courseJson(landmark.courses, run)],
    sentence: sentence(landmark),
    notes: [...(stated && landmark.because !== '' ? [reason(landmark)] : []), ...landmark.notes],
  };
}

const FULLY_CAVEAT =
  '"Fully compressible" is what the model saw in the cines named, not a compression ultrasound examination read by a physician.';
const GSV_CAVEAT =
  'The great saphenous vein is a superficial vein; at that landmark the model judges all veins in view, deep ones included.';

/** The statements of a result, in its order. */
export const statementsOfVascularDvt = (result: ResultOf<'vascular-dvt'>, template: OutputTemplate): Content => ({
  statements: result.landmarks.map((landmark) => statement(landmark, result.run, template)),
  ofTheRegion: result.landmarks.some((landmark) => isStated(landmark) || landmark.landmarkSource !== 'none'),
  images: new Map(
    result.landmarks.flatMap(({ courses }) =>
      courses.map(({ cine }) => [cine.sopInstanceUid, { numberOfFrames: cine.numberOfFrames, view: null }] as const),
    ),
  ),
  nothing: `No statement about the ${template.findingName}: no landmark was seen. This is not a negative result.`,
  caveats: [
    ...(result.landmarks.some(({ compressibility }) => compressibility === 'fully') ? [FULLY_CAVEAT] : []),
    ...(result.landmarks.some((one) => one.landmark === 'GSV' && isStated(one) && one.dvt === 'suspected') ? [GSV_CAVEAT] : []),
  ],
  remarks: [],
});
