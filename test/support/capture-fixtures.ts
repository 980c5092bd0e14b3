// Results of every family as the analysis leaves them, for tests and samples of the attention pages. Everything follows from formulas; nothing is real.
// Pictures and maps are named by paths alone: whoever reads them makes them from the path.
import sharp from 'sharp';
import type {
  CineReference,
  CompressionCourse,
  EchoView,
  EchoViewResult,
  FramePicture,
  LandmarkResult,
  LumenFrame,
  LungCineResult,
  LungScore,
  OutputFacts,
  ResultFacts,
  ResultOf,
  RunFacts,
  ViewedCine,
} from '../../src/contracts/finding.ts';
import { FINDING, QUANTITY } from '../../src/dicom/codes.ts';
import { RESULT } from './report-fixture.ts';

/** A text of the source that must not come onto any page. */
export const CANARY = 'Canary^Maria 4711';

const REGION = { x0: 84, y0: 31, x1: 661, y1: 448 };
const INSTANCE_ROOT = '2.25.3600000000000000000000000000000';

const uidOf = (instance: number): string => `${INSTANCE_ROOT}${String(instance).padStart(5, '0')}`;

const cine = (instance: number, rest: Partial<CineReference> = {}): CineReference => ({
  sopClassUid: '1.2.840.10008.5.1.4.1.1.3.1',
  sopInstanceUid: uidOf(instance),
  seriesInstanceUid: '2.25.370000000000000000000000000000000001',
  numberOfFrames: 100,
  region: REGION,
  spacingMm: { x: 0.083, y: 0.083 },
  framesPerSecond: 25,
  description: CANARY,
  ...rest,
});

const frame = (source: CineReference, frameNumber: number, name: string): FramePicture => {
  const { description: _text, framesPerSecond: _rate, ...reference } = source;
  return { ...reference, frameNumber, picturePath: `${name}.png`, mapPath: `${name}.map.json` };
};

const run = (
  facts: Partial<RunFacts> & Pick<RunFacts, 'modelId' | 'modelFamily' | 'modelName'>,
  statement: OutputFacts,
): RunFacts => ({
  ...RESULT.run,
  ...facts,
  statement,
  outputs: [statement],
});

function factsOf(instances: number, facts: RunFacts): ResultFacts {
  const { schema, studyInstanceUid, revision, skipped } = RESULT;
  return {
    schema,
    studyInstanceUid,
    revision,
    run: facts,
    inputs: Array.from({ length: instances }, (_, index) => ({
      sopClassUid: '1.2.840.10008.5.1.4.1.1.3.1',
      sopInstanceUid: uidOf(index + 1),
      seriesInstanceUid: '2.25.370000000000000000000000000000000001',
      sha256: String((index % 9) + 1).repeat(64),
      lossy: false,
    })),
    skipped: skipped.slice(0, 1),
  };
}

const output = (id: string, concept: OutputFacts['concept'], threshold: number | null): OutputFacts => ({
  id,
  concept,
  threshold,
  thresholdMethod: threshold === null ? '' : 'Youden',
  reporting: 'research',
});

/** P(open) over time: open, pressed to `least` between two thirds, open again, with a ripple. */
const openCourse = (count: number, least: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => {
    const time = index / count;
    const pressed = 1 / (1 + Math.exp(-(time - 0.36) * 40)) - 1 / (1 + Math.exp(-(time - 0.72) * 40));
    return Number((0.96 - (0.96 - least) * pressed + 0.03 * Math.sin(index * 1.7)).toFixed(4));
  });

function course(source: CineReference, least: number, isSfj: boolean): CompressionCourse {
  const count = source.numberOfFrames - 8;
  const landmarks = Array.from({ length: count }, (_, index): [number, number, number] => {
    const away = index < count * 0.1 || index > count * 0.94;
    return away ? [0.9, 0.06, 0.04] : isSfj ? [0.08, 0.84, 0.08] : [0.1, 0.12, 0.78];
  });
  return {
    cine: source,
    frameNumbers: Array.from({ length: count }, (_, index) => index + 5),
    landmarks,
    open: openCourse(count, least),
  };
}

const lumen = (
  source: CineReference,
  state: LumenFrame['state'],
  facts: { at: number; open: number; name: string },
): LumenFrame => ({
  ...frame(source, facts.at, `dvt/${facts.name}-${state}`),
  state,
  open: facts.open,
  landmark: 0.84,
});

const cines = {
  leftSfj: cine(1),
  leftSfjAgain: cine(2, { numberOfFrames: 72, framesPerSecond: null }),
  leftGsv: cine(3, { numberOfFrames: 90 }),
  rightSfj: cine(4, { numberOfFrames: 120, framesPerSecond: 30 }),
  rightGsv: cine(5, { numberOfFrames: 60, spacingMm: null }),
};

const LANDMARKS: readonly LandmarkResult[] = [
  {
    side: 'left',
    sideSource: 'coded',
    landmark: 'SFJ',
    landmarkSource: 'description',
    compressibility: 'fully',
    because: 'the vein closes for 36 frames between open ones in both cines.',
    dvt: 'absent',
    certainty: 0.93,
    courses: [course(cines.leftSfj, 0.04, true), course(cines.leftSfjAgain, 0.09, true)],
    frames: [
      lumen(cines.leftSfj, 'open', { at: 14, open: 0.98, name: 'fully' }),
      lumen(cines.leftSfj, 'closed', { at: 57, open: 0.03, name: 'fully' }),
    ],
    notes: [],
  },
  {
    side: 'left',
    sideSource: 'coded',
    landmark: 'GSV',
    landmarkSource: 'model',
    compressibility: 'partially',
    because: 'under pressure the vein is seen closed in 12 frames and open in 19, in turn.',
    dvt: 'suspected',
    certainty: 0.71,
    courses: [course(cines.leftGsv, 0.46, false)],
    frames: [
      lumen(cines.leftGsv, 'open', { at: 12, open: 0.97, name: 'partially' }),
      lumen(cines.leftGsv, 'closed', { at: 50, open: 0.43, name: 'partially' }),
    ],
    notes: ['The description names the great saphenous vein, the model sees the junction in 6 frames.'],
  },
  {
    side: 'right',
    sideSource: 'description',
    landmark: 'SFJ',
    landmarkSource: 'description',
    compressibility: 'non-compressible',
    because: 'the vein stays open while the tissue above it is pressed together.',
    dvt: 'suspected',
    certainty: 0.88,
    courses: [course(cines.rightSfj, 0.83, true)],
    frames: [lumen(cines.rightSfj, 'open', { at: 66, open: 0.91, name: 'non' })],
    notes: [],
  },
  {
    side: 'right',
    sideSource: 'description',
    landmark: 'GSV',
    landmarkSource: 'none',
    compressibility: 'indeterminate',
    because: 'no pressing is seen in the cine.',
    dvt: 'undetermined',
    certainty: null,
    courses: [course(cines.rightGsv, 0.9, false)],
    frames: [],
    notes: ['The cine does not say how large its pixels are.'],
  },
];

/** Four landmarks, one of each verdict; one with two cines, one without pictures. */
export const DVT_RESULT: ResultOf<'vascular-dvt'> = {
  ...factsOf(
    5,
    run(
      { modelId: 'vascular-dvt', modelFamily: 'vascular-dvt', modelName: 'VascularDVT reference' },
      output('compressibility', FINDING.veinCompressibility, null),
    ),
  ),
  family: 'vascular-dvt',
  landmarks: LANDMARKS,
};

/** Score of each of the fourteen areas, null where the model gave none; area 9 was not scanned. */
const LUNG_SCORES: readonly (LungScore | null | undefined)[] = [3, 2, 1, 2, 1, 0, 2, 1, undefined, 0, 0, 0, 1, null];

const shares = (score: LungScore | null): [number, number, number, number] => {
  if (score === null) return [0.31, 0.34, 0.25, 0.1];
  const weights = [0, 1, 2, 3].map((one) => Math.exp(-1.4 * (one - score) ** 2));
  const sum = weights.reduce((total, one) => total + one, 0);
  const [a = 0, b = 0, c = 0, d = 0] = weights.map((one) => one / sum);
  return [a, b, c, d];
};

function lungCine(instance: number, area: number | null, score: LungScore | null): LungCineResult {
  const source = cine(instance, { numberOfFrames: 48, framesPerSecond: 20, spacingMm: { x: 0.21, y: 0.21 } });
  const sides = 'RRRLLLRRLLRRLL';
  const side = area === null ? 'unknown' : sides.charAt(area - 1) === 'R' ? 'right' : 'left';
  return {
    cine: source,
    area,
    areaSource: area === null ? 'none' : 'description',
    side,
    sideSource: area === null ? 'none' : 'coded',
    score,
    probabilities: shares(score),
    frames: [9, 24, 39].map((at) => frame(source, at, `lung/${score ?? 1}-${instance}-${at}`)),
    notes: [
      ...(score === null ? ['No score is given: the most probable one, 1, has 34 %; 50 % are needed.'] : []),
      ...(area === null ? ['The images do not say which scanning area they show; the cine is not part of the total.'] : []),
      'What was drawn inside the ultrasound region was taken out as far as it can be told from echoes.',
    ],
  };
}

const LUNG_CINES: readonly LungCineResult[] = [
  ...LUNG_SCORES.flatMap((score, index) => (score === undefined ? [] : [lungCine(index + 1, index + 1, score)])),
  lungCine(15, 7, 1),
  lungCine(16, null, 1),
];

/** Thirteen areas of which twelve have a score, a second cine of area 7, and one of no known area. */
export const LUNG_RESULT: ResultOf<'lung-score'> = {
  ...factsOf(
    16,
    run(
      { modelId: 'lung-score', modelFamily: 'lung-score', modelName: 'LungScore reference' },
      output('score', QUANTITY.lungScore, 0.5),
    ),
  ),
  family: 'lung-score',
  cines: LUNG_CINES,
  total: { total: 13, areasScored: 12, areasUnscored: [9, 14] },
};

/** Tissue values as no healthy node would write them, so that they can be searched for on the pages. */
const TISSUE: EchoViewResult['tissue'] = {
  lateEnhancement: 0.7123,
  abnormalT1: 0.6123,
  abnormalT2: 0.5123,
  abnormalEcv: 0.4123,
  t1Ms: 1357.1,
  t2Ms: 53.7,
  ecvPercent: 29.3,
};

const viewed = (instance: number, view: EchoView | 'other'): ViewedCine => ({
  cine: cine(instance, { numberOfFrames: 60, framesPerSecond: 50, spacingMm: { x: 0.3, y: 0.3 } }),
  view,
  probabilities: [0.9, 0.04, 0.03, 0.03],
  viewSource: instance === 1 ? 'coded' : 'model',
  notes: [],
});

function echoView(
  view: EchoView,
  facts: { readonly probability: number; readonly first: number; readonly frames: number; readonly cines: number },
): EchoViewResult {
  const { probability, first, frames, cines: count } = facts;
  const sources = Array.from({ length: count }, (_, index) => ({
    ...viewed(first + index, view),
    probability: probability + (index - (count - 1) / 2) * 0.1,
  }));
  const source = sources[0]?.cine ?? cine(first);
  return {
    view,
    probability,
    wallMotionAbnormality: probability >= 0.42 ? 'present' : 'absent',
    cines: sources,
    frames: Array.from({ length: frames }, (_, index) => frame(source, 1 + index * 7, `echo/${view}-${1 + index * 7}`)),
    tissue: TISSUE,
    notes: [],
  };
}

/** Two views, one of them from two cines, with a statement over both; a cine of another view. */
export const ECHO_RESULT: ResultOf<'echo-cmr'> = {
  ...factsOf(
    4,
    run(
      { modelId: 'echo-cmr', modelFamily: 'echo-cmr', modelName: 'EchoCMR reference' },
      output('wma', FINDING.regionalAbnormalWallMotion, 0.42),
    ),
  ),
  family: 'echo-cmr',
  views: [
    echoView('A4C', { probability: 0.734, first: 1, frames: 8, cines: 2 }),
    echoView('PLAX', { probability: 0.281, first: 3, frames: 4, cines: 1 }),
  ],
  global: {
    views: ['A4C', 'PLAX'],
    probability: 0.612,
    wallMotionAbnormality: 'present',
    tissue: TISSUE,
    notes: [],
  },
  others: [viewed(4, 'other')],
};

/** `image 3`, as the render step names instances by their numbers. */
export const NAMES: ReadonlyMap<string, string> = new Map(
  Array.from({ length: 20 }, (_, index) => [uidOf(index + 1), `image ${index + 1}`]),
);

const hashOf = (text: string): number => [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7);

/** Small and quick: a ramp with a dark disc whose place follows from the path, 144 x 104. */
function picture(path: string): Promise<Uint8Array> {
  const [width, height] = [144, 104];
  const [across, down] = [40 + (hashOf(path) % 64), 30 + (hashOf(path) % 44)];
  const data = new Uint8Array(width * height);
  for (let at = 0; at < data.length; at += 1) {
    const [x, y] = [at % width, (at / width) | 0];
    const inside = (x - across) ** 2 + (y - down) ** 2 < 300;
    data[at] = inside ? 12 : 60 + ((x * 7 + y * 13) % 90);
  }
  return sharp(data, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}

/** Stands for the spool: pictures and maps made from their own path. */
export async function readCapture(path: string): Promise<Uint8Array> {
  if (path.endsWith('.png')) return picture(path);
  const values = Array.from({ length: 12 }, (_, index) => (index === hashOf(path) % 12 ? 0.9 : 0.2));
  return Buffer.from(JSON.stringify({ rows: 3, columns: 4, values }));
}
