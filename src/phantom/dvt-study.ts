// In: a seed and wishes. Out: an examination of compression cines of the groin as DICOM attributes and frames, with the truth about each frame
// and each cine.

import type { Dataset } from '../dicom/dataset.ts';
import { uidFrom } from '../dicom/uids.ts';
import {
  CLOSED_BELOW,
  type Compressibility,
  type CompressionCine,
  compressionCine,
  compressionPicture,
  type Pressing,
  type Route,
} from './compression-cine.ts';
import { enlarged } from './enlarge.ts';
import { clockTime, imageAttributes } from './image-attributes.ts';
import type { Side } from './leg-anatomy.ts';
import type { PhantomInstance } from './leg-study.ts';
import { drawProbe, type Probe, type ProbeFamily, probeFamilies } from './probe.ts';
import { hash32, randomFrom } from './random.ts';
import { drawScreen, type ScreenStyle, screenStyles } from './screen.ts';

/** One cine that is asked for; what is left out is drawn. */
export type CineChoice = {
  readonly side: Side;
  readonly route: Route;
  readonly compressibility?: Compressibility;
  readonly pressing?: Pressing;
  readonly frames?: number;
};

export type DvtStudyWish = {
  readonly seed: number;
  /** Both landmarks of both legs by default; one vein of the four does not close. */
  readonly cines?: readonly CineChoice[];
  readonly style?: ScreenStyle;
  readonly probeFamily?: ProbeFamily;
  /** Picture size in pixels, even numbers; 418 by 578 by default. */
  readonly picture?: { readonly rows: number; readonly columns: number };
};

/** Names of the landmarks as in results: LM1 is the saphenofemoral junction, LM2 the great saphenous vein. */
export type LandmarkName = 'SFJ' | 'GSV';

/** What a reader with full knowledge may say of a landmark in a cine. Where the vein is not pressed enough nobody can say anything. */
export type CompressibilityTruth = 'fully' | 'partially' | 'non-compressible' | 'indeterminate';

export type DvtFrameLabel = {
  readonly landmark: LandmarkName | 'background';
  /** `null` where no vein is in view. */
  readonly open: boolean | null;
  /** Area of the veins in view as a share of that at rest. */
  readonly openShare: number | null;
};

export type DvtCineLabel = {
  readonly sopInstanceUid: string;
  readonly side: Side;
  readonly route: Route;
  readonly pressing: Pressing;
  /** Of every landmark that the cine stays at. */
  readonly compressibility: Readonly<Partial<Record<LandmarkName, CompressibilityTruth>>>;
  readonly frames: readonly DvtFrameLabel[];
};

export type DvtLabels = {
  readonly seed: number;
  readonly studyInstanceUid: string;
  readonly accessionNumber: string;
  readonly style: ScreenStyle;
  readonly probeFamily: ProbeFamily;
  readonly cines: readonly DvtCineLabel[];
};

/** What all cines of an examination share. `key` makes the UIDs; `firstNumber` is that of the first cine, so that they can join other images. */
export type CineExamination = {
  readonly seed: number;
  readonly key: string;
  readonly date: string;
  readonly style: ScreenStyle;
  readonly probe: Probe;
  readonly picture: { readonly rows: number; readonly columns: number };
  readonly firstNumber: number;
  /** Number of the first series that the cines make. */
  readonly firstSeries: number;
};

const words: Readonly<Record<Route, string>> = {
  LM1: 'SFJ',
  LM2: 'GSV',
  sweep: 'GROIN SWEEP',
  thigh: 'FV',
  iliac: 'EIV',
  lateral: 'THIGH LAT',
  popliteal: 'POP',
};

const landmarkNames: Readonly<Record<string, LandmarkName | 'background'>> = { LM1: 'SFJ', LM2: 'GSV' };
const stays: Readonly<Partial<Record<Route, readonly LandmarkName[]>>> = { LM1: ['SFJ'], LM2: ['GSV'], sweep: ['SFJ', 'GSV'] };
const truths: Readonly<Record<Compressibility, CompressibilityTruth>> = {
  full: 'fully',
  partial: 'partially',
  none: 'non-compressible',
};

/** The words on the screen and in the attributes: "LT SFJ COMP". */
export const cineAnnotation = ({ side, route, pressing }: Pick<CompressionCine, 'side' | 'route' | 'pressing'>): string =>
  `${side === 'L' ? 'LT' : 'RT'} ${words[route]} ${pressing === 'not applied' ? 'W/O COMP' : 'COMP'}`;

/** Half the lines of the screen are simulated and enlarged, which the network's input, a quarter of it, does not tell from the whole. */
function framesOf(examination: CineExamination, cine: CompressionCine, number: number) {
  const { picture, probe, style, seed, date } = examination;
  const size = { rows: Math.ceil(picture.rows / 2), columns: Math.ceil(picture.columns / 2) };
  const texts = {
    patientName: `PHANTOM LEG ${seed}`,
    patientId: `PHANTOM-${seed}`,
    date: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`,
    time: clockTime(number).replace(/(..)(..)(..)/, '$1:$2:$3'),
    institution: 'PHANTOM HOSPITAL',
    annotation: cineAnnotation(cine),
    probe: `L${probe.frequencyMHz}-3`,
    settings: [`FR ${cine.framesPerSecond}HZ`, `D ${(cine.depthMm / 10).toFixed(1)}CM`, `DR ${Math.round(probe.dynamicRangeDb)}`],
  };
  return cine.moments.map((_, frame) =>
    drawScreen(enlarged(compressionPicture(cine, frame, { probe, size })), style, {
      pixelMm: cine.depthMm / (2 * size.rows),
      texts,
    }),
  );
}

function attributesOf(examination: CineExamination, cine: CompressionCine, place: { number: number; nth: number }): Dataset {
  const { seed, key, style, date, picture, probe } = examination;
  const annotation = cineAnnotation(cine);
  const rows = 2 * Math.ceil(picture.rows / 2);
  return {
    ...imageAttributes({
      kind: 'LEG',
      seed,
      key,
      style,
      date,
      number: place.number,
      time: clockTime(place.number),
      series: { name: `${annotation} ${place.nth}`, number: examination.firstSeries + place.nth },
      frames: cine.moments.length,
      framesPerSecond: cine.framesPerSecond,
      picture: { rows, columns: 2 * Math.ceil(picture.columns / 2), pixelMm: cine.depthMm / rows },
    }),
    ImageType: ['ORIGINAL', 'PRIMARY', 'VASCULAR'],
    BodyPartExamined: 'LEG',
    StudyDescription: 'US VENOUS LOWER EXTREMITY BILATERAL',
    SeriesDescription: annotation,
    ...(style === 'west' ? { Laterality: cine.side } : { ImageLaterality: cine.side }),
    TransducerData: [`L${probe.frequencyMHz}-3`, '', ''],
  };
}

function labelOf(cine: CompressionCine, sopInstanceUid: string): DvtCineLabel {
  const truth = cine.pressing === 'full' ? truths[cine.compressibility] : 'indeterminate';
  return {
    sopInstanceUid,
    side: cine.side,
    route: cine.route,
    pressing: cine.pressing,
    compressibility: Object.fromEntries((stays[cine.route] ?? []).map((name) => [name, truth])),
    frames: cine.moments.map(({ truth: { landmark, openShare } }) => ({
      landmark: landmarkNames[landmark] ?? 'background',
      open: openShare === null ? null : openShare >= CLOSED_BELOW,
      openShare: openShare === null ? null : Math.round(openShare * 1000) / 1000,
    })),
  };
}

/** A cine of an examination with what is true of it. */
export type LabelledCine = { readonly instance: PhantomInstance; readonly label: DvtCineLabel };

/** The cines one by one, each simulated when it is asked for. */
export function* compressionInstances(examination: CineExamination, choices: readonly CineChoice[]): Generator<LabelledCine> {
  for (const [nth, choice] of choices.entries()) {
    const cine = compressionCine({ ...choice, seed: hash32(examination.seed, 'compression', nth) });
    const attributes = attributesOf(examination, cine, { number: examination.firstNumber + nth, nth });
    const screens = framesOf(examination, cine, examination.firstNumber + nth);
    const first = screens[0];
    if (first === undefined) throw new RangeError('a cine has at least one frame');
    const { rows, columns, samplesPerPixel } = first;
    const instance = { attributes, frames: screens.map(({ pixels }) => pixels), rows, columns, samplesPerPixel };
    yield { instance, label: labelOf(cine, String(attributes['SOPInstanceUID'])) };
  }
}

/** Both landmarks of both legs: healthy veins, but one of the four is clotted, which one by the seed. */
export function bothLandmarks(seed: number): readonly CineChoice[] {
  const places = (['R', 'L'] as const).flatMap((side) => (['LM1', 'LM2'] as const).map((route) => ({ side, route })));
  return places.map((place, n) => ({
    ...place,
    pressing: 'full',
    compressibility: n === seed % 4 ? (seed % 3 === 0 ? 'partial' : 'none') : 'full',
  }));
}

/** An examination of compression cines, the same for the same wish. Patients are invented and say so in every name and number. */
export function dvtStudy(wish: DvtStudyWish): { readonly instances: readonly PhantomInstance[]; readonly labels: DvtLabels } {
  const chance = randomFrom(wish.seed, 'dvt study');
  const style = wish.style ?? chance.pick(screenStyles);
  const family = wish.probeFamily ?? chance.pick(probeFamilies);
  const examination: CineExamination = {
    seed: wish.seed,
    // Another wish is another study, also with the same seed.
    key: `phantom dvt ${JSON.stringify(wish)}`,
    date: `2026${String(chance.integer(1, 12)).padStart(2, '0')}${String(chance.integer(1, 28)).padStart(2, '0')}`,
    style,
    probe: drawProbe(family, chance),
    picture: wish.picture ?? { rows: 418, columns: 578 },
    firstNumber: 0,
    firstSeries: 1,
  };
  const cines = [...compressionInstances(examination, wish.cines ?? bothLandmarks(wish.seed))];
  return {
    instances: cines.map(({ instance }) => instance),
    labels: {
      seed: wish.seed,
      studyInstanceUid: uidFrom(examination.key, 'study'),
      accessionNumber: `PH${wish.seed}`,
      style,
      probeFamily: family,
      cines: cines.map(({ label }) => label),
    },
  };
}
