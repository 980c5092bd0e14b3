// The readers of naturalised data sets.
import { describe, expect, test } from '@jest/globals';
import { bytes, codeItem, codes, type Dataset, items, number, numbers, text, texts } from '../../../src/dicom/dataset.ts';

const dataset: Dataset = {
  PatientID: ' 4711 ',
  ImageType: ['ORIGINAL', 'PRIMARY'],
  Rows: 600,
  PixelSpacing: ['0.1', 0.2],
  StudyID: null,
  ViewCodeSequence: [{ CodeValue: '1', CodingSchemeDesignator: 'SCT', CodeMeaning: 'One' }, { CodeMeaning: 'No value' }],
  AnatomicRegionSequence: { LongCodeValue: '12345678901234567', CodingSchemeDesignator: 'X', CodeMeaning: 'Long' },
  ICCProfile: Uint8Array.of(1, 2),
};

describe('readers of a data set', () => {
  test('give texts trimmed, numbers as text, and nothing for what is empty, binary or a sequence', () => {
    expect(text(dataset, 'PatientID')).toBe('4711');
    expect(text(dataset, 'Rows')).toBe('600');
    expect(texts(dataset, 'ImageType')).toEqual(['ORIGINAL', 'PRIMARY']);
    for (const keyword of ['StudyID', 'Absent', 'ICCProfile', 'ViewCodeSequence', 'AnatomicRegionSequence']) {
      expect(text(dataset, keyword)).toBe('');
    }
  });

  test('give numbers that were sent as text, and null for what is none', () => {
    expect(number(dataset, 'Rows')).toBe(600);
    expect(numbers(dataset, 'PixelSpacing')).toEqual([0.1, 0.2]);
    expect(number(dataset, 'ImageType')).toBeNull();
    expect(number(dataset, 'StudyID')).toBeNull();
  });

  test('give the items of a sequence, also of a single one', () => {
    expect(items(dataset, 'ViewCodeSequence')).toHaveLength(2);
    expect(items(dataset, 'AnatomicRegionSequence')).toHaveLength(1);
    expect(items(dataset, 'ImageType')).toEqual([]);
    expect(items(dataset, 'Absent')).toEqual([]);
  });

  test('give codes with long values, and leave out items without a value', () => {
    expect(codes(dataset, 'ViewCodeSequence')).toEqual([{ value: '1', scheme: 'SCT', meaning: 'One' }]);
    expect(codes(dataset, 'AnatomicRegionSequence')).toEqual([{ value: '12345678901234567', scheme: 'X', meaning: 'Long' }]);
  });

  test('write a code back as an item, long values as LongCodeValue', () => {
    expect(codeItem({ value: '1', scheme: 'SCT', meaning: 'One' })).toEqual({
      CodeValue: '1',
      CodingSchemeDesignator: 'SCT',
      CodeMeaning: 'One',
    });
    expect(codeItem({ value: '12345678901234567', scheme: 'X', meaning: 'L' }).LongCodeValue).toBe('12345678901234567');
  });

  test('give bytes of binary attributes only', () => {
    expect(bytes(dataset, 'ICCProfile')).toEqual(Uint8Array.of(1, 2));
    expect(bytes(dataset, 'PatientID')).toBeNull();
  });
});
