import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Delivery, Outcome, Verdict } from '../../../src/contracts/delivery.ts';
import { claimDoneJob, claimQueuedJob, finishJob } from '../../../src/store/jobs.ts';
import { bringForward } from '../../../src/store/ledger.ts';
import {
  claimDeliveries,
  extendDeliveryLeases,
  type NewArtifact,
  nextDueAt,
  recordRendering,
  requeueDelivery,
  settleDelivery,
} from '../../../src/store/outbox.ts';
import { studyOverviews } from '../../../src/store/overview.ts';
import { DELIVERY_STUDY_DUE } from '../../../src/store/statements.ts';
import { completeStudy, recordInstance, spoolPathIsNamed, studiesToComplete } from '../../../src/store/studies.ts';
import { newInstance, planOf, type StoreForTest, storeForTest } from '../../support/store.ts';

let store: StoreForTest;
beforeEach(async () => {
  store = await storeForTest();
});
afterEach(() => store.end());

const isText = (kind: NewArtifact['kind']): boolean => kind === 'oru' || kind === 'fhir';

const artifact = (jobKey: number, kind: NewArtifact['kind'], destinations: readonly string[]): NewArtifact => ({
  kind,
  sopClassUid: isText(kind) ? '' : '1.2.840.10008.5.1.4.1.1.88.33',
  sopInstanceUid: isText(kind) ? '' : `2.25.${jobKey}`,
  transferSyntaxUid: isText(kind) ? '' : '1.2.840.10008.1.2.1',
  controlId: isText(kind) ? `MSG${jobKey}` : '',
  spoolPath: `artifacts/${jobKey}/${kind}`,
  sha256: 'a'.repeat(64),
  destinations,
});

/** Brings one study to rendered: a report and a capture for PACS, a message for EHR. */
async function render(study: number, number: number, now: number, message: 'oru' | 'fhir' = 'oru'): Promise<void> {
  const db = store.db();
  const recorded = await recordInstance(db, newInstance(study, number), now);
  await completeStudy(db, recorded.study, planOf([recorded.instanceKey]), now);
  const queued = await claimQueuedJob(db, { owner: 'me', now, leaseMs: 1_000 });
  await finishJob(db, queued?.jobKey ?? 0, { owner: 'me', resultPath: 'results/1/result.json', now });
  const job = await claimDoneJob(db, { owner: 'me', now, leaseMs: 1_000 });
  if (job === null) throw new Error('nothing to render');
  const artifacts = [
    artifact(job.jobKey, 'sr', ['PACS']),
    artifact(job.jobKey, 'capture', ['PACS']),
    artifact(job.jobKey, message, ['EHR']),
  ];
  expect(await recordRendering(db, job, { owner: 'me', artifacts, now })).toBe(true);
}

const claim = (destination: string, now: number, owner = 'me'): Promise<readonly Delivery[]> =>
  claimDeliveries(store.db(), { destination, owner, now, leaseMs: 1_000, most: 10 });
const accepted: Outcome = { kind: 'accepted', words: '0000' };
const busy: Outcome = { kind: 'transient', code: 'peer-busy', words: 'A700 out of resources' };
const settle = (
  delivery: Delivery | undefined,
  verdict: Verdict,
  outcome: Outcome,
  now: number,
  owner = 'me',
): Promise<boolean> => settleDelivery(store.db(), delivery?.deliveryKey ?? 0, { owner, verdict, outcome, now });
const kinds = (deliveries: readonly Delivery[]): string[] => deliveries.map((delivery) => delivery.artifact.kind);

describe('rendering', () => {
  test('writes artifacts, one delivery per artifact and destination, and the move of the job together', async () => {
    await render(1, 1, 100);
    const overview = (await studyOverviews(store.db(), { limit: 1 }))[0];
    expect(overview?.jobs[0]).toMatchObject({ state: 'rendered', renderedAt: 100 });
    expect(overview?.deliveries.map(({ kind, destination, state }) => `${kind} ${destination} ${state}`)).toEqual([
      'sr PACS queued',
      'capture PACS queued',
      'oru EHR queued',
    ]);
    expect(await spoolPathIsNamed(store.db(), 'artifacts/1/sr')).toBe(true);
  });

  test('by one whose lease another took leaves nothing', async () => {
    const db = store.db();
    const recorded = await recordInstance(db, newInstance(1, 1), 0);
    await completeStudy(db, recorded.study, planOf([recorded.instanceKey]), 0);
    const job = await claimQueuedJob(db, { owner: 'me', now: 0, leaseMs: 1 });
    if (job === null) throw new Error('nothing to claim');
    await finishJob(db, job.jobKey, { owner: 'me', resultPath: 'r', now: 0 });
    await claimDoneJob(db, { owner: 'me', now: 0, leaseMs: 1 });
    await claimDoneJob(db, { owner: 'other', now: 1, leaseMs: 1_000 });
    const artifacts = [artifact(job.jobKey, 'sr', ['PACS'])];
    expect(await recordRendering(db, job, { owner: 'me', artifacts, now: 2 })).toBe(false);
    expect((await studyOverviews(db, { limit: 1 }))[0]?.deliveries).toEqual([]);
  });
});

describe('a claim', () => {
  test('takes the due set of one study for one destination, in order', async () => {
    await render(1, 1, 100);
    await render(2, 1, 200);
    const first = await claim('PACS', 300);
    expect(kinds(first)).toEqual(['sr', 'capture']);
    expect(new Set(first.map((delivery) => delivery.artifact.studyKey))).toEqual(new Set([1]));
    expect(first[0]).toMatchObject({ state: 'sending', attempts: 1, destination: 'PACS' });
    expect((await claim('PACS', 300))[0]?.artifact.studyKey).toBe(2);
    expect(await claim('PACS', 300)).toEqual([]);
    expect(kinds(await claim('EHR', 300))).toEqual(['oru']);
  });

  test('takes deliveries again whose lease ran out, unless it was extended', async () => {
    await render(1, 1, 0);
    const keys = (await claim('PACS', 0)).map((delivery) => delivery.deliveryKey);
    expect(await extendDeliveryLeases(store.db(), keys, { owner: 'me', until: 2_000 })).toBe(2);
    expect(await claim('PACS', 1_999, 'other')).toEqual([]);
    const again = await claim('PACS', 2_000, 'other');
    expect(again.map((delivery) => delivery.attempts)).toEqual([2, 2]);
    expect(await settle(again[0], { move: 'sent' }, accepted, 2_001, 'me')).toBe(false);
    expect(await settle(again[0], { move: 'sent' }, accepted, 2_001, 'other')).toBe(true);
  });

  test('keeps the order of a study: what supersedes does not overtake what waits', async () => {
    await render(1, 1, 0);
    const first = await claim('EHR', 0);
    await settle(first[0], { move: 'queued', notBefore: 5_000 }, busy, 10);
    await render(1, 2, 100);
    await render(2, 1, 200);
    expect((await claim('EHR', 300)).map((delivery) => delivery.artifact.studyKey)).toEqual([2]);
    expect(await claim('EHR', 4_999)).not.toContainEqual(
      expect.objectContaining({ artifact: expect.objectContaining({ studyKey: 1 }) }),
    );
    const both = await claim('EHR', 5_000);
    expect(both.map((delivery) => delivery.artifact.controlId)).toEqual(['MSG1', 'MSG3']);
  });

  test('goes past deliveries that wait for a person', async () => {
    await render(1, 1, 0);
    await settle((await claim('EHR', 0))[0], { move: 'refused' }, { kind: 'permanent', code: 'hl7-rejected', words: 'AR' }, 10);
    await render(1, 2, 100);
    expect((await claim('EHR', 100)).map((delivery) => delivery.artifact.controlId)).toEqual(['MSG3']);
  });

  test('is free for the next process at once when the only node of a ledger starts again', async () => {
    await render(1, 1, 0);
    await claim('PACS', 0);
    await store.restart();
    await bringForward(store.db(), 5);
    expect(kinds(await claim('PACS', 5, 'next'))).toEqual(['sr', 'capture']);
  });
});

describe('settling', () => {
  test('writes the outcome, the peer’s words and the time', async () => {
    await render(1, 1, 0);
    const [sr, capture] = await claim('PACS', 10);
    await settle(sr, { move: 'sent' }, accepted, 20);
    await settle(capture, { move: 'parked' }, busy, 30);
    const deliveries = (await studyOverviews(store.db(), { limit: 1 }))[0]?.deliveries ?? [];
    expect(deliveries[0]).toMatchObject({
      state: 'sent',
      sentAt: 20,
      lastOutcome: { kind: 'accepted', code: '', words: '0000' },
    });
    expect(deliveries[1]).toMatchObject({ state: 'parked', sentAt: null, lastOutcome: { code: 'peer-busy', words: busy.words } });
    expect(deliveries[2]).toMatchObject({ state: 'queued', lastOutcome: null });
  });

  test('is refused for a delivery that is not being sent', async () => {
    await render(1, 1, 0);
    const [sr] = await claim('PACS', 10);
    expect(await settle(sr, { move: 'sent' }, accepted, 20)).toBe(true);
    expect(await settle(sr, { move: 'refused' }, accepted, 30)).toBe(false);
    expect(await requeueDelivery(store.db(), sr?.deliveryKey ?? 0, 40)).toBe(false);
  });

  test('tells when the next delivery is due', async () => {
    expect(await nextDueAt(store.db(), 'EHR')).toBeNull();
    await render(1, 1, 100);
    expect(await nextDueAt(store.db(), 'EHR')).toBe(100);
    const [oru] = await claim('EHR', 150);
    expect(await nextDueAt(store.db(), 'EHR')).toBe(1_150);
    await settle(oru, { move: 'queued', notBefore: 7_000 }, busy, 160);
    expect(await nextDueAt(store.db(), 'EHR')).toBe(7_000);
  });

  test('leaves a refused delivery to a person, who can send it again', async () => {
    await render(1, 1, 0);
    const [oru] = await claim('EHR', 10);
    await settle(oru, { move: 'refused' }, { kind: 'permanent', code: 'hl7-rejected', words: 'AR' }, 20);
    expect(await nextDueAt(store.db(), 'EHR')).toBeNull();
    expect(await requeueDelivery(store.db(), oru?.deliveryKey ?? 0, 30)).toBe(true);
    expect((await claim('EHR', 30))[0]).toMatchObject({ attempts: 1 });
  });

  test.each(['oru', 'fhir'] as const)(
    'keeps a message (%s) back that a later revision has replaced, while an older object may still be sent',
    async (kind) => {
      await render(1, 1, 0, kind);
      const [oru] = await claim('EHR', 10);
      await settle(oru, { move: 'parked' }, busy, 20);
      const [sr] = await claim('PACS', 10);
      await settle(sr, { move: 'parked' }, busy, 20);
      await render(1, 2, 100, kind);
      // The later message waits too: the older one goes before it, in order.
      expect(await requeueDelivery(store.db(), oru?.deliveryKey ?? 0, 110)).toBe(true);
      const [again] = await claim('EHR', 120);
      expect(again?.deliveryKey).toBe(oru?.deliveryKey);
      await settle(again, { move: 'parked' }, busy, 130);
      for (const delivery of await claim('EHR', 140)) await settle(delivery, { move: 'sent' }, accepted, 150);
      expect(await requeueDelivery(store.db(), oru?.deliveryKey ?? 0, 160)).toBe(false);
      expect(await requeueDelivery(store.db(), sr?.deliveryKey ?? 0, 160)).toBe(true);
    },
  );
});

test('after a clock was set back, nothing waits for the time that it showed', async () => {
  const future = 9_000_000;
  await render(1, 1, future);
  await recordInstance(store.db(), newInstance(2, 1), future);
  await bringForward(store.db(), 1_000);
  expect(await studiesToComplete(store.db(), { quietMs: 10, longestMs: 100_000 }, 1_010, 5)).toHaveLength(1);
  expect(await claim('EHR', 1_000)).toHaveLength(1);
  const late = await recordInstance(store.db(), newInstance(1, 2), future);
  await completeStudy(store.db(), late.study, planOf([late.instanceKey]), future);
  expect(await claimQueuedJob(store.db(), { owner: 'me', now: 1_000, leaseMs: 10 })).toBeNull();
  await bringForward(store.db(), 1_000);
  expect(await claimQueuedJob(store.db(), { owner: 'me', now: 1_000, leaseMs: 10 })).not.toBeNull();
});

test('a backlog whose first deliveries wait is passed over by way of the study, not through every other study', async () => {
  const plan = await store.db().transact((tx) => tx.all(`EXPLAIN QUERY PLAN ${DELIVERY_STUDY_DUE}`, ['PACS', 0, 0]));
  expect(plan.map((step) => String(step['detail']))).toContainEqual(
    expect.stringMatching(/^SEARCH before USING INDEX delivery_order \(study_key=\? AND destination=\? AND delivery_key<\?\)/),
  );
});
