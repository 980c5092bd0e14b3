import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { studyOverviews } from '../../../src/store/overview.ts';
import {
  completeStudy,
  earlierSteps,
  instancesByKey,
  instancesOf,
  loadStudy,
  recordInstance,
  reopenStudy,
  spoolPathIsNamed,
  studiesToComplete,
} from '../../../src/store/studies.ts';
import { newInstance, planOf, type StoreForTest, storeForTest } from '../../support/store.ts';

let store: StoreForTest;
beforeEach(async () => {
  store = await storeForTest();
});
afterEach(() => store.end());

const policy = { quietMs: 10_000, longestMs: 60_000 };
const record = (study: number, number: number, now: number) => recordInstance(store.db(), newInstance(study, number), now);

describe('recording', () => {
  test('first instances of one new study that arrive together make one study', async () => {
    const recorded = await Promise.all(Array.from({ length: 16 }, (_, n) => record(1, n, 1_000 + n)));
    expect(new Set(recorded.map((one) => one.study.studyKey)).size).toBe(1);
    expect(recorded.every((one) => one.outcome === 'stored')).toBe(true);
    expect((await loadStudy(store.db(), recorded[0]?.study.studyKey ?? 0))?.instanceCount).toBe(16);
  });

  test('gives a stored instance back as it was told', async () => {
    const { study, instanceKey } = await record(1, 1, 1_000);
    const { sopClassUid, anatomicRegion, sha256 } = newInstance(1, 1);
    const stored = (await instancesOf(store.db(), study.studyKey))[0];
    expect(stored).toMatchObject({ instanceKey, sopClassUid, anatomicRegion, sha256, receivedAt: 1_000, revision: 1 });
    expect(await instancesByKey(store.db(), [99, instanceKey ?? 0])).toEqual([stored]);
  });

  test('keeps the first of two instances with one UID', async () => {
    const first = await record(1, 1, 1_000);
    const again = await record(1, 1, 2_000);
    const other = await recordInstance(
      store.db(),
      newInstance(1, 1, { sha256: 'f'.repeat(64), spoolPath: 'studies/1/x' }),
      3_000,
    );
    expect([first.outcome, again.outcome, other.outcome]).toEqual(['stored', 'repeated', 'differs']);
    expect([again.instanceKey, other.instanceKey]).toEqual([first.instanceKey, first.instanceKey]);
    expect(await loadStudy(store.db(), first.study.studyKey)).toMatchObject({ instanceCount: 1, lastInstanceAt: 1_000 });
  });

  test('keeps no field that a header does not have', async () => {
    const patient = { PatientName: 'CANARY^NAME' };
    const { study } = await recordInstance(store.db(), { ...newInstance(1, 1), ...patient }, 1_000);
    expect(JSON.stringify(await instancesOf(store.db(), study.studyKey))).not.toContain('CANARY');
  });
});

describe('completion', () => {
  test('finds the studies that are quiet or open for too long', async () => {
    await record(1, 1, 0);
    await record(2, 1, 5_000);
    for (let at = 0; at <= 60_000; at += 6_000) await record(3, at, at);
    const due = async (now: number): Promise<string[]> =>
      (await studiesToComplete(store.db(), policy, now, 10)).map((study) => study.studyInstanceUid);
    expect(await due(9_999)).toEqual([]);
    expect(await due(10_000)).toEqual(['1.2.3.1']);
    expect(await due(15_000)).toEqual(['1.2.3.1', '1.2.3.2']);
    expect(await due(60_000)).toEqual(['1.2.3.1', '1.2.3.2', '1.2.3.3']);
    expect(await studiesToComplete(store.db(), policy, 60_000, 1)).toHaveLength(1);
  });

  test('still finds a study whose quiet time passed over a restart', async () => {
    await record(1, 1, 1_000);
    await store.restart();
    expect(await studiesToComplete(store.db(), policy, 10_999, 10)).toEqual([]);
    expect(await studiesToComplete(store.db(), policy, 11_000, 10)).toHaveLength(1);
  });

  test('freezes the study and queues its jobs with the reasons of those that do not run', async () => {
    const { study, instanceKey } = await record(1, 1, 1_000);
    expect(await completeStudy(store.db(), study, planOf([instanceKey]), 12_000)).toBe(true);
    const overview = (await studyOverviews(store.db(), { limit: 1 }))[0];
    expect(overview?.study).toMatchObject({ state: 'complete', completedAt: 12_000 });
    expect(overview?.jobs.map(({ modelId, state, reason }) => ({ modelId, state, reason }))).toEqual([
      { modelId: 'vascular-sec', state: 'queued', reason: '' },
      { modelId: 'lung-score', state: 'skipped', reason: 'no-rule-matches' },
    ]);
    expect(overview?.history.map(({ what }) => what)).toEqual(['study-opened', 'study-complete', 'job-queued', 'job-skipped']);
  });

  test('is refused when an instance came meanwhile, even in the same millisecond', async () => {
    const { study, instanceKey } = await record(1, 1, 1_000);
    await record(1, 2, 1_000);
    expect(await completeStudy(store.db(), study, planOf([instanceKey]), 12_000)).toBe(false);
    expect((await studyOverviews(store.db(), { limit: 1 }))[0]?.jobs).toEqual([]);
  });

  test('happens once', async () => {
    const { study, instanceKey } = await record(1, 1, 1_000);
    const both = [1, 2].map(() => completeStudy(store.db(), study, planOf([instanceKey]), 12_000));
    expect((await Promise.all(both)).sort()).toEqual([false, true]);
  });

  test('a late instance opens the next revision, which knows what ran before', async () => {
    const { study, instanceKey } = await record(1, 1, 1_000);
    await completeStudy(store.db(), study, planOf([instanceKey]), 12_000);
    const late = await record(1, 2, 500_000);
    expect(late.study).toMatchObject({ studyKey: study.studyKey, state: 'open', revision: 2, openedAt: 500_000 });
    expect(await studiesToComplete(store.db(), policy, 505_000, 10)).toEqual([]);
    expect(await earlierSteps(store.db(), study.studyKey, 1)).toEqual([]);
    expect(await earlierSteps(store.db(), study.studyKey, 2)).toEqual([
      { modelId: 'vascular-sec', modelVersion: '1.0.0', revision: 1, instanceKeys: [instanceKey] },
    ]);
    expect(await completeStudy(store.db(), late.study, planOf([instanceKey]), 520_000)).toBe(true);
  });
});

describe('reopening on request', () => {
  test('gives a complete study its next revision, which is due at once', async () => {
    const { study, instanceKey } = await record(1, 1, 1_000);
    await completeStudy(store.db(), study, planOf([instanceKey]), 12_000);
    expect(await reopenStudy(store.db(), study.studyKey, 500_000)).toBe(2);
    const [due] = await studiesToComplete(store.db(), policy, 500_000, 10);
    expect(due).toMatchObject({ studyKey: study.studyKey, state: 'open', revision: 2, instanceCount: 1 });
    const history = (await studyOverviews(store.db(), { limit: 1 }))[0]?.history;
    expect(history?.at(-1)).toMatchObject({ what: 'study-reopened', detail: 'revision 2, asked for' });
  });

  test('leaves an open study as it is', async () => {
    const { study } = await record(1, 1, 1_000);
    expect(await reopenStudy(store.db(), study.studyKey, 2_000)).toBeNull();
    expect(await loadStudy(store.db(), study.studyKey)).toEqual(study);
  });
});

test('a file is named by its instance, or by the job whose results it belongs to', async () => {
  const { study, instanceKey } = await record(1, 1, 1_000);
  await completeStudy(store.db(), study, planOf([instanceKey]), 12_000);
  const named = (path: string): Promise<boolean> => spoolPathIsNamed(store.db(), path);
  expect(await named('studies/1/1.dcm')).toBe(true);
  expect(await named('studies/1/2.dcm')).toBe(false);
  expect(await named('results/1/picture.png')).toBe(true);
  expect(await named('results/77/picture.png')).toBe(false);
  expect(await named('artifacts/1/sr.dcm')).toBe(false);
});

test('an overview is found by accession number, by study UID, or as one of the newest', async () => {
  for (const study of [1, 2, 3]) await record(study, 1, study * 1_000);
  const uids = async (filter: Parameters<typeof studyOverviews>[1]): Promise<string[]> =>
    (await studyOverviews(store.db(), filter)).map((one) => one.study.studyInstanceUid);
  expect(await uids({ accessionNumber: 'ACC2', limit: 10 })).toEqual(['1.2.3.2']);
  expect(await uids({ studyInstanceUid: '1.2.3.3', limit: 10 })).toEqual(['1.2.3.3']);
  expect(await uids({ limit: 2 })).toEqual(['1.2.3.3', '1.2.3.2']);
  expect(await uids({ accessionNumber: 'none', limit: 10 })).toEqual([]);
});
