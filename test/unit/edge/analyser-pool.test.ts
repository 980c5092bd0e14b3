import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AnalysisInput, AnalysisRequest } from '../../../src/contracts/analyser.ts';
import type { ResultOf } from '../../../src/contracts/finding.ts';
import { type AnalyserPool, startAnalyserPool } from '../../../src/edge/analyser-pool.ts';
import { COLUMNS, greyFrame, inputOf, ROWS, region, storeInstance } from '../analysis/instances.ts';
import { writeTinyModel } from '../analysis/tiny-model.ts';

const LIMITS = { maxPixels: 4_000_000, maxFrames: 1000, maxFrameBytes: 16_000_000 };
const goOn = new AbortController().signal;

let folder: string;
let pool: AnalyserPool | null;
let events: { readonly name: string; readonly fields: Readonly<Record<string, unknown>> }[];

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-pool-'));
  pool = null;
  events = [];
});
afterEach(async () => {
  await pool?.stop();
  rmSync(folder, { recursive: true });
});

const spool = (): string => path.join(folder, 'spool');
const start = (
  options: {
    readonly providers?: readonly string[];
    readonly children?: number;
    readonly memoryLimitMiB?: number;
    readonly modelsFolder?: string;
  } = {},
) => {
  pool = startAnalyserPool({
    children: 1,
    threadsPerChild: 1,
    providers: ['cpu'],
    models: ['vascular-sec'],
    modelsFolder: path.join(folder, 'models'),
    spoolFolder: spool(),
    jobTimeoutMs: 20_000,
    log: (name, fields) => events.push({ name, fields }),
    ...options,
  });
  return pool;
};

const request = (inputs: readonly AnalysisInput[], jobKey = 1): AnalysisRequest => ({
  jobKey,
  studyInstanceUid: '2.25.1000',
  revision: 1,
  modelId: 'vascular-sec',
  inputs,
  resultFolder: `results/${jobKey}`,
  limits: LIMITS,
});

const resultAt = (spoolPath: string): ResultOf<'vascular-sec'> => JSON.parse(readFileSync(path.join(spool(), spoolPath), 'utf8'));

const leg = async (): Promise<AnalysisInput[]> => [
  await storeInstance(spool(), {
    uid: '2.25.11',
    frames: [greyFrame(60)],
    attributes: { SeriesDescription: 'LT FV TRANS', InstanceNumber: 1 },
  }),
  await storeInstance(spool(), {
    uid: '2.25.12',
    frames: [greyFrame(160)],
    attributes: { SeriesDescription: 'LT FV LONG', InstanceNumber: 2 },
  }),
  await storeInstance(spool(), {
    uid: '2.25.13',
    frames: Array.from({ length: 30 }, (_, index) => greyFrame(40 + (index % 3) * 50, index)),
    attributes: { SeriesDescription: 'RT POP TRANS W/ COMP', InstanceNumber: 3 },
  }),
];

describe('the analyser pool', () => {
  test('analyses a leg study in another process and leaves result, pictures and maps in the spool', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const inputs = await leg();
    const running = start();
    expect(await running.ready()).toEqual({ 'vascular-sec': 'cpu' });
    const answer = await running.analyse(request(inputs), goOn);
    expect(answer).toMatchObject({ resultPath: 'results/1/result.json', provider: 'cpu', sections: 2, skipped: 0 });
    const result = resultAt(answer.resultPath);
    expect(result).toMatchObject({ schema: 2, family: 'vascular-sec', studyInstanceUid: '2.25.1000', revision: 1, skipped: [] });
    expect(result.run).toMatchObject({
      modelId: 'vascular-sec',
      provider: 'cpu',
      statement: { threshold: 0.3 },
      referenceWeights: true,
    });
    expect(result.inputs).toHaveLength(3);
    const [left, right] = result.sections;
    expect([left?.side, left?.vein, right?.side, right?.vein]).toEqual(['left', 'FV', 'right', 'POP']);
    expect(left?.keyframes.map(({ sopInstanceUid, frameNumber }) => `${sopInstanceUid}/${frameNumber}`)).toEqual([
      '2.25.11/1',
      '2.25.12/1',
    ]);
    expect(left?.keyframes[0]).toMatchObject({ region: { x0: 40, y0: 30, x1: 279, y1: 219 }, spacingMm: { x: 0.1, y: 0.1 } });
    expect(right?.keyframes.length).toBeGreaterThan(2);
    expect(right?.keyframes.length).toBeLessThanOrEqual(17);
    for (const section of result.sections) {
      expect(section.keyframes.reduce((sum, keyframe) => sum + keyframe.attention, 0)).toBeCloseTo(1, 9);
      for (const { picturePath, mapPath } of section.keyframes) {
        expect(readFileSync(path.join(spool(), picturePath)).subarray(1, 4).toString('latin1')).toBe('PNG');
        const map = JSON.parse(readFileSync(path.join(spool(), mapPath), 'utf8'));
        // 190 x 240 pixels, halved, over 32.
        expect([map.rows, map.columns, map.values.length]).toEqual([2, 3, 6]);
      }
    }
  });

  test('gives the numbers that the tiny model must give', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const level = 191;
    const bright = await storeInstance(spool(), { uid: '2.25.11', frames: [new Uint8Array(ROWS * COLUMNS).fill(level)] });
    const answer = await start().analyse(request([bright]), goOn);
    const [section] = resultAt(answer.resultPath).sections;
    const mean = (level * 2) / 255 - 1;
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    expect(section?.secProbability).toBeCloseTo(sigmoid(4 * mean), 4);
    expect(section?.keyframes[0]?.longitudinal).toBeCloseTo(sigmoid(4 * mean), 4);
    expect(section?.keyframes[0]?.compression).toBeCloseTo(sigmoid(-4 * mean), 4);
    // One grey everywhere is no image of a vein.
    expect(section?.sec).toBe('undetermined');
  });

  test('does not look at an instance whose stored bytes are no longer those received', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const inputs = await leg();
    const [first, second] = inputs;
    if (first === undefined || second === undefined) throw new Error('no inputs');
    const bytes = readFileSync(first.path);
    bytes[bytes.length - 1000] = (bytes[bytes.length - 1000] ?? 0) ^ 1;
    writeFileSync(first.path, bytes);
    writeFileSync(second.path, readFileSync(second.path).subarray(0, 900));
    const answer = await start().analyse(request(inputs), goOn);
    const result = resultAt(answer.resultPath);
    expect(result.skipped.map(({ sopInstanceUid, reason }) => [sopInstanceUid, reason])).toEqual([
      ['2.25.11', 'bytes-changed'],
      ['2.25.12', 'bytes-changed'],
    ]);
    expect(result.sections.map(({ vein }) => vein)).toEqual(['POP']);
    expect(result.inputs).toHaveLength(3);
  });

  test('leaves out what the model does not read, each with its reason, and never fails the job for it', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const flow = new Uint8Array(ROWS * COLUMNS * 3).fill(80);
    for (let at = 60 * COLUMNS * 3; at < 120 * COLUMNS * 3; at += 3) flow[at] = 220;
    const modes = ['ORIGINAL', 'PRIMARY', 'VASCULAR', '0011'];
    const inputs = [
      await storeInstance(spool(), { uid: '2.25.21', frames: [greyFrame(80)], regions: [] }),
      await storeInstance(spool(), { uid: '2.25.22', frames: [flow], rgb: true, attributes: { ImageType: modes } }),
      await storeInstance(spool(), { uid: '2.25.23', frames: [greyFrame(80)], regions: [region(40, 30, 80, 60)] }),
      await storeInstance(spool(), { uid: '2.25.24', frames: [greyFrame(80).subarray(0, 5000)] }),
      await storeInstance(spool(), { uid: '2.25.25', frames: [greyFrame(80), greyFrame(80)], regions: [] }),
      await storeInstance(spool(), { uid: '2.25.28', frames: [greyFrame(80)], regions: [region(0, 0, COLUMNS, ROWS)] }),
      await storeInstance(spool(), { uid: '2.25.26', frames: [flow], rgb: true, attributes: { UltrasoundColorDataPresent: 1 } }),
    ];
    const answer = await start().analyse(request(inputs), goOn);
    expect(answer).toMatchObject({ sections: 0, skipped: 7 });
    const result = resultAt(answer.resultPath);
    expect(result.skipped.map(({ sopInstanceUid, reason }) => `${sopInstanceUid} ${reason}`)).toEqual([
      '2.25.21 no-region',
      '2.25.22 colour-doppler',
      '2.25.23 region-too-small',
      '2.25.25 no-motion',
      '2.25.28 region-is-whole-image',
      '2.25.24 frames-unreadable',
      '2.25.26 colour-in-region',
    ]);
    expect(result.skipped.every(({ sentence }) => sentence.length > 10)).toBe(true);
  });

  test('takes a grey image whose header only says that there is colour', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const input = await storeInstance(spool(), {
      uid: '2.25.27',
      frames: [greyFrame(90)],
      attributes: { UltrasoundColorDataPresent: 1 },
    });
    const answer = await start().analyse(request([input]), goOn);
    const [section] = resultAt(answer.resultPath).sections;
    expect(section?.notes).toContain('The header says that the image has colour; its pixels show no colour flow.');
  });

  test('takes the readable frames of a cine that is cut short, and says that there were others', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const moving = Array.from({ length: 6 }, (_, index) => greyFrame(50 + index * 25, index * 3));
    const whole = await storeInstance(spool(), { uid: '2.25.29', frames: moving });
    const cut = readFileSync(whole.path).subarray(0, -2.5 * ROWS * COLUMNS);
    writeFileSync(whole.path, cut);
    const answer = await start().analyse(request([await inputOf(whole.path, cut)]), goOn);
    const [section] = resultAt(answer.resultPath).sections;
    expect(section?.keyframes.map(({ frameNumber }) => frameNumber)).toEqual([1, 2, 3]);
    expect(section?.notes).toContain('Some frames of a cine cannot be decoded; the others were taken.');
  });

  test('takes the moving part of a cine that names no region, and says so', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const moving = Array.from({ length: 12 }, (_, index) => greyFrame(60 + index * 8, index * 3));
    const input = await storeInstance(spool(), { uid: '2.25.31', frames: moving, regions: [] });
    const answer = await start().analyse(request([input]), goOn);
    const [section] = resultAt(answer.resultPath).sections;
    expect(section?.notes).toContain('The image does not name its ultrasound region; the part that moves was taken.');
    // The banner above row 20 stands still.
    expect(section?.keyframes[0]?.region.y0).toBeGreaterThanOrEqual(19);
    expect(section?.keyframes[0]?.spacingMm).toBeNull();
  });

  test('two images side by side are two keyframes of one frame', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const regions = [region(0, 30, 149, 219), region(160, 30, 309, 219)];
    const input = await storeInstance(spool(), { uid: '2.25.41', frames: [greyFrame(90)], regions });
    const answer = await start().analyse(request([input]), goOn);
    const [section] = resultAt(answer.resultPath).sections;
    expect(section?.keyframes.map(({ region: { x0, x1 }, frameNumber }) => [x0, x1, frameNumber])).toEqual([
      [0, 149, 1],
      [160, 309, 1],
    ]);
  });

  test('serves requests one after the other in each process', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const inputs = await leg();
    const running = start({ children: 2 });
    const answers = await Promise.all([1, 2, 3, 4, 5].map((jobKey) => running.analyse(request(inputs, jobKey), goOn)));
    expect(answers.map(({ resultPath }) => resultPath)).toEqual([1, 2, 3, 4, 5].map((key) => `results/${key}/result.json`));
    expect(events.filter(({ name }) => name === 'analyser.started')).toHaveLength(2);
  });

  test('falls back to the next provider and records which runs and why the other does not', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const running = start({ providers: ['tensorrt', 'cuda', 'cpu'] });
    const [provider] = Object.values(await running.ready());
    expect(['tensorrt', 'cuda', 'cpu']).toContain(provider);
    const missing = events.filter(({ name }) => name === 'provider.unavailable').map(({ fields }) => fields['provider']);
    expect([...missing, provider]).toEqual(['tensorrt', 'cuda', 'cpu'].slice(0, missing.length + 1));
  });
});

describe('a pool that cannot start', () => {
  test('since the system gives no process says so, tries again, and still stops', async () => {
    // A NUL in an argument makes fork throw at once, as it does when there is no memory for a process.
    const running = start({ modelsFolder: path.join(folder, 'models\0') });
    await expect(running.ready()).rejects.toMatchObject({
      code: 'analyser-crashed',
      detail: 'could not be started: ERR_INVALID_ARG_VALUE',
    });
    await running.stop();
    await expect(running.analyse(request([]), new AbortController().signal)).rejects.toMatchObject({ code: 'analyser-crashed' });
  });

  test('names the file whose digest is wrong', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const file = path.join(folder, 'models', 'vascular-sec', 'backbone.onnx');
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([1])]));
    const refusal = start().ready();
    await expect(refusal).rejects.toMatchObject({ code: 'model-digest-mismatch' });
    await expect(refusal).rejects.toThrow(/backbone\.onnx: expected [0-9a-f]{64}, found [0-9a-f]{64}/);
  });

  test('names the model that is not there, and tells it to the jobs that wait', async () => {
    const running = start();
    const waiting = running.analyse(request([]), goOn);
    await expect(waiting).rejects.toMatchObject({ code: 'model-invalid' });
    await expect(running.ready()).rejects.toMatchObject({ code: 'model-invalid' });
  });

  test('refuses a graph that is another than its manifest describes, by name', async () => {
    const manifest = writeTinyModel(path.join(folder, 'models'));
    const file = path.join(folder, 'models', 'vascular-sec', 'head.onnx');
    const backbone = manifest.graphs['backbone'];
    if (backbone === undefined) throw new Error('no backbone');
    writeFileSync(file, readFileSync(path.join(folder, 'models', 'vascular-sec', 'backbone.onnx')));
    const graphs = { ...manifest.graphs, head: { ...manifest.graphs['head'], sha256: backbone.sha256 } };
    writeFileSync(path.join(folder, 'models', 'vascular-sec', 'manifest.json'), JSON.stringify({ ...manifest, graphs }));
    await expect(start().ready()).rejects.toMatchObject({
      code: 'model-invalid',
      detail: expect.stringMatching(/vascular-sec: .*graphs\.head\.inputs\.features: not in the graph, which has frames/),
    });
  });
});

describe('a process of the pool', () => {
  test('holds nothing of the environment of the node', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const running = start();
    await running.ready();
    const [pid] = running.pids();
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((line) => line.split('=')[0]);
    expect(names).not.toContain('HOME');
    expect(names).not.toContain('PATH');
  });

  test('may not read outside the spool', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const secret = path.join(folder, 'secret.dcm');
    const inputs = await leg();
    const [first] = inputs;
    if (first === undefined) throw new Error('no input');
    writeFileSync(secret, readFileSync(first.path));
    const running = start();
    await running.ready();
    await expect(running.analyse(request([{ ...first, path: secret }]), goOn)).rejects.toMatchObject({
      code: 'analyser-crashed',
    });
  });

  test('that uses more memory than allowed is ended and named', async () => {
    writeTinyModel(path.join(folder, 'models'));
    const refusal = start({ memoryLimitMiB: 10 }).ready();
    await expect(refusal).rejects.toMatchObject({ code: 'analyser-crashed', detail: 'used more than 10 MiB' });
  });
});
