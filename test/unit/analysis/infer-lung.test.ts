// A lung job from files to result with graphs made here, so that what the node does around the network is seen by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FamilyAnswer } from '../../../src/analysis/family.ts';
import { inferLung } from '../../../src/analysis/infer-lung.ts';
import { stopwatch } from '../../../src/analysis/stopwatch.ts';
import type { AnalysisInput, RunGraph } from '../../../src/contracts/analyser.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';
import { greyFrame, storeInstance } from './instances.ts';

const manifest = {
  id: 'lung-test',
  family: 'lung-score',
  preprocessing: {
    rows: 16,
    columns: 16,
    channels: 1,
    fit: 'stretch',
    canvas: 0,
    mean: [0],
    deviation: [1],
    minFrames: 4,
    maxFrames: 6,
    framesPerSecond: 0,
    frameStep: 1,
  },
  outputs: [{ id: 'score', threshold: 0.5 }],
} as unknown as ModelManifest;

/** Takes the mean grey of a frame as its feature; the score of a cine is that of its mean: 0.2, 0.4, 0.6, 0.8. */
const run: RunGraph = async (graph, inputs) => {
  if (graph === 'clip') {
    const values = inputs['features']?.data ?? new Float32Array(1);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const probabilities = [0.2, 0.4, 0.6, 0.8].map((centre) => Math.exp(-6 * Math.abs(mean - centre)));
    const sum = probabilities.reduce((total, value) => total + value, 0);
    return { probabilities: { shape: [4], data: Float32Array.from(probabilities, (value) => value / sum) } };
  }
  const frames = inputs['frames'];
  const count = frames?.shape[0] ?? 0;
  const means = Array.from({ length: count }, (_, n) => {
    const plane = frames?.data.slice(n * 256, (n + 1) * 256) ?? new Float32Array(256);
    return plane.reduce((sum, value) => sum + value, 0) / 256;
  });
  return {
    features: { shape: [count, 1], data: Float32Array.from(means) },
    mask: { shape: [count, 2, 2], data: new Float32Array(4 * count).fill(0.5) },
  };
};

describe('a lung job', () => {
  let folder: string;
  let answer: FamilyAnswer;
  const written: string[] = [];
  const cine = (uid: string, level: number, frames: number, description: string): Promise<AnalysisInput> =>
    storeInstance(folder, {
      uid,
      frames: Array.from({ length: frames }, (_, n) => greyFrame(level, n)),
      attributes: { SeriesDescription: description },
    });

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-lung-'));
    const inputs = [
      await cine('2.25.11', 51, 10, 'R1 POST BASAL'),
      await cine('2.25.12', 204, 5, 'R1 POST BASAL'),
      await cine('2.25.13', 102, 5, 'LEFT LATERAL UPPER'),
      await cine('2.25.14', 204, 5, 'LUNG'),
      await cine('2.25.15', 204, 3, 'L4'),
      await cine('2.25.16', 127.5, 5, 'L13'),
      await cine('2.25.17', 102, 1, 'L14'),
    ];
    answer = await inferLung({
      request: {
        jobKey: 1,
        studyInstanceUid: '2.25.1000',
        revision: 1,
        modelId: 'lung-test',
        inputs,
        resultFolder: 'results/1',
        limits: { maxPixels: 1e6, maxFrames: 100, maxFrameBytes: 1e6 },
        keepCines: true,
      },
      manifest,
      run,
      companions: new Map(),
      watch: stopwatch(() => 0),
      encodePicture: async ({ data }) => data,
      writeFile: async (file) => void written.push(file),
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const found = (uid: string) => {
    if (answer.findings.family !== 'lung-score') throw new Error('a lung job gives lung findings');
    const one = answer.findings.cines.find(({ cine: { sopInstanceUid } }) => sopInstanceUid === uid);
    if (one === undefined) throw new Error(`no result for ${uid}`);
    return one;
  };

  test('gives every cine its score, area and side', () => {
    expect(found('2.25.11')).toMatchObject({ score: 0, area: 1, areaSource: 'description', side: 'right' });
    expect(found('2.25.13')).toMatchObject({ score: 1, area: 10, side: 'left' });
    expect(found('2.25.14')).toMatchObject({ score: 3, area: null, areaSource: 'none', side: 'unknown' });
    expect(found('2.25.14').notes[0]).toMatch(/not part of the total/);
  });

  test('reads evenly spread frames of a cine that is longer than the model takes, and says so', () => {
    expect(found('2.25.11').notes).toContain('6 of 10 frames were read, evenly chosen.');
    expect(found('2.25.12').notes).not.toContain('5 of 5 frames were read, evenly chosen.');
  });

  test('gives no score for a short cine or an unsure network, and keeps both', () => {
    expect(found('2.25.15')).toMatchObject({ score: null, area: 4 });
    expect(found('2.25.15').notes[0]).toMatch(/has 3 usable frames, the model needs 4/);
    expect(found('2.25.16')).toMatchObject({ score: null, area: 13 });
    expect(found('2.25.16').notes[0]).toMatch(/50 % are needed/);
  });

  test('adds up the highest score of each area, of those with a score only', () => {
    if (answer.findings.family !== 'lung-score') throw new Error('a lung job gives lung findings');
    expect(answer.findings.total).toEqual({ total: 4, areasScored: 2, areasUnscored: [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14] });
  });

  test('leaves out a still with its reason', () => {
    expect(answer.skipped).toMatchObject([{ sopInstanceUid: '2.25.17', reason: 'not-a-cine' }]);
  });

  test('keeps three frames of every cine with their masks', () => {
    const { frames } = found('2.25.11');
    expect(frames).toHaveLength(3);
    for (const { picturePath, mapPath } of frames) expect(written).toEqual(expect.arrayContaining([picturePath, mapPath]));
    expect(answer.keyframes).toBe(18);
  });

  test('keeps what was read of a cine to be played at its own speed, where the job wants it', () => {
    const { kept, cine: source } = found('2.25.11');
    expect(kept).toMatchObject({ sopInstanceUid: '2.25.11', frameNumbers: [1, 3, 5, 6, 8, 10], region: source.region });
    expect(kept?.frameTimeMs).toBeCloseTo((9 * 33) / 5, 6);
    expect(written).toEqual(expect.arrayContaining([kept?.picturesPath, kept?.mapsPath]));
  });
});
