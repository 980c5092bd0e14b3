// Reading headers: of whole files with and without their head, of what has arrived of a data set, and of hostile bytes.
import { deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { attributesOf } from '../../../src/dicom/attributes.ts';
import { type DicomHeader, openPart10, readHeaderOf } from '../../../src/dicom/part10.ts';
import { part10, part10Head } from '../../../src/dicom/part10-write.ts';
import {
  DEFLATED_EXPLICIT_LITTLE_ENDIAN,
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
} from '../../../src/dicom/transfer-syntaxes.ts';
import { concat, element, greyModule, latin, sampleFile, shortElement, temporaryFolder } from './sample-files.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const read = async (bytes: Uint8Array): Promise<DicomHeader> => {
  const file = await openPart10(folder.write(bytes));
  await file.close();
  return file;
};

const head = (transferSyntaxUid: string): Uint8Array =>
  part10Head({ sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid, sourceAeTitle: '' });

const pixels = [new Uint8Array(64).fill(3)];
const explicitFile = sampleFile(greyModule(8, 8), pixels);
const implicitFile = sampleFile(greyModule(8, 8), pixels, IMPLICIT_LITTLE_ENDIAN);
/** The data set of a file that `part10` wrote, without its head. */
const dataSetOf = (file: Uint8Array): Uint8Array => {
  const groupLength = new DataView(file.buffer, file.byteOffset).getUint32(140, true);
  return file.subarray(144 + groupLength);
};

describe('the header of a file', () => {
  test('ends where the pixel data begins, which is found but not read', async () => {
    const header = await read(explicitFile);
    expect(header.transferSyntaxUid).toBe(EXPLICIT_LITTLE_ENDIAN);
    expect(header.truncated).toBe(false);
    expect(header.pixelData).toEqual({ tag: '7fe00010', vr: 'OB', offset: explicitFile.length - 64, length: 64 });
    expect(attributesOf(header).PatientID).toBe('P1');
  });

  test('is read from implicit data sets, with VRs of the dictionary', async () => {
    const attributes = attributesOf(await read(implicitFile));
    expect(attributes).toMatchObject({ Rows: 8, PatientID: 'P1', FrameIncrementPointer: '00181063', InstanceNumber: 1 });
  });

  test('is read without a preamble, without file meta information, and without a transfer syntax in it', async () => {
    for (const file of [explicitFile, implicitFile]) {
      const bare = await read(dataSetOf(file));
      expect(bare.transferSyntaxUid).toBe(file === explicitFile ? EXPLICIT_LITTLE_ENDIAN : IMPLICIT_LITTLE_ENDIAN);
      expect(attributesOf(bare).PatientID).toBe('P1');
      expect(attributesOf(await read(file.subarray(128))).PatientID).toBe('P1');
    }
    const meta = element({ tag: 0x00020012, vr: 'UI', value: latin('1.2.3\0') });
    const file = concat(new Uint8Array(128), latin('DICM'), meta, dataSetOf(implicitFile));
    expect((await read(file)).transferSyntaxUid).toBe(IMPLICIT_LITTLE_ENDIAN);
  });

  test('is read by what the data set looks like when the declared VR coding is the wrong one', async () => {
    const attributes = attributesOf(await read(concat(head(IMPLICIT_LITTLE_ENDIAN), dataSetOf(explicitFile))));
    expect(attributes).toMatchObject({ PatientID: 'P1', Rows: 8 });
  });

  test('is read from big endian data sets, declared or not', async () => {
    const dataSet = concat(
      element({ tag: 0x00100020, vr: 'LO', value: latin('P1'), bigEndian: true }),
      shortElement(0x00280010, 600, true),
    );
    for (const file of [concat(head(EXPLICIT_BIG_ENDIAN), dataSet), dataSet]) {
      const header = await read(file);
      expect(header.transferSyntaxUid).toBe(EXPLICIT_BIG_ENDIAN);
      expect(attributesOf(header)).toEqual({ PatientID: 'P1', Rows: 600 });
    }
  });

  test('is read from deflated data sets', async () => {
    const deflated = deflateRawSync(dataSetOf(explicitFile));
    const header = await read(concat(head(DEFLATED_EXPLICIT_LITTLE_ENDIAN), deflated));
    expect(attributesOf(header).PatientID).toBe('P1');
    expect(header.pixelData?.offset).toBe(dataSetOf(explicitFile).length - 64);
  });

  test('goes on behind private values and sequences that are larger than the first bytes read', async () => {
    const blob = element({ tag: 0x00091001, vr: 'OB', value: new Uint8Array(600_000).fill(1), long: true });
    const item = concat(
      Uint8Array.of(0xfe, 0xff, 0, 0xe0, 8, 0, 0, 0),
      Uint8Array.of(0x0a, 0, 0x01, 0x10),
      latin('LO'),
      Uint8Array.of(0, 0),
    );
    const items = concat(...Array.from({ length: 20_000 }, () => item));
    const sequence = element({ tag: 0x00091002, vr: 'SQ', value: items, long: true });
    const patientId = element({ tag: 0x00100020, vr: 'LO', value: latin('P1') });
    const header = await read(concat(head(EXPLICIT_LITTLE_ENDIAN), blob, sequence, patientId));
    expect(header.truncated).toBe(false);
    expect(attributesOf(header).PatientID).toBe('P1');
    expect(header.elements.get('00091001')?.value).toBeNull();
    expect(header.elements.get('00091002')?.items).toHaveLength(20_000);
  });

  test('keeps what stands before the place where the file is cut off', async () => {
    for (const cut of [3, 47, 125, 203]) {
      const whole = dataSetOf(explicitFile);
      const header = await read(concat(head(EXPLICIT_LITTLE_ENDIAN), whole.subarray(0, whole.length - 76 - cut)));
      expect(header.truncated).toBe(true);
      expect(attributesOf(header).SOPClassUID).toBe('1.2.840.10008.5.1.4.1.1.3.1');
    }
  });

  test('says when the file ends inside a large value', async () => {
    const patientId = element({ tag: 0x00100020, vr: 'LO', value: latin('P1') });
    const blob = element({ tag: 0x00110010, vr: 'OB', value: new Uint8Array(400_000), long: true });
    const header = await read(concat(head(EXPLICIT_LITTLE_ENDIAN), patientId, blob.subarray(0, 300_000)));
    expect(header.truncated).toBe(true);
    expect(attributesOf(header).PatientID).toBe('P1');
  });
});

describe('bytes that are no DICOM', () => {
  test.each<[string, Uint8Array]>([
    ['an empty file', new Uint8Array(0)],
    ['a text', latin('Patient: nobody, images: none')],
    ['a gzip stream', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0)],
    ['zeros', new Uint8Array(4096)],
    ['a preamble and no more', concat(new Uint8Array(128), latin('DICM'))],
    ['a head and no data set', head(EXPLICIT_LITTLE_ENDIAN)],
    ['a deflated data set that is none', concat(head(DEFLATED_EXPLICIT_LITTLE_ENDIAN), new Uint8Array(100).fill(0xff))],
  ])('are refused: %s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'dataset-not-understood' });
  });

  test('nested ten thousand deep end in a header, not in a crash', async () => {
    const open = Uint8Array.of(
      0x08,
      0,
      0x40,
      0x11,
      0x53,
      0x51,
      0,
      0,
      255,
      255,
      255,
      255,
      0xfe,
      0xff,
      0,
      0xe0,
      255,
      255,
      255,
      255,
    );
    const patientId = element({ tag: 0x00080050, vr: 'SH', value: latin('A1') });
    const header = await read(concat(head(EXPLICIT_LITTLE_ENDIAN), patientId, ...Array.from({ length: 10_000 }, () => open)));
    expect(header.truncated).toBe(true);
    expect(attributesOf(header).AccessionNumber).toBe('A1');
  });
});

describe('the header of what has arrived of a data set', () => {
  const dataSet = dataSetOf(explicitFile);

  test('asks for more until the pixel data begins', () => {
    const pixelDataAt = dataSet.length - 64 - 12;
    for (const length of [0, 7, 8, 100, pixelDataAt, pixelDataAt + 11]) {
      expect(readHeaderOf(dataSet.subarray(0, length), EXPLICIT_LITTLE_ENDIAN, false)).toBeNull();
    }
    const header = readHeaderOf(dataSet.subarray(0, pixelDataAt + 12), EXPLICIT_LITTLE_ENDIAN, false);
    expect(header?.pixelData).toMatchObject({ offset: pixelDataAt + 12, length: 64 });
    expect(header?.truncated).toBe(false);
  });

  test('is whole when a data set without pixel data is complete', () => {
    const report = dataSetOf(
      part10({ attributes: { PatientID: 'P2', Modality: 'SR' }, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN }),
    );
    expect(readHeaderOf(report, EXPLICIT_LITTLE_ENDIAN, false)).toBeNull();
    const header = readHeaderOf(report, EXPLICIT_LITTLE_ENDIAN, true);
    expect(header).toMatchObject({ truncated: false, pixelData: null });
  });

  test('is marked when the data set is complete and ends too early', () => {
    expect(readHeaderOf(dataSet.subarray(0, 301), EXPLICIT_LITTLE_ENDIAN, true)?.truncated).toBe(true);
    expect(() => readHeaderOf(new Uint8Array(0), EXPLICIT_LITTLE_ENDIAN, true)).toThrow(/cannot be understood/);
  });

  test('is inflated as far as it has arrived', () => {
    const deflated = deflateRawSync(concat(dataSet, new Uint8Array(500_000)));
    const header = readHeaderOf(deflated.subarray(0, deflated.length - 20), DEFLATED_EXPLICIT_LITTLE_ENDIAN, false);
    expect(header?.pixelData?.length).toBe(64);
  });

  test('refuses a deflated data set that would fill the memory', () => {
    const bomb = deflateRawSync(new Uint8Array(80 * 1024 * 1024));
    expect(() => readHeaderOf(bomb, DEFLATED_EXPLICIT_LITTLE_ENDIAN, false)).toThrow(/cannot be inflated/);
  });
});
