// A job taken from its result to rows in the outbox, as the node does it, in a store of a test. In: a result. Out: the job's key; artifacts are in the spool.
import type { Destination, DicomDestination } from '../../src/contracts/delivery.ts';
import type { AnalysisResult } from '../../src/contracts/finding.ts';
import type { Dataset } from '../../src/dicom/dataset.ts';
import { part10 } from '../../src/dicom/part10-write.ts';
import { type RenderParts, renderJobs } from '../../src/report/render.ts';
import { claimQueuedJob, finishJob } from '../../src/store/jobs.ts';
import { completeStudy, loadStudy, recordInstance } from '../../src/store/studies.ts';
import { readCapture } from './capture-fixtures.ts';
import { INSTALLATION, readFixture, SOURCE_HEADER, STUDY_UID } from './report-fixture.ts';
import { newInstance, planOf, type StoreForTest } from './store.ts';

/** An archive at a port of this machine, tried twice at once. */
export const archiveAt = (name: string, port: number, more: Partial<DicomDestination> = {}): DicomDestination => ({
  name,
  kind: 'dicom',
  host: '127.0.0.1',
  port,
  calledAeTitle: 'PACS',
  callingAeTitle: 'SONORELAY',
  tls: null,
  connectTimeoutMs: 60_000,
  responseTimeoutMs: 60_000,
  retry: { firstDelayMs: 1, longestDelayMs: 1, mostAttempts: 3 },
  ...more,
});

/** Every picture and map that a result names. */
const pathsIn = (value: unknown): readonly string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, inner]) =>
        (name === 'picturePath' || name === 'mapPath') && typeof inner === 'string' ? [inner] : pathsIn(inner),
      );

/** Adds image `number` to the study, which opens a revision, and renders `result` for all destinations at the time `now`. */
export async function renderedJob(
  store: StoreForTest,
  facts: {
    readonly result: AnalysisResult;
    readonly destinations: readonly Destination[];
    readonly number: number;
    readonly now: number;
    readonly more?: Partial<RenderParts>;
  },
): Promise<number> {
  const { result, destinations, number, now } = facts;
  const db = store.db();
  const spool = store.spool();
  const instance = newInstance(1, number, { studyInstanceUid: STUDY_UID, spoolPath: `studies/1/${number}.dcm` });
  const attributes: Dataset = { ...SOURCE_HEADER, SOPClassUID: instance.sopClassUid, SOPInstanceUID: instance.sopInstanceUid };
  await spool.writeFile(instance.spoolPath, part10({ attributes, transferSyntaxUid: '1.2.840.10008.1.2.1' }));
  const { study, instanceKey } = await recordInstance(db, instance, now);
  const opened = await loadStudy(db, study.studyKey);
  if (opened === null) throw new Error('no study');
  const names = destinations.map(({ name }) => name);
  await completeStudy(db, opened, planOf([instanceKey], names), now);
  const job = await claimQueuedJob(db, { owner: 'test', now, leaseMs: 1000 });
  if (job === null) throw new Error('no job');
  const read = result.family === 'vascular-sec' ? readFixture : readCapture;
  for (const spoolPath of new Set(pathsIn(result))) await spool.writeFile(spoolPath, await read(spoolPath));
  const resultPath = `results/${job.jobKey}/result.json`;
  await spool.writeFile(resultPath, Buffer.from(JSON.stringify({ ...result, revision: job.revision })));
  await finishJob(db, job.jobKey, { owner: 'test', resultPath, now });
  await renderJobs({
    db,
    spool,
    clock: () => now,
    owner: 'test',
    leaseMs: 60_000,
    destinations,
    installation: INSTALLATION,
    log: () => undefined,
    onRendered: () => undefined,
    offsetAt: () => 0,
    ...facts.more,
  })(new AbortController().signal);
  return job.jobKey;
}
