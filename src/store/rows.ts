// Rows of the ledger as records of contracts/. In: a Row. Out: plain data. A column that is not of its type is a broken ledger and throws.
import type { Artifact, ArtifactKind, Delivery, DeliveryState } from '../contracts/delivery.ts';
import type { InstanceHeader, StoredInstance } from '../contracts/instance.ts';
import type { Job, JobState } from '../contracts/job.ts';
import type { Study, StudyState } from '../contracts/study.ts';
import { fault } from '../kernel/errors.ts';
import type { Row } from './database.ts';

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw fault('store-failed', `Column ${column} is not a text.`);
  return value;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw fault('store-failed', `Column ${column} is not a number.`);
  return value;
}

export const textOrNull = (row: Row, column: string): string | null => (row[column] === null ? null : text(row, column));
export const integerOrNull = (row: Row, column: string): number | null => (row[column] === null ? null : integer(row, column));

export const studyOf = (row: Row): Study => ({
  studyKey: integer(row, 'study_key'),
  studyInstanceUid: text(row, 'study_instance_uid'),
  accessionNumber: text(row, 'accession_number'),
  state: text(row, 'state') as StudyState,
  revision: integer(row, 'revision'),
  instanceCount: integer(row, 'instance_count'),
  callingAeTitle: text(row, 'calling_ae_title'),
  firstInstanceAt: integer(row, 'first_instance_at'),
  openedAt: integer(row, 'opened_at'),
  lastInstanceAt: integer(row, 'last_instance_at'),
  completedAt: integerOrNull(row, 'completed_at'),
});

export const instanceOf = (row: Row): StoredInstance => ({
  ...(JSON.parse(text(row, 'header')) as InstanceHeader),
  instanceKey: integer(row, 'instance_key'),
  studyKey: integer(row, 'study_key'),
  revision: integer(row, 'revision'),
  spoolPath: text(row, 'spool_path'),
  byteLength: integer(row, 'byte_length'),
  sha256: text(row, 'sha256'),
  callingAeTitle: text(row, 'calling_ae_title'),
  receivedAt: integer(row, 'received_at'),
});

/** Of a job row joined with its study. */
export const jobOf = (row: Row): Job => ({
  jobKey: integer(row, 'job_key'),
  studyKey: integer(row, 'study_key'),
  studyInstanceUid: text(row, 'study_instance_uid'),
  accessionNumber: text(row, 'accession_number'),
  revision: integer(row, 'revision'),
  modelId: text(row, 'model_id'),
  modelVersion: text(row, 'model_version'),
  rule: text(row, 'rule'),
  instanceKeys: JSON.parse(text(row, 'instance_keys')) as number[],
  destinations: JSON.parse(text(row, 'destinations')) as string[],
  state: text(row, 'state') as JobState,
  attempts: integer(row, 'attempts'),
  reason: text(row, 'reason'),
  resultPath: textOrNull(row, 'result_path'),
});

export const artifactOf = (row: Row): Artifact => ({
  artifactKey: integer(row, 'artifact_key'),
  jobKey: integer(row, 'job_key'),
  studyKey: integer(row, 'study_key'),
  kind: text(row, 'kind') as ArtifactKind,
  sopClassUid: text(row, 'sop_class_uid'),
  sopInstanceUid: text(row, 'sop_instance_uid'),
  transferSyntaxUid: text(row, 'transfer_syntax_uid'),
  controlId: text(row, 'control_id'),
  spoolPath: text(row, 'spool_path'),
  sha256: text(row, 'sha256'),
});

/** Of a delivery row joined with its artifact. */
export const deliveryOf = (row: Row): Delivery => ({
  deliveryKey: integer(row, 'delivery_key'),
  artifact: artifactOf(row),
  destination: text(row, 'destination'),
  state: text(row, 'state') as DeliveryState,
  attempts: integer(row, 'attempts'),
});
