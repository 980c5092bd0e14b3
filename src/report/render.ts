// The render step: takes a `done` job, writes its objects and messages into the spool and its rows into the ledger, and leaves it `rendered`.
// Everything that is written follows from the result file, the source header and the installation, never from the clock, so rendering after a
// crash writes the same bytes under the same UIDs.
import type { Destination, Hl7Destination } from '../contracts/delivery.ts';
import type { AnalysisResult } from '../contracts/finding.ts';
import type { StoredInstance } from '../contracts/instance.ts';
import type { Job } from '../contracts/job.ts';
import type { Clock } from '../kernel/clock.ts';
import { errorText, fault, faultRow, isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Turn } from '../kernel/loop.ts';
import type { Database } from '../store/database.ts';
import { claimDoneJob, parkJob } from '../store/jobs.ts';
import { recordRendering } from '../store/outbox.ts';
import type { Spool } from '../store/spool.ts';
import { instancesByKey } from '../store/studies.ts';
import { captureOutputs } from './capture-outputs.ts';
import { earlierMessages } from './earlier-messages.ts';
import { earlierReports, NOT_RELIABLE, NOTICE, REPORT, wasReported } from './earlier-report.ts';
import { fhirOutputs } from './fhir-outputs.ts';
import { keyImages } from './key-images.ts';
import { observationReport } from './oru.ts';
import type { Installation } from './provenance.ts';
import { formsOf } from './report-forms.ts';
import { notReliableReport, reportClass, structuredReport } from './sr.ts';
import { contentOf, speaks } from './statements.ts';
import { openTemplate } from './templates.ts';
import { told } from './told.ts';
import { headerOf, messageTo, type Output, object, type Written, writeOutputs } from './written.ts';

export type RenderParts = {
  readonly db: Database;
  readonly spool: Pick<Spool, 'absolute' | 'readFile' | 'writeFile'>;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseMs: number;
  readonly destinations: readonly Destination[];
  readonly installation: Installation;
  readonly log: Log;
  /** Told after the rows are committed; the names are the job's destinations. */
  readonly onRendered: (destinations: readonly string[]) => void;
  /** Where a site keeps its own templates; what is not there, and all when it is null, is the project's. */
  readonly templatesFolder?: string | null;
  /** Whether a result without any statement is reported; not when it is not given. */
  readonly notAnalysed?: boolean;
  /** Whether the frames that statements rest on are marked with a key object selection; not when it is not given. */
  readonly keyImages?: boolean;
  /** Minutes east of UTC at a time, for studies whose source names no zone; the machine's own when not given. */
  readonly offsetAt?: (epochMs: number) => number;
};

const machineOffset = (epochMs: number): number => -new Date(epochMs).getTimezoneOffset();

/** Reads the result of a job; Fault 'render-failed' when it is not one, or not of this job's study and revision. */
async function resultOf(job: Job, spool: RenderParts['spool']): Promise<AnalysisResult> {
  if (job.resultPath === null) throw fault('render-failed', 'The job is done and names no result.');
  const result = JSON.parse((await spool.readFile(job.resultPath)).toString('utf8')) as AnalysisResult;
  if (result.schema !== 2) throw fault('render-failed', 'The result has an unknown schema.');
  if (result.studyInstanceUid !== job.studyInstanceUid || result.revision !== job.revision) {
    throw fault('render-failed', 'The result belongs to another study or revision.');
  }
  return result;
}

/** `image 12`: the number under which a viewer lists the instance. */
const namesOf = (instances: readonly StoredInstance[]): ReadonlyMap<string, string> =>
  new Map(
    instances.map(({ sopInstanceUid, instanceNumber }) => [
      sopInstanceUid,
      instanceNumber === null ? '' : `image ${instanceNumber}`,
    ]),
  );

/** What is written for a job, and the keys of deliveries of earlier messages that are not to be made any more. */
type Rendering = { readonly outputs: readonly Output[]; readonly supersedes: readonly number[] };
const NOTHING: Rendering = { outputs: [], supersedes: [] };

/** Every object and message of a job, as bytes. A model that only helps others, or whose reporting is off, gives none. */
async function renderingOf(job: Job, parts: RenderParts): Promise<Rendering> {
  const { spool, installation, db } = parts;
  const result = told(await resultOf(job, spool));
  const { run } = result;
  if (!speaks(result.family) || run.statement.reporting === 'off') return NOTHING;
  const template = await openTemplate({ id: run.modelId, family: run.modelFamily }, parts.templatesFolder);
  // What was reported before is superseded in any case; else the site decides whether it wants to hear that there is nothing.
  const { statements } = contentOf(result, template);
  if (statements.length === 0 && parts.notAnalysed !== true && !(await wasReported(job, db))) return NOTHING;
  const instances = await instancesByKey(db, job.instanceKeys);
  const first = instances[0];
  if (first === undefined) throw fault('render-failed', 'The job names no instance.');
  const source = await headerOf(first, spool);
  const common = { result, source, template, installation, offsetMinutes: (parts.offsetAt ?? machineOffset)(run.startedAt) };

  const selection = parts.keyImages === true ? keyImages({ ...common, statements, notice: run.notice }) : null;

  const own = parts.destinations.filter((one) => job.destinations.includes(one.name) && one.kind !== 'dicom');
  const hl7 = own.filter((one): one is Hl7Destination => one.kind === 'hl7');
  // A destination that the configuration no longer names keeps its rows, where they are seen, rather than being dropped in silence.
  const destinations = job.destinations.filter((name) => !own.some((one) => one.name === name));
  const messages: Written[] = [];
  const supersedes: number[] = [];
  for (const destination of hl7) {
    const { texts, unsent } = await earlierMessages(job, destination.name, { db, spool });
    messages.push(messageTo(destination, observationReport({ ...common, destination, earlier: texts })));
    supersedes.push(...unsent);
  }
  const captures = captureOutputs({
    ...common,
    statements,
    names: namesOf(instances),
    read: spool.readFile,
    destinations,
    configured: parts.destinations,
  });
  const reportParts = { ...common, pages: captures.pages };
  const earlier = await earlierReports(job, [REPORT, NOTICE], { db, spool });
  const notReliableEarlier = await earlierReports(job, [NOT_RELIABLE], { db, spool });
  const forms = {
    sopClassUid: reportClass(template),
    names: destinations,
    destinations: parts.destinations,
    instead: captures.instead,
  };
  const outputs: readonly Output[] = [
    ...formsOf(REPORT, { ...forms, make: () => structuredReport({ ...reportParts, earlier }) }),
    ...formsOf(NOT_RELIABLE, {
      ...forms,
      make: () => notReliableReport({ ...reportParts, earlier: notReliableEarlier }),
    }),
    ...captures.written,
    ...(selection === null ? [] : [object('key-images', 'key-images.dcm', { attributes: selection, destinations })]),
    ...messages,
    ...(await fhirOutputs(job, common, { db, spool, destinations: own })),
  ];
  return { outputs, supersedes };
}

/** Renders one job; throws what went wrong, with nothing recorded. */
async function render(job: Job, parts: RenderParts): Promise<void> {
  const began = parts.clock();
  const { outputs, supersedes } = await renderingOf(job, parts);
  const artifacts = await writeOutputs(job, outputs, parts.spool);
  const now = parts.clock();
  if (!(await recordRendering(parts.db, job, { owner: parts.owner, artifacts, supersedes, now }))) return;
  parts.log('job.rendered', { study: job.studyKey, job: job.jobKey, artifacts: artifacts.length, renderMs: now - began });
  parts.onRendered(job.destinations);
}

/** A full disk or a busy ledger passes; whatever else went wrong would go wrong again, so a person is told. */
async function settleFailure(job: Job, error: unknown, parts: RenderParts): Promise<void> {
  if (isFault(error) && faultRow(error.code).disposition === 'transient') throw error;
  const code = isFault(error) ? error.code : 'render-failed';
  // Only the words of our own faults are free of values from the source.
  const detail = isFault(error) ? error.detail : error instanceof Error ? error.name : 'unknown';
  await parkJob(parts.db, job.jobKey, {
    owner: parts.owner,
    code,
    detail: isFault(error) ? detail : errorText(error),
    now: parts.clock(),
  });
  parts.log('job.parked', { study: job.studyKey, job: job.jobKey, model: job.modelId, attempt: job.attempts, code, detail });
}

/** The turn of the render loop: one done job to its artifacts and deliveries. A job that cannot be rendered is parked, never lost. */
export function renderJobs(parts: RenderParts): Turn {
  return async () => {
    const { db, owner, leaseMs } = parts;
    const job = await claimDoneJob(db, { owner, now: parts.clock(), leaseMs });
    if (job === null) return false;
    try {
      await render(job, parts);
    } catch (error) {
      await settleFailure(job, error, parts);
    }
    return true;
  };
}
