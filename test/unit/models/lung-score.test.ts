// The committed reference weights of lung-score, run in ONNX Runtime: the answers PyTorch gave when they were exported, and simulated cines that
// training never saw, by way of the node's own preprocessing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { loadCatalogue } from '../../../src/analysis/catalogue.ts';
import { planeOf } from '../../../src/analysis/clip-planes.ts';
import { clipParameters } from '../../../src/analysis/family.ts';
import { inferClip, inferFrames, type Probabilities, probeLungScore } from '../../../src/analysis/lung-score.ts';
import type { RunGraph } from '../../../src/contracts/analyser.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';
import { lungScores } from '../../../src/phantom/lung-anatomy.ts';
import { drawLungProbe } from '../../../src/phantom/lung-probe.ts';
import { lungPictures, lungScan } from '../../../src/phantom/lung-scan.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const models = join(import.meta.dirname, '..', '..', '..', 'models');
const threads = { intraOpNumThreads: 1, interOpNumThreads: 1 };

type Fixture = {
  readonly frames: number;
  readonly features: readonly (readonly number[])[];
  readonly featureMeans: readonly number[];
  readonly maskMeans: readonly number[];
  readonly maskCorner: readonly number[];
  readonly probabilities: readonly number[];
};

let manifest: ModelManifest;
let run: RunGraph;

beforeAll(async () => {
  const entry = (await loadCatalogue(models, ['lung-score'])).get('lung-score');
  if (entry === undefined) throw new Error('models/lung-score is missing');
  manifest = entry.manifest;
  const sessions = new Map<string, InferenceSession>();
  for (const [key, { file }] of Object.entries(manifest.graphs))
    sessions.set(key, await InferenceSession.create(join(entry.folder, file), threads));
  run = async (graph, inputs) => {
    const feeds = Object.entries(inputs).map(([name, { shape, data }]) => [name, new Tensor('float32', data, shape)] as const);
    const outputs = (await sessions.get(graph)?.run(Object.fromEntries(feeds))) ?? {};
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
    );
  };
});

describe('the reference weights of lung-score', () => {
  test('answer as PyTorch did', async () => {
    const wanted = JSON.parse(readFileSync(join(import.meta.dirname, 'lung-score.fixture.json'), 'utf8')) as Fixture;
    const data = new Float32Array(wanted.frames * 3 * 224 * 224);
    for (let frame = 0, at = 0; frame < wanted.frames; frame++) {
      for (let channel = 0; channel < 3; channel++) {
        for (let r = 0; r < 224; r++) for (let c = 0; c < 224; c++) data[at++] = Math.sin(0.11 * r) * Math.cos(0.07 * c + frame);
      }
    }
    const { features, mask } = await run('frames', { frames: { shape: [wanted.frames, 3, 224, 224], data } });
    if (features === undefined || mask === undefined) throw new Error('the frame graph gives features and masks');
    const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const [n, row] of wanted.features.entries()) {
      for (const [i, value] of row.entries()) expect(features.data[256 * n + i]).toBeCloseTo(value, 4);
      expect(mean(features.data.slice(256 * n, 256 * (n + 1)))).toBeCloseTo(wanted.featureMeans[n] ?? Number.NaN, 5);
      expect(mean(mask.data.slice(169 * n, 169 * (n + 1)))).toBeCloseTo(wanted.maskMeans[n] ?? Number.NaN, 5);
      expect(mask.data[169 * n]).toBeCloseTo(wanted.maskCorner[n] ?? Number.NaN, 4);
    }
    const probabilities = await inferClip({ shape: [1, wanted.frames, 256], data: features.data }, run);
    for (const [score, value] of wanted.probabilities.entries()) expect(probabilities[score]).toBeCloseTo(value, 4);
  });

  test('pass the probe run of the catalogue', async () => {
    await expect(probeLungScore(manifest, run)).resolves.toBeUndefined();
  });

  test('state what was measured on phantoms beside what was published on patients', () => {
    const evidence = manifest.outputs.find(({ id }) => id === 'score')?.evidence ?? [];
    expect(evidence.find(({ metric }) => metric === 'accuracy')?.measured.value).toBeGreaterThanOrEqual(0.8);
    expect(evidence.find(({ metric }) => metric === 'accuracy, published, other weights')?.measured.value).toBe(0.4412);
    expect(manifest).toMatchObject({ referenceWeights: true, licence: 'Apache-2.0' });
    expect(manifest.outputs.map(({ reporting }) => reporting)).toEqual(['research', 'research', 'research']);
  });

  test('give most held-out simulated cines their score', async () => {
    const parameters = clipParameters(manifest);
    let right = 0;
    let near = 0;
    for (let n = 0; n < 8; n++) {
      const score = lungScores[n % 4] ?? 0;
      const seed = 9_500_000 + n;
      const scan = drawLungProbe(n % 3 === 2 ? 'linear' : 'convex', 'gamma', randomFrom(seed, 'probe'));
      const pictures = lungPictures(
        lungScan({ seed, score, scan, frames: 24 }),
        { rows: 230, columns: 318 },
        [0, 4, 8, 12, 16, 20],
      );
      const planes = pictures.map(({ rows, columns, pixels }) => planeOf({ rows, columns, data: pixels }, parameters));
      const probabilities: Probabilities = await inferClip((await inferFrames(planes, manifest, run)).features, run);
      const found = probabilities.indexOf(Math.max(...probabilities));
      right += Number(found === score);
      near += Number(Math.abs(found - score) <= 1);
    }
    expect(right).toBeGreaterThanOrEqual(6);
    expect(near).toBe(8);
  });
});
