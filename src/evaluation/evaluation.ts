// A finished evaluation as plain data. In: tasks and what is known about the run. Out: the record that the report is made from, and its summary for
// metrics.json. Pure.
import type { Measured } from '../contracts/model.ts';
import type { Figure } from './figure.ts';
import type { LeftOut, OperatingPoint, Task } from './tasks.ts';

/** The model that was evaluated. */
export type EvaluatedModel = {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly referenceWeights: boolean;
  readonly notice: string;
};

export type Evaluation = {
  readonly model: EvaluatedModel;
  /** Version of the node that analysed. */
  readonly softwareVersion: string;
  /** Execution providers that ran, e.g. `cpu`. */
  readonly providers: readonly string[];
  readonly resamples: number;
  readonly seed: number;
  readonly studies: {
    /** Studies with files and labels. */
    readonly found: number;
    readonly evaluated: number;
    readonly leftOut: readonly LeftOut[];
  };
  /** Images of evaluated studies that the model did not look at, by reason. */
  readonly imagesLeftOut: readonly LeftOut[];
  readonly tasks: readonly Task[];
};

const operatingPointSummary = ({ kind, threshold, method, confusion, rates }: OperatingPoint) => ({
  kind,
  threshold,
  method,
  sensitivity: rates.sensitivity,
  specificity: rates.specificity,
  precision: rates.precision,
  f1: rates.f1,
  accuracy: rates.accuracy,
  ...confusion,
});

function taskSummary(task: Task) {
  const head = { id: task.id, name: task.name, per: task.per, kind: task.kind, cases: task.cases.length, leftOut: task.leftOut };
  switch (task.kind) {
    case 'binary': {
      const positives = task.cases.filter(({ truth }) => truth).length;
      const counts = { classes: task.classes, positives, negatives: task.cases.length - positives };
      return { ...head, ...counts, auc: task.auc, operatingPoints: task.operatingPoints.map(operatingPointSummary) };
    }
    case 'multi-class':
      return { ...head, classes: task.classes, ...task.figures };
    case 'quantity':
      return { ...head, unit: task.unit, ...task.figures };
  }
}

/** What metrics.json holds: every figure at full precision, no single case, nothing that differs from run to run. */
export function evaluationSummary(evaluation: Evaluation) {
  const { tasks, ...rest } = evaluation;
  return { schema: 1, ...rest, interval: '95 % percentile bootstrap over cases', tasks: tasks.map(taskSummary) };
}

/** A number with its interval in brackets where there is one; four decimals unless told. */
export function measuredText(measured: Measured, decimals = 4): string {
  const { value, low, high } = measured;
  if (low === undefined || high === undefined) return value.toFixed(decimals);
  return `${value.toFixed(decimals)} (${low.toFixed(decimals)} to ${high.toFixed(decimals)})`;
}

/** A figure for people: four decimals; an en dash for one that is undefined. */
export const figureText = (of: Figure): string => (of.value === null ? '–' : of.value.toFixed(4));

/** The same with its interval. */
export const intervalText = (of: Figure): string =>
  of.value === null
    ? '–'
    : measuredText({ value: of.value, ...(of.interval === undefined ? {} : { low: of.interval.low, high: of.interval.high }) });
