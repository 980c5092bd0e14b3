import { describe, expect, test } from '@jest/globals';
import type { ResultOf, SectionResult } from '../../../src/contracts/finding.ts';
import { items, text, texts } from '../../../src/dicom/dataset.ts';
import { pagesOf } from '../../../src/report/capture-page.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { RESULT, SOURCE_HEADER, section } from '../../support/report-fixture.ts';
import { captureOf } from '../../support/report-objects.ts';

const only = (one: SectionResult): ResultOf<'vascular-sec'> => ({ ...RESULT, sections: [one] });

describe('the capture', () => {
  test('is a Multi-frame True Color SC of the study with a label a frame', () => {
    const capture = captureOf(RESULT);
    expect(capture).toMatchObject({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.7.4',
      Modality: 'US',
      ConversionType: 'WSD',
      BurnedInAnnotation: 'YES',
      PhotometricInterpretation: 'RGB',
      NumberOfFrames: '3',
      FrameIncrementPointer: '00182002',
      Rows: 960,
      Columns: 1280,
      LossyImageCompression: '01',
    });
    expect(texts(capture, 'FrameLabelVector')).toHaveLength(3);
  });

  test('names the frames it was made from', () => {
    const sources = items(captureOf(RESULT), 'SourceImageSequence').map((item) => texts(item, 'ReferencedFrameNumber').join(' '));
    expect(sources).toEqual(['12 26 40 54', '19 33 47', '']);
  });

  test('a single page has no frame increment and without lossy inputs no lossy flag', () => {
    const capture = captureOf({
      ...RESULT,
      sections: RESULT.sections.slice(1),
      inputs: RESULT.inputs.filter((input) => !input.lossy),
    });
    for (const keyword of ['FrameIncrementPointer', 'FrameLabelVector', 'LossyImageCompression'])
      expect(capture).not.toHaveProperty(keyword);
  });

  test.each([
    ['left', 'left', 'L'],
    ['right', 'unknown', 'R'],
    ['left', 'right', 'B'],
    ['unknown', 'unknown', 'U'],
  ] as const)('of the sides %s and %s has ImageLaterality for both', (one, other, laterality) => {
    const sections = [section(one, 'FV', { first: 1, weights: [1] }), section(other, 'POP', { first: 1, weights: [1] })];
    expect(captureOf({ ...RESULT, sections })['ImageLaterality']).toBe(laterality);
  });

  test('the body part is the model\u2019s only where a vein is named, else the source\u2019s own', () => {
    expect(text(captureOf(RESULT), 'BodyPartExamined')).toBe('LEG');
    const unnamed = only(section('left', 'unknown', { first: 1, weights: [1], sec: 'undetermined' }));
    expect(captureOf(unnamed)).not.toHaveProperty('BodyPartExamined');
    expect(text(captureOf(unnamed, { source: { ...SOURCE_HEADER, BodyPartExamined: 'NECK' } }), 'BodyPartExamined')).toBe('NECK');
  });

  test('nothing of one revision stands among the attributes of the series', () => {
    expect(captureOf(RESULT)).not.toHaveProperty('SeriesDate');
    expect(captureOf(RESULT)).not.toHaveProperty('SeriesTime');
  });

  test.each([
    [DVT_RESULT, 'B', 'LEG', 'AI compressibility pages - RESEARCH USE ONLY', '130402'],
    [LUNG_RESULT, undefined, 'CHEST', 'AI lung score pages - RESEARCH USE ONLY', '130404'],
    [ECHO_RESULT, undefined, 'HEART', 'AI wall motion pages - RESEARCH USE ONLY', '130402'],
  ] as const)('of a family says where it belongs and how it was derived: %#', (result, side, bodyPart, series, derivation) => {
    const capture = captureOf(result);
    expect(capture['ImageLaterality']).toBe(side);
    expect(capture).toMatchObject({ BodyPartExamined: bodyPart, SeriesDescription: series });
    expect(items(capture, 'DerivationCodeSequence').map((item) => text(item, 'CodeValue'))).toEqual([derivation]);
    expect(texts(capture, 'FrameLabelVector')).toHaveLength(pagesOf(result).length);
  });

  test('of cines names them whole, because an answer is made from all their frames', () => {
    for (const result of [DVT_RESULT, LUNG_RESULT, ECHO_RESULT]) {
      const sources = items(captureOf(result), 'SourceImageSequence');
      expect(sources.length).toBeGreaterThan(0);
      for (const source of sources) expect(source).not.toHaveProperty('ReferencedFrameNumber');
      const names = sources.map((source) => text(source, 'ReferencedSOPInstanceUID'));
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('of a heart in which nothing was read claims no body part, and the side is unknown', () => {
    const capture = captureOf({ ...ECHO_RESULT, views: [], global: null });
    expect(capture).not.toHaveProperty('BodyPartExamined');
    expect(capture['ImageLaterality']).toBe('U');
    expect(items(capture, 'SourceImageSequence')).toHaveLength(ECHO_RESULT.inputs.length);
  });

  test('carries no tissue value in its comments', () => {
    const comments = text(captureOf(ECHO_RESULT), 'ImageComments');
    expect(comments).toContain('73.4 %');
    for (const words of ['71.2', '61.23', '1357', '53.7', '29.3']) expect(comments).not.toContain(words);
  });
});
