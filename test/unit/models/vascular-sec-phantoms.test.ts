// The committed reference weights of vascular-sec on simulated sections that training never saw, by way of the node's own preprocessing.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { keyframeParameters } from '../../../src/analysis/family.ts';
import { sampleOf, tensorOf } from '../../../src/analysis/preprocess.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';
import type { Vein } from '../../../src/phantom/leg-anatomy.ts';
import { type ContrastGrade, keyframePicture, legSection } from '../../../src/phantom/leg-section.ts';
import { drawProbe } from '../../../src/phantom/probe.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'models', 'vascular-sec');
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as ModelManifest;
const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };

type Answer = { readonly sec: number; readonly attention: readonly number[]; readonly longitudinal: readonly number[] };

/** Sections with five keyframes each, in turn without contrast and with marked contrast. */
async function answers(
  seeds: readonly number[],
): Promise<readonly (Answer & { readonly grade: ContrastGrade; readonly views: readonly boolean[] })[]> {
  const backbone = await InferenceSession.create(join(folder, 'backbone.onnx'), options);
  const head = await InferenceSession.create(join(folder, manifest.graphs['head']?.file ?? ''), options);
  const results = [];
  for (const seed of seeds) {
    const grade: ContrastGrade = seed % 2 === 0 ? 'absent' : 'marked';
    const vein = (['CFV', 'FV', 'POP'] as const satisfies readonly Vein[])[Math.floor(seed / 2) % 3] ?? 'FV';
    const section = legSection({ seed: 5_000_000 + seed, vein, grade, keyframes: 5 });
    const probe = drawProbe('gamma', randomFrom(section.seed, 'probe'));
    // Rendered at half size already: the manifest's halving is left out.
    const samples = section.keyframes.map((keyframe) => {
      const { rows, columns, pixels } = keyframePicture(section, keyframe, { probe, size: { rows: 209, columns: 289 } });
      return sampleOf({ rows, columns, values: Float32Array.from(pixels) }, keyframeParameters(manifest));
    });
    const frames = tensorOf(samples, keyframeParameters(manifest).channels);
    const features = await backbone.run({ frames: new Tensor('float32', frames.data, frames.shape) });
    if (features['features'] === undefined) throw new Error('the backbone gives no features');
    const bag = await head.run({ features: features['features'] });
    const values = (tensor: Tensor | undefined): number[] => Array.from((tensor?.data ?? []) as Float32Array);
    results.push({
      grade,
      views: section.keyframes.map((keyframe) => keyframe.orientation === 'longitudinal'),
      sec: values(bag['sec'])[0] ?? Number.NaN,
      attention: values(bag['attention']),
      longitudinal: values(features['longitudinal']),
    });
  }
  return results;
}

describe('the reference weights on simulated sections', () => {
  test('give marked contrast a higher probability than none, and tell the views apart', async () => {
    const given = await answers(Array.from({ length: 12 }, (_, i) => i));
    let ordered = 0;
    const present = given.filter((answer) => answer.grade === 'marked');
    const absent = given.filter((answer) => answer.grade === 'absent');
    for (const one of present) for (const other of absent) if (one.sec > other.sec) ordered++;
    expect(ordered / (present.length * absent.length)).toBeGreaterThan(0.8);
    const threshold = manifest.outputs.find((output) => output.id === 'longitudinal')?.threshold ?? 0.5;
    const views = given.flatMap(({ longitudinal, views: truth }) =>
      truth.map((view, k) => (longitudinal[k] ?? 0) >= threshold === view),
    );
    expect(views.filter(Boolean).length / views.length).toBeGreaterThan(0.95);
    for (const { attention } of given) expect(attention.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  });
});
