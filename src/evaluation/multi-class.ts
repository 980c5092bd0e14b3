// Figures of a choice among several classes. In: pairs of class numbers. Out: the confusion matrix and a table by class. Pure.
import { type Figure, ratio, undefinedFigure } from './figure.ts';
import { f1, precision, sensitivity } from './metrics.ts';

/** One case; both are numbers of classes, from 0. */
export type ClassCase = { readonly truth: number; readonly predicted: number };

export type ClassRow = {
  readonly label: string;
  /** Cases that are of this class. */
  readonly support: number;
  readonly precision: Figure;
  readonly recall: Figure;
  readonly f1: Figure;
};

export type MultiClassFigures = {
  /** Rows: truth, columns: prediction. */
  readonly matrix: readonly (readonly number[])[];
  readonly rows: readonly ClassRow[];
  readonly accuracy: Figure;
  /** Mean of F1 over the classes, each counting alike; undefined when one of them is. */
  readonly macroF1: Figure;
  /** Mean of F1 weighted by support. */
  readonly weightedF1: Figure;
};

/** Counts by true class (row) and predicted class (column). Throws RangeError for a class number outside 0..classes-1. */
export function confusionMatrix(cases: readonly ClassCase[], classes: number): readonly (readonly number[])[] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const { truth, predicted } of cases) {
    const row = matrix[truth];
    const count = row?.[predicted];
    if (row === undefined || count === undefined) throw new RangeError(`class ${truth} or ${predicted} is none of ${classes}`);
    row[predicted] = count + 1;
  }
  return matrix;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function weightedMean(rows: readonly ClassRow[], weights: readonly number[]): Figure {
  const total = sum(weights);
  if (total === 0) return undefinedFigure('no cases');
  let mean = 0;
  for (const [index, row] of rows.entries()) {
    const weight = weights[index] ?? 0;
    if (weight === 0) continue;
    if (row.f1.value === null) return undefinedFigure(`${row.label}: ${row.f1.reason}`);
    mean += (row.f1.value * weight) / total;
  }
  return { value: mean };
}

/** The figures of a matrix; `labels` names its classes in order. */
export function multiClassFigures(matrix: readonly (readonly number[])[], labels: readonly string[]): MultiClassFigures {
  const total = sum(matrix.map(sum));
  const rows = labels.map((label, index): ClassRow => {
    const TP = matrix[index]?.[index] ?? 0;
    const support = sum(matrix[index] ?? []);
    const FP = sum(matrix.map((row) => row[index] ?? 0)) - TP;
    const FN = support - TP;
    const counts = { TP, FP, FN, TN: total - TP - FP - FN };
    return { label, support, precision: precision(counts), recall: sensitivity(counts), f1: f1(counts) };
  });
  const right = sum(labels.map((_, index) => matrix[index]?.[index] ?? 0));
  return {
    matrix,
    rows,
    accuracy: ratio(right, total, 'no cases'),
    macroF1: total === 0 ? undefinedFigure('no cases') : weightedMean(rows, new Array<number>(rows.length).fill(1)),
    weightedF1: weightedMean(
      rows,
      rows.map(({ support }) => support),
    ),
  };
}
