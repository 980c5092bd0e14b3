// All that the ledger knows of one study, for the console. In: its key. Out: the overview that `status` gives, and the records behind it, within bounds.
import type { Artifact } from '../contracts/delivery.ts';
import type { StoredInstance } from '../contracts/instance.ts';
import type { Job } from '../contracts/job.ts';
import type { Database } from './database.ts';
import { deliveryOverview, jobOverview, type StudyOverview } from './overview.ts';
import { artifactOf, instanceOf, integer, jobOf, studyOf, text } from './rows.ts';
import * as SQL from './statements.ts';

/** `history` is the latest part, latest first; `instances` are the first; `records` are the jobs of the overview. */
export type StudyDetails = StudyOverview & {
  readonly records: readonly Job[];
  readonly artifacts: readonly Artifact[];
  readonly instances: readonly StoredInstance[];
};

/** Null when there is no such study. */
export const studyDetails = (
  db: Database,
  studyKey: number,
  most: { readonly instances: number; readonly history: number },
): Promise<StudyDetails | null> =>
  db.transact(async (tx) => {
    const row = await tx.get(SQL.STUDY_BY_KEY, [studyKey]);
    if (row === undefined) return null;
    const jobs = await tx.all(SQL.JOB_RECORDS_OF_STUDY, [studyKey]);
    const history = await tx.all(SQL.LATEST_HISTORY_OF_STUDY, [studyKey, most.history]);
    return {
      study: studyOf(row),
      jobs: jobs.map(jobOverview),
      records: jobs.map(jobOf),
      deliveries: (await tx.all(SQL.DELIVERIES_OF_STUDY, [studyKey])).map(deliveryOverview),
      artifacts: (await tx.all(SQL.ARTIFACTS_OF_STUDY, [studyKey])).map(artifactOf),
      instances: (await tx.all(SQL.FIRST_INSTANCES_OF_STUDY, [studyKey, most.instances])).map(instanceOf),
      history: history.map((one) => ({ at: integer(one, 'at'), what: text(one, 'what'), detail: text(one, 'detail') })),
    };
  });

/** An artifact of a study; null when it is none of this study. */
export const artifactInStudy = (
  db: Database,
  keys: { readonly studyKey: number; readonly artifactKey: number },
): Promise<Artifact | null> =>
  db.transact(async (tx) => {
    const row = await tx.get(SQL.ARTIFACT_IN_STUDY, [keys.artifactKey, keys.studyKey]);
    return row === undefined ? null : artifactOf(row);
  });
