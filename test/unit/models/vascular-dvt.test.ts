// The committed reference weights of vascular-dvt, run in ONNX Runtime, against the answers PyTorch gave when they were exported: there each frame came
// from its own stack of nine, here the graph runs over the whole cine.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { parseManifest } from '../../../src/analysis/manifest.ts';
import { openActivation } from '../../../src/analysis/vascular-dvt.ts';
import type { RunGraph } from '../../../src/contracts/analyser.ts';

const folder = path.join(import.meta.dirname, '../../../models/vascular-dvt');
const manifest = parseManifest(JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')), 'manifest.json');
const metrics = JSON.parse(readFileSync(path.join(folder, 'metrics.json'), 'utf8')) as {
  readonly heldOut: {
    readonly classes: Readonly<
      Record<string, { readonly precision: number; readonly recall: number; readonly f1: { readonly value: number } }>
    >;
  };
  readonly multiplyAdds: { readonly stackOfNine: number; readonly perFrameOf72: number };
};
const fixture = JSON.parse(readFileSync(path.join(import.meta.dirname, 'vascular-dvt.fixture.json'), 'utf8')) as {
  readonly frames: number;
  readonly answers: readonly {
    readonly landmark: readonly number[];
    readonly open: number;
    readonly landmarkMap: readonly number[];
    readonly openMap: readonly number[];
  }[];
};
const SIDE = 150;

/** Grey values by the same formula as in the exporting program. */
const planes = Array.from({ length: fixture.frames }, (_, k) =>
  Float32Array.from({ length: SIDE * SIDE }, (_unused, at) => {
    const [r, c] = [Math.floor(at / SIDE), at % SIDE];
    return 96 + 80 * Math.sin(0.09 * r + 0.2 * k) * Math.cos(0.05 * c - 0.1 * k);
  }),
);

const normalised = (grey: number): number => (grey / 255 - 0.2) / 0.2;

describe('the reference weights', () => {
  let run: RunGraph;
  let answers: Readonly<Record<string, readonly number[]>>;
  beforeAll(async () => {
    const session = await InferenceSession.create(path.join(folder, 'network.onnx'), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    run = async (_graph, inputs) => {
      const { frames } = inputs;
      if (frames === undefined) throw new Error('no frames');
      const found = await session.run({ frames: new Tensor('float32', frames.data, [...frames.shape]) });
      return Object.fromEntries(
        Object.entries(found).map(([name, tensor]) => [name, { shape: tensor.dims, data: tensor.data as Float32Array }]),
      );
    };
    const data = Float32Array.from(planes.flatMap((plane) => Array.from(plane, normalised)));
    const found = await run('network', { frames: { shape: [1, 1, fixture.frames, SIDE, SIDE], data } });
    answers = Object.fromEntries(Object.entries(found).map(([name, tensor]) => [name, Array.from(tensor.data)]));
  });

  test('give over a whole cine what each stack of nine gives by itself, and what PyTorch gave', () => {
    const close = (found: readonly number[] | undefined, wanted: readonly number[], within: number): void => {
      expect(found).toHaveLength(wanted.length);
      const worst = Math.max(...wanted.map((value, at) => Math.abs(value - (found?.[at] ?? Number.NaN))));
      expect(worst).toBeLessThan(within);
    };
    const all = fixture.answers;
    close(
      answers['landmark'],
      all.flatMap(({ landmark }) => landmark),
      1e-4,
    );
    close(
      answers['open'],
      all.map(({ open }) => open),
      1e-4,
    );
    close(
      answers['landmark_map'],
      all.flatMap(({ landmarkMap }) => landmarkMap),
      2e-3,
    );
    close(
      answers['open_map'],
      all.flatMap(({ openMap }) => openMap),
      2e-3,
    );
  });

  test('give a larger map inside a black border whose middle is the map of the answer', async () => {
    const map = await openActivation(planes.slice(0, 9), manifest, run);
    expect([map.rows, map.columns]).toEqual([8, 8]);
    const middle = [27, 28, 35, 36].map((at) => map.values[at] ?? Number.NaN);
    const wanted = fixture.answers[0]?.openMap ?? [];
    expect(Math.max(...middle.map((value, at) => Math.abs(value - (wanted[at] ?? Number.NaN))))).toBeLessThan(2e-3);
  });

  test('are the file that the manifest names', () => {
    const { file, sha256 } = manifest.graphs['network'] ?? { file: '', sha256: '' };
    expect(
      createHash('sha256')
        .update(readFileSync(path.join(folder, file)))
        .digest('hex'),
    ).toBe(sha256);
  });

  test('reach the F1 that is asked of them on held-out phantoms: 0.91 for open and for closed, 0.78 for each landmark', () => {
    const f1 = (name: string): number => metrics.heldOut.classes[name]?.f1.value ?? 0;
    const rate = (name: 'precision' | 'recall'): string => (metrics.heldOut.classes['closed']?.[name] ?? 0).toFixed(3);
    expect(Math.min(f1('open'), f1('closed'))).toBeGreaterThanOrEqual(0.91);
    expect(Math.min(f1('LM1'), f1('LM2'), f1('background'))).toBeGreaterThanOrEqual(0.78);
    expect(readFileSync(path.join(folder, 'CARD.md'), 'utf8')).toContain(
      `| Closed | phantoms | ${rate('precision')} | ${rate('recall')} |`,
    );
  });

  test('cost a quarter of the multiply-adds a frame when a cine is run at once', () => {
    const { stackOfNine, perFrameOf72 } = metrics.multiplyAdds;
    expect(stackOfNine / 1e6).toBeCloseTo(275.85, 1);
    expect(perFrameOf72 / stackOfNine).toBeLessThan(0.3);
  });
});
