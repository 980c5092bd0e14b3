// Files that the node writes, read back by DCMTK and judged by dciodvfy.
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import { decimalString, part10, part10Head } from '../../../src/dicom/part10-write.ts';
import { MULTI_FRAME_GREYSCALE_WORD_SC } from '../../../src/dicom/sop-classes.ts';
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  RLE_LOSSLESS,
} from '../../../src/dicom/transfer-syntaxes.ts';
import { findings } from '../../support/dciodvfy.ts';
import { runTool } from '../../support/dcmtk.ts';
import { colourModule, concat, greyModule, sampleFile, temporaryFolder, ultrasoundAttributes } from './sample-files.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const dump = async (bytes: Uint8Array): Promise<string> => {
  const { output } = await runTool('dcmdump', ['+L', '-Un', folder.write(bytes)]);
  return Buffer.from(output, 'latin1').toString('utf8');
};
const errors = async (bytes: Uint8Array): Promise<readonly string[]> =>
  (await findings(folder.write(bytes))).filter((line) => line.startsWith('Error'));

const write = (attributes: Dataset, transferSyntaxUid = EXPLICIT_LITTLE_ENDIAN): Uint8Array =>
  part10({ attributes: { ...ultrasoundAttributes, ...attributes }, transferSyntaxUid });

describe('a written file', () => {
  test('of 8 bit colour frames with an odd number of bytes is valid and padded', async () => {
    const frames = [1, 2, 3].map((value) => new Uint8Array(27).fill(value));
    const bytes = sampleFile(colourModule(3, 3), frames);
    expect(await errors(bytes)).toEqual([]);
    expect(await dump(bytes)).toMatch(/\(7fe0,0010\) OB 01\\01.*03\\00 +# +82, 1 PixelData/);
  });

  test('of 16 bit grey frames is valid, with pixels as words', async () => {
    const image = {
      ...greyModule(4, 4, 16),
      SOPClassUID: MULTI_FRAME_GREYSCALE_WORD_SC,
      ConversionType: 'WSD',
      PresentationLUTShape: 'IDENTITY',
      RescaleIntercept: 0,
      RescaleSlope: 1,
      RescaleType: 'US',
    };
    const bytes = sampleFile(image, [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)]);
    expect(await errors(bytes)).toEqual([]);
    expect(await dump(bytes)).toMatch(/\(7fe0,0010\) OW 0707\\0707/);
  });

  test('of encapsulated frames holds one fragment for each frame, behind an offset table', async () => {
    const frames = [30_001, 40_000, 5].map((length) => new Uint8Array(length).fill(9));
    const text = await dump(sampleFile(greyModule(8, 8), frames, RLE_LOSSLESS));
    expect(text).toContain('(PixelSequence #=4)');
    expect([...text.matchAll(/\(fffe,e000\) pi .*# +(\d+), 1 Item/g)].map((match) => Number(match[1]))).toEqual([
      12, 30_002, 40_000, 6,
    ]);
    expect(text).toMatch(/\(fffe,e000\) pi 00\\00\\00\\00\\3a\\75\\00\\00\\82\\11\\01\\00/);
  });

  test('carries names in UTF-8 and says so', async () => {
    const text = await dump(write({}));
    expect(text).toContain('(0008,0005) CS [ISO_IR 192]');
    expect(text).toContain('PN [Müller^Jürgen=山田^太郎]');
  });

  test('holds empty attributes, empty sequences and lists as they were given', async () => {
    const text = await dump(write({ ReferencedStudySequence: [], PixelSpacing: [0.1 + 0.2, 1 / 3], StageNumber: 2 }));
    expect(text).toContain('PN (no value available)');
    expect(text).toContain('(0008,1110) SQ (Sequence with undefined length #=0)');
    expect(text).toContain('DS [0.3\\0.33333333333333]');
    expect(text).toContain('CS [ORIGINAL\\PRIMARY\\VASCULAR\\0001]');
    expect(text).toContain('IS [2]');
    expect(text).toContain('(0028,0009) AT (0018,1063)');
  });

  test('holds items of sequences with their numbers in binary', async () => {
    const region = { RegionSpatialFormat: 1, RegionLocationMinX0: 70_000, ReferencePixelX0: -5, PhysicalDeltaX: -0.1 };
    const text = await dump(write({ SequenceOfUltrasoundRegions: [region, { RegionSpatialFormat: 4 }] }, IMPLICIT_LITTLE_ENDIAN));
    expect(text).toContain('(0018,6018) UL 70000');
    expect(text).toContain('(0018,6020) SL -5');
    expect(text).toContain('(0018,602c) FD -0.1');
    expect(text).toContain('(0018,6012) US 4');
  });

  test('accepts retired keywords by the name that the standard gave them', async () => {
    expect(await dump(write({ StudyComments: 'x' }))).toContain('(0032,4000) LT [x]');
  });
});

describe('writing refuses, naming the keyword', () => {
  test.each<[string, Dataset, RegExp]>([
    ['an unknown keyword', { PatientNam: 'x' }, /PatientNam is no keyword/],
    ['an unknown keyword in an item', { ViewCodeSequence: [{ CodeVal: 'x' }] }, /CodeVal is no keyword/],
    ['a text that is too long', { StudyDate: '2026-01-02' }, /StudyDate \(DA\) is too long/],
    ['a backslash in a single value', { PatientID: 'a\\b' }, /PatientID \(LO\) holds a backslash/],
    ['text where numbers belong', { Rows: '3' }, /Rows \(US\) takes numbers/],
    ['a fraction in an integer string', { InstanceNumber: 1.5 }, /InstanceNumber \(IS\)/],
    ['what is no finite number', { PixelSpacing: [Number.NaN, 1] }, /finite/],
    ['an invalid UID', { SOPInstanceUID: '1..2' }, /SOPInstanceUID holds no valid UID/],
    ['text where bytes belong', { PixelData: 'x' }, /PixelData \(OB\) takes bytes/],
    ['text where items belong', { ViewCodeSequence: 'x' }, /ViewCodeSequence \(SQ\) takes items/],
    ['items where text belongs', { PatientID: [{ CodeValue: 'x' }] }, /PatientID \(LO\) takes texts or numbers/],
  ])('%s', (_, attributes, message) => {
    expect(() => write(attributes)).toThrow(message);
  });

  test('a transfer syntax that it cannot write', () => {
    expect(() => write({}, EXPLICIT_BIG_ENDIAN)).toThrow(/not written/);
    expect(() => write({}, '1.2.3')).toThrow(/not written/);
  });
});

describe('decimal strings', () => {
  test.each([
    [0, '0'],
    [-1.5, '-1.5'],
    [1 / 3, '0.33333333333333'],
    [-1 / 3, '-0.3333333333333'],
    [0.30000000000000004, '0.3'],
    [1e-7, '1e-7'],
    [123456789012345680, '1.2345678901e+17'],
    [-1.2345678901234567e-100, '-1.23456789e-100'],
  ])('%d is written as %s', (value, expected) => {
    expect(decimalString(value)).toBe(expected);
    expect(Math.abs(Number(expected) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-8);
  });
});

describe('the head of a file', () => {
  test('is followed by a data set as it was received', async () => {
    const head = part10Head({
      sopClassUid: '1.2.840.10008.5.1.4.1.1.6.1',
      sopInstanceUid: '1.2.3',
      transferSyntaxUid: IMPLICIT_LITTLE_ENDIAN,
      sourceAeTitle: 'SCANNER',
    });
    const patientId = concat(Uint8Array.of(0x10, 0, 0x20, 0, 2, 0, 0, 0), new TextEncoder().encode('P1'));
    const text = await dump(concat(head, patientId));
    expect(text).toContain('(0002,0010) UI [1.2.840.10008.1.2]');
    expect(text).toContain('(0002,0016) AE [SCANNER]');
    expect(text).toContain('(0010,0020) LO [P1]');
  });
});
