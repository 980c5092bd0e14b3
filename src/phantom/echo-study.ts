// In: a seed and wishes. Out: a whole echo examination as DICOM attributes and frames, with the truth about it.
//
// One cine for each view, all of one heart. The view is said as departments say it: on the screen, in words, and in some images in codes.

import type { Code } from '../contracts/model.ts';
import { ANATOMY, ECHO_VIEW } from '../dicom/codes.ts';
import { type Dataset, items } from '../dicom/dataset.ts';
import { type EchoClip, type ExaminedHeart, echoClip, echoPictures } from './echo-clip.ts';
import { abnormalSegments, drawTissueNumbers, type EchoLabels } from './echo-labels.ts';
import { drawEchoProbe } from './echo-probe.ts';
import { drawEchoScreen, traceBox, traceColumnS } from './echo-screen.ts';
import {
  drawExamination,
  type Examination,
  type ExaminationWish,
  imageUid,
  screenTexts,
  settingLines,
  studyLabels,
} from './examination.ts';
import { drawHeartAnatomy } from './heart-anatomy.ts';
import { drawWallMotion, type EchoView, viewClass } from './heart-segments.ts';
import { imageAttributes, regionPlace } from './image-attributes.ts';
import type { PhantomStudy, PlannedImage } from './phantom-image.ts';
import type { Probe } from './probe.ts';
import { hash32, randomFrom } from './random.ts';
import type { Screen } from './screen.ts';
import { sectorFrame } from './sector.ts';

export type EchoStudyWish = ExaminationWish & {
  /** Which views, in order; PLAX, PSAX, A4C, A2C and SC4C by default. */
  readonly views?: readonly EchoView[];
  /** Whether a wall moves abnormally; drawn if left out. */
  readonly wallMotionAbnormality?: boolean;
  /** Beats per minute; 52 to 96 by default. */
  readonly heartRate?: number;
  /** Frames of each cine; one or two beats, 32 to 64 frames, by default. */
  readonly frames?: number;
  /** Frames a second; 30 to 60 by default. */
  readonly frameRate?: number;
};

type Shot = { readonly clip: EchoClip; readonly number: number };

const viewCodes: Readonly<Partial<Record<EchoView, Code>>> = {
  A4C: ECHO_VIEW.apicalFourChamber,
  A2C: ECHO_VIEW.apicalTwoChamber,
  PLAX: ECHO_VIEW.parasternalLongAxis,
};

const item = ({ value, scheme, meaning }: Code): Dataset => ({
  CodeValue: value,
  CodingSchemeDesignator: scheme,
  CodeMeaning: meaning,
});

/** Name of the probe, as on the screen and in TransducerData. */
const probeName = (probe: Probe): string => `S${probe.frequencyMHz + 2}-1`;

/** Times of the R waves from the first frame on, milliseconds. */
function rWaveTimes({ rhythm, frames, frameRate }: EchoClip): readonly number[] {
  const beatMs = 60_000 / rhythm.heartRate;
  const firstMs = rhythm.startPhase === 0 ? 0 : (1 - rhythm.startPhase) * beatMs;
  const count = Math.max(0, Math.ceil((((frames - 1) / frameRate) * 1000 - firstMs) / beatMs));
  return Array.from({ length: count }, (_, n) => Math.round(firstMs + n * beatMs));
}

function attributesOf(examination: Examination<Probe>, { clip, number }: Shot): Dataset {
  const { style, probe, picture } = examination;
  const { view, rhythm, frames, frameRate } = clip;
  const base = imageAttributes(examination, {
    number,
    series: { name: `${number} ${view}`, number: number + 1 },
    frames,
    framesPerSecond: frameRate,
    picture: sectorFrame(clip.sector, picture),
  });
  const code = number % 2 === 0 ? viewCodes[view] : undefined;
  return {
    ...base,
    ImageType: ['ORIGINAL', 'PRIMARY', 'TTE', '0001'],
    BodyPartExamined: 'HEART',
    StudyDescription: 'ECHOCARDIOGRAM TRANSTHORACIC',
    SeriesDescription: style === 'south' ? 'TTE' : view,
    ...(style === 'south' ? { ProtocolName: view } : {}),
    ...(style === 'west' ? { ImageComments: view } : {}),
    ...(code === undefined
      ? {}
      : { ViewName: view, ViewCodeSequence: [item(code)], NumberOfStages: null, NumberOfViewsInStage: null }),
    AnatomicRegionSequence: [item(ANATOMY.heart)],
    TransducerData: [probeName(probe), '', ''],
    HeartRate: Math.round(rhythm.heartRate),
    RWaveTimeVector: rWaveTimes(clip),
    SequenceOfUltrasoundRegions: [
      ...items(base, 'SequenceOfUltrasoundRegions'),
      {
        RegionSpatialFormat: 4,
        RegionDataType: 10,
        RegionFlags: 3,
        ...regionPlace(traceBox(style)),
        PhysicalUnitsXDirection: 4,
        PhysicalUnitsYDirection: 0,
        PhysicalDeltaX: traceColumnS,
        PhysicalDeltaY: 0,
      },
    ],
  };
}

function* screensOf(examination: Examination<Probe>, { clip, number }: Shot): Generator<Screen> {
  const { style, probe, picture } = examination;
  const { frames, frameRate: framesPerSecond, rhythm, sector, view } = clip;
  const { pixelMm, skinRow, frame } = echoPictures(clip, { probe, size: picture });
  const texts = screenTexts(examination, number, {
    annotation: view,
    probe: probeName(probe),
    settings: [
      'ADULT ECHO',
      ...settingLines(probe, { framesPerSecond, depthMm: sector.depthMm, range: 'C' }),
      `HR ${Math.round(rhythm.heartRate)}`,
    ],
  });
  const shown = { pixelMm, skinRow, texts, rhythm, durationS: (frames - 1) / framesPerSecond };
  for (let n = 0; n < frames; n++) yield drawEchoScreen(frame(n), style, { ...shown, timeS: n / framesPerSecond });
}

const usualViews: readonly EchoView[] = ['PLAX', 'PSAX', 'A4C', 'A2C', 'SC4C'];

/** A heart as drawn for a seed: the one an `echoStudy` of that seed examines. */
export function examinedHeart(seed: number, wallMotionAbnormality?: boolean): ExaminedHeart {
  const chance = randomFrom(seed, 'heart');
  const abnormal = wallMotionAbnormality ?? chance.chance(0.5);
  return {
    seed: hash32(seed, 'scatterers'),
    anatomy: drawHeartAnatomy(chance),
    ventriculogram: drawWallMotion(abnormal, chance),
  };
}

/** An echo examination, the same for the same wish. Patients are invented and say so in every name and number. */
export function echoStudy(wish: EchoStudyWish): PhantomStudy<EchoLabels> {
  const { examination, chance } = drawExamination(wish, { part: 'ECHO', name: 'echo', drawProbe: drawEchoProbe });
  const heart = examinedHeart(wish.seed, wish.wallMotionAbnormality);
  const heartRate = wish.heartRate ?? chance.integer(52, 96);
  const shots = (wish.views ?? usualViews).map(
    (view, number): Shot => ({
      number,
      clip: echoClip(heart, view, {
        chance,
        heartRate,
        ...(wish.frames === undefined ? {} : { frames: wish.frames }),
        ...(wish.frameRate === undefined ? {} : { frameRate: wish.frameRate }),
      }),
    }),
  );
  const segments = abnormalSegments(heart.ventriculogram);
  const labels: EchoLabels = {
    ...studyLabels(examination),
    heartRate,
    wallMotionAbnormality: segments.length > 0,
    segments,
    // A stream of its own: no other draw of the examination can tell of these numbers.
    tissue: drawTissueNumbers(randomFrom(wish.seed, 'tissue')),
    cines: shots.map(({ clip, number }) => {
      const seen = abnormalSegments(heart.ventriculogram, clip.view);
      return {
        sopInstanceUid: imageUid(examination, number),
        view: clip.view,
        viewClass: viewClass(clip.view),
        wallMotionAbnormality: seen.length > 0,
        segments: seen,
        heartRate,
        frames: clip.frames,
        frameRate: clip.frameRate,
      };
    }),
  };
  const images = shots.map(
    (shot): PlannedImage => ({
      attributes: attributesOf(examination, shot),
      frames: shot.clip.frames,
      screens: () => screensOf(examination, shot),
    }),
  );
  return { images, labels };
}
