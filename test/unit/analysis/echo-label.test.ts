import { describe, expect, test } from '@jest/globals';
import { echoViewLabel, viewOfCode, viewsNamedIn } from '../../../src/analysis/echo-label.ts';
import type { InstanceHeader } from '../../../src/contracts/instance.ts';
import { ECHO_VIEW } from '../../../src/dicom/codes.ts';

const header = (changes: Partial<InstanceHeader>): InstanceHeader =>
  ({ viewName: '', imageComments: '', seriesDescription: '', protocolName: '', viewCode: [], ...changes }) as InstanceHeader;

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
  ])('reads %s', (text, views) => {
    expect(viewsNamedIn(text)).toEqual(views);
  });

  test('takes codes of SNOMED CT and of the retired SNOMED-RT, and knows that other views are others', () => {
    expect(viewOfCode(ECHO_VIEW.apicalFourChamber)).toBe('A4C');
    expect(viewOfCode({ value: 'G-0396', scheme: 'SNM3', meaning: '' })).toBe('PLAX');
    expect(viewOfCode({ value: '399306005', scheme: 'SCT', meaning: 'Parasternal short axis' })).toBe('other');
    expect(viewOfCode({ value: '1', scheme: 'SCT', meaning: '' })).toBeUndefined();
  });

  test('puts codes before texts and notes the disagreement without quoting the text', () => {
    const label = echoViewLabel(header({ viewCode: [ECHO_VIEW.apicalTwoChamber], seriesDescription: 'A4C DOE JOHN' }));
    expect(label).toMatchObject({ view: 'A2C', source: 'coded' });
    expect(label.notes).toEqual(['SeriesDescription says view A4C, ViewCodeSequence says A2C; ViewCodeSequence was taken.']);
  });

  test('passes over a text that names several views, and says so', () => {
    const label = echoViewLabel(header({ imageComments: 'A4C/A2C', protocolName: 'PLAX' }));
    expect(label).toMatchObject({ view: 'PLAX', source: 'description' });
    expect(label.notes).toEqual(['ImageComments names more than one view (A4C, A2C).']);
  });

  test('leaves the view open where nothing names it', () => {
    expect(echoViewLabel(header({ seriesDescription: 'TTE' }))).toEqual({ view: null, source: 'none', notes: [] });
  });
});
