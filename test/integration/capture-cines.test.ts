// Attention cines and single pages as files, in the eyes of other programs: dicom3tools, pydicom, and Orthanc, which keeps them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Dataset } from '../../src/dicom/dataset.ts';
import { part10 } from '../../src/dicom/part10-write.ts';
import { rleFrame } from '../../src/dicom/rle-encode.ts';
import { RLE_LOSSLESS } from '../../src/dicom/transfer-syntaxes.ts';
import { cineCapture, cinesOf } from '../../src/report/capture-cine.ts';
import { cineFrames } from '../../src/report/capture-cine-frames.ts';
import { CINE } from '../../src/report/capture-cine-layout.ts';
import { captureFrames } from '../../src/report/capture-frames.ts';
import { PAGE } from '../../src/report/capture-layout.ts';
import { pagesOf } from '../../src/report/capture-page.ts';
import { singlePages } from '../../src/report/capture-single.ts';
import { contentOf } from '../../src/report/statements.ts';
import { NAMES, readCapture } from '../support/capture-fixtures.ts';
import { DVT_WITH_CINES, ECHO_WITH_CINES, LUNG_WITH_CINES, readCine } from '../support/cine-fixtures.ts';
import { findings } from '../support/dciodvfy.ts';
import { startOrthanc } from '../support/orthanc.ts';
import { captureOf, reportParts } from '../support/report-objects.ts';
import { readBy } from '../support/report-read.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-cines-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, attributes: Dataset, frames: readonly Uint8Array[]): Promise<string> {
  const file = path.join(folder, `${name}.dcm`);
  const columns = Number(attributes['Columns']);
  const packed = frames.map((frame) => rleFrame(frame, columns, 3));
  await writeFile(file, part10({ attributes, transferSyntaxUid: RLE_LOSSLESS, frames: packed }));
  return file;
}

/** The first cine of a result as a file. */
async function cineFile(result: typeof LUNG_WITH_CINES | typeof DVT_WITH_CINES | typeof ECHO_WITH_CINES): Promise<string> {
  const parts = reportParts(result);
  const { template } = parts;
  const statements = new Map(contentOf(result, template).statements.map((statement) => [statement.key, statement]));
  const [play] = cinesOf(result);
  if (play === undefined) throw new Error('a cine was kept');
  const read = readCine(play.kept.frameNumbers.length);
  const frames = await Array.fromAsync(cineFrames(play, { run: result.run, template, names: NAMES, statements, read }));
  return written(result.family, cineCapture({ ...parts, statement: statements.get(play.key) }, play, 1), frames);
}

/** The first page of a result as a single image. */
async function singleFile(): Promise<string> {
  const [attributes] = singlePages(captureOf(ECHO_WITH_CINES));
  const pages = pagesOf(ECHO_WITH_CINES).slice(0, 1);
  const { template } = reportParts(ECHO_WITH_CINES);
  const drawn = captureFrames(pages, { result: ECHO_WITH_CINES, template, names: NAMES, read: readCapture });
  const frames = await Array.fromAsync(drawn);
  return written('single', attributes ?? {}, frames);
}

test('are valid, are read by pydicom, and come back from Orthanc as they were', async () => {
  const cines = [await cineFile(LUNG_WITH_CINES), await cineFile(DVT_WITH_CINES), await cineFile(ECHO_WITH_CINES)];
  const files = [...cines, await singleFile()];
  for (const file of files) expect(await findings(file)).toEqual([]);
  const read = await Promise.all(files.map((file) => readBy('dicom', file)));
  expect(read.map(({ sopClass, shape, frameTimeMs }) => [sopClass, shape, frameTimeMs])).toEqual([
    ['Multi-frame True Color Secondary Capture Image Storage', [6, CINE.height, CINE.width, 3], 450],
    ['Multi-frame True Color Secondary Capture Image Storage', [7, CINE.height, CINE.width, 3], 560],
    ['Multi-frame True Color Secondary Capture Image Storage', [5, CINE.height, CINE.width, 3], 40],
    ['Secondary Capture Image Storage', [PAGE.height, PAGE.width, 3], null],
  ]);
  expect(read.map(({ strip }) => strip)).toEqual([...cines.map(() => [0x2a, 0x1c, 0]), [0x2a, 0x1c, 0x05]]);
  const pacs = await startOrthanc({ aeTitle: 'PACS' });
  try {
    for (const file of files) await pacs.upload(file);
    const held = await Promise.all((await pacs.instances()).map(({ id }) => pacs.file(id)));
    const sent = await Promise.all(files.map((file) => readFile(file)));
    expect(held).toHaveLength(files.length);
    for (const bytes of sent) expect(held.some((one) => Buffer.compare(one, bytes) === 0)).toBe(true);
  } finally {
    await pacs.stop();
  }
});
