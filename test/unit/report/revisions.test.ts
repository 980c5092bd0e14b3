// A late image and a new version of a model, for every family and every kind of output: what supersedes what; and then all of it taken back, once.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Artifact, Destination } from '../../../src/contracts/delivery.ts';
import type { AnalysisResult } from '../../../src/contracts/finding.ts';
import { attributesOf } from '../../../src/dicom/attributes.ts';
import { type Dataset, items, text } from '../../../src/dicom/dataset.ts';
import { openPart10 } from '../../../src/dicom/part10.ts';
import { readBundle } from '../../../src/fhir/json.ts';
import { parseMessage, valueAt } from '../../../src/hl7/message.ts';
import { retractJobs } from '../../../src/report/retract.ts';
import { itemsIn, treeOf } from '../../../src/report/sr-tree.ts';
import { claimDeliveries, settleDelivery } from '../../../src/store/outbox.ts';
import { retractJob } from '../../../src/store/retractions.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { FHIR_DESTINATION } from '../../support/fhir-objects.ts';
import { archiveAt, renderedJob } from '../../support/rendered-job.ts';
import { INSTALLATION, RESULT } from '../../support/report-fixture.ts';
import { DESTINATION } from '../../support/report-objects.ts';
import { type StoreForTest, storeForTest } from '../../support/store.ts';

const PACS = archiveAt('PACS', 1);
const EHR: Destination = { ...DESTINATION, name: 'EHR' };
const ALL = [PACS, EHR, FHIR_DESTINATION];

// As small as a result can be: drawing pages is what takes time here.
const RESULTS: readonly AnalysisResult[] = [
  { ...RESULT, sections: RESULT.sections.slice(1) },
  { ...DVT_RESULT, landmarks: DVT_RESULT.landmarks.slice(0, 1) },
  { ...LUNG_RESULT, cines: LUNG_RESULT.cines.slice(0, 1) },
  { ...ECHO_RESULT, views: ECHO_RESULT.views.slice(1), global: null },
];

let store: StoreForTest;
let now: number;
beforeEach(async () => {
  store = await storeForTest();
  now = 1_000_000;
});
afterEach(() => store.end());

/** Sends everything that waits; resolves with what was sent, by kind. */
async function sent(): Promise<ReadonlyMap<Artifact['kind'], Artifact>> {
  const found = new Map<Artifact['kind'], Artifact>();
  for (const { name } of ALL) {
    for (;;) {
      const deliveries = await claimDeliveries(store.db(), { destination: name, owner: 'x', now, leaseMs: 1000, most: 10 });
      if (deliveries.length === 0) break;
      for (const { deliveryKey, artifact } of deliveries) {
        expect(found.has(artifact.kind)).toBe(false);
        found.set(artifact.kind, artifact);
        const outcome = { kind: 'accepted', words: '' } as const;
        await settleDelivery(store.db(), deliveryKey, { owner: 'x', verdict: { move: 'sent' }, outcome, now });
      }
    }
  }
  return found;
}

async function attributesIn(artifact: Artifact | undefined): Promise<Dataset> {
  const file = await openPart10(store.spool().absolute(artifact?.spoolPath ?? ''));
  try {
    return await attributesOf(file);
  } finally {
    await file.close();
  }
}
const textIn = async (artifact: Artifact | undefined): Promise<string> =>
  (await store.spool().readFile(artifact?.spoolPath ?? '')).toString('utf8');

const predecessors = (report: Dataset): readonly string[] =>
  items(report, 'PredecessorDocumentsSequence')
    .flatMap((study) => items(study, 'ReferencedSeriesSequence'))
    .flatMap((series) => items(series, 'ReferencedSOPSequence'))
    .map((item) => text(item, 'ReferencedSOPInstanceUID'));

/** Tracking identifier and UID of each group. */
const tracking = (report: Dataset): readonly string[] => {
  const tree = treeOf(report);
  return (tree === null ? [] : itemsIn(tree))
    .filter(({ concept }) => concept?.value === '125007')
    .map(
      ({ children }) => children.map(({ value }) => (value.type === 'UIDREF' ? value.uid : '')).find((uid) => uid !== '') ?? '',
    );
};

const rowsOf = (message: string): readonly (readonly string[])[] =>
  (parseMessage(message)?.segments ?? []).filter(({ name }) => name === 'OBX').map(({ fields }) => fields);

const retracting = () =>
  retractJobs({
    db: store.db(),
    spool: store.spool(),
    clock: () => now,
    owner: 'x',
    leaseMs: 60_000,
    destinations: ALL,
    installation: INSTALLATION,
    log: () => undefined,
    onRendered: () => undefined,
    offsetAt: () => 0,
  })(new AbortController().signal);

describe.each(RESULTS)('a $family result', (result) => {
  test('that a late image and a new version of the model change supersedes itself in every output, and is taken back as a whole', async () => {
    const more = { keyImages: true };
    await renderedJob(store, { result, destinations: ALL, number: 1, now, more });
    const first = await sent();
    expect([...first.keys()].toSorted()).toEqual(['capture', 'fhir', 'key-images', 'oru', 'sr']);
    now += 60_000;
    const run = { ...result.run, modelVersion: '0.2.0', modelDigest: 'e'.repeat(64) };
    const jobKey = await renderedJob(store, { result: { ...result, run }, destinations: ALL, number: 2, now, more });
    const second = await sent();

    const [before, after] = [await attributesIn(first.get('sr')), await attributesIn(second.get('sr'))];
    expect(predecessors(after)).toEqual([text(before, 'SOPInstanceUID')]);
    expect(tracking(after)).toEqual(tracking(before));
    const device = (report: Dataset): string => text(items(report, 'ContributingEquipmentSequence')[0] ?? {}, 'DeviceUID');
    expect(device(after)).not.toBe(device(before));
    for (const kind of ['sr', 'capture', 'key-images'] as const) {
      const [earlier, later] = [await attributesIn(first.get(kind)), await attributesIn(second.get(kind))];
      expect([kind, text(later, 'SeriesInstanceUID')]).toEqual([kind, text(earlier, 'SeriesInstanceUID')]);
      expect(text(later, 'SOPInstanceUID')).not.toBe(text(earlier, 'SOPInstanceUID'));
    }

    const [message, correction] = [await textIn(first.get('oru')), await textIn(second.get('oru'))];
    const keys = (of: string) => rowsOf(of).map((fields) => [fields[3], fields[4]]);
    expect(keys(correction)).toEqual(keys(message));
    expect(new Set(rowsOf(message).map((fields) => fields[11]))).toEqual(new Set(['O', 'P']));
    expect(new Set(rowsOf(correction).map((fields) => fields[11]))).toEqual(new Set(['O', 'C']));
    const parsed = parseMessage(correction);
    expect(parsed === null ? '' : valueAt(parsed, 'OBR', 25)).toBe('C');

    const urls = (of: string) => readBundle(of).entry.map(({ request }) => request.url);
    expect(urls(await textIn(second.get('fhir')))).toEqual(urls(await textIn(first.get('fhir'))));

    now += 60_000;
    expect(await retractJob(store.db(), jobKey, { reason: 'quality', now })).toBe(true);
    await retracting();
    const taken = await sent();
    expect([...taken.keys()].toSorted()).toEqual(['fhir', 'oru', 'rejection']);
    const note = await attributesIn(taken.get('rejection'));
    expect(
      items(note, 'ContentSequence')
        .filter((item) => text(item, 'ValueType') !== 'TEXT')
        .map((item) => [
          text(item, 'ValueType'),
          text(items(item, 'ReferencedSOPSequence')[0] ?? {}, 'ReferencedSOPInstanceUID'),
        ]),
    ).toEqual([
      ['COMPOSITE', second.get('sr')?.sopInstanceUid],
      ['IMAGE', second.get('capture')?.sopInstanceUid],
      ['COMPOSITE', second.get('key-images')?.sopInstanceUid],
    ]);
    const withdrawal = await textIn(taken.get('oru'));
    expect(keys(withdrawal)).toEqual(keys(correction));
    expect(new Set(rowsOf(withdrawal).map((fields) => fields[11]))).toEqual(new Set(['W']));
    const statuses = readBundle(await textIn(taken.get('fhir'))).entry.map(({ resource }) => resource.status);
    expect(new Set(statuses)).toEqual(new Set(['entered-in-error']));

    expect(await retractJob(store.db(), jobKey, { reason: 'safety', now })).toBe(false);
    expect(await retracting()).toBe(false);
    expect((await sent()).size).toBe(0);
  });
});
