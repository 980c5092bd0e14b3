import { describe, expect, test } from '@jest/globals';
import { meaningsOf } from '../../../src/analysis/label-words.ts';
import { labelsOf } from '../../../src/analysis/labels.ts';
import { meaningOfCode } from '../../../src/analysis/labels-codes.ts';
import { ECHO_VIEW } from '../../../src/dicom/codes.ts';
import { header } from './clips.ts';

const views = (text: string) => [...new Set(meaningsOf(text).flatMap(({ echoView }) => echoView ?? []))];

describe('the view of an echo cine by its labels', () => {
  test.each([
    ['A4C', ['A4C']],
    ['TTE apical 4 chamber, 2D', ['A4C']],
    ['AP2 ZOOM', ['A2C']],
    ['Parasternal long axis', ['PLAX']],
    ['PLAX', ['PLAX']],
    ['Subcostal 4 chamber', ['other']],
    ['PSAX mid', ['other']],
    ['A4C and A2C', ['A4C', 'A2C']],
    ['CINE 12', []],
  ])('reads %s', (text, named) => {
    expect(views(text)).toEqual(named);
  });

  test('takes codes of SNOMED CT and of the retired SNOMED-RT, and knows that other views are others', () => {
    expect(meaningOfCode(ECHO_VIEW.apicalFourChamber)).toEqual({ echoView: 'A4C' });
    expect(meaningOfCode({ value: 'G-0396', scheme: 'SNM3', meaning: '' })).toEqual({ echoView: 'PLAX' });
    expect(meaningOfCode({ value: '399306005', scheme: 'SCT', meaning: 'Parasternal short axis' })).toEqual({
      echoView: 'other',
    });
    expect(meaningOfCode({ value: '1', scheme: 'SCT', meaning: '' })).toBeUndefined();
  });

  test('puts codes before texts and notes the disagreement without quoting the text', () => {
    const { echoView } = labelsOf(header({ viewCode: [ECHO_VIEW.apicalTwoChamber], seriesDescription: 'A4C DOE JOHN' }));
    expect(echoView).toEqual({
      value: 'A2C',
      source: 'coded',
      notes: ['SeriesDescription says view A4C, ViewCodeSequence says A2C; ViewCodeSequence was taken.'],
    });
  });

  test('passes over a text that names several views, and says so', () => {
    const { echoView } = labelsOf(header({ imageComments: 'A4C/A2C', protocolName: 'PLAX' }));
    expect(echoView).toEqual({
      value: 'PLAX',
      source: 'description',
      notes: ['ImageComments names more than one view (A4C, A2C).'],
    });
  });

  test('leaves the view open where nothing names it', () => {
    expect(labelsOf(header({ seriesDescription: 'TTE' })).echoView).toEqual({ value: null, source: 'none', notes: [] });
  });
});
