// The drawings of a report. In: a task. Out: SVG: ROC curve with operating points and intervals, confusion matrix, Bland-Altman plot. Pure.
import { intervalText } from './evaluation.ts';
import type { Figure } from './figure.ts';
import { type Confusion, type RocPoint, rocPoints } from './metrics.ts';
import { circle, drawing, escaped, label, line, OURS, POINT, polyline, rectangle, scale, ticks } from './svg.ts';
import type { BinaryTask, OperatingPoint, QuantityTask } from './tasks.ts';

const PLOT = 300;
const LEFT = 56;
const TOP = 12;
const BELOW = 46;

/** Points of a curve without those inside a straight run along an axis: the same picture, far fewer points. */
export function cornersOf(points: readonly RocPoint[]): readonly RocPoint[] {
  return points.filter((point, index) => {
    const before = points[index - 1];
    const after = points[index + 1];
    if (before === undefined || after === undefined) return true;
    const along = (of: (one: RocPoint) => number): boolean => of(before) === of(point) && of(point) === of(after);
    return !along((one) => one.truePositiveRate) && !along((one) => one.falsePositiveRate);
  });
}

type Frame = {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly xName: string;
  readonly yName: string;
};

/** Grid, tick labels and axis names. */
function axes(frame: Frame): readonly string[] {
  const { x, y, xTicks, yTicks, width, height, xName, yName } = frame;
  const grid = { opacity: 0.15 };
  return [
    ...xTicks.flatMap((tick) => [
      line([x(tick), TOP], [x(tick), TOP + height], grid),
      label([x(tick), TOP + height + 16], String(tick), { anchor: 'middle', size: 11 }),
    ]),
    ...yTicks.flatMap((tick) => [
      line([LEFT, y(tick)], [LEFT + width, y(tick)], grid),
      label([LEFT - 6, y(tick) + 4], String(tick), { anchor: 'end', size: 11 }),
    ]),
    rectangle([LEFT, TOP], [width, height], { opacity: 0.5 }),
    label([LEFT + width / 2, TOP + height + 36], xName, { anchor: 'middle' }),
    label([14, TOP + height / 2], yName, { anchor: 'middle', turned: true }),
  ];
}

/** The point of a threshold on the curve, with bars as long as the intervals of sensitivity and specificity. */
function operatingPointMark({ rates, kind }: OperatingPoint, { x, y }: Frame): readonly string[] {
  const { sensitivity, specificity } = rates;
  if (sensitivity.value === null || specificity.value === null) return [];
  const at = [x(1 - specificity.value), y(sensitivity.value)] as const;
  if (kind === 'youden') return [circle(at, 6, { colour: OURS, width: 2 })];
  const bar = { colour: POINT, width: 1.5 };
  const vertical = sensitivity.interval;
  const horizontal = specificity.interval;
  return [
    ...(vertical === undefined ? [] : [line([at[0], y(vertical.low)], [at[0], y(vertical.high)], bar)]),
    ...(horizontal === undefined ? [] : [line([x(1 - horizontal.low), at[1]], [x(1 - horizontal.high), at[1]], bar)]),
    circle(at, 4.5, { fill: POINT, colour: POINT }),
  ];
}

/** ROC curve; null where there is none. A filled mark is the model's threshold with 95 % intervals, a ring the Youden threshold of the cohort. */
export function rocChart(task: BinaryTask): string | null {
  const curve = rocPoints(task.cases);
  if (curve.value === null) return null;
  const shares = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const frame: Frame = {
    x: scale([0, 1], [LEFT, LEFT + PLOT]),
    y: scale([0, 1], [TOP + PLOT, TOP]),
    xTicks: shares,
    yTicks: shares,
    width: PLOT,
    height: PLOT,
    xName: '1 - specificity',
    yName: 'sensitivity',
  };
  const { x, y } = frame;
  const points = cornersOf(curve.value).map(
    ({ falsePositiveRate, truePositiveRate }) => [x(falsePositiveRate), y(truePositiveRate)] as const,
  );
  const legend = [`AUC ${intervalText(task.auc)}`, ...task.operatingPoints.map(legendText)];
  const parts = [
    ...axes(frame),
    line([x(0), y(0)], [x(1), y(1)], { dash: '4 4', opacity: 0.4 }),
    polyline(points, { colour: OURS, width: 2 }),
    ...[...task.operatingPoints].reverse().flatMap((point) => operatingPointMark(point, frame)),
    ...legend.map((text, index) => label([LEFT, TOP + PLOT + BELOW + 14 + 17 * index], text, { size: 12, bold: index === 0 })),
  ];
  const height = TOP + PLOT + BELOW + 8 + 17 * legend.length;
  return drawing(LEFT + PLOT + 16, height, { title: `ROC curve: ${task.name}. AUC ${intervalText(task.auc)}`, parts });
}

const legendText = ({ kind, threshold }: OperatingPoint): string =>
  kind === 'model' ? `● model's threshold ${threshold.toFixed(4)}` : `○ Youden, this cohort ${threshold.toFixed(4)}`;

const LEAST_CELL_WIDTH = 96;
/** Pixels of a letter of a class's name, at the most. */
const LETTER = 7;
const CELL_HEIGHT = 58;

const percent = (count: number, of: number): string => (of === 0 ? '' : `${((100 * count) / of).toFixed(1)} %`);

/** Confusion matrix; rows are the truth, columns the prediction; cells are shaded and told in per cent by row. */
export function matrixChart(matrix: readonly (readonly number[])[], labels: readonly string[], title: string): string {
  const longest = Math.max(...labels.map((text) => text.length));
  const left = 40 + LETTER * Math.max(8, longest);
  // Names of neighbours must not run into one another.
  const cellWidth = Math.max(LEAST_CELL_WIDTH, LETTER * (longest + 2));
  const top = 44;
  const cells = matrix.flatMap((row, rowIndex) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.flatMap((count, column) => {
      const x = left + column * cellWidth;
      const y = top + rowIndex * CELL_HEIGHT;
      const fillOpacity = total === 0 ? 0 : (0.6 * count) / total;
      return [
        rectangle([x, y], [cellWidth, CELL_HEIGHT], { fill: OURS, fillOpacity, opacity: 0.4 }),
        label([x + cellWidth / 2, y + 27], String(count), { anchor: 'middle', size: 17, bold: true }),
        label([x + cellWidth / 2, y + 45], percent(count, total), { anchor: 'middle', size: 11 }),
      ];
    });
  });
  const width = left + labels.length * cellWidth;
  const height = top + labels.length * CELL_HEIGHT;
  const names = labels.flatMap((text, index) => [
    label([left + (index + 0.5) * cellWidth, top - 8], text, { anchor: 'middle' }),
    label([left - 8, top + (index + 0.5) * CELL_HEIGHT + 4], text, { anchor: 'end' }),
  ]);
  const parts = [
    ...cells,
    ...names,
    label([left + (labels.length * cellWidth) / 2, 16], 'predicted', { anchor: 'middle', bold: true }),
    label([14, top + (labels.length * CELL_HEIGHT) / 2], 'truth', { anchor: 'middle', turned: true, bold: true }),
  ];
  return drawing(width + 12, height + 12, { title, parts });
}

/** The four cells of a binary test as a matrix, negative class first. */
export const binaryMatrix = ({ TN, FP, FN, TP }: Confusion): readonly (readonly number[])[] => [
  [TN, FP],
  [FN, TP],
];

/** Lowest and highest with a twentieth of room on both sides; a single value gets room of its own. */
function range(values: readonly number[]): readonly [number, number] {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const room = high > low ? (high - low) / 20 : Math.max(1, Math.abs(low) / 10);
  return [low - room, high + room];
}

/** Pixels from one name of a level to the next. */
const NAME_HEIGHT = 14;

/** Bland-Altman plot: difference (predicted - truth) against the mean of both, with bias and limits of agreement. Null below two cases. */
export function blandAltmanChart(task: QuantityTask): string | null {
  const { blandAltman } = task.figures;
  if (blandAltman.value === null) return null;
  const { bias, lower, upper } = blandAltman.value;
  const points = task.cases.map(({ truth, predicted }) => [(truth + predicted) / 2, predicted - truth] as const);
  const across = range(points.map(([mean]) => mean));
  const along = range([...points.map(([, difference]) => difference), lower, upper]);
  const unit = task.unit === '' ? '' : ` (${task.unit})`;
  const width = 420;
  const height = 260;
  const frame: Frame = {
    x: scale(across, [LEFT, LEFT + width]),
    y: scale(along, [TOP + height, TOP]),
    xTicks: ticks(...across, 6),
    yTicks: ticks(...along, 6),
    width,
    height,
    xName: `mean of truth and prediction${unit}`,
    yName: `prediction - truth${unit}`,
  };
  const levels: readonly (readonly [number, string, string | undefined])[] = [
    [bias, 'bias', undefined],
    [lower, '-1.96 SD', '6 4'],
    [upper, '+1.96 SD', '6 4'],
  ];
  // Names keep apart where the lines lie close together, as they do when every case agrees.
  const middle = frame.y(bias);
  const names = [middle, Math.max(frame.y(lower), middle + NAME_HEIGHT), Math.min(frame.y(upper), middle - NAME_HEIGHT)];
  const parts = [
    ...axes(frame),
    ...points.map(([mean, difference]) => circle([frame.x(mean), frame.y(difference)], 2.5, { fill: OURS, colour: 'none' })),
    ...levels.flatMap(([value, name, dash], at) => [
      line([LEFT, frame.y(value)], [LEFT + width, frame.y(value)], {
        colour: POINT,
        width: 1.5,
        ...(dash === undefined ? {} : { dash }),
      }),
      label([LEFT + width + 6, (names[at] ?? frame.y(value)) + 4], `${name} ${value.toFixed(2)}`, { size: 11 }),
    ]),
  ];
  return drawing(LEFT + width + 110, TOP + height + BELOW, { title: `Bland-Altman plot: ${task.name}`, parts });
}

/** Why a figure or a drawing is missing. */
export const missingText = (of: Figure): string => (of.value === null ? `<p>Undefined: ${escaped(of.reason)}.</p>` : '');
