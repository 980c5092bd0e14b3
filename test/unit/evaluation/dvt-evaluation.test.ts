import { describe, expect, test } from '@jest/globals';
import type { CompressionCourse, LandmarkResult, ResultOf } from '../../../src/contracts/finding.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';
import { type DvtStudy, dvtCasesText, dvtTasks, frameCases, landmarkCases } from '../../../src/evaluation/dvt-evaluation.ts';
import { parseDvtLabels } from '../../../src/evaluation/dvt-labels.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const frame = (landmark: string, openShare: number | null) => ({
  landmark,
  open: openShare === null ? null : openShare >= 0.2,
  openShare,
});

const labels = {
  studyInstanceUid: '2.25.1',
  cines: [
    {
      sopInstanceUid: '2.25.2',
      side: 'L',
      compressibility: { SFJ: 'fully' },
      frames: [
        ...new Array(8).fill(frame('background', null)),
        frame('SFJ', 1),
        frame('SFJ', 0.02),
        frame('GSV', 0.5),
        frame('background', null),
      ],
    },
    { sopInstanceUid: '2.25.3', side: 'L', compressibility: { SFJ: 'non-compressible' }, frames: [frame('SFJ', 1)] },
    { sopInstanceUid: '2.25.4', side: 'R', compressibility: { GSV: 'indeterminate' } },
  ],
};

const course: CompressionCourse = {
  cine: { sopInstanceUid: '2.25.2' } as CompressionCourse['cine'],
  frameNumbers: [9, 10, 11, 12],
  landmarks: [
    [0.1, 0.8, 0.1],
    [0.1, 0.8, 0.1],
    [0.1, 0.8, 0.1],
    [0.8, 0.1, 0.1],
  ],
  open: [0.9, 0.2, 0.4, 0.7],
};

const landmark = (changes: Partial<LandmarkResult>): LandmarkResult =>
  ({ side: 'left', landmark: 'SFJ', compressibility: 'partially', courses: [course], ...changes }) as LandmarkResult;

const study: DvtStudy = {
  result: { landmarks: [landmark({}), landmark({ landmark: 'GSV' })] } as unknown as ResultOf<'vascular-dvt'>,
  truth: parseDvtLabels(labels, 'labels.json')[0] ?? { studyInstanceUid: '', cines: new Map() },
};

const manifest = { outputs: [{ id: 'open', threshold: 0.5, evidence: [] }] } as unknown as ModelManifest;

describe('the evaluation of compression cines', () => {
  test('compares every answered frame once, also of a cine that stands in two results', () => {
    const { cases, reasons } = frameCases([study]);
    expect(cases.map(({ truth, predicted, isOpen }) => [truth, predicted, isOpen])).toEqual([
      [1, 1, true],
      [1, 1, false],
      [2, 1, true],
      [0, 0, null],
    ]);
    // The one labelled frame of the second cine has no answer.
    expect(reasons).toHaveLength(1);
  });

  test('takes the worst label of the cines of a landmark, and a missing statement for none', () => {
    const found = landmarkCases([study]).map((one) => [one.side, one.landmark, one.truth, one.predicted]);
    expect(found).toEqual([
      ['left', 'SFJ', 2, 1],
      ['right', 'GSV', 3, 3],
    ]);
  });

  test('reckons F1 of landmark and lumen as the definition says', () => {
    const { tasks, frames, landmarks } = dvtTasks([study], manifest, {
      resamples: 50,
      chanceFor: (id) => randomFrom('test', id).next,
    });
    const [places, lumen] = tasks;
    if (places?.kind !== 'multi-class' || lumen?.kind !== 'multi-class') throw new Error('the first tasks are choices');
    expect(places.figures.rows.map(({ f1 }) => f1.value)).toEqual([1, 0.8, 0]);
    // Closed: one of one found, one open frame called closed; open: one of two found.
    expect(lumen.figures.rows.map(({ f1 }) => f1.value)).toEqual([2 / 3, 2 / 3]);
    expect(dvtCasesText(frames, landmarks).split('\n')).toHaveLength(1 + 4 + 2 + 1);
  });

  test.each([
    [{ ...labels, studyInstanceUid: 'x' }, /studyInstanceUid/],
    [{ ...labels, cines: [{ ...labels.cines[0], side: 'left' }] }, /cines\[0\]\.side/],
    [{ ...labels, cines: [{ ...labels.cines[0], compressibility: { SFJ: 'full' } }] }, /compressibility\.SFJ/],
    [{ ...labels, cines: [{ ...labels.cines[0], frames: [{ landmark: 'CFV' }] }] }, /frames\[0\]\.landmark/],
    [{ ...labels, cines: [labels.cines[0], labels.cines[0]] }, /labelled twice/],
  ])('refuses labels that are none: %#', (json, problem) => {
    expect(() => parseDvtLabels(json, 'labels.json')).toThrow(problem);
  });
});
