import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { textReader } from '../../../src/edge/text-reader.ts';

const SCRIPT = path.resolve(import.meta.dirname, '../../../scripts/measure-annotations.ts');
/** Every so manieth annotation of each style; the figure over all of them is printed by the script without it. */
const EVERY = '54';

const reader = textReader();
afterAll(() => reader.close());

describe('text on simulated screens', () => {
  // In a process of its own: the simulation runs many times slower inside the test runner.
  test('is read right in at least 95 of 100 labels, over five styles, and none is read as another', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, EVERY], { timeout: 110_000 });
    const [, right, labels, wrong] = /^all: ([\d.]+) % of (\d+) labels right, ([\d.]+) % wrong/m.exec(stdout) ?? [];
    expect(Number(labels)).toBeGreaterThan(20);
    expect(Number(right)).toBeGreaterThanOrEqual(95);
    expect(Number(wrong)).toBe(0);
  }, 120_000);
});

describe('the text reader', () => {
  test('is sure of nothing in an empty crop', async () => {
    const empty = { rows: 40, columns: 120, data: new Uint8Array(40 * 120).fill(255) };
    for (const { confidence } of await reader.read(empty)) expect(confidence).toBeLessThan(40);
  });

  test('names the fault of a crop that is no picture, and works again after it', async () => {
    await expect(reader.read({ rows: 0, columns: 0, data: new Uint8Array(0) })).rejects.toMatchObject({
      code: 'text-unreadable',
    });
    const empty = { rows: 40, columns: 120, data: new Uint8Array(40 * 120).fill(255) };
    expect(await reader.read(empty)).toBeInstanceOf(Array);
  });
});
