// An archive that does not take the SOP class of the report: DCMTK's storescp, told which classes to accept.
import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { statusText } from '../../src/commands/status.ts';
import type { DicomDestination } from '../../src/contracts/delivery.ts';
import { deliverTo } from '../../src/delivery/deliver.ts';
import { text } from '../../src/dicom/dataset.ts';
import { part10 } from '../../src/dicom/part10-write.ts';
import { dimseSender } from '../../src/edge/dimse-scu.ts';
import { structuredReport } from '../../src/report/sr.ts';
import { simplerForm } from '../../src/report/sr-simpler.ts';
import { claimDoneJob, claimQueuedJob, finishJob } from '../../src/store/jobs.ts';
import { recordRendering } from '../../src/store/outbox.ts';
import { type StudyOverview, studyOverviews } from '../../src/store/overview.ts';
import { completeStudy, recordInstance } from '../../src/store/studies.ts';
import { runTool, startTool } from '../support/dcmtk.ts';
import { RESULT } from '../support/report-fixture.ts';
import { reportParts } from '../support/report-objects.ts';
import { newInstance, planOf, type StoreForTest, storeForTest } from '../support/store.ts';

const NOW = 1_000_000;
const UNCOMPRESSED = '1.2.840.10008.1.2.1';

let store: StoreForTest;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  store = await storeForTest();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await store.end();
});

/** A study whose report waits for the archive. */
async function reported(): Promise<void> {
  const db = store.db();
  const recorded = await recordInstance(db, newInstance(1, 1), NOW);
  await completeStudy(db, recorded.study, planOf([recorded.instanceKey]), NOW);
  const claim = { owner: 'test', now: NOW, leaseMs: 1000 };
  const queued = await claimQueuedJob(db, claim);
  await finishJob(db, queued?.jobKey ?? 0, { owner: 'test', resultPath: 'results/1/result.json', now: NOW });
  const job = await claimDoneJob(db, claim);
  if (job === null) throw new Error('no job');
  const attributes = structuredReport(reportParts(RESULT));
  const bytes = part10({ attributes, transferSyntaxUid: UNCOMPRESSED });
  await store.spool().writeFile('artifacts/1/sr.dcm', bytes);
  const artifact = {
    kind: 'sr' as const,
    sopClassUid: text(attributes, 'SOPClassUID'),
    sopInstanceUid: text(attributes, 'SOPInstanceUID'),
    transferSyntaxUid: UNCOMPRESSED,
    controlId: '',
    spoolPath: 'artifacts/1/sr.dcm',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    destinations: ['PACS'],
  };
  await recordRendering(db, job, { owner: 'test', artifacts: [artifact], now: NOW });
}

/** Sends all there is to an archive that takes the given storage classes alone; resolves with what it holds and what the ledger says. */
async function sendTo(
  ...classes: readonly string[]
): Promise<{ readonly held: readonly string[]; readonly overview: StudyOverview }> {
  const archive = path.join(store.folder, 'archive');
  await mkdir(archive);
  const profile = path.join(store.folder, 'profile.cfg');
  const contexts = classes.map((name, index) => `PresentationContext${index + 1} = ${name}\\Plain`).join('\n');
  await writeFile(
    profile,
    `[[TransferSyntaxes]]\n[Plain]\nTransferSyntax1 = LittleEndianExplicit\n[[PresentationContexts]]\n[Taken]\n${contexts}\n[[Profiles]]\n[Archive]\nPresentationContexts = Taken\n`,
  );
  const peer = await startTool('storescp', (port) => ['-xf', profile, 'Archive', '-od', archive, String(port)]);
  stops.push(peer.stop);
  const destination: DicomDestination = {
    name: 'PACS',
    kind: 'dicom',
    host: '127.0.0.1',
    port: peer.port,
    calledAeTitle: 'PACS',
    callingAeTitle: 'SONORELAY',
    tls: null,
    connectTimeoutMs: 5000,
    responseTimeoutMs: 5000,
    retry: { firstDelayMs: 1, longestDelayMs: 1, mostAttempts: 2 },
  };
  const turn = deliverTo(destination, {
    db: store.db(),
    spool: store.spool(),
    clock: () => NOW,
    chance: () => 1,
    owner: 'test',
    leaseMs: 60_000,
    sendDicom: dimseSender({ log: () => undefined }),
    sendHl7: () => Promise.reject(new Error('There is no HL7 destination here.')),
    sendFhir: () => Promise.reject(new Error('There is no FHIR destination here.')),
    simplerForm: (artifact, name) => simplerForm(artifact, name, store.spool()),
    log: () => undefined,
    onDelivered: () => undefined,
  });
  const signal = new AbortController().signal;
  for (let turns = 0; turns < 10 && (await turn(signal)); turns++);
  const held: string[] = [];
  for (const name of await readdir(archive)) {
    const { output } = await runTool('dcmdump', ['+P', '0008,0016', path.join(archive, name)]);
    held.push(/=(\w+)/.exec(output)?.[1] ?? output);
  }
  const [overview] = await studyOverviews(store.db(), { limit: 1 });
  if (overview === undefined) throw new Error('no study');
  return { held, overview };
}

test('an archive that takes Enhanced SR alone gets the report as that, and status says so', async () => {
  await reported();
  const { held, overview } = await sendTo('EnhancedSRStorage');
  expect(held).toEqual(['EnhancedSRStorage']);
  expect(overview.deliveries.map(({ state }) => state)).toEqual(['withdrawn', 'sent']);
  expect(statusText(overview, { now: NOW, history: true })).toContain('Sent as Enhanced SR Storage instead.');
});

test('an archive that takes Basic Text SR alone gets the sentences', async () => {
  await reported();
  const { held, overview } = await sendTo('BasicTextSRStorage');
  expect(held).toEqual(['BasicTextSRStorage']);
  expect(overview.deliveries.map(({ state }) => state)).toEqual(['withdrawn', 'withdrawn', 'sent']);
});

test('an archive that takes no report at all leaves a row that waits for a person', async () => {
  await reported();
  const { held, overview } = await sendTo('SecondaryCaptureImageStorage');
  expect(held).toEqual([]);
  expect(overview.deliveries.map(({ state }) => state)).toEqual(['withdrawn', 'withdrawn', 'refused']);
  expect(statusText(overview, { now: NOW, history: false })).toContain('REFUSED: context-refused');
});
