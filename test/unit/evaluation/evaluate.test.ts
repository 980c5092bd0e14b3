// `sonorelay evaluate` over two small simulated studies with a tiny model, in analysis processes of its own.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { evaluate } from '../../../src/commands/evaluate.ts';
import { isFault } from '../../../src/kernel/errors.ts';
import type { LegLabels } from '../../../src/phantom/leg-study.ts';
import { writeLegStudy } from '../../../src/phantom/write.ts';
import { greyFrame, ultrasoundFile } from '../analysis/instances.ts';
import { writeTinyModel } from '../analysis/tiny-model.ts';

const SECTIONS = [
  { side: 'L', vein: 'FV', sec: 'marked', keyframes: 3 },
  { side: 'R', vein: 'POP', sec: 'absent', keyframes: 2 },
] as const;
const PICTURE = { rows: 104, columns: 144 };

type Point = { readonly kind: string; readonly threshold: number } & Readonly<Record<'TN' | 'FP' | 'FN' | 'TP', number>> &
  Readonly<Record<'sensitivity' | 'specificity' | 'f1', { readonly value: number | null }>>;
type Metrics = {
  readonly studies: { readonly found: number; readonly evaluated: number; readonly leftOut: readonly unknown[] };
  readonly imagesLeftOut: readonly { readonly reason: string; readonly count: number }[];
  readonly tasks: readonly {
    readonly id: string;
    readonly name: string;
    readonly cases: number;
    readonly positives: number;
    readonly negatives: number;
    readonly leftOut: readonly { readonly count: number }[];
    readonly auc: { readonly value: number; readonly interval: { readonly low: number; readonly high: number } };
    readonly operatingPoints: readonly Point[];
  }[];
};
type Ran = { readonly code: number; readonly printed: string; readonly told: string };

let folder: string;
let labels: readonly LegLabels[];
let first: Ran;

const inFolder = (...names: readonly string[]): string => path.join(folder, ...names);
const out = (name: string): string => readFileSync(inFolder('out', name), 'utf8');
const metrics = (): Metrics => JSON.parse(out('metrics.json'));

/** Runs the command and keeps what it says. */
async function run(changes: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += String(text);
      return true;
    }),
  );
  const options = {
    model: 'vascular-sec',
    data: inFolder('data'),
    out: inFolder('out'),
    config: inFolder('sonorelay.yaml'),
    resamples: '200',
    ...changes,
  };
  try {
    const code = await evaluate(Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]));
    return { code, printed: said.stdout, told: said.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const faultOf = async (changes: Readonly<Record<string, string>>): Promise<string> => {
  try {
    await run(changes);
  } catch (error) {
    if (isFault(error)) return `${error.code}: ${error.detail}`;
    throw error;
  }
  return 'none';
};

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-evaluate-'));
  writeTinyModel(inFolder('models'));
  writeFileSync(
    inFolder('sonorelay.yaml'),
    'acceptAnyPeer: true\nmodels: { folder: models }\nanalysis: { providers: [cpu], threadsPerProcess: 1, timeoutSeconds: 60 }\n',
  );
  const written = [];
  for (const seed of [301, 302])
    written.push(
      await writeLegStudy(inFolder('data', `study-${seed}`), { seed, sections: SECTIONS, cines: 0, picture: PICTURE }),
    );
  labels = written.map((one) => one.labels);
  writeFileSync(inFolder('data', 'notes.txt'), 'no DICOM');
  first = await run();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('an evaluation', () => {
  test('ends with 0 and leaves the report, the figures and the cases', () => {
    expect(first.code).toBe(0);
    expect(readdirSync(inFolder('out')).sort()).toEqual(['cases.csv', 'metrics.json', 'report.html', 'studies']);
    expect(out('report.html')).toContain('trained on simulated images');
    expect(first.told).toMatch(/study 1\/2 analysed; about \d+ s left\nstudy 2\/2 analysed\n/);
    expect(first.told).toMatch(/not used: .*notes\.txt: /);
  });

  test('keeps no picture of a patient', () => {
    const files = readdirSync(inFolder('out'), { recursive: true }).map(String);
    expect(files.filter((file) => /\.(png|dcm|part)$/.test(file))).toEqual([]);
  });

  test('counts every section and every keyframe once', () => {
    const { studies, imagesLeftOut, tasks } = metrics();
    expect(studies).toEqual({ found: 2, evaluated: 2, leftOut: [] });
    const images = labels.flatMap((one) => one.instances);
    const sections = labels.flatMap((one) => one.sections);
    expect(imagesLeftOut).toEqual([]);
    const transverse = images.filter(({ orientation }) => orientation === 'transverse');
    const expected = {
      longitudinal: [images.length, images.length - transverse.length],
      compression: [transverse.length, transverse.filter(({ compression }) => compression === 'with').length],
      popliteal: [sections.length, sections.filter(({ popliteal }) => popliteal).length],
      sec: [sections.length, sections.filter(({ sec }) => sec !== 'absent').length],
    };
    expect(Object.fromEntries(tasks.map(({ id, cases, positives }) => [id, [cases, positives]]))).toEqual(expected);
    for (const task of tasks) {
      expect(task.positives + task.negatives).toBe(task.cases);
      const leftOut = task.leftOut.reduce((sum, { count }) => sum + count, 0);
      expect(task.cases + leftOut).toBe(['sec', 'popliteal'].includes(task.id) ? sections.length : images.length);
      for (const { TN, FP, FN, TP } of task.operatingPoints) {
        expect(TP + FN).toBe(task.positives);
        expect(TN + FP).toBe(task.negatives);
      }
    }
    expect(out('cases.csv').trim().split('\n')).toHaveLength(1 + tasks.reduce((sum, { cases }) => sum + cases, 0));
  });

  test('prints what metrics.json says', () => {
    const rows = first.printed
      .split('\n')
      .map((row) => row.split(/ {2,}/))
      .filter((cells) => cells.length === 12);
    const four = (value: number | null): string => (value === null ? '–' : value.toFixed(4));
    const words: Readonly<Record<string, string>> = {
      model: "at the model's threshold",
      youden: "at this cohort's Youden threshold",
    };
    const expected = metrics().tasks.flatMap(({ name, cases, auc, operatingPoints }) =>
      operatingPoints.map(({ kind, threshold, sensitivity, specificity, f1, TN, FP, FN, TP }) => [
        name,
        words[kind],
        String(cases),
        `${four(auc.value)} (${four(auc.interval.low)} to ${four(auc.interval.high)})`,
        four(threshold),
        ...[sensitivity, specificity, f1].map(({ value }) => four(value)),
        ...[TN, FP, FN, TP].map(String),
      ]),
    );
    expect(rows[0]?.slice(3)).toEqual([
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
    expect(rows.filter(([, row]) => row?.startsWith('at '))).toEqual(expected);
    // Four outputs, of which the tiny model states a threshold and evidence for one.
    expect(expected).toHaveLength(5);
    expect(rows.filter(([, row]) => row === 'stated in the manifest')).toHaveLength(1);
  });

  test('names the answers of the model, not others', () => {
    const lines = out('cases.csv')
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(','));
    const scores = (output: string): number[] => lines.filter(([id]) => id === output).map((row) => Number(row[4]));
    // With the tiny model P(longitudinal) and P(compression) of one keyframe sum to 1.
    const byImage = (output: string) => new Map(lines.filter(([id]) => id === output).map((row) => [row[2], Number(row[4])]));
    const longitudinal = byImage('longitudinal');
    expect(scores('compression').length).toBeGreaterThan(0);
    for (const [image, score] of byImage('compression')) expect((longitudinal.get(image) ?? 0) + score).toBeCloseTo(1, 5);
  });

  test('reuses the kept results the second time and says the same', async () => {
    const before = readdirSync(inFolder('out', 'studies')).map((name) => statSync(inFolder('out', 'studies', name)).mtimeMs);
    const kept = [out('metrics.json'), out('report.html'), out('cases.csv')];
    const again = await run();
    expect(again.told).toMatch(/study 1\/2 kept result\nstudy 2\/2 kept result\n/);
    expect(again.printed).toBe(first.printed);
    expect([out('metrics.json'), out('report.html'), out('cases.csv')]).toEqual(kept);
    const after = readdirSync(inFolder('out', 'studies')).map((name) => statSync(inFolder('out', 'studies', name)).mtimeMs);
    expect(after).toEqual(before);
  });

  test('takes one labels file for all, and leaves out studies without labels', async () => {
    writeFileSync(inFolder('one.json'), JSON.stringify([labels[0], { ...labels[0], studyInstanceUid: '2.25.999' }]));
    const { printed } = await run({ labels: inFolder('one.json'), out: inFolder('out-one'), resamples: '10' });
    expect(printed).toContain('1 study left out: the study has no labels');
    expect(printed).toContain('1 study left out: the study has labels, but no file');
    expect(printed).toContain('on 1 study');
  });

  test('analyses a study anew when a file of it changed, and all when the model did', async () => {
    const [uid] = readdirSync(inFolder('data', 'study-301'));
    const file = inFolder('data', 'study-301', uid ?? '');
    const bytes = readFileSync(file);
    // The preamble is part of the file and of nothing that a model sees.
    bytes[0] = 1;
    writeFileSync(file, bytes);
    expect((await run({ resamples: '10' })).told.match(/ analysed/g)).toHaveLength(1);
    writeTinyModel(inFolder('models'), 'good', { version: '0.0.2' });
    expect((await run({ resamples: '10' })).told.match(/ analysed/g)).toHaveLength(2);
  });

  test('counts a study that fails and one that the model does not read, reports the others, and ends with the fault', async () => {
    // This variant gives probabilities over 1 for bright frames.
    writeTinyModel(inFolder('models'), 'range', { version: '0.0.3' });
    const bright = { uid: '2.25.31', frames: [greyFrame(200)] };
    const other = { uid: '2.25.32', frames: [greyFrame(90)], attributes: { StudyInstanceUID: '2.25.1002', Modality: 'OT' } };
    mkdirSync(inFolder('data', 'more'));
    writeFileSync(inFolder('data', 'more', 'bright.dcm'), ultrasoundFile(bright));
    writeFileSync(inFolder('data', 'more', 'other.dcm'), ultrasoundFile(other));
    const section = { side: 'L', vein: 'FV', sec: 'absent' };
    const more = ['2.25.1000', '2.25.1002'].map((studyInstanceUid) => ({ studyInstanceUid, sections: [section] }));
    writeFileSync(inFolder('more.json'), JSON.stringify([...labels, ...more]));
    expect(await faultOf({ resamples: '10', labels: inFolder('more.json') })).toMatch(
      /^model-output-invalid: .*1 of 4 studies failed/,
    );
    expect(metrics().studies).toEqual({
      found: 4,
      evaluated: 2,
      leftOut: [
        { reason: 'model-output-invalid', count: 1 },
        { reason: 'no-analysable-instance', count: 1 },
      ],
    });
    expect(out('report.html')).toContain('1: model-output-invalid');
    rmSync(inFolder('data', 'more'), { recursive: true });
  });

  test('refuses a model whose files are not those of its manifest, and leaves no work behind', async () => {
    writeFileSync(inFolder('models', 'vascular-sec', 'head.onnx'), 'other bytes');
    expect(await faultOf({ resamples: '10' })).toMatch(/^model-digest-mismatch: /);
    expect(existsSync(inFolder('out', 'work'))).toBe(false);
  });

  test('refuses what it cannot use, by name', async () => {
    writeTinyModel(inFolder('models'));
    expect(await faultOf({ resamples: '0' })).toMatch(/^usage: --resamples takes a whole number from 1/);
    expect(await faultOf({ model: 'no-such-model' })).toMatch(/^model-invalid: /);
    expect(await faultOf({ data: inFolder('nowhere') })).toMatch(/^evaluation-data-invalid: .*nowhere/);
    expect(await faultOf({ labels: inFolder('models') })).toMatch(/^evaluation-data-invalid: .*there is no labels.json/);
    writeFileSync(inFolder('other.json'), JSON.stringify({ ...labels[0], studyInstanceUid: '2.25.999' }));
    expect(await faultOf({ labels: inFolder('other.json') })).toMatch(
      /^evaluation-data-invalid: Of 2 studies .* none has labels/,
    );
  });
});
