// In: an examination and the facts of one image of it. Out: the DICOM attributes that every ultrasound image of an invented examination has.

import type { Dataset } from '../dicom/dataset.ts';
import { ULTRASOUND_IMAGE, ULTRASOUND_MULTI_FRAME } from '../dicom/sop-classes.ts';
import { uidFrom } from '../dicom/uids.ts';
import type { Box } from './canvas.ts';
import { accessionNumber, clockTime, type Examination, INSTITUTION, imageUid, patientId, patientName } from './examination.ts';
import { picturePlace, screenSize } from './screen.ts';

/** What one image is. */
export type ImageFacts = {
  /** 0 for the first image of the study. */
  readonly number: number;
  readonly series: { readonly name: string; readonly number: number };
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly picture: { readonly rows: number; readonly columns: number; readonly pixelMm: number };
};

/** An item of SequenceOfUltrasoundRegions in centimetres: 2D tissue (RegionDataType 1) or colour flow (2), PS3.3 C.8.5.5. */
export const regionItem = (
  box: Box,
  { pixelMm, dataType = 1 }: { readonly pixelMm: number; readonly dataType?: 1 | 2 },
): Dataset => ({
  RegionSpatialFormat: 1,
  RegionDataType: dataType,
  RegionFlags: 2,
  ...regionPlace(box),
  PhysicalUnitsXDirection: 3,
  PhysicalUnitsYDirection: 3,
  PhysicalDeltaX: pixelMm / 10,
  PhysicalDeltaY: pixelMm / 10,
});

/** Where a region lies, first and last pixel. */
export const regionPlace = ({ x, y, columns, rows }: Box): Dataset => ({
  RegionLocationMinX0: x,
  RegionLocationMinY0: y,
  RegionLocationMaxX1: x + columns - 1,
  RegionLocationMaxY1: y + rows - 1,
});

/** Attributes of patient, study, series, equipment, image and region; the caller adds anatomy and words. */
export function imageAttributes(examination: Examination, facts: ImageFacts): Dataset {
  const { seed, key, style, date } = examination;
  const { number, frames, framesPerSecond, picture } = facts;
  const screen = screenSize(style);
  const frameTimeMs = Math.round(10_000 / framesPerSecond) / 10;
  return {
    SOPClassUID: frames > 1 ? ULTRASOUND_MULTI_FRAME : ULTRASOUND_IMAGE,
    SOPInstanceUID: imageUid(examination, number),
    StudyDate: date,
    SeriesDate: date,
    ContentDate: date,
    StudyTime: '100500',
    SeriesTime: '100500',
    ContentTime: clockTime(number),
    AccessionNumber: accessionNumber(seed),
    Modality: 'US',
    Manufacturer: 'SONORELAY PHANTOM',
    ManufacturerModelName: `PHANTOM ${style.toUpperCase()}`,
    InstitutionName: INSTITUTION,
    ReferringPhysicianName: 'PHANTOM^REFERRER',
    PatientName: patientName(examination),
    PatientID: patientId(seed),
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
    StudyID: accessionNumber(seed),
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
    SequenceOfUltrasoundRegions: [regionItem({ ...picturePlace(style), ...picture }, picture)],
  };
}
