// The table of a paper on a binary test: a row a task and operating point, with the figures that the manifest quotes below it. In: an evaluation.
// Out: a heading and rows of texts, the same for the terminal and the report. Pure.
import type { Evidence } from '../contracts/model.ts';
import { type Evaluation, figureText, intervalText, measuredText } from './evaluation.ts';
import type { BinaryTask, OperatingPoint, Task } from './tasks.ts';

export type TableRow = {
  /** `ours` was measured now; `quoted` stands in the manifest. */
  readonly kind: 'ours' | 'quoted';
  readonly cells: readonly string[];
};

export type Table = { readonly title: string; readonly heading: readonly string[]; readonly rows: readonly TableRow[] };

const NOTHING = '–';

/** Columns of the binary table as in Table 1 of Huang et al. 2024, with what tells the rows apart before them. */
const BINARY_HEADING = [
  'Output',
  'Row',
  'Cases',
  'AUC (95 % interval)',
  'Threshold',
  'Sensitivity',
  'Specificity',
  'F1',
  'TN',
  'FP',
  'FN',
  'TP',
] as const;

/** Words of a metric in the manifest → column. */
const COLUMN_OF: Readonly<Record<string, (typeof BINARY_HEADING)[number]>> = {
  auc: 'AUC (95 % interval)',
  'roc-auc': 'AUC (95 % interval)',
  threshold: 'Threshold',
  sensitivity: 'Sensitivity',
  recall: 'Sensitivity',
  specificity: 'Specificity',
  f1: 'F1',
  tn: 'TN',
  fp: 'FP',
  fn: 'FN',
  tp: 'TP',
};

/** `AUC, published, other weights` → `AUC`. */
const metricName = (metric: string): string => metric.split(',')[0]?.trim() ?? '';
export const isPublished = (evidence: Evidence): boolean => /published/i.test(evidence.metric);

const cellsOf = (columns: Readonly<Record<string, string>>, heading: readonly string[]): readonly string[] =>
  heading.map((name) => columns[name] ?? NOTHING);

const POINT_WORDS: Readonly<Record<OperatingPoint['kind'], string>> = {
  model: "at the model's threshold",
  youden: "at this cohort's Youden threshold",
};

function binaryRow(task: BinaryTask, point: OperatingPoint | null): TableRow {
  const counts = point === null ? {} : { ...point.confusion };
  const columns = {
    Output: task.name,
    Row: point === null ? 'measured' : POINT_WORDS[point.kind],
    Cases: String(task.cases.length),
    'AUC (95 % interval)': intervalText(task.auc),
    ...(point === null
      ? {}
      : {
          Threshold: point.threshold.toFixed(4),
          Sensitivity: figureText(point.rates.sensitivity),
          Specificity: figureText(point.rates.specificity),
          F1: figureText(point.rates.f1),
        }),
    ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])),
  };
  return { kind: 'ours', cells: cellsOf(columns, BINARY_HEADING) };
}

/** Evidence of one cohort as one row; figures without a column of their own are told beneath the table. */
function quotedRows(task: BinaryTask): readonly TableRow[] {
  const groups = new Map<string, Evidence[]>();
  for (const evidence of task.evidence) {
    const key = JSON.stringify([isPublished(evidence), evidence.cohort, evidence.source]);
    groups.set(key, [...(groups.get(key) ?? []), evidence]);
  }
  return [...groups.values()].flatMap((group) => {
    const known = group.flatMap((evidence) => {
      const column = COLUMN_OF[metricName(evidence.metric).toLowerCase()];
      if (column === undefined) return [];
      const isCount = /^(TN|FP|FN|TP)$/.test(column);
      return [[column, measuredText(evidence.measured, isCount ? 0 : 4)] as const];
    });
    const [first] = group;
    if (known.length === 0 || first === undefined) return [];
    const columns = {
      Output: task.name,
      Row: isPublished(first) ? 'published, other weights' : 'stated in the manifest',
      ...Object.fromEntries(known),
    };
    return [{ kind: 'quoted' as const, cells: cellsOf(columns, BINARY_HEADING) }];
  });
}

/** The table of all binary tasks; null when there is none. */
function binaryTable(tasks: readonly Task[]): Table | null {
  const binary = tasks.filter((task) => task.kind === 'binary');
  if (binary.length === 0) return null;
  const rows = binary.flatMap((task) => [
    ...(task.operatingPoints.length === 0
      ? [binaryRow(task, null)]
      : task.operatingPoints.map((point) => binaryRow(task, point))),
    ...quotedRows(task),
  ]);
  return { title: 'Binary outputs', heading: BINARY_HEADING, rows };
}

const CLASS_HEADING = ['Class', 'Precision', 'Recall', 'F1', 'Accuracy', 'Cases'] as const;
const QUANTITY_HEADING = ['Figure', 'Value (95 % interval)'] as const;

/** The column of a quoted figure of several classes: `mean F1` and `F1 LM1` are an F1; what is no precision, recall or F1 is a share of right answers. */
const classColumn = (name: string): (typeof CLASS_HEADING)[number] =>
  (['Precision', 'Recall', 'F1'] as const).find((column) => new RegExp(`\\b${column}\\b`, 'iu').test(name)) ?? 'Accuracy';

/** Figures of the manifest, each in its column. */
const quoted = (task: Task, heading: readonly string[], columnOf: (name: string) => string): readonly TableRow[] =>
  task.evidence.map((evidence) => {
    const name = metricName(evidence.metric);
    const what = `${name} ${isPublished(evidence) ? 'published, other weights' : 'stated in the manifest'}`;
    const columns = { [heading[0] ?? '']: what, [columnOf(name)]: measuredText(evidence.measured) };
    return { kind: 'quoted', cells: cellsOf(columns, heading) };
  });

/** Precision, recall and F1 by class, as in Table 2 of Tanno et al. 2018, and accuracy; or the errors of a quantity. Null for a binary task. */
function taskTable(task: Task): Table | null {
  if (task.kind === 'multi-class') {
    const { rows, accuracy, macroF1, weightedF1 } = task.figures;
    const byClass = rows.map(({ label, precision, recall, f1, support }) => ({
      Class: label,
      Precision: figureText(precision),
      Recall: figureText(recall),
      F1: figureText(f1),
      Cases: String(support),
    }));
    const Cases = String(task.cases.length);
    const whole = [
      { Class: 'mean of the classes', F1: intervalText(macroF1), Cases },
      { Class: 'mean by support', F1: figureText(weightedF1), Cases },
      { Class: 'accuracy', Accuracy: intervalText(accuracy), Cases },
    ];
    const ours = [...byClass, ...whole].map((row): TableRow => ({ kind: 'ours', cells: cellsOf(row, CLASS_HEADING) }));
    return { title: task.name, heading: CLASS_HEADING, rows: [...ours, ...quoted(task, CLASS_HEADING, classColumn)] };
  }
  if (task.kind === 'quantity') {
    const { mae, rmse, r2, blandAltman } = task.figures;
    const unit = task.unit === '' ? '' : ` (${task.unit})`;
    const limits =
      blandAltman.value === null
        ? [NOTHING, NOTHING]
        : [blandAltman.value.bias.toFixed(4), `${blandAltman.value.lower.toFixed(4)} to ${blandAltman.value.upper.toFixed(4)}`];
    const [bias = NOTHING, agreement = NOTHING] = limits;
    const rows = [
      ['cases', String(task.cases.length)],
      [`mean absolute error${unit}`, intervalText(mae)],
      [`root mean squared error${unit}`, intervalText(rmse)],
      ['R²', intervalText(r2)],
      [`bias${unit}`, bias],
      [`limits of agreement${unit}`, agreement],
    ].map((cells): TableRow => ({ kind: 'ours', cells }));
    const stated = quoted(task, QUANTITY_HEADING, () => QUANTITY_HEADING[1]);
    return { title: task.name, heading: QUANTITY_HEADING, rows: [...rows, ...stated] };
  }
  return null;
}

/** The confusion matrices of an evaluation as tables, for where nothing can be drawn: a row a true class, a column a class that was said. */
export function matrixTables({ tasks }: Pick<Evaluation, 'tasks'>): readonly Table[] {
  return tasks.flatMap((task) => {
    if (task.kind !== 'multi-class') return [];
    const rows = task.figures.matrix.map((counts, truth): TableRow => {
      return { kind: 'ours', cells: [task.classes[truth] ?? '', ...counts.map(String)] };
    });
    return [{ title: `${task.name}: confusion matrix`, heading: ['Truth', ...task.classes.map((name) => `said ${name}`)], rows }];
  });
}

/** All tables of an evaluation in their order. */
export function tablesOf(evaluation: Pick<Evaluation, 'tasks'>): readonly Table[] {
  const binary = binaryTable(evaluation.tasks);
  const others = evaluation.tasks.flatMap((task) => taskTable(task) ?? []);
  return binary === null ? others : [binary, ...others];
}
