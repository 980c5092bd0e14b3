// The committed reference weights of echo-cmr and echo-view, run in ONNX Runtime, against the answers PyTorch gave when they were exported.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { familyProblems } from '../../../src/analysis/families.ts';
import { parseManifest } from '../../../src/analysis/manifest.ts';

const MODELS = join(import.meta.dirname, '..', '..', '..', 'models');
const read = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8');
const manifestOf = (id: string) => parseManifest(JSON.parse(read(MODELS, id, 'manifest.json')), id);
const metricsOf = (id: string) =>
  JSON.parse(read(MODELS, id, 'metrics.json')) as {
    readonly graphs: Readonly<Record<string, string>>;
    readonly thresholds: Readonly<Record<string, number>>;
    readonly heldOut: Readonly<
      Record<string, { readonly auc?: { readonly value: number; readonly low: number; readonly high: number } }>
    >;
  };

type CmrFixture = {
  readonly cases: readonly {
    readonly frames: number;
    readonly rows: number;
    readonly columns: number;
    readonly maps: readonly number[];
    readonly features: readonly number[];
    readonly heads: Readonly<Record<'A4C' | 'A2C' | 'PLAX', Readonly<Record<string, number>>>>;
  }[];
  readonly global: { readonly evidence: readonly (readonly number[])[]; readonly wallMotion: readonly number[] };
};
const cmr = JSON.parse(read(import.meta.dirname, 'echo-cmr.fixture.json')) as CmrFixture;
const view = JSON.parse(read(import.meta.dirname, 'echo-view.fixture.json')) as {
  readonly frames: number;
  readonly probabilities: readonly (readonly number[])[];
};

const load = (id: string, file: string): Promise<InferenceSession> =>
  InferenceSession.create(join(MODELS, id, file), { intraOpNumThreads: 1, interOpNumThreads: 1 });

/** Frames that the exporting program made by the same formula. */
function example(frames: number, rows: number, columns: number): Float32Array {
  const data = new Float32Array(frames * rows * columns);
  for (let frame = 0, at = 0; frame < frames; frame++) {
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) data[at++] = Math.sin(0.11 * r) * Math.cos(0.07 * c + frame);
  }
  return data;
}

const values = (tensor: Tensor | undefined): number[] => [...((tensor?.data ?? []) as Float32Array)];
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

describe('the reference weights of echo-cmr', () => {
  let trunk: InferenceSession;
  const heads = new Map<string, InferenceSession>();

  beforeAll(async () => {
    trunk = await load('echo-cmr', 'trunk.onnx');
    for (const name of ['a4c', 'a2c', 'plax']) heads.set(name, await load('echo-cmr', `heads-${name}.onnx`));
  }, 120_000);

  test('lie beside a manifest that the node takes, with the digests that it states', () => {
    const manifest = manifestOf('echo-cmr');
    expect(familyProblems(manifest)).toEqual([]);
    for (const { file, sha256 } of Object.values(manifest.graphs)) {
      const digest = createHash('sha256')
        .update(readFileSync(join(MODELS, 'echo-cmr', file)))
        .digest('hex');
      expect(digest).toBe(sha256);
      expect(metricsOf('echo-cmr').graphs[file]).toBe(digest);
    }
  });

  test('answer as PyTorch did, at two sizes and lengths', async () => {
    for (const wanted of cmr.cases) {
      const { frames, rows, columns } = wanted;
      const plane = example(frames, rows, columns);
      const data = Float32Array.from([...plane, ...plane, ...plane]);
      const { maps } = await trunk.run({ clip: new Tensor('float32', data, [1, 3, frames, rows, columns]) });
      if (maps === undefined) throw new Error('the trunk gives no maps');
      expect(maps.dims).toEqual(wanted.maps);
      const places = (maps.dims[2] ?? 0) * (maps.dims[3] ?? 0) * (maps.dims[4] ?? 0);
      const all = values(maps);
      for (const [channel, feature] of wanted.features.entries())
        expect(Math.abs(mean(all.slice(channel * places, (channel + 1) * places)) - feature)).toBeLessThan(5e-3);
      for (const [name, session] of heads) {
        const given = await session.run({ maps });
        const expected = wanted.heads[name.toUpperCase() as 'A4C' | 'A2C' | 'PLAX'];
        for (const [output, value] of Object.entries(expected))
          expect(Math.abs(mean(values(given[output])) - value)).toBeLessThan(5e-3 * Math.max(1, Math.abs(value)));
      }
    }
  }, 60_000);

  test('find the mean of the activation and the bias to be the logit', async () => {
    const plane = example(8, 56, 56);
    const data = Float32Array.from([...plane, ...plane, ...plane]);
    const { maps } = await trunk.run({ clip: new Tensor('float32', data, [1, 3, 8, 56, 56]) });
    if (maps === undefined) throw new Error('the trunk gives no maps');
    const none = new Tensor('float32', new Float32Array(512), [1, 512, 1, 1, 1]);
    for (const session of heads.values()) {
      const given = await session.run({ maps });
      const [bias = 0] = values((await session.run({ maps: none }))['wall_motion']).map((p) => Math.log(p / (1 - p)));
      const [p = 0] = values(given['wall_motion']);
      expect(p).toBeCloseTo(1 / (1 + Math.exp(-(mean(values(given['activation'])) + bias))), 4);
    }
  }, 60_000);

  test('regress over the views as PyTorch did, missing views included', async () => {
    const overall = await load('echo-cmr', 'global.onnx');
    const evidence = new Tensor('float32', Float32Array.from(cmr.global.evidence.flat()), [cmr.global.evidence.length, 6]);
    const { wall_motion: found } = await overall.run({ evidence });
    for (const [n, wanted] of cmr.global.wallMotion.entries()) expect(values(found)[n]).toBeCloseTo(wanted, 5);
  });

  test('send nothing of the tissue: every such output is gated off, and the held-out figures show why', () => {
    const { outputs } = manifestOf('echo-cmr');
    const off = outputs.filter(({ reporting }) => reporting === 'off').map(({ id }) => id);
    expect(off).toEqual(['late-enhancement', 'abnormal-t1', 'abnormal-t2', 'abnormal-ecv', 't1-ms', 't2-ms', 'ecv-percent']);
    for (const id of off.slice(0, 4)) {
      const auc = metricsOf('echo-cmr').heldOut[id]?.auc;
      expect(auc?.low).toBeLessThan(0.6);
      expect(auc?.high).toBeGreaterThan(0.4);
    }
  });

  test('are described by the manifest as they were measured', () => {
    const manifest = manifestOf('echo-cmr');
    const { heldOut, thresholds } = metricsOf('echo-cmr');
    for (const id of ['wma-global', 'wma-a4c', 'wma-a2c', 'wma-plax']) {
      const output = manifest.outputs.find((one) => one.id === id);
      expect(output).toMatchObject({ reporting: 'research' });
      expect(output?.threshold).toBeCloseTo(thresholds[id] ?? Number.NaN, 5);
      expect(output?.evidence[0]?.measured.value).toBeCloseTo(heldOut[id]?.auc?.value ?? Number.NaN, 3);
    }
    expect(manifest.referenceWeights).toBe(true);
    expect(read(MODELS, 'echo-cmr', 'CARD.md')).toContain(manifest.notice);
  });
});

describe('the reference weights of echo-view', () => {
  test('answer as PyTorch did, and their manifest is one that the node takes', async () => {
    expect(familyProblems(manifestOf('echo-view'))).toEqual([]);
    const session = await load('echo-view', 'view.onnx');
    const { probabilities } = await session.run({
      frames: new Tensor('float32', example(view.frames, 112, 112), [view.frames, 1, 112, 112]),
    });
    for (const [n, wanted] of view.probabilities.flat().entries()) expect(values(probabilities)[n]).toBeCloseTo(wanted, 3);
  });
});
