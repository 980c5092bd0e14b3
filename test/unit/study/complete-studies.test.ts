import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RoutingRule } from '../../../src/contracts/plan.ts';
import type { CataloguedModel } from '../../../src/routing/plan.ts';
import { claimDoneJob, claimQueuedJob, finishJob } from '../../../src/store/jobs.ts';
import { recordRendering } from '../../../src/store/outbox.ts';
import { type JobOverview, studyOverviews } from '../../../src/store/overview.ts';
import { recordInstance } from '../../../src/store/studies.ts';
import { type CompletionParts, completeStudies } from '../../../src/study/complete-studies.ts';
import { keptLog, type LoggedEvent } from '../../support/incoming.ts';
import { newInstance, type StoreForTest, storeForTest } from '../../support/store.ts';

const rules: readonly RoutingRule[] = [
  { name: 'legs', when: { modality: 'US' }, models: ['vascular-sec'], destinations: ['PACS'] },
];
const model: CataloguedModel = {
  id: 'vascular-sec',
  version: '1.0.0',
  family: 'vascular-sec',
  lateArrival: 'supersede',
  modalities: ['US'],
  mode: 'live',
};

let store: StoreForTest;
let now: number;
let events: LoggedEvent[];
let planned: number[];
beforeEach(async () => {
  store = await storeForTest();
  now = 0;
});
afterEach(() => store.end());

function turn(changes: Partial<CompletionParts> = {}): Promise<boolean> {
  const kept = keptLog();
  events = kept.events;
  planned = [];
  const complete = completeStudies({
    db: store.db(),
    policy: { quietMs: 10_000, longestMs: 60_000 },
    listeningSince: Number.NEGATIVE_INFINITY,
    rules,
    models: [model],
    clock: () => now,
    log: kept.log,
    onPlanned: (studyKey) => planned.push(studyKey),
    ...changes,
  });
  return complete(new AbortController().signal);
}

const record = (study: number, number: number, at: number, changes = {}) =>
  recordInstance(store.db(), newInstance(study, number, changes), at);
const jobs = async (): Promise<readonly JobOverview[]> => (await studyOverviews(store.db(), { limit: 1 }))[0]?.jobs ?? [];

/** Brings the queued job to rendered, so that the next revision may run. */
async function runJob(): Promise<void> {
  const claim = { owner: 'me', now, leaseMs: 1_000 };
  const queued = await claimQueuedJob(store.db(), claim);
  await finishJob(store.db(), queued?.jobKey ?? 0, { owner: 'me', resultPath: 'r', now });
  const job = await claimDoneJob(store.db(), claim);
  if (job === null) throw new Error('no job');
  await recordRendering(store.db(), job, { owner: 'me', artifacts: [], now });
}

test('a quiet study is frozen, planned and told of; a study that is not stays', async () => {
  await record(1, 1, 0);
  await record(2, 1, 5_000);
  now = 10_000;
  expect(await turn()).toBe(false);
  expect(planned).toEqual([1]);
  expect(events).toEqual([
    { name: 'study.complete', study: 1, revision: 1, instances: 1, because: 'quiet' },
    { name: 'job.queued', study: 1, model: 'vascular-sec', revision: 1 },
  ]);
  await turn();
  expect(events).toEqual([]);
});

test('a restart in the middle of the quiet time changes nothing', async () => {
  await record(1, 1, 0);
  now = 9_999;
  await turn();
  expect(planned).toEqual([]);
  await store.restart();
  now = 10_000;
  await turn();
  expect(planned).toEqual([1]);
});

test('more due studies than a turn takes are done by the next, which is asked for', async () => {
  for (let study = 1; study <= 20; study += 1) await record(study, 1, study);
  now = 100_000;
  expect(await turn()).toBe(true);
  expect(planned).toHaveLength(16);
  expect(await turn()).toBe(false);
  expect(planned).toHaveLength(4);
});

test('a study that no model runs on is complete with the reasons, and nobody is woken', async () => {
  await record(1, 1, 0, { modality: 'SR', sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33' });
  now = 10_000;
  await turn();
  expect(planned).toEqual([]);
  expect(await jobs()).toEqual([
    expect.objectContaining({ state: 'skipped', reason: 'no-rule-matches', modelId: 'vascular-sec' }),
  ]);
  expect(events[1]).toEqual({ name: 'plan.skipped', study: 1, revision: 1, model: 'vascular-sec', reason: 'no-rule-matches' });
});

test('a late image is analysed with all the others at the next revision', async () => {
  await record(1, 1, 0);
  now = 10_000;
  await turn();
  await runJob();
  await record(1, 2, 500_000);
  now = 510_000;
  await turn();
  expect(planned).toEqual([1]);
  expect(await claimQueuedJob(store.db(), { owner: 'me', now, leaseMs: 1 })).toMatchObject({ revision: 2, instanceKeys: [1, 2] });
});

test('a late image leaves the report alone where the model is set so', async () => {
  await record(1, 1, 0);
  now = 10_000;
  await turn();
  await runJob();
  await record(1, 2, 500_000);
  now = 510_000;
  await turn({ models: [{ ...model, lateArrival: 'ignore' }] });
  expect(planned).toEqual([]);
  expect((await jobs()).at(-1)).toMatchObject({ revision: 2, state: 'skipped', reason: 'late-arrival-ignored' });
});

test('a late object that the model does not read does not make it run again', async () => {
  await record(1, 1, 0);
  now = 10_000;
  await turn();
  await record(1, 2, 500_000, { modality: 'SR', sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33' });
  now = 510_000;
  await turn();
  expect((await jobs()).at(-1)).toMatchObject({ revision: 2, state: 'skipped', reason: 'late-arrival-ignored' });
});

test('a study that an instance joins between reading and freezing stays open', async () => {
  await record(1, 1, 0);
  now = 10_000;
  let calls = 0;
  const clock = (): number => {
    calls += 1;
    // The turn asks for the time once before it reads the due studies and once for each: the second time another instance is on its way.
    if (calls === 2) late = record(1, 2, 10_000);
    return now;
  };
  let late: Promise<unknown> = Promise.resolve();
  await turn({ clock });
  await late;
  expect(planned).toEqual([]);
  expect((await studyOverviews(store.db(), { limit: 1 }))[0]?.study).toMatchObject({
    state: 'open',
    instanceCount: 2,
    revision: 1,
  });
});

test('a turn that is told to stop completes nothing more', async () => {
  await record(1, 1, 0);
  now = 10_000;
  const complete = completeStudies({
    db: store.db(),
    policy: { quietMs: 1, longestMs: 1 },
    listeningSince: Number.NEGATIVE_INFINITY,
    rules,
    models: [model],
    clock: () => now,
    log: keptLog().log,
    onPlanned: () => undefined,
  });
  expect(await complete(AbortSignal.abort())).toBe(false);
  expect(await jobs()).toEqual([]);
});

test('a study that was open when the node went down waits its quiet time anew after the restart', async () => {
  await record(1, 1, 0);
  now = 100_000;
  await turn({ listeningSince: 95_000 });
  expect(planned).toEqual([]);
  now = 105_000;
  await turn({ listeningSince: 95_000 });
  expect(planned).toHaveLength(1);
});

test('a study that cannot be planned is told of and does not keep those behind it waiting', async () => {
  // Joined names of two routes that are the name of a third: the two jobs would have one key.
  const tangled: readonly RoutingRule[] = [
    { name: 'a', when: { seriesDescription: 'ONE' }, models: ['vascular-sec'], destinations: ['PACS'] },
    { name: 'b', when: { seriesDescription: 'TWO' }, models: ['vascular-sec'], destinations: ['PACS'] },
    { name: 'a + b', when: {}, models: ['vascular-sec'], destinations: ['EHR'] },
  ];
  await record(1, 1, 0, { seriesDescription: 'ONE' });
  await record(1, 2, 0, { seriesDescription: 'TWO' });
  await record(1, 3, 0, { seriesDescription: 'THREE' });
  await record(2, 1, 5, { seriesDescription: 'ONE' });
  now = 20_000;
  await expect(turn({ rules: tangled })).rejects.toMatchObject({ code: 'store-failed' });
  expect(events).toContainEqual(expect.objectContaining({ name: 'study.complete', study: 2 }));
});
