// Studies and instances: what arrived, what is complete. In: headers, plans, keys. Out: records of contracts/.
import type { InstanceHeader, StoredInstance } from '../contracts/instance.ts';
import type { AnalysisPlan, EarlierStep } from '../contracts/plan.ts';
import type { CompletionPolicy, Study } from '../contracts/study.ts';
import { fault } from '../kernel/errors.ts';
import { foldInstance, type StudyFacts } from './assembly.ts';
import type { Database, Transaction } from './database.ts';
import { note } from './history.ts';
import { instanceOf, integer, studyOf, text } from './rows.ts';
import * as SQL from './statements.ts';

/** An instance whose bytes lie in the spool, durably, under `spoolPath`. */
export type NewInstance = InstanceHeader & {
  readonly spoolPath: string;
  readonly byteLength: number;
  /** SHA-256 of the data set as sent, lower-case hexadecimal. */
  readonly sha256: string;
  readonly callingAeTitle: string;
};

/**
 * `repeated`: the same UID and bytes are stored already. `differs`: the same UID with other bytes is, and stays. `own`: it is an artifact
 * that this node made and holds; were it a late instance, an archive that sends its studies here would have every report analysed for ever.
 */
export type Recorded = {
  readonly outcome: 'stored' | 'repeated' | 'differs' | 'own';
  readonly study: Study;
  /** Key of the instance that is stored under this UID; null for `own`. */
  readonly instanceKey: number | null;
};

/**
 * Writes the instance and its study in one transaction; a late instance reopens the study at the next revision. Only the outcome `stored`
 * wrote anything. `now` in epoch ms.
 */
export const recordInstance = (db: Database, instance: NewInstance, now: number): Promise<Recorded> =>
  db.transact(async (tx) => {
    const known = await tx.get(SQL.INSTANCE_BY_UID, [instance.sopInstanceUid]);
    if (known !== undefined) {
      const study = await requireStudy(tx, integer(known, 'study_key'));
      const outcome = text(known, 'sha256') === instance.sha256 ? 'repeated' : 'differs';
      return { outcome, study, instanceKey: integer(known, 'instance_key') };
    }
    const own = await tx.get(SQL.ARTIFACT_BY_UID, [instance.sopInstanceUid]);
    if (own !== undefined) {
      return { outcome: 'own', study: await requireStudy(tx, integer(own, 'study_key')), instanceKey: null };
    }
    const study = await joinStudy(tx, instance, now);
    const inserted = await tx.get(SQL.INSTANCE_INSERT, [
      study.studyKey,
      instance.sopInstanceUid,
      study.revision,
      instance.spoolPath,
      instance.byteLength,
      instance.sha256,
      instance.callingAeTitle,
      now,
      JSON.stringify(headerOf(instance)),
    ]);
    if (inserted === undefined) throw fault('store-failed', 'The instance got no key.');
    return { outcome: 'stored', study, instanceKey: integer(inserted, 'instance_key') };
  });

async function joinStudy(tx: Transaction, instance: NewInstance, now: number): Promise<Study> {
  const row = await tx.get(SQL.STUDY_BY_UID, [instance.studyInstanceUid]);
  const before = row === undefined ? null : studyOf(row);
  const { studyInstanceUid, accessionNumber, callingAeTitle } = instance;
  const facts = foldInstance(before, { studyInstanceUid, accessionNumber, callingAeTitle }, now);
  if (before === null) {
    const studyKey = await insertStudy(tx, facts);
    await note(tx, { studyKey, at: now, what: 'study-opened', detail: `from ${callingAeTitle}` });
    return { ...facts, studyKey };
  }
  const { studyKey } = before;
  const moved = await tx.run(before.state === 'open' ? SQL.STUDY_GROW : SQL.STUDY_REOPEN, [
    facts.accessionNumber,
    facts.revision,
    facts.instanceCount,
    facts.openedAt,
    facts.lastInstanceAt,
    studyKey,
    before.revision,
    before.instanceCount,
  ]);
  if (moved !== 1) throw fault('move-not-permitted', `Study ${studyKey} from ${before.state}.`);
  if (before.state === 'complete') {
    await note(tx, { studyKey, at: now, what: 'study-reopened', detail: `revision ${facts.revision}` });
  }
  return { ...facts, studyKey };
}

/**
 * Reopens a complete study at its next revision without a new image, so that it is planned anew with the models as they are; its quiet time counts from
 * its last image, so it is due at once. The next revision, or null when the study is not complete. `now` in epoch ms.
 */
export const reopenStudy = (db: Database, studyKey: number, now: number): Promise<number | null> =>
  db.transact(async (tx) => {
    const study = await requireStudy(tx, studyKey);
    if (study.state !== 'complete') return null;
    const { accessionNumber, instanceCount, lastInstanceAt } = study;
    const revision = study.revision + 1;
    const guard = [studyKey, study.revision, instanceCount];
    const moved = await tx.run(SQL.STUDY_REOPEN, [accessionNumber, revision, instanceCount, now, lastInstanceAt, ...guard]);
    if (moved !== 1) throw fault('move-not-permitted', `Study ${studyKey} from ${study.state}.`);
    await note(tx, { studyKey, at: now, what: 'study-reopened', detail: `revision ${revision}, asked for` });
    return revision;
  });

async function insertStudy(tx: Transaction, facts: StudyFacts): Promise<number> {
  const inserted = await tx.get(SQL.STUDY_INSERT, [
    facts.studyInstanceUid,
    facts.accessionNumber,
    facts.revision,
    facts.instanceCount,
    facts.callingAeTitle,
    facts.firstInstanceAt,
    facts.openedAt,
    facts.lastInstanceAt,
  ]);
  if (inserted === undefined) throw fault('store-failed', 'The study got no key.');
  return integer(inserted, 'study_key');
}

/** Only the header's own fields: whatever else a caller's object carries stays out of the ledger. */
const headerOf = (instance: NewInstance): InstanceHeader => ({
  sopClassUid: instance.sopClassUid,
  sopInstanceUid: instance.sopInstanceUid,
  studyInstanceUid: instance.studyInstanceUid,
  seriesInstanceUid: instance.seriesInstanceUid,
  transferSyntaxUid: instance.transferSyntaxUid,
  accessionNumber: instance.accessionNumber,
  modality: instance.modality,
  bodyPartExamined: instance.bodyPartExamined,
  studyDescription: instance.studyDescription,
  seriesDescription: instance.seriesDescription,
  protocolName: instance.protocolName,
  imageComments: instance.imageComments,
  viewName: instance.viewName,
  laterality: instance.laterality,
  anatomicRegion: instance.anatomicRegion,
  viewCode: instance.viewCode,
  imageType: instance.imageType,
  instanceNumber: instance.instanceNumber,
  numberOfFrames: instance.numberOfFrames,
  rows: instance.rows,
  columns: instance.columns,
  manufacturer: instance.manufacturer,
  manufacturerModelName: instance.manufacturerModelName,
});

async function requireStudy(tx: Transaction, studyKey: number): Promise<Study> {
  const row = await tx.get(SQL.STUDY_BY_KEY, [studyKey]);
  if (row === undefined) throw fault('store-failed', `Study ${studyKey} is not in the ledger.`);
  return studyOf(row);
}

/** Open studies that are quiet or open for too long at `now`, longest quiet first, at most `limit`. */
export const studiesToComplete = (
  db: Database,
  policy: CompletionPolicy,
  now: number,
  limit: number,
): Promise<readonly Study[]> =>
  db.transact(async (tx) =>
    (await tx.all(SQL.STUDIES_TO_COMPLETE, [now - policy.quietMs, now - policy.longestMs, limit])).map(studyOf),
  );

/**
 * Freezes the study at its revision and queues one job per step and one skipped row per skip, in one transaction.
 * False, and nothing written, when the study is not as `study` says any more: an instance came meanwhile, or another node was first.
 */
export const completeStudy = (db: Database, study: Study, plan: AnalysisPlan, now: number): Promise<boolean> =>
  db.transact(async (tx) => {
    const { studyKey, revision } = study;
    const frozen = await tx.run(SQL.STUDY_COMPLETE, [now, studyKey, revision, study.instanceCount, study.lastInstanceAt]);
    if (frozen !== 1) return false;
    await note(tx, {
      studyKey,
      at: now,
      what: 'study-complete',
      detail: `revision ${revision}, ${study.instanceCount} instances`,
    });
    for (const step of plan.steps) {
      const keys = JSON.stringify(step.instanceKeys);
      const destinations = JSON.stringify(step.destinations);
      const job = [studyKey, revision, step.modelId, step.modelVersion, step.rule, keys, destinations];
      await tx.get(SQL.JOB_INSERT, [...job, 'queued', now, '', '', now]);
      await note(tx, { studyKey, at: now, what: 'job-queued', detail: step.modelId });
    }
    for (const skip of plan.skipped) {
      const job = [studyKey, revision, skip.modelId, '', skip.rule ?? '', '[]', '[]'];
      await tx.get(SQL.JOB_INSERT, [...job, 'skipped', now, skip.reason, skip.sentence, now]);
      await note(tx, { studyKey, at: now, what: 'job-skipped', detail: `${skip.modelId}: ${skip.reason}` });
    }
    return true;
  });

/** The steps that revisions before `revision` planned, oldest first. */
export const earlierSteps = (db: Database, studyKey: number, revision: number): Promise<readonly EarlierStep[]> =>
  db.transact(async (tx) =>
    (await tx.all(SQL.EARLIER_STEPS, [studyKey, revision])).map((row) => ({
      modelId: text(row, 'model_id'),
      modelVersion: text(row, 'model_version'),
      revision: integer(row, 'revision'),
      instanceKeys: JSON.parse(text(row, 'instance_keys')) as number[],
    })),
  );

export const loadStudy = (db: Database, studyKey: number): Promise<Study | null> =>
  db.transact(async (tx) => {
    const row = await tx.get(SQL.STUDY_BY_KEY, [studyKey]);
    return row === undefined ? null : studyOf(row);
  });

/** Every stored instance of the study, in the order of arrival. */
export const instancesOf = (db: Database, studyKey: number): Promise<readonly StoredInstance[]> =>
  db.transact(async (tx) => (await tx.all(SQL.INSTANCES_OF_STUDY, [studyKey])).map(instanceOf));

/** The instances of `keys`, in that order; a key that no row has is left out. */
export const instancesByKey = (db: Database, keys: readonly number[]): Promise<readonly StoredInstance[]> =>
  db.transact(async (tx) => {
    const found: StoredInstance[] = [];
    for (const key of keys) {
      const row = await tx.get(SQL.INSTANCE_BY_KEY, [key]);
      if (row !== undefined) found.push(instanceOf(row));
    }
    return found;
  });

const RESULT_FILE = /^results\/(\d{1,15})\//;

/** True when a row names the file, or the job whose result folder it lies in. For the sweep of the spool at the start. */
export const spoolPathIsNamed = (db: Database, spoolPath: string): Promise<boolean> =>
  db.transact(async (tx) => {
    const jobKey = RESULT_FILE.exec(spoolPath)?.[1];
    if (jobKey !== undefined) return (await tx.get(SQL.NAMED_BY_JOB, [Number(jobKey)])) !== undefined;
    if ((await tx.get(SQL.NAMED_BY_INSTANCE, [spoolPath])) !== undefined) return true;
    return (await tx.get(SQL.NAMED_BY_ARTIFACT, [spoolPath])) !== undefined;
  });
