import { describe, expect, test } from '@jest/globals';
import type { EchoGlobalResult, EchoViewResult, ResultOf, ViewedCine } from '../../../src/contracts/finding.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';
import { cmrCasesText, cmrTasks } from '../../../src/evaluation/echo-cmr-evaluation.ts';
import { type EchoTruth, parseEchoLabels } from '../../../src/evaluation/echo-labels.ts';
import { viewCasesText, viewTasks } from '../../../src/evaluation/echo-view-evaluation.ts';
import { echoStudy } from '../../../src/phantom/echo-study.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const options = { resamples: 20, chanceFor: (id: string) => randomFrom('test', id).next };

const labels = (n: number, abnormal: boolean) => ({
  studyInstanceUid: `2.25.${n}`,
  wallMotionAbnormality: abnormal,
  tissue: { t1Ms: 1000 + 20 * n, t2Ms: 50, ecvPercent: null, lateEnhancement: n % 2 === 0 },
  cines: [
    { sopInstanceUid: `2.25.${n}1`, viewClass: 'A4C', wallMotionAbnormality: abnormal },
    { sopInstanceUid: `2.25.${n}2`, viewClass: 'A2C', wallMotionAbnormality: false },
    { sopInstanceUid: `2.25.${n}3`, viewClass: 'other' },
  ],
});
const truth = (json: unknown): EchoTruth => {
  const [first] = parseEchoLabels(json, 'labels.json');
  if (first === undefined) throw new Error('one study is labelled');
  return first;
};

describe('labels of echo studies', () => {
  test('are read as the simulation writes them', () => {
    const made = echoStudy({ seed: 5, views: ['A4C', 'PSAX'] }).labels;
    const found = truth(JSON.parse(JSON.stringify(made)));
    expect(found).toMatchObject({ studyInstanceUid: made.studyInstanceUid, wallMotionAbnormality: made.wallMotionAbnormality });
    expect([...found.cines.values()].map(({ view }) => view)).toEqual(['A4C', 'other']);
    expect(found.tissue.t1Ms).toBe(made.tissue.t1Ms);
  });

  test('that are wrong are refused with every problem by path', () => {
    const wrong = { studyInstanceUid: 'x', cines: [{ sopInstanceUid: '2.25.1', viewClass: 'A9C', wallMotionAbnormality: 1 }] };
    expect(() => parseEchoLabels([wrong], 'labels.json')).toThrow(
      /\[0\]\.studyInstanceUid.*\[0\]\.cines\[0\]\.viewClass.*\[0\]\.cines\[0\]\.wallMotionAbnormality/,
    );
  });
});

const tissue = { lateEnhancement: 0.4, abnormalT1: 0.3, abnormalT2: 0.2, abnormalEcv: 0.1, t1Ms: 1030, t2Ms: 52, ecvPercent: 30 };
const viewResult = (view: 'A4C' | 'A2C', probability: number, undetermined = false): EchoViewResult => ({
  view,
  probability,
  wallMotionAbnormality: undetermined ? 'undetermined' : 'absent',
  cines: [],
  frames: [],
  tissue,
  notes: [],
});

describe('the evaluation of echo-cmr', () => {
  const manifest = {
    outputs: [{ id: 'wma-global', threshold: 0.5, thresholdMethod: 'given', evidence: [] }],
  } as unknown as ModelManifest;
  const study = (n: number, abnormal: boolean, views: readonly EchoViewResult[]) => ({
    truth: truth(labels(n, abnormal)),
    // Only views and the statement over them are read.
    result: {
      views,
      global: views.length === 0 ? null : ({ probability: abnormal ? 0.8 : 0.3, tissue } as EchoGlobalResult),
    } as unknown as ResultOf<'echo-cmr'>,
  });
  const { tasks, cases } = cmrTasks(
    [
      study(1, true, [viewResult('A4C', 0.7), viewResult('A2C', 0.6)]),
      study(2, false, [viewResult('A4C', 0.2), viewResult('A2C', 0.1, true)]),
      study(3, false, []),
    ],
    manifest,
    options,
  );
  const task = (id: string) => tasks.find((one) => one.id === id);

  test('has the tasks of the source paper in its order', () => {
    expect(tasks.map(({ id }) => id)).toEqual([
      ...['wma-a4c', 'wma-a2c', 'wma-plax', 'wma-global'],
      ...['late-enhancement', 'abnormal-t1', 'abnormal-t2', 'abnormal-ecv', 't1-ms', 't2-ms', 'ecv-percent'],
    ]);
  });

  test('compares each view with the segments that it shows, and counts what was left out by reason', () => {
    expect(task('wma-a4c')).toMatchObject({
      kind: 'binary',
      cases: [
        { truth: true, score: 0.7 },
        { truth: false, score: 0.2 },
      ],
      leftOut: [{ reason: 'the node read no cine of this view', count: 1 }],
      auc: { value: 1 },
    });
    expect(task('wma-a2c')?.leftOut).toEqual([
      { reason: 'the node makes no statement of this view', count: 1 },
      { reason: 'the node read no cine of this view', count: 1 },
    ]);
    expect(task('wma-plax')?.leftOut).toEqual([{ reason: 'the study has no label of this view', count: 3 }]);
  });

  test('takes abnormal T1 from the limit of the paper, and quantities in their unit', () => {
    expect(task('abnormal-t1')).toMatchObject({ cases: [{ truth: false }, { truth: false }] });
    expect(task('t1-ms')).toMatchObject({ kind: 'quantity', unit: 'ms', figures: { mae: { value: 10 } } });
    expect(task('ecv-percent')?.leftOut).toEqual([{ reason: 'the study has no label', count: 3 }]);
  });

  test('keeps every case as text', () => {
    const lines = cmrCasesText(cases).trimEnd().split('\n');
    expect(lines[0]).toBe('output,study_instance_uid,truth,predicted');
    expect(lines).toContain('wma-a4c,2.25.1,1,0.7');
    expect(lines).toContain('t1-ms,2.25.2,1040,1030');
  });
});

describe('the evaluation of echo-view', () => {
  const cine = (sopInstanceUid: string, probabilities: ViewedCine['probabilities']): ViewedCine =>
    ({ cine: { sopInstanceUid }, view: 'A4C', viewSource: 'description', probabilities, notes: [] }) as unknown as ViewedCine;

  test('compares what the network alone takes a cine for, whatever its labels say', () => {
    const cines = [cine('2.25.11', [0.1, 0.7, 0.1, 0.1]), cine('2.25.12', [0.1, 0.7, 0.1, 0.1]), cine('2.25.99', null)];
    const study = { truth: truth(labels(1, true)), result: { cines } as unknown as ResultOf<'echo-view'> };
    const { tasks, cases } = viewTasks([study], { outputs: [] } as unknown as ModelManifest, options);
    expect(tasks[0]).toMatchObject({
      kind: 'multi-class',
      classes: ['A4C', 'A2C', 'PLAX', 'other'],
      leftOut: [
        { reason: 'the cine has no label', count: 1 },
        { reason: 'the labelled cine has no result', count: 1 },
      ],
      figures: { accuracy: { value: 0.5 } },
    });
    expect(viewCasesText(cases)).toContain('2.25.1,2.25.11,A4C,A2C,0.1,0.7,0.1,0.1');
  });
});
