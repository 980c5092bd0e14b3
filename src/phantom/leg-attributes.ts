// In: an examination and the place of one image in it. Out: the words on its screen and its DICOM attributes, as departments fill them.

import type { Dataset } from '../dicom/dataset.ts';
import { clockTime, imageAttributes } from './image-attributes.ts';
import type { Side, Vein } from './leg-anatomy.ts';
import type { ContrastGrade, Keyframe, Section } from './leg-section.ts';
import type { Probe, ProbeFamily } from './probe.ts';
import type { ScreenStyle, ScreenTexts } from './screen.ts';

export type SectionChoice = {
  readonly side: Side;
  readonly vein: Vein;
  readonly sec?: ContrastGrade;
  readonly keyframes?: number;
};

export type LegStudyWish = {
  readonly seed: number;
  /** Which sections, in order; both legs with all three veins by default. */
  readonly sections?: readonly SectionChoice[];
  readonly style?: ScreenStyle;
  readonly probeFamily?: ProbeFamily;
  /** Number of sections that get a compression cine, from the first on; 1 by default. */
  readonly cines?: number;
  /** Picture size in pixels; 418 by 578 by default. */
  readonly picture?: { readonly rows: number; readonly columns: number };
  /** What the caller adds to the study, in words: with other additions it is another study, with other UIDs. */
  readonly added?: string;
};

const veinCodes: Readonly<Record<Vein, readonly [string, string]>> = {
  CFV: ['397363009', 'Common femoral vein'],
  FV: ['83419000', 'Femoral vein'],
  POP: ['56849005', 'Popliteal vein'],
};

const sideCodes: Readonly<Record<Side, readonly [string, string]>> = { L: ['7771000', 'Left'], R: ['24028007', 'Right'] };

const code = ([value, meaning]: readonly [string, string]): Dataset => ({
  CodeValue: value,
  CodingSchemeDesignator: 'SCT',
  CodeMeaning: meaning,
});

/** The words of the annotation, as written on the screen and repeated in the attributes: "LT FV TRANS W/ COMP". */
export function annotationText(side: Side, vein: Vein, keyframe: Pick<Keyframe, 'orientation' | 'compression'>): string {
  const leg = side === 'L' ? 'LT' : 'RT';
  if (keyframe.orientation === 'longitudinal') return `${leg} ${vein} LONG`;
  return `${leg} ${vein} TRANS ${keyframe.compression === 'with' ? 'W/ COMP' : 'W/O COMP'}`;
}

/** One image of the examination: what it shows and its number, 0 for the first. */
export type Place = { readonly section: Section; readonly keyframe: Keyframe; readonly number: number };

/** What all images of an examination share. */
export type Examination = {
  readonly wish: LegStudyWish;
  readonly style: ScreenStyle;
  readonly probe: Probe;
  readonly picture: { readonly rows: number; readonly columns: number };
  readonly date: string;
  readonly key: string;
  /** What parts the series so far: attributes of the series level must be the same in all of its images. */
  readonly series: string[];
};

/** Number of the series that an image belongs to, 1 for the first. */
function seriesNumber(examination: Examination, name: string): number {
  const known = examination.series.indexOf(name);
  return known >= 0 ? known + 1 : examination.series.push(name);
}

/** What is written on the screen around an image. */
export function screenTexts(examination: Examination, place: Place, annotation: string): ScreenTexts {
  const { probe, date, wish } = examination;
  return {
    patientName: `PHANTOM LEG ${wish.seed}`,
    patientId: `PHANTOM-${wish.seed}`,
    date: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`,
    time: clockTime(place.number).replace(/(..)(..)(..)/, '$1:$2:$3'),
    institution: 'PHANTOM HOSPITAL',
    annotation,
    probe: `L${probe.frequencyMHz}-3`,
    settings: [
      `FR 31HZ`,
      `D ${(place.keyframe.depthMm / 10).toFixed(1)}CM`,
      `DR ${Math.round(probe.dynamicRangeDb)}`,
      `GN ${Math.round(60 + 4 * probe.gainDb)}%`,
    ],
  };
}

/** The attributes of an image, without its pixel data. */
export function attributesOf(
  examination: Examination,
  place: Place,
  shown: { readonly annotation: string; readonly frames: number },
): Dataset {
  const { annotation, frames } = shown;
  const { wish, style, key, picture, date, probe } = examination;
  const { section, keyframe, number } = place;
  // Departments differ in where side and vein are said, and one department from image to image.
  const coded = number % 2 === 0;
  const series = style === 'west' ? section.side : annotation;
  return {
    ...imageAttributes({
      kind: 'LEG',
      seed: wish.seed,
      key,
      style,
      date,
      number,
      time: clockTime(number),
      series: { name: series, number: seriesNumber(examination, series) },
      frames,
      framesPerSecond: 31,
      picture: { ...picture, pixelMm: keyframe.depthMm / picture.rows },
    }),
    ImageType: ['ORIGINAL', 'PRIMARY', 'VASCULAR'],
    BodyPartExamined: 'LEG',
    StudyDescription: 'US VENOUS LOWER EXTREMITY BILATERAL',
    ...(style === 'west'
      ? { ImageComments: annotation }
      : { SeriesDescription: style === 'north' ? annotation : 'VASC VENOUS LEG' }),
    ...(style === 'south' ? { ProtocolName: annotation } : {}),
    ...(style === 'west' ? { Laterality: section.side } : { ImageLaterality: section.side }),
    ...(coded
      ? {
          AnatomicRegionSequence: [
            { ...code(veinCodes[section.vein]), AnatomicRegionModifierSequence: [code(sideCodes[section.side])] },
          ],
          ViewName: keyframe.orientation === 'longitudinal' ? 'LONG' : 'TRANS',
        }
      : {}),
    ...(coded ? { NumberOfStages: null, NumberOfViewsInStage: null } : {}),
    TransducerData: [`L${probe.frequencyMHz}-3`, '', ''],
  };
}
