// The queue of jobs: claim under a lease, finish, retry, park. In: keys and owners. Out: jobs, or false when the move was refused.
// A false means that the row is not held by this owner in a state that permits the move: mostly a lease that ran out and was taken by another.
import type { Job } from '../contracts/job.ts';
import type { Database, SqlValue, Transaction } from './database.ts';
import { type HistoryEvent, note } from './history.ts';
import { integer, jobOf, text } from './rows.ts';
import * as SQL from './statements.ts';

/** How long the parts of an analysis took. */
export type JobTimings = { readonly decodeMs: number; readonly preprocessMs: number; readonly inferMs: number };

type Claim = { readonly owner: string; readonly now: number; readonly leaseMs: number };

const LONGEST_DETAIL = 500;

/**
 * Takes the job that has been due longest: `queued`, or `running` with a lease that ran out; null when none is. Attempts go up by one.
 * A job waits while an earlier revision of the same study and model is unfinished.
 */
export const claimQueuedJob = (db: Database, claim: Claim): Promise<Job | null> =>
  db.transact(async (tx) => {
    const taken = await tx.get(SQL.JOB_CLAIM, [claim.owner, claim.now + claim.leaseMs, claim.now, claim.now]);
    if (taken === undefined) return null;
    const job = await jobByKey(tx, integer(taken, 'job_key'));
    if (job !== null) {
      const detail = `${job.modelId}, attempt ${job.attempts}`;
      await note(tx, { studyKey: job.studyKey, at: claim.now, what: 'job-started', detail });
    }
    return job;
  });

/** Takes a `done` job to render; its state stays `done` under a lease. Null when none is due. */
export const claimDoneJob = (db: Database, claim: Claim): Promise<Job | null> =>
  db.transact(async (tx) => {
    const taken = await tx.get(SQL.JOB_CLAIM_DONE, [claim.owner, claim.now + claim.leaseMs, claim.now, claim.now]);
    return taken === undefined ? null : await jobByKey(tx, integer(taken, 'job_key'));
  });

/** Moves the end of the lease to `until` (epoch ms); false when the lease is another's by now. */
export const extendJobLease = (
  db: Database,
  jobKey: number,
  lease: { readonly owner: string; readonly until: number },
): Promise<boolean> => db.transact(async (tx) => (await tx.run(SQL.JOB_EXTEND, [lease.until, jobKey, lease.owner])) === 1);

/** `running` to `done`. `resultPath` relative to the spool folder. */
export const finishJob = (
  db: Database,
  jobKey: number,
  done: { readonly owner: string; readonly resultPath: string; readonly timings?: JobTimings; readonly now: number },
): Promise<boolean> => {
  const timings = done.timings === undefined ? null : JSON.stringify(done.timings);
  const parameters = [done.now, done.now, done.resultPath, timings, jobKey, done.owner];
  return move(db, jobKey, { sql: SQL.JOB_FINISH, parameters, what: 'job-done', detail: '', now: done.now });
};

/**
 * `running` back to `queued`, not to be taken before `notBefore` (epoch ms). `blameless`: the attempt is not counted, since the job had no part
 * in its failure (the node was stopped, the disk was full).
 */
export const retryJob = (
  db: Database,
  jobKey: number,
  failure: {
    readonly owner: string;
    readonly notBefore: number;
    readonly code: string;
    readonly detail: string;
    readonly now: number;
    readonly blameless?: boolean;
  },
): Promise<boolean> => {
  const detail = `${failure.code}: ${failure.detail}`.slice(0, LONGEST_DETAIL);
  const parameters = [failure.notBefore, detail, failure.blameless === true ? 1 : 0, jobKey, failure.owner];
  return move(db, jobKey, { sql: SQL.JOB_RETRY, parameters, what: 'job-delayed', detail: failure.code, now: failure.now });
};

/** `running` or `done` to `parked`: it waits for a person. */
export const parkJob = (
  db: Database,
  jobKey: number,
  failure: { readonly owner: string; readonly code: string; readonly detail: string; readonly now: number },
): Promise<boolean> => {
  const parameters = [failure.now, failure.code, failure.detail.slice(0, LONGEST_DETAIL), jobKey, failure.owner];
  return move(db, jobKey, { sql: SQL.JOB_PARK, parameters, what: 'job-parked', detail: failure.code, now: failure.now });
};

/** A person sends a parked job back to be analysed; false when it is not parked or a later revision was planned. */
export const requeueJob = (db: Database, jobKey: number, now: number): Promise<boolean> =>
  move(db, jobKey, { sql: SQL.JOB_REQUEUE, parameters: [now, jobKey], what: 'job-requeued', detail: '', now });

/** The job with its study, or null. For use inside a transaction. */
async function jobByKey(tx: Transaction, jobKey: number): Promise<Job | null> {
  const row = await tx.get(SQL.JOB_BY_KEY, [jobKey]);
  return row === undefined ? null : jobOf(row);
}

export const loadJob = (db: Database, jobKey: number): Promise<Job | null> => db.transact((tx) => jobByKey(tx, jobKey));

type Move = {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
  readonly what: HistoryEvent;
  readonly detail: string;
  readonly now: number;
};

const move = (db: Database, jobKey: number, step: Move): Promise<boolean> =>
  db.transact(async (tx) => {
    if ((await tx.run(step.sql, step.parameters)) !== 1) return false;
    const row = await tx.get(SQL.JOB_STUDY, [jobKey]);
    if (row === undefined) return false;
    const detail = [text(row, 'model_id'), step.detail].filter((part) => part !== '').join(': ');
    await note(tx, { studyKey: integer(row, 'study_key'), at: step.now, what: step.what, detail });
    return true;
  });
