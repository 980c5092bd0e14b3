// The render step: takes a `done` job, writes its objects and messages into the spool and its rows into the ledger, and leaves it `rendered`.
// Everything that is written follows from the result file, the source header and the installation, never from the clock, so rendering after a
// crash writes the same bytes under the same UIDs.
import { createHash } from 'node:crypto';
import type { ArtifactKind, Destination, Hl7Destination } from '../contracts/delivery.ts';
import type { ResultOf } from '../contracts/finding.ts';
import type { StoredInstance } from '../contracts/instance.ts';
import type { Job } from '../contracts/job.ts';
import { attributesOf } from '../dicom/attributes.ts';
import { type Dataset, text } from '../dicom/dataset.ts';
import { openPart10 } from '../dicom/part10.ts';
import { part10 } from '../dicom/part10-write.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../dicom/transfer-syntaxes.ts';
import type { Clock } from '../kernel/clock.ts';
import { errorText, fault, faultRow, isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Turn } from '../kernel/loop.ts';
import type { Database } from '../store/database.ts';
import { claimDoneJob, parkJob } from '../store/jobs.ts';
import { type NewArtifact, recordRendering } from '../store/outbox.ts';
import { studyOverviews } from '../store/overview.ts';
import type { Spool } from '../store/spool.ts';
import { instancesByKey } from '../store/studies.ts';
import { captureReference, secondaryCapture } from './capture.ts';
import { captureFrames } from './capture-frames.ts';
import { pagesOf } from './capture-page.ts';
import { observationReport } from './oru.ts';
import { type Installation, outputSeriesUid } from './provenance.ts';
import { type EarlierReport, reportClass, structuredReport } from './sr.ts';
import { type OutputTemplate, openTemplate } from './templates.ts';

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
  /** Where a site keeps its own templates; the project's when not given. */
  readonly templatesFolder?: string;
  /** Minutes east of UTC at a time, for studies whose source names no zone; the machine's own when not given. */
  readonly offsetAt?: (epochMs: number) => number;
};

const machineOffset = (epochMs: number): number => -new Date(epochMs).getTimezoneOffset();

/** Reads the result of a job; Fault 'render-failed' when it is not one, or not of this job's study and revision. */
async function resultOf(job: Job, spool: RenderParts['spool']): Promise<ResultOf<'vascular-sec'>> {
  if (job.resultPath === null) throw fault('render-failed', 'The job is done and names no result.');
  const result = JSON.parse((await spool.readFile(job.resultPath)).toString('utf8')) as ResultOf<'vascular-sec'>;
  if (result.schema !== 2) throw fault('render-failed', 'The result has an unknown schema.');
  if (result.studyInstanceUid !== job.studyInstanceUid || result.revision !== job.revision) {
    throw fault('render-failed', 'The result belongs to another study or revision.');
  }
  return result;
}

async function headerOf(instance: StoredInstance, spool: RenderParts['spool']): Promise<Dataset> {
  const file = await openPart10(spool.absolute(instance.spoolPath));
  try {
    return attributesOf(file);
  } finally {
    await file.close();
  }
}

/** `image 12`: the number under which a viewer lists the instance. */
const namesOf = (instances: readonly StoredInstance[]): ReadonlyMap<string, string> =>
  new Map(
    instances.map(({ sopInstanceUid, instanceNumber }) => [
      sopInstanceUid,
      instanceNumber === null ? '' : `image ${instanceNumber}`,
    ]),
  );

/**
 * The report of the latest earlier revision that was handed on, by the ledger and not by derivation: a job of an earlier revision may have been
 * skipped or parked, and a predecessor that never existed must not be named.
 */
async function earlierReport(
  job: Job,
  result: ResultOf<'vascular-sec'>,
  parts: { readonly db: Database; readonly template: OutputTemplate },
): Promise<EarlierReport | null> {
  if (job.revision <= 1) return null;
  const overview = (await studyOverviews(parts.db, { studyInstanceUid: job.studyInstanceUid, limit: 1 }))[0];
  if (overview === undefined) return null;
  const revisions = new Map(
    overview.jobs
      .filter((one) => one.modelId === job.modelId && one.rule === job.rule && one.revision < job.revision)
      .map((one) => [one.jobKey, one.revision]),
  );
  const earlier = overview.deliveries
    .filter((delivery) => delivery.kind === 'sr' && revisions.has(delivery.jobKey))
    .sort((one, other) => (revisions.get(other.jobKey) ?? 0) - (revisions.get(one.jobKey) ?? 0))[0];
  if (earlier === undefined) return null;
  return {
    sopClassUid: reportClass(parts.template),
    sopInstanceUid: earlier.sopInstanceUid,
    seriesInstanceUid: outputSeriesUid(result, 'sr'),
  };
}

type Written = {
  readonly kind: ArtifactKind;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly attributes: Dataset;
  readonly controlId: string;
  readonly destinations: readonly string[];
};

/** Every object and message of a job, as bytes. A model whose reporting is off gives none. */
async function outputsOf(job: Job, parts: RenderParts): Promise<readonly Written[]> {
  const { spool, installation } = parts;
  const result = await resultOf(job, spool);
  const { run } = result;
  if (run.statement.reporting === 'off') return [];
  const template = await openTemplate({ id: run.modelId, family: run.modelFamily }, parts.templatesFolder);
  const instances = await instancesByKey(parts.db, job.instanceKeys);
  const first = instances[0];
  if (first === undefined) throw fault('render-failed', 'The job names no instance.');
  const source = await headerOf(first, spool);
  const pages = pagesOf(result);
  const common = { result, source, template, installation, offsetMinutes: (parts.offsetAt ?? machineOffset)(run.startedAt) };

  const capture = secondaryCapture({ ...common, pages });
  const frames = await captureFrames(pages, { result, template, names: namesOf(instances), read: spool.readFile });
  const framesOf = (section: ResultOf<'vascular-sec'>['sections'][number]): readonly number[] =>
    pages.flatMap((page, index) => (page.section === section ? [index + 1] : []));
  const reference = captureReference(result);
  const earlier = await earlierReport(job, result, { db: parts.db, template });
  const report = structuredReport({ ...common, pages: { ...reference, framesOf }, earlier });

  const hl7 = parts.destinations.filter(
    (one): one is Hl7Destination => one.kind === 'hl7' && job.destinations.includes(one.name),
  );
  // A destination that the configuration no longer names keeps its rows, where they are seen, rather than being dropped in silence.
  const dicom = job.destinations.filter((name) => !hl7.some((one) => one.name === name));
  const write = (attributes: Dataset, pixels?: readonly Uint8Array[]): Uint8Array =>
    part10({ attributes, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN, ...(pixels === undefined ? {} : { frames: pixels }) });
  return [
    { kind: 'sr', name: 'sr.dcm', bytes: write(report), attributes: report, controlId: '', destinations: dicom },
    {
      kind: 'capture',
      name: 'capture.dcm',
      bytes: write(capture, frames),
      attributes: capture,
      controlId: '',
      destinations: dicom,
    },
    ...hl7.map((destination): Written => {
      const { message, controlId } = observationReport({ ...common, destination });
      return {
        kind: 'oru',
        name: `oru-${controlId}.hl7`,
        bytes: Buffer.from(message, 'utf8'),
        attributes: {},
        controlId,
        destinations: [destination.name],
      };
    }),
  ];
}

const artifactOf = (output: Written, spoolPath: string): NewArtifact => ({
  kind: output.kind,
  sopClassUid: text(output.attributes, 'SOPClassUID'),
  sopInstanceUid: text(output.attributes, 'SOPInstanceUID'),
  transferSyntaxUid: output.kind === 'oru' ? '' : EXPLICIT_LITTLE_ENDIAN,
  controlId: output.controlId,
  spoolPath,
  sha256: createHash('sha256').update(output.bytes).digest('hex'),
  destinations: output.destinations,
});

/** Renders one job; throws what went wrong, with nothing recorded. */
async function render(job: Job, parts: RenderParts): Promise<void> {
  const began = parts.clock();
  const artifacts: NewArtifact[] = [];
  for (const output of await outputsOf(job, parts)) {
    const spoolPath = `artifacts/${job.jobKey}/${output.name}`;
    await parts.spool.writeFile(spoolPath, output.bytes);
    artifacts.push(artifactOf(output, spoolPath));
  }
  const now = parts.clock();
  if (!(await recordRendering(parts.db, job, { owner: parts.owner, artifacts, now }))) return;
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
