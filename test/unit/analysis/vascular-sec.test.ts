import { describe, expect, test } from '@jest/globals';
import { thresholdOf } from '../../../src/analysis/family.ts';
import { sectionsOf } from '../../../src/analysis/sections.ts';
import { inferBag, probe, sectionResult } from '../../../src/analysis/vascular-sec.ts';
import type { RunGraph, Tensor } from '../../../src/contracts/analyser.ts';
import { isFault } from '../../../src/kernel/errors.ts';
import { clip } from './clips.ts';
import { tinyManifest } from './tiny-model.ts';

const manifest = tinyManifest({});
const tensor = (shape: readonly number[], data: readonly number[]): Tensor => ({ shape, data: Float32Array.from(data) });

/** Both graphs in plain code: a feature is the mean of the frame; attention by position; changes replace outputs. */
const network =
  (changes: Readonly<Record<string, Tensor>> = {}, runs: number[] = []): RunGraph =>
  async (graph, inputs) => {
    if (graph === 'backbone') {
      const frames = inputs['frames'];
      if (frames === undefined) throw new Error('frames are missing');
      const count = frames.shape[0] ?? 0;
      runs.push(count);
      const size = frames.data.length / count;
      const means = Array.from({ length: count }, (_, index) => {
        const values = frames.data.slice(index * size, (index + 1) * size);
        return values.reduce((sum, value) => sum + value, 0) / size;
      });
      return {
        features: tensor(
          [count, 2],
          means.flatMap((mean) => [mean, 1]),
        ),
        longitudinal: tensor(
          [count],
          means.map((mean) => (mean + 1) / 2),
        ),
        compression: tensor(
          [count],
          means.map(() => 0.25),
        ),
        sec_map: tensor(
          [count, 1, 2],
          means.flatMap((mean) => [mean, -mean]),
        ),
        ...changes,
      };
    }
    const features = inputs['features'];
    const count = features?.shape[0] ?? 0;
    const total = (count * (count + 1)) / 2;
    return {
      sec: tensor([1], [0.5]),
      attention: tensor(
        [count],
        Array.from({ length: count }, (_, index) => (index + 1) / total),
      ),
      popliteal: tensor([1], [0.9]),
      ...changes,
    };
  };

const sample = (columns: number, value: number) => ({ rows: 4, columns, values: new Float32Array(4 * columns).fill(value) });

describe('a bag of keyframes', () => {
  test('frames of different sizes share one bag, and answers come back in the order of the samples', async () => {
    const runs: number[] = [];
    const samples = [sample(5, 0), sample(6, 0.5), sample(5, 1), sample(5, -1), sample(5, 0.25), sample(5, -0.5)];
    const outputs = await inferBag(samples, { manifest, run: network({}, runs) });
    expect(runs).toEqual([4, 1, 1]);
    expect(outputs.keyframes.map((keyframe) => keyframe.longitudinal)).toEqual([0.5, 0.75, 1, 0, 0.625, 0.25]);
    expect(outputs.keyframes[1]?.map).toEqual({ rows: 1, columns: 2, values: [0.5, -0.5] });
    expect(outputs.keyframes.reduce((sum, keyframe) => sum + keyframe.attention, 0)).toBeCloseTo(1, 12);
    expect(outputs.sec).toBe(0.5);
  });

  test.each([
    ['NaN in the features', { features: tensor([1, 2], [Number.NaN, 1]) }, 'features[0]: NaN'],
    ['a probability over 1', { longitudinal: tensor([1], [1.2]) }, 'longitudinal[0]: 1.2000000476837158 is not within 0..1'],
    [
      'a map of another rank',
      { sec_map: tensor([1, 1, 1, 2], [0, 0]) },
      'sec_map: shape [1,1,1,2] where [1,any,any] was expected',
    ],
    [
      'a tensor whose data does not fill its shape',
      { compression: { shape: [1], data: new Float32Array(0) } },
      'compression: shape [1] where [1] was expected',
    ],
    ['two answers for one section', { sec: tensor([2], [0.1, 0.2]) }, 'sec: shape [2] where [1] was expected'],
    ['attention that does not sum to 1', { attention: tensor([1], [0.4]) }, 'attention: sums to 0.4000000059604645, not to 1'],
    ['an infinite P(SEC)', { sec: tensor([1], [Number.POSITIVE_INFINITY]) }, 'sec[0]: Infinity'],
  ])('%s is refused by name', async (_, changes, detail) => {
    const refusal = await inferBag([sample(5, 0)], { manifest, run: network(changes) }).catch((error: unknown) => error);
    expect(isFault(refusal, 'model-output-invalid') && refusal.detail).toBe(detail);
  });

  test('a missing output is refused by name', async () => {
    const run: RunGraph = async () => ({});
    await expect(inferBag([sample(5, 0)], { manifest, run })).rejects.toMatchObject({
      code: 'model-output-invalid',
      detail: 'features: missing',
    });
  });

  test('pressed frames of a cine beside stills are looked at and have no attention', async () => {
    const samples = [-0.9, -0.8, -0.7, -0.6, -0.5, -0.4].map((value) => sample(5, value));
    const pressures = [0.9, 0.9, 0.1, 0.3, 0.2, 0.4];
    const bags: (readonly number[])[] = [];
    const plain = network();
    const run: RunGraph = async (graph, inputs) => {
      const outputs = await plain(graph, inputs);
      if (graph === 'head') bags.push(inputs['features']?.shape ?? []);
      const count = outputs['compression']?.shape[0] ?? 0;
      return graph === 'head' ? outputs : { ...outputs, compression: tensor([count], pressures.splice(0, count)) };
    };
    const { keyframes } = await inferBag(samples, { manifest, run, cines: [null, 0, 0, 0, 0, 0] });
    expect(bags).toEqual([[4, 2]]);
    expect(keyframes.map(({ weighs }) => weighs)).toEqual([true, false, true, true, true, false]);
    // The plain head gives more to the later of a bag.
    expect(keyframes.map(({ attention }) => Math.round(attention * 10))).toEqual([1, 0, 2, 3, 4, 0]);
    expect(keyframes[1]?.compression).toBeCloseTo(0.9, 6);
  });

  test('the probe runs both graphs once', async () => {
    const runs: number[] = [];
    await probe(manifest, network({}, runs));
    expect(runs).toEqual([1]);
  });
});

describe('the result of a section', () => {
  const result = (sec: number, about: Parameters<typeof clip>[0], unfit: string | null = null) => {
    const [section] = sectionsOf([clip(about)], 17);
    if (section === undefined) throw new Error('no section');
    const map = { rows: 1, columns: 1, values: [0] };
    const outputs = {
      sec,
      popliteal: 0.9,
      keyframes: [{ weighs: true, attention: 1, longitudinal: 0.9, compression: 0.8, map }],
    };
    return sectionResult({ section, outputs, keyframes: [], manifest, unfit, notes: [] });
  };

  test('P(SEC) at the operating point is present, below it is absent', () => {
    expect(thresholdOf(manifest, 'sec')).toBe(0.3);
    expect(result(0.3, { seriesDescription: 'LT FV' }).sec).toBe('present');
    expect(result(0.2999, { seriesDescription: 'LT FV' }).sec).toBe('absent');
  });

  test('a section that is unfit for a statement is undetermined, and says so first', () => {
    const unfit = result(0.9, { seriesDescription: 'LT POP' }, 'The keyframes show nothing.');
    expect(unfit.sec).toBe('undetermined');
    expect(unfit.notes[0]).toBe('The keyframes show nothing.');
  });

  test('keyframes that do not weigh are told', () => {
    const [section] = sectionsOf([clip({ seriesDescription: 'LT FV' })], 17);
    if (section === undefined) throw new Error('no section');
    const one = { attention: 1, longitudinal: 0, compression: 0, map: { rows: 1, columns: 1, values: [0] } };
    const notes = (weighs: readonly boolean[]) => {
      const outputs = { sec: 0.1, popliteal: 0, keyframes: weighs.map((weighed) => ({ ...one, weighs: weighed })) };
      return sectionResult({ section, outputs, keyframes: [], manifest, unfit: null, notes: [] }).notes;
    };
    expect(notes([true, false, false])).toEqual([
      '2 of 3 keyframes do not weigh: of a cine of a compression beside stills, only the 3 with the vein least pressed do.',
    ]);
    expect(notes([true, true])).toEqual([]);
  });

  test('disagreement between labels and heads is noted', () => {
    const { notes } = result(0.5, { seriesDescription: 'LT FV TRANS W/O COMP' });
    expect(notes).toEqual([
      'The images are labelled FV, the model takes the vein for POP.',
      'For 1 keyframe the description and the model disagree on transverse or longitudinal.',
      'For 1 keyframe the description and the model disagree on compression.',
    ]);
    expect(result(0.5, { seriesDescription: 'LT POP LONG W/ COMP' }).notes).toEqual([]);
  });

  test('a vein that is not named stays unknown and gets no statement; what the model takes it for is a note', () => {
    const unknown = result(0.5, { laterality: 'R' });
    expect([unknown.side, unknown.sideSource, unknown.vein, unknown.veinSource]).toEqual(['right', 'coded', 'unknown', 'none']);
    expect(unknown.sec).toBe('undetermined');
    expect(unknown.notes).toEqual([
      'No statement is made: the model knows femoral and popliteal veins only.',
      'The images do not say which vein they show.',
      'The model takes the vein for the popliteal vein.',
    ]);
  });
});
