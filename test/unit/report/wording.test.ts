import { describe, expect, test } from '@jest/globals';
import type { SectionResult, Side, Vein } from '../../../src/contracts/finding.ts';
import type { Statement } from '../../../src/report/statement.ts';
import { contentOf } from '../../../src/report/statements.ts';
import { noteLines, statementLines } from '../../../src/report/wording.ts';
import {
  decimal,
  gateOf,
  noticeText,
  percent,
  percentNumber,
  portion,
  sidedName,
  skippedLines,
} from '../../../src/report/words.ts';
import { EMPTY_RESULT, RESULT, section } from '../../support/report-fixture.ts';
import { messageOf, TEMPLATE } from '../../support/report-objects.ts';

const statementsOf = (sections: readonly SectionResult[]): readonly Statement[] =>
  contentOf({ ...RESULT, sections }, TEMPLATE).statements;

const SIDES: readonly Side[] = ['left', 'right', 'unknown'];
const VEINS: readonly Vein[] = ['CFV', 'FV', 'POP', 'unknown'];
const FLAGS: readonly SectionResult['sec'][] = ['present', 'absent', 'undetermined'];
const every = SIDES.flatMap((side) =>
  VEINS.flatMap((vein) => FLAGS.map((sec) => section(side, vein, { first: 1, weights: [1], sec }))),
);

describe('the one line that some viewers show', () => {
  test('says who, where, which flag and that the number is P, within 64 characters and a code of 16', () => {
    const concepts = statementsOf(every).map(({ spoken }) => spoken.concept);
    for (const [index, { value, meaning }] of concepts.entries()) {
      expect(value.length).toBeLessThanOrEqual(16);
      expect(meaning.length).toBeLessThanOrEqual(64);
      expect(meaning).toMatch(/^Research AI: .*SEC ((present|absent), P\(SEC\)|undetermined, frames)$/u);
      expect(meaning).toContain(every[index]?.side === 'unknown' ? 'side unknown' : (every[index]?.side ?? ''));
    }
    expect(new Set(concepts.map(({ value }) => value)).size).toBe(36);
    expect(new Set(concepts.map(({ meaning }) => meaning)).size).toBe(36);
  });

  test('reads as a person would say it', () => {
    expect(statementsOf(RESULT.sections)[0]?.spoken.concept).toEqual({
      value: 'SEC-P-L-CFV',
      scheme: '99SONORELAY',
      meaning: 'Research AI: left common femoral vein SEC present, P(SEC)',
    });
  });
});

describe('words of a result', () => {
  test('reference weights are research whatever the gate says', () => {
    expect(gateOf({ ...RESULT.run, statement: { ...RESULT.run.statement, reporting: 'clinical' } })).toBe('research');
    expect(
      gateOf({ ...RESULT.run, statement: { ...RESULT.run.statement, reporting: 'clinical' }, referenceWeights: false }),
    ).toBe('clinical');
    expect(
      gateOf({ ...RESULT.run, statement: { ...RESULT.run.statement, reporting: 'research' }, referenceWeights: false }),
    ).toBe('research');
  });

  test('the notice begins with the research-use strip', () => {
    expect(noticeText(RESULT.run, TEMPLATE)).toBe(`AI - RESEARCH USE ONLY - NOT FOR DIAGNOSIS. ${RESULT.run.notice}`);
  });

  test('an unknown side is said', () => {
    expect(sidedName('unknown', 'popliteal vein')).toBe('popliteal vein, side unknown');
  });

  test('a section without a statement gives no number', () => {
    const [undetermined] = statementsOf([section('left', 'FV', { first: 1, weights: [1], sec: 'undetermined' })]);
    const sentence = undetermined?.sentence;
    expect(sentence).toContain('UNDETERMINED, no statement');
    expect(sentence).not.toContain('%');
  });

  test('no section at all is no negative result, and says so', () => {
    expect(statementLines(EMPTY_RESULT, TEMPLATE).join(' ')).toContain('not a negative result');
  });

  test('skipped inputs are counted by reason, the most frequent first', () => {
    expect(skippedLines(RESULT.skipped)).toEqual([
      'Not analysed: 2 inputs (colour-doppler): Colour Doppler is not read by this model.',
      'Not analysed: 1 input (no-ultrasound-region): The image names no two-dimensional tissue region.',
    ]);
  });

  test('a note that holds for several sections is said once', () => {
    const noted = (vein: Vein, ...notes: readonly string[]): SectionResult =>
      section('left', vein, { first: 1, weights: [1], notes });
    expect(noteLines(statementsOf([noted('CFV', 'a', 'b'), noted('FV', 'a', 'c'), noted('POP', 'a', 'c')]))).toEqual([
      'All sites: a',
      'Left common femoral vein: b',
      'Left femoral vein; left popliteal vein: c',
    ]);
  });

  test.each([
    [0.30000000000000004, 4, '0.3'],
    [71.2, 2, '71.2'],
    [1, 4, '1'],
    [0.00004, 4, '0'],
    [99.999, 2, '100'],
  ])('%p is written with %p places as %p', (value, places, text) => {
    expect(decimal(value, places)).toBe(text);
  });
});

test('a probability is never rounded to a certainty, the share of an only frame is the whole', () => {
  expect([0.99999, 1, 0.00001, 0, 0.712, 0.9994, 0.9995].map(percent)).toEqual([
    '99.9',
    '99.9',
    '0.1',
    '0.1',
    '71.2',
    '99.9',
    '99.9',
  ]);
  expect([0.99999, 1, 0.00001, 0.71234].map(percentNumber)).toEqual(['99.99', '99.99', '0.01', '71.23']);
  expect(portion(1)).toBe('100.0');
  const sure = section('left', 'CFV', { first: 1, weights: [1], secProbability: 0.9999931 });
  const { message } = messageOf({ ...RESULT, sections: [sure] });
  expect(message).toContain('P(SEC) = 99.9 %');
  const flag = message.split('\r').find((row) => row.includes('|SEC001^')) ?? '';
  expect(flag.split('|')[9]).toBe('0.9999');
  expect(message).not.toMatch(/\b100\.0\b/u);
});
