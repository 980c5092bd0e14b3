import { describe, expect, test } from '@jest/globals';
import { FINDING, UNIT } from '../../../src/dicom/codes.ts';
import {
  type Coder,
  concept,
  dateTime,
  identifierText,
  instant,
  narrative,
  numberValue,
  plain,
  plainLine,
} from '../../../src/fhir/elements.ts';

const CODER: Coder = { recode: (code) => code, schemes: { '99SITE': '1.2.3.4' } };
const code = (scheme: string, value = 'A1', meaning = 'Meaning') => ({ value, scheme, meaning });

describe('a text', () => {
  test('has no control characters but line feeds, no broken surrogates and no blanks at its ends', () => {
    expect(plain(' one\r\ntwo\u0000\u0007three\tfour\ud800 ')).toBe('one\ntwo three four\ufffd');
    expect(plainLine(' one\r\n two ')).toBe('one two');
    expect(identifierText(' A  1\n')).toBe('A  1');
  });

  test('in a narrative is escaped, a paragraph a line, and an empty line has none', () => {
    expect(narrative(['a < b & "c" <script>', '', 'd']).div).toBe(
      '<div xmlns="http://www.w3.org/1999/xhtml"><p>a &lt; b &amp; &quot;c&quot; &lt;script&gt;</p><p>d</p></div>',
    );
  });
});

describe('a code', () => {
  test.each([
    ['SCT', 'http://snomed.info/sct'],
    ['LN', 'http://loinc.org'],
    ['DCM', 'http://dicom.nema.org/resources/ontology/DCM'],
    ['99SITE', 'urn:oid:1.2.3.4'],
    ['RADLEX', 'urn:oid:2.16.840.1.113883.6.256'],
    ['99SONORELAY', 'urn:oid:2.25.201149482968585431751778780933629087062'],
  ])('of %s is of the system %s', (scheme, system) => {
    expect(concept([code(scheme)], CODER)).toEqual({
      coding: [{ system, code: 'A1', display: 'Meaning' }],
      text: 'Meaning',
    });
  });

  test('of a scheme that nobody knows has no system rather than a wrong one', () => {
    expect(concept([code('L', ' A  1 ', ' ')], CODER)).toEqual({ coding: [{ code: 'A 1' }] });
  });

  test('is what the site writes for it', () => {
    const swapped = concept([FINDING.spontaneousEchoContrast], { ...CODER, recode: () => code('SCT', '1', 'Ours') });
    expect(swapped).toEqual({ coding: [{ system: 'http://snomed.info/sct', code: '1', display: 'Ours' }], text: 'Ours' });
  });
});

describe('a number', () => {
  test('without a unit is an integer, another a quantity in UCUM', () => {
    expect(numberValue('3', UNIT.none)).toEqual({ valueInteger: 3 });
    expect(numberValue('71.20', UNIT.percent)).toEqual({
      valueQuantity: { value: 71.2, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
    });
    expect(numberValue('0.5', UNIT.none).valueQuantity).toMatchObject({ value: 0.5, code: '1' });
  });

  test.each(['', ' ', 'NaN', 'Infinity', '1,5'])('that is none (%j) is an error and no nought', (text) => {
    const value = numberValue(text, UNIT.percent);
    expect(value).not.toHaveProperty('valueQuantity');
    expect(value.dataAbsentReason?.coding?.[0]?.code).toBe('error');
  });
});

describe('a time', () => {
  test.each([
    ['20261120', '093012.123', 120, '2026-11-20T09:30:12+02:00'],
    ['20261120', '09', -210, '2026-11-20T09:00:00-03:30'],
    ['20261120', '093012', null, '2026-11-20'],
    ['20261120', '', 60, '2026-11-20'],
    ['20261120', '256199', 60, '2026-11-20'],
    ['20261120', '093012', 5999, '2026-11-20'],
    ['20260230', '093012', 60, ''],
    ['20269999', '', null, ''],
    ['', '093012', 60, ''],
  ])('of the study, %j %j in zone %j, is written %j', (date, time, zone, written) => {
    expect(dateTime(date, time, zone)).toBe(written);
  });

  test('of the result has its zone, or UTC where the zone is none', () => {
    const at = Date.UTC(2026, 10, 22, 23, 15, 30, 999);
    expect(instant(at, 120)).toBe('2026-11-23T01:15:30+02:00');
    expect(instant(at, 0)).toBe('2026-11-22T23:15:30+00:00');
    expect(instant(at, 5999)).toBe('2026-11-22T23:15:30+00:00');
  });
});
