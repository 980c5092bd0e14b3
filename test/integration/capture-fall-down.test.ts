// An archive that does not take the attention pages as one multi-frame instance: DCMTK's storescp, told which classes to accept. What it gets instead, what
// the report then names, what the ledger says, how a later revision and a retraction refer to it.
import { createHash } from 'node:crypto';
import { mkdir, rename, rmdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { statusText } from '../../src/commands/status.ts';
import type { DicomDestination } from '../../src/contracts/delivery.ts';
import { attributesOf } from '../../src/dicom/attributes.ts';
import { type Dataset, items, number, text } from '../../src/dicom/dataset.ts';
import { openFrames } from '../../src/dicom/frames.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import { SECONDARY_CAPTURE } from '../../src/dicom/sop-classes.ts';
import { EXPLICIT_LITTLE_ENDIAN, RLE_LOSSLESS } from '../../src/dicom/transfer-syntaxes.ts';
import { retractJobs } from '../../src/report/retract.ts';
import { itemsIn, treeOf } from '../../src/report/sr-tree.ts';
import { type StudyOverview, studyOverviews } from '../../src/store/overview.ts';
import { retractJob } from '../../src/store/retractions.ts';
import { type ChoosyArchive, deliverAll, startChoosyArchive } from '../support/choosy-archive.ts';
import { findings } from '../support/dciodvfy.ts';
import { runTool } from '../support/dcmtk.ts';
import { archiveAt, renderedJob } from '../support/rendered-job.ts';
import { INSTALLATION, RESULT } from '../support/report-fixture.ts';
import { type StoreForTest, storeForTest } from '../support/store.ts';

const [SINGLE, MULTI, REPORT, ENHANCED, KEY_OBJECTS] = [
  'SecondaryCaptureImageStorage',
  'MultiframeTrueColorSecondaryCaptureImageStorage',
  'ComprehensiveSRStorage',
  'EnhancedSRStorage',
  'KeyObjectSelectionDocumentStorage',
];
const PAGES = 3;
const LIMITS = { maxPixels: 4_000_000, maxFrames: 100, maxFrameBytes: 12_000_000 };

let store: StoreForTest;
let now: number;
const archives: ChoosyArchive[] = [];
beforeEach(async () => {
  store = await storeForTest();
  now = 1_000_000;
});
afterEach(async () => {
  for (const archive of archives.splice(0)) await archive.stop();
  await store.end();
});

type Held = { readonly file: string; readonly attributes: Dataset };

async function heldBy(archive: ChoosyArchive): Promise<readonly Held[]> {
  const held: Held[] = [];
  for (const file of await archive.files()) {
    const opened = await openPart10(file);
    held.push({ file, attributes: await attributesOf(opened) });
    await opened.close();
  }
  return held;
}

const ofModality = (held: readonly Held[], modality: string): readonly Held[] =>
  held
    .filter(({ attributes }) => text(attributes, 'Modality') === modality)
    .toSorted(
      (one, other) => (number(one.attributes, 'InstanceNumber') ?? 0) - (number(other.attributes, 'InstanceNumber') ?? 0),
    );

const uidOf = ({ attributes }: Held): string => text(attributes, 'SOPInstanceUID');

/** UIDs that a report names and that are not images of the source. */
function namedOurs({ attributes }: Held): readonly string[] {
  const tree = treeOf(attributes);
  const sources = new Set(RESULT.inputs.map(({ sopInstanceUid }) => sopInstanceUid));
  const named = (tree === null ? [] : itemsIn(tree)).flatMap(({ value }) =>
    value.type === 'IMAGE' ? [value.sopInstanceUid] : [],
  );
  return [...new Set(named)].filter((uid) => !sources.has(uid));
}

const evidence = ({ attributes }: Held): readonly string[] =>
  items(attributes, 'CurrentRequestedProcedureEvidenceSequence')
    .flatMap((study) => items(study, 'ReferencedSeriesSequence'))
    .flatMap((series) => items(series, 'ReferencedSOPSequence'))
    .map((item) => text(item, 'ReferencedSOPInstanceUID'));

async function overviewNow(): Promise<StudyOverview> {
  const [overview] = await studyOverviews(store.db(), { limit: 1 });
  if (overview === undefined) throw new Error('no study');
  return overview;
}

/** An archive of the classes given that has got all there is. */
async function sentTo(
  classes: readonly string[],
  more: Partial<DicomDestination> = {},
): Promise<{ readonly archive: ChoosyArchive; readonly destination: DicomDestination; readonly held: readonly Held[] }> {
  const archive = await startChoosyArchive(store.folder, classes);
  archives.push(archive);
  const destination = archiveAt('PACS', archive.port, more);
  await renderedJob(store, { result: RESULT, destinations: [destination], number: 1, now });
  await deliverAll(store, destination, () => now);
  return { archive, destination, held: await heldBy(archive) };
}

describe('an archive that takes single captures alone', () => {
  test('gets an image a page in one series, and the report that names these', async () => {
    const { held } = await sentTo([SINGLE, REPORT]);
    const [report, ...others] = ofModality(held, 'SR');
    const images = ofModality(held, 'US');
    if (report === undefined) throw new Error('no report');
    expect([others.length, images.length]).toEqual([0, PAGES]);
    expect(new Set(images.map(({ attributes }) => text(attributes, 'SeriesInstanceUID'))).size).toBe(1);
    expect(images.map(({ attributes }) => [text(attributes, 'SOPClassUID'), text(attributes, 'InstanceNumber')])).toEqual(
      ['101', '102', '103'].map((instanceNumber) => [SECONDARY_CAPTURE, instanceNumber]),
    );
    expect(text(images[1]?.attributes ?? {}, 'ImageComments')).toMatch(/^Page 2 of 3: L CFV 71\.2% 2\/2/u);
    expect(namedOurs(report)).toEqual(images.map(uidOf));
    expect(evidence(report).toSorted()).toEqual(
      [...RESULT.inputs.map(({ sopInstanceUid }) => sopInstanceUid), ...images.map(uidOf)].toSorted(),
    );
    for (const { file } of held) expect(await findings(file)).toEqual([]);
    expect((await runTool('dsrdump', [report.file])).code).toBe(0);

    const pages = await openFrames(store.spool().absolute('artifacts/1/capture.dcm'), LIMITS);
    for (const [index, { file }] of images.entries()) {
      const image = await openFrames(file, LIMITS);
      expect(Buffer.compare((await image.frame(0)).data, (await pages.frame(index)).data)).toBe(0);
      await image.close();
    }
    await pages.close();
  });

  test('is told of by status, and nothing waits', async () => {
    await sentTo([SINGLE, REPORT]);
    const overview = await overviewNow();
    expect(overview.deliveries.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'sr withdrawn',
      'capture withdrawn',
      ...Array.from({ length: PAGES }, () => 'capture sent'),
      'sr sent',
    ]);
    const words = statusText(overview, { now, history: false });
    expect(words).toContain('Sent as 3 single images instead.');
    expect(words).toContain('A report that names the single images is sent instead.');
  });

  test('and no Comprehensive SR gets its report as Enhanced SR, naming the same images', async () => {
    const { held } = await sentTo([SINGLE, ENHANCED]);
    const [report] = ofModality(held, 'SR');
    if (report === undefined) throw new Error('no report');
    expect(text(report.attributes, 'SOPClassUID')).toMatch(/88\.22$/u);
    expect(namedOurs(report)).toEqual(ofModality(held, 'US').map(uidOf));
    expect(await findings(report.file)).toEqual([]);
  });

  test('gets the very same by configuration, with nothing tried in vain', async () => {
    const negotiated = (await sentTo([SINGLE, REPORT])).held;
    const bytes = async (paths: readonly string[]): Promise<readonly string[]> =>
      Promise.all(
        paths.map(async (path) =>
          createHash('sha256')
            .update(await store.spool().readFile(`artifacts/1/${path}`))
            .digest('hex'),
        ),
      );
    const before = await bytes(['sr-pages.dcm', 'capture-page-01.dcm', 'capture-page-03.dcm']);
    await store.end();
    store = await storeForTest();
    const { held } = await sentTo([SINGLE, REPORT], { captureClass: 'single' });
    expect(held.map(uidOf).toSorted()).toEqual(negotiated.map(uidOf).toSorted());
    expect(await bytes(['sr-pages.dcm', 'capture-page-01.dcm', 'capture-page-03.dcm'])).toEqual(before);
    expect((await overviewNow()).deliveries.map(({ state }) => state)).toEqual(Array.from({ length: PAGES + 1 }, () => 'sent'));
  });

  test('is given a later revision that names the report it has, and a note that rejects what it has', async () => {
    const { archive, destination, held } = await sentTo([SINGLE, REPORT, KEY_OBJECTS]);
    now += 1000;
    const jobKey = await renderedJob(store, { result: RESULT, destinations: [destination], number: 2, now });
    await deliverAll(store, destination, () => now);
    const both = await heldBy(archive);
    const [first, second] = ofModality(both, 'SR');
    if (first === undefined || second === undefined) throw new Error('no two reports');
    expect(uidOf(first)).toBe(ofModality(held, 'SR').map(uidOf)[0]);
    const predecessors = items(second.attributes, 'PredecessorDocumentsSequence')
      .flatMap((study) => items(study, 'ReferencedSeriesSequence'))
      .flatMap((series) => items(series, 'ReferencedSOPSequence'));
    expect(predecessors.map((item) => text(item, 'ReferencedSOPInstanceUID'))).toEqual([uidOf(first)]);
    const images = ofModality(both, 'US');
    expect(images.map(({ attributes }) => text(attributes, 'InstanceNumber'))).toEqual([
      '101',
      '102',
      '103',
      '201',
      '202',
      '203',
    ]);
    expect(namedOurs(second)).toEqual(images.slice(PAGES).map(uidOf));

    expect(await retractJob(store.db(), jobKey, { reason: 'quality', now })).toBe(true);
    await retractJobs({
      db: store.db(),
      spool: store.spool(),
      clock: () => now,
      owner: 'test',
      leaseMs: 60_000,
      destinations: [destination],
      installation: INSTALLATION,
      log: () => undefined,
      onRendered: () => undefined,
      offsetAt: () => 0,
    })(new AbortController().signal);
    await deliverAll(store, destination, () => now);
    const [note] = ofModality(await heldBy(archive), 'KO');
    if (note === undefined) throw new Error('no note');
    expect(evidence(note).toSorted()).toEqual([uidOf(second), ...images.slice(PAGES).map(uidOf)].toSorted());
    expect(await findings(note.file)).toEqual([]);
  });
});

test('an archive that takes no captures at all gets a report that names none, and a person sees that they were refused', async () => {
  const { held } = await sentTo([REPORT]);
  const [report, ...others] = held;
  if (report === undefined) throw new Error(statusText(await overviewNow(), { now, history: true }));
  expect([others.length, namedOurs(report)]).toEqual([0, []]);
  expect(evidence(report).toSorted()).toEqual(RESULT.inputs.map(({ sopInstanceUid }) => sopInstanceUid).toSorted());
  expect(await findings(report.file)).toEqual([]);
  const overview = await overviewNow();
  expect(overview.deliveries.filter(({ state }) => state === 'refused')).toHaveLength(PAGES);
  expect(statusText(overview, { now, history: false })).toContain('A report without images of ours is sent instead.');
});

describe('an archive that begins to refuse multi-frame captures when it has the report already', () => {
  /** The report goes, its pages cannot be read for a while; then another archive answers at the destination. */
  async function sentInTwo(classes: readonly string[]) {
    const before = await startChoosyArchive(store.folder, [MULTI, REPORT]);
    archives.push(before);
    const destination = archiveAt('PACS', before.port);
    await renderedJob(store, { result: RESULT, destinations: [destination], number: 1, now });
    const pages = store.spool().absolute('artifacts/1/capture.dcm');
    await rename(pages, `${pages}.away`);
    await mkdir(pages);
    await deliverAll(store, destination, () => now);
    const had = await heldBy(before);
    await rmdir(pages);
    await rename(`${pages}.away`, pages);
    now += 1000;
    const after = await startChoosyArchive(store.folder, classes);
    archives.push(after);
    await deliverAll(store, archiveAt('PACS', after.port), () => now);
    return { had, got: await heldBy(after) };
  }

  const predecessorOf = ({ attributes }: Held): readonly string[] =>
    items(attributes, 'PredecessorDocumentsSequence')
      .flatMap((study) => items(study, 'ReferencedSeriesSequence'))
      .flatMap((series) => items(series, 'ReferencedSOPSequence'))
      .map((item) => text(item, 'ReferencedSOPInstanceUID'));

  test('gets single images, and the report corrected to name these, with the one it has as predecessor', async () => {
    const { had, got } = await sentInTwo([SINGLE, REPORT]);
    expect(had.map(({ attributes }) => text(attributes, 'Modality'))).toEqual(['SR']);
    const images = ofModality(got, 'US');
    const [corrected, ...others] = ofModality(got, 'SR');
    if (corrected === undefined) throw new Error(statusText(await overviewNow(), { now, history: true }));
    expect([others.length, images.length]).toEqual([0, PAGES]);
    expect(namedOurs(corrected)).toEqual(images.map(uidOf));
    expect(predecessorOf(corrected)).toEqual(had.map(uidOf));
    expect(had.map(uidOf)).not.toContain(uidOf(corrected));
    expect(text(corrected.attributes, 'SeriesInstanceUID')).toBe(text(had[0]?.attributes ?? {}, 'SeriesInstanceUID'));
    expect(await findings(corrected.file)).toEqual([]);
    expect((await runTool('dsrdump', [corrected.file])).code).toBe(0);
    const overview = await overviewNow();
    expect(overview.deliveries.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'sr sent',
      'capture withdrawn',
      ...Array.from({ length: PAGES }, () => 'capture sent'),
      'sr sent',
    ]);
    const words = statusText(overview, { now, history: false });
    expect(words).toContain('Sent as 3 single images instead. The report that was sent before is corrected.');
  });

  test('and no single ones either is left with a corrected report that names none', async () => {
    const { had, got } = await sentInTwo([REPORT]);
    const [corrected, ...others] = got;
    if (corrected === undefined) throw new Error(statusText(await overviewNow(), { now, history: true }));
    expect([others.length, namedOurs(corrected)]).toEqual([0, []]);
    expect(predecessorOf(corrected)).toEqual(had.map(uidOf));
    expect(await findings(corrected.file)).toEqual([]);
  });
});

test('an archive that takes multi-frame captures gets the pages as one instance, and no report before its images were agreed on', async () => {
  const { held } = await sentTo([MULTI, REPORT]);
  const [report] = ofModality(held, 'SR');
  const [pages, ...others] = ofModality(held, 'US');
  if (report === undefined || pages === undefined) throw new Error('something is missing');
  expect([others.length, text(pages.attributes, 'NumberOfFrames')]).toEqual([0, String(PAGES)]);
  expect(namedOurs(report)).toEqual([uidOf(pages)]);
});

test('the pages go out in RLE Lossless where the peer takes that, and else uncompressed, the same object with the same pixels', async () => {
  const [explicit, rle] = ['LittleEndianExplicit', 'RLELossless'];
  const wishes = [
    { syntaxes: [rle, explicit], sentAs: RLE_LOSSLESS },
    { syntaxes: [explicit], sentAs: EXPLICIT_LITTLE_ENDIAN },
    { syntaxes: [rle, explicit], captureCompression: 'none', sentAs: EXPLICIT_LITTLE_ENDIAN },
  ] as const;
  const peers: { archive: ChoosyArchive; destination: DicomDestination; sentAs: string }[] = [];
  for (const [index, { syntaxes, sentAs, ...more }] of wishes.entries()) {
    const archive = await startChoosyArchive(store.folder, [MULTI, REPORT], syntaxes);
    archives.push(archive);
    peers.push({ archive, destination: archiveAt(`PACS${index}`, archive.port, more), sentAs });
  }
  await renderedJob(store, { result: RESULT, destinations: peers.map(({ destination }) => destination), number: 1, now });
  const told: { readonly pixels: string; readonly attributes: Dataset }[] = [];
  for (const { archive, destination, sentAs } of peers) {
    await deliverAll(store, destination, () => now);
    const [pages] = ofModality(await heldBy(archive), 'US');
    if (pages === undefined) throw new Error('no pages');
    const opened = await openPart10(pages.file);
    expect(opened.transferSyntaxUid).toBe(sentAs);
    await opened.close();
    expect(await findings(pages.file)).toEqual([]);
    const source = await openFrames(pages.file, LIMITS);
    const hash = createHash('sha256');
    for (let index = 0; index < source.frameCount; index += 1) hash.update((await source.frame(index)).data);
    await source.close();
    told.push({ pixels: hash.digest('hex'), attributes: pages.attributes });
  }
  const [packed, ...others] = told;
  expect(others).toEqual([packed, packed]);
});
