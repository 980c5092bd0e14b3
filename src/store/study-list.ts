// Studies page by page, for the console. In: after which study, or what is searched. Out: studies, newest first, with their jobs and deliveries in short.
import type { DeliveryState } from '../contracts/delivery.ts';
import type { JobState } from '../contracts/job.ts';
import type { Study } from '../contracts/study.ts';
import type { Database, Row, Transaction } from './database.ts';
import { integer, studyOf, text } from './rows.ts';
import * as SQL from './statements.ts';

/** A job of the present revision. `isReported`: something was written of it. */
export type ListedJob = {
  readonly modelId: string;
  readonly modelVersion: string;
  readonly state: JobState;
  readonly reason: string;
  readonly attempts: number;
  readonly isReported: boolean;
};

/** How many deliveries of a study are in a state; `isRepeated`: tried more than once. */
export type DeliveryCount = { readonly state: DeliveryState; readonly isRepeated: boolean; readonly number: number };

/** A study with the jobs of its present revision and the deliveries of all. */
export type ListedStudy = {
  readonly study: Study;
  readonly jobs: readonly ListedJob[];
  readonly deliveries: readonly DeliveryCount[];
};

/** The last study of the page before. */
export type PageEnd = { readonly lastInstanceAt: number; readonly studyKey: number };

/** `search`: an accession number or a Study Instance UID, whole. */
export type StudyListQuery = { readonly search: string; readonly after: PageEnd | null; readonly most: number };

/** `next` is null on the last page. */
export type StudyList = { readonly studies: readonly ListedStudy[]; readonly next: PageEnd | null };

/** A page of studies, at most `most`. A search has one page. */
export const studyList = (db: Database, query: StudyListQuery): Promise<StudyList> =>
  db.transact(async (tx) => {
    const found = (await matching(tx, query)).map(studyOf);
    const studies = found.slice(0, query.most);
    const keys = JSON.stringify(studies.map(({ studyKey }) => studyKey));
    const jobs = await tx.all(SQL.JOBS_OF_STUDIES, [keys]);
    const deliveries = await tx.all(SQL.DELIVERY_STATES_OF_STUDIES, [keys]);
    const last = studies.at(-1);
    return {
      studies: studies.map((study) => ({
        study,
        jobs: jobs.filter((row) => row['study_key'] === study.studyKey).map(listedJob),
        deliveries: deliveries.filter((row) => row['study_key'] === study.studyKey).map(deliveryCount),
      })),
      next: found.length > query.most && last !== undefined ? pageEnd(last) : null,
    };
  });

const pageEnd = ({ lastInstanceAt, studyKey }: Study): PageEnd => ({ lastInstanceAt, studyKey });

async function matching(tx: Transaction, { search, after, most }: StudyListQuery): Promise<readonly Row[]> {
  if (search === '') {
    const from = after ?? { lastInstanceAt: Number.MAX_SAFE_INTEGER, studyKey: Number.MAX_SAFE_INTEGER };
    return tx.all(SQL.STUDIES_PAGE, [from.lastInstanceAt, from.studyKey, most + 1]);
  }
  const byUid = await tx.all(SQL.STUDY_BY_UID, [search]);
  return byUid.length > 0 ? byUid : tx.all(SQL.STUDIES_BY_ACCESSION, [search, most]);
}

const listedJob = (row: Row): ListedJob => ({
  modelId: text(row, 'model_id'),
  modelVersion: text(row, 'model_version'),
  state: text(row, 'state') as JobState,
  reason: text(row, 'reason'),
  attempts: integer(row, 'attempts'),
  isReported: row['is_reported'] === 1,
});

const deliveryCount = (row: Row): DeliveryCount => ({
  state: text(row, 'state') as DeliveryState,
  isRepeated: row['is_repeated'] === 1,
  number: integer(row, 'number'),
});
