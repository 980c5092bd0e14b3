// The tables, as numbered steps. In: an open SQLite connection. Out: the same at the newest schema, or Fault 'store-newer'.
// A step that was released is never edited; a change is a new step. No column holds a patient's name, id or birth date:
// those stay in the spooled objects.
import type { DatabaseSync } from 'node:sqlite';
import { fault } from '../kernel/errors.ts';

// `due_at` is one clock for two meanings: when a queued row may be taken, and when the lease of a taken row runs out.
// So "what can be claimed now" is one comparison on one partial index.
const LEDGER = `
CREATE TABLE study (
  study_key INTEGER PRIMARY KEY,
  study_instance_uid TEXT NOT NULL UNIQUE,
  accession_number TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'complete')),
  revision INTEGER NOT NULL,
  instance_count INTEGER NOT NULL,
  calling_ae_title TEXT NOT NULL,
  first_instance_at INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  last_instance_at INTEGER NOT NULL,
  completed_at INTEGER
);
CREATE INDEX study_open_quiet ON study (last_instance_at) WHERE state = 'open';
CREATE INDEX study_open_long ON study (opened_at) WHERE state = 'open';
CREATE INDEX study_recent ON study (last_instance_at);
CREATE INDEX study_accession ON study (accession_number);

CREATE TABLE instance (
  instance_key INTEGER PRIMARY KEY,
  study_key INTEGER NOT NULL REFERENCES study (study_key),
  sop_instance_uid TEXT NOT NULL UNIQUE,
  revision INTEGER NOT NULL,
  spool_path TEXT NOT NULL UNIQUE,
  byte_length INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  calling_ae_title TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  header TEXT NOT NULL
);
CREATE INDEX instance_study ON instance (study_key);

CREATE TABLE job (
  job_key INTEGER PRIMARY KEY,
  study_key INTEGER NOT NULL REFERENCES study (study_key),
  revision INTEGER NOT NULL,
  model_id TEXT NOT NULL,
  model_version TEXT NOT NULL,
  rule TEXT NOT NULL,
  instance_keys TEXT NOT NULL,
  destinations TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'rendered', 'parked', 'skipped', 'retracting', 'retracted')),
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  owner TEXT,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  result_path TEXT,
  timings TEXT,
  queued_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  rendered_at INTEGER,
  UNIQUE (study_key, model_id, revision, rule)
);
CREATE INDEX job_analyse_due ON job (due_at) WHERE state IN ('queued', 'running');
CREATE INDEX job_render_due ON job (due_at) WHERE state = 'done';
CREATE INDEX job_retract_due ON job (due_at) WHERE state = 'retracting';

CREATE TABLE artifact (
  artifact_key INTEGER PRIMARY KEY,
  job_key INTEGER NOT NULL REFERENCES job (job_key),
  study_key INTEGER NOT NULL REFERENCES study (study_key),
  kind TEXT NOT NULL CHECK (kind IN ('sr', 'capture', 'oru', 'fhir', 'rejection', 'key-images')),
  sop_class_uid TEXT NOT NULL,
  sop_instance_uid TEXT NOT NULL,
  transfer_syntax_uid TEXT NOT NULL,
  control_id TEXT NOT NULL,
  spool_path TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL
);
CREATE INDEX artifact_job ON artifact (job_key);
CREATE INDEX artifact_study ON artifact (study_key);
CREATE INDEX artifact_uid ON artifact (sop_instance_uid);

CREATE TABLE delivery (
  delivery_key INTEGER PRIMARY KEY,
  artifact_key INTEGER NOT NULL REFERENCES artifact (artifact_key),
  study_key INTEGER NOT NULL REFERENCES study (study_key),
  destination TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'parked', 'refused', 'withdrawn')),
  commitment TEXT NOT NULL CHECK (commitment IN ('none', 'requested', 'confirmed', 'failed', 'overdue')),
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  owner TEXT,
  outcome_kind TEXT,
  outcome_code TEXT,
  outcome_words TEXT,
  queued_at INTEGER NOT NULL,
  tried_at INTEGER,
  sent_at INTEGER,
  UNIQUE (artifact_key, destination)
);
CREATE INDEX delivery_due ON delivery (destination, due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX delivery_order ON delivery (study_key, destination, delivery_key);

CREATE TABLE history (
  history_key INTEGER PRIMARY KEY,
  study_key INTEGER NOT NULL REFERENCES study (study_key),
  at INTEGER NOT NULL,
  what TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX history_study ON history (study_key, history_key);
`;

/** What the console looks for: what waits for a person, what was sent of late, what went in a simpler form. */
const CONSOLE = `
CREATE INDEX job_person ON job (due_at) WHERE state = 'parked';
CREATE INDEX delivery_person ON delivery (due_at, destination, state) WHERE state IN ('parked', 'refused');
CREATE INDEX delivery_sent ON delivery (destination, sent_at) WHERE state = 'sent';
CREATE INDEX delivery_replaced ON delivery (destination, tried_at) WHERE state = 'withdrawn' AND outcome_code = 'context-refused';
`;

/** Step n brings a ledger from `user_version` n to n + 1. */
const MIGRATIONS: readonly string[] = [LEDGER, CONSOLE];

/** The schema this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

const versionOf = (connection: DatabaseSync): number =>
  Number(connection.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);

/** Throws Fault 'store-newer' when a newer program wrote this ledger; resolves with its schema version. */
export function checkVersion(connection: DatabaseSync): number {
  const version = versionOf(connection);
  if (version > SCHEMA_VERSION) throw fault('store-newer', `It has schema ${version}; this node knows ${SCHEMA_VERSION}.`);
  return version;
}

/** Brings the ledger to SCHEMA_VERSION, each step in a transaction of its own. */
export function migrate(connection: DatabaseSync): void {
  const first = checkVersion(connection);
  for (const [step, sql] of MIGRATIONS.entries()) {
    if (step < first) continue;
    connection.exec(`BEGIN IMMEDIATE; ${sql} PRAGMA user_version = ${step + 1}; COMMIT;`);
  }
}
