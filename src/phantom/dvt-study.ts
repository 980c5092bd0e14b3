// In: a seed and wishes. Out: an examination of compression cines of the groin as DICOM attributes and frames, with the truth about each frame
// and each cine.

import type { Dataset } from '../dicom/dataset.ts';
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
import {
  drawExamination,
  type Examination,
  type ExaminationWish,
  imageUid,
  type StudyLabels,
  screenTexts,
  settingLines,
  studyLabels,
} from './examination.ts';
import { imageAttributes } from './image-attributes.ts';
import type { Side } from './leg-anatomy.ts';
import { legWords, linearProbeName, sideWord } from './leg-attributes.ts';
import type { PhantomStudy, PlannedImage } from './phantom-image.ts';
import { drawProbe, type Probe } from './probe.ts';
import { hash32 } from './random.ts';
import { drawScreen, type Screen } from './screen.ts';

/** One cine that is asked for; what is left out is drawn. */
export type CineChoice = {
  readonly side: Side;
  readonly route: Route;
  readonly compressibility?: Compressibility;
  readonly pressing?: Pressing;
  readonly frames?: number;
};

/** Cines of an even size in pixels: an odd one is rounded up. */
export type DvtStudyWish = ExaminationWish & {
  /** Both landmarks of both legs by default; one vein of the four does not close. */
  readonly cines?: readonly CineChoice[];
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

export type DvtLabels = StudyLabels & { readonly cines: readonly DvtCineLabel[] };

/** Numbers of the first cine and of its series, so that cines can join other images of an examination. */
export type FirstCine = { readonly number: number; readonly series: number };

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
  `${sideWord(side)} ${words[route]} ${pressing === 'not applied' ? 'W/O COMP' : 'COMP'}`;

/** Half the lines of the screen are simulated and enlarged, which the network's input, a quarter of it, does not tell from the whole. */
const simulatedSize = ({ picture }: Examination) => ({
  rows: Math.ceil(picture.rows / 2),
  columns: Math.ceil(picture.columns / 2),
});

function* screensOf(examination: Examination<Probe>, cine: CompressionCine, number: number): Generator<Screen> {
  const { probe, style } = examination;
  const { framesPerSecond, depthMm } = cine;
  const size = simulatedSize(examination);
  const texts = screenTexts(examination, number, {
    annotation: cineAnnotation(cine),
    probe: linearProbeName(probe),
    settings: settingLines(probe, { framesPerSecond, depthMm }).slice(0, 3),
  });
  const view = { pixelMm: depthMm / (2 * size.rows), texts };
  for (const frame of cine.moments.keys())
    yield drawScreen(enlarged(compressionPicture(cine, frame, { probe, size })), style, view);
}

function attributesOf(
  examination: Examination<Probe>,
  cine: CompressionCine,
  place: { readonly number: number; readonly series: { readonly name: string; readonly number: number } },
): Dataset {
  const { rows, columns } = simulatedSize(examination);
  return {
    ...imageAttributes(examination, {
      ...place,
      frames: cine.moments.length,
      framesPerSecond: cine.framesPerSecond,
      picture: { rows: 2 * rows, columns: 2 * columns, pixelMm: cine.depthMm / (2 * rows) },
    }),
    ...legWords(examination, cine.side),
    SeriesDescription: cineAnnotation(cine),
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
export type LabelledCine = { readonly image: PlannedImage; readonly label: DvtCineLabel };

/** The cines that an examination gets, in order, each in a series of its own. */
export const compressionImages = (
  examination: Examination<Probe>,
  choices: readonly CineChoice[],
  first: FirstCine,
): readonly LabelledCine[] =>
  choices.map((choice, nth) => {
    const cine = compressionCine({ ...choice, seed: hash32(examination.seed, 'compression', nth) });
    const number = first.number + nth;
    const series = { name: `${cineAnnotation(cine)} ${nth}`, number: first.series + nth };
    return {
      image: {
        attributes: attributesOf(examination, cine, { number, series }),
        frames: cine.moments.length,
        screens: () => screensOf(examination, cine, number),
      },
      label: labelOf(cine, imageUid(examination, number)),
    };
  });

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
export function dvtStudy(wish: DvtStudyWish): PhantomStudy<DvtLabels> {
  const { examination } = drawExamination(wish, { part: 'LEG', name: 'dvt', drawProbe, dayFirst: true });
  const cines = compressionImages(examination, wish.cines ?? bothLandmarks(wish.seed), { number: 0, series: 1 });
  return {
    images: cines.map(({ image }) => image),
    labels: { ...studyLabels(examination), cines: cines.map(({ label }) => label) },
  };
}
