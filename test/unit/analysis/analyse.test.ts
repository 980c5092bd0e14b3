import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { analyseJobs, pauseBefore } from '../../../src/analysis/analyse.ts';
import type { Analyse, AnalysisAnswer, AnalysisRequest } from '../../../src/contracts/analyser.ts';
import type { Job } from '../../../src/contracts/job.ts';
import { type FaultCode, fault } from '../../../src/kernel/errors.ts';
import type { Database } from '../../../src/store/database.ts';
import { claimQueuedJob, loadJob } from '../../../src/store/jobs.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { completeStudy, recordInstance } from '../../../src/store/studies.ts';
import { header } from './clips.ts';

const LEASE_MS = 60_000;
const answer: AnalysisAnswer = {
  resultPath: 'results/1/result.json',
  provider: 'cpu',
  decodeMs: 3,
  preprocessMs: 4,
  inferMs: 5,
  sections: 2,
  keyframes: 6,
  skipped: 1,
};
const goOn = new AbortController().signal;

let folder: string;
let db: Database;
let now: number;
let events: { readonly name: string; readonly fields: Readonly<Record<string, unknown>> }[];
let told: number;
let jobKey: number;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-analyse-'));
  db = await openSqlite({ path: path.join(folder, 'ledger.sqlite') });
  now = 1_000_000;
  events = [];
  told = 0;
  const { study, instanceKey } = await recordInstance(
    db,
    {
      ...header({ accessionNumber: 'ACC7' }),
      spoolPath: 'studies/1/a.dcm',
      byteLength: 10,
      sha256: 'a'.repeat(64),
      callingAeTitle: 'US1',
    },
    now,
  );
  if (instanceKey === null) throw new Error('not stored');
  const step = { modelId: 'vascular-sec', modelVersion: '1', rule: 'leg', instanceKeys: [instanceKey], destinations: ['pacs'] };
  await completeStudy(db, study, { steps: [step], skipped: [] }, now);
  const claimed = await claimQueuedJob(db, { owner: 'look', now, leaseMs: 0 });
  if (claimed === null) throw new Error('no job');
  jobKey = claimed.jobKey;
  now += 10;
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

const turn = (
  analyse: Analyse,
  options: { readonly leaseMs?: number; readonly maxAttempts?: number; readonly stop?: AbortSignal } = {},
) =>
  analyseJobs({
    db,
    spool: { absolute: (spoolPath) => `/spool/${spoolPath}` },
    clock: () => now,
    owner: 'me',
    leaseMs: options.leaseMs ?? LEASE_MS,
    maxAttempts: options.maxAttempts ?? 3,
    limits: { maxPixels: 1, maxFrames: 2, maxFrameBytes: 3 },
    analyse,
    log: (name, fields) => events.push({ name, fields }),
    onDone: () => {
      told += 1;
    },
  })(options.stop ?? goOn);

const failing =
  (code: FaultCode): Analyse =>
  async () => {
    throw fault(code, 'because of the test');
  };

const job = async (): Promise<Job> => {
  const found = await loadJob(db, jobKey);
  if (found === null) throw new Error('the job is gone');
  return found;
};

describe('a job', () => {
  test('is analysed from the spooled files and is done with its result', async () => {
    let asked: AnalysisRequest | null = null;
    const more = await turn(async (request) => {
      asked = request;
      return answer;
    });
    expect(more).toBe(true);
    expect(asked).toMatchObject({
      jobKey,
      modelId: 'vascular-sec',
      resultFolder: `results/${jobKey}`,
      limits: { maxPixels: 1, maxFrames: 2, maxFrameBytes: 3 },
      inputs: [{ path: '/spool/studies/1/a.dcm', sha256: 'a'.repeat(64), header: { accessionNumber: 'ACC7' } }],
    });
    expect(await job()).toMatchObject({ state: 'done', resultPath: 'results/1/result.json' });
    expect(events.map(({ name }) => name)).toEqual(['job.started', 'job.done']);
    expect(events[1]?.fields).toMatchObject({
      decodeMs: 3,
      preprocessMs: 4,
      inferMs: 5,
      provider: 'cpu',
      sections: 2,
      skipped: 1,
    });
    expect(told).toBe(1);
    expect(await turn(async () => answer)).toBe(false);
  });

  test('whose analyser crashed is queued again after a pause', async () => {
    await turn(failing('analyser-crashed'));
    expect((await job()).state).toBe('queued');
    expect(events[1]).toMatchObject({ name: 'job.failed', fields: { code: 'analyser-crashed', attempt: 2 } });
    expect(await turn(async () => answer)).toBe(false);
    now += pauseBefore(2);
    expect(await turn(async () => answer)).toBe(true);
    expect((await job()).state).toBe('done');
  });

  test('waits out a full disk, and a stop of the node, without using up its attempts', async () => {
    for (let time = 0; time < 10; time += 1) {
      now += 60_000;
      expect(await turn(failing('spool-full'), { maxAttempts: 2 })).toBe(true);
      expect(await job()).toMatchObject({ state: 'queued', attempts: 1 });
    }
    now += 60_000;
    for (let time = 0; time < 10; time += 1) {
      expect(await turn(failing('analyser-crashed'), { maxAttempts: 2, stop: AbortSignal.abort() })).toBe(true);
      expect(await job()).toMatchObject({ state: 'queued', attempts: 1 });
    }
    expect(await turn(async () => answer, { maxAttempts: 2 })).toBe(true);
    expect((await job()).state).toBe('done');
  });

  test('is parked with its reason after the last attempt', async () => {
    await turn(failing('analyser-timeout'), { maxAttempts: 2 });
    expect(await job()).toMatchObject({ state: 'parked', reason: 'analyser-timeout' });
    expect(events[1]).toMatchObject({ name: 'job.parked', fields: { detail: 'because of the test' } });
  });

  test.each<FaultCode>(['model-output-invalid', 'model-digest-mismatch'])(
    'that failed with %s is parked at once',
    async (code) => {
      await turn(failing(code));
      expect(await job()).toMatchObject({ state: 'parked', reason: code });
      expect(told).toBe(0);
    },
  );

  test('that is interrupted by the end of the node is queued again at once, also at its last attempt', async () => {
    await turn(failing('analyser-crashed'), { maxAttempts: 2, stop: AbortSignal.abort() });
    expect((await job()).state).toBe('queued');
    expect(await turn(async () => answer)).toBe(true);
    expect((await job()).state).toBe('done');
  });

  test('that ended the node again and again is parked before it is tried once more', async () => {
    for (let attempt = 2; attempt <= 5; attempt++) {
      await claimQueuedJob(db, { owner: 'a node that ended', now, leaseMs: 1 });
      now += 2;
    }
    let ran = false;
    await turn(async () => {
      ran = true;
      return answer;
    });
    expect(ran).toBe(false);
    expect(await job()).toMatchObject({ state: 'parked', reason: 'analyser-crashed', attempts: 6 });
  });

  test('keeps its lease while it is analysed', async () => {
    let taken: Job | null = null;
    await turn(
      async () => {
        now += 50;
        await new Promise((resolve) => setTimeout(resolve, 60));
        taken = await claimQueuedJob(db, { owner: 'other', now: now + 30, leaseMs: 1000 });
        return answer;
      },
      { leaseMs: 60 },
    );
    expect(taken).toBeNull();
    expect((await job()).state).toBe('done');
  });

  test('whose lease another took is given up and left to the other', async () => {
    await turn(
      async (_, lost) => {
        await claimQueuedJob(db, { owner: 'other', now: now + 61, leaseMs: 60_000 });
        await new Promise((resolve) => lost.addEventListener('abort', resolve));
        throw fault('analyser-crashed', 'stopped by the node');
      },
      { leaseMs: 60 },
    );
    expect(await job()).toMatchObject({ state: 'running', attempts: 3 });
    expect(events.map(({ name }) => name)).toEqual(['job.started']);
  });

  test('an error that is no fault is thrown on, and the job is taken again when its lease has run out', async () => {
    const defect = turn(async () => {
      throw new TypeError('a defect');
    });
    await expect(defect).rejects.toThrow('a defect');
    now += LEASE_MS + 1;
    expect(await turn(async () => answer)).toBe(true);
    expect((await job()).state).toBe('done');
  });
});
