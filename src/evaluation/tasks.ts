// What is evaluated: one task per output of a model. In: cases. Out: the task with all figures, as metrics.json and the report hold it. Pure.
import type { Evidence } from '../contracts/model.ts';
import { type Agreement, agreement, type Pair } from './agreement.ts';
import { type BootstrapOptions, bootstrapIntervals } from './bootstrap.ts';
import { type Figure, type Interval, type Undefined, undefinedFigure, withInterval } from './figure.ts';
import {
  auc,
  aucOfPick,
  type BinaryCase,
  type Confusion,
  confusion,
  f1,
  type Rates,
  rankCases,
  rates,
  sensitivity,
  specificity,
  youdenThreshold,
} from './metrics.ts';
import { type ClassCase, confusionMatrix, type MultiClassFigures, multiClassFigures } from './multi-class.ts';

/** Cases that have no place in a task, by reason. */
export type LeftOut = { readonly reason: string; readonly count: number };

/** Counts of equal reasons, in the order of their first appearance. */
export const byReason = (reasons: readonly string[]): readonly LeftOut[] =>
  [...new Set(reasons)].map((reason) => ({ reason, count: reasons.filter((one) => one === reason).length }));

/** What all tasks say of themselves. */
export type TaskHead = {
  /** Output of the manifest, e.g. `sec`. */
  readonly id: string;
  readonly name: string;
  /** What one case is: `section`, `keyframe`, ... */
  readonly per: string;
  readonly leftOut: readonly LeftOut[];
  /** Figures that the manifest states for this output. */
  readonly evidence: readonly Evidence[];
};

/** Figures at one threshold. */
export type OperatingPoint = {
  /** `model`: the threshold of the manifest, by which the node makes its statement. `youden`: the best of this very cohort. */
  readonly kind: 'model' | 'youden';
  readonly threshold: number;
  readonly method: string;
  readonly confusion: Confusion;
  readonly rates: Rates;
};

export type BinaryTask = TaskHead & {
  readonly kind: 'binary';
  readonly classes: readonly [negative: string, positive: string];
  readonly cases: readonly BinaryCase[];
  readonly auc: Figure;
  readonly operatingPoints: readonly OperatingPoint[];
};

export type MultiClassTask = TaskHead & {
  readonly kind: 'multi-class';
  readonly classes: readonly string[];
  readonly cases: readonly ClassCase[];
  readonly figures: MultiClassFigures;
};

export type QuantityTask = TaskHead & {
  readonly kind: 'quantity';
  readonly unit: string;
  readonly cases: readonly Pair[];
  readonly figures: Agreement;
};

export type Task = BinaryTask | MultiClassTask | QuantityTask;

const NONE: Undefined = undefinedFigure('not reckoned');

type Threshold = Pick<OperatingPoint, 'kind' | 'threshold' | 'method'>;

const picked = <T>(cases: readonly T[], pick: Uint32Array): readonly T[] =>
  Array.from(pick, (index) => cases[index]).filter((one) => one !== undefined);

/** Statistics of a binary resample: the AUC, then sensitivity, specificity and F1 of every threshold. Counts by hand: this runs thousands of times. */
function binaryStatistics(cases: readonly BinaryCase[], thresholds: readonly Threshold[]) {
  const ranked = rankCases(cases);
  const called = thresholds.map(({ threshold }) => Uint8Array.from(cases, ({ score }) => Number(score >= threshold)));
  return (pick: Uint32Array): readonly (number | null)[] => [
    aucOfPick(ranked, pick),
    ...called.flatMap((calls) => {
      const cells = [0, 0, 0, 0];
      for (const index of pick) {
        const cell = 2 * (ranked.truth[index] ?? 0) + (calls[index] ?? 0);
        cells[cell] = (cells[cell] ?? 0) + 1;
      }
      const [TN = 0, FP = 0, FN = 0, TP = 0] = cells;
      const counts = { TN, FP, FN, TP };
      return [sensitivity(counts).value, specificity(counts).value, f1(counts).value];
    }),
  ];
}

/**
 * A binary task at the threshold of the model (when it has one) and at Youden's of these cases, with intervals of AUC, sensitivity, specificity
 * and F1. The threshold stays fixed while resampling, so Youden's figures of the cohort it was found on are optimistic.
 */
export function binaryTask(
  head: TaskHead & { readonly classes: readonly [string, string] },
  cases: readonly BinaryCase[],
  options: BootstrapOptions & { readonly threshold?: number | undefined; readonly thresholdMethod?: string | undefined },
): BinaryTask {
  const best = youdenThreshold(cases);
  const thresholds: readonly Threshold[] = [
    ...(options.threshold === undefined
      ? []
      : [{ kind: 'model' as const, threshold: options.threshold, method: options.thresholdMethod ?? 'stated in the manifest' }]),
    ...(best.value === null ? [] : [{ kind: 'youden' as const, threshold: best.value, method: 'Youden, on these cases' }]),
  ];
  const intervals = bootstrapIntervals(cases.length, binaryStatistics(cases, thresholds), options);
  const intervalAt = (index: number): Interval | Undefined => intervals[index] ?? NONE;
  const operatingPoints = thresholds.map((threshold, index): OperatingPoint => {
    const counts = confusion(cases, threshold.threshold);
    const plain = rates(counts);
    const first = 1 + 3 * index;
    const sensitivityFigure = withInterval(plain.sensitivity, intervalAt(first));
    return {
      ...threshold,
      confusion: counts,
      rates: {
        ...plain,
        sensitivity: sensitivityFigure,
        recall: sensitivityFigure,
        specificity: withInterval(plain.specificity, intervalAt(first + 1)),
        f1: withInterval(plain.f1, intervalAt(first + 2)),
      },
    };
  });
  return { ...head, kind: 'binary', cases, auc: withInterval(auc(cases), intervalAt(0)), operatingPoints };
}

/** A task with several classes, with intervals of accuracy and macro F1. */
export function multiClassTask(
  head: TaskHead & { readonly classes: readonly string[] },
  cases: readonly ClassCase[],
  options: BootstrapOptions,
): MultiClassTask {
  const of = (some: readonly ClassCase[]): MultiClassFigures =>
    multiClassFigures(confusionMatrix(some, head.classes.length), head.classes);
  const figures = of(cases);
  const [accuracy = NONE, macroF1 = NONE] = bootstrapIntervals(
    cases.length,
    (pick) => {
      const resampled = of(picked(cases, pick));
      return [resampled.accuracy.value, resampled.macroF1.value];
    },
    options,
  );
  return {
    ...head,
    kind: 'multi-class',
    cases,
    figures: {
      ...figures,
      accuracy: withInterval(figures.accuracy, accuracy),
      macroF1: withInterval(figures.macroF1, macroF1),
    },
  };
}

/** A measured quantity, with intervals of MAE, RMSE and R². */
export function quantityTask(
  head: TaskHead & { readonly unit: string },
  cases: readonly Pair[],
  options: BootstrapOptions,
): QuantityTask {
  const figures = agreement(cases);
  const [mae = NONE, rmse = NONE, r2 = NONE] = bootstrapIntervals(
    cases.length,
    (pick) => {
      const resampled = agreement(picked(cases, pick));
      return [resampled.mae.value, resampled.rmse.value, resampled.r2.value];
    },
    options,
  );
  return {
    ...head,
    kind: 'quantity',
    cases,
    figures: {
      ...figures,
      mae: withInterval(figures.mae, mae),
      rmse: withInterval(figures.rmse, rmse),
      r2: withInterval(figures.r2, r2),
    },
  };
}
