// A PyTorch checkpoint of the published form becomes a model folder that the node accepts and that answers as PyTorch does.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { loadCatalogue } from '../../../src/analysis/catalogue.ts';

const PYTHON = '/usr/bin/python3';
const ROOT = path.resolve(import.meta.dirname, '../../..');
const CHECKPOINT = path.join(ROOT, 'test/support/lung-checkpoint.py');
const CONVERTER = path.join(ROOT, 'models/training/convert_lung.py');

type Answers = {
  readonly features: readonly (readonly number[])[];
  readonly maskMeans: readonly number[];
  readonly probabilities: Readonly<Record<string, readonly number[]>>;
};

function python(...args: readonly string[]): string {
  try {
    return execFileSync(PYTHON, ['-W', 'ignore', ...args], { encoding: 'utf8', stdio: 'pipe', timeout: 120_000 });
  } catch (error) {
    const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (!existsSync(PYTHON) || /No module named/.test(told))
      throw new Error('python3-torch and python3-onnx are needed for this test: npm run set-up', { cause: error });
    throw error;
  }
}

/** The frames that `lung-checkpoint.py` makes by the same formula: sin(0.11 r) cos(0.07 c + frame) in all channels. */
function frames(count: number): Tensor {
  const data = new Float32Array(count * 3 * 224 * 224);
  for (let frame = 0, at = 0; frame < count; frame++) {
    for (let channel = 0; channel < 3; channel++) {
      for (let r = 0; r < 224; r++) for (let c = 0; c < 224; c++) data[at++] = Math.sin(0.11 * r) * Math.cos(0.07 * c + frame);
    }
  }
  return new Tensor('float32', data, [count, 3, 224, 224]);
}

describe('the converter of lung checkpoints', () => {
  let folder: string;
  let checkpoint: string;
  let answers: Answers;
  const convert = (...args: readonly string[]): string => python(CONVERTER, checkpoint, ...args);

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sonorelay-convert-lung-'));
    checkpoint = path.join(folder, 'checkpoint.pt');
    python(CHECKPOINT, checkpoint, path.join(folder, 'answers.json'));
    answers = JSON.parse(readFileSync(path.join(folder, 'answers.json'), 'utf8')) as Answers;
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test('writes a folder that the catalogue takes and that answers as the checkpoint does', async () => {
    convert(
      '--out',
      path.join(folder, 'site-lung'),
      '--rename',
      'cnn.features=features',
      '--rename',
      'fc=linear',
      '--readout',
      'ends',
    );
    const entry = (await loadCatalogue(folder, ['site-lung'])).get('site-lung');
    expect(entry?.manifest).toMatchObject({ family: 'lung-score', referenceWeights: false, outputs: [{ evidence: [] }, {}, {}] });
    const threads = { intraOpNumThreads: 1, interOpNumThreads: 1 };
    const [frameGraph, clipGraph] = await Promise.all(
      ['frames.onnx', 'clip.onnx'].map((file) => InferenceSession.create(path.join(folder, 'site-lung', file), threads)),
    );
    const { features, mask } = (await frameGraph?.run({ frames: frames(3) })) ?? {};
    if (features === undefined || mask === undefined) throw new Error('the frame graph gives features and masks');
    const values = features.data as Float32Array;
    for (const [n, row] of answers.features.entries()) {
      for (const [i, value] of row.entries()) expect(Math.abs((values[n * row.length + i] ?? 0) - value)).toBeLessThan(1e-3);
    }
    const masks = mask.data as Float32Array;
    for (const [n, mean] of answers.maskMeans.entries()) {
      const found = masks.slice(n * 169, (n + 1) * 169).reduce((sum, value) => sum + value, 0) / 169;
      expect(found).toBeCloseTo(mean, 4);
    }
    const sequence = new Tensor('float32', values, [1, 3, 256]);
    const probabilities = (await clipGraph?.run({ features: sequence }))?.['probabilities']?.data as Float32Array;
    for (const [score, value] of (answers.probabilities['ends'] ?? []).entries())
      expect(probabilities[score]).toBeCloseTo(value, 4);
  }, 180_000);

  test('names what is missing', () => {
    expect(() => convert('--out', path.join(folder, 'wrong'), '--rename', 'cnn.features=features')).toThrow(
      /linear\.weight: missing/,
    );
    expect(existsSync(path.join(folder, 'wrong'))).toBe(false);
  }, 120_000);
});
