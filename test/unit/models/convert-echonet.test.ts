// An EchoNet-style checkpoint becomes a model folder that the node accepts and that answers as PyTorch does.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { familyProblems } from '../../../src/analysis/families.ts';
import { parseManifest } from '../../../src/analysis/manifest.ts';

const PYTHON = '/usr/bin/python3';
const ROOT = path.resolve(import.meta.dirname, '../../..');
const CONVERTER = path.join(ROOT, 'models/training/convert_echonet.py');

type Answers = {
  readonly frames: number;
  readonly rows: number;
  readonly columns: number;
  readonly maps: readonly number[];
  readonly features: readonly number[];
  readonly wallMotion: number;
  readonly t1Ms: number;
};

function python(...args: readonly string[]): string {
  try {
    return execFileSync(PYTHON, ['-W', 'ignore', ...args], { encoding: 'utf8', stdio: 'pipe', timeout: 120_000 });
  } catch (error) {
    const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (!existsSync(PYTHON) || /No module named/.test(told))
      throw new Error('python3-torch, python3-onnx and python3-sklearn are needed for this test: npm run set-up', {
        cause: error,
      });
    throw error;
  }
}

/** The clip that `echonet-checkpoint.py` makes by the same formula. */
function clipOf({ frames, rows, columns }: Answers): Tensor {
  const data = new Float32Array(3 * frames * rows * columns);
  for (let channel = 0, at = 0; channel < 3; channel++) {
    for (let frame = 0; frame < frames; frame++) {
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) data[at++] = Math.sin(0.11 * r) * Math.cos(0.07 * c + frame);
    }
  }
  return new Tensor('float32', data, [1, 3, frames, rows, columns]);
}

const THREADS = { intraOpNumThreads: 1, interOpNumThreads: 1 };

describe('the converter of EchoNet-style checkpoints', () => {
  let folder: string;
  let checkpoint: string;
  let answers: Answers;
  const out = (): string => path.join(folder, 'site-echo');

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sonorelay-convert-echo-'));
    checkpoint = path.join(folder, 'checkpoint.pt');
    python(path.join(ROOT, 'test/support/echonet-checkpoint.py'), checkpoint, path.join(folder, 'answers.json'));
    answers = JSON.parse(readFileSync(path.join(folder, 'answers.json'), 'utf8')) as Answers;
    python(CONVERTER, '--out', out(), '--shared', checkpoint, '--columns', 'wall_motion,t1_ms');
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test('writes a manifest that the node takes, with one trunk for all views and tissue gated off', () => {
    const json: unknown = JSON.parse(readFileSync(path.join(out(), 'manifest.json'), 'utf8'));
    const manifest = parseManifest(json, 'manifest.json');
    expect(familyProblems(manifest)).toEqual([]);
    expect(manifest).toMatchObject({ id: 'site-echo', referenceWeights: false, uses: ['echo-view'] });
    expect(new Set(['trunk_a4c', 'trunk_a2c', 'trunk_plax'].map((key) => manifest.graphs[key]?.file))).toEqual(
      new Set(['trunk.onnx']),
    );
    expect(manifest.preprocessing).toMatchObject({
      rows: 112,
      maxFrames: 32,
      frameStep: 2,
      mean: [31.834011 / 255, 31.95879 / 255, 32.082172 / 255],
    });
    const off = manifest.outputs.filter(({ reporting }) => reporting === 'off').map(({ id }) => id);
    expect(off).toEqual(['late-enhancement', 'abnormal-t1', 'abnormal-t2', 'abnormal-ecv', 't1-ms', 't2-ms', 'ecv-percent']);
  });

  test('writes graphs that answer as the checkpoint does, and says which outputs are constants', async () => {
    const trunk = await InferenceSession.create(path.join(out(), 'trunk.onnx'), THREADS);
    const heads = await InferenceSession.create(path.join(out(), 'heads-a2c.onnx'), THREADS);
    const { maps } = await trunk.run({ clip: clipOf(answers) });
    if (maps === undefined) throw new Error('the trunk gives no maps');
    expect(maps.dims).toEqual(answers.maps);
    const places = (maps.dims[2] ?? 0) * (maps.dims[3] ?? 0) * (maps.dims[4] ?? 0);
    const values = maps.data as Float32Array;
    for (const [channel, wanted] of answers.features.entries()) {
      const mean = values.slice(channel * places, (channel + 1) * places).reduce((sum, value) => sum + value, 0) / places;
      expect(Math.abs(mean - wanted)).toBeLessThan(1e-3 * Math.max(1, Math.abs(wanted)));
    }
    const given = await heads.run({ maps });
    const first = (name: string): number => Number(given[name]?.data[0]);
    expect(first('wall_motion')).toBeCloseTo(answers.wallMotion, 3);
    expect(Math.abs(first('t1_ms') - answers.t1Ms)).toBeLessThan(1e-2);
    expect([first('late_enhancement'), first('ecv_percent')]).toEqual([0.5, expect.closeTo(28.4, 4)]);
    expect(readFileSync(path.join(out(), 'CARD.md'), 'utf8')).toContain(
      'Constants, since the checkpoint has none: late_enhancement',
    );
  });

  test('refuses columns that the checkpoint does not have', () => {
    expect(() => python(CONVERTER, '--out', path.join(folder, 'other'), '--shared', checkpoint)).toThrow(/fc has 2 columns/);
  });

  test('says of a file that is no checkpoint, and of one that is not there, which it is', () => {
    const letter = path.join(folder, 'letter.pt');
    writeFileSync(letter, 'hello');
    const told = (file: string) => () => python(CONVERTER, '--out', path.join(folder, 'other'), '--shared', file);
    expect(told(letter)).toThrow(/letter\.pt: no PyTorch checkpoint/);
    expect(told(path.join(folder, 'nothing.pt'))).toThrow(/nothing\.pt: No such file or directory/);
    expect(existsSync(path.join(folder, 'other'))).toBe(false);
  });
});
