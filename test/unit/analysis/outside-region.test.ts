// What lies outside the ultrasound region, such as a patient's name on the screen, reaches neither a network nor a picture that is kept, in any family.
// Each job is done twice, on files that differ in every pixel outside the region and in none inside it.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FamilyAnswer, FamilyWork } from '../../../src/analysis/family.ts';
import { inferDvt } from '../../../src/analysis/infer-dvt.ts';
import { inferEchoCmr } from '../../../src/analysis/infer-echo-cmr.ts';
import { inferEchoView } from '../../../src/analysis/infer-echo-view.ts';
import { inferLung } from '../../../src/analysis/infer-lung.ts';
import { inferSections } from '../../../src/analysis/infer-sections.ts';
import { stopwatch } from '../../../src/analysis/stopwatch.ts';
import { STACK } from '../../../src/analysis/vascular-dvt.ts';
import type { RunGraph, Tensor } from '../../../src/contracts/analyser.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';
import { COLUMNS, greyFrame, ROWS, region, storeInstance } from './instances.ts';

const FRAMES = 16;
const INSIDE = { x0: 40, y0: 30, x1: 279, y1: 219 } as const;

const even = (length: number, value: number): Tensor => ({ shape: [length], data: new Float32Array(length).fill(value) });
const map = (count: number, ...shape: readonly number[]): Tensor => ({
  shape: [count, ...shape],
  data: new Float32Array(shape.reduce((product, side) => product * side, count)).fill(0.5),
});
const rows = (count: number, row: readonly number[]): Tensor => ({
  shape: [count, row.length],
  data: Float32Array.from({ length: count * row.length }, (_, at) => row[at % row.length] ?? 0),
});

/** Valid answers of every graph, whatever they are shown. */
const GRAPHS: Readonly<Record<string, (count: number) => Readonly<Record<string, Tensor>>>> = {
  'vascular-sec/backbone': (count) => ({
    features: map(count, 4),
    longitudinal: even(count, 0.5),
    compression: even(count, 0.5),
    sec_map: map(count, 2, 2),
  }),
  'vascular-sec/head': (count) => ({ attention: even(count, 1 / count), sec: even(1, 0.5), popliteal: even(1, 0.5) }),
  'lung-score/frames': (count) => ({ features: map(count, 4), mask: map(count, 2, 2) }),
  'lung-score/clip': () => ({ probabilities: { shape: [4], data: Float32Array.of(0.7, 0.1, 0.1, 0.1) } }),
  'echo-view/model': (count) => ({ probabilities: rows(count, [0.85, 0.05, 0.05, 0.05]) }),
};

const clipOf = { channels: 1, mean: [0.5], deviation: [1], framesPerSecond: 0, frameStep: 1, rows: 24, columns: 24, canvas: 0 };
const outputsOf = (...ids: readonly string[]) => ids.map((id) => ({ id, threshold: 0.5 }));

type Family = {
  readonly name: string;
  readonly infer: (work: FamilyWork) => Promise<FamilyAnswer>;
  readonly manifest: unknown;
  readonly description: string;
  readonly run: RunGraph;
  /** Whether the family keeps pictures. */
  readonly keeps: boolean;
};

const listed =
  (family: string): RunGraph =>
  async (graph, inputs) => {
    const answer = GRAPHS[`${family}/${graph}`] ?? GRAPHS[`${family}/model`];
    if (answer === undefined) throw new Error(`no answer for ${family}/${graph}`);
    return answer(Object.values(inputs)[0]?.shape[0] ?? 0);
  };

const runDvt: RunGraph = async (_graph, { frames }) => {
  const count = (frames?.shape[2] ?? 0) - STACK + 1;
  const opened = Float32Array.from({ length: count }, (_, at) => (at < count / 2 ? 0.95 : 0.05));
  return {
    landmark: rows(count, [0.1, 0.8, 0.1]),
    open: { shape: [count], data: opened },
    landmark_map: map(count, 3, 2, 2),
    open_map: map(count, 1, 2, 2),
  };
};

const runEcho: RunGraph = async (graph) => {
  if (graph === 'global') return { wall_motion: even(1, 0.5) };
  if (graph.startsWith('trunk')) return { maps: map(1, 1, 2, 1, 1) };
  const tissue = { abnormal_t1: even(1, 0.3), abnormal_t2: even(1, 0.2), abnormal_ecv: even(1, 0.1) };
  const values = { t1_ms: even(1, 1000), t2_ms: even(1, 50), ecv_percent: even(1, 28) };
  return { wall_motion: even(1, 0.6), late_enhancement: even(1, 0.4), ...tissue, ...values, activation: map(1, 2, 1, 2) };
};

const sections = {
  downsample: 2,
  maxRows: 120,
  maxColumns: 160,
  channels: 1,
  scale: 1,
  offset: 0,
  minKeyframes: 1,
  maxKeyframes: 4,
};
const FAMILIES: readonly Family[] = [
  {
    name: 'vascular-sec',
    infer: inferSections,
    manifest: { preprocessing: sections, outputs: outputsOf('sec') },
    description: 'LT CFV TRANS',
    run: listed('vascular-sec'),
    keeps: true,
  },
  {
    name: 'vascular-dvt',
    infer: inferDvt,
    manifest: {
      preprocessing: { ...clipOf, fit: 'pad', canvas: 300, minFrames: 9, maxFrames: 64 },
      outputs: outputsOf('open', 'landmark'),
    },
    description: 'LT SFJ COMP',
    run: runDvt,
    keeps: true,
  },
  {
    name: 'lung-score',
    infer: inferLung,
    manifest: { preprocessing: { ...clipOf, fit: 'stretch', minFrames: 4, maxFrames: 6 }, outputs: outputsOf('score') },
    description: 'R1 POST BASAL',
    run: listed('lung-score'),
    keeps: true,
  },
  {
    name: 'echo-cmr',
    infer: inferEchoCmr,
    manifest: {
      preprocessing: { ...clipOf, fit: 'cut', minFrames: 4, maxFrames: 8 },
      outputs: outputsOf('wma-global', 'wma-a4c', 'wma-a2c', 'wma-plax'),
    },
    description: 'A4C',
    run: runEcho,
    keeps: true,
  },
  {
    name: 'echo-view',
    infer: inferEchoView,
    manifest: { preprocessing: { ...clipOf, fit: 'cut', minFrames: 1, maxFrames: 3 }, outputs: outputsOf('view') },
    description: 'CINE',
    run: listed('echo-view'),
    keeps: false,
  },
];

/** The frame with everything outside the region black, or of a pattern that touches it on all sides. */
function screen(shift: number, patterned: boolean): Uint8Array {
  const frame = greyFrame(90, shift);
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const inside = row >= INSIDE.y0 && row <= INSIDE.y1 && column >= INSIDE.x0 && column <= INSIDE.x1;
      if (!inside) frame[row * COLUMNS + column] = patterned ? 255 - 40 * ((row + column + shift) % 3) : 0;
    }
  }
  return frame;
}

/** All that a job shows its networks, keeps and states, as one text. */
async function traceOf(family: Family, folder: string, patterned: boolean) {
  const seen: string[] = [];
  const pictures: Uint8Array[] = [];
  const hash = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
  const input = await storeInstance(path.join(folder, patterned ? 'patterned' : 'black'), {
    uid: '2.25.77',
    frames: Array.from({ length: FRAMES }, (_, frame) => screen(frame, patterned)),
    regions: [region(INSIDE.x0, INSIDE.y0, INSIDE.x1, INSIDE.y1)],
    attributes: { SeriesDescription: family.description },
  });
  const manifest = { id: 'test', family: family.name, ...(family.manifest as object) } as unknown as ModelManifest;
  const viewer = { id: 'view', family: 'echo-view', ...(FAMILIES.at(-1)?.manifest as object) } as unknown as ModelManifest;
  const answer = await family.infer({
    request: {
      jobKey: 1,
      studyInstanceUid: '2.25.1000',
      revision: 1,
      modelId: 'test',
      inputs: [input],
      resultFolder: 'results/1',
      limits: { maxPixels: 1e6, maxFrames: 100, maxFrameBytes: 1e6 },
    },
    manifest,
    run: async (graph, inputs) => {
      for (const [name, { data }] of Object.entries(inputs))
        seen.push(`${graph} ${name} ${hash(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))}`);
      return await family.run(graph, inputs);
    },
    companions: new Map([['echo-view', { manifest: viewer, run: listed('echo-view') }]]),
    watch: stopwatch(() => 0),
    encodePicture: async ({ data }) => {
      pictures.push(data);
      return data;
    },
    writeFile: async (file, data) => void seen.push(`${file} ${hash(data)}`),
  });
  return { seen: seen.sort(), pictures, said: JSON.stringify({ ...answer, lossy: [...answer.lossy] }) };
}

describe('what lies outside the region', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-outside-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(FAMILIES.map((family) => [family.name, family] as const))('reaches nothing of a %s job', async (_, family) => {
    const black = await traceOf(family, folder, false);
    const patterned = await traceOf(family, folder, true);
    expect(black.seen.length).toBeGreaterThan(0);
    expect(black.pictures.length > 0).toBe(family.keeps);
    expect(patterned.seen).toEqual(black.seen);
    expect(patterned.said).toBe(black.said);
    for (const picture of patterned.pictures) expect(picture.length).toBeLessThanOrEqual(240 * 190);
  });
});
