// Models and processes that misbehave. The pool names what happened, replaces the process, and the next job runs.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AnalysisInput, AnalysisRequest } from '../../src/contracts/analyser.ts';
import type { AnalyserPool } from '../../src/edge/analyser-pool.ts';
import type { Log } from '../../src/kernel/log.ts';
import { startTinyAnalyser } from '../support/tiny-analyser.ts';
import { greyFrame, storeInstance } from '../unit/analysis/instances.ts';
import { type TinyVariant, writeTinyModel } from '../unit/analysis/tiny-model.ts';

const goOn = new AbortController().signal;

let folder: string;
let pool: AnalyserPool | null;
let ended: string[];
let jobs: number;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-poison-'));
  pool = null;
  ended = [];
  jobs = 0;
});
afterEach(async () => {
  await pool?.stop();
  rmSync(folder, { recursive: true });
});

const start = async (variant: TinyVariant, jobTimeoutMs = 20_000): Promise<AnalyserPool> => {
  const log: Log = (name, fields) => {
    if (name === 'analyser.ended') ended.push(JSON.stringify(fields));
  };
  pool = await startTinyAnalyser(folder, { variant, jobTimeoutMs, log });
  return pool;
};

const requestFor = (input: AnalysisInput): AnalysisRequest => {
  jobs += 1;
  return {
    jobKey: jobs,
    studyInstanceUid: '2.25.1000',
    revision: 1,
    modelId: 'vascular-sec',
    inputs: [input],
    resultFolder: `results/${jobs}`,
    limits: { maxPixels: 4_000_000, maxFrames: 1000, maxFrameBytes: 16_000_000 },
  };
};

/** A still: the poisoned variants misbehave on the bright one only. */
const still = (kind: 'bright' | 'dark'): Promise<AnalysisInput> =>
  storeInstance(path.join(folder, 'spool'), {
    uid: kind === 'bright' ? '2.25.2' : '2.25.3',
    frames: [greyFrame(kind === 'bright' ? 200 : 50)],
  });

/** The only process of the pool. */
const pidOf = (running: AnalyserPool): number => {
  const [pid] = running.pids();
  if (pid === undefined) throw new Error('no process');
  return pid;
};

const until = async (condition: () => boolean): Promise<void> => {
  for (let round = 0; round < 400 && !condition(); round++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(condition()).toBe(true);
};

describe('a model that misbehaves', () => {
  test.each<[TinyVariant, RegExp]>([
    ['nan', /^features\[0\]: NaN$/],
    ['range', /^longitudinal\[0\]: [\d.]+ is not within 0\.\.1$/],
  ])('and gives %s is refused by name, and the process goes on', async (variant, detail) => {
    const running = await start(variant);
    const pid = pidOf(running);
    await expect(running.analyse(requestFor(await still('bright')), goOn)).rejects.toMatchObject({
      code: 'model-output-invalid',
      detail: expect.stringMatching(detail),
    });
    expect(await running.analyse(requestFor(await still('dark')), goOn)).toMatchObject({ sections: 1 });
    expect(pidOf(running)).toBe(pid);
  });

  test('and gives a wrong shape is refused at start by name', async () => {
    await expect(start('shape')).rejects.toMatchObject({
      code: 'model-invalid',
      detail: expect.stringMatching(/^vascular-sec: .*sec_map: shape/),
    });
  });

  test('and never ends is killed at its time-out, and the next job runs in another process', async () => {
    const running = await start('hang', 4000);
    const pid = pidOf(running);
    const before = Date.now();
    await expect(running.analyse(requestFor(await still('bright')), goOn)).rejects.toMatchObject({ code: 'analyser-timeout' });
    expect(Date.now() - before).toBeGreaterThanOrEqual(3900);
    expect(await running.analyse(requestFor(await still('dark')), goOn)).toMatchObject({ sections: 1 });
    expect(pidOf(running)).not.toBe(pid);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(ended).toHaveLength(1);
  });
});

describe('a process that is lost', () => {
  test('in mid-job fails that job as transient; it is replaced and serves the next', async () => {
    const running = await start('hang');
    const pid = pidOf(running);
    const doomed = running.analyse(requestFor(await still('bright')), goOn).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.kill(pid, 'SIGKILL');
    expect(await doomed).toMatchObject({ code: 'analyser-crashed', detail: 'signal SIGKILL' });
    expect(await running.analyse(requestFor(await still('dark')), goOn)).toMatchObject({ sections: 1 });
  });

  test('while idle is replaced without a job failing', async () => {
    const running = await start('good');
    const pid = pidOf(running);
    process.kill(pid, 'SIGKILL');
    await until(() => running.pids().length === 1 && !running.pids().includes(pid));
    expect(await running.analyse(requestFor(await still('dark')), goOn)).toMatchObject({ sections: 1 });
  });

  test('by an abort of the request frees the place at once', async () => {
    const running = await start('hang');
    const abort = new AbortController();
    const doomed = running.analyse(requestFor(await still('bright')), abort.signal).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 300));
    abort.abort();
    expect(await doomed).toMatchObject({ code: 'analyser-crashed', detail: 'stopped by the node' });
    expect(await running.analyse(requestFor(await still('dark')), goOn)).toMatchObject({ sections: 1 });
  });

  test('with the pool fails what was under way and what waited, and leaves no process', async () => {
    const running = await start('hang');
    const pid = pidOf(running);
    const under = running.analyse(requestFor(await still('bright')), goOn).catch((error: unknown) => error);
    const waiting = running.analyse(requestFor(await still('dark')), goOn).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await running.stop();
    expect(await under).toMatchObject({ code: 'analyser-crashed', detail: 'the node is stopping' });
    expect(await waiting).toMatchObject({ code: 'analyser-crashed', detail: 'the node is stopping' });
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    await expect(running.analyse(requestFor(await still('dark')), goOn)).rejects.toMatchObject({ code: 'analyser-crashed' });
  });

  test('does not outlive a node that is killed, not even in a graph that never ends', async () => {
    writeTinyModel(path.join(folder, 'models'), 'hang');
    const request = JSON.stringify(requestFor(await still('bright')));
    const script = path.join(import.meta.dirname, 'poison-node.ts');
    const node = spawn(process.execPath, [script, path.join(folder, 'models'), path.join(folder, 'spool'), request], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => node.stdout.once('data', (text) => resolve(Number(text))));
    expect(pid).toBeGreaterThan(1);
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    node.kill('SIGKILL');
    await until(() => !existsSync(`/proc/${pid}`));
  });
});
