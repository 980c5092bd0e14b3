// In: an examination and the place of one image in it. Out: the words on its screen and its DICOM attributes, as departments fill them.

import type { Dataset } from '../dicom/dataset.ts';
import { type Examination, type ExaminationWish, screenTexts, settingLines } from './examination.ts';
import { imageAttributes } from './image-attributes.ts';
import type { Side, Vein } from './leg-anatomy.ts';
import type { ContrastGrade, Keyframe, Section } from './leg-section.ts';
import type { Probe } from './probe.ts';
import type { ScreenTexts } from './screen.ts';

export type SectionChoice = {
  readonly side: Side;
  readonly vein: Vein;
  readonly sec?: ContrastGrade;
  readonly keyframes?: number;
};

export type LegStudyWish = ExaminationWish & {
  /** Which sections, in order; both legs with all three veins by default. */
  readonly sections?: readonly SectionChoice[];
  /** Number of sections that get a compression cine, from the first on; 1 by default. */
  readonly cines?: number;
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

/** The side as departments write it on the screen. */
export const sideWord = (side: Side): string => (side === 'L' ? 'LT' : 'RT');

/** The words of the annotation, as written on the screen and repeated in the attributes: "LT FV TRANS W/ COMP". */
export function annotationText(side: Side, vein: Vein, keyframe: Pick<Keyframe, 'orientation' | 'compression'>): string {
  const leg = sideWord(side);
  if (keyframe.orientation === 'longitudinal') return `${leg} ${vein} LONG`;
  return `${leg} ${vein} TRANS ${keyframe.compression === 'with' ? 'W/ COMP' : 'W/O COMP'}`;
}

/** One image of the examination: what it shows and its number, 0 for the first. */
export type Place = { readonly section: Section; readonly keyframe: Keyframe; readonly number: number };

/** What all images of an examination of leg veins share. */
export type LegExamination = Examination<Probe> & {
  /** What parts the series so far: attributes of the series level must be the same in all of its images. */
  readonly series: string[];
};

/** Number of the series that an image belongs to, 1 for the first. */
function seriesNumber(examination: LegExamination, name: string): number {
  const known = examination.series.indexOf(name);
  return known >= 0 ? known + 1 : examination.series.push(name);
}

/** Name of a linear probe, as on the screen and in TransducerData. */
export const linearProbeName = ({ frequencyMHz }: Probe): string => `L${frequencyMHz}-3`;

/** Frames a second of stills and of the cines of vein sections. */
const FRAMES_PER_SECOND = 31;

/** What is written on the screen around an image of a vein section. */
export const sectionTexts = (examination: LegExamination, { keyframe, number }: Place, annotation: string): ScreenTexts =>
  screenTexts(examination, number, {
    annotation,
    probe: linearProbeName(examination.probe),
    settings: settingLines(examination.probe, { framesPerSecond: FRAMES_PER_SECOND, depthMm: keyframe.depthMm }),
  });

/** What every image of a leg says of what was examined and with what. West's machine says the side of the series, the others that of the image. */
export const legWords = ({ style, probe }: Examination<Probe>, side: Side): Dataset => ({
  ImageType: ['ORIGINAL', 'PRIMARY', 'VASCULAR'],
  BodyPartExamined: 'LEG',
  StudyDescription: 'US VENOUS LOWER EXTREMITY BILATERAL',
  ...(style === 'west' ? { Laterality: side } : { ImageLaterality: side }),
  TransducerData: [linearProbeName(probe), '', ''],
});

/** The attributes of an image, without its pixel data. */
export function attributesOf(
  examination: LegExamination,
  place: Place,
  shown: { readonly annotation: string; readonly frames: number },
): Dataset {
  const { annotation, frames } = shown;
  const { style, picture } = examination;
  const { section, keyframe, number } = place;
  // Departments differ in where side and vein are said, and one department from image to image.
  const coded = number % 2 === 0;
  const series = style === 'west' ? section.side : annotation;
  return {
    ...imageAttributes(examination, {
      number,
      series: { name: series, number: seriesNumber(examination, series) },
      frames,
      framesPerSecond: FRAMES_PER_SECOND,
      picture: { ...picture, pixelMm: keyframe.depthMm / picture.rows },
    }),
    ...legWords(examination, section.side),
    ...(style === 'west'
      ? { ImageComments: annotation }
      : { SeriesDescription: style === 'north' ? annotation : 'VASC VENOUS LEG' }),
    ...(style === 'south' ? { ProtocolName: annotation } : {}),
    ...(coded
      ? {
          AnatomicRegionSequence: [
            { ...code(veinCodes[section.vein]), AnatomicRegionModifierSequence: [code(sideCodes[section.side])] },
          ],
          ViewName: keyframe.orientation === 'longitudinal' ? 'LONG' : 'TRANS',
        }
      : {}),
    ...(coded ? { NumberOfStages: null, NumberOfViewsInStage: null } : {}),
  };
}
