// The report of an evaluation for people. In: an evaluation. Out: one HTML page that needs nothing else: no script, no font, no address. Pure.
import { binaryMatrix, blandAltmanChart, matrixChart, missingText, rocChart } from './charts.ts';
import { type Evaluation, intervalText } from './evaluation.ts';
import { severalOf } from './figure.ts';
import { isPublished, type Table, tablesOf } from './paper-table.ts';
import { escaped } from './svg.ts';
import type { BinaryTask, LeftOut, Task } from './tasks.ts';

const STYLE = `
:root { color-scheme: light dark; --page: #fff; --ink: #1b1f24; --soft: #57606a; --edge: #d0d7de; --quoted: #f4f6f8; --notice: #fff3cd; --notice-edge: #b58100; }
@media (prefers-color-scheme: dark) { :root { --page: #14171a; --ink: #e6e9ec; --soft: #9aa4ae; --edge: #3a4148; --quoted: #1d2227; --notice: #3a2f0b; --notice-edge: #d9a520; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 75rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
.notice { border: 2px solid var(--notice-edge); background: var(--notice); padding: .6rem 1rem; margin: 0 0 1rem; font-weight: 600; border-radius: .3rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { border-bottom: 1px solid var(--edge); padding: .3rem .6rem; text-align: left; white-space: nowrap; } tr.quoted { background: var(--quoted); color: var(--soft); }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; } figure { margin: 0; } figcaption { color: var(--soft); font-size: .85rem; }
svg { max-width: 100%; height: auto; } p, li, dd { max-width: 60rem; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media print { body { max-width: none; padding: 0; } section { break-inside: avoid; } }
`;

/** What stands on top of everything that reference weights gave. */
export const REFERENCE_NOTICE =
  'Reference weights, trained on simulated images. These figures are no clinical evidence; the model is not for diagnosis.';

const list = (items: readonly string[]): string =>
  items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;

const leftOutList = (leftOut: readonly LeftOut[]): string => list(leftOut.map(({ count, reason }) => `${count}: ${reason}`));

const tableHtml = ({ title, heading, rows }: Table): string =>
  [
    `<h2>${escaped(title)}</h2><div class="scroll"><table><thead><tr>${heading.map((name) => `<th scope="col">${escaped(name)}</th>`).join('')}</tr></thead><tbody>`,
    ...rows.map(
      ({ kind, cells }) =>
        `<tr class="${kind}">${cells.map((cell, index) => (index === 0 ? `<th scope="row">${escaped(cell)}</th>` : `<td>${escaped(cell)}</td>`)).join('')}</tr>`,
    ),
    '</tbody></table></div>',
  ].join('');

const figureHtml = (drawn: string | null, caption: string): string =>
  drawn === null ? '' : `<figure>${drawn}<figcaption>${escaped(caption)}</figcaption></figure>`;

function binaryCharts(task: BinaryTask): string {
  const [point] = task.operatingPoints;
  const matrix =
    point === undefined
      ? null
      : matrixChart(binaryMatrix(point.confusion), task.classes, `Confusion matrix: ${task.name}, threshold ${point.threshold}`);
  const caption =
    point === undefined
      ? ''
      : `Confusion matrix at ${point.threshold.toFixed(4)} (${point.method}). Sensitivity ${intervalText(point.rates.sensitivity)}, specificity ${intervalText(point.rates.specificity)}, F1 ${intervalText(point.rates.f1)}.`;
  return [
    '<div class="charts">',
    figureHtml(rocChart(task), `ROC curve over ${task.cases.length} cases; bars: 95 % intervals at the model's threshold.`),
    figureHtml(matrix, caption),
    '</div>',
    missingText(task.auc),
  ].join('');
}

function chartsOf(task: Task): string {
  switch (task.kind) {
    case 'binary':
      return binaryCharts(task);
    case 'multi-class':
      return `<div class="charts">${figureHtml(matrixChart(task.figures.matrix, task.classes, `Confusion matrix: ${task.name}`), `Confusion matrix of ${task.cases.length} cases.`)}</div>${missingText(task.figures.accuracy)}`;
    case 'quantity':
      return `<div class="charts">${figureHtml(blandAltmanChart(task), 'Difference against mean; bias and limits of agreement.')}</div>${missingText(task.figures.mae)}`;
  }
}

function taskSection(task: Task): string {
  const leftOut =
    task.leftOut.length === 0 ? '' : `<h3>Left out (${escaped(severalOf(task.per))})</h3>${leftOutList(task.leftOut)}`;
  return `<section><h2>${escaped(task.name)}</h2>${chartsOf(task)}${leftOut}</section>`;
}

/** How the figures are to be read. */
function cautions(tasks: readonly Task[]): string {
  const youden = tasks.some((task) => task.kind === 'binary' && task.operatingPoints.some(({ kind }) => kind === 'youden'));
  const words = [
    ...(youden
      ? ['A row at the cohort’s own Youden threshold is optimistic, because the threshold was chosen on the same cases.']
      : []),
    'Cases of one study are alike, so for new patients the intervals are too narrow, by image more than by section or heart.',
  ];
  return `<p>${words.join(' ')}</p>`;
}

/** Where quoted figures come from. */
function sources(tasks: readonly Task[]): string {
  const lines = tasks.flatMap(({ evidence }) =>
    evidence.map((one) => `${isPublished(one) ? 'Published' : 'Stated in the manifest'}: ${one.cohort}. ${one.source}.`),
  );
  if (lines.length === 0) return '';
  return `<h2>Sources of the grey rows</h2>${list([...new Set(lines)])}<p>Published figures are of other weights on other cases: they show the form of the table, not which model is better.</p>`;
}

const facts = (pairs: readonly (readonly [string, string])[]): string =>
  `<dl>${pairs.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;

/** The page. */
export function evaluationReport(evaluation: Evaluation): string {
  const { model, studies, tasks } = evaluation;
  const title = `Evaluation of ${model.id} ${model.version}`;
  const notices = [...(model.referenceWeights ? [REFERENCE_NOTICE] : []), model.notice];
  const left = [...studies.leftOut, ...evaluation.imagesLeftOut];
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>`,
    `<p class="notice" role="note">${notices.map(escaped).join('<br>')}</p>`,
    `<h1>${escaped(title)}</h1>`,
    facts([
      ['Model', `${model.name}, digest ${model.digest}`],
      ['Software', `Sonorelay ${evaluation.softwareVersion}, ${evaluation.providers.join(', ') || 'nothing ran'}`],
      ['Studies', `${studies.evaluated} evaluated of ${studies.found}`],
      ['Intervals', `95 %, percentile bootstrap over cases, ${evaluation.resamples} resamples, seed ${evaluation.seed}`],
    ]),
    ...tablesOf(evaluation).map(tableHtml),
    cautions(tasks),
    ...tasks.map(taskSection),
    left.length === 0
      ? ''
      : `<section><h2>Not evaluated</h2>${studies.leftOut.length > 0 ? `<h3>Studies</h3>${leftOutList(studies.leftOut)}` : ''}${evaluation.imagesLeftOut.length > 0 ? `<h3>Images</h3>${leftOutList(evaluation.imagesLeftOut)}` : ''}</section>`,
    sources(tasks),
    '</body></html>\n',
  ].join('\n');
}
