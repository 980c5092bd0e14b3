import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Job } from '../../../src/contracts/job.ts';
import {
  claimDoneJob,
  claimQueuedJob,
  extendJobLease,
  finishJob,
  loadJob,
  parkJob,
  requeueJob,
  retryJob,
} from '../../../src/store/jobs.ts';
import { bringForward } from '../../../src/store/ledger.ts';
import { recordRendering } from '../../../src/store/outbox.ts';
import { studyOverviews } from '../../../src/store/overview.ts';
import { completeStudy, recordInstance } from '../../../src/store/studies.ts';
import { newInstance, planOf, type StoreForTest, storeForTest } from '../../support/store.ts';

let store: StoreForTest;
beforeEach(async () => {
  store = await storeForTest();
});
afterEach(() => store.end());

async function queueJob(study: number, number: number, now: number): Promise<void> {
  const recorded = await recordInstance(store.db(), newInstance(study, number), now);
  expect(await completeStudy(store.db(), recorded.study, planOf([recorded.instanceKey]), now)).toBe(true);
}

const claim = (now: number, owner = 'me'): Promise<Job | null> => claimQueuedJob(store.db(), { owner, now, leaseMs: 1_000 });
async function claimed(now: number): Promise<Job> {
  const job = await claim(now);
  if (job === null) throw new Error('nothing to claim');
  return job;
}
const done = {
  owner: 'me',
  resultPath: 'results/1/result.json',
  timings: { decodeMs: 1, preprocessMs: 2, inferMs: 3 },
  now: 500,
};
const failed = { owner: 'me', code: 'analyser-crashed', detail: 'signal 11', now: 500 };

describe('a claim', () => {
  test('takes the job that has been due longest, with its study', async () => {
    await queueJob(1, 1, 200);
    await queueJob(2, 1, 100);
    expect(await claim(300)).toMatchObject({
      studyInstanceUid: '1.2.3.2',
      accessionNumber: 'ACC2',
      modelId: 'vascular-sec',
      instanceKeys: [2],
      destinations: ['PACS', 'EHR'],
      state: 'running',
      attempts: 1,
    });
    expect(await claim(300)).toMatchObject({ studyInstanceUid: '1.2.3.1' });
    expect(await claim(300)).toBeNull();
  });

  test('is one owner’s when several claim at once', async () => {
    await queueJob(1, 1, 0);
    const claims = await Promise.all(Array.from({ length: 8 }, (_, n) => claim(1, `owner ${n}`)));
    expect(claims.filter((job) => job !== null)).toHaveLength(1);
  });

  test('takes a running job again once its lease ran out, and counts the attempt', async () => {
    await queueJob(1, 1, 0);
    const job = await claimed(0);
    expect(await claim(999, 'other')).toBeNull();
    expect(await extendJobLease(store.db(), job.jobKey, { owner: 'me', until: 5_000 })).toBe(true);
    expect(await claim(4_999, 'other')).toBeNull();
    expect(await claim(5_000, 'other')).toMatchObject({ jobKey: job.jobKey, attempts: 2 });
    expect(await extendJobLease(store.db(), job.jobKey, { owner: 'me', until: 9_000 })).toBe(false);
    expect(await finishJob(store.db(), job.jobKey, done)).toBe(false);
    expect(await loadJob(store.db(), job.jobKey)).toMatchObject({ state: 'running', attempts: 2 });
  });

  test('survives a restart, and the only node of a ledger need not wait for its lease', async () => {
    await queueJob(1, 1, 0);
    const job = await claimed(0);
    await store.restart();
    expect(await claim(10, 'next')).toBeNull();
    await bringForward(store.db(), 10);
    expect(await claim(10, 'next')).toMatchObject({ jobKey: job.jobKey, attempts: 2 });
  });

  test('waits while an earlier revision of the model is unfinished', async () => {
    await queueJob(1, 1, 0);
    const first = await claimed(0);
    await queueJob(1, 2, 100);
    expect(await claim(200)).toBeNull();
    await finishJob(store.db(), first.jobKey, done);
    expect(await claim(600)).toBeNull();
    const rendering = await claimDoneJob(store.db(), { owner: 'me', now: 600, leaseMs: 1_000 });
    if (rendering === null) throw new Error('nothing to render');
    await recordRendering(store.db(), rendering, { owner: 'me', artifacts: [], now: 700 });
    expect(await claim(700)).toMatchObject({ revision: 2 });
  });
});

describe('a move', () => {
  test('from running to done keeps result and timings, and is taken to render under a lease', async () => {
    await queueJob(1, 1, 0);
    const job = await claimed(10);
    expect(await finishJob(store.db(), job.jobKey, done)).toBe(true);
    expect(await claimDoneJob(store.db(), { owner: 'a', now: 500, leaseMs: 100 })).toMatchObject({
      state: 'done',
      resultPath: done.resultPath,
    });
    expect(await claimDoneJob(store.db(), { owner: 'b', now: 599, leaseMs: 100 })).toBeNull();
    expect(await claimDoneJob(store.db(), { owner: 'b', now: 600, leaseMs: 100 })).toMatchObject({ jobKey: job.jobKey });
    const overview = (await studyOverviews(store.db(), { limit: 1 }))[0]?.jobs[0];
    expect(overview).toMatchObject({ queuedAt: 0, startedAt: 10, finishedAt: 500, timings: done.timings });
  });

  test('back to queued is not due before its time', async () => {
    await queueJob(1, 1, 0);
    const job = await claimed(0);
    expect(await retryJob(store.db(), job.jobKey, { ...failed, notBefore: 2_000 })).toBe(true);
    expect(await claim(1_999)).toBeNull();
    expect(await claim(2_000)).toMatchObject({ attempts: 2 });
  });

  test('that the table does not permit is refused', async () => {
    await queueJob(1, 1, 0);
    const job = await claimed(0);
    expect(await requeueJob(store.db(), job.jobKey, 1)).toBe(false);
    expect(await recordRendering(store.db(), job, { owner: 'me', artifacts: [], now: 1 })).toBe(false);
    expect(await parkJob(store.db(), job.jobKey, failed)).toBe(true);
    expect(await finishJob(store.db(), job.jobKey, done)).toBe(false);
    expect(await retryJob(store.db(), job.jobKey, { ...failed, notBefore: 0 })).toBe(false);
    expect(await loadJob(store.db(), job.jobKey)).toMatchObject({ state: 'parked', reason: 'analyser-crashed' });
  });

  test('by a person brings a parked job back, with its attempts from the beginning', async () => {
    await queueJob(1, 1, 0);
    const job = await claimed(0);
    await parkJob(store.db(), job.jobKey, failed);
    expect(await requeueJob(store.db(), job.jobKey, 1_000)).toBe(true);
    expect(await claim(1_000)).toMatchObject({ jobKey: job.jobKey, attempts: 1, reason: '' });
  });

  test('by a person is refused when a later revision was planned', async () => {
    await queueJob(1, 1, 0);
    const job = await claimed(0);
    await parkJob(store.db(), job.jobKey, failed);
    await queueJob(1, 2, 100);
    expect(await requeueJob(store.db(), job.jobKey, 1_000)).toBe(false);
  });

  test('of a skipped job does not exist', async () => {
    await queueJob(1, 1, 0);
    const skipped = (await studyOverviews(store.db(), { limit: 1 }))[0]?.jobs.find((job) => job.state === 'skipped');
    expect(await requeueJob(store.db(), skipped?.jobKey ?? 0, 1)).toBe(false);
    expect((await claimed(1)).modelId).toBe('vascular-sec');
    expect(await claim(1)).toBeNull();
  });
});
