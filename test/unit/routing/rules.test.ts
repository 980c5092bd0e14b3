import { describe, expect, test } from '@jest/globals';
import type { RoutingCondition } from '../../../src/contracts/plan.ts';
import { compileRules, ruleOf } from '../../../src/routing/rules.ts';

const instance = {
  callingAeTitle: 'SCANNER1',
  modality: 'US',
  sopClassUid: '1.2.840.10008.5.1.4.1.1.6.1',
  bodyPartExamined: 'LOWER LEG',
  studyDescription: 'Vascular: DVT study, left',
  seriesDescription: 'LT FV TRANS',
};
const meets = (when: RoutingCondition, of = instance): boolean =>
  ruleOf(of, compileRules([{ name: 'r', when, models: [], destinations: [] }])) !== null;

describe('a condition', () => {
  test('without fields is met by every instance', () => expect(meets({})).toBe(true));

  test('is met only when every field is', () => {
    expect(meets({ modality: 'US', studyDescription: 'dvt' })).toBe(true);
    expect(meets({ modality: 'US', studyDescription: 'lung' })).toBe(false);
  });

  test('takes identifiers whole, in any case of letters', () => {
    expect(meets({ modality: 'us' })).toBe(true);
    expect(meets({ modality: 'US' }, { ...instance, modality: 'IVUS' })).toBe(false);
    expect(meets({ modality: 'US|IVUS' }, { ...instance, modality: 'IVUS' })).toBe(true);
    expect(meets({ callingAeTitle: 'SCANNER' })).toBe(false);
    expect(meets({ callingAeTitle: 'SCANNER.*' })).toBe(true);
    expect(meets({ sopClassUid: '1.2.840.10008.5.1.4.1.1.6' })).toBe(false);
  });

  test('looks for its expression within descriptions', () => {
    expect(meets({ studyDescription: 'DVT', bodyPartExamined: 'leg', seriesDescription: '^LT' })).toBe(true);
    expect(meets({ studyDescription: '^DVT' })).toBe(false);
    expect(meets({ seriesDescription: 'ven[ae]' }, { ...instance, seriesDescription: 'Vena FÉMORALE' })).toBe(true);
  });

  test('on an attribute that is absent is met only by an expression for nothing', () => {
    expect(meets({ bodyPartExamined: 'LEG' }, { ...instance, bodyPartExamined: '' })).toBe(false);
    expect(meets({ bodyPartExamined: '^$' }, { ...instance, bodyPartExamined: '' })).toBe(true);
  });

  test('reads no more than 256 characters of what a sender wrote', () => {
    const long = `${'x'.repeat(256)}DVT`;
    expect(meets({ studyDescription: 'DVT' }, { ...instance, studyDescription: long })).toBe(false);
  });
});

test('the first rule that matches decides, also when it names no model', () => {
  const rule = (name: string, when: RoutingCondition) => ({ name, when, models: [name], destinations: [] });
  const rules = compileRules([
    rule('lung', { studyDescription: 'lung' }),
    { ...rule('kept', { modality: 'US' }), models: [] },
    rule('all', {}),
  ]);
  expect(ruleOf(instance, rules)?.name).toBe('kept');
  expect(ruleOf({ ...instance, modality: 'SR' }, rules)?.name).toBe('all');
  expect(ruleOf(instance, [])).toBeNull();
});

test('an expression that is none is refused', () => {
  expect(() => compileRules([{ name: 'r', when: { modality: '(' }, models: [], destinations: [] }])).toThrow(SyntaxError);
});
