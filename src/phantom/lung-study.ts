// In: a seed and wishes. Out: a whole lung examination as DICOM attributes and frames, with the truth about it.
//
// One cine for each scanning area; its name is burned in outside the picture and said in attributes.

import type { Dataset } from '../dicom/dataset.ts';
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
import { type LungScore, lungScores } from './lung-anatomy.ts';
import { areaCode, areaName, areaWords, type LungArea, type LungPlace, lungPlace, lungPlaces } from './lung-areas.ts';
import { drawLungProbe, type LungProbe, type LungProbeKind } from './lung-probe.ts';
import { type LungScan, lungCamera, lungFrame, lungScan } from './lung-scan.ts';
import type { PhantomStudy, PlannedImage } from './phantom-image.ts';
import { hash32 } from './random.ts';
import { drawScreen, type Screen } from './screen.ts';

/** An area to scan; the score is drawn if left out. */
export type AreaChoice = { readonly area: LungArea; readonly score?: LungScore };

/** Pictures are at most of the wished size: a linear picture is as narrow as its footprint. */
export type LungStudyWish = ExaminationWish & {
  /** Which areas, in order; all fourteen by default. */
  readonly areas?: readonly AreaChoice[];
  /** Three studies in four use the curved probe if left out. */
  readonly probeKind?: LungProbeKind;
  /** Frames of each cine; 20 to 60 by default. */
  readonly frames?: number;
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

export type LungLabels = StudyLabels & {
  readonly probeKind: LungProbeKind;
  readonly areas: readonly LungCineLabel[];
};

type LungExamination = Examination<LungProbe>;
type Shot = { readonly at: LungPlace; readonly cine: LungScan; readonly number: number };

function attributesOf(examination: LungExamination, { at, cine, number }: Shot): Dataset {
  const { style, probe: scan, picture } = examination;
  return {
    ...imageAttributes(examination, {
      number,
      series: { name: `${number} ${areaName(at)}`, number: number + 1 },
      frames: cine.frames,
      framesPerSecond: cine.framesPerSecond,
      picture: lungFrame(scan, picture),
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

function* screensOf(examination: LungExamination, { at, cine, number }: Shot): Generator<Screen> {
  const { style, probe: scan, picture } = examination;
  const { pixelMm, skinRow } = lungFrame(scan, picture);
  const { framesPerSecond } = cine;
  const texts = screenTexts(examination, number, {
    annotation: areaName(at),
    probe: scan.name,
    settings: ['LUNG', ...settingLines(scan.probe, { framesPerSecond, depthMm: scan.depthMm })],
  });
  const take = lungCamera(cine, picture);
  for (let frame = 0; frame < cine.frames; frame++) yield drawScreen(take(frame), style, { pixelMm, skinRow, texts });
}

/** A lung examination, the same for the same wish. Patients are invented and say so in every name and number. */
export function lungStudy(wish: LungStudyWish): PhantomStudy<LungLabels> {
  const { examination, chance } = drawExamination(wish, {
    part: 'LUNG',
    name: 'lung',
    drawProbe: (family, drawn) => {
      const kind = wish.probeKind ?? drawn.pick<LungProbeKind>(['convex', 'convex', 'convex', 'linear']);
      return drawLungProbe(kind, family, drawn);
    },
  });
  const { probe: scan } = examination;
  const choices = wish.areas ?? lungPlaces.map(({ area }): AreaChoice => ({ area }));
  const shots = choices.map((choice, number): Shot => {
    const score = choice.score ?? chance.pick(lungScores);
    const seed = hash32(wish.seed, 'area', choice.area, number);
    const cine = lungScan({ seed, score, scan, ...(wish.frames === undefined ? {} : { frames: wish.frames }) });
    return { at: lungPlace(choice.area), cine, number };
  });
  return {
    images: shots.map(
      (shot): PlannedImage => ({
        attributes: attributesOf(examination, shot),
        frames: shot.cine.frames,
        screens: () => screensOf(examination, shot),
      }),
    ),
    labels: {
      ...studyLabels(examination),
      probeKind: scan.kind,
      areas: shots.map(({ at, cine, number }) => ({
        sopInstanceUid: imageUid(examination, number),
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
