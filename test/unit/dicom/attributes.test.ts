// From elements to attributes: texts in the character sets of the world, numbers, items, and the record that intake keeps.
import { describe, expect, test } from '@jest/globals';
import { attributesOf, decodedAttributes, instanceHeader } from '../../../src/dicom/attributes.ts';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import { readHeaderOf } from '../../../src/dicom/part10.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../../../src/dicom/transfer-syntaxes.ts';
import { concat, element, latin, shortElement } from './sample-files.ts';

const headerOf = (...elements: readonly Uint8Array[]) => {
  const header = readHeaderOf(concat(...elements), EXPLICIT_LITTLE_ENDIAN, true);
  if (header === null) throw new Error('no header');
  return header;
};

const nameIn = (characterSet: string, name: Uint8Array): { name: unknown; unsupported: readonly string[] } => {
  const declared = characterSet === '' ? [] : [element({ tag: 0x00080005, vr: 'CS', value: latin(characterSet) })];
  const decoded = decodedAttributes(headerOf(...declared, element({ tag: 0x00100010, vr: 'PN', value: name })));
  return { name: decoded.attributes.PatientName, unsupported: decoded.unsupportedCharacterSets };
};

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('names', () => {
  // Byte strings of PS3.5 Annexes H, I and J, where a name in that script stands there.
  test.each<[string, string, string]>([
    ['ISO_IR 100', '4275635e 4ae972f4 6d65', 'Buc^Jérôme'],
    ['ISO_IR 144', 'bbee dae1 d5dc d1e3 e0d3', 'Люксембург'],
    ['ISO_IR 192', 'c396 4d', 'ÖM'],
    ['GB18030', '57616e67 5e58 3d cdf5 5e d0a1 b6ab', 'Wang^X=王^小东'],
    ['\\ISO 2022 IR 87', '59616d616461 3d 1b2442 3b33 4544 1b2842 5e 1b2442 4240 4f3a 1b2842', 'Yamada=山田^太郎'],
    ['\\ISO 2022 IR 149', '486f6e67 3d 1b242943 fbf3 5e 1b242943 d1ce d4d7', 'Hong=洪^吉洞'],
    ['ISO 2022 IR 13\\ISO 2022 IR 87', 'd4cfc0de 3d 1b2442 3b33 4544 1b284a', 'ﾔﾏﾀﾞ=山田'],
  ])('in %s are decoded', (characterSet, hex, expected) => {
    const { name, unsupported } = nameIn(characterSet, bytesOf(hex));
    expect({ name, unsupported }).toEqual({ name: expected, unsupported: [] });
  });

  test('in a character set that is spelt wrongly are decoded all the same', () => {
    for (const spelling of ['ISO-IR 100', 'ISO IR 100', 'iso_ir 100', 'ISO_IR_100', 'latin1']) {
      expect(nameIn(spelling, bytesOf('4ae9'))).toEqual({ name: 'Jé', unsupported: [] });
    }
  });

  test('in an unknown character set are guessed and flagged, not lost', () => {
    expect(nameIn('ISO_IR 999', bytesOf('4ae9'))).toEqual({ name: 'Jé', unsupported: ['ISO_IR 999'] });
    expect(nameIn('ISO_IR 999', bytesOf('4a c3a9'))).toEqual({ name: 'Jé', unsupported: ['ISO_IR 999'] });
  });

  test('in 8 bits without a declared character set are guessed and flagged', () => {
    expect(nameIn('', bytesOf('4ae9'))).toEqual({ name: 'Jé', unsupported: [''] });
  });

  test('with an escape sequence that nobody declared are guessed and flagged', () => {
    expect(nameIn('\\ISO 2022 IR 87', bytesOf('1b242943 fbf3')).unsupported).toEqual(['\\ISO 2022 IR 87']);
  });

  test('of an item follow the character set of the item', () => {
    const inner = concat(
      element({ tag: 0x00080005, vr: 'CS', value: latin('ISO_IR 192') }),
      element({ tag: 0x00081070, vr: 'PN', value: bytesOf('c396 20 20') }),
    );
    const item = concat(bytesOf('feff00e0'), Uint8Array.of(inner.length, 0, 0, 0), inner);
    const header = headerOf(
      element({ tag: 0x00080005, vr: 'CS', value: latin('ISO_IR 100') }),
      element({ tag: 0x00081140, vr: 'SQ', value: item, long: true }),
      element({ tag: 0x00100010, vr: 'PN', value: bytesOf('d64d') }),
    );
    expect(attributesOf(header)).toMatchObject({
      PatientName: 'ÖM',
      ReferencedImageSequence: [{ OperatorsName: 'Ö' }],
    });
  });
});

describe('values', () => {
  test('are scalars, lists, numbers, or null where they are empty', () => {
    const double = new Uint8Array(new Float64Array([0.25]).buffer);
    const attributes = attributesOf(
      headerOf(
        element({ tag: 0x00080008, vr: 'CS', value: latin('ORIGINAL\\PRIMARY ') }),
        element({ tag: 0x00080050, vr: 'SH', value: latin('  ') }),
        element({ tag: 0x00181063, vr: 'DS', value: latin(' 33.3') }),
        element({ tag: 0x0018602c, vr: 'FD', value: double }),
        element({ tag: 0x00200013, vr: 'IS', value: latin('0007') }),
        element({ tag: 0x00204000, vr: 'LT', value: latin('one\\two ') }),
        element({ tag: 0x00280030, vr: 'DS', value: latin('0.1\\?') }),
        shortElement(0x00280103, 1),
        element({ tag: 0x00280106, vr: 'US', value: bytesOf('ffff') }),
      ),
    );
    expect(attributes).toEqual({
      ImageType: ['ORIGINAL', 'PRIMARY'],
      AccessionNumber: null,
      FrameTime: 33.3,
      PhysicalDeltaX: 0.25,
      InstanceNumber: 7,
      ImageComments: 'one\\two',
      PixelSpacing: [0.1, '?'],
      PixelRepresentation: 1,
      SmallestImagePixelValue: 65535,
    });
  });

  test('sent with VR UN are read with the VR of the dictionary', () => {
    expect(attributesOf(headerOf(element({ tag: 0x00100020, vr: 'UN', value: latin('P1'), long: true })))).toEqual({
      PatientID: 'P1',
    });
  });

  test('that are private or long and binary are left out', () => {
    const attributes = attributesOf(
      headerOf(
        element({ tag: 0x00091001, vr: 'LO', value: latin('private ') }),
        element({ tag: 0x00282000, vr: 'OB', value: new Uint8Array(70_000), long: true }),
        element({ tag: 0x00420011, vr: 'OB', value: new Uint8Array(10), long: true }),
      ),
    );
    expect(attributes).toEqual({ EncapsulatedDocument: new Uint8Array(10) });
  });
});

describe('the record of an instance', () => {
  const dataset: Dataset = {
    SOPInstanceUID: '1.2.3',
    SeriesDescription: 'x'.repeat(5000),
    Laterality: 'r',
    ImageType: Array.from({ length: 40 }, () => 'A'),
    Rows: 600,
    NumberOfFrames: '17',
    ViewCodeSequence: [{ CodeValue: '399214001', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Apical four chamber' }],
  };

  test('holds what routing decides on, cut to what a peer may cost us', () => {
    const header = instanceHeader(dataset, EXPLICIT_LITTLE_ENDIAN);
    expect(header).toMatchObject({
      sopInstanceUid: '1.2.3',
      transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN,
      accessionNumber: '',
      laterality: 'R',
      rows: 600,
      columns: 0,
      numberOfFrames: 17,
      instanceNumber: null,
      viewCode: [{ value: '399214001', scheme: 'SCT', meaning: 'Apical four chamber' }],
      anatomicRegion: [],
    });
    expect(header.seriesDescription).toHaveLength(1024);
    expect(header.imageType).toHaveLength(16);
  });

  test('takes the laterality of the image before that of the series, and no other words', () => {
    expect(instanceHeader({ Laterality: 'R', ImageLaterality: 'L' }, '').laterality).toBe('L');
    expect(instanceHeader({ Laterality: 'left' }, '').laterality).toBe('');
    expect(instanceHeader({}, '').numberOfFrames).toBe(1);
  });
});
