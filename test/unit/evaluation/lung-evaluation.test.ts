import { describe, expect, test } from '@jest/globals';
import type { LungCineResult, ResultOf } from '../../../src/contracts/finding.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';
import { cineCasesText, lungTasks } from '../../../src/evaluation/lung-evaluation.ts';
import { type LungTruth, parseLungLabels } from '../../../src/evaluation/lung-labels.ts';
import { isFault } from '../../../src/kernel/errors.ts';
import { lungStudy } from '../../../src/phantom/lung-study.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const LABELS = {
  studyInstanceUid: '2.25.1',
  areas: [
    { sopInstanceUid: '2.25.11', area: 1, score: 0 },
    { sopInstanceUid: '2.25.12', area: 2, score: 3 },
    { sopInstanceUid: '2.25.13', area: 2, score: 1 },
    { sopInstanceUid: '2.25.14', score: 2 },
  ],
};
const truth = (json: unknown = LABELS): LungTruth => {
  const [first] = parseLungLabels(json, 'labels.json');
  if (first === undefined) throw new Error('one study is labelled');
  return first;
};

const cine = (sopInstanceUid: string, changes: Partial<LungCineResult>): LungCineResult => ({
  cine: {
    sopClassUid: '1.2.840.10008.5.1.4.1.1.3.1',
    sopInstanceUid,
    seriesInstanceUid: '2.25.5',
    numberOfFrames: 30,
    region: { x0: 0, y0: 0, x1: 9, y1: 9 },
    spacingMm: null,
    framesPerSecond: 20,
    description: '',
  },
  area: null,
  areaSource: 'none',
  side: 'unknown',
  sideSource: 'none',
  score: null,
  probabilities: [0.25, 0.25, 0.25, 0.25],
  frames: [],
  notes: [],
  ...changes,
});
const study = (cines: readonly LungCineResult[], labels: LungTruth = truth()) => ({
  // Only the cines of a result are read.
  result: { cines } as unknown as ResultOf<'lung-score'>,
  truth: labels,
});
const manifest = { outputs: [{ id: 'score', evidence: [] }] } as unknown as ModelManifest;
const options = { resamples: 20, chanceFor: (id: string) => randomFrom('test', id).next };

const CINES = [
  cine('2.25.11', { area: 1, score: 0, probabilities: [0.9, 0.05, 0.03, 0.02] }),
  cine('2.25.12', { area: 2, score: 2, probabilities: [0.1, 0.1, 0.7, 0.1] }),
  cine('2.25.13', { area: 2, score: 1, probabilities: [0.1, 0.8, 0.05, 0.05] }),
  cine('2.25.14', { probabilities: [0.1, 0.3, 0.4, 0.2] }),
  cine('2.25.99', { area: 5, score: 3, probabilities: [0, 0, 0.1, 0.9] }),
];

describe('an evaluation of lung scores', () => {
  const { tasks, cases } = lungTasks([study(CINES)], manifest, options);

  test('compares the most probable score of every labelled cine, stated or not', () => {
    const [task] = tasks;
    if (task?.kind !== 'multi-class') throw new Error('a choice among classes comes first');
    expect(task.figures.matrix).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 1, 0],
    ]);
    expect(task.figures.accuracy.value).toBeCloseTo(0.75, 10);
    expect(task.leftOut).toEqual([{ reason: 'the cine has no label', count: 1 }]);
  });

  test('tells apart what the node states', () => {
    const [, task] = tasks;
    expect(task).toMatchObject({ id: 'stated-score', cases: { length: 3 } });
    expect(task?.leftOut).toContainEqual({ reason: 'the node gives no score', count: 1 });
  });

  test('compares totals over the areas that both sides know, with the highest score of an area', () => {
    const [, , task] = tasks;
    expect(task).toMatchObject({ kind: 'quantity', cases: [{ truth: 3, predicted: 2 }] });
  });

  test('counts labelled cines without a result', () => {
    const found = lungTasks([study([])], manifest, options).tasks[0];
    expect(found?.leftOut).toEqual([{ reason: 'the labelled cine has no result', count: 4 }]);
  });

  test('writes one line a cine', () => {
    const [heading, first] = cineCasesText(cases).split('\n');
    expect(heading).toBe('study_instance_uid,cine,truth,most_probable,stated,p0,p1,p2,p3');
    expect(first).toBe('2.25.1,2.25.11,0,0,1,0.9,0.05,0.03,0.02');
  });
});

describe('lung labels', () => {
  test('are those that the simulation writes', () => {
    const { labels } = lungStudy({ seed: 4, areas: [{ area: 3, score: 2 }], frames: 1 });
    const [found] = parseLungLabels(JSON.parse(JSON.stringify(labels)), 'labels.json');
    const [only] = [...(found?.cines.values() ?? [])];
    expect(only).toEqual({ sopInstanceUid: labels.areas[0]?.sopInstanceUid, area: 3, score: 2 });
  });

  test('are refused with every problem by path', () => {
    const wrong = { studyInstanceUid: 'x', areas: [{ sopInstanceUid: '2.25.1', area: 15, score: 4 }] };
    const problem = (json: unknown): string => {
      try {
        parseLungLabels(json, 'labels.json');
      } catch (error) {
        if (isFault(error, 'evaluation-data-invalid')) return error.detail;
        throw error;
      }
      return '';
    };
    expect(problem(wrong)).toBe(
      'labels.json: labels.studyInstanceUid: must be a UID; labels.areas[0].score: must be one of 0, 1, 2, 3; labels.areas[0].area: must be a whole number from 1 to 14, or null',
    );
    expect(problem({ ...LABELS, areas: [LABELS.areas[0], LABELS.areas[0]] })).toMatch(/labelled twice/);
    expect(problem([3])).toMatch(/must be an object/);
  });
});
