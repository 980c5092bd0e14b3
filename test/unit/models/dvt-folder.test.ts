// A folder of labelled compression cines becomes training data: one small phantom by way of the program that reads it as the node does.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DvtLabels } from '../../../src/phantom/dvt-study.ts';
import { writeDvtStudy } from '../../../src/phantom/write.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../../models/training/dvt-clips.ts');
const FRAMES = 12;
const LANDMARKS = ['background', 'SFJ', 'GSV'];

let folder: string;
let labels: DvtLabels;

const read = (...args: readonly string[]): Buffer =>
  execFileSync(process.execPath, [PROGRAM, '--data', folder, ...args], { stdio: 'pipe', timeout: 60_000 });

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sonorelay-groin-'));
  // By its PatientID this patient is one to train on.
  const cine = { side: 'L', route: 'LM1', compressibility: 'full', pressing: 'full', frames: FRAMES } as const;
  const picture = { rows: 200, columns: 280 };
  const written = await writeDvtStudy(path.join(folder, 'groin'), { seed: 1, style: 'north', cines: [cine], picture });
  labels = written.labels;
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('a folder of labelled compression cines', () => {
  test('gives each cine as one message with the part of its patient, the labels of its frames and the network’s planes', () => {
    const bytes = read('--part', 'train');
    const number = (n: number): number => bytes.readInt32LE(4 * n);
    expect([0, 1, 2, 3].map(number)).toEqual([FRAMES, 150, 150, -2]);
    const [cine] = labels.cines;
    expect(cine?.frames.map(({ landmark, openShare }) => [landmark, openShare])).toEqual(
      Array.from({ length: FRAMES }, (_, frame) => {
        const open = number(5 + 2 * frame);
        return [LANDMARKS[number(4 + 2 * frame)], open < 0 ? null : open / 1000];
      }),
    );
    const grey = bytes.subarray(16 + 8 * FRAMES);
    expect(grey.length).toBe(FRAMES * 150 * 150);
    // Its pixels are larger than those of training: it is put on a canvas of fewer of them, as if they were of 0.09 mm. 40 mm of depth
    // are 111 rows of four such pixels.
    const plane = grey.subarray(0, 150 * 150);
    const rows = Array.from({ length: 150 }, (_, row) => plane.subarray(150 * row, 150 * (row + 1)).some((value) => value > 0));
    expect([rows.indexOf(true), rows.lastIndexOf(true)]).toEqual([19, 130]);
    expect(new Set(plane).size).toBeGreaterThan(50);
  });

  test('gives nothing of a patient of another part', () => {
    expect(read('--part', 'held-out').length).toBe(0);
  });
});
