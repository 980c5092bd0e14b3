// In: a seed and wishes. Out: a whole echo examination as DICOM attributes and frames, with the truth about it.
//
// One cine for each view, all of one heart. The view is said as departments say it: on the screen, in words, and in some images in codes.

import type { Code } from '../contracts/model.ts';
import { ANATOMY, ECHO_VIEW } from '../dicom/codes.ts';
import { type Dataset, items } from '../dicom/dataset.ts';
import { uidFrom } from '../dicom/uids.ts';
import { type EchoClip, type ExaminedHeart, echoClip, echoPictures } from './echo-clip.ts';
import { abnormalSegments, drawTissueNumbers, type EchoLabels } from './echo-labels.ts';
import { drawEchoProbe } from './echo-probe.ts';
import { drawEchoScreen, traceBox, traceColumnS } from './echo-screen.ts';
import { drawHeartAnatomy } from './heart-anatomy.ts';
import { drawWallMotion, type EchoView, viewClass } from './heart-segments.ts';
import { clockTime, imageAttributes, patientName } from './image-attributes.ts';
import type { PhantomInstance } from './leg-study.ts';
import { type Probe, type ProbeFamily, probeFamilies } from './probe.ts';
import { hash32, randomFrom } from './random.ts';
import { type ScreenStyle, type ScreenTexts, screenStyles } from './screen.ts';

export type EchoStudyWish = {
  readonly seed: number;
  /** Which views, in order; PLAX, PSAX, A4C, A2C and SC4C by default. */
  readonly views?: readonly EchoView[];
  /** Whether a wall moves abnormally; drawn if left out. */
  readonly wallMotionAbnormality?: boolean;
  readonly style?: ScreenStyle;
  readonly probeFamily?: ProbeFamily;
  /** Beats per minute; 52 to 96 by default. */
  readonly heartRate?: number;
  /** Frames of each cine; one or two beats, 32 to 64 frames, by default. */
  readonly frames?: number;
  /** Frames a second; 30 to 60 by default. */
  readonly frameRate?: number;
  /** Size of a picture in pixels; 418 by 578 by default. */
  readonly picture?: { readonly rows: number; readonly columns: number };
};

type Examination = {
  readonly wish: EchoStudyWish;
  readonly style: ScreenStyle;
  readonly probe: Probe;
  readonly size: { readonly rows: number; readonly columns: number };
  readonly date: string;
  readonly key: string;
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

function attributesOf(
  examination: Examination,
  { clip, number }: Shot,
  shown: { readonly rows: number; readonly columns: number; readonly pixelMm: number },
): Dataset {
  const { wish, style, probe, date, key } = examination;
  const { view, rhythm, frames, frameRate } = clip;
  const base = imageAttributes({
    kind: 'ECHO',
    seed: wish.seed,
    key,
    style,
    date,
    number,
    time: clockTime(number),
    series: { name: `${number} ${view}`, number: number + 1 },
    frames,
    framesPerSecond: frameRate,
    picture: shown,
  });
  const trace = traceBox(style);
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
        RegionLocationMinX0: trace.x,
        RegionLocationMinY0: trace.y,
        RegionLocationMaxX1: trace.x + trace.columns - 1,
        RegionLocationMaxY1: trace.y + trace.rows - 1,
        PhysicalUnitsXDirection: 4,
        PhysicalUnitsYDirection: 0,
        PhysicalDeltaX: traceColumnS,
        PhysicalDeltaY: 0,
      },
    ],
  };
}

function screenTexts(examination: Examination, { clip, number }: Shot): ScreenTexts {
  const { wish, probe, date } = examination;
  return {
    patientName: patientName('ECHO', wish.seed).replace('^', ' '),
    patientId: `PHANTOM-${wish.seed}`,
    date: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`,
    time: clockTime(number).replace(/(..)(..)(..)/, '$1:$2:$3'),
    institution: 'PHANTOM HOSPITAL',
    annotation: clip.view,
    probe: probeName(probe),
    settings: [
      'ADULT ECHO',
      `FR ${clip.frameRate}HZ`,
      `D ${(clip.sector.depthMm / 10).toFixed(1)}CM`,
      `C ${Math.round(probe.dynamicRangeDb)}`,
      `GN ${Math.round(60 + 4 * probe.gainDb)}%`,
      `HR ${Math.round(clip.rhythm.heartRate)}`,
    ],
  };
}

function instanceOf(examination: Examination, shot: Shot): PhantomInstance {
  const { style, probe, size } = examination;
  const { clip } = shot;
  const { pixelMm, skinRow, frame } = echoPictures(clip, { probe, size });
  const texts = screenTexts(examination, shot);
  const durationS = (clip.frames - 1) / clip.frameRate;
  const screens = Array.from({ length: clip.frames }, (_, n) =>
    drawEchoScreen(frame(n), style, { pixelMm, skinRow, texts, rhythm: clip.rhythm, timeS: n / clip.frameRate, durationS }),
  );
  const first = screens[0];
  if (first === undefined) throw new RangeError('a cine has at least one frame');
  return {
    attributes: attributesOf(examination, shot, { ...size, pixelMm }),
    frames: screens.map((screen) => screen.pixels),
    rows: first.rows,
    columns: first.columns,
    samplesPerPixel: first.samplesPerPixel,
  };
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

/**
 * An echo examination, the same for the same wish. Patients are invented and say so in every name and number.
 * The instances are made one by one as they are asked for, since a cine of full size is large; spread them to have them all.
 */
export function echoStudy(wish: EchoStudyWish): { readonly instances: Iterable<PhantomInstance>; readonly labels: EchoLabels } {
  const chance = randomFrom(wish.seed, 'echo study');
  const style = wish.style ?? chance.pick(screenStyles);
  const family = wish.probeFamily ?? chance.pick(probeFamilies);
  const examination: Examination = {
    wish,
    style,
    probe: drawEchoProbe(family, chance),
    size: wish.picture ?? { rows: 418, columns: 578 },
    date: `2026${String(chance.integer(1, 12)).padStart(2, '0')}${String(chance.integer(1, 28)).padStart(2, '0')}`,
    // Another wish is another study, also with the same seed.
    key: `phantom echo ${JSON.stringify(wish)}`,
  };
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
    seed: wish.seed,
    studyInstanceUid: uidFrom(examination.key, 'study'),
    accessionNumber: `PH${wish.seed}`,
    style,
    probeFamily: family,
    heartRate,
    wallMotionAbnormality: segments.length > 0,
    segments,
    // A stream of its own: no other draw of the examination can tell of these numbers.
    tissue: drawTissueNumbers(randomFrom(wish.seed, 'tissue')),
    cines: shots.map(({ clip, number }) => {
      const seen = abnormalSegments(heart.ventriculogram, clip.view);
      return {
        sopInstanceUid: uidFrom(examination.key, 'instance', String(number)),
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
  function* instances(): Generator<PhantomInstance> {
    for (const shot of shots) yield instanceOf(examination, shot);
  }
  return { instances: { [Symbol.iterator]: instances }, labels };
}
