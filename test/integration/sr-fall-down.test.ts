// An archive that does not take the SOP class of the report: DCMTK's storescp, told which classes to accept.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { statusText } from '../../src/commands/status.ts';
import { attributesOf } from '../../src/dicom/attributes.ts';
import { type Dataset, items, text } from '../../src/dicom/dataset.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import { part10 } from '../../src/dicom/part10-write.ts';
import { structuredReport } from '../../src/report/sr.ts';
import { claimDoneJob, claimQueuedJob, finishJob } from '../../src/store/jobs.ts';
import { recordRendering } from '../../src/store/outbox.ts';
import { type StudyOverview, studyOverviews } from '../../src/store/overview.ts';
import { completeStudy, recordInstance } from '../../src/store/studies.ts';
import { deliverAll, startChoosyArchive } from '../support/choosy-archive.ts';
import { runTool } from '../support/dcmtk.ts';
import { archiveAt, renderedJob } from '../support/rendered-job.ts';
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
async function reported(...destinations: readonly string[]): Promise<void> {
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
    destinations: destinations.length === 0 ? ['PACS'] : destinations,
  };
  await recordRendering(db, job, { owner: 'test', artifacts: [artifact], now: NOW });
}

/** Sends all there is to an archive that takes the given storage classes alone; resolves with what it holds and what the ledger says. */
async function sendTo(
  ...classes: readonly string[]
): Promise<{ readonly held: readonly string[]; readonly overview: StudyOverview }> {
  const archive = await startChoosyArchive(store.folder, classes);
  stops.push(archive.stop);
  await deliverAll(store, archiveAt('PACS', archive.port), () => NOW);
  const held: string[] = [];
  for (const file of await archive.files()) {
    const { output } = await runTool('dcmdump', ['+P', '0008,0016', file]);
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

test('two archives that take Basic Text SR alone both get the sentences', async () => {
  await reported('PACS', 'SECOND');
  const archives = [
    await startChoosyArchive(store.folder, ['BasicTextSRStorage']),
    await startChoosyArchive(store.folder, ['BasicTextSRStorage']),
  ];
  stops.push(...archives.map(({ stop }) => stop));
  for (const [index, name] of ['PACS', 'SECOND'].entries()) {
    await deliverAll(store, archiveAt(name, archives[index]?.port ?? 0), () => NOW);
    expect(await archives[index]?.files()).toHaveLength(1);
  }
  const [overview] = await studyOverviews(store.db(), { limit: 1 });
  expect(overview?.deliveries.filter(({ state }) => state === 'sent').map(({ destination }) => destination)).toEqual([
    'PACS',
    'SECOND',
  ]);
});

test('an archive that takes no report at all leaves a row that waits for a person', async () => {
  await reported();
  const { held, overview } = await sendTo('SecondaryCaptureImageStorage');
  expect(held).toEqual([]);
  expect(overview.deliveries.map(({ state }) => state)).toEqual(['withdrawn', 'withdrawn', 'refused']);
  expect(statusText(overview, { now: NOW, history: false })).toContain('REFUSED: context-refused');
});

test('a later revision names every form of the earlier report, so that each archive finds the one it has, whatever class it took', async () => {
  const [all, enhanced] = await Promise.all([
    startChoosyArchive(store.folder, ['ComprehensiveSRStorage', 'MultiframeTrueColorSecondaryCaptureImageStorage']),
    startChoosyArchive(store.folder, ['EnhancedSRStorage', 'MultiframeTrueColorSecondaryCaptureImageStorage']),
  ]);
  stops.push(all.stop, enhanced.stop);
  const destinations = [archiveAt('ALL', all.port), archiveAt('ENHANCED', enhanced.port)];
  const reportsOf = async (archive: typeof all): Promise<readonly Dataset[]> => {
    const reports: Dataset[] = [];
    for (const file of await archive.files()) {
      const opened = await openPart10(file);
      const attributes = await attributesOf(opened);
      await opened.close();
      if (text(attributes, 'Modality') === 'SR') reports.push(attributes);
    }
    return reports.toSorted((one, other) => Number(text(one, 'InstanceNumber')) - Number(text(other, 'InstanceNumber')));
  };
  for (const number of [1, 2]) {
    await renderedJob(store, {
      result: { ...RESULT, sections: RESULT.sections.slice(1) },
      destinations,
      number,
      now: NOW + number,
    });
    for (const destination of destinations) await deliverAll(store, destination, () => NOW + number);
  }
  const [taken, fallen] = [await reportsOf(all), await reportsOf(enhanced)];
  expect([taken.length, fallen.length]).toEqual([2, 2]);
  const firsts = [taken[0], fallen[0]].map((report) => text(report ?? {}, 'SOPInstanceUID'));
  expect(new Set(firsts).size).toBe(2);
  for (const later of [taken[1], fallen[1]]) {
    const [study, ...studies] = items(later ?? {}, 'PredecessorDocumentsSequence');
    const [series, ...others] = items(study ?? {}, 'ReferencedSeriesSequence');
    expect([studies.length, others.length]).toEqual([0, 0]);
    expect(items(series ?? {}, 'ReferencedSOPSequence').map((item) => text(item, 'ReferencedSOPInstanceUID'))).toEqual(firsts);
  }
});
