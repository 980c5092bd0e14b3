// Our figures against scikit-learn's on random data, ties and rare classes among them.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { agreement, type Pair } from '../../../src/evaluation/agreement.ts';
import { bootstrapInterval } from '../../../src/evaluation/bootstrap.ts';
import {
  auc,
  aucOfPick,
  type BinaryCase,
  confusion,
  rankCases,
  rates,
  rocPoints,
  youdenThreshold,
} from '../../../src/evaluation/metrics.ts';
import { type ClassCase, confusionMatrix, multiClassFigures } from '../../../src/evaluation/multi-class.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const SCRIPT = path.resolve(import.meta.dirname, '../../support/scikit-metrics.py');
const RESAMPLES = 80;

type BinaryAnswer = {
  readonly auc: number;
  readonly roc: readonly (readonly [number, number, number])[];
  readonly bestIndex: number;
  readonly confusion: Readonly<Record<string, number>>;
  readonly precision: number | null;
  readonly recall: number;
  readonly specificity: number;
  readonly f1: number;
  readonly accuracy: number;
  readonly interval: readonly [number, number];
  readonly skipped: number;
};
type ClassAnswer = Readonly<Record<'precision' | 'recall' | 'f1' | 'support', readonly number[]>> & {
  readonly matrix: readonly (readonly number[])[];
  readonly accuracy: number;
  readonly macroF1: number;
  readonly weightedF1: number;
};
type QuantityAnswer = Readonly<Record<'mae' | 'rmse' | 'r2', number>> & {
  readonly blandAltman: Readonly<Record<string, number>>;
};
type Answers = {
  readonly binary: readonly BinaryAnswer[];
  readonly classes: readonly ClassAnswer[];
  readonly quantity: readonly QuantityAnswer[];
};

const chance = randomFrom('figures against a peer');
const normal = (): number => chance.next() + chance.next() + chance.next() + chance.next() - 2;

/** Cases of a size, a share of positives and a grain: 0 for no ties, 0.1 for scores in tenths. */
function someCases(count: number, share: number, grain: number): readonly BinaryCase[] {
  const cases = Array.from({ length: count }, () => {
    const truth = chance.chance(share);
    const score = 1 / (1 + Math.exp(-2 * normal() - (truth ? 0.6 : -0.6)));
    return { truth, score: grain === 0 ? score : Math.round(score / grain) * grain };
  });
  return [{ truth: true, score: 0.5 }, { truth: false, score: 0.5 }, ...cases];
}

const BINARY: readonly (readonly BinaryCase[])[] = [
  someCases(300, 0.5, 0),
  someCases(300, 0.1, 0.05),
  someCases(60, 0.7, 0.25),
  someCases(6, 0, 0.5),
];
const CLASSES: readonly (readonly ClassCase[])[] = [3, 4].map((count) => {
  const drawn = Array.from({ length: 200 }, () => {
    const truth = chance.integer(0, count - 1);
    return { truth, predicted: chance.chance(0.5) ? truth : chance.integer(0, count - 1) };
  });
  return drawn;
});
const QUANTITIES: readonly (readonly Pair[])[] = [5, 250].map((count) =>
  Array.from({ length: count }, () => {
    const truth = 1000 + 60 * normal();
    return { truth, predicted: truth + 12 + 25 * normal() };
  }),
);

/** A bootstrap whose draws are kept for the peer. */
function bootstrapOf(cases: readonly BinaryCase[], seed: number) {
  const ranked = rankCases(cases);
  const picks: number[][] = [];
  const interval = bootstrapInterval(
    cases.length,
    (pick) => {
      picks.push([...pick]);
      return aucOfPick(ranked, pick);
    },
    { resamples: RESAMPLES, chance: randomFrom('picks', seed).next },
  );
  // The first call only asks how many statistics there are.
  return { interval, picks: picks.slice(1) };
}

const bootstraps = BINARY.map(bootstrapOf);
const thresholds = BINARY.map((cases) => youdenThreshold(cases).value ?? Number.NaN);
const numbers = (values: readonly { readonly truth: boolean | number }[]): number[] => values.map(({ truth }) => Number(truth));

let peer: Answers;

beforeAll(() => {
  const asked = {
    binary: BINARY.map((cases, index) => ({
      truth: numbers(cases),
      score: cases.map(({ score }) => score),
      threshold: thresholds[index],
      picks: bootstraps[index]?.picks,
    })),
    classes: CLASSES.map((cases, index) => ({
      truth: numbers(cases),
      predicted: cases.map(({ predicted }) => predicted),
      labels: Array.from({ length: index + 3 }, (_, label) => label),
    })),
    quantity: QUANTITIES.map((pairs) => ({ truth: numbers(pairs), predicted: pairs.map(({ predicted }) => predicted) })),
  };
  try {
    peer = JSON.parse(
      execFileSync('/usr/bin/python3', [SCRIPT], { input: JSON.stringify(asked), encoding: 'utf8', stdio: 'pipe' }),
    );
  } catch (error) {
    throw new Error('python3-sklearn is needed for this test: npm run set-up', { cause: error });
  }
});

describe('figures of a binary test agree with scikit-learn', () => {
  test('in the area under the curve', () => {
    for (const [index, cases] of BINARY.entries()) expect(auc(cases).value).toBeCloseTo(peer.binary[index]?.auc ?? -1, 12);
  });

  test('in every point of the curve', () => {
    for (const [index, cases] of BINARY.entries()) {
      const points = rocPoints(cases).value ?? [];
      const [corner, ...rest] = points;
      expect(corner).toEqual({ threshold: null, truePositiveRate: 0, falsePositiveRate: 0 });
      const theirs = peer.binary[index]?.roc ?? [];
      expect(rest).toHaveLength(theirs.length);
      for (const [place, point] of rest.entries()) {
        const [falseRate, trueRate, threshold] = theirs[place] ?? [];
        expect(point.falsePositiveRate).toBeCloseTo(falseRate ?? -1, 12);
        expect(point.truePositiveRate).toBeCloseTo(trueRate ?? -1, 12);
        expect(point.threshold).toBe(threshold);
      }
    }
  });

  test('in that no threshold has a larger Youden index than ours', () => {
    for (const [index, cases] of BINARY.entries()) {
      const { sensitivity, specificity } = rates(confusion(cases, thresholds[index] ?? Number.NaN));
      const ours = (sensitivity.value ?? 0) + (specificity.value ?? 0) - 1;
      expect(ours).toBeCloseTo(peer.binary[index]?.bestIndex ?? -1, 12);
    }
  });

  test('in counts and rates at a threshold', () => {
    for (const [index, cases] of BINARY.entries()) {
      const counts = confusion(cases, thresholds[index] ?? Number.NaN);
      const theirs = peer.binary[index];
      expect(counts).toEqual(theirs?.confusion);
      const ours = rates(counts);
      for (const name of ['precision', 'recall', 'specificity', 'f1', 'accuracy'] as const)
        expect(ours[name].value).toBeCloseTo(theirs?.[name] ?? -1, 12);
      expect(ours.sensitivity).toEqual(ours.recall);
    }
  });

  test('in the percentile interval over the same resamples, those of one class left out and counted', () => {
    const skipped = bootstraps.map(({ interval }) => ('value' in interval ? -1 : interval.skipped));
    expect(skipped).toEqual(peer.binary.map((answer) => answer.skipped));
    expect(skipped.some((count) => count > 0)).toBe(true);
    for (const [index, { interval }] of bootstraps.entries()) {
      const [low, high] = peer.binary[index]?.interval ?? [];
      expect(interval).toMatchObject({ low: expect.closeTo(low ?? -1, 12), high: expect.closeTo(high ?? -1, 12) });
    }
  });
});

test('figures of several classes agree with scikit-learn', () => {
  for (const [index, cases] of CLASSES.entries()) {
    const theirs = peer.classes[index];
    const labels = Array.from({ length: index + 3 }, (_, label) => `class ${label}`);
    const ours = multiClassFigures(confusionMatrix(cases, labels.length), labels);
    expect(ours.matrix).toEqual(theirs?.matrix);
    for (const [place, row] of ours.rows.entries()) {
      expect(row.support).toBe(theirs?.support[place]);
      for (const name of ['precision', 'recall', 'f1'] as const)
        expect(row[name].value).toBeCloseTo(theirs?.[name][place] ?? -1, 12);
    }
    for (const name of ['accuracy', 'macroF1', 'weightedF1'] as const)
      expect(ours[name].value).toBeCloseTo(theirs?.[name] ?? -1, 12);
  }
});

test('errors and limits of agreement of a quantity agree with scikit-learn and NumPy', () => {
  for (const [index, pairs] of QUANTITIES.entries()) {
    const theirs = peer.quantity[index];
    const ours = agreement(pairs);
    for (const name of ['mae', 'rmse', 'r2'] as const) expect(ours[name].value).toBeCloseTo(theirs?.[name] ?? -1, 9);
    for (const name of ['bias', 'sd', 'lower', 'upper'] as const)
      expect(ours.blandAltman.value?.[name]).toBeCloseTo(theirs?.blandAltman[name] ?? -1, 9);
  }
});
