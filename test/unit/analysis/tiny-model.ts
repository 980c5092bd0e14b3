// A tiny model folder for tests. In: a folder and a variant. Out: manifest and graphs with the signature of vascular-sec, made by python3-onnx.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { GraphSpec, ModelManifest } from '../../../src/contracts/model.ts';

export type TinyVariant = 'good' | 'nan' | 'hang' | 'shape' | 'range';

const SIGNATURES = {
  backbone: {
    inputs: [{ name: 'frames', type: 'float32', shape: ['n', 3, 'h', 'w'] }],
    outputs: [
      { name: 'features', type: 'float32', shape: ['n', 2048] },
      { name: 'longitudinal', type: 'float32', shape: ['n'] },
      { name: 'compression', type: 'float32', shape: ['n'] },
      { name: 'sec_map', type: 'float32', shape: ['n', 'h/32', 'w/32'] },
    ],
  },
  head: {
    inputs: [{ name: 'features', type: 'float32', shape: ['k', 2048] }],
    outputs: [
      { name: 'sec', type: 'float32', shape: [1] },
      { name: 'attention', type: 'float32', shape: ['k'] },
      { name: 'popliteal', type: 'float32', shape: [1] },
    ],
  },
} as const;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const concept = (value: string, meaning: string) => ({ value, scheme: '99SONORELAY', meaning });

/** A manifest whose graphs have the digests given by key; `changes` replace whole top-level fields. */
export function tinyManifest(digests: Readonly<Record<string, string>>, changes: Partial<ModelManifest> = {}): ModelManifest {
  const graph = (key: 'backbone' | 'head'): GraphSpec => ({
    file: `${key}.onnx`,
    sha256: digests[key] ?? '0'.repeat(64),
    opset: 13,
    ...SIGNATURES[key],
  });
  return {
    id: 'vascular-sec',
    version: '0.0.1',
    name: 'Tiny model of a test',
    family: 'vascular-sec',
    kind: 'keyframe-bag',
    manufacturer: 'Sonorelay tests',
    mode: 'live',
    lateArrival: 'supersede',
    referenceWeights: true,
    notice: 'A model for tests. No medical meaning.',
    preprocessing: {
      downsample: 2,
      maxRows: 320,
      maxColumns: 448,
      channels: 3,
      scale: 2 / 255,
      offset: -1,
      minKeyframes: 1,
      maxKeyframes: 17,
    },
    graphs: { backbone: graph('backbone'), head: graph('head') },
    outputs: [
      {
        id: 'sec',
        tensor: 'sec',
        per: 'section',
        concept: concept('SEC001', 'Spontaneous echo contrast'),
        threshold: 0.3,
        thresholdMethod: 'Youden',
        evidence: [{ metric: 'AUC', measured: { value: 0.5, low: 0.4, high: 0.6 }, cohort: 'none', source: 'a test' }],
        reporting: 'research',
      },
      {
        id: 'attention',
        tensor: 'attention',
        per: 'keyframe',
        concept: concept('ATT001', 'Attention weight'),
        evidence: [],
        reporting: 'research',
      },
    ],
    training: { data: 'none', program: 'tiny-model.py', seed: 1, log: 'none', finishedOn: '2026-01-01' },
    licence: 'Apache-2.0',
    sources: [],
    ...changes,
  };
}

/** Writes `<modelsFolder>/vascular-sec` and returns the manifest. Needs the Debian package python3-onnx (`npm run set-up`). */
export function writeTinyModel(
  modelsFolder: string,
  variant: TinyVariant = 'good',
  changes: Partial<ModelManifest> = {},
): ModelManifest {
  const folder = path.join(modelsFolder, 'vascular-sec');
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('/usr/bin/python3', [path.join(import.meta.dirname, 'tiny-model.py'), folder, variant], { stdio: 'pipe' });
  } catch (error) {
    throw new Error('python3-onnx is needed to make the model of this test: npm run set-up', { cause: error });
  }
  const digests = Object.fromEntries(
    Object.keys(SIGNATURES).map((key) => [key, sha256(readFileSync(path.join(folder, `${key}.onnx`)))]),
  );
  const manifest = tinyManifest(digests, changes);
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  return manifest;
}
