// The head of a Part 10 file is passed over exactly, with and without its group length.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dataSetOffset, openDataSetFile } from '../../../src/edge/dimse-file.ts';
import { isFault } from '../../../src/kernel/errors.ts';
import { element, part10Head, writeImage } from '../../support/dimse-files.ts';

const UIDS = { sopClassUid: '1.2.3', sopInstanceUid: '1.2.3.4', transferSyntaxUid: '1.2.840.10008.1.2.1' };
const DATA_SET = element(0x0008, 0x0060, 'CS', 'US');
const GROUP_LENGTH_ELEMENT = 12;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dimse-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

const codeOf = async (content: Buffer): Promise<string> => {
  const file = path.join(folder, 'bad.dcm');
  await writeFile(file, content);
  try {
    await (await openDataSetFile(file)).close();
    return 'opened';
  } catch (error) {
    return isFault(error) ? error.code : String(error);
  }
};

describe('the data set of a Part 10 file', () => {
  test('starts where the group length says', () => {
    const head = part10Head(UIDS);
    expect(dataSetOffset(Buffer.concat([head, DATA_SET]))).toBe(head.length);
  });

  test('starts after group 0002 where the group length is missing', () => {
    const whole = part10Head(UIDS);
    const head = Buffer.concat([whole.subarray(0, 132), whole.subarray(132 + GROUP_LENGTH_ELEMENT)]);
    expect(dataSetOffset(Buffer.concat([head, DATA_SET]))).toBe(head.length);
  });

  test('is read piece by piece as it is', async () => {
    const written = await writeImage(path.join(folder, 'image.dcm'), { sopInstanceUid: '1.2.3.4' });
    const file = await openDataSetFile(written.path);
    const first = Buffer.alloc(100);
    const rest = Buffer.alloc(file.length - 100);
    await file.read(first, 0);
    await file.read(rest, 100);
    await expect(file.read(Buffer.alloc(10), file.length - 5)).rejects.toThrow('shorter');
    await file.close();
    expect(Buffer.concat([first, rest]).equals(written.dataSet)).toBe(true);
  });

  test('is not looked for in what is no Part 10 file', async () => {
    expect(await codeOf(Buffer.alloc(0))).toBe('dataset-not-understood');
    expect(await codeOf(Buffer.from('no DICOM file at all'))).toBe('dataset-not-understood');
    expect(await codeOf(Buffer.concat([Buffer.alloc(128), DATA_SET, Buffer.alloc(64)]))).toBe('dataset-not-understood');
    expect(await codeOf(part10Head(UIDS).subarray(0, 150))).toBe('dataset-not-understood');
  });
});
