import { describe, expect, test } from '@jest/globals';
import type { KeyframeResult, OutputFacts, ResultOf, SectionResult } from '../../../src/contracts/finding.ts';
import { legCases } from '../../../src/evaluation/leg-cases.ts';
import { casesText } from '../../../src/evaluation/leg-evaluation.ts';
import { parseLegLabels, type StudyTruth } from '../../../src/evaluation/leg-labels.ts';
import { isFault } from '../../../src/kernel/errors.ts';

const instance = (sopInstanceUid: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  sopInstanceUid,
  side: 'L',
  vein: 'FV',
  orientation: 'transverse',
  compression: 'without',
  witness: false,
  frames: 1,
  ...changes,
});
const LABELS = {
  seed: 1,
  studyInstanceUid: '2.25.1',
  sections: [
    { side: 'L', vein: 'FV', popliteal: false, sec: 'mild', witnesses: [] },
    { side: 'R', vein: 'POP', popliteal: true, sec: 'absent', witnesses: [] },
  ],
  instances: [
    instance('2.25.11'),
    instance('2.25.12', { orientation: 'longitudinal', compression: 'not applicable' }),
    instance('2.25.13', { compression: 'cine', frames: 20 }),
    instance('2.25.21', { side: 'R', vein: 'POP', compression: 'with' }),
  ],
};
const truth = (json: unknown = LABELS): StudyTruth => {
  const [first] = parseLegLabels(json, 'labels.json');
  if (first === undefined) throw new Error('one study is labelled');
  return first;
};

const keyframe = (sopInstanceUid: string, frameNumber = 1): KeyframeResult => ({
  sopClassUid: '1.2.840.10008.5.1.4.1.1.6.1',
  sopInstanceUid,
  seriesInstanceUid: '2.25.5',
  frameNumber,
  numberOfFrames: 1,
  region: { x0: 0, y0: 0, x1: 9, y1: 9 },
  spacingMm: null,
  attention: 1,
  longitudinal: 0.25,
  compression: 0.75,
  picturePath: '',
  mapPath: '',
});
const section = (uids: readonly string[], changes: Partial<SectionResult> = {}): SectionResult => ({
  side: 'left',
  sideSource: 'coded',
  vein: 'FV',
  veinSource: 'coded',
  secProbability: 0.6,
  sec: 'present',
  popliteal: 0.1,
  keyframes: uids.map((uid) => keyframe(uid)),
  notes: [],
  ...changes,
});
const OUTPUT: OutputFacts = {
  id: 'sec',
  concept: { value: '', scheme: '', meaning: '' },
  threshold: 0.5,
  thresholdMethod: '',
  reporting: 'research',
};
const result = (sections: readonly SectionResult[]): ResultOf<'vascular-sec'> => ({
  schema: 2,
  family: 'vascular-sec',
  studyInstanceUid: '2.25.1',
  revision: 1,
  run: {
    modelId: 'vascular-sec',
    modelFamily: 'vascular-sec',
    modelName: '',
    modelVersion: '',
    modelManufacturer: '',
    modelDigest: '',
    referenceWeights: true,
    notice: '',
    statement: OUTPUT,
    outputs: [OUTPUT],
    provider: 'cpu',
    startedAt: 0,
    finishedAt: 0,
    decodeMs: 0,
    preprocessMs: 0,
    inferMs: 0,
  },
  inputs: [],
  sections,
  skipped: [],
});
const whole = result([
  section(['2.25.11', '2.25.12', '2.25.13']),
  section(['2.25.21'], { side: 'right', vein: 'POP', secProbability: 0.2, sec: 'absent', popliteal: 0.9 }),
]);

describe('cases of a leg study', () => {
  test('are keyframes for orientation and compression, where the label says something', () => {
    const studies = [{ result: whole, truth: truth() }];
    const orientation = legCases('longitudinal', studies);
    expect(orientation.cases.map(({ truth: is, name }) => [name, is])).toEqual([
      ['2.25.11 frame 1', false],
      ['2.25.12 frame 1', true],
      ['2.25.13 frame 1', false],
      ['2.25.21 frame 1', false],
    ]);
    const compression = legCases('compression', studies);
    expect(compression.cases.map(({ truth: is, score }) => [is, score])).toEqual([
      [false, 0.75],
      [true, 0.75],
    ]);
    expect(compression.leftOut).toEqual([{ reason: 'the label does not apply to the image, or says nothing', count: 2 }]);
  });

  test('are sections for contrast and anatomical view; any grade of contrast counts as present', () => {
    const studies = [{ result: whole, truth: truth() }];
    expect(legCases('sec', studies)).toEqual({
      cases: [
        { truth: true, score: 0.6, studyInstanceUid: '2.25.1', name: 'left FV' },
        { truth: false, score: 0.2, studyInstanceUid: '2.25.1', name: 'right POP' },
      ],
      leftOut: [],
    });
    expect(legCases('popliteal', studies).cases.map(({ truth: is, score }) => [is, score])).toEqual([
      [false, 0.1],
      [true, 0.9],
    ]);
  });

  test('go by the labels of the images, also where the node could not read the side', () => {
    const unsure = result([section(['2.25.21'], { side: 'unknown', vein: 'unknown', sec: 'undetermined' })]);
    const studies = [{ result: unsure, truth: truth() }];
    expect(legCases('popliteal', studies).cases.map(({ name }) => name)).toEqual(['right POP']);
    expect(legCases('sec', studies)).toEqual({
      cases: [],
      leftOut: [
        { reason: 'the node makes no statement of the section', count: 1 },
        { reason: 'the labelled section has no result', count: 1 },
      ],
    });
  });

  test('go by side and vein where no image is labelled', () => {
    const studies = [{ result: whole, truth: truth({ studyInstanceUid: '2.25.1', sections: LABELS.sections }) }];
    expect(legCases('sec', studies).cases).toHaveLength(2);
    expect(legCases('longitudinal', studies)).toEqual({ cases: [], leftOut: [{ reason: 'the image has no label', count: 4 }] });
  });

  test('count a labelled section once, and leave out one that mixes two', () => {
    const split = result([section(['2.25.11']), section(['2.25.12', '2.25.13'], { side: 'unknown', secProbability: 0.9 })]);
    const divided = legCases('sec', [{ result: split, truth: truth() }]);
    expect(divided.cases.map(({ score }) => score)).toEqual([0.9]);
    expect(divided.leftOut.map(({ reason }) => reason)).toEqual([
      'the node split a labelled section; its larger part counts',
      'the labelled section has no result',
    ]);
    const mixed = result([section(['2.25.11', '2.25.21'])]);
    expect(legCases('sec', [{ result: mixed, truth: truth() }]).leftOut[0]).toEqual({
      reason: 'the node took images of several labelled sections for one',
      count: 1,
    });
  });

  test('are written one a line', () => {
    const { cases } = legCases('sec', [{ result: whole, truth: truth() }]);
    expect(casesText([{ taskId: 'sec', cases }])).toBe(
      'output,study_instance_uid,case,truth,score\nsec,2.25.1,left FV,1,0.6\nsec,2.25.1,right POP,0,0.2\n',
    );
  });
});

describe('a labels file', () => {
  const problem = (json: unknown): string => {
    try {
      parseLegLabels(json, 'labels.json');
    } catch (error) {
      if (isFault(error, 'evaluation-data-invalid')) return error.detail;
      throw error;
    }
    return '';
  };

  test('is one study or a list of studies', () => {
    expect(parseLegLabels([LABELS, { ...LABELS, studyInstanceUid: '2.25.2' }], 'x').map((one) => one.studyInstanceUid)).toEqual([
      '2.25.1',
      '2.25.2',
    ]);
  });

  test('is refused with every problem by path', () => {
    const wrong = { ...LABELS, sections: [{ side: 'left', vein: 'FV', sec: 'some' }], instances: [instance('no uid')] };
    expect(problem(wrong)).toBe(
      'labels.json: labels.sections[0].side: must be one of L, R; labels.sections[0].sec: must be one of absent, present, mild, marked; labels.instances[0].sopInstanceUid: must be a UID',
    );
    expect(problem('text')).toContain('must be an object');
    expect(problem({ studyInstanceUid: '2.25.1' })).toContain('labels.sections: must be a list of objects');
    expect(problem({ ...LABELS, sections: [...LABELS.sections, ...LABELS.sections] })).toContain('labelled twice');
    expect(problem({ ...LABELS, instances: Array.from({ length: 30 }, () => instance('x')) })).toContain('and 20 more');
  });
});
