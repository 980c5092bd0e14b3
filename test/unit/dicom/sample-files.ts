// Small DICOM files for the tests of src/dicom: attributes of a valid ultrasound picture, a temporary folder, bytes by hand.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import { part10 } from '../../../src/dicom/part10-write.ts';
import { ULTRASOUND_MULTI_FRAME } from '../../../src/dicom/sop-classes.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../../../src/dicom/transfer-syntaxes.ts';
import { uidFrom } from '../../../src/dicom/uids.ts';

export const LIMITS = { maxPixels: 4_000_000, maxFrames: 100, maxFrameBytes: 16_000_000 } as const;

/** A valid US Multi-frame header without its Image Pixel module. */
export const ultrasoundAttributes: Dataset = {
  ImageType: ['ORIGINAL', 'PRIMARY', 'VASCULAR', '0001'],
  SOPClassUID: ULTRASOUND_MULTI_FRAME,
  SOPInstanceUID: uidFrom('test', 'instance'),
  StudyInstanceUID: uidFrom('test', 'study'),
  SeriesInstanceUID: uidFrom('test', 'series'),
  StudyDate: '20260102',
  StudyTime: '101112',
  AccessionNumber: 'A4711',
  Modality: 'US',
  Manufacturer: 'Invented',
  ReferringPhysicianName: null,
  PatientName: 'Müller^Jürgen=山田^太郎',
  PatientID: 'P1',
  PatientBirthDate: null,
  PatientSex: 'O',
  BodyPartExamined: 'HEART',
  FrameTime: 100 / 3,
  StudyID: '1',
  SeriesNumber: 1,
  InstanceNumber: 1,
  PatientOrientation: null,
  FrameIncrementPointer: '00181063',
  BurnedInAnnotation: 'NO',
  LossyImageCompression: '00',
};

export const greyModule = (rows: number, columns: number, bits: 8 | 16 = 8): Dataset => ({
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  Rows: rows,
  Columns: columns,
  BitsAllocated: bits,
  BitsStored: bits,
  HighBit: bits - 1,
  PixelRepresentation: 0,
});

export const colourModule = (rows: number, columns: number, photometric = 'RGB', planar: 0 | 1 = 0): Dataset => ({
  ...greyModule(rows, columns),
  SamplesPerPixel: 3,
  PhotometricInterpretation: photometric,
  PlanarConfiguration: planar,
});

/** The bytes of a file with these pixels: attributes of `image` over the valid header. */
export const sampleFile = (
  image: Dataset,
  frames: readonly Uint8Array[],
  transferSyntaxUid = EXPLICIT_LITTLE_ENDIAN,
): Uint8Array =>
  part10({ attributes: { ...ultrasoundAttributes, NumberOfFrames: frames.length, ...image }, transferSyntaxUid, frames });

/** A folder of its own for a test file; `write` gives the path, `remove` takes it away. */
export const temporaryFolder = (): { readonly write: (bytes: Uint8Array) => string; readonly remove: () => void } => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-dicom-'));
  let count = 0;
  return {
    write: (bytes) => {
      count += 1;
      const file = path.join(folder, `${count}.dcm`);
      writeFileSync(file, bytes);
      return file;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
export const latin = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

/** One element with its VR, in either byte order: VRs with 16 bit length unless `long`. */
export const element = (options: {
  readonly tag: number;
  readonly vr: string;
  readonly value: Uint8Array;
  readonly long?: boolean;
  readonly bigEndian?: boolean;
}): Uint8Array => {
  const { tag, vr, value, long = false, bigEndian = false } = options;
  const head = new DataView(new ArrayBuffer(long ? 12 : 8));
  head.setUint16(0, tag >>> 16, !bigEndian);
  head.setUint16(2, tag & 0xffff, !bigEndian);
  head.setUint8(4, vr.charCodeAt(0));
  head.setUint8(5, vr.charCodeAt(1));
  if (long) head.setUint32(8, value.length, !bigEndian);
  else head.setUint16(6, value.length, !bigEndian);
  return concat(new Uint8Array(head.buffer), value);
};

/** A 16 bit value as an element of VR US. */
export const shortElement = (tag: number, value: number, bigEndian = false): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(2));
  bytes.setUint16(0, value, !bigEndian);
  return element({ tag, vr: 'US', value: new Uint8Array(bytes.buffer), bigEndian });
};
