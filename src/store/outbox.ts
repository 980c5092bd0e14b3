// The outbox: artifacts and their deliveries. In: what was rendered, and outcomes of attempts. Out: deliveries to make, in the order of each study.
import type { Artifact, Delivery, Outcome, Verdict } from '../contracts/delivery.ts';
import type { Job } from '../contracts/job.ts';
import { fault } from '../kernel/errors.ts';
import type { Database, Row, Transaction } from './database.ts';
import { type HistoryEvent, note } from './history.ts';
import { deliveryOf, integer, text } from './rows.ts';
import * as SQL from './statements.ts';

/** Bytes that lie in the spool, durably, and the names of the destinations they go to. */
export type NewArtifact = Omit<Artifact, 'artifactKey' | 'jobKey' | 'studyKey'> & { readonly destinations: readonly string[] };

const LONGEST_WORDS = 500;

const EVENT_OF_MOVE: Readonly<Record<Verdict['move'], HistoryEvent>> = {
  sent: 'delivery-sent',
  queued: 'delivery-delayed',
  parked: 'delivery-parked',
  refused: 'delivery-refused',
};

/**
 * Artifacts of a job and one delivery per artifact and destination. For use inside a transaction. The same bytes under the same name are the same
 * artifact: two archives may ask for the same simpler form, one after the other.
 */
export async function insertArtifacts(
  tx: Transaction,
  { jobKey, studyKey }: Pick<Job, 'jobKey' | 'studyKey'>,
  { artifacts, now }: { readonly artifacts: readonly NewArtifact[]; readonly now: number },
): Promise<void> {
  for (const artifact of artifacts) {
    const written = await tx.get(SQL.ARTIFACT_WRITTEN, [jobKey, artifact.spoolPath, artifact.sha256]);
    const row = written ?? (await insertedArtifact(tx, { jobKey, studyKey }, artifact));
    for (const destination of artifact.destinations) {
      await tx.run(SQL.DELIVERY_INSERT, [integer(row, 'artifact_key'), studyKey, destination, now, now]);
    }
  }
}

async function insertedArtifact(
  tx: Transaction,
  { jobKey, studyKey }: Pick<Job, 'jobKey' | 'studyKey'>,
  artifact: NewArtifact,
): Promise<Row> {
  const inserted = await tx.get(SQL.ARTIFACT_INSERT, [
    jobKey,
    studyKey,
    artifact.kind,
    artifact.sopClassUid,
    artifact.sopInstanceUid,
    artifact.transferSyntaxUid,
    artifact.controlId,
    artifact.spoolPath,
    artifact.sha256,
  ]);
  if (inserted === undefined) throw fault('store-failed', 'The artifact got no key.');
  return inserted;
}

const SUPERSEDED = 'The message of a later result is sent instead.';

/** Whether none of the deliveries reached its destination or is on its way. */
async function areUnsent(tx: Transaction, deliveryKeys: readonly number[]): Promise<boolean> {
  for (const key of deliveryKeys) if ((await tx.get(SQL.DELIVERY_UNSENT, [key])) === undefined) return false;
  return true;
}

async function supersede(tx: Transaction, deliveryKey: number, now: number): Promise<void> {
  await tx.run(SQL.DELIVERY_SUPERSEDE, [SUPERSEDED, deliveryKey]);
  const row = await tx.get(SQL.DELIVERY_STUDY, [deliveryKey]);
  if (row === undefined) return;
  const detail = `${text(row, 'kind')} to ${text(row, 'destination')}: the later one is sent`;
  await note(tx, { studyKey: integer(row, 'study_key'), at: now, what: 'delivery-superseded', detail });
}

/**
 * Artifacts, one delivery per artifact and destination, and the job's move from `done` to `rendered`, in one transaction; `supersedes` are keys of
 * deliveries that the new ones stand in the place of. False when the lease is another's, or when one of those went out since it was looked at or an
 * earlier result is being taken back: then the job is to be rendered again.
 */
export const recordRendering = (
  db: Database,
  job: Job,
  rendering: {
    readonly owner: string;
    readonly artifacts: readonly NewArtifact[];
    readonly supersedes?: readonly number[];
    readonly now: number;
  },
): Promise<boolean> =>
  db.transact(async (tx) => {
    const { jobKey, studyKey } = job;
    const { now, owner, supersedes = [] } = rendering;
    if (!(await areUnsent(tx, supersedes)) || (await tx.run(SQL.JOB_RENDERED, [now, now, jobKey, owner])) !== 1) {
      await tx.run(SQL.JOB_RENDER_AGAIN, [now, jobKey, owner]);
      return false;
    }
    for (const deliveryKey of supersedes) await supersede(tx, deliveryKey, now);
    await insertArtifacts(tx, job, rendering);
    const detail = `${job.modelId}: ${rendering.artifacts.length} artifacts`;
    await note(tx, { studyKey, at: now, what: 'job-rendered', detail });
    return true;
  });

/**
 * Takes up to `most` due deliveries of one study (the one that has been due longest) for a destination: `queued`, or `sending` with a lease
 * that ran out. Attempts go up by one. The order within the study is kept: nothing is taken past a delivery that is not due yet.
 */
export const claimDeliveries = (
  db: Database,
  claim: {
    readonly destination: string;
    readonly owner: string;
    readonly now: number;
    readonly leaseMs: number;
    readonly most: number;
  },
): Promise<readonly Delivery[]> =>
  db.transact(async (tx) => {
    const { destination, now } = claim;
    const due = await tx.get(SQL.DELIVERY_STUDY_DUE, [destination, now, now]);
    if (due === undefined) return [];
    const unsettled = await tx.all(SQL.DELIVERIES_UNSETTLED, [integer(due, 'study_key'), destination, claim.most]);
    const notDue = unsettled.findIndex((row) => integer(row, 'due_at') > now);
    const claimed: Delivery[] = [];
    for (const row of notDue < 0 ? unsettled : unsettled.slice(0, notDue)) {
      const key = integer(row, 'delivery_key');
      if ((await tx.run(SQL.DELIVERY_CLAIM, [claim.owner, now + claim.leaseMs, now, key, now])) !== 1) break;
      const delivery = await tx.get(SQL.DELIVERY_BY_KEY, [key]);
      if (delivery !== undefined) claimed.push(deliveryOf(delivery));
    }
    return claimed;
  });

/** Writes the outcome of an attempt and makes the verdict's move from `sending`; false when the lease is another's. */
export const settleDelivery = (
  db: Database,
  deliveryKey: number,
  settlement: { readonly owner: string; readonly verdict: Verdict; readonly outcome: Outcome; readonly now: number },
): Promise<boolean> =>
  db.transact(async (tx) => {
    const { verdict, outcome, now } = settlement;
    const code = outcome.kind === 'accepted' ? '' : outcome.code;
    const settled = await tx.run(SQL.DELIVERY_SETTLE[verdict.move], [
      verdict.move === 'queued' ? verdict.notBefore : now,
      outcome.kind,
      code,
      outcome.words.slice(0, LONGEST_WORDS),
      verdict.move === 'sent' ? now : null,
      deliveryKey,
      settlement.owner,
    ]);
    if (settled !== 1) return false;
    const row = await tx.get(SQL.DELIVERY_STUDY, [deliveryKey]);
    if (row === undefined) return false;
    const detail = `${text(row, 'kind')} to ${text(row, 'destination')}${code === '' ? '' : `: ${code}`}`;
    await note(tx, { studyKey: integer(row, 'study_key'), at: now, what: EVENT_OF_MOVE[verdict.move], detail });
    return true;
  });

/** Moves the lease of deliveries under way to `until` (epoch ms); resolves with how many are still this owner's. */
export const extendDeliveryLeases = (
  db: Database,
  deliveryKeys: readonly number[],
  lease: { readonly owner: string; readonly until: number },
): Promise<number> =>
  db.transact(async (tx) => {
    let extended = 0;
    for (const key of deliveryKeys) extended += await tx.run(SQL.DELIVERY_EXTEND, [lease.until, key, lease.owner]);
    return extended;
  });

/** A person sends a parked or refused delivery again; false when it is neither, or is a message that a later revision's has replaced. */
export const requeueDelivery = (db: Database, deliveryKey: number, now: number): Promise<boolean> =>
  db.transact(async (tx) => {
    if ((await tx.run(SQL.DELIVERY_REQUEUE, [now, deliveryKey])) !== 1) return false;
    const row = await tx.get(SQL.DELIVERY_STUDY, [deliveryKey]);
    if (row === undefined) return false;
    const detail = `${text(row, 'kind')} to ${text(row, 'destination')}`;
    await note(tx, { studyKey: integer(row, 'study_key'), at: now, what: 'delivery-requeued', detail });
    return true;
  });

/** A destination that is not among `configured` and has deliveries to be made; null when there is none. */
export const unconfiguredDestination = (db: Database, configured: readonly string[]): Promise<string | null> =>
  db.transact(async (tx) => {
    const row = await tx.get(SQL.DESTINATION_UNCONFIGURED, [JSON.stringify(configured)]);
    return row === undefined ? null : text(row, 'destination');
  });

/** When the next delivery to the destination is due or its lease runs out (epoch ms); null when nothing waits. */
export const nextDueAt = (db: Database, destination: string): Promise<number | null> =>
  db.transact(async (tx) => {
    const dueAt = (await tx.get(SQL.DELIVERY_NEXT_DUE, [destination]))?.['due_at'];
    return typeof dueAt === 'number' ? dueAt : null;
  });
