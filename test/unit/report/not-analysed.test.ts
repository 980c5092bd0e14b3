import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseManifest } from '../../../src/analysis/manifest.ts';
import { SKIP_SENTENCES } from '../../../src/analysis/skips.ts';
import type { Delivery, Destination } from '../../../src/contracts/delivery.ts';
import type { Job } from '../../../src/contracts/job.ts';
import type { AnalysisPlan } from '../../../src/contracts/plan.ts';
import { attributesOf } from '../../../src/dicom/attributes.ts';
import { type Dataset, items, text } from '../../../src/dicom/dataset.ts';
import { openPart10 } from '../../../src/dicom/part10.ts';
import { part10 } from '../../../src/dicom/part10-write.ts';
import { readBundle } from '../../../src/fhir/json.ts';
import type { Log } from '../../../src/kernel/log.ts';
import { type NoticeModel, type NoticeParts, tellNotAnalysed } from '../../../src/report/not-analysed.ts';
import { renderJobs } from '../../../src/report/render.ts';
import { reportTree } from '../../../src/report/sr.ts';
import { itemsIn, treeOf } from '../../../src/report/sr-tree.ts';
import { claimQueuedJob, finishJob, loadJob, parkJob, requeueJob } from '../../../src/store/jobs.ts';
import { claimDeliveries } from '../../../src/store/outbox.ts';
import { completeStudy, loadStudy, recordInstance } from '../../../src/store/studies.ts';
import { findings } from '../../support/dciodvfy.ts';
import { FHIR_DESTINATION } from '../../support/fhir-objects.ts';
import { EMPTY_RESULT, INSTALLATION, SOURCE_HEADER, STUDY_UID } from '../../support/report-fixture.ts';
import { DESTINATION, messageOf, reportParts } from '../../support/report-objects.ts';
import { newInstance, planOf, type StoreForTest, storeForTest } from '../../support/store.ts';

const PACS: Destination = {
  ...DESTINATION,
  name: 'PACS',
  kind: 'dicom',
  calledAeTitle: 'A',
  callingAeTitle: 'B',
  responseTimeoutMs: 1,
};
const EHR: Destination = { ...DESTINATION, name: 'EHR' };
const MANIFEST_FILE = path.resolve(import.meta.dirname, '../../../models/vascular-sec/manifest.json');
const MODEL: NoticeModel = {
  manifest: parseManifest(JSON.parse(readFileSync(MANIFEST_FILE, 'utf8')), 'vascular-sec'),
  digest: EMPTY_RESULT.run.modelDigest,
  statement: 'sec',
};
const SENTENCE = 'Route "legs" gives this model 1 object (US), but it reads US images in SOP classes that hold frames.';
const SKIPPED: AnalysisPlan = {
  steps: [],
  skipped: [{ modelId: 'vascular-sec', reason: 'no-analysable-instance', rule: 'legs + more', sentence: SENTENCE }],
};

let store: StoreForTest;
let now: number;
let logged: string[];
beforeEach(async () => {
  store = await storeForTest();
  now = Date.UTC(2026, 10, 22, 12);
  logged = [];
});
afterEach(() => store.end());

const log: Log = (name) => {
  logged.push(name);
};
const parts = (changes: Partial<NoticeParts> = {}): NoticeParts => ({
  db: store.db(),
  spool: store.spool(),
  clock: () => now,
  owner: 'node-1',
  leaseMs: 60_000,
  destinations: [PACS, EHR],
  installation: INSTALLATION,
  log,
  onRendered: () => undefined,
  offsetAt: () => 0,
  models: new Map([['vascular-sec', MODEL]]),
  destinationsOf: (rule) => (rule === 'legs + more' ? ['PACS', 'EHR'] : []),
  ...changes,
});
const tell = (changes: Partial<NoticeParts> = {}): Promise<boolean> =>
  tellNotAnalysed(parts(changes))(new AbortController().signal);

/** A complete study of one file with the given plan. */
async function study(plan: (instanceKey: number) => AnalysisPlan, changes: { readonly modality?: string } = {}): Promise<void> {
  const db = store.db();
  const instance = newInstance(1, 1, { studyInstanceUid: STUDY_UID, ...changes });
  const attributes: Dataset = { ...SOURCE_HEADER, SOPClassUID: instance.sopClassUid, SOPInstanceUID: instance.sopInstanceUid };
  await store.spool().writeFile(instance.spoolPath, part10({ attributes, transferSyntaxUid: '1.2.840.10008.1.2.1' }));
  const recorded = await recordInstance(db, instance, now);
  const opened = await loadStudy(db, recorded.study.studyKey);
  if (opened === null || recorded.instanceKey === null) throw new Error('no study');
  await completeStudy(db, opened, plan(recorded.instanceKey), now);
}
async function claimed(): Promise<Job> {
  const job = await claimQueuedJob(store.db(), { owner: 'node-1', now, leaseMs: 1000 });
  if (job === null) throw new Error('no job');
  return job;
}
const queued = (destination: string): Promise<readonly Delivery[]> =>
  claimDeliveries(store.db(), { destination, owner: 'x', now: now + 10, leaseMs: 1, most: 10 });
async function attributesAt(spoolPath: string): Promise<Dataset> {
  const file = await openPart10(store.spool().absolute(spoolPath));
  try {
    return attributesOf(file);
  } finally {
    await file.close();
  }
}

describe('a study that a model could not be run on', () => {
  test('because nothing in it could be read is told once: a report with the reason and a message with X', async () => {
    await study(() => SKIPPED);
    expect(await tell()).toBe(true);
    const [report, ...others] = await queued('PACS');
    expect(others).toEqual([]);
    const file = report?.artifact.spoolPath ?? '';
    const attributes = await attributesAt(file);
    expect(attributes).toMatchObject({ AccessionNumber: 'ACC-4711', StudyInstanceUID: STUDY_UID, Modality: 'SR' });
    const tree = treeOf(attributes);
    const texts = tree === null ? [] : itemsIn(tree).flatMap(({ value }) => (value.type === 'TEXT' ? [value.text] : []));
    expect(texts.join('\n')).toContain('This is not a negative result.');
    expect(texts.join('\n')).toContain('was not run.');
    expect(texts.join('\n')).not.toContain('Computed by');
    expect(texts.join('\n')).toContain(`Not analysed: 1 input (no-analysable-instance): ${SENTENCE}`);
    expect(await findings(store.spool().absolute(file))).toEqual([]);
    const [message] = await queued('EHR');
    const rows = (await store.spool().readFile(message?.artifact.spoolPath ?? '')).toString('utf8').split('\r');
    const fields = rows.map((row) => row.split('|')).filter(([name]) => name === 'OBX');
    expect(fields.filter((row) => row[11] === 'X').map((row) => row[3])).toEqual([
      'SEC001^Spontaneous echo contrast^99SONORELAY',
    ]);
    expect(rows.join('\n')).toContain('no-analysable-instance');
    expect(await tell()).toBe(false);
    expect(logged).toEqual(['job.rendered']);
  });

  test('is told to a FHIR server as an observation that was not made', async () => {
    await study(() => SKIPPED);
    await tell({ destinations: [FHIR_DESTINATION], destinationsOf: () => [FHIR_DESTINATION.name] });
    const [transaction, ...others] = await queued(FHIR_DESTINATION.name);
    expect(others).toEqual([]);
    const bundle = readBundle((await store.spool().readFile(transaction?.artifact.spoolPath ?? '')).toString('utf8'));
    expect(bundle.entry.map(({ resource }) => `${resource.resourceType} ${resource.status}`)).toEqual([
      'Observation cancelled',
      'DiagnosticReport preliminary',
    ]);
    expect(JSON.stringify(bundle)).toContain(JSON.stringify(SENTENCE).slice(1, -1));
  });

  test('because its images are of another modality gives a valid report that refers to no image', async () => {
    await study(() => SKIPPED, { modality: 'CT' });
    await tell();
    const [report] = await queued('PACS');
    const file = report?.artifact.spoolPath ?? '';
    expect(await attributesAt(file)).not.toHaveProperty('CurrentRequestedProcedureEvidenceSequence');
    expect(await findings(store.spool().absolute(file))).toEqual([]);
  });

  test.each([
    ['analyser-crashed', 'The analysis process ended unexpectedly.'],
    ['analyser-timeout', 'The analysis took longer than allowed.'],
    ['model-output-invalid', 'The model gave NaN, a wrong shape or a value out of range.'],
    ['model-digest-mismatch', 'A model file does not have the SHA-256 that its manifest states.'],
  ])(
    'because its job was parked with %s is told with the sentence of the fault, and the job stays parked',
    async (code, sentence) => {
      await study((key) => planOf([key]));
      const job = await claimed();
      await parkJob(store.db(), job.jobKey, { owner: 'node-1', code, detail: 'core dumped at 0x1', now });
      expect(await tell()).toBe(true);
      const [message] = await queued('EHR');
      const oru = (await store.spool().readFile(message?.artifact.spoolPath ?? '')).toString('utf8');
      expect(oru).toContain(`(${code}): ${sentence}`);
      expect(oru).not.toContain('core dumped');
      expect(oru.split('\r').filter((row) => row.split('|')[11] === 'X')).toHaveLength(1);
      const [report] = await queued('PACS');
      expect(JSON.stringify(await attributesAt(report?.artifact.spoolPath ?? ''))).toContain(sentence);
      expect(await loadJob(store.db(), job.jobKey)).toMatchObject({ state: 'parked', reason: code });
    },
  );

  test.each(['render-failed', 'config-invalid'])(
    'because its job was parked with %s is not told of: what it is told with is broken',
    async (code) => {
      await study((key) => planOf([key]));
      const job = await claimed();
      await parkJob(store.db(), job.jobKey, { owner: 'node-1', code, detail: '', now });
      expect(await tell()).toBe(false);
      expect([...(await queued('PACS')), ...(await queued('EHR'))]).toEqual([]);
    },
  );

  test('and is analysed later after all has a report that supersedes the notice', async () => {
    await study((key) => planOf([key], ['PACS']));
    const job = await claimed();
    await parkJob(store.db(), job.jobKey, { owner: 'node-1', code: 'analyser-crashed', detail: '', now });
    await tell();
    const [notice] = await queued('PACS');
    now += 1000;
    await requeueJob(store.db(), job.jobKey, now);
    await claimed();
    const resultPath = 'results/1/result.json';
    await store.spool().writeFile(resultPath, Buffer.from(JSON.stringify(EMPTY_RESULT)));
    await finishJob(store.db(), job.jobKey, { owner: 'node-1', resultPath, now });
    await renderJobs(parts())(new AbortController().signal);
    now += 1000;
    const report = (await queued('PACS')).find(
      ({ artifact }) => artifact.kind === 'sr' && artifact.sopInstanceUid !== notice?.artifact.sopInstanceUid,
    );
    const attributes = await attributesAt(report?.artifact.spoolPath ?? '');
    const [series] = items(items(attributes, 'PredecessorDocumentsSequence')[0] ?? {}, 'ReferencedSeriesSequence');
    expect(items(series ?? {}, 'ReferencedSOPSequence').map((item) => text(item, 'ReferencedSOPInstanceUID'))).toEqual([
      notice?.artifact.sopInstanceUid,
    ]);
    expect(text(attributes, 'SeriesInstanceUID')).toBe(text(series ?? {}, 'SeriesInstanceUID'));
  });

  test.each([
    ['no route names the model', 'no-rule-matches', SENTENCE, 0],
    ['the earlier report stands', 'late-arrival-ignored', SENTENCE, 0],
    ['it is long ago', 'no-analysable-instance', SENTENCE, 25 * 3600 * 1000],
  ] as const)('is not told of when %s', async (_, reason, sentence, later) => {
    await study(() => ({ steps: [], skipped: [{ modelId: 'vascular-sec', reason, rule: 'legs + more', sentence }] }));
    now += later;
    expect(await tell()).toBe(false);
    expect([...(await queued('PACS')), ...(await queued('EHR'))]).toEqual([]);
  });

  test('is not told of when the reporting of its model is off or the model is a shadow', async () => {
    await study(() => SKIPPED);
    const off = { ...MODEL.manifest, outputs: MODEL.manifest.outputs.map((one) => ({ ...one, reporting: 'off' as const })) };
    for (const manifest of [off, { ...MODEL.manifest, mode: 'shadow' as const }]) {
      expect(await tell({ models: new Map([['vascular-sec', { ...MODEL, manifest }]]) })).toBe(true);
      expect([...(await queued('PACS')), ...(await queued('EHR'))]).toEqual([]);
    }
  });

  test('and cannot be told of is left alone, with the code in the log', async () => {
    await study(() => SKIPPED);
    const turn = tellNotAnalysed(
      parts({ templatesFolder: `${store.folder}/none`, spool: { ...store.spool(), absolute: () => '/none' } }),
    );
    const signal = new AbortController().signal;
    expect([await turn(signal), await turn(signal)]).toEqual([true, false]);
    expect(logged).toEqual(['loop.failed']);
  });
});

test.each(Object.entries(SKIP_SENTENCES))(
  'a result of which every input was left out (%s) says why, in report and message',
  (reason, sentence) => {
    const skipped = EMPTY_RESULT.skipped.map((one) => ({ ...one, reason, sentence }));
    const result = { ...EMPTY_RESULT, skipped };
    const line = `Not analysed: ${skipped.length} inputs (${reason}): ${sentence}`;
    const tree = reportTree(reportParts(result));
    const texts = itemsIn(tree).flatMap(({ value }) => (value.type === 'TEXT' ? [value.text] : []));
    expect(texts).toContain(line);
    expect(texts.join('\n')).toContain('This is not a negative result.');
    const { message } = messageOf(result);
    expect(message.split('\r').filter((row) => row.split('|')[11] === 'X')).toHaveLength(1);
    expect(message).toContain(line);
  },
);
