// A compression job from files to statements with a graph made here, so that what the node does around the network is seen by itself. The frames carry
// their truth in their brightness, which the graph reads off.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FamilyAnswer } from '../../../src/analysis/family.ts';
import { inferDvt } from '../../../src/analysis/infer-dvt.ts';
import { stopwatch } from '../../../src/analysis/stopwatch.ts';
import { inferCourse, overPicture, STACK } from '../../../src/analysis/vascular-dvt.ts';
import type { AnalysisInput, RunGraph } from '../../../src/contracts/analyser.ts';
import type { LandmarkResult } from '../../../src/contracts/finding.ts';
import type { ClipPreprocessing, ModelManifest } from '../../../src/contracts/model.ts';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import { greyFrame, storeInstance } from './instances.ts';

const SIDE = 24;

const manifestWith = (maxFrames: number, changes: Partial<ClipPreprocessing> = {}) =>
  ({
    id: 'dvt-test',
    family: 'vascular-dvt',
    preprocessing: {
      rows: SIDE,
      columns: SIDE,
      channels: 1,
      fit: 'pad',
      canvas: 300,
      mean: [0],
      deviation: [1],
      minFrames: 9,
      maxFrames,
      framesPerSecond: 0,
      frameStep: 1,
      ...changes,
    },
    outputs: [
      { id: 'open', threshold: 0.5 },
      { id: 'landmark', threshold: 0.5 },
    ],
  }) as unknown as ModelManifest;

/** Mean grey around the middle of the last frame of each stack, 0..1. Below 0.2 closed; up to 0.4 the junction, up to 0.6 the great saphenous vein, above background. */
const run: RunGraph = async (_graph, { frames }) => {
  const [, , t = 0, rows = 0, columns = 0] = frames?.shape ?? [];
  const count = t - STACK + 1;
  const around = Array.from(
    { length: 36 },
    (_, n) => (Math.floor(rows / 2) - 3 + (n % 6)) * columns + columns / 2 - 3 + Math.floor(n / 6),
  );
  const levels = Array.from({ length: count }, (_, n) => {
    const start = (n + STACK - 1) * rows * columns;
    return around.reduce((sum, at) => sum + (frames?.data[start + at] ?? 0), 0) / around.length;
  });
  const landmark = levels.flatMap((level) => (level < 0.4 ? [0.1, 0.8, 0.1] : level < 0.6 ? [0.1, 0.1, 0.8] : [0.8, 0.1, 0.1]));
  const maps = Math.max(2, rows > SIDE ? 8 : 2);
  return {
    landmark: { shape: [count, 3], data: Float32Array.from(landmark) },
    open: { shape: [count], data: Float32Array.from(levels, (level) => (level < 0.2 ? 0.05 : 0.95)) },
    landmark_map: { shape: [count, 3, maps, maps], data: new Float32Array(count * 3 * maps * maps) },
    open_map: { shape: [count, 1, maps, maps], data: new Float32Array(count * maps * maps).fill(0.5) },
  };
};

const SFJ = 76;
const CLOSED = 40;
const GSV = 127;
const OTHER = 200;
const stretch = (level: number, count: number): number[] => new Array<number>(count).fill(level);
const pressed = [...stretch(SFJ, 30), ...stretch(CLOSED, 12), ...stretch(SFJ, 14)];

describe('a compression job', () => {
  let folder: string;
  let answer: FamilyAnswer;
  const written: string[] = [];
  const cine = (uid: string, levels: readonly number[], attributes: Dataset): Promise<AnalysisInput> =>
    storeInstance(folder, { uid, frames: levels.map((level) => greyFrame(level)), attributes });

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-dvt-'));
    const inputs = [
      await cine('2.25.21', pressed, { SeriesDescription: 'LT SFJ COMP' }),
      await cine('2.25.22', stretch(GSV, 40), { ImageComments: 'LT GSV COMP', SeriesDescription: 'RT GSV' }),
      await cine('2.25.23', stretch(OTHER, 40), { SeriesDescription: 'RT SFJ COMP' }),
      await cine('2.25.24', stretch(GSV, 40), { SeriesDescription: 'RT SFJ COMP' }),
      await cine('2.25.25', pressed, { SeriesDescription: 'GROIN' }),
      await cine('2.25.26', stretch(OTHER, 40), { SeriesDescription: 'LT LEG' }),
      await cine('2.25.27', pressed, { SeriesDescription: 'LT POP COMP' }),
      await cine('2.25.28', stretch(SFJ, 8), { SeriesDescription: 'LT SFJ COMP' }),
      await cine('2.25.29', stretch(SFJ, 1), { SeriesDescription: 'LT SFJ' }),
    ];
    answer = await inferDvt({
      request: {
        jobKey: 1,
        studyInstanceUid: '2.25.1000',
        revision: 1,
        modelId: 'dvt-test',
        inputs,
        resultFolder: 'results/1',
        limits: { maxPixels: 1e6, maxFrames: 100, maxFrameBytes: 1e6 },
        keepCines: true,
      },
      manifest: manifestWith(16),
      run,
      companions: new Map(),
      watch: stopwatch(() => 0),
      encodePicture: async ({ data }) => data,
      writeFile: async (file) => void written.push(file),
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const landmarks = (): readonly LandmarkResult[] => {
    if (answer.findings.family !== 'vascular-dvt') throw new Error('a compression job gives landmarks');
    return answer.findings.landmarks;
  };
  const found = (side: string, landmark: string) => landmarks().find((one) => one.side === side && one.landmark === landmark);

  test('states that a vein closes and opens again, with the frames that show it', () => {
    const one = found('left', 'SFJ');
    expect(one).toMatchObject({
      compressibility: 'fully',
      dvt: 'absent',
      landmarkSource: 'description',
      sideSource: 'description',
    });
    expect(one?.certainty).toBeCloseTo(0.8, 1);
    expect(one?.frames.map(({ state }) => state)).toEqual(['open', 'closed']);
    const closed = one?.frames[1]?.frameNumber ?? 0;
    expect(closed).toBeGreaterThan(30);
    expect(closed).toBeLessThanOrEqual(42);
    for (const { picturePath, mapPath } of one?.frames ?? [])
      expect(written).toEqual(expect.arrayContaining([picturePath, mapPath]));
  });

  test('makes no statement of a vein that stays open where nothing is seen to press', () => {
    expect(found('left', 'GSV')).toMatchObject({ compressibility: 'indeterminate', dvt: 'undetermined', certainty: null });
    expect(found('left', 'GSV')?.because).toMatch(/not seen to be pressed/);
  });

  test('tells that two sources name another side', () => {
    expect(found('left', 'GSV')?.notes).toContain(
      'SeriesDescription says side right, ImageComments says left; ImageComments was taken.',
    );
    expect(found('left', 'SFJ')?.notes.join(' ')).not.toMatch(/side (left|right)/);
  });

  test('makes no statement where the network does not see what the description names', () => {
    const right = found('right', 'SFJ');
    expect(right).toMatchObject({ compressibility: 'indeterminate' });
    expect(right?.because).toMatch(/does not see it|takes the picture for/);
    expect(right?.courses).toHaveLength(2);
    expect(found('right', 'GSV')).toBeUndefined();
  });

  test('takes the landmark from the network where the images name none, and says that the side is not known', () => {
    const one = found('unknown', 'SFJ');
    expect(one).toMatchObject({ compressibility: 'fully', landmarkSource: 'model', sideSource: 'none' });
    expect(one?.notes).toContain('The images do not say which side they show.');
  });

  test('keeps the cine that decided to be played, bare and whole where it is short, and none where the network does not see the vein', () => {
    const kept = found('left', 'SFJ')?.kept;
    expect(kept).toMatchObject({ sopInstanceUid: '2.25.21', numberOfFrames: pressed.length, mapsPath: null });
    expect([kept?.frameNumbers.length, kept?.frameNumbers[0], kept?.frameNumbers.at(-1)]).toEqual([24, 1, pressed.length]);
    expect(written).toContain(kept?.picturesPath);
    expect(found('right', 'SFJ')).not.toHaveProperty('kept');
  });

  test('gives an answer for every frame from the ninth on', () => {
    const course = found('left', 'SFJ')?.courses[0];
    expect(course?.frameNumbers).toEqual(Array.from({ length: pressed.length - 8 }, (_, n) => n + 9));
    expect(course?.open.map((open) => open < 0.5)).toEqual(pressed.slice(8).map((level) => level === CLOSED));
  });

  test('leaves out cines of other places, short ones and stills, with their reasons', () => {
    expect(answer.skipped.map(({ sopInstanceUid, reason }) => [sopInstanceUid, reason])).toEqual([
      ['2.25.26', 'view-not-read'],
      ['2.25.27', 'view-not-read'],
      ['2.25.28', 'too-few-frames'],
      ['2.25.29', 'not-a-cine'],
    ]);
  });
});

test('a cine of a scale that the network was not trained at is shown to it at one that it was', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-dvt-scale-'));
  try {
    const frames = stretch(SFJ, 10).map((level) => greyFrame(level));
    const input = await storeInstance(folder, { uid: '2.25.31', frames, attributes: { SeriesDescription: 'LT SFJ COMP' } });
    const rowsShown = async (changes: Partial<ClipPreprocessing>): Promise<number> => {
      let rows = 0;
      await inferDvt({
        request: {
          jobKey: 1,
          studyInstanceUid: '2.25.1000',
          revision: 1,
          modelId: 'dvt-test',
          inputs: [input],
          resultFolder: 'results/1',
          limits: { maxPixels: 1e6, maxFrames: 100, maxFrameBytes: 1e6 },
          keepCines: false,
        },
        manifest: manifestWith(16, changes),
        run: async (graph, inputs) => {
          const lit = Array.from({ length: SIDE }, (_, row) => inputs['frames']?.data[row * SIDE + SIDE / 2] ?? 0);
          if (rows === 0) rows = lit.filter((value) => value > 0).length;
          return run(graph, inputs);
        },
        companions: new Map(),
        watch: stopwatch(() => 0),
        encodePicture: async ({ data }) => data,
        writeFile: async () => undefined,
      });
      return rows;
    };
    // 190 rows of 0.1 mm: on 300 of them, and on 600, which measure the same as 300 of 0.2 mm.
    const published = await rowsShown({});
    const scaled = await rowsShown({ millimetresPerPixel: { least: 0.15, most: 0.25, otherwise: 0.2 } });
    expect([published, scaled]).toEqual([16, 8]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('the answers of a cine', () => {
  const planes = Array.from({ length: 31 }, (_, n) => new Float32Array(SIDE * SIDE).fill(8 * n));

  test('do not depend on how many frames one run takes', async () => {
    const whole = await inferCourse(planes, manifestWith(600), run);
    expect(whole).toHaveLength(23);
    expect(whole[0]?.index).toBe(8);
    for (const maxFrames of [9, 10, 16]) expect(await inferCourse(planes, manifestWith(maxFrames), run)).toEqual(whole);
  });

  test('are none for fewer than nine frames', async () => {
    expect(await inferCourse(planes.slice(0, 8), manifestWith(16), run)).toEqual([]);
  });

  test('with a wrong number are refused', async () => {
    const broken: RunGraph = async (graph, inputs) => ({
      ...(await run(graph, inputs)),
      open: { shape: [23], data: new Float32Array(23).fill(Number.NaN) },
    });
    await expect(inferCourse(planes, manifestWith(600), broken)).rejects.toMatchObject({ code: 'model-output-invalid' });
  });
});

test('a map lies where the picture was on the canvas', () => {
  const values = Array.from({ length: 64 }, (_, place) => (place === 3 * 8 + 4 ? 1 : 0));
  const laid = { rows: 150, columns: 150, canvas: 600, fit: 'pad' } as const;
  const map = overPicture({ rows: 8, columns: 8, values }, { rows: 400, columns: 600 }, laid);
  const most = map.values.indexOf(Math.max(...map.values));
  // The place 3, 4 is centred on row 63 and column 79 of 150: row 252 - 100 of the picture's 400, column 316 of its 600.
  expect(((Math.floor(most / map.columns) + 0.5) / map.rows) * 400).toBeCloseTo(152, -1.7);
  expect((((most % map.columns) + 0.5) / map.columns) * 600).toBeCloseTo(316, -1.7);
});
