// Moves jobs on. In: queued jobs of the ledger. Out: a result in the spool and the job `done`; or queued again, or parked, by what went wrong.
import type { Analyse, AnalysisAnswer, AnalysisInput, AnalysisLimits, AnalysisRequest } from '../contracts/analyser.ts';
import type { StoredInstance } from '../contracts/instance.ts';
import type { Job } from '../contracts/job.ts';
import type { Clock } from '../kernel/clock.ts';
import { type Fault, fault, faultRow, isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Turn } from '../kernel/loop.ts';
import type { Database } from '../store/database.ts';
import { claimQueuedJob, extendJobLease, finishJob, parkJob, retryJob } from '../store/jobs.ts';
import type { Spool } from '../store/spool.ts';
import { instancesByKey } from '../store/studies.ts';

export type AnalysisParts = {
  readonly db: Database;
  readonly spool: Pick<Spool, 'absolute'>;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  readonly limits: AnalysisLimits;
  readonly analyse: Analyse;
  /** Whether frames are kept to be played as cines; not when it is not given. */
  readonly keepCines?: boolean;
  readonly log: Log;
  /** Told after a job is done: a hint for the next stage. */
  readonly onDone: () => void;
};

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** A full disk is emptied by people or by nobody: asking more often would only analyse for nothing. */
const FULL_DISK_PAUSE_MS = 30_000;
/** Attempts beyond the allowed ones that restarts of the node may use up. */
const MOST_INTERRUPTED = 2;

/** Folder of a job's result, relative to the spool folder. */
const resultFolderOf = (jobKey: number): string => `results/${jobKey}`;

function inputOf(instance: StoredInstance, spool: AnalysisParts['spool']): AnalysisInput {
  const {
    instanceKey: _key,
    studyKey: _study,
    revision: _revision,
    spoolPath,
    byteLength,
    sha256,
    callingAeTitle: _peer,
    receivedAt: _at,
    ...header
  } = instance;
  return { header, path: spool.absolute(spoolPath), byteLength, sha256 };
}

async function requestOf(job: Job, parts: AnalysisParts): Promise<AnalysisRequest> {
  const instances = await instancesByKey(parts.db, job.instanceKeys);
  if (instances.length !== job.instanceKeys.length) {
    throw fault('move-not-permitted', `the job names ${job.instanceKeys.length} instances, the ledger has ${instances.length}`);
  }
  return {
    jobKey: job.jobKey,
    studyInstanceUid: job.studyInstanceUid,
    revision: job.revision,
    modelId: job.modelId,
    inputs: instances.map((instance) => inputOf(instance, parts.spool)),
    resultFolder: resultFolderOf(job.jobKey),
    limits: parts.limits,
    keepCines: parts.keepCines === true,
  };
}

/** Runs `work` while the job's lease is kept alive; when the lease is lost, the signal aborts. */
async function underLease<T>(job: Job, parts: AnalysisParts, work: (lost: AbortSignal) => Promise<T>): Promise<T> {
  const lost = new AbortController();
  let keeping: Promise<void> = Promise.resolve();
  const keep = async (): Promise<void> => {
    try {
      const held = await extendJobLease(parts.db, job.jobKey, { owner: parts.owner, until: parts.clock() + parts.leaseMs });
      if (!held) lost.abort();
    } catch (error) {
      // The ledger did not answer: as good as lost, since another node may take the job when the lease ends.
      parts.log('loop.failed', { loop: 'analyse', code: isFault(error) ? error.code : 'store-failed' });
      lost.abort();
    }
  };
  const timer = setInterval(() => {
    keeping = keep();
  }, parts.leaseMs / 3);
  try {
    return await work(lost.signal);
  } finally {
    clearInterval(timer);
    await keeping;
  }
}

/** Doubling pause before the next attempt. */
export const pauseBefore = (attempt: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, attempt - 1));

/** Queues the job again or parks it. A job that is not ours any more is left to whoever took its lease. */
async function settleFault(
  job: Job,
  parts: AnalysisParts,
  failure: { readonly problem: Fault; readonly stopping: boolean },
): Promise<void> {
  const { db, owner, log } = parts;
  const { problem, stopping } = failure;
  const { disposition } = faultRow(problem.code);
  const isFull = problem.code === 'spool-full';
  const blameless = isFull || (stopping && problem.code === 'analyser-crashed');
  const mayPass = disposition === 'transient' || disposition === 'ambiguous';
  const again = mayPass && (stopping || blameless || job.attempts < parts.maxAttempts);
  const now = parts.clock();
  const told = {
    study: job.studyKey,
    job: job.jobKey,
    model: job.modelId,
    attempt: job.attempts,
    code: problem.code,
    detail: problem.detail,
  };
  if (again) {
    const notBefore = stopping ? now : now + (isFull ? FULL_DISK_PAUSE_MS : pauseBefore(job.attempts));
    const { code, detail } = problem;
    const queued = await retryJob(db, job.jobKey, { owner, notBefore, code, detail, now, blameless });
    if (queued) log('job.failed', told);
    return;
  }
  if (await parkJob(db, job.jobKey, { owner, code: problem.code, detail: problem.detail, now })) log('job.parked', told);
}

async function settleAnswer(job: Job, parts: AnalysisParts, answer: AnalysisAnswer): Promise<void> {
  const { decodeMs, preprocessMs, inferMs, provider, sections, skipped, resultPath } = answer;
  const timings = { decodeMs, preprocessMs, inferMs };
  const done = await finishJob(parts.db, job.jobKey, { owner: parts.owner, resultPath, timings, now: parts.clock() });
  // Not ours any more: whoever took the lease writes the same result.
  if (!done) return;
  const { studyKey: study, jobKey, modelId: model } = job;
  parts.log('job.done', { study, job: jobKey, model, ...timings, provider, sections, skipped });
  parts.onDone();
}

/**
 * One turn: claims a job, has it analysed, settles it. A job under way is finished when the loop is stopped; ending the analyser
 * pool ends it sooner, and then it is queued again.
 */
export function analyseJobs(parts: AnalysisParts): Turn {
  return async (stop) => {
    const job = await claimQueuedJob(parts.db, { owner: parts.owner, now: parts.clock(), leaseMs: parts.leaseMs });
    if (job === null) return false;
    parts.log('job.started', { study: job.studyKey, job: job.jobKey, model: job.modelId, attempt: job.attempts });
    if (job.attempts > parts.maxAttempts + MOST_INTERRUPTED) {
      // Only a node that ends with the job in its hands uses up so many: the job may be what ends it.
      const problem = fault('analyser-crashed', `the node ended during ${job.attempts - 1} attempts`);
      await settleFault(job, parts, { problem, stopping: false });
      return true;
    }
    let answer: AnalysisAnswer;
    try {
      const request = await requestOf(job, parts);
      answer = await underLease(job, parts, (lost) => parts.analyse(request, lost));
    } catch (error) {
      if (!isFault(error)) throw error;
      await settleFault(job, parts, { problem: error, stopping: stop.aborted });
      return true;
    }
    await settleAnswer(job, parts, answer);
    return true;
  };
}
