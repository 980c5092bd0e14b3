import { describe, expect, test } from '@jest/globals';
import { inferClip, inferFrames, lungTotal, type Probabilities, scoreOf } from '../../../src/analysis/lung-score.ts';
import type { RunGraph, Tensor } from '../../../src/contracts/analyser.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';

const manifest = {
  id: 'lung-test',
  preprocessing: {
    rows: 2,
    columns: 2,
    channels: 3,
    fit: 'stretch',
    canvas: 0,
    mean: [0.5, 0.5, 0.5],
    deviation: [0.5, 0.5, 0.5],
    minFrames: 8,
    maxFrames: 64,
    framesPerSecond: 0,
    frameStep: 1,
  },
  outputs: [{ id: 'score', threshold: 0.5 }],
} as unknown as ModelManifest;

const tensor = (shape: readonly number[], values: readonly number[]): Tensor => ({ shape, data: Float32Array.from(values) });

/** A graph that gives the mean of each frame twice, and a mask of one place. */
const frameGraph: RunGraph = async (_, { frames }) => {
  const count = frames?.shape[0] ?? 0;
  const means = Array.from({ length: count }, (__, n) => {
    const values = frames?.data.slice(n * 12, (n + 1) * 12) ?? new Float32Array(12);
    return values.reduce((sum, value) => sum + value, 0) / 12;
  });
  return {
    features: tensor(
      [count, 2],
      means.flatMap((mean) => [mean, mean]),
    ),
    mask: tensor(
      [count, 1, 1],
      means.map(() => 0.25),
    ),
  };
};

describe('features of a cine', () => {
  test('keep the order of the frames over several runs of the graph', async () => {
    const planes = Array.from({ length: 19 }, (_, n) => new Float32Array(4).fill(n));
    const { features, masks } = await inferFrames(planes, manifest, frameGraph);
    expect(features.shape).toEqual([1, 19, 2]);
    for (let n = 0; n < 19; n++) expect(features.data[2 * n]).toBeCloseTo((n / 255 - 0.5) / 0.5, 5);
    expect(masks).toHaveLength(19);
    expect(masks[18]).toEqual({ rows: 1, columns: 1, values: [0.25] });
  });

  test('that are no numbers, or masks beyond 1, are refused', async () => {
    const planes = [new Float32Array(4)];
    const broken =
      (name: string, value: number): RunGraph =>
      async (graph, inputs) => {
        const outputs = await frameGraph(graph, inputs);
        outputs[name]?.data.fill(value);
        return outputs;
      };
    await expect(inferFrames(planes, manifest, broken('features', Number.NaN))).rejects.toMatchObject({
      code: 'model-output-invalid',
    });
    await expect(inferFrames(planes, manifest, broken('mask', 1.5))).rejects.toMatchObject({ code: 'model-output-invalid' });
  });

  test('give four probabilities that sum to 1, or are refused', async () => {
    const clip =
      (values: readonly number[]): RunGraph =>
      async () => ({ probabilities: tensor([values.length], values) });
    const features = tensor([1, 2, 2], [0, 0, 0, 0]);
    expect((await inferClip(features, clip([0.1, 0.2, 0.3, 0.4]))).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    await expect(inferClip(features, clip([0.5, 0.5, 0.5, 0.5]))).rejects.toMatchObject({ code: 'model-output-invalid' });
    await expect(inferClip(features, clip([1]))).rejects.toMatchObject({ code: 'model-output-invalid' });
  });
});

describe('the score of a cine', () => {
  const sure: Probabilities = [0.1, 0.05, 0.8, 0.05];
  test('is the most probable one, when the network is sure enough and the cine long enough', () => {
    expect(scoreOf(sure, 8, manifest)).toEqual({ score: 2, because: '' });
    expect(scoreOf([0.5, 0.3, 0.1, 0.1], 30, manifest).score).toBe(0);
  });
  test('is not given for a short cine or an unsure network, and the reason is a sentence', () => {
    expect(scoreOf(sure, 7, manifest)).toEqual({
      score: null,
      because: 'No score is given: the cine has 7 usable frames, the model needs 8.',
    });
    expect(scoreOf([0.1, 0.49, 0.3, 0.11], 30, manifest)).toEqual({
      score: null,
      because: 'No score is given: the most probable one, 1, has 49 %; 50 % are needed.',
    });
  });
});

describe('the total', () => {
  test('counts the highest score of an area once, and names the areas without', () => {
    const total = lungTotal([
      { area: 1, score: 1 },
      { area: 1, score: 3 },
      { area: 1, score: 2 },
      { area: 2, score: 0 },
      { area: 14, score: null },
      { area: null, score: 3 },
    ]);
    expect(total).toEqual({ total: 3, areasScored: 2, areasUnscored: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14] });
  });
  test('of nothing is 0 over 0 areas', () => {
    expect(lungTotal([])).toMatchObject({ total: 0, areasScored: 0 });
  });
});
