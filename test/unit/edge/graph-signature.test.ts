import { describe, expect, test } from '@jest/globals';
import { signatureProblems } from '../../../src/edge/graph-signature.ts';

const tensor = (name: string, shape: readonly (number | string)[], type = 'float32') => ({
  name,
  isTensor: true as const,
  type,
  shape,
});
const spec = (name: string, shape: readonly (number | string)[]) => ({ name, type: 'float32' as const, shape });

const STATED = { inputs: [spec('frames', ['n', 3, 224, 224])], outputs: [spec('features', ['n', 8])] };

describe('a graph', () => {
  test('is the one described where free lengths have other names, or its outputs say no shape', () => {
    const session = { inputMetadata: [tensor('frames', ['batch', 3, 'h', 224])], outputMetadata: [tensor('features', [])] };
    expect(signatureProblems(STATED, session)).toEqual([]);
  });

  test.each([
    ['another length', tensor('features', ['n', 9]), 'outputs.features: shape [n, 9] in the graph, the manifest states [n, 8]'],
    [
      'another rank',
      tensor('features', ['n', 8, 1]),
      'outputs.features: shape [n, 8, 1] in the graph, the manifest states [n, 8]',
    ],
    [
      'another type',
      tensor('features', ['n', 8], 'float16'),
      'outputs.features: float16 in the graph, the manifest states float32',
    ],
    ['another name', tensor('feature', ['n', 8]), 'outputs.features: not in the graph, which has feature'],
    ['no tensor', { name: 'features', isTensor: false as const }, 'outputs.features: no tensor in the graph'],
  ])('of %s is named with what it has and what the manifest states', (_, output, problem) => {
    const session = { inputMetadata: [tensor('frames', ['n', 3, 224, 224])], outputMetadata: [output] };
    expect(signatureProblems(STATED, session)).toEqual([problem]);
  });

  test('that wants an input which nothing would feed is refused', () => {
    const session = {
      inputMetadata: [...[tensor('frames', ['n', 3, 224, 224])], tensor('age', [1])],
      outputMetadata: [tensor('features', ['n', 8])],
    };
    expect(signatureProblems(STATED, session)).toEqual(['inputs.age: in the graph, not in the manifest']);
  });
});
