// Results taken back by a person. In: a reported job and the reason. Out: its unsent deliveries withdrawn, and, for the render step, what was sent of it
// and has to be taken back at each destination.
import type { Artifact } from '../contracts/delivery.ts';
import type { Job, RetractionReason } from '../contracts/job.ts';
import type { Database } from './database.ts';
import { note } from './history.ts';
import { insertArtifacts, type NewArtifact } from './outbox.ts';
import { artifactOf, integer, jobOf, text } from './rows.ts';
import * as SQL from './statements.ts';

/** An artifact that a destination has, or may have; `isSuperseded` where one of a later revision stands in its place. */
export type SentArtifact = { readonly artifact: Artifact; readonly destination: string; readonly isSuperseded: boolean };

/** A job to be taken back, with what was sent of it. */
export type Retraction = {
  readonly job: Job;
  readonly reason: RetractionReason;
  readonly sent: readonly SentArtifact[];
};

/**
 * `rendered` to `retracting`: what was not sent is withdrawn at once, the rest is taken back by the render step. False when the job is in
 * another state: not reported yet, or taken back before.
 */
export const retractJob = (
  db: Database,
  jobKey: number,
  retraction: { readonly reason: RetractionReason; readonly now: number },
): Promise<boolean> =>
  db.transact(async (tx) => {
    const { reason, now } = retraction;
    if ((await tx.run(SQL.JOB_RETRACT, [reason, now, jobKey])) !== 1) return false;
    await tx.run(SQL.DELIVERIES_WITHDRAW, [jobKey]);
    const row = await tx.get(SQL.JOB_STUDY, [jobKey]);
    if (row === undefined) return false;
    const detail = `${text(row, 'model_id')}: ${reason}`;
    await note(tx, { studyKey: integer(row, 'study_key'), at: now, what: 'job-retracting', detail });
    return true;
  });

/** Takes a `retracting` job of which nothing is under way, under a lease; null when none is due. */
export const claimRetraction = (
  db: Database,
  claim: { readonly owner: string; readonly now: number; readonly leaseMs: number },
): Promise<Retraction | null> =>
  db.transact(async (tx) => {
    const taken = await tx.get(SQL.JOB_CLAIM_RETRACTING, [claim.owner, claim.now + claim.leaseMs, claim.now]);
    if (taken === undefined) return null;
    const jobKey = integer(taken, 'job_key');
    // What was under way when the result was taken back may have been queued again since.
    await tx.run(SQL.DELIVERIES_WITHDRAW, [jobKey]);
    const row = await tx.get(SQL.JOB_BY_KEY, [jobKey]);
    if (row === undefined) return null;
    const sent = (await tx.all(SQL.ARTIFACTS_TRIED, [jobKey])).map((one) => ({
      artifact: artifactOf(one),
      destination: text(one, 'destination'),
      isSuperseded: integer(one, 'is_superseded') === 1,
    }));
    return { job: jobOf(row), reason: text(taken, 'reason') as RetractionReason, sent };
  });

/** The rejection note and the messages of a retraction with their deliveries, and `retracting` to `retracted`. False when the lease is another's. */
export const recordRetraction = (
  db: Database,
  job: Job,
  recorded: { readonly owner: string; readonly artifacts: readonly NewArtifact[]; readonly now: number },
): Promise<boolean> =>
  db.transact(async (tx) => {
    const { owner, artifacts, now } = recorded;
    if ((await tx.run(SQL.JOB_RETRACTED, [now, job.jobKey, owner])) !== 1) return false;
    await insertArtifacts(tx, job, { artifacts, now });
    const detail = `${job.modelId}: ${artifacts.length} artifacts`;
    await note(tx, { studyKey: job.studyKey, at: now, what: 'job-retracted', detail });
    return true;
  });
