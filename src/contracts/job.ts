// One job: one model over one study revision; its states and permitted moves. Types and one table.

/** `running` jobs hold a lease; a lease that ran out is taken again. `parked` waits for a person, with its reason. `skipped` never ran, with its reason.
 * `retracting` and `retracted`: reported, and taken back by a person. */
export type JobState = 'queued' | 'running' | 'done' | 'rendered' | 'parked' | 'skipped' | 'retracting' | 'retracted';

/** Why a person took a result back: the rejection notes of IHE IOCM for quality and for patient safety. */
export type RetractionReason = 'quality' | 'safety';

export const JOB_MOVES: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ['running', 'parked'],
  running: ['running', 'queued', 'done', 'parked'],
  done: ['rendered', 'parked'],
  rendered: ['retracting'],
  parked: ['queued'],
  skipped: [],
  retracting: ['retracting', 'retracted'],
  retracted: [],
};

export type Job = {
  readonly jobKey: number;
  readonly studyKey: number;
  readonly studyInstanceUid: string;
  readonly accessionNumber: string;
  readonly revision: number;
  readonly modelId: string;
  readonly modelVersion: string;
  readonly rule: string;
  readonly instanceKeys: readonly number[];
  readonly destinations: readonly string[];
  readonly state: JobState;
  readonly attempts: number;
  /** Reason of a parked or skipped job, else empty. */
  readonly reason: string;
  /** Result file relative to the spool folder, once done. */
  readonly resultPath: string | null;
};
