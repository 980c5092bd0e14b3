// An echo job from files to result with graphs made here, so that what the node does around the networks is seen by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { activationOf, clipsOf, evidenceOf, inferGlobal, probeEchoCmr, viewStatement } from '../../../src/analysis/echo-cmr.ts';
import type { FamilyAnswer, FamilyWork } from '../../../src/analysis/family.ts';
import { inferEchoCmr } from '../../../src/analysis/infer-echo-cmr.ts';
import { stopwatch } from '../../../src/analysis/stopwatch.ts';
import type { AnalysisInput, RunGraph, Tensor } from '../../../src/contracts/analyser.ts';
import type { EchoView, EchoViewResult } from '../../../src/contracts/finding.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';
import { greyFrame, storeInstance } from './instances.ts';

const shared = { channels: 1, fit: 'cut', canvas: 0, mean: [0.5], deviation: [1], framesPerSecond: 0, rows: 16, columns: 16 };
const manifest = {
  id: 'echo-test',
  family: 'echo-cmr',
  preprocessing: { ...shared, minFrames: 4, maxFrames: 8, frameStep: 2 },
  outputs: ['wma-global', 'wma-a4c', 'wma-a2c', 'wma-plax'].map((id) => ({ id, threshold: 0.5 })),
} as unknown as ModelManifest;
const viewer = {
  id: 'view-test',
  family: 'echo-view',
  preprocessing: { ...shared, minFrames: 1, maxFrames: 3, frameStep: 1 },
  outputs: [{ id: 'view', threshold: 0.6 }],
} as unknown as ModelManifest;

const one = (value: number): Tensor => ({ shape: [1], data: Float32Array.of(value) });
const clips: Tensor[] = [];

/** P of wall motion is the mean grey of the first frame; the trunk keeps it as its only map. */
const run: RunGraph = async (graph, inputs) => {
  if (graph === 'global') {
    const data = inputs['evidence']?.data ?? new Float32Array(6);
    const sum = (data[0] ?? 0) + (data[2] ?? 0) + (data[4] ?? 0);
    return { wall_motion: one(1 / (1 + Math.exp(-sum))) };
  }
  if (graph.startsWith('trunk')) {
    const { clip } = inputs;
    if (clip === undefined) throw new Error('a clip is needed');
    clips.push(clip);
    const mean = clip.data.slice(0, 256).reduce((sum, value) => sum + value, 0) / 256 + 0.5;
    return { maps: { shape: [1, 1, 2, 1, 1], data: Float32Array.of(mean, mean) } };
  }
  const mean = inputs['maps']?.data[0] ?? 0;
  return {
    wall_motion: one(mean),
    late_enhancement: one(0.4),
    abnormal_t1: one(0.3),
    abnormal_t2: one(0.2),
    abnormal_ecv: one(0.1),
    t1_ms: one(1000),
    t2_ms: one(50),
    ecv_percent: one(28),
    activation: { shape: [1, 2, 1, 2], data: Float32Array.of(0, 1, 2, 3) },
  };
};

/** Bright frames are A2C, dark ones are no view that it is sure of. */
const runView: RunGraph = async (_graph, inputs) => {
  const frames = inputs['frames'];
  const count = frames?.shape[0] ?? 0;
  const bright = (frames?.data[0] ?? 0) > 0;
  const row = bright ? [0.1, 0.8, 0.05, 0.05] : [0.3, 0.3, 0.2, 0.2];
  return { probabilities: { shape: [count, 4], data: Float32Array.from({ length: 4 * count }, (_, n) => row[n % 4] ?? 0) } };
};

describe('an echo job', () => {
  let folder: string;
  let answer: FamilyAnswer;
  const written: string[] = [];
  const cine = (uid: string, level: number, frames: number, description: string): Promise<AnalysisInput> =>
    storeInstance(folder, {
      uid,
      frames: Array.from({ length: frames }, (_, n) => greyFrame(level, n)),
      attributes: { SeriesDescription: description },
    });
  const work = (inputs: readonly AnalysisInput[]): FamilyWork => ({
    request: {
      jobKey: 1,
      studyInstanceUid: '2.25.1000',
      revision: 1,
      modelId: 'echo-test',
      inputs,
      resultFolder: 'results/1',
      limits: { maxPixels: 1e6, maxFrames: 100, maxFrameBytes: 1e6 },
      keepCines: true,
    },
    manifest,
    run,
    // Under an id of the site's own: what counts is its family.
    companions: new Map([['view-of-the-site', { manifest: viewer, run: runView }]]),
    watch: stopwatch(() => 0),
    encodePicture: async ({ data }) => data,
    writeFile: async (file) => void written.push(file),
  });

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-echo-'));
    answer = await inferEchoCmr(
      work([
        await cine('2.25.11', 51, 16, 'A4C'),
        await cine('2.25.12', 76.5, 40, 'A4C'),
        await cine('2.25.13', 204, 10, 'CINE'),
        await cine('2.25.14', 178.5, 16, 'PLAX'),
        await cine('2.25.15', 51, 16, 'PSAX'),
        await cine('2.25.16', 51, 16, 'CINE'),
        await cine('2.25.17', 51, 6, 'A4C'),
        await cine('2.25.18', 51, 1, 'A4C'),
      ]),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const findings = () => {
    if (answer.findings.family !== 'echo-cmr') throw new Error('an echo job gives echo findings');
    return answer.findings;
  };
  const found = (view: EchoView): EchoViewResult => {
    const result = findings().views.find((one) => one.view === view);
    if (result === undefined) throw new Error(`no result for ${view}`);
    return result;
  };

  test('gives each view the mean over its cines and a statement at its operating point', () => {
    expect(found('A4C').probability).toBeCloseTo(0.25, 1);
    expect(found('A4C')).toMatchObject({
      wallMotionAbnormality: 'absent',
      tissue: { t1Ms: 1000, lateEnhancement: 0.4000000059604645 },
    });
    expect(found('A4C').cines.map(({ cine: { sopInstanceUid } }) => sopInstanceUid)).toEqual(['2.25.11', '2.25.12']);
    expect(found('PLAX')).toMatchObject({ wallMotionAbnormality: 'present' });
  });

  test('keeps the stretch that was read of a view to be played, with frames between those that were read', () => {
    const { kept, frames } = found('A4C');
    expect(kept).toMatchObject({ frameNumbers: Array.from({ length: 15 }, (_, index) => index + 1), frameTimeMs: 33 });
    expect([kept?.sopInstanceUid, kept?.region]).toEqual([frames[0]?.sopInstanceUid, frames[0]?.region]);
    expect(written).toEqual(expect.arrayContaining([kept?.picturesPath, kept?.mapsPath]));
  });

  test('asks the classifier where no label names the view, and believes it when it is sure', () => {
    expect(found('A2C').cines[0]).toMatchObject({ view: 'A2C', viewSource: 'model' });
    const unsure = findings().others.find(({ cine: { sopInstanceUid } }) => sopInstanceUid === '2.25.16');
    expect(unsure).toMatchObject({ view: 'other', viewSource: 'none' });
    expect(unsure?.notes[0]).toMatch(/not sure/);
  });

  test('lets a label stand against the classifier, with a note', () => {
    expect(found('PLAX').cines[0]).toMatchObject({ view: 'PLAX', viewSource: 'description' });
    expect(found('PLAX').cines[0]?.notes[0]).toBe('The cine is labelled PLAX; the model takes it for A2C (80 %).');
  });

  test('names the cines of other views and the reasons of those left out', () => {
    expect(findings().others.map(({ cine: { sopInstanceUid } }) => sopInstanceUid)).toEqual(['2.25.15', '2.25.16']);
    expect(answer.skipped).toMatchObject([
      { sopInstanceUid: '2.25.17', reason: 'too-few-frames' },
      { sopInstanceUid: '2.25.18', reason: 'not-a-cine' },
    ]);
  });

  test('fills a short clip up with zeros after normalisation, and says so', () => {
    const short = clips.find(({ data }) => data.subarray(5 * 256).every((value) => value === 0));
    expect(short?.shape).toEqual([1, 1, 8, 16, 16]);
    expect(short?.data[4 * 256]).not.toBe(0);
    expect(found('A2C').notes).toContain('A cine gave 5 of 8 frames; the rest of the clip is empty.');
  });

  test('reads several clips of a long cine', () => {
    expect(clips).toHaveLength(6);
  });

  test('makes one statement over the views, with the mean of the tissue values', () => {
    const { global } = findings();
    expect(global).toMatchObject({ views: ['A4C', 'A2C', 'PLAX'], wallMotionAbnormality: 'present', tissue: { t1Ms: 1000 } });
  });

  test('keeps four frames of each view, with the part of the region that was read', () => {
    expect(found('A4C').frames).toHaveLength(4);
    for (const { picturePath, mapPath, region } of found('A4C').frames) {
      expect(written).toEqual(expect.arrayContaining([picturePath, mapPath]));
      expect(region.x1 - region.x0).toBe(region.y1 - region.y0);
    }
    expect(answer.keyframes).toBe(12);
  });
});

describe('the run at the start', () => {
  const graphsOf = (digests: readonly string[]) =>
    Object.fromEntries(['a4c', 'a2c', 'plax'].map((view, n) => [`trunk_${view}`, { sha256: digests[n] }]));
  const ranBy = async (digests: readonly string[]): Promise<readonly string[]> => {
    const ran: string[] = [];
    const graphs = graphsOf(digests);
    await probeEchoCmr({ ...manifest, graphs } as unknown as ModelManifest, (graph, inputs) => {
      ran.push(graph);
      return run(graph, inputs);
    });
    return ran;
  };

  test('takes every graph once, and a trunk that the views share once for all of them', async () => {
    expect(await ranBy(['one', 'one', 'one'])).toEqual(['trunk_a4c', 'heads_a4c', 'heads_a2c', 'heads_plax', 'global']);
    expect(await ranBy(['one', 'two', 'two'])).toEqual([
      ...['trunk_a4c', 'heads_a4c', 'trunk_a2c', 'heads_a2c', 'heads_plax', 'global'],
    ]);
  });
});

describe('the clips of a cine', () => {
  test('are one for a short cine and spread over a long one', () => {
    expect(clipsOf(7, { maxFrames: 8 })).toEqual([[0, 7]]);
    expect(clipsOf(12, { maxFrames: 8 })).toEqual([
      [0, 8],
      [4, 12],
    ]);
    expect(clipsOf(40, { maxFrames: 8 })).toEqual([
      [0, 8],
      [16, 24],
      [32, 40],
    ]);
  });

  test('have the map of the stretch of time that a frame lies in', () => {
    const activation = [0, 1].map((value) => ({ rows: 1, columns: 1, values: [value] }));
    expect([0, 3, 4, 7].map((frame) => activationOf({ activation }, frame, 8).values[0])).toEqual([0, 0, 1, 1]);
  });
});

describe('the statement over the views', () => {
  const seen = (view: EchoView, probability: number, wallMotionAbnormality: EchoViewResult['wallMotionAbnormality']) =>
    ({ view, probability, wallMotionAbnormality, tissue: {} }) as EchoViewResult;

  test('tells the network which views are missing', () => {
    expect([...evidenceOf([seen('A2C', 0.5, 'absent'), seen('PLAX', 0.9, 'undetermined')]).data]).toEqual([0, 0, 0, 1, 0, 0]);
    const sure = evidenceOf([seen('A4C', 1, 'present')]).data[0];
    expect(sure).toBe(15);
  });

  test('is undetermined when a single view shows nothing abnormal, and none without a fit view', async () => {
    const alone = await inferGlobal([seen('A4C', 0.1, 'absent')], { manifest, run });
    expect(alone).toMatchObject({ wallMotionAbnormality: 'undetermined', views: ['A4C'] });
    expect(alone?.notes).toContain('Without A2C and PLAX: no cine of it could be read.');
    expect(await inferGlobal([seen('A4C', 0.9, 'present')], { manifest, run })).toMatchObject({
      wallMotionAbnormality: 'present',
    });
    expect(await inferGlobal([seen('A4C', 0.9, 'undetermined')], { manifest, run })).toBeNull();
  });

  test('of a view leaves unfit cines out, and is undetermined when all are', () => {
    const cines = [
      { probability: 0.9, unfit: true },
      { probability: 0.2, unfit: false },
    ];
    expect(viewStatement('A4C', cines, manifest)).toEqual({ probability: 0.2, wallMotionAbnormality: 'absent' });
    expect(viewStatement('A4C', cines.slice(0, 1), manifest)).toMatchObject({ wallMotionAbnormality: 'undetermined' });
  });
});
