// In: a seed and wishes. Out: a whole lung examination as DICOM attributes and frames, with the truth about it.
//
// One cine for each scanning area; its name is burned in outside the picture and said in attributes.

import type { Dataset } from '../dicom/dataset.ts';
import { uidFrom } from '../dicom/uids.ts';
import { clockTime, imageAttributes, patientName } from './image-attributes.ts';
import type { Side } from './leg-anatomy.ts';
import type { PhantomInstance } from './leg-study.ts';
import { type LungScore, lungScores } from './lung-anatomy.ts';
import { areaCode, areaName, areaWords, type LungArea, type LungPlace, lungPlace, lungPlaces } from './lung-areas.ts';
import { drawLungProbe, type LungProbe, type LungProbeKind } from './lung-probe.ts';
import { type LungScan, lungFrame, lungPictures, lungScan } from './lung-scan.ts';
import { type ProbeFamily, probeFamilies } from './probe.ts';
import { hash32, randomFrom } from './random.ts';
import { drawScreen, type ScreenStyle, type ScreenTexts, screenStyles } from './screen.ts';

/** An area to scan; the score is drawn if left out. */
export type AreaChoice = { readonly area: LungArea; readonly score?: LungScore };

export type LungStudyWish = {
  readonly seed: number;
  /** Which areas, in order; all fourteen by default. */
  readonly areas?: readonly AreaChoice[];
  readonly style?: ScreenStyle;
  /** Three studies in four use the curved probe if left out. */
  readonly probeKind?: LungProbeKind;
  readonly probeFamily?: ProbeFamily;
  /** Frames of each cine; 20 to 60 by default. */
  readonly frames?: number;
  /** Largest size of a picture in pixels; 418 by 578 by default. */
  readonly picture?: { readonly rows: number; readonly columns: number };
};

/** What is true of one cine. */
export type LungCineLabel = {
  readonly sopInstanceUid: string;
  readonly area: LungArea;
  readonly side: Side;
  readonly score: LungScore;
  readonly frames: number;
  /** What was put into it: long vertical artefacts and consolidations. */
  readonly bLines: number;
  readonly consolidations: number;
};

export type LungLabels = {
  readonly seed: number;
  readonly studyInstanceUid: string;
  readonly accessionNumber: string;
  readonly style: ScreenStyle;
  readonly probeFamily: ProbeFamily;
  readonly probeKind: LungProbeKind;
  readonly areas: readonly LungCineLabel[];
};

type Examination = {
  readonly wish: LungStudyWish;
  readonly style: ScreenStyle;
  readonly scan: LungProbe;
  readonly size: { readonly rows: number; readonly columns: number };
  readonly date: string;
  readonly key: string;
};

type Shot = { readonly at: LungPlace; readonly cine: LungScan; readonly number: number };

function attributesOf(examination: Examination, { at, cine, number }: Shot): Dataset {
  const { wish, style, scan, size, date, key } = examination;
  return {
    ...imageAttributes({
      kind: 'LUNG',
      seed: wish.seed,
      key,
      style,
      date,
      number,
      time: clockTime(number),
      series: { name: `${number} ${areaName(at)}`, number: number + 1 },
      frames: cine.frames,
      framesPerSecond: cine.framesPerSecond,
      picture: lungFrame(scan, size),
    }),
    ImageType: ['ORIGINAL', 'PRIMARY'],
    BodyPartExamined: 'LUNG',
    StudyDescription: 'US LUNG 14 AREAS',
    SeriesDescription: style === 'south' ? areaName(at) : areaWords(at),
    ...(style === 'south' ? { ProtocolName: areaWords(at) } : {}),
    ...(style === 'west' ? { ImageComments: areaWords(at) } : {}),
    ImageLaterality: at.side,
    AnatomicRegionSequence: [areaCode(at)],
    TransducerData: [scan.name, '', ''],
  };
}

function screenTexts(examination: Examination, { at, cine, number }: Shot): ScreenTexts {
  const { wish, scan, date } = examination;
  return {
    patientName: patientName('LUNG', wish.seed).replace('^', ' '),
    patientId: `PHANTOM-${wish.seed}`,
    date: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`,
    time: clockTime(number).replace(/(..)(..)(..)/, '$1:$2:$3'),
    institution: 'PHANTOM HOSPITAL',
    annotation: areaName(at),
    probe: scan.name,
    settings: [
      'LUNG',
      `FR ${cine.framesPerSecond}HZ`,
      `D ${(scan.depthMm / 10).toFixed(1)}CM`,
      `DR ${Math.round(scan.probe.dynamicRangeDb)}`,
      `GN ${Math.round(60 + 4 * scan.probe.gainDb)}%`,
    ],
  };
}

function instanceOf(examination: Examination, shot: Shot): PhantomInstance {
  const { style, scan, size } = examination;
  const { pixelMm, skinRow } = lungFrame(scan, size);
  const texts = screenTexts(examination, shot);
  const screens = lungPictures(shot.cine, size).map((grey) => drawScreen(grey, style, { pixelMm, skinRow, texts }));
  const first = screens[0];
  if (first === undefined) throw new RangeError('a cine has at least one frame');
  return {
    attributes: attributesOf(examination, shot),
    frames: screens.map((screen) => screen.pixels),
    rows: first.rows,
    columns: first.columns,
    samplesPerPixel: first.samplesPerPixel,
  };
}

/**
 * A lung examination, the same for the same wish. Patients are invented and say so in every name and number.
 * The instances are made one by one as they are asked for, since a cine of full size is large; spread them to have them all.
 */
export function lungStudy(wish: LungStudyWish): { readonly instances: Iterable<PhantomInstance>; readonly labels: LungLabels } {
  const chance = randomFrom(wish.seed, 'lung study');
  const style = wish.style ?? chance.pick(screenStyles);
  const family = wish.probeFamily ?? chance.pick(probeFamilies);
  const kind = wish.probeKind ?? chance.pick<LungProbeKind>(['convex', 'convex', 'convex', 'linear']);
  const examination: Examination = {
    wish,
    style,
    scan: drawLungProbe(kind, family, chance),
    size: wish.picture ?? { rows: 418, columns: 578 },
    date: `2026${String(chance.integer(1, 12)).padStart(2, '0')}${String(chance.integer(1, 28)).padStart(2, '0')}`,
    // Another wish is another study, also with the same seed.
    key: `phantom lung ${JSON.stringify(wish)}`,
  };
  const choices = wish.areas ?? lungPlaces.map(({ area }): AreaChoice => ({ area }));
  const shots = choices.map((choice, number): Shot => {
    const score = choice.score ?? chance.pick(lungScores);
    const seed = hash32(wish.seed, 'area', choice.area, number);
    const cine = lungScan({ seed, score, scan: examination.scan, ...(wish.frames === undefined ? {} : { frames: wish.frames }) });
    return { at: lungPlace(choice.area), cine, number };
  });
  return {
    instances: {
      *[Symbol.iterator]() {
        for (const shot of shots) yield instanceOf(examination, shot);
      },
    },
    labels: {
      seed: wish.seed,
      studyInstanceUid: uidFrom(examination.key, 'study'),
      accessionNumber: `PH${wish.seed}`,
      style,
      probeFamily: family,
      probeKind: kind,
      areas: shots.map(({ at, cine, number }) => ({
        sopInstanceUid: uidFrom(examination.key, 'instance', String(number)),
        area: at.area,
        side: at.side,
        score: cine.score,
        frames: cine.frames,
        bLines: cine.anatomy.verticals.filter(({ lengthMm }) => lengthMm > 100).length,
        consolidations: cine.anatomy.consolidations.length,
      })),
    },
  };
}
