// Every hot SQL statement of the ledger, as a named constant. In: nothing. Out: texts with `?` for parameters.
// A move of a row is permitted by the tables of contracts/ and refused in the WHERE of its update: an update that changes no row did not move.
import { DELIVERY_MOVES } from '../contracts/delivery.ts';
import { JOB_MOVES } from '../contracts/job.ts';
import { STUDY_MOVES } from '../contracts/study.ts';
import { statesBefore } from './moves.ts';

// Studies and instances

export const INSTANCE_BY_UID = 'SELECT instance_key, study_key, sha256 FROM instance WHERE sop_instance_uid = ?';
export const ARTIFACT_BY_UID = 'SELECT study_key FROM artifact WHERE sop_instance_uid = ?';
export const STUDY_BY_UID = 'SELECT * FROM study WHERE study_instance_uid = ?';
export const STUDY_BY_KEY = 'SELECT * FROM study WHERE study_key = ?';
export const STUDY_INSERT = `
  INSERT INTO study (study_instance_uid, accession_number, state, revision, instance_count, calling_ae_title,
    first_instance_at, opened_at, last_instance_at, completed_at)
  VALUES (?, ?, 'open', ?, ?, ?, ?, ?, ?, NULL) RETURNING study_key`;
/** Parameters: accession number, revision, count, opened at, last instance at; key, revision and count as they were read. */
const STUDY_UPDATE = `
  UPDATE study SET accession_number = ?, state = 'open', revision = ?, instance_count = ?, opened_at = ?, last_instance_at = ?,
    completed_at = NULL
  WHERE study_key = ? AND revision = ? AND instance_count = ?`;
export const STUDY_GROW = `${STUDY_UPDATE} AND state = 'open'`;
export const STUDY_REOPEN = `${STUDY_UPDATE} AND state IN (${statesBefore(STUDY_MOVES, 'open')})`;
export const INSTANCE_INSERT = `
  INSERT INTO instance (study_key, sop_instance_uid, revision, spool_path, byte_length, sha256, calling_ae_title, received_at, header)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING instance_key`;
export const INSTANCES_OF_STUDY = 'SELECT * FROM instance WHERE study_key = ? ORDER BY instance_key';
export const INSTANCE_BY_KEY = 'SELECT * FROM instance WHERE instance_key = ?';
/** Parameters: latest last instance, latest opening, most. */
export const STUDIES_TO_COMPLETE = `
  SELECT * FROM study WHERE state = 'open' AND last_instance_at <= ?
  UNION SELECT * FROM study WHERE state = 'open' AND opened_at <= ?
  ORDER BY last_instance_at, study_key LIMIT ?`;
/** The guard is the study as it was planned on: one instance more, and it does not freeze. */
export const STUDY_COMPLETE = `
  UPDATE study SET state = 'complete', completed_at = ?
  WHERE study_key = ? AND revision = ? AND instance_count = ? AND last_instance_at = ?
    AND state IN (${statesBefore(STUDY_MOVES, 'complete')})`;
export const EARLIER_STEPS = `
  SELECT model_id, model_version, revision, instance_keys FROM job WHERE study_key = ? AND revision < ? AND state <> 'skipped'
  ORDER BY revision, job_key`;

// Jobs

export const JOB_INSERT = `
  INSERT INTO job (study_key, revision, model_id, model_version, rule, instance_keys, destinations, state, attempts, due_at, owner,
    reason, detail, result_path, timings, queued_at, started_at, finished_at, rendered_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, NULL, ?, ?, NULL, NULL, ?, NULL, NULL, NULL) RETURNING job_key`;
export const JOB_BY_KEY = `
  SELECT job.*, study.study_instance_uid, study.accession_number FROM job JOIN study ON study.study_key = job.study_key
  WHERE job.job_key = ?`;
/** An earlier revision of the same model goes first, so that its results never arrive after those that supersede them. */
const NO_EARLIER_REVISION = `
  NOT EXISTS (SELECT 1 FROM job AS earlier WHERE earlier.study_key = job.study_key AND earlier.model_id = job.model_id
    AND earlier.revision < job.revision AND earlier.state IN ('queued', 'running', 'done'))`;
/** Parameters: owner, lease end, now, now. */
export const JOB_CLAIM = `
  UPDATE job SET state = 'running', owner = ?, due_at = ?, started_at = ?, attempts = attempts + 1
  WHERE job_key = (
    SELECT job_key FROM job WHERE state IN ('queued', 'running') AND due_at <= ? AND ${NO_EARLIER_REVISION}
    ORDER BY due_at, job_key LIMIT 1)
    AND state IN (${statesBefore(JOB_MOVES, 'running')})
  RETURNING job_key`;
/** A person takes back another result of the study and model: what takes it back goes first, or it would take back what comes now. */
const NONE_RETRACTING = `
  NOT EXISTS (SELECT 1 FROM job AS other WHERE other.study_key = job.study_key AND other.model_id = job.model_id AND other.state = 'retracting')`;
/**
 * One of whose study and model a message is on its way waits: only then is it known whether the next one corrects it. A lease that ran out keeps nobody
 * waiting. Parameters: owner, lease end, now, now.
 */
export const JOB_CLAIM_DONE = `
  UPDATE job SET owner = ?, due_at = ?
  WHERE job_key = (
    SELECT job_key FROM job WHERE state = 'done' AND due_at <= ?
      AND NOT EXISTS (SELECT 1 FROM job AS earlier JOIN artifact ON artifact.job_key = earlier.job_key AND artifact.kind = 'oru'
        JOIN delivery ON delivery.artifact_key = artifact.artifact_key AND delivery.state = 'sending' AND delivery.due_at > ?
        WHERE earlier.study_key = job.study_key AND earlier.model_id = job.model_id)
      AND ${NONE_RETRACTING}
    ORDER BY due_at, job_key LIMIT 1)
    AND state = 'done'
  RETURNING job_key`;
/** Back to be rendered anew. Parameters: now; job key, owner. */
export const JOB_RENDER_AGAIN = `UPDATE job SET owner = NULL, due_at = ? WHERE job_key = ? AND owner = ? AND state = 'done'`;
export const JOB_EXTEND = `UPDATE job SET due_at = ? WHERE job_key = ? AND owner = ? AND state IN ('running', 'done')`;
export const JOB_FINISH = `
  UPDATE job SET state = 'done', owner = NULL, due_at = ?, finished_at = ?, result_path = ?, timings = ?, reason = '', detail = ''
  WHERE job_key = ? AND owner = ? AND state IN (${statesBefore(JOB_MOVES, 'done')})`;
/** `parked` is left out: a job that waits for a person has no owner, and goes back by JOB_REQUEUE. */
export const JOB_RETRY = `
  UPDATE job SET state = 'queued', owner = NULL, due_at = ?, detail = ?, attempts = attempts - ?
  WHERE job_key = ? AND owner = ? AND state = 'running' AND state IN (${statesBefore(JOB_MOVES, 'queued')})`;
export const JOB_PARK = `
  UPDATE job SET state = 'parked', owner = NULL, due_at = ?, reason = ?, detail = ?
  WHERE job_key = ? AND owner = ? AND state IN (${statesBefore(JOB_MOVES, 'parked')})`;
export const JOB_RENDERED = `
  UPDATE job SET state = 'rendered', owner = NULL, due_at = ?, rendered_at = ?
  WHERE job_key = ? AND owner = ? AND state IN (${statesBefore(JOB_MOVES, 'rendered')}) AND ${NONE_RETRACTING}`;
const UNTOLD = `job.state IN ('skipped', 'parked') AND NOT EXISTS (SELECT 1 FROM artifact WHERE artifact.job_key = job.job_key)`;
/** From the recent studies to their jobs: there is an index on those alone. Parameters: last instance at the earliest; reasons of skips, other reasons than of parkings, keys to leave out, each as a JSON list. */
export const JOB_UNTOLD = `
  SELECT job.*, study.study_instance_uid, study.accession_number FROM study CROSS JOIN job ON job.study_key = study.study_key
  WHERE ${UNTOLD} AND study.last_instance_at >= ? AND study.state = 'complete' AND study.revision = job.revision
    AND CASE job.state
      WHEN 'skipped' THEN job.reason IN (SELECT value FROM json_each(?))
      ELSE job.reason NOT IN (SELECT value FROM json_each(?)) END
    AND job.job_key NOT IN (SELECT value FROM json_each(?))
  ORDER BY job.due_at, job.job_key LIMIT 1`;
export const JOB_STILL_UNTOLD = `SELECT 1 FROM job WHERE job_key = ? AND ${UNTOLD}`;
/** No later revision of the model was planned, whose results it would overtake. */
const JOB_IS_NEWEST = `
  NOT EXISTS (SELECT 1 FROM job AS later WHERE later.study_key = job.study_key AND later.model_id = job.model_id
    AND later.revision > job.revision AND later.state <> 'skipped')`;
/** By a person's hand. */
export const JOB_REQUEUE = `
  UPDATE job SET state = 'queued', owner = NULL, due_at = ?, attempts = 0, reason = '', detail = ''
  WHERE job_key = ? AND state = 'parked' AND state IN (${statesBefore(JOB_MOVES, 'queued')}) AND ${JOB_IS_NEWEST}`;
/** Parameters: reason, now; job key. */
export const JOB_RETRACT = `
  UPDATE job SET state = 'retracting', owner = NULL, reason = ?, due_at = ?
  WHERE job_key = ? AND state = 'rendered' AND state IN (${statesBefore(JOB_MOVES, 'retracting')})`;
/** One of which something is under way waits: only then is it known who has it. Parameters: owner, lease end, now. */
export const JOB_CLAIM_RETRACTING = `
  UPDATE job SET owner = ?, due_at = ?
  WHERE job_key = (
    SELECT job_key FROM job WHERE state = 'retracting' AND due_at <= ?
      AND NOT EXISTS (SELECT 1 FROM artifact JOIN delivery ON delivery.artifact_key = artifact.artifact_key
        WHERE artifact.job_key = job.job_key AND delivery.state = 'sending')
    ORDER BY due_at, job_key LIMIT 1)
    AND state = 'retracting'
  RETURNING job_key, reason`;
export const JOB_RETRACTED = `
  UPDATE job SET state = 'retracted', owner = NULL, due_at = ?
  WHERE job_key = ? AND owner = ? AND state IN (${statesBefore(JOB_MOVES, 'retracted')}) AND state = 'retracting'`;
/** What was never sent is not sent any more. */
export const DELIVERIES_WITHDRAW = `
  UPDATE delivery SET state = 'withdrawn', owner = NULL
  WHERE artifact_key IN (SELECT artifact_key FROM artifact WHERE job_key = ?)
    AND state IN ('queued', 'parked', 'refused') AND state IN (${statesBefore(DELIVERY_MOVES, 'withdrawn')})`;
export const DELIVERY_HELD = `SELECT 1 FROM delivery WHERE delivery_key = ? AND owner = ? AND state = 'sending'`;
/** Parameters: outcome kind, code, words; delivery key, owner. */
export const DELIVERY_REPLACE = `
  UPDATE delivery SET state = 'withdrawn', owner = NULL, outcome_kind = ?, outcome_code = ?, outcome_words = ?
  WHERE delivery_key = ? AND owner = ? AND state = 'sending' AND state IN (${statesBefore(DELIVERY_MOVES, 'withdrawn')})`;
/** What a destination has of a job, or may have: an attempt whose outcome is not known may have been taken (DELIVERY_SETTLE keeps that in mind).
 * `is_superseded`: one of the same kind of a later revision stands in its place there, or is on its way. */
export const ARTIFACTS_TRIED = `
  SELECT artifact.*, delivery.destination, EXISTS (
      SELECT 1 FROM job AS mine JOIN job AS later_job ON later_job.study_key = mine.study_key AND later_job.model_id = mine.model_id
        AND later_job.revision > mine.revision
      JOIN artifact AS later ON later.job_key = later_job.job_key AND later.kind = artifact.kind
      JOIN delivery AS newer ON newer.artifact_key = later.artifact_key AND newer.destination = delivery.destination
      WHERE mine.job_key = artifact.job_key AND (newer.state IN ('queued', 'sending', 'sent') OR newer.outcome_kind = 'ambiguous')
    ) AS is_superseded
  FROM delivery JOIN artifact ON artifact.artifact_key = delivery.artifact_key
  WHERE artifact.job_key = ? AND artifact.kind <> 'rejection'
    AND (delivery.state = 'sent' OR delivery.outcome_kind IN ('accepted', 'ambiguous'))
  ORDER BY delivery.delivery_key`;
export const JOB_STUDY = 'SELECT study_key, model_id FROM job WHERE job_key = ?';

// Artifacts and deliveries

/** Parameters: job key, path, digest. */
export const ARTIFACT_WRITTEN = 'SELECT artifact_key FROM artifact WHERE job_key = ? AND spool_path = ? AND sha256 = ?';
export const ARTIFACT_INSERT = `
  INSERT INTO artifact (job_key, study_key, kind, sop_class_uid, sop_instance_uid, transfer_syntax_uid, control_id, spool_path, sha256)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING artifact_key`;
export const DELIVERY_INSERT = `
  INSERT INTO delivery (artifact_key, study_key, destination, state, commitment, attempts, due_at, owner, queued_at)
  VALUES (?, ?, ?, 'queued', 'none', 0, ?, NULL, ?)`;
/**
 * The study whose delivery has been due longest. What a destination gets of one study keeps its order, so a delivery waits for
 * the unsettled ones before it. The `+` keeps SQLite from looking for them by due time, through all studies, instead of by study.
 * Parameters: destination, now, now.
 */
export const DELIVERY_STUDY_DUE = `
  SELECT study_key FROM delivery WHERE destination = ? AND state IN ('queued', 'sending') AND due_at <= ?
    AND NOT EXISTS (SELECT 1 FROM delivery AS before WHERE before.study_key = delivery.study_key
      AND before.destination = delivery.destination AND before.delivery_key < delivery.delivery_key
      AND before.state IN ('queued', 'sending') AND +before.due_at > ?)
  ORDER BY due_at, delivery_key LIMIT 1`;
export const DELIVERIES_UNSETTLED = `
  SELECT delivery_key, due_at FROM delivery WHERE study_key = ? AND destination = ? AND state IN ('queued', 'sending')
  ORDER BY delivery_key LIMIT ?`;
/** One that is taken over from an owner who came to no end may have arrived. Parameters: owner, lease end, now; delivery key, now. */
export const DELIVERY_CLAIM = `
  UPDATE delivery SET state = 'sending', owner = ?, due_at = ?, tried_at = ?, attempts = attempts + 1,
    outcome_kind = CASE state WHEN 'sending' THEN 'ambiguous' ELSE outcome_kind END,
    outcome_code = CASE state WHEN 'sending' THEN COALESCE(outcome_code, '') ELSE outcome_code END,
    outcome_words = CASE state WHEN 'sending' THEN COALESCE(outcome_words, '') ELSE outcome_words END
  WHERE delivery_key = ? AND due_at <= ? AND state IN (${statesBefore(DELIVERY_MOVES, 'sending')})`;
export const DELIVERY_BY_KEY = `
  SELECT delivery.delivery_key, delivery.destination, delivery.state, delivery.attempts, artifact.* FROM delivery
  JOIN artifact ON artifact.artifact_key = delivery.artifact_key WHERE delivery.delivery_key = ?`;
/** Reports of a job that a destination has, oldest first. Parameters: job key, destination. */
export const REPORTS_SENT = `
  SELECT artifact.* FROM artifact JOIN delivery ON delivery.artifact_key = artifact.artifact_key
  WHERE artifact.job_key = ? AND artifact.kind = 'sr' AND delivery.destination = ? AND delivery.state = 'sent'
  ORDER BY delivery.delivery_key`;
export const DELIVERY_EXTEND = `UPDATE delivery SET due_at = ? WHERE delivery_key = ? AND owner = ? AND state = 'sending'`;
/** Words and code are of the last attempt; but once the peer may have acted, it stays so until it accepts. */
const settle = (state: 'sent' | 'queued' | 'parked' | 'refused'): string => `
  UPDATE delivery SET state = '${state}', owner = NULL, due_at = ?,
    outcome_kind = ${state === 'sent' ? '?' : "CASE outcome_kind WHEN 'ambiguous' THEN outcome_kind ELSE ? END"},
    outcome_code = ?, outcome_words = ?, sent_at = ?
  WHERE delivery_key = ? AND owner = ? AND state = 'sending' AND state IN (${statesBefore(DELIVERY_MOVES, state)})`;
/** Parameters: due at, outcome kind, code, words, sent at; delivery key, owner. */
export const DELIVERY_SETTLE = {
  sent: settle('sent'),
  queued: settle('queued'),
  parked: settle('parked'),
  refused: settle('refused'),
} as const;
/**
 * A message is refused when the message of a later revision was sent: a receiver would take the older result for the newest. An older object
 * harms nothing: the later one names it as its predecessor.
 */
const DELIVERY_IS_NEWEST = `
  NOT EXISTS (
    SELECT 1 FROM artifact AS mine JOIN job AS my_job ON my_job.job_key = mine.job_key
    JOIN job AS later_job ON later_job.study_key = my_job.study_key AND later_job.model_id = my_job.model_id
      AND later_job.revision > my_job.revision
    JOIN artifact AS later ON later.job_key = later_job.job_key AND later.kind = mine.kind
    JOIN delivery AS sent ON sent.artifact_key = later.artifact_key AND sent.destination = delivery.destination
      AND sent.state IN ('sending', 'sent')
    WHERE mine.artifact_key = delivery.artifact_key AND mine.kind IN ('oru', 'fhir'))`;
export const DELIVERY_REQUEUE = `
  UPDATE delivery SET state = 'queued', owner = NULL, due_at = ?, attempts = 0
  WHERE delivery_key = ? AND state IN ('parked', 'refused') AND state IN (${statesBefore(DELIVERY_MOVES, 'queued')})
    AND ${DELIVERY_IS_NEWEST}`;
const UNSENT = `state IN ('queued', 'parked', 'refused') AND outcome_kind IS NOT 'ambiguous'`;
/** Whether the delivery never reached its destination. */
export const DELIVERY_UNSENT = `SELECT 1 FROM delivery WHERE delivery_key = ? AND ${UNSENT}`;
/** Parameters: words, delivery key. */
export const DELIVERY_SUPERSEDE = `
  UPDATE delivery SET state = 'withdrawn', owner = NULL, outcome_kind = COALESCE(outcome_kind, 'transient'), outcome_code = '', outcome_words = ?
  WHERE delivery_key = ? AND ${UNSENT} AND state IN (${statesBefore(DELIVERY_MOVES, 'withdrawn')})`;
export const DELIVERY_STUDY = `
  SELECT delivery.study_key, delivery.destination, artifact.kind FROM delivery
  JOIN artifact ON artifact.artifact_key = delivery.artifact_key WHERE delivery.delivery_key = ?`;
export const DELIVERY_NEXT_DUE = `SELECT MIN(due_at) AS due_at FROM delivery WHERE destination = ? AND state IN ('queued', 'sending')`;

// The start of a node

/** Times that lie ahead of `now`, brought back to it; each takes `now` twice. */
export const BRING_FORWARD: readonly string[] = [
  `UPDATE study SET last_instance_at = ? WHERE state = 'open' AND last_instance_at > ?`,
  `UPDATE study SET opened_at = ? WHERE state = 'open' AND opened_at > ?`,
  `UPDATE job SET due_at = ? WHERE state IN ('queued', 'running') AND due_at > ?`,
  `UPDATE job SET due_at = ? WHERE state = 'done' AND due_at > ?`,
  `UPDATE job SET due_at = ? WHERE state = 'retracting' AND due_at > ?`,
  `UPDATE delivery SET due_at = ? WHERE state IN ('queued', 'sending') AND due_at > ?`,
];
/** Parameters: the configured names as a JSON array. */
export const DESTINATION_UNCONFIGURED = `
  SELECT destination FROM delivery WHERE state IN ('queued', 'sending')
    AND destination NOT IN (SELECT value FROM json_each(?)) LIMIT 1`;

// Files and history

export const NAMED_BY_INSTANCE = 'SELECT 1 FROM instance WHERE spool_path = ?';
export const NAMED_BY_ARTIFACT = 'SELECT 1 FROM artifact WHERE spool_path = ?';
export const NAMED_BY_JOB = 'SELECT 1 FROM job WHERE job_key = ?';
export const HISTORY_INSERT = 'INSERT INTO history (study_key, at, what, detail) VALUES (?, ?, ?, ?)';

// Overview

export const STUDIES_BY_ACCESSION = 'SELECT * FROM study WHERE accession_number = ? ORDER BY last_instance_at DESC LIMIT ?';
export const STUDY_BY_ARTIFACT = `
  SELECT study.* FROM study JOIN artifact ON artifact.study_key = study.study_key WHERE artifact.sop_instance_uid = ?`;
export const STUDIES_RECENT = 'SELECT * FROM study ORDER BY last_instance_at DESC LIMIT ?';
export const JOBS_OF_STUDY = 'SELECT * FROM job WHERE study_key = ? ORDER BY job_key';
export const DELIVERIES_OF_STUDY = `
  SELECT delivery.*, artifact.job_key, artifact.kind, artifact.sop_instance_uid, artifact.control_id, artifact.spool_path FROM delivery
  JOIN artifact ON artifact.artifact_key = delivery.artifact_key WHERE delivery.study_key = ? ORDER BY delivery.delivery_key`;
export const HISTORY_OF_STUDY = 'SELECT at, what, detail FROM history WHERE study_key = ? ORDER BY history_key';

// Console: bounded in what they read, because they run in the process that receives

/** Parameters: last instance at and key of the study before, most. */
export const STUDIES_PAGE = `
  SELECT * FROM study WHERE (last_instance_at, study_key) < (?, ?) ORDER BY last_instance_at DESC, study_key DESC LIMIT ?`;
/** Jobs of the present revision of some studies. Parameters: the keys as a JSON list. */
export const JOBS_OF_STUDIES = `
  SELECT job.study_key, job.model_id, job.model_version, job.state, job.reason, job.attempts,
    EXISTS (SELECT 1 FROM artifact WHERE artifact.job_key = job.job_key) AS is_reported
  FROM json_each(?) AS wanted CROSS JOIN study ON study.study_key = wanted.value
  JOIN job ON job.study_key = study.study_key AND job.revision = study.revision ORDER BY job.job_key`;
export const DELIVERY_STATES_OF_STUDIES = `
  SELECT delivery.study_key, delivery.state, delivery.attempts > 1 AS is_repeated, COUNT(*) AS number
  FROM json_each(?) AS wanted CROSS JOIN delivery ON delivery.study_key = wanted.value GROUP BY 1, 2, 3`;
export const JOB_RECORDS_OF_STUDY = `
  SELECT job.*, study.study_instance_uid, study.accession_number FROM job JOIN study ON study.study_key = job.study_key
  WHERE job.study_key = ? ORDER BY job.job_key`;
export const ARTIFACTS_OF_STUDY = 'SELECT * FROM artifact WHERE study_key = ? ORDER BY artifact_key';
/** Parameters: artifact key, study key. */
export const ARTIFACT_IN_STUDY = 'SELECT * FROM artifact WHERE artifact_key = ? AND study_key = ?';
/** Parameters: study key, most. */
export const FIRST_INSTANCES_OF_STUDY = 'SELECT * FROM instance WHERE study_key = ? ORDER BY instance_key LIMIT ?';
/** Latest first. Parameters: study key, most. */
export const LATEST_HISTORY_OF_STUDY = `
  SELECT at, what, detail FROM history WHERE study_key = ? ORDER BY history_key DESC LIMIT ?`;
/** What `sonorelay retry` would take up. Parameters: most. */
export const JOBS_FOR_A_PERSON = `
  SELECT job.*, study.study_instance_uid, study.accession_number FROM job JOIN study ON study.study_key = job.study_key
  WHERE job.state = 'parked' AND ${JOB_IS_NEWEST} ORDER BY job.due_at DESC LIMIT ?`;
export const DELIVERIES_FOR_A_PERSON = `
  SELECT delivery.*, artifact.kind, artifact.sop_class_uid, study.study_instance_uid, study.accession_number
  FROM delivery JOIN artifact ON artifact.artifact_key = delivery.artifact_key JOIN study ON study.study_key = delivery.study_key
  WHERE delivery.state IN ('parked', 'refused') AND ${DELIVERY_IS_NEWEST} ORDER BY delivery.due_at DESC LIMIT ?`;
/** Parameters: most of each. */
export const NUMBER_FOR_A_PERSON = `
  SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE job.state = 'parked' AND ${JOB_IS_NEWEST} LIMIT ?))
    + (SELECT COUNT(*) FROM (SELECT 1 FROM delivery WHERE delivery.state IN ('parked', 'refused') AND ${DELIVERY_IS_NEWEST} LIMIT ?))
    AS number`;
/** Parameters: most that are counted. */
export const DELIVERIES_FOR_A_PERSON_BY_DESTINATION = `
  SELECT destination, state, COUNT(*) AS number
  FROM (SELECT destination, state FROM delivery WHERE state IN ('parked', 'refused') LIMIT ?) GROUP BY destination, state`;
/** Parameters: destination, most that are counted. */
export const DELIVERIES_OPEN_OF_DESTINATION = `
  SELECT COUNT(*) AS number FROM (SELECT 1 FROM delivery WHERE destination = ? AND state IN ('queued', 'sending') LIMIT ?)`;
/** Those due first were never tried; those due last were, or are under way. Parameters: destination, most. */
export const DELIVERIES_OPEN_FIRST = `
  SELECT * FROM delivery WHERE destination = ? AND state IN ('queued', 'sending') ORDER BY due_at LIMIT ?`;
export const DELIVERIES_OPEN_LAST = `
  SELECT * FROM delivery WHERE destination = ? AND state IN ('queued', 'sending') ORDER BY due_at DESC LIMIT ?`;
/** Parameters: destination, sent at the earliest. */
export const DELIVERIES_SENT_SINCE = `
  SELECT COUNT(*) AS number FROM delivery WHERE destination = ? AND state = 'sent' AND sent_at >= ?`;
export const DELIVERY_SENT_LAST = `SELECT MAX(sent_at) AS sent_at FROM delivery WHERE destination = ? AND state = 'sent'`;
/** What a destination did not take and got in a simpler form, latest first. Parameters: destination, tried at the earliest, most. */
export const DELIVERIES_REPLACED = `
  SELECT delivery.tried_at, delivery.outcome_words, artifact.kind, artifact.sop_class_uid
  FROM delivery JOIN artifact ON artifact.artifact_key = delivery.artifact_key
  WHERE delivery.destination = ? AND delivery.state = 'withdrawn' AND delivery.outcome_code = 'context-refused' AND delivery.tried_at >= ?
  ORDER BY delivery.tried_at DESC LIMIT ?`;
/** The last that a destination refused for good. Parameters: destination. */
export const DELIVERY_REFUSED_LAST = `
  SELECT * FROM delivery WHERE destination = ? AND state IN ('parked', 'refused') ORDER BY due_at DESC LIMIT 1`;
