// The committed reference weights of vascular-dvt on simulated cines that training never saw, by way of the node's own preprocessing and rules.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { onCanvas } from '../../../src/analysis/clip-planes.ts';
import { compressionVerdict } from '../../../src/analysis/compression.ts';
import { staysOf } from '../../../src/analysis/dvt-landmarks.ts';
import { parseManifest } from '../../../src/analysis/manifest.ts';
import { areaAverage } from '../../../src/analysis/picture.ts';
import { thinning } from '../../../src/analysis/pressing.ts';
import { inferCourse } from '../../../src/analysis/vascular-dvt.ts';
import type { RunGraph } from '../../../src/contracts/analyser.ts';
import { type CompressionWish, compressionCine, compressionPicture } from '../../../src/phantom/compression-cine.ts';
import { drawProbe } from '../../../src/phantom/probe.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const folder = path.join(import.meta.dirname, '../../../models/vascular-dvt');
const manifest = parseManifest(JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')), 'manifest.json');
const FRAMES = 60;

describe('the reference weights on simulated cines', () => {
  let run: RunGraph;
  beforeAll(async () => {
    const session = await InferenceSession.create(path.join(folder, 'network.onnx'), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    run = async (_graph, { frames }) => {
      if (frames === undefined) throw new Error('no frames');
      const found = await session.run({ frames: new Tensor('float32', frames.data, [...frames.shape]) });
      return Object.fromEntries(
        Object.entries(found).map(([name, tensor]) => [name, { shape: tensor.dims, data: tensor.data as Float32Array }]),
      );
    };
  });

  async function course(seed: number, wish: Omit<CompressionWish, 'seed'>) {
    const cine = compressionCine({ seed, frames: FRAMES, ...wish });
    const probe = drawProbe('gamma', randomFrom(seed, 'probe'));
    // Rendered at a quarter of the screen's size, so the canvas is the network's own.
    const planes = cine.moments.map((_, frame) => {
      const { rows, columns, pixels } = compressionPicture(cine, frame, { probe, size: { rows: 104, columns: 144 } });
      return areaAverage(onCanvas({ rows, columns, data: pixels }, 150), 150, 150);
    });
    const answers = await inferCourse(planes, manifest, run);
    const [stay] = staysOf(answers, 0.5).toSorted((one, other) => other.last - other.first - (one.last - one.first));
    if (stay === undefined) return { landmark: null, agreement: 0, compressibility: 'indeterminate' };
    const own = answers.slice(stay.first, stay.last + 1);
    const moments = own.map(({ index }) => cine.moments[index]?.truth);
    const right = own.filter(({ open }, at) => open >= 0.5 === (moments[at]?.openShare ?? 1) >= 0.2);
    const canvas = { rows: 150, columns: 150, skin: 23, end: 127 };
    const verdict = compressionVerdict(
      {
        open: own.map(({ open }) => open),
        thinning: thinning(
          own.flatMap(({ index }) => planes.slice(index, index + 1)),
          canvas,
        ),
        described: null,
      },
      0.5,
    );
    return { landmark: stay.landmark, agreement: right.length / own.length, compressibility: verdict.compressibility };
  }

  test.each([
    [7_000_001, { route: 'LM1', compressibility: 'full', pressing: 'full' }, 'SFJ', ['fully']],
    [7_000_002, { route: 'LM2', compressibility: 'full', pressing: 'full' }, 'GSV', ['fully']],
    [7_000_003, { route: 'LM1', compressibility: 'none', pressing: 'full' }, 'SFJ', ['partially', 'non-compressible']],
    [7_000_004, { route: 'LM2', compressibility: 'none', pressing: 'not applied' }, 'GSV', ['indeterminate']],
  ] as const)('cine %i: landmark, lumen and statement are right', async (seed, wish, landmark, statements) => {
    const found = await course(seed, wish);
    expect(found.landmark).toBe(landmark);
    // How far a clotted vein becomes narrower is a matter of degree; that it does not close is not.
    expect(statements).toContain(found.compressibility);
    expect(found.agreement).toBeGreaterThan(0.85);
  });
});
