import { describe, expect, test } from '@jest/globals';
import { agreement } from '../../../src/evaluation/agreement.ts';
import { bootstrapInterval } from '../../../src/evaluation/bootstrap.ts';
import { auc, confusion, rates, rocPoints, youdenThreshold } from '../../../src/evaluation/metrics.ts';
import { confusionMatrix, multiClassFigures } from '../../../src/evaluation/multi-class.ts';
import { binaryTask } from '../../../src/evaluation/tasks.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const cases = (positives: readonly number[], negatives: readonly number[]) => [
  ...positives.map((score) => ({ truth: true, score })),
  ...negatives.map((score) => ({ truth: false, score })),
];

describe('a figure that cannot be reckoned', () => {
  test('is null and says why: no cases, one class, nothing called', () => {
    expect(auc([])).toEqual({ value: null, reason: 'no cases' });
    expect(auc(cases([0.4], []))).toEqual({ value: null, reason: 'no negative case' });
    expect(auc(cases([], [0.4]))).toEqual({ value: null, reason: 'no positive case' });
    expect(rocPoints(cases([0.4], []))).toEqual({ value: null, reason: 'no negative case' });
    expect(youdenThreshold([])).toEqual({ value: null, reason: 'no cases' });
    const none = rates(confusion(cases([0.1], [0.2]), 0.9));
    expect(none.precision).toEqual({ value: null, reason: 'nothing was called positive' });
    expect(none.sensitivity).toEqual({ value: 0 });
    expect(rates(confusion(cases([], [0.2]), 0.9)).f1.value).toBeNull();
    expect(rates(confusion([], 0.5)).accuracy).toEqual({ value: null, reason: 'no cases' });
  });

  test('is null for a quantity of too few cases, or of one truth', () => {
    expect(agreement([])).toMatchObject({
      mae: { value: null },
      rmse: { value: null },
      r2: { value: null },
      blandAltman: { value: null },
    });
    const same = agreement([
      { truth: 3, predicted: 4 },
      { truth: 3, predicted: 2 },
    ]);
    expect(same.r2).toEqual({ value: null, reason: 'the truth is the same in every case' });
    expect(same.mae).toEqual({ value: 1 });
  });

  test('names the class of which it is undefined', () => {
    const figures = multiClassFigures(confusionMatrix([{ truth: 0, predicted: 0 }], 2), ['one', 'other']);
    expect(figures.macroF1).toMatchObject({ value: null, reason: expect.stringContaining('other') });
    expect(figures.weightedF1).toEqual({ value: 1 });
    expect(multiClassFigures(confusionMatrix([], 2), ['one', 'other']).accuracy).toEqual({ value: null, reason: 'no cases' });
  });

  test('is never made from NaN: that is an error of the caller', () => {
    for (const reckon of [auc, rocPoints, youdenThreshold]) expect(() => reckon(cases([Number.NaN], [0.5]))).toThrow(RangeError);
    expect(() => agreement([{ truth: 1, predicted: Number.POSITIVE_INFINITY }])).toThrow(RangeError);
    expect(() => confusionMatrix([{ truth: 2, predicted: 0 }], 2)).toThrow(RangeError);
  });
});

describe('the Youden threshold', () => {
  test('lies halfway between two scores, and is the highest of equals', () => {
    expect(youdenThreshold(cases([0.9, 0.7], [0.3, 0.1])).value).toBeCloseTo(0.5, 12);
    // 0.9 against 0.6 and 0.5 against 0.1 part the classes equally well.
    expect(youdenThreshold(cases([0.9, 0.5], [0.6, 0.1])).value).toBeCloseTo(0.75, 12);
  });

  test('never takes the lower of two neighbouring numbers, between which there is no third', () => {
    const low = 0.5;
    const high = low + Number.EPSILON / 2;
    const threshold = youdenThreshold(cases([high], [low])).value ?? 0;
    expect(confusion(cases([high], [low]), threshold)).toEqual({ TN: 1, FP: 0, FN: 0, TP: 1 });
  });
});

describe('the bootstrap', () => {
  const some = cases([0.9, 0.8, 0.4, 0.7, 0.6], [0.5, 0.3, 0.2, 0.65, 0.1]);
  const task = (seed: number, resamples = 500) =>
    binaryTask({ id: 'x', name: 'x', per: 'section', leftOut: [], evidence: [], classes: ['no', 'yes'] }, some, {
      resamples,
      chance: randomFrom(seed).next,
      threshold: 0.5,
    });

  test('gives the same interval for the same chance and another for another', () => {
    expect(task(1)).toEqual(task(1));
    expect(task(1).auc).not.toEqual(task(2).auc);
  });

  test('surrounds the figure with its interval, and counts every resample as kept or left out', () => {
    const { auc: area, operatingPoints } = task(3);
    const figures = [area, ...operatingPoints.flatMap(({ rates: of }) => [of.sensitivity, of.specificity, of.f1])];
    expect(operatingPoints.map(({ kind }) => kind)).toEqual(['model', 'youden']);
    for (const one of figures) {
      if (one.value === null || one.interval === undefined) throw new Error('each of these figures has an interval');
      expect(one.interval.low).toBeLessThanOrEqual(one.value);
      expect(one.interval.high).toBeGreaterThanOrEqual(one.value);
      expect(one.interval.resamples + one.interval.skipped).toBe(500);
    }
  });

  test('covers the truth about as often as it says', () => {
    const chance = randomFrom('coverage');
    let covered = 0;
    for (let round = 0; round < 150; round++) {
      const values = Array.from({ length: 40 }, () => Number(chance.chance(0.3)));
      const interval = bootstrapInterval(40, (pick) => pick.reduce((sum, index) => sum + (values[index] ?? 0), 0) / 40, {
        resamples: 200,
        chance: chance.next,
      });
      if (!('value' in interval) && interval.low <= 0.3 && interval.high >= 0.3) covered += 1;
    }
    expect(covered / 150).toBeGreaterThan(0.88);
    expect(covered / 150).toBeLessThan(0.99);
  });

  test('has no interval without cases or without any value, and refuses to resample less than once', () => {
    const options = { resamples: 10, chance: randomFrom(1).next };
    expect(bootstrapInterval(0, () => 1, options)).toEqual({ value: null, reason: 'no cases' });
    expect(bootstrapInterval(3, () => null, options)).toEqual({ value: null, reason: 'no resample has a value' });
    expect(() => bootstrapInterval(3, () => 1, { ...options, resamples: 0 })).toThrow(RangeError);
  });

  test('leaves a task of one class without AUC, interval and Youden threshold, but with its rates at the model threshold', () => {
    const one = binaryTask(
      { id: 'x', name: 'x', per: 'section', leftOut: [], evidence: [], classes: ['no', 'yes'] },
      cases([0.9, 0.2], []),
      {
        resamples: 50,
        chance: randomFrom(4).next,
        threshold: 0.5,
      },
    );
    expect(one.auc).toEqual({ value: null, reason: 'no negative case' });
    expect(one.operatingPoints.map(({ kind }) => kind)).toEqual(['model']);
    expect(one.operatingPoints[0]?.rates.specificity).toEqual({ value: null, reason: 'no negative case' });
    expect(one.operatingPoints[0]?.rates.sensitivity.value).toBe(0.5);
  });
});
