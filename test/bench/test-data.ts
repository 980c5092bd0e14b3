// What is sent. In: a folder and a shape. Out: Part 10 files of random pixels in four folders, one a sender, each a study of its own.
import { randomFillSync } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { ULTRASOUND_IMAGE, ULTRASOUND_MULTI_FRAME } from '../../src/dicom/sop-classes.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../../src/dicom/transfer-syntaxes.ts';
import { element, part10Head } from '../support/dimse-files.ts';

/** `count` instances of `frames` grey frames, rows by columns bytes each, in all four folders together. */
export type Shape = {
  readonly name: string;
  readonly count: number;
  readonly frames: number;
  readonly rows: number;
  readonly columns: number;
};

export type TestData = {
  readonly shape: Shape;
  readonly folders: readonly string[];
  readonly instances: number;
  readonly megabytes: number;
};

const FOLDERS = 4;
/** A root of its own for each folder; 2.25 and a number below any real UUID's. */
const ROOT = '2.25.7';

async function writeInstance(file: string, shape: Shape, uids: { readonly study: string; readonly instance: string }) {
  const sopClassUid = shape.frames > 1 ? ULTRASOUND_MULTI_FRAME : ULTRASOUND_IMAGE;
  const frame = randomFillSync(Buffer.alloc(shape.rows * shape.columns));
  const pixelBytes = frame.length * shape.frames;
  // The header of OB: group, element, VR, two reserved bytes, 32 bit length (PS3.5 7.1.2).
  const pixelHeader = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0, 0, 0, 0]);
  pixelHeader.writeUInt32LE(pixelBytes, 8);
  const handle = await open(file, 'w');
  try {
    await handle.write(
      Buffer.concat([
        part10Head({ sopClassUid, sopInstanceUid: uids.instance, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN }),
        element(0x0008, 0x0016, 'UI', sopClassUid),
        element(0x0008, 0x0018, 'UI', uids.instance),
        element(0x0008, 0x0020, 'DA', '20260102'),
        element(0x0008, 0x0060, 'CS', 'US'),
        element(0x0010, 0x0010, 'PN', 'BENCH^SIMULATED'),
        element(0x0010, 0x0020, 'LO', 'BENCH'),
        element(0x0020, 0x000d, 'UI', uids.study),
        element(0x0020, 0x000e, 'UI', `${uids.study}.1`),
        element(0x0028, 0x0002, 'US', 1),
        element(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
        ...(shape.frames > 1 ? [element(0x0028, 0x0008, 'IS', String(shape.frames))] : []),
        element(0x0028, 0x0010, 'US', shape.rows),
        element(0x0028, 0x0011, 'US', shape.columns),
        element(0x0028, 0x0100, 'US', 8),
        element(0x0028, 0x0101, 'US', 8),
        element(0x0028, 0x0102, 'US', 7),
        element(0x0028, 0x0103, 'US', 0),
        pixelHeader,
      ]),
    );
    for (let index = 0; index < shape.frames; index += 1) await handle.write(frame);
  } finally {
    await handle.close();
  }
  return pixelBytes;
}

/** Writes `shape` below `folder`; `number` keeps the UIDs of one data set apart from those of the others. */
export async function writeTestData(folder: string, shape: Shape, number: number): Promise<TestData> {
  const folders = Array.from({ length: Math.min(FOLDERS, shape.count) }, (_, index) => path.join(folder, String(index + 1)));
  for (const one of folders) await mkdir(one, { recursive: true });
  let bytes = 0;
  for (let index = 0; index < shape.count; index += 1) {
    const place = index % folders.length;
    const study = `${ROOT}.${number}.${place + 1}`;
    const file = path.join(folders[place] ?? folder, `${index + 1}.dcm`);
    bytes += await writeInstance(file, shape, { study, instance: `${study}.1.${index + 1}` });
  }
  return { shape, folders, instances: shape.count, megabytes: bytes / 1e6 };
}
