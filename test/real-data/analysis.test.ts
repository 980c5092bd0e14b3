// Real files through analysis in its own process: each ends in keyframes or in a skip with a reason, none in a failed job or a lost process.
// What the model says of them is reported as what it is and never asserted: it was trained on simulated images.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ResultOf, SkippedInput } from '../../src/contracts/finding.ts';
import { type AnalyserPool, startAnalyserPool } from '../../src/edge/analyser-pool.ts';
import { isFault } from '../../src/kernel/errors.ts';
import { inputOf } from '../unit/analysis/instances.ts';
import { writeTinyModel } from '../unit/analysis/tiny-model.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DATA = path.resolve(ROOT, '../shared/data');
const LIMITS = { maxPixels: 64_000_000, maxFrames: 20_000, maxFrameBytes: 64_000_000 };
const goOn = new AbortController().signal;

let folder: string;
let real: AnalyserPool;
let tiny: AnalyserPool;
let ended: string[];
let jobs = 0;

const poolOf = (modelsFolder: string): AnalyserPool =>
  startAnalyserPool({
    children: 1,
    threadsPerChild: 2,
    providers: ['cpu'],
    models: ['vascular-sec'],
    modelsFolder,
    spoolFolder: path.join(folder, 'spool'),
    jobTimeoutMs: 60_000,
    log: (name, fields) => {
      if (name === 'analyser.ended') ended.push(JSON.stringify(fields));
    },
  });

beforeAll(async () => {
  if (!existsSync(DATA)) throw new Error(`the real files are missing: ${DATA}`);
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-real-'));
  mkdirSync(path.join(folder, 'spool', 'studies', '1'), { recursive: true });
  ended = [];
  writeTinyModel(path.join(folder, 'models'));
  real = poolOf(path.join(ROOT, 'models'));
  tiny = poolOf(path.join(folder, 'models'));
  await Promise.all([real.ready(), tiny.ready()]);
});
afterAll(async () => {
  await Promise.all([real.stop(), tiny.stop()]);
  rmSync(folder, { recursive: true });
});

const filesOf = (name: string): string[] => readdirSync(path.join(DATA, name)).filter((file) => file.endsWith('.dcm'));

/** The result for one file, or null when not even its header can be read: intake would not have stored it. */
async function analysed(pool: AnalyserPool, source: string): Promise<ResultOf<'vascular-sec'> | null> {
  jobs += 1;
  const file = path.join(folder, 'spool', 'studies', '1', `${jobs}.dcm`);
  copyFileSync(source, file);
  const input = await inputOf(file, readFileSync(file)).catch((error: unknown) => {
    if (isFault(error)) return null;
    throw error;
  });
  if (input === null) return null;
  const request = {
    jobKey: jobs,
    studyInstanceUid: '2.25.1',
    revision: 1,
    modelId: 'vascular-sec',
    inputs: [input],
    resultFolder: `results/${jobs}`,
    limits: LIMITS,
  };
  const { resultPath } = await pool.analyse(request, goOn);
  return JSON.parse(readFileSync(path.join(folder, 'spool', resultPath), 'utf8'));
}

const reasonsOf = (skipped: readonly SkippedInput[]): string[] => [...new Set(skipped.map(({ reason }) => reason))];

describe('real ultrasound files', () => {
  test('all give keyframes or a reason', async () => {
    const outcome: Record<string, string> = {};
    for (const file of filesOf('us')) {
      const result = await analysed(real, path.join(DATA, 'us', file));
      if (result === null) throw new Error(`${file}: no header`);
      const keyframes = result.sections.flatMap((section) => section.keyframes);
      expect(keyframes.length > 0 || result.skipped.length > 0).toBe(true);
      for (const { region } of keyframes) {
        expect(region.x0 >= 0 && region.y0 >= 0 && region.x1 > region.x0 && region.y1 > region.y0).toBe(true);
      }
      for (const section of result.sections) expect(section.keyframes.length).toBeLessThanOrEqual(17);
      for (const { sentence } of result.skipped) expect(sentence).toMatch(/\w.*[.)a-z]$/);
      outcome[file] = keyframes.length > 0 ? 'keyframes' : reasonsOf(result.skipped).join(' ');
    }
    expect(outcome).toMatchObject({
      'GREYSCALE_CINE.dcm': 'keyframes',
      'GREYSCALE_IMAGE.dcm': 'keyframes',
      'RGB_IMAGE.dcm': 'keyframes',
      'OBXXXX1A.dcm': 'keyframes',
      'OBXXXX1A_expb.dcm': 'keyframes',
      'JPGLosslessP14SV1_1s_1f_8b.dcm': 'keyframes',
      'US-YBR_FULL_422-EVRLE.dcm': 'keyframes',
      'femoral_JPEGLosslessP14SV1_3s_2f_u_08_08.dcm': 'keyframes',
      'gdcm-US-ALOKA-16.dcm': 'keyframes',
      'examples_ybr_color.dcm': 'keyframes',
      'US1_UNCR.dcm': 'colour-in-region',
      'color-pl.dcm': 'colour-doppler',
      // Its region is the whole picture, which holds the patient's name; the part that looks like echoes is read.
      'sonoque_anechoic-3mm-3mm.dcm': 'keyframes',
    });
  });

  test('the two images of a split screen become two keyframes', async () => {
    const result = await analysed(tiny, path.join(DATA, 'us', 'gdcm-US-ALOKA-16.dcm'));
    expect(result?.sections.flatMap(({ keyframes }) => keyframes.map(({ region }) => [region.x0, region.x1]))).toEqual([
      [32, 335],
      [336, 639],
    ]);
  });

  test('one clip in many encodings gives the same keyframes, or says that its syntax is not decoded', async () => {
    const answers = new Map<string, number>();
    const frames = new Set<string>();
    for (const file of filesOf('syntax-matrix')) {
      const result = await analysed(tiny, path.join(DATA, 'syntax-matrix', file));
      if (result === null) throw new Error(`${file}: no header`);
      const key = result.sections.length > 0 ? 'analysed' : reasonsOf(result.skipped).join(' ');
      answers.set(key, (answers.get(key) ?? 0) + 1);
      const keyframes = result.sections.flatMap((section) => section.keyframes);
      if (keyframes.length > 0) frames.add(JSON.stringify(keyframes.map(({ frameNumber, region }) => [frameNumber, region])));
    }
    expect([...answers.keys()].filter((key) => key !== 'analysed' && key !== 'transfer-syntax-not-decoded')).toEqual([]);
    expect(answers.get('analysed')).toBeGreaterThanOrEqual(8);
    expect([...frames]).toHaveLength(1);
  });

  test('broken and unusual files never cost a process', async () => {
    let seen = 0;
    for (const file of filesOf('odd')) {
      const result = await analysed(tiny, path.join(DATA, 'odd', file));
      seen += 1;
      if (result !== null) expect(result.sections.length + result.skipped.length).toBeGreaterThan(0);
    }
    expect(seen).toBeGreaterThan(50);
    expect(ended).toEqual([]);
  });
});
