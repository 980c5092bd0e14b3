// Ultrasound instances for tests, written by the node's own Part 10 writer. In: what differs. Out: a file, and the input of a request.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AnalysisInput } from '../../../src/contracts/analyser.ts';
import { attributesOf, instanceHeader } from '../../../src/dicom/attributes.ts';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import { openPart10 } from '../../../src/dicom/part10.ts';
import { part10 } from '../../../src/dicom/part10-write.ts';
import { ULTRASOUND_IMAGE, ULTRASOUND_MULTI_FRAME } from '../../../src/dicom/sop-classes.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../../../src/dicom/transfer-syntaxes.ts';

export const ROWS = 240;
export const COLUMNS = 320;

/** A 2D tissue region in cm; the rectangle of all test instances unless they say otherwise. */
export const region = (x0: number, y0: number, x1: number, y1: number, changes: Dataset = {}): Dataset => ({
  RegionSpatialFormat: 1,
  RegionDataType: 1,
  RegionFlags: 0,
  RegionLocationMinX0: x0,
  RegionLocationMinY0: y0,
  RegionLocationMaxX1: x1,
  RegionLocationMaxY1: y1,
  PhysicalUnitsXDirection: 3,
  PhysicalUnitsYDirection: 3,
  PhysicalDeltaX: 0.01,
  PhysicalDeltaY: 0.01,
  ...changes,
});

/** A grey frame with a soft pattern of its own around `level` (30..220), and a white banner above row 20. */
export function greyFrame(level: number, shift = 0): Uint8Array {
  const frame = new Uint8Array(ROWS * COLUMNS).fill(255, 0, 20 * COLUMNS);
  const across = Array.from({ length: COLUMNS }, (_, column) => 20 * Math.cos((column - shift) / 13));
  for (let row = 20; row < ROWS; row++) {
    const down = Math.sin((row + shift) / 9);
    frame.set(
      across.map((value) => level + value * down),
      row * COLUMNS,
    );
  }
  return frame;
}

export type InstanceOptions = {
  readonly uid: string;
  readonly frames: readonly Uint8Array[];
  readonly attributes?: Dataset;
  readonly regions?: readonly Dataset[];
  readonly rgb?: boolean;
  /** That of `frames`; uncompressed when left out. */
  readonly transferSyntaxUid?: string;
};

/** The Part 10 bytes of an ultrasound instance of `ROWS` x `COLUMNS`, a still for one frame and a cine for more. */
export function ultrasoundFile(options: InstanceOptions): Uint8Array {
  const { uid, frames, attributes = {}, regions = [region(40, 30, 279, 219)], rgb = false } = options;
  const { transferSyntaxUid = EXPLICIT_LITTLE_ENDIAN } = options;
  const cine = frames.length > 1;
  return part10({
    transferSyntaxUid,
    frames,
    attributes: {
      SOPClassUID: cine ? ULTRASOUND_MULTI_FRAME : ULTRASOUND_IMAGE,
      SOPInstanceUID: uid,
      StudyInstanceUID: '2.25.1000',
      SeriesInstanceUID: '2.25.1001',
      Modality: 'US',
      PatientName: 'TEST^LEG',
      PatientID: 'TEST-1',
      Rows: ROWS,
      Columns: COLUMNS,
      SamplesPerPixel: rgb ? 3 : 1,
      PhotometricInterpretation: rgb ? 'RGB' : 'MONOCHROME2',
      ...(rgb ? { PlanarConfiguration: 0 } : {}),
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      ...(cine ? { NumberOfFrames: frames.length, FrameTime: 33 } : {}),
      ...(regions.length > 0 ? { SequenceOfUltrasoundRegions: regions } : {}),
      ...attributes,
    },
  });
}

/** The input of a request for a file on disc, its header read as intake reads it. */
export async function inputOf(file: string, bytes: Uint8Array): Promise<AnalysisInput> {
  const opened = await openPart10(file);
  try {
    const header = instanceHeader(attributesOf(opened), opened.transferSyntaxUid);
    return { header, path: file, byteLength: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  } finally {
    await opened.close();
  }
}

/** Writes an instance into the spool as intake does and gives its input. */
export async function storeInstance(spoolFolder: string, options: InstanceOptions): Promise<AnalysisInput> {
  const folder = path.join(spoolFolder, 'studies', '1');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${options.uid}.dcm`);
  const bytes = ultrasoundFile(options);
  writeFileSync(file, bytes);
  return await inputOf(file, bytes);
}
