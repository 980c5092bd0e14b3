import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { Evidence } from '../../../src/contracts/model.ts';
import { blandAltmanChart, cornersOf, matrixChart, rocChart } from '../../../src/evaluation/charts.ts';
import type { Evaluation } from '../../../src/evaluation/evaluation.ts';
import { rocPoints } from '../../../src/evaluation/metrics.ts';
import { matrixTables, tablesOf } from '../../../src/evaluation/paper-table.ts';
import { evaluationReport, REFERENCE_NOTICE } from '../../../src/evaluation/report.ts';
import { type BinaryTask, binaryTask, multiClassTask, quantityTask, type TaskHead } from '../../../src/evaluation/tasks.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const chance = randomFrom('report');
const options = { resamples: 100, chance: chance.next };
const evil = '<script>alert("x")</script> & \'y\'';
const evidence: readonly Evidence[] = [
  { metric: 'AUC', measured: { value: 0.91, low: 0.88, high: 0.94 }, cohort: 'phantoms', source: 'metrics.json' },
  { metric: 'AUC, published, other weights', measured: { value: 0.7356 }, cohort: 'patients', source: evil },
  { metric: 'TP, published, other weights', measured: { value: 71 }, cohort: 'patients', source: evil },
];
const head = (id: string, of: Partial<TaskHead> = {}): TaskHead => ({
  id,
  name: id,
  per: 'section',
  leftOut: [],
  evidence: [],
  ...of,
});

const binary: BinaryTask = binaryTask(
  { ...head('contrast', { evidence, leftOut: [{ reason: evil, count: 2 }] }), classes: ['absent', 'present'] },
  Array.from({ length: 80 }, () => {
    const truth = chance.chance(0.5);
    return { truth, score: chance.next() * 0.7 + (truth ? 0.3 : 0) };
  }),
  { ...options, threshold: 0.5, thresholdMethod: 'Youden, elsewhere' },
);
const score = multiClassTask(
  { ...head('lung score'), classes: ['score 0', 'score 1', 'score 2', 'score 3'] },
  Array.from({ length: 60 }, () => ({ truth: chance.integer(0, 3), predicted: chance.integer(0, 3) })),
  options,
);
const quantity = quantityTask(
  { ...head('native T1'), unit: 'ms' },
  Array.from({ length: 40 }, () => ({ truth: 1000 + chance.integer(0, 90), predicted: 1000 + chance.integer(0, 90) })),
  options,
);
const evaluation = (changes: Partial<Evaluation> = {}): Evaluation => ({
  model: {
    id: 'some-model',
    name: evil,
    version: '1.0.0',
    digest: 'd'.repeat(64),
    referenceWeights: true,
    notice: 'Research use only.',
  },
  softwareVersion: '0.1.0',
  providers: ['cpu'],
  resamples: 100,
  seed: 1,
  studies: { found: 3, evaluated: 2, leftOut: [{ reason: 'analyser-timeout', count: 1 }] },
  imagesLeftOut: [{ reason: 'colour-doppler', count: 4 }],
  tasks: [binary, score, quantity],
  ...changes,
});

describe('the report', () => {
  test('has the notice of reference weights before anything else that is shown', () => {
    const page = evaluationReport(evaluation());
    const body = page.slice(page.indexOf('<body>') + '<body>'.length).trim();
    expect(body.startsWith(`<p class="notice" role="note">${REFERENCE_NOTICE}`)).toBe(true);
    expect(evaluationReport(evaluation({ model: { ...evaluation().model, referenceWeights: false } }))).not.toContain(
      REFERENCE_NOTICE,
    );
  });

  test('needs nothing from anywhere: no script, no address, no link', () => {
    const page = evaluationReport(evaluation());
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\b(src|href)=/i);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('prefers-color-scheme: dark');
  });

  test('shows foreign texts as texts', () => {
    const page = evaluationReport(evaluation());
    expect(page).not.toContain(evil);
    expect(page.split('&#60;script&#62;alert(&#34;x&#34;)').length).toBeGreaterThan(3);
  });

  test('opens and closes every element', () => {
    const page = evaluationReport(evaluation());
    for (const name of ['table', 'tr', 'td', 'th', 'figure', 'section', 'svg', 'ul', 'li', 'div', 'dl', 'p', 'title'])
      expect([name, page.split(`</${name}>`).length]).toEqual([name, page.split(new RegExp(`<${name}[ >]`)).length]);
  });

  test('says why there is no curve instead of drawing one', () => {
    const oneClass = binaryTask({ ...head('contrast'), classes: ['absent', 'present'] }, [{ truth: true, score: 0.4 }], options);
    const page = evaluationReport(evaluation({ tasks: [oneClass] }));
    expect(page).toContain('Undefined: no negative case.');
    expect(page).not.toContain('ROC curve: contrast');
    expect(page).not.toMatch(/NaN|Infinity|undefined<|null</);
  });
});

describe('the tables', () => {
  test('put quoted figures beneath ours, apart from them, with only what the manifest holds', () => {
    const [table] = tablesOf(evaluation());
    expect(table?.heading.slice(3)).toEqual([
      'AUC (95 % interval)',
      'Threshold',
      'Sensitivity',
      'Specificity',
      'F1',
      'TN',
      'FP',
      'FN',
      'TP',
    ]);
    expect(table?.rows.map(({ kind, cells }) => [kind, cells[1]])).toEqual([
      ['ours', "at the model's threshold"],
      ['ours', "at this cohort's Youden threshold"],
      ['quoted', 'stated in the manifest'],
      ['quoted', 'published, other weights'],
    ]);
    expect(table?.rows[2]?.cells.slice(3)).toEqual(['0.9100 (0.8800 to 0.9400)', ...new Array<string>(8).fill('–')]);
    expect(table?.rows[3]?.cells.slice(3)).toEqual(['0.7356', ...new Array<string>(7).fill('–'), '71']);
  });

  test('put a quoted figure of several classes in the column of its name', () => {
    const evidence = ['F1 LM1', 'mean F1, published', 'accuracy', 'precision of LM1'].map((metric) => ({
      metric,
      measured: { value: 0.5 },
      cohort: 'c',
      source: 's',
    }));
    const [table] = tablesOf({ tasks: [{ ...score, evidence }] });
    const quoted = table?.rows.filter(({ kind }) => kind === 'quoted') ?? [];
    expect(quoted.map(({ cells }) => table?.heading[cells.indexOf('0.5000')])).toEqual(['F1', 'F1', 'Accuracy', 'Precision']);
  });

  test('have a row a class and the errors of a quantity', () => {
    const [, classes, errors] = tablesOf(evaluation());
    expect(classes?.rows.map(({ cells }) => cells[0])).toEqual([
      ...score.classes,
      'mean of the classes',
      'mean by support',
      'accuracy',
    ]);
    expect(classes?.heading).toEqual(['Class', 'Precision', 'Recall', 'F1', 'Accuracy', 'Cases']);
    expect(classes?.rows.at(-1)?.cells).toEqual([
      'accuracy',
      '–',
      '–',
      '–',
      expect.stringMatching(/^0\.\d{4} \(/),
      expect.any(String),
    ]);
    expect(errors?.rows.map(({ cells }) => cells[0])).toEqual([
      'cases',
      'mean absolute error (ms)',
      'root mean squared error (ms)',
      'R²',
      'bias (ms)',
      'limits of agreement (ms)',
    ]);
  });
});

describe('the confusion matrices of a terminal', () => {
  test('have a row a true class with what was said of it, of every task with several classes', () => {
    const [table, ...others] = matrixTables(evaluation());
    expect(others).toEqual([]);
    expect(table?.heading).toEqual(['Truth', ...score.classes.map((name) => `said ${name}`)]);
    expect(table?.rows.map(({ cells }) => cells)).toEqual(
      score.classes.map((name, truth) => [name, ...(score.figures.matrix[truth] ?? []).map(String)]),
    );
  });
});

describe('the drawings', () => {
  test('are SVG that another program draws, light on dark and dark on light', async () => {
    const drawings = [rocChart(binary), matrixChart(score.figures.matrix, score.classes, 'matrix'), blandAltmanChart(quantity)];
    for (const drawn of drawings) {
      for (const [ink, page] of [
        ['#111111', '#ffffff'],
        ['#eeeeee', '#111111'],
      ] as const) {
        const svg = Buffer.from((drawn ?? '').replace('<svg ', `<svg color="${ink}" `));
        const { channels } = await sharp(await sharp(svg).flatten({ background: page }).png().toBuffer()).stats();
        // Letters and lines stand out from the page.
        expect((channels[0]?.max ?? 0) - (channels[0]?.min ?? 0)).toBeGreaterThan(200);
      }
    }
  });

  test('of a curve lose no corner: the area beneath stays the same', () => {
    const points = rocPoints(binary.cases).value ?? [];
    const kept = cornersOf(points);
    const area = (of: typeof points): number =>
      of.slice(1).reduce((sum, point, index) => {
        const before = of[index] ?? point;
        return (
          sum + ((point.falsePositiveRate - before.falsePositiveRate) * (point.truePositiveRate + before.truePositiveRate)) / 2
        );
      }, 0);
    expect(kept.length).toBeLessThan(points.length);
    expect(area(kept)).toBeCloseTo(area(points), 12);
    expect(area(kept)).toBeCloseTo(binary.auc.value ?? -1, 12);
  });

  test('of agreement stand also where all differences are alike', () => {
    const alike = quantityTask(
      { ...head('T2'), unit: '' },
      [
        { truth: 1, predicted: 1 },
        { truth: 1, predicted: 1 },
      ],
      options,
    );
    const drawn = blandAltmanChart(alike) ?? '';
    expect(drawn).not.toMatch(/NaN|Infinity/);
    const rows = [...drawn.matchAll(/<text[^>]* y="([\d.]+)"[^>]*>(?:bias|[+-]1\.96 SD)/g)]
      .map(([, y]) => Number(y))
      .toSorted((a, b) => a - b);
    expect(rows).toHaveLength(3);
    for (const [at, y] of rows.slice(1).entries()) expect(y - (rows[at] ?? 0)).toBeGreaterThanOrEqual(12);
    expect(blandAltmanChart(quantityTask({ ...head('T2'), unit: '' }, [], options))).toBeNull();
  });
});
