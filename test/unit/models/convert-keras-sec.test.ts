// Keras weights of a ResNet50V2 with an attention head become a model folder that the node accepts and that answers as the layers say.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { loadCatalogue } from '../../../src/analysis/catalogue.ts';

const PYTHON = '/usr/bin/python3';
const ROOT = path.resolve(import.meta.dirname, '../../..');
const CONVERTER = path.join(ROOT, 'models/training/convert_keras_sec.py');
const THREADS = { intraOpNumThreads: 1, interOpNumThreads: 1 };

type Answers = {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly features: readonly (readonly number[])[];
  readonly longitudinal: readonly number[];
  readonly compression: readonly number[];
  readonly attention: readonly number[];
  readonly sec: number;
};

function python(...args: readonly string[]): string {
  try {
    return execFileSync(PYTHON, ['-W', 'ignore', ...args], { encoding: 'utf8', stdio: 'pipe', timeout: 120_000 });
  } catch (error) {
    const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (!existsSync(PYTHON) || /No module named/.test(told))
      throw new Error('python3-torch, python3-onnx and python3-h5py are needed for this test: npm run set-up', { cause: error });
    throw error;
  }
}

/** The frames that `keras-sec-weights.py` makes by the same formula. */
function framesOf({ frames, rows, columns }: Answers): Tensor {
  const data = new Float32Array(3 * frames * rows * columns);
  for (let frame = 0, at = 0; frame < frames; frame++) {
    for (let channel = 0; channel < 3; channel++) {
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) data[at++] = Math.sin(0.11 * r) * Math.cos(0.07 * c + frame);
    }
  }
  return new Tensor('float32', data, [frames, 3, rows, columns]);
}

function close(given: Tensor | undefined, wanted: readonly number[]): void {
  const values = [...((given?.data ?? []) as Float32Array)];
  expect(values).toHaveLength(wanted.length);
  for (const [n, value] of wanted.entries()) expect(Math.abs((values[n] ?? Number.NaN) - value)).toBeLessThan(1e-3);
}

describe('the converter of Keras weights', () => {
  let folder: string;
  let answers: Answers;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sonorelay-convert-keras-'));
    const weights = path.join(folder, 'weights.h5');
    python(path.join(ROOT, 'test/support/keras-sec-weights.py'), weights, path.join(folder, 'answers.json'));
    answers = JSON.parse(readFileSync(path.join(folder, 'answers.json'), 'utf8')) as Answers;
    const names = 'V=att_v,w=att_w,classifier=sec,longitudinal=view,compression=pressed';
    python(CONVERTER, weights, '--out', path.join(folder, 'site-sec'), '--names', names, '--threshold', '0.3255');
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test('writes a folder that the catalogue takes, without evidence, at the operating point that was given', async () => {
    const manifest = (await loadCatalogue(folder, ['site-sec'])).get('site-sec')?.manifest;
    expect(manifest).toMatchObject({ family: 'vascular-sec', referenceWeights: false });
    expect(manifest?.outputs.every(({ evidence }) => evidence.length === 0)).toBe(true);
    expect(manifest?.outputs.find(({ id }) => id === 'sec')?.threshold).toBe(0.3255);
  });

  test('writes graphs that answer as the layers do; an output without a layer is an even chance', async () => {
    const backbone = await InferenceSession.create(path.join(folder, 'site-sec', 'backbone.onnx'), THREADS);
    const head = await InferenceSession.create(path.join(folder, 'site-sec', 'head.onnx'), THREADS);
    const { features, longitudinal, compression } = await backbone.run({ frames: framesOf(answers) });
    if (features === undefined) throw new Error('the backbone gives no features');
    close(features, answers.features.flat());
    close(longitudinal, answers.longitudinal);
    close(compression, answers.compression);
    const { sec, attention, popliteal } = await head.run({ features });
    close(sec, [answers.sec]);
    close(attention, answers.attention);
    close(popliteal, [0.5]);
    expect(readFileSync(path.join(folder, 'site-sec', 'CARD.md'), 'utf8')).toContain('no layer for them: popliteal.');
  });

  test('names the layer that the file does not have, a file that is none, and leaves no folder behind', () => {
    const letter = path.join(folder, 'letter.h5');
    writeFileSync(letter, 'hello');
    const told = (file: string) => () => python(CONVERTER, file, '--out', path.join(folder, 'other'));
    expect(told(path.join(folder, 'weights.h5'))).toThrow(/the file has no V\/kernel/);
    expect(told(letter)).toThrow(/letter\.h5: no HDF5 file that can be read/);
    expect(existsSync(path.join(folder, 'other'))).toBe(false);
  });
});
