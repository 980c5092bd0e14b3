// Damaged and hostile files: sequences that make no sense, that never end, that would fill the memory; and files with bytes changed by chance.
import { afterAll, describe, expect, test } from '@jest/globals';
import { attributesOf, instanceHeader } from '../../../src/dicom/attributes.ts';
import { openFrames } from '../../../src/dicom/frames.ts';
import { type DicomHeader, openPart10 } from '../../../src/dicom/part10.ts';
import { part10Head } from '../../../src/dicom/part10-write.ts';
import {
  EXPLICIT_LITTLE_ENDIAN,
  HTJ2K,
  IMPLICIT_LITTLE_ENDIAN,
  JPEG_2000,
  JPEG_LS_LOSSLESS,
  RLE_LOSSLESS,
} from '../../../src/dicom/transfer-syntaxes.ts';
import { chooseRegions, ultrasoundRegions } from '../../../src/dicom/ultrasound.ts';
import { isFault } from '../../../src/kernel/errors.ts';
import { htj2k, jpeg2000, jpegLs, samplesFor, shapeOf } from './encoders.ts';
import { colourModule, concat, element, greyModule, LIMITS, latin, sampleFile, temporaryFolder } from './sample-files.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const SHAPE = shapeOf(40, 48);
const compressed = {
  jpegLs: await jpegLs(samplesFor(SHAPE), SHAPE),
  jpeg2000: await jpeg2000(samplesFor(SHAPE), SHAPE),
  htj2k: await htj2k(samplesFor(SHAPE), SHAPE),
};

const HEAD = part10Head({
  sopClassUid: '1.2',
  sopInstanceUid: '1.3',
  transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN,
  sourceAeTitle: '',
});
const MODALITY = element({ tag: 0x00080060, vr: 'CS', value: latin('US') });
const PATIENT_ID = element({ tag: 0x00100020, vr: 'LO', value: latin('P1') });
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const read = async (...elements: readonly Uint8Array[]): Promise<DicomHeader> => {
  const file = await openPart10(folder.write(concat(HEAD, ...elements)));
  await file.close();
  return file;
};

describe('a sequence', () => {
  test('of stated length that cannot be read is left out, what follows it is read', async () => {
    const broken = element({ tag: 0x00081140, vr: 'SQ', value: latin('no items at all!'), long: true });
    expect(attributesOf(await read(MODALITY, broken, PATIENT_ID))).toEqual({
      Modality: 'US',
      ReferencedImageSequence: [],
      PatientID: 'P1',
    });
  });

  test('sent as UN is read in implicit VR', async () => {
    const item = hex('feff00e0 0a000000 08005011 02000000 3132');
    const stated = element({ tag: 0x00081140, vr: 'UN', value: item, long: true });
    const open = concat(hex('08001511 554e 0000 ffffffff'), item, hex('feffdde0 00000000'));
    expect(attributesOf(await read(MODALITY, open, stated, PATIENT_ID))).toMatchObject({
      ReferencedImageSequence: [{ ReferencedSOPClassUID: '12' }],
      ReferencedSeriesSequence: [{ ReferencedSOPClassUID: '12' }],
      PatientID: 'P1',
    });
  });

  test('with a compressed icon image is read past its fragments', async () => {
    const icon = hex('e07f1000 4f42 0000 ffffffff feff00e0 00000000 feff00e0 04000000 ffd8ffd9 feffdde0 00000000');
    const item = concat(hex('feff00e0 ffffffff'), icon, hex('feff0de0 00000000'));
    const icons = element({ tag: 0x00880200, vr: 'SQ', value: item, long: true });
    const after = element({ tag: 0x20500020, vr: 'CS', value: latin('IDENTITY') });
    const header = await read(MODALITY, icons, after);
    expect(header.pixelData).toBeNull();
    expect(attributesOf(header)).toMatchObject({ IconImageSequence: [{}], PresentationLUTShape: 'IDENTITY' });
  });

  test.each([
    ['of stated length', (items: Uint8Array) => element({ tag: 0x00081140, vr: 'SQ', value: items, long: true })],
    ['of undefined length', (items: Uint8Array) => concat(hex('08004011 5351 0000 ffffffff'), items, hex('feffdde0 00000000'))],
  ])('%s with a million items costs little, and what stands before it is kept', async (_, build) => {
    const items = new Uint8Array(8_000_000);
    for (let at = 0; at < items.length; at += 8) items.set([0xfe, 0xff, 0x00, 0xe0], at);
    const before = process.memoryUsage().rss;
    const header = await read(MODALITY, build(items));
    expect(attributesOf(header).Modality).toBe('US');
    expect(header.elements.get('00081140')?.items ?? []).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  });
});

/** Numbers from 0 to 1 that are the same in every run. */
const chance = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

const damaged = (file: Uint8Array, random: () => number): Uint8Array => {
  const bytes = Uint8Array.from(file);
  const place = (): number => 132 + Math.floor(random() * (bytes.length - 132));
  for (let changes = 1 + Math.floor(random() * 5); changes > 0; changes -= 1) {
    if (random() < 0.7) bytes[place()] = random() < 0.3 ? 255 : Math.floor(random() * 256);
    else bytes.copyWithin(place(), place(), place());
  }
  return random() < 0.2 ? bytes.subarray(0, place()) : bytes;
};

const lookAt = async (path: string): Promise<string> => {
  try {
    const file = await openPart10(path);
    await file.close();
    const attributes = attributesOf(file);
    instanceHeader(attributes, file.transferSyntaxUid);
    chooseRegions(ultrasoundRegions(attributes), 16, 16);
    const source = await openFrames(path, LIMITS);
    try {
      for (let index = 0; index < Math.min(2, source.frameCount); index += 1) await source.frame(index);
    } finally {
      await source.close();
    }
    return 'frames';
  } catch (problem) {
    if (isFault(problem)) return 'fault';
    throw problem;
  }
};

describe('files with bytes changed by chance', () => {
  const region = {
    RegionSpatialFormat: 1,
    RegionDataType: 1,
    RegionLocationMaxX1: 9,
    RegionLocationMaxY1: 9,
    PhysicalDeltaX: 0.1,
  };
  const attributes = {
    SequenceOfUltrasoundRegions: [region, region],
    ViewCodeSequence: [{ CodeValue: '1', CodeMeaning: 'One' }],
  };
  const segment = Uint8Array.of(...Array.from({ length: 16 }, () => [241, 7]).flat());
  const rle = concat(hex('01000000 40000000'), new Uint8Array(56), segment);
  const table = (kind: string): [string, Uint8Array] => [`${kind}PaletteColorLookupTableData`, new Uint8Array(512).fill(3)];
  const palette = {
    ...greyModule(16, 16),
    PhotometricInterpretation: 'PALETTE COLOR',
    RedPaletteColorLookupTableDescriptor: [256, 0, 16],
    GreenPaletteColorLookupTableDescriptor: [256, 0, 16],
    BluePaletteColorLookupTableDescriptor: [256, 0, 16],
    ...Object.fromEntries(['Red', 'Green', 'Blue'].map(table)),
  };

  test.each([
    [
      'native colour',
      sampleFile({ ...attributes, ...colourModule(16, 16, 'YBR_FULL', 1) }, [new Uint8Array(768), new Uint8Array(768)]),
    ],
    ['implicit grey', sampleFile({ ...attributes, ...greyModule(16, 16, 16) }, [new Uint8Array(512)], IMPLICIT_LITTLE_ENDIAN)],
    ['palette', sampleFile({ ...attributes, ...palette }, [new Uint8Array(256)])],
    ['RLE', sampleFile({ ...attributes, ...greyModule(16, 16) }, [rle, rle], RLE_LOSSLESS)],
    ['JPEG-LS', sampleFile({ ...attributes, ...greyModule(40, 48) }, [compressed.jpegLs, compressed.jpegLs], JPEG_LS_LOSSLESS)],
    ['JPEG 2000', sampleFile({ ...attributes, ...greyModule(40, 48) }, [compressed.jpeg2000, compressed.jpeg2000], JPEG_2000)],
    ['HTJ2K', sampleFile({ ...attributes, ...greyModule(40, 48) }, [compressed.htj2k, compressed.htj2k], HTJ2K)],
  ])('end in frames or in a named fault: %s', async (_, file) => {
    expect(await lookAt(folder.write(file))).toBe('frames');
    const random = chance(20_260_102);
    const outcomes = { frames: 0, fault: 0 };
    for (let round = 0; round < 150; round += 1) {
      const outcome = await lookAt(folder.write(damaged(file, random)));
      outcomes[outcome === 'frames' ? 'frames' : 'fault'] += 1;
    }
    expect(outcomes.frames).toBeGreaterThan(10);
    expect(outcomes.fault).toBeGreaterThan(10);
  });
});
