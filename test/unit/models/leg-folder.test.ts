// A folder of labelled DICOM becomes training data: two small phantom legs by way of the program that reads them as the node does.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LegLabels } from '../../../src/phantom/leg-study.ts';
import { writeLegStudy } from '../../../src/phantom/write.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../../models/training/leg-folder.ts');
const PICTURE = { rows: 100, columns: 140 };

type Frame = {
  readonly [key in 'longitudinal' | 'compression' | 'popliteal' | 'witness' | 'grade' | 'section' | 'family' | 'native']: number;
};
type Message = { readonly rows: number; readonly columns: number; readonly frames: readonly Frame[]; readonly grey: Buffer };

/** The messages of `frames.ts`, by its own description. */
function messagesOf(bytes: Buffer): readonly Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length; ) {
    const number = (n: number): number => bytes.readInt32LE(at + 4 * n);
    const [count, rows, columns] = [number(0), number(1), number(2)];
    const frames = Array.from({ length: count }, (_, frame): Frame => {
      const of = (n: number): number => number(3 + 8 * frame + n);
      const view = { longitudinal: of(0), compression: of(1), popliteal: of(2) };
      return { ...view, witness: of(3), grade: of(4), section: of(5), family: of(6), native: of(7) };
    });
    const from = at + 12 + 32 * count;
    at = from + count * rows * columns;
    messages.push({ rows, columns, frames, grey: bytes.subarray(from, at) });
  }
  return messages;
}

let folder: string;
let labels: readonly LegLabels[];

const read = (...args: readonly string[]): readonly Message[] =>
  messagesOf(execFileSync(process.execPath, [PROGRAM, '--data', folder, ...args], { stdio: 'pipe', timeout: 60_000 }));

const sorted = (frames: readonly unknown[]): readonly string[] => frames.map((frame) => JSON.stringify(frame)).toSorted();

/** What the phantom's labels say of each still of a section, as a message says it. */
const expected = ({ instances }: LegLabels, vein: string, grade: number) =>
  instances
    .filter((image) => image.vein === vein)
    .map(({ orientation, compression, witness }) => ({
      longitudinal: orientation === 'longitudinal' ? 1 : 0,
      compression: compression === 'with' ? 1 : compression === 'without' ? 0 : -1,
      popliteal: vein === 'POP' ? 1 : 0,
      witness: witness ? 1 : 0,
      grade,
    }));

const told = (message: Message | undefined) =>
  message?.frames.map(({ section: _section, family: _family, native: _native, ...said }) => said) ?? [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sonorelay-legs-'));
  const sections = [
    { side: 'L', vein: 'FV', sec: 'marked', keyframes: 3 },
    { side: 'R', vein: 'POP', sec: 'absent', keyframes: 2 },
  ] as const;
  const written = [];
  // By their PatientID the first of these patients is one to train on, the second one to validate on.
  for (const seed of [1, 13])
    written.push(
      await writeLegStudy(path.join(folder, `leg-${seed}`), { seed, style: 'north', sections, cines: 0, picture: PICTURE }),
    );
  labels = written.map((one) => one.labels);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a folder of labelled legs', () => {
  test('gives each section as one message with the labels of its images and pictures as the manifest asks', () => {
    const messages = read();
    expect(messages.map(({ frames }) => frames.length).toSorted()).toEqual([2, 2, 3, 3]);
    expect(messages.map(({ frames }) => new Set(frames.map(({ section }) => section)))).toEqual(
      [0, 1, 2, 3].map((number) => new Set([number])),
    );
    expect(sorted(messages.map((message) => sorted(told(message))))).toEqual(
      sorted(labels.flatMap((one) => [sorted(expected(one, 'FV', 1)), sorted(expected(one, 'POP', 0))])),
    );
    for (const { rows, columns, frames, grey } of messages) {
      // Halved, as the manifest's downsample of 2 asks.
      expect([rows, columns]).toEqual([50, 70]);
      expect(frames.every(({ family, native }) => family === -1 && native === 1)).toBe(true);
      expect(grey.length).toBe(frames.length * rows * columns);
      expect(new Set(grey).size).toBeGreaterThan(50);
    }
  });

  test('gives every patient to one part, the same each time', () => {
    const counts = ['train', 'validation', 'held-out'].map((part) => read('--part', part).length);
    expect(counts).toEqual([2, 2, 0]);
  });

  test('says -1 for what a department did not label, and keeps to the largest size asked for', () => {
    const file = path.join(folder, 'leg-1', 'labels.json');
    const whole = readFileSync(file, 'utf8');
    const [study] = labels;
    if (study === undefined) throw new Error('no study was written');
    const { studyInstanceUid, sections } = study;
    writeFileSync(file, JSON.stringify({ studyInstanceUid, sections: sections.filter(({ vein }) => vein === 'FV') }));
    try {
      const unknown = { longitudinal: -1, compression: -1, witness: -1 };
      const messages = read('--part', 'train', '--rows', '25', '--columns', '40');
      expect(messages.map(told)).toEqual([
        Array.from({ length: 3 }, () => ({ ...unknown, popliteal: 0, grade: 1 })),
        Array.from({ length: 2 }, () => ({ ...unknown, popliteal: 1, grade: -1 })),
      ]);
      expect(messages.map(({ rows, columns }) => [rows, columns])).toEqual([
        [25, 35],
        [25, 35],
      ]);
    } finally {
      writeFileSync(file, whole);
    }
  });
});
