// Jobs that came to nothing and were not told of yet. In: since when. Out: one such job; and, once told, the artifacts of its notice.
import type { Job } from '../contracts/job.ts';
import type { Database } from './database.ts';
import { note } from './history.ts';
import { insertArtifacts, type NewArtifact } from './outbox.ts';
import { integer, jobOf, text } from './rows.ts';
import * as SQL from './statements.ts';

/** A job that never ran or was parked; `sentence` says why, `settledAt` in epoch ms. */
export type UntoldJob = { readonly job: Job; readonly sentence: string; readonly settledAt: number };

/**
 * The oldest `skipped` job with one of `skips` as its reason, or `parked` job without one of `parkings`, of the present revision of a complete study
 * whose last instance came at `since` or later, that has no artifacts and is not in `except`; null when there is none. It takes no lease: one loop of one node asks.
 */
export const untoldJob = (
  db: Database,
  wanted: {
    readonly since: number;
    readonly skips: readonly string[];
    readonly parkings: readonly string[];
    readonly except: readonly number[];
  },
): Promise<UntoldJob | null> =>
  db.transact(async (tx) => {
    const lists = [wanted.skips, wanted.parkings, wanted.except].map((list) => JSON.stringify(list));
    const row = await tx.get(SQL.JOB_UNTOLD, [wanted.since, ...lists]);
    if (row === undefined) return null;
    return { job: jobOf(row), sentence: text(row, 'detail'), settledAt: integer(row, 'due_at') };
  });

/** The artifacts of a notice with their deliveries; false, and nothing written, when the job was told of or sent back meanwhile. */
export const recordNotice = (
  db: Database,
  job: Job,
  notice: { readonly artifacts: readonly NewArtifact[]; readonly now: number },
): Promise<boolean> =>
  db.transact(async (tx) => {
    if ((await tx.get(SQL.JOB_STILL_UNTOLD, [job.jobKey])) === undefined) return false;
    await insertArtifacts(tx, job, notice);
    const detail = `${job.modelId}: not analysed, ${notice.artifacts.length} artifacts`;
    await note(tx, { studyKey: job.studyKey, at: notice.now, what: 'job-rendered', detail });
    return true;
  });
