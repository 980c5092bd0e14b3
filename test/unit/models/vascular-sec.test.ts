// The committed reference weights of vascular-sec, run in ONNX Runtime, against the answers PyTorch gave when they were exported.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelManifest } from '../../../src/contracts/model.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'models', 'vascular-sec');
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as ModelManifest;
const metrics = JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8')) as {
  readonly secBias: number;
  readonly graphs: Readonly<Record<string, string>>;
  readonly heldOut: Readonly<Record<string, { readonly threshold: number; readonly auc: { readonly value: number } }>>;
};
const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'vascular-sec.fixture.json'), 'utf8')) as {
  readonly cases: readonly {
    readonly rows: number;
    readonly columns: number;
    readonly features: readonly (readonly number[])[];
    readonly longitudinal: readonly number[];
    readonly compression: readonly number[];
    readonly secMap: { readonly shape: readonly number[]; readonly means: readonly number[] };
    readonly heads: Readonly<
      Record<
        string,
        { readonly sec: readonly number[]; readonly attention: readonly number[]; readonly popliteal: readonly number[] }
      >
    >;
  }[];
};
const headFiles: Readonly<Record<string, string>> = { mean: 'head-mean.onnx', attention: 'head.onnx', gated: 'head-gated.onnx' };

type Answers = Readonly<Record<string, { readonly dims: readonly number[]; readonly values: readonly number[] }>>;

const load = (file: string): Promise<InferenceSession> =>
  InferenceSession.create(join(folder, file), { intraOpNumThreads: 1, interOpNumThreads: 1 });

async function run(
  session: InferenceSession,
  name: string,
  input: { readonly data: Float32Array; readonly shape: readonly number[] },
): Promise<Answers> {
  const results = await session.run({ [name]: new Tensor('float32', input.data, input.shape) });
  return Object.fromEntries(
    Object.entries(results).map(([key, tensor]) => [key, { dims: tensor.dims, values: Array.from(tensor.data as Float32Array) }]),
  );
}

/** Three frames that the exporting program made by the same formula. */
function frames(rows: number, columns: number): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const data = new Float32Array(3 * 3 * rows * columns);
  for (let frame = 0, at = 0; frame < 3; frame++) {
    for (let channel = 0; channel < 3; channel++) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) data[at++] = (128 + 100 * Math.sin(0.11 * r) * Math.cos(0.07 * c + frame)) / 127.5 - 1;
      }
    }
  }
  return { data, shape: [3, 3, rows, columns] };
}

function close(actual: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(Math.abs((actual[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(tolerance);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('the reference weights of vascular-sec', () => {
  const heads: Record<string, InferenceSession> = {};
  const answers: Answers[] = [];

  beforeAll(async () => {
    const backbone = await load('backbone.onnx');
    for (const [kind, file] of Object.entries(headFiles)) heads[kind] = await load(file);
    for (const { rows, columns } of cases) answers.push(await run(backbone, 'frames', frames(rows, columns)));
  }, 120_000);

  const head = async (kind: string, n: number): Promise<Answers> => {
    const session = heads[kind];
    const features = answers[n]?.['features'];
    if (session === undefined || features === undefined) throw new Error(`no head ${kind} or case ${n}`);
    return run(session, 'features', { data: Float32Array.from(features.values), shape: features.dims });
  };

  test('every graph in the manifest has the digest that the manifest states', () => {
    for (const graph of Object.values(manifest.graphs)) {
      const digest = createHash('sha256')
        .update(readFileSync(join(folder, graph.file)))
        .digest('hex');
      expect(digest).toBe(graph.sha256);
      expect(metrics.graphs[graph.file]).toBe(digest);
    }
  });

  test('the variants of the head have the digests of the export that was measured', () => {
    for (const file of Object.values(headFiles)) {
      expect(
        createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex'),
      ).toBe(metrics.graphs[file]);
    }
  });

  test('the backbone answers as PyTorch did, at two frame sizes', () => {
    for (const [n, wanted] of cases.entries()) {
      const given = answers[n] ?? {};
      const features = given['features']?.values ?? [];
      expect(given['features']?.dims).toEqual([3, 2048]);
      for (let frame = 0; frame < 3; frame++)
        close(features.slice(2048 * frame, 2048 * frame + 8), wanted.features[frame] ?? [], 2e-3);
      close(given['longitudinal']?.values ?? [], wanted.longitudinal, 1e-3);
      close(given['compression']?.values ?? [], wanted.compression, 1e-3);
      expect(given['sec_map']?.dims).toEqual(wanted.secMap.shape);
    }
  });

  test('the heads answer as PyTorch did, and their attention sums to 1', async () => {
    for (const [n, wanted] of cases.entries()) {
      for (const [kind, expected] of Object.entries(wanted.heads)) {
        const given = await head(kind, n);
        close(given['sec']?.values ?? [], expected.sec, 1e-3);
        close(given['attention']?.values ?? [], expected.attention, 1e-3);
        close(given['popliteal']?.values ?? [], expected.popliteal, 1e-3);
        expect(sum(given['attention']?.values ?? [])).toBeCloseTo(1, 5);
      }
    }
  });

  test('the logit of a section is the attention-weighted mean of its maps plus the bias', async () => {
    for (const n of cases.keys()) {
      const map = answers[n]?.['sec_map'] ?? { dims: [], values: [] };
      const places = (map.dims[1] ?? 0) * (map.dims[2] ?? 0);
      const given = await head('attention', n);
      const attention = given['attention']?.values ?? [];
      const means = attention.map((_, k) => sum(map.values.slice(k * places, (k + 1) * places)) / places);
      const logit = sum(means.map((mean, k) => mean * (attention[k] ?? 0))) + metrics.secBias;
      expect(given['sec']?.values[0]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 4);
    }
  });

  test('the manifest states the measured figures, their thresholds and the notice', () => {
    const sec = manifest.outputs.find((output) => output.id === 'sec');
    const measured = metrics.heldOut['sec-attention'];
    expect(sec?.threshold).toBeCloseTo(measured?.threshold ?? Number.NaN, 5);
    expect(sec?.evidence[0]?.measured.value).toBeCloseTo(measured?.auc.value ?? Number.NaN, 3);
    expect(manifest.outputs.every((output) => output.reporting === 'research')).toBe(true);
    expect(manifest.referenceWeights).toBe(true);
    expect(readFileSync(join(folder, 'CARD.md'), 'utf8')).toContain(manifest.notice);
  });
});
