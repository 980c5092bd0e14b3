// In: an examination and the place of one image in it. Out: the words on its screen and its DICOM attributes, as departments fill them.

import type { Dataset } from '../dicom/dataset.ts';
import { ULTRASOUND_IMAGE, ULTRASOUND_MULTI_FRAME } from '../dicom/sop-classes.ts';
import { uidFrom } from '../dicom/uids.ts';
import type { Side, Vein } from './leg-anatomy.ts';
import type { ContrastGrade, Keyframe, Section } from './leg-section.ts';
import type { Probe, ProbeFamily } from './probe.ts';
import { picturePlace, type ScreenStyle, type ScreenTexts } from './screen.ts';

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

const clockTime = (number: number): string => {
  const minute = 5 + Math.floor(number / 2);
  return `10${String(minute % 60).padStart(2, '0')}${number % 2 === 0 ? '12' : '47'}`;
};

/** The attributes of an image, without its pixel data. */
export function attributesOf(
  examination: Examination,
  place: Place,
  shown: { readonly annotation: string; readonly frames: number },
): Dataset {
  const { annotation, frames } = shown;
  const { wish, style, key, picture, date, probe } = examination;
  const { section, keyframe, number } = place;
  const at = picturePlace(style);
  const centimetres = keyframe.depthMm / picture.rows / 10;
  const colour = style === 'north';
  const screen = style === 'south' ? { rows: 600, columns: 800 } : { rows: 768, columns: 1024 };
  // Departments differ in where side and vein are said, and one department from image to image.
  const coded = number % 2 === 0;
  const series = style === 'west' ? section.side : annotation;
  return {
    ImageType: ['ORIGINAL', 'PRIMARY', 'VASCULAR'],
    SOPClassUID: frames > 1 ? ULTRASOUND_MULTI_FRAME : ULTRASOUND_IMAGE,
    SOPInstanceUID: uidFrom(key, 'instance', String(number)),
    StudyDate: date,
    SeriesDate: date,
    ContentDate: date,
    StudyTime: '100500',
    SeriesTime: '100500',
    ContentTime: clockTime(number),
    AccessionNumber: `PH${wish.seed}`,
    Modality: 'US',
    Manufacturer: 'SONORELAY PHANTOM',
    ManufacturerModelName: `PHANTOM ${style.toUpperCase()}`,
    InstitutionName: 'PHANTOM HOSPITAL',
    ReferringPhysicianName: 'PHANTOM^REFERRER',
    BodyPartExamined: 'LEG',
    StudyDescription: 'US VENOUS LOWER EXTREMITY BILATERAL',
    ...(style === 'west'
      ? { ImageComments: annotation }
      : { SeriesDescription: style === 'north' ? annotation : 'VASC VENOUS LEG' }),
    ...(style === 'south' ? { ProtocolName: annotation } : {}),
    PatientName: `PHANTOM^LEG ${wish.seed}`,
    PatientID: `PHANTOM-${wish.seed}`,
    PatientBirthDate: '19500101',
    PatientSex: 'O',
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
    PatientOrientation: null,
    TransducerData: [`L${probe.frequencyMHz}-3`, '', ''],
    ...(frames > 1 ? { FrameTime: 32.3, CineRate: 31, NumberOfFrames: frames, FrameIncrementPointer: '00181063' } : {}),
    StudyInstanceUID: uidFrom(key, 'study'),
    SeriesInstanceUID: uidFrom(key, 'series', series),
    StudyID: `PH${wish.seed}`,
    SeriesNumber: seriesNumber(examination, series),
    InstanceNumber: number + 1,
    SamplesPerPixel: colour ? 3 : 1,
    PhotometricInterpretation: colour ? 'RGB' : 'MONOCHROME2',
    ...(colour ? { PlanarConfiguration: 0 } : {}),
    Rows: screen.rows,
    Columns: screen.columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    BurnedInAnnotation: 'YES',
    LossyImageCompression: '00',
    SequenceOfUltrasoundRegions: [
      {
        RegionSpatialFormat: 1,
        RegionDataType: 1,
        RegionFlags: 2,
        RegionLocationMinX0: at.x,
        RegionLocationMinY0: at.y,
        RegionLocationMaxX1: at.x + picture.columns - 1,
        RegionLocationMaxY1: at.y + picture.rows - 1,
        PhysicalUnitsXDirection: 3,
        PhysicalUnitsYDirection: 3,
        PhysicalDeltaX: centimetres,
        PhysicalDeltaY: centimetres,
      },
    ],
  };
}
