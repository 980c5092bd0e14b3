// In: the facts of one image of an invented examination. Out: the DICOM attributes that every ultrasound image of it has.

import type { Dataset } from '../dicom/dataset.ts';
import { ULTRASOUND_IMAGE, ULTRASOUND_MULTI_FRAME } from '../dicom/sop-classes.ts';
import { uidFrom } from '../dicom/uids.ts';
import { picturePlace, type ScreenStyle, screenSize } from './screen.ts';

/** What one image is. Patients are invented and say so: `kind` is in every name ("PHANTOM^LUNG 7"). */
export type ImageFacts = {
  readonly kind: 'LEG' | 'LUNG' | 'ECHO';
  readonly seed: number;
  /** Tells this study from others with the same seed: all UIDs come from it. */
  readonly key: string;
  readonly style: ScreenStyle;
  readonly date: string;
  /** 0 for the first image of the study. */
  readonly number: number;
  /** Time of the image as DICOM TM. */
  readonly time: string;
  readonly series: { readonly name: string; readonly number: number };
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly picture: { readonly rows: number; readonly columns: number; readonly pixelMm: number };
};

/** Time of day of an image: two a minute from 10:05 on. */
export const clockTime = (number: number): string => {
  const minute = 5 + Math.floor(number / 2);
  return `10${String(minute % 60).padStart(2, '0')}${number % 2 === 0 ? '12' : '47'}`;
};

/** Name of the patient as DICOM PN; on the screen the caret is a blank. */
export const patientName = (kind: ImageFacts['kind'], seed: number): string => `PHANTOM^${kind} ${seed}`;

/** Attributes of patient, study, series, equipment, image and region; the caller adds anatomy and words. */
export function imageAttributes(facts: ImageFacts): Dataset {
  const { kind, seed, key, style, date, number, frames, framesPerSecond, picture } = facts;
  const at = picturePlace(style);
  const screen = screenSize(style);
  const frameTimeMs = Math.round(10_000 / framesPerSecond) / 10;
  return {
    SOPClassUID: frames > 1 ? ULTRASOUND_MULTI_FRAME : ULTRASOUND_IMAGE,
    SOPInstanceUID: uidFrom(key, 'instance', String(number)),
    StudyDate: date,
    SeriesDate: date,
    ContentDate: date,
    StudyTime: '100500',
    SeriesTime: '100500',
    ContentTime: facts.time,
    AccessionNumber: `PH${seed}`,
    Modality: 'US',
    Manufacturer: 'SONORELAY PHANTOM',
    ManufacturerModelName: `PHANTOM ${style.toUpperCase()}`,
    InstitutionName: 'PHANTOM HOSPITAL',
    ReferringPhysicianName: 'PHANTOM^REFERRER',
    PatientName: patientName(kind, seed),
    PatientID: `PHANTOM-${seed}`,
    PatientBirthDate: '19500101',
    PatientSex: 'O',
    PatientOrientation: null,
    ...(frames > 1
      ? {
          FrameTime: frameTimeMs,
          CineRate: Math.round(framesPerSecond),
          NumberOfFrames: frames,
          FrameIncrementPointer: '00181063',
        }
      : {}),
    StudyInstanceUID: uidFrom(key, 'study'),
    SeriesInstanceUID: uidFrom(key, 'series', facts.series.name),
    StudyID: `PH${seed}`,
    SeriesNumber: facts.series.number,
    InstanceNumber: number + 1,
    SamplesPerPixel: screen.samplesPerPixel,
    PhotometricInterpretation: screen.samplesPerPixel === 3 ? 'RGB' : 'MONOCHROME2',
    ...(screen.samplesPerPixel === 3 ? { PlanarConfiguration: 0 } : {}),
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
        PhysicalDeltaX: picture.pixelMm / 10,
        PhysicalDeltaY: picture.pixelMm / 10,
      },
    ],
  };
}
