// A study whose analysis process dies each time, as a fault in native code or a lack of memory ends it, from the ledger to the process and back: it is parked
// with the reason after its attempts, and the study behind it is analysed in between.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { analyseJobs, pauseBefore } from '../../src/analysis/analyse.ts';
import type { Analyse, AnalysisInput } from '../../src/contracts/analyser.ts';
import type { AnalyserPool } from '../../src/edge/analyser-pool.ts';
import type { Database } from '../../src/store/database.ts';
import { loadJob } from '../../src/store/jobs.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { completeStudy, recordInstance } from '../../src/store/studies.ts';
import { startTinyAnalyser } from '../support/tiny-analyser.ts';
import { greyFrame, storeInstance } from '../unit/analysis/instances.ts';

const ATTEMPTS = 2;
const LIMITS = { maxPixels: 4_000_000, maxFrames: 1000, maxFrameBytes: 16_000_000 };

let folder: string;
let db: Database;
let pool: AnalyserPool;
let ended: number[];
let now: number;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-hostile-'));
  db = await openSqlite({ path: path.join(folder, 'ledger.sqlite') });
  ended = [];
  now = 1_000_000;
  pool = await startTinyAnalyser(folder, {
    // The graph never ends over a bright picture, so that its process is in the midst of it when it dies; over a dark one it answers.
    variant: 'hang',
    log: (name, fields) => {
      if (name === 'analyser.ended') ended.push(Number(Reflect.get(fields, 'pid')));
    },
  });
});
afterEach(async () => {
  await pool.stop();
  await db.close();
  rmSync(folder, { recursive: true });
});

/** Stores a study of one still and queues its job; its uid and the level of its pixels tell it from others. */
async function studyOf(uid: string, level: number): Promise<void> {
  const attributes = { StudyInstanceUID: `${uid}.1`, SeriesInstanceUID: `${uid}.2` };
  const input: AnalysisInput = await storeInstance(path.join(folder, 'spool'), { uid, frames: [greyFrame(level)], attributes });
  const { header, byteLength, sha256 } = input;
  const spoolPath = path.relative(path.join(folder, 'spool'), input.path);
  now += 1;
  const { study, instanceKey } = await recordInstance(
    db,
    { ...header, spoolPath, byteLength, sha256, callingAeTitle: 'US1' },
    now,
  );
  if (instanceKey === null) throw new Error('not stored');
  const step = { modelId: 'vascular-sec', modelVersion: '1', rule: 'leg', instanceKeys: [instanceKey], destinations: ['pacs'] };
  await completeStudy(db, study, { steps: [step], skipped: [] }, now);
}

const HOSTILE = '2.25.71';

/** The pool; a process that was given the hostile instance is killed while it is at it. */
const analyse: Analyse = async (request, signal) => {
  const answer = pool.analyse(request, signal);
  if (request.inputs.some(({ header }) => header.sopInstanceUid === HOSTILE)) {
    const [pid] = pool.pids();
    setTimeout(() => pid !== undefined && process.kill(pid, 'SIGKILL'), 300);
  }
  return await answer;
};

const turn = (): Promise<boolean> =>
  analyseJobs({
    db,
    spool: { absolute: (spoolPath) => path.join(folder, 'spool', spoolPath) },
    clock: () => now,
    owner: 'me',
    leaseMs: 60_000,
    maxAttempts: ATTEMPTS,
    limits: LIMITS,
    analyse,
    log: () => undefined,
    onDone: () => undefined,
  })(new AbortController().signal);

test('a study that ends its process at every attempt is parked with the reason, and the others go on', async () => {
  await studyOf(HOSTILE, 200);
  await studyOf('2.25.72', 50);
  const first = pool.pids()[0];
  expect(await turn()).toBe(true);
  expect(await loadJob(db, 1)).toMatchObject({ state: 'queued', attempts: 1 });
  expect(await turn()).toBe(true);
  expect(await loadJob(db, 2)).toMatchObject({ state: 'done', attempts: 1 });
  now += pauseBefore(ATTEMPTS);
  expect(await turn()).toBe(true);
  expect(await loadJob(db, 1)).toMatchObject({ state: 'parked', reason: 'analyser-crashed', attempts: ATTEMPTS });
  expect(ended).toHaveLength(ATTEMPTS);
  expect(ended[0]).toBe(first);
  await studyOf('2.25.73', 60);
  expect(await turn()).toBe(true);
  expect(await loadJob(db, 3)).toMatchObject({ state: 'done', attempts: 1 });
  expect(await turn()).toBe(false);
});
