// Rendered studies for tests of delivery. In: a store and what each study's artifacts are. Out: rows in the outbox and files in the spool.
import { createHash } from 'node:crypto';
import type { DicomDestination, Hl7Destination, RetryPolicy } from '../../../src/contracts/delivery.ts';
import { claimDoneJob, claimQueuedJob, finishJob } from '../../../src/store/jobs.ts';
import { type NewArtifact, recordRendering } from '../../../src/store/outbox.ts';
import { type DeliveryOverview, studyOverviews } from '../../../src/store/overview.ts';
import { completeStudy, recordInstance } from '../../../src/store/studies.ts';
import { newInstance, planOf, type StoreForTest } from '../../support/store.ts';

const RETRY: RetryPolicy = { firstDelayMs: 1000, longestDelayMs: 60_000, mostAttempts: 5 };

export const EHR: Hl7Destination = {
  name: 'EHR',
  kind: 'hl7',
  host: '127.0.0.1',
  port: 1,
  tls: null,
  receivingApplication: 'RIS',
  receivingFacility: 'HOSP',
  sendingApplication: 'SONORELAY',
  sendingFacility: 'AI',
  version: '2.5.1',
  processingId: 'T',
  characterSet: 'UNICODE UTF-8',
  connectTimeoutMs: 5000,
  acknowledgementTimeoutMs: 5000,
  retry: RETRY,
};

export const PACS: DicomDestination = {
  name: 'PACS',
  kind: 'dicom',
  host: '127.0.0.1',
  port: 1,
  calledAeTitle: 'PACS',
  callingAeTitle: 'SONORELAY',
  tls: null,
  connectTimeoutMs: 5000,
  responseTimeoutMs: 5000,
  retry: RETRY,
};

export const messageOf = (controlId: string): string =>
  `MSH|^~\\&|SONORELAY|AI|RIS|HOSP|20261122101530+0000||ORU^R01^ORU_R01|${controlId}|T|2.5.1||||||UNICODE UTF-8\rPID|1||SIM^^^HOSP^MR||Žižka^Éva\r`;

const dicom = (study: number, kind: 'sr' | 'capture'): Omit<NewArtifact, 'spoolPath' | 'sha256'> => ({
  kind,
  sopClassUid: kind === 'sr' ? '1.2.840.10008.5.1.4.1.1.88.33' : '1.2.840.10008.5.1.4.1.1.7.4',
  sopInstanceUid: `2.25.${study}${kind === 'sr' ? 1 : 2}`,
  transferSyntaxUid: '1.2.840.10008.1.2.1',
  controlId: '',
  destinations: ['PACS'],
});

const oru = (controlId: string): Omit<NewArtifact, 'spoolPath' | 'sha256'> => ({
  kind: 'oru',
  sopClassUid: '',
  sopInstanceUid: '',
  transferSyntaxUid: '',
  controlId,
  destinations: ['EHR'],
});

type Rendered = { readonly artifact: Omit<NewArtifact, 'spoolPath' | 'sha256'>; readonly bytes: Buffer };

/** Study `study` as it stands after rendering these artifacts at `now`. */
async function rendered(
  store: Pick<StoreForTest, 'db' | 'spool'>,
  study: number,
  options: { readonly now: number; readonly artifacts: readonly Rendered[] },
): Promise<void> {
  const { now } = options;
  const claim = { owner: 'fixture', now, leaseMs: 1000 };
  const db = store.db();
  const recorded = await recordInstance(db, newInstance(study, 1), now);
  await completeStudy(db, recorded.study, planOf([recorded.instanceKey]), now);
  const queued = await claimQueuedJob(db, claim);
  await finishJob(db, queued?.jobKey ?? 0, { owner: 'fixture', resultPath: `results/${study}/result.json`, now });
  const job = await claimDoneJob(db, claim);
  if (job === null) throw new Error('The study has no job to render.');
  const artifacts = options.artifacts.map(({ artifact, bytes }, index) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { bytes, artifact: { ...artifact, sha256, spoolPath: `artifacts/${job.jobKey}/${index}` } };
  });
  for (const { artifact, bytes } of artifacts) await store.spool().writeFile(artifact.spoolPath, bytes);
  const rendering = { owner: 'fixture', artifacts: artifacts.map(({ artifact }) => artifact), now };
  if (!(await recordRendering(db, job, rendering))) throw new Error('The rendering was not recorded.');
}

/** A report and a capture for PACS, `messages` messages (M<study>-1, ...) for EHR. */
export function renderedStudy(
  store: Pick<StoreForTest, 'db' | 'spool'>,
  study: number,
  options: { now: number; messages: number },
): Promise<void> {
  const messages = Array.from({ length: options.messages }, (_, index) => oru(`M${study}-${index + 1}`));
  const artifacts = [dicom(study, 'sr'), dicom(study, 'capture'), ...messages].map((artifact) => ({
    artifact,
    bytes: Buffer.from(artifact.kind === 'oru' ? messageOf(artifact.controlId) : 'DICM'),
  }));
  return rendered(store, study, { now: options.now, artifacts });
}

/** The same FHIR transaction `copies` times, as REQ-1, REQ-2, ... for the destination `ehr-fhir`. */
export function renderedFhir(
  store: Pick<StoreForTest, 'db' | 'spool'>,
  study: number,
  options: { readonly now: number; readonly text: string; readonly copies?: number },
): Promise<void> {
  const { now, text, copies = 1 } = options;
  const artifacts = Array.from({ length: copies }, (_, index) => ({
    artifact: { ...oru(`REQ-${index + 1}`), kind: 'fhir' as const, destinations: ['ehr-fhir'] },
    bytes: Buffer.from(text),
  }));
  return rendered(store, study, { now, artifacts });
}

/** The deliveries of study `study` to a destination, in their order. */
export async function deliveriesOf(
  store: StoreForTest,
  study: number,
  destination: string,
): Promise<readonly DeliveryOverview[]> {
  const [overview] = await studyOverviews(store.db(), { studyInstanceUid: `1.2.3.${study}`, limit: 1 });
  return (overview?.deliveries ?? []).filter((delivery) => delivery.destination === destination);
}
