import { describe, expect, test } from '@jest/globals';
import { AREA_NAMES, AREA_NUMBERS, mayBeOneOf, nameRead, VIEW_NAMES } from '../../../src/analysis/annotation-short.ts';
import { nameWords, writtenMeanings } from '../../../src/analysis/annotation-words.ts';
import { VOCABULARY } from '../../../src/analysis/label-words.ts';

const read = (text: string, names: readonly string[] = []) => writtenMeanings(text, VOCABULARY, nameWords(names));
const said = (text: string, names: readonly string[] = []) => Object.assign({}, ...read(text, names));

describe('what a recognised line says', () => {
  test.each([
    ['LT CFV TRANS W/ COMP', { side: 'left', vein: 'CFV', orientation: 'transverse', compression: true }],
    ['RT FV TRANS W/0 COMP', { side: 'right', vein: 'FV', orientation: 'transverse', compression: false }],
    ['RT FV WZ0 COMP', { side: 'right', vein: 'FV', compression: false }],
    ['R POP LONG', { side: 'right', vein: 'POP', orientation: 'longitudinal' }],
    ['RT SFJ NO COMP', { side: 'right', vein: 'other', landmark: 'SFJ', compression: false }],
    ['R1', { area: 1, areaSide: 'right' }],
    ['R1 POST BASAL', { side: 'right', surface: 'posterior', height: 'basal' }],
    ['LUS 07', { area: 7 }],
    ['Apical 4 Chamber', { echoView: 'A4C' }],
    ['PLAX', { echoView: 'PLAX' }],
  ])('"%s" is understood', (text, meaning) => {
    expect(said(text)).toEqual(meaning);
  });

  test.each([
    ['LT CFY TRAN5 W/ C0MP', { side: 'left', vein: 'CFV', orientation: 'transverse', compression: true }],
    ['LT GSVY W/ COMP', { side: 'left', vein: 'other', landmark: 'GSV', compression: true }],
    ['RT P0P L0NG', { side: 'right', vein: 'POP', orientation: 'longitudinal' }],
    ['RT FY TRANS', { side: 'right', vein: 'FV', orientation: 'transverse' }],
    ['LS POST MIDOCE', { side: 'left', surface: 'posterior', height: 'middle' }],
    ['right p0sterior ba5al', { side: 'right', surface: 'posterior', height: 'basal' }],
    ['LEFT POPLITEA1 VEIN', { side: 'left', vein: 'POP' }],
  ])('"%s" is understood in spite of look-alikes', (text, meaning) => {
    expect(said(text)).toEqual(meaning);
  });

  test('an area of which the number was misread still says its side', () => {
    expect(said('LE POST UPPER')).toEqual({ side: 'left', surface: 'posterior', height: 'upper' });
    expect(said('L168 LAT UPPER')).toEqual({ side: 'left', surface: 'lateral', height: 'upper' });
  });

  test('a "W/O" that was read as something else does not turn into compression', () => {
    for (const text of ['RT FV M0 COMP', 'RT FV WA COMP', 'RT FV Jef COMP']) expect(said(text).compression).toBeUndefined();
    expect(said('RT FV TRANS COMP')).toMatchObject({ compression: true });
  });

  test.each([
    'L9-3',
    'L12-3',
    'C5-1',
    'ML6-15-D',
    '5.0 R12 G66 C6',
    'GN 63%',
    'TIS0.0 MI0.6',
    'FR 31HZ',
    '2D',
    'C 50',
    'HR 66',
    'L',
    'R',
    'SMITH L',
    '',
  ])('"%s" is a setting, a probe or an initial and says nothing', (text) => {
    expect(read(text)).toEqual([]);
  });

  test('a word of a name in the line does not keep its neighbours from being corrected', () => {
    expect(said('L FY LONG', ['PHANTOM^ANNA LONG'])).toEqual({ side: 'left', vein: 'FV' });
  });

  test('words that the header calls by name are not labels', () => {
    expect(read('LEFT, ANNA LONG')).toEqual([{ side: 'left' }, { orientation: 'longitudinal' }]);
    expect(read('LEFT, ANNA LONG', ['LEFT^ANNA LONG'])).toEqual([]);
    expect(read('DR BASE', ['BASE^PETER'])).toEqual([]);
    expect(said('LONG, ANNA LT CFV', ['LONG^ANNA'])).toEqual({ side: 'left', vein: 'CFV' });
    expect(read('L0NG RT', ['LONG^ANNA'])).toEqual([]);
  });
});

describe('short names', () => {
  test('are read letter by letter', () => {
    expect(nameRead(['LLLL', 'SS5S5555'], AREA_NAMES)).toBe('L5');
    expect(nameRead(['LLLL', '1111', '8660'], AREA_NAMES)).toBe('L10');
    expect(nameRead(['', '99989'], AREA_NUMBERS)).toBe('09');
    expect(nameRead(['AARAARA', '4444', 'CCC'], VIEW_NAMES)).toBe('A4C');
  });

  test('are none when a letter is another or was not read', () => {
    expect(nameRead(['RRRR', 'SSSS'], AREA_NAMES)).toBeNull();
    expect(nameRead(['RRRR', ''], AREA_NAMES)).toBeNull();
    expect(nameRead(['', ''], AREA_NUMBERS)).toBeNull();
    expect(nameRead(['1111', '5555'], AREA_NUMBERS)).toBeNull();
  });

  test('are looked for only where a line could be one', () => {
    expect(mayBeOneOf(AREA_NAMES, 'LS', 2)).toBe(true);
    expect(mayBeOneOf(AREA_NAMES, '', 3)).toBe(true);
    expect(mayBeOneOf(AREA_NAMES, '2D', 2)).toBe(false);
    expect(mayBeOneOf(AREA_NAMES, 'LIVER', 5)).toBe(false);
  });
});
