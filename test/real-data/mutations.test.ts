// Real files damaged by seed: whatever the damage, they end in frames or in a named fault, within bounds of time and memory.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { MutationReport } from '../robustness/mutate.ts';
import { chanceFrom, DAMAGES, mutated } from '../robustness/mutator.ts';

const MUTATE = path.resolve(import.meta.dirname, '../robustness/mutate.ts');
const CASES = 600;

const mutate = async (cases: number, seed: number): Promise<MutationReport> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [MUTATE, '--cases', String(cases), '--seed', String(seed), '--json'],
    { timeout: 170_000, maxBuffer: 16 * 1024 * 1024 },
  ).catch((problem: Error & { stdout?: string }) => {
    // A run with failures ends with 1 and still says which.
    if (problem.stdout?.startsWith('{')) return { stdout: problem.stdout };
    throw problem;
  });
  return JSON.parse(stdout);
};

describe('damaged files', () => {
  test('end in frames or in a named fault, without a crash, a hang or memory without bound', async () => {
    const report = await mutate(CASES, 20_260_000);
    expect(report.failures).toEqual([]);
    expect(Object.values(report.outcomes).reduce((sum, count) => sum + count, 0)).toBe(CASES);
    // The damage reaches both what is decoded all the same and what is refused.
    expect(report.outcomes['frames']).toBeGreaterThan(CASES / 5);
    expect(report.outcomes['fault frames-unreadable']).toBeGreaterThan(CASES / 5);
    expect(report.peakMiB).toBeLessThan(1024);
  });

  test('are damaged in the same way by the same seed', () => {
    const original = new Uint8Array(5000).map((_, at) => at & 255);
    for (let seed = 0; seed < 50; seed += 1) {
      const [one, other] = [mutated(original, chanceFrom(seed)), mutated(original, chanceFrom(seed))];
      expect(Buffer.compare(one.bytes, other.bytes)).toBe(0);
      expect(one.kinds.every((kind) => kind in DAMAGES)).toBe(true);
    }
  });
});
