// Where is this study? In: an accession number, a study UID, or neither. Out: the newest studies with their jobs, deliveries, times and history.
import type { ArtifactKind, CommitmentState, DeliveryState, Outcome } from '../contracts/delivery.ts';
import type { JobState } from '../contracts/job.ts';
import type { Study } from '../contracts/study.ts';
import type { Database, Row, Transaction } from './database.ts';
import type { JobTimings } from './jobs.ts';
import { integer, integerOrNull, studyOf, text, textOrNull } from './rows.ts';
import * as SQL from './statements.ts';

/** Times in epoch ms. */
export type JobOverview = {
  readonly jobKey: number;
  readonly revision: number;
  readonly modelId: string;
  readonly modelVersion: string;
  readonly rule: string;
  readonly state: JobState;
  readonly attempts: number;
  /** Reason of a parked or skipped job, else empty. */
  readonly reason: string;
  /** The sentence of a skip, or what the last failure said. */
  readonly detail: string;
  readonly queuedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly renderedAt: number | null;
  readonly timings: JobTimings | null;
};

/** Times in epoch ms; `lastOutcome` is null before the first attempt ended. */
export type DeliveryOverview = {
  readonly deliveryKey: number;
  readonly jobKey: number;
  readonly kind: ArtifactKind;
  readonly sopInstanceUid: string;
  readonly controlId: string;
  /** Relative to the spool folder. */
  readonly spoolPath: string;
  readonly destination: string;
  readonly state: DeliveryState;
  readonly commitment: CommitmentState;
  readonly attempts: number;
  readonly lastOutcome: { readonly kind: Outcome['kind']; readonly code: string; readonly words: string } | null;
  readonly queuedAt: number;
  /** When a queued delivery is tried next, or the lease of one under way runs out. */
  readonly dueAt: number;
  readonly triedAt: number | null;
  readonly sentAt: number | null;
};

export type StudyOverview = {
  readonly study: Study;
  readonly jobs: readonly JobOverview[];
  readonly deliveries: readonly DeliveryOverview[];
  readonly history: readonly { readonly at: number; readonly what: string; readonly detail: string }[];
};

export type StudyFilter = {
  readonly accessionNumber?: string;
  readonly studyInstanceUid?: string;
  readonly artifactUid?: string;
  readonly limit: number;
};

/** The studies that match, newest first, at most `limit`. A study UID goes before an accession number, and that before the UID of an object that we wrote. */
export const studyOverviews = (db: Database, filter: StudyFilter): Promise<readonly StudyOverview[]> =>
  db.transact(async (tx) => {
    const overviews: StudyOverview[] = [];
    for (const row of await matching(tx, filter)) overviews.push(await overviewOf(tx, studyOf(row)));
    return overviews;
  });

function matching(tx: Transaction, filter: StudyFilter): Promise<readonly Row[]> {
  if (filter.studyInstanceUid !== undefined) return tx.all(SQL.STUDY_BY_UID, [filter.studyInstanceUid]);
  if (filter.accessionNumber !== undefined) return tx.all(SQL.STUDIES_BY_ACCESSION, [filter.accessionNumber, filter.limit]);
  if (filter.artifactUid !== undefined) return tx.all(SQL.STUDY_BY_ARTIFACT, [filter.artifactUid]);
  return tx.all(SQL.STUDIES_RECENT, [filter.limit]);
}

async function overviewOf(tx: Transaction, study: Study): Promise<StudyOverview> {
  const history = await tx.all(SQL.HISTORY_OF_STUDY, [study.studyKey]);
  return {
    study,
    jobs: (await tx.all(SQL.JOBS_OF_STUDY, [study.studyKey])).map(jobOverview),
    deliveries: (await tx.all(SQL.DELIVERIES_OF_STUDY, [study.studyKey])).map(deliveryOverview),
    history: history.map((row) => ({ at: integer(row, 'at'), what: text(row, 'what'), detail: text(row, 'detail') })),
  };
}

/** Of a job row. */
export function jobOverview(row: Row): JobOverview {
  const timings = textOrNull(row, 'timings');
  return {
    jobKey: integer(row, 'job_key'),
    revision: integer(row, 'revision'),
    modelId: text(row, 'model_id'),
    modelVersion: text(row, 'model_version'),
    rule: text(row, 'rule'),
    state: text(row, 'state') as JobState,
    attempts: integer(row, 'attempts'),
    reason: text(row, 'reason'),
    detail: text(row, 'detail'),
    queuedAt: integer(row, 'queued_at'),
    startedAt: integerOrNull(row, 'started_at'),
    finishedAt: integerOrNull(row, 'finished_at'),
    renderedAt: integerOrNull(row, 'rendered_at'),
    timings: timings === null ? null : (JSON.parse(timings) as JobTimings),
  };
}

/** Of a delivery row joined with its artifact. */
export function deliveryOverview(row: Row): DeliveryOverview {
  const kind = textOrNull(row, 'outcome_kind');
  return {
    deliveryKey: integer(row, 'delivery_key'),
    jobKey: integer(row, 'job_key'),
    kind: text(row, 'kind') as ArtifactKind,
    sopInstanceUid: text(row, 'sop_instance_uid'),
    controlId: text(row, 'control_id'),
    spoolPath: text(row, 'spool_path'),
    destination: text(row, 'destination'),
    state: text(row, 'state') as DeliveryState,
    commitment: text(row, 'commitment') as CommitmentState,
    attempts: integer(row, 'attempts'),
    lastOutcome:
      kind === null
        ? null
        : { kind: kind as Outcome['kind'], code: text(row, 'outcome_code'), words: text(row, 'outcome_words') },
    queuedAt: integer(row, 'queued_at'),
    dueAt: integer(row, 'due_at'),
    triedAt: integerOrNull(row, 'tried_at'),
    sentAt: integerOrNull(row, 'sent_at'),
  };
}
