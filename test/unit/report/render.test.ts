import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { statusText } from '../../../src/commands/status.ts';
import type { Delivery, Destination } from '../../../src/contracts/delivery.ts';
import type { ResultOf } from '../../../src/contracts/finding.ts';
import { attributesOf } from '../../../src/dicom/attributes.ts';
import { type Dataset, items, text } from '../../../src/dicom/dataset.ts';
import { openPart10 } from '../../../src/dicom/part10.ts';
import { part10 } from '../../../src/dicom/part10-write.ts';
import { fault } from '../../../src/kernel/errors.ts';
import type { Log } from '../../../src/kernel/log.ts';
import { outputUid } from '../../../src/report/provenance.ts';
import { type RenderParts, renderJobs } from '../../../src/report/render.ts';
import { claimQueuedJob, finishJob, loadJob } from '../../../src/store/jobs.ts';
import { claimDeliveries } from '../../../src/store/outbox.ts';
import { studyOverviews } from '../../../src/store/overview.ts';
import { completeStudy, loadStudy, recordInstance } from '../../../src/store/studies.ts';
import { EMPTY_RESULT, INSTALLATION, RESULT, readFixture, SOURCE_HEADER, STUDY_UID } from '../../support/report-fixture.ts';
import { DESTINATION, TEMPLATE } from '../../support/report-objects.ts';
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
const NO_SIGNAL = new AbortController().signal;

let store: StoreForTest;
let events: { readonly name: string; readonly fields: Readonly<Record<string, unknown>> }[];
let woken: (readonly string[])[];
let now: number;

beforeEach(async () => {
  store = await storeForTest();
  events = [];
  woken = [];
  now = 1_000_000;
});
afterEach(() => store.end());

const log: Log = (name, fields) => {
  events.push({ name, fields });
};

const turn = (changes: Partial<RenderParts> = {}): Promise<boolean> =>
  renderJobs({
    db: store.db(),
    spool: store.spool(),
    clock: () => now,
    owner: 'node-1',
    leaseMs: 60_000,
    destinations: [PACS, EHR],
    installation: INSTALLATION,
    log,
    onRendered: (destinations) => woken.push(destinations),
    notAnalysed: true,
    offsetAt: () => 0,
    ...changes,
  })(NO_SIGNAL);

/** Puts a source file, a complete study and a done job with `result` into the store; resolves with the job's key. */
async function doneJob(
  result: ResultOf<'vascular-sec'>,
  options: { readonly number?: number; readonly destinations?: readonly string[]; readonly rawResult?: string } = {},
): Promise<number> {
  const { number = 1 } = options;
  const db = store.db();
  const spool = store.spool();
  const instance = newInstance(1, number, { studyInstanceUid: STUDY_UID, spoolPath: `studies/1/${number}.dcm` });
  const attributes: Dataset = { ...SOURCE_HEADER, SOPClassUID: instance.sopClassUid, SOPInstanceUID: instance.sopInstanceUid };
  await spool.writeFile(instance.spoolPath, part10({ attributes, transferSyntaxUid: '1.2.840.10008.1.2.1' }));
  const { study, instanceKey } = await recordInstance(db, instance, now);
  const opened = await loadStudy(db, study.studyKey);
  if (opened === null) throw new Error('no study');
  await completeStudy(db, opened, planOf([instanceKey], options.destinations ?? ['PACS', 'EHR']), now);
  const job = await claimQueuedJob(db, { owner: 'node-1', now, leaseMs: 1000 });
  if (job === null) throw new Error('no job');
  for (const keyframe of result.sections.flatMap((section) => section.keyframes)) {
    for (const spoolPath of [keyframe.picturePath, keyframe.mapPath])
      await spool.writeFile(spoolPath, await readFixture(spoolPath));
  }
  const resultPath = `results/${job.jobKey}/result.json`;
  await spool.writeFile(resultPath, Buffer.from(options.rawResult ?? JSON.stringify({ ...result, revision: job.revision })));
  await finishJob(db, job.jobKey, { owner: 'node-1', resultPath, now });
  return job.jobKey;
}

const queued = async (destination: string): Promise<readonly Delivery[]> =>
  claimDeliveries(store.db(), { destination, owner: 'x', now: now + 10, leaseMs: 1, most: 10 });

async function attributesAt(spoolPath: string): Promise<Dataset> {
  const file = await openPart10(store.spool().absolute(spoolPath));
  try {
    return attributesOf(file);
  } finally {
    await file.close();
  }
}

describe('rendering a done job', () => {
  test('gives the archive report and attention pages, and the EHR its message', async () => {
    const jobKey = await doneJob(RESULT);
    expect(await turn()).toBe(true);
    expect(await loadJob(store.db(), jobKey)).toMatchObject({ state: 'rendered' });
    const [pacs, ehr] = [await queued('PACS'), await queued('EHR')];
    expect(pacs.map(({ artifact }) => [artifact.kind, artifact.sopInstanceUid, artifact.transferSyntaxUid])).toEqual([
      ['sr', outputUid(RESULT, 'sr'), '1.2.840.10008.1.2.1'],
      ['capture', outputUid(RESULT, 'capture'), '1.2.840.10008.1.2.5'],
    ]);
    expect(ehr.map(({ artifact }) => artifact.kind)).toEqual(['oru']);
    for (const { artifact } of [...pacs, ...ehr]) {
      const bytes = await store.spool().readFile(artifact.spoolPath);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact.sha256);
    }
    expect((await store.spool().readFile(ehr[0]?.artifact.spoolPath ?? '')).toString('utf8')).toContain(
      `|${ehr[0]?.artifact.controlId}|P|2.5.1`,
    );
    expect(woken).toEqual([['PACS', 'EHR']]);
    expect(events.map(({ name }) => name)).toEqual(['job.rendered']);
    expect(await turn()).toBe(false);
  });

  test('joins the objects to the patient and study of the source file', async () => {
    await doneJob(EMPTY_RESULT);
    await turn();
    for (const { artifact } of await queued('PACS')) {
      expect(await attributesAt(artifact.spoolPath)).toMatchObject({
        PatientName: 'Gr\u00f6\u00dfe^J\u00fcrgen',
        PatientID: 'PHANTOM-7',
        StudyInstanceUID: STUDY_UID,
        AccessionNumber: 'ACC-4711',
      });
    }
  });

  test('twice writes the same bytes, whatever the clock says', async () => {
    const jobKey = await doneJob(RESULT);
    const written = new Map<string, Buffer>();
    const crash = {
      ...store.spool(),
      writeFile: async (spoolPath: string, bytes: Uint8Array) => {
        written.set(spoolPath, Buffer.from(bytes));
        if (written.size === 3) throw fault('spool-full', 'the node stops here');
      },
    };
    await expect(turn({ spool: crash })).rejects.toThrow(/spool folder/u);
    expect(await loadJob(store.db(), jobKey)).toMatchObject({ state: 'done' });
    now += 3_600_000;
    expect(await turn()).toBe(true);
    expect(written.size).toBe(3);
    for (const [spoolPath, bytes] of written) expect(Buffer.compare(await store.spool().readFile(spoolPath), bytes)).toBe(0);
  });

  test('gives each archive the report in the SOP class that it is configured for', async () => {
    const old: Destination = { ...PACS, name: 'OLD', reportClass: 'enhanced' };
    const same: Destination = { ...PACS, name: 'SAME', reportClass: 'comprehensive' };
    await doneJob(EMPTY_RESULT, { destinations: ['PACS', 'OLD', 'SAME'] });
    await turn({ destinations: [PACS, old, same] });
    const classes: string[] = [];
    for (const name of ['PACS', 'OLD', 'SAME']) {
      const [report] = await queued(name);
      const attributes = await attributesAt(report?.artifact.spoolPath ?? '');
      expect(text(attributes, 'SOPInstanceUID')).toBe(report?.artifact.sopInstanceUid);
      classes.push(text(attributes, 'SOPClassUID').slice(-5));
    }
    expect(classes).toEqual(['88.33', '88.22', '88.33']);
  });

  test('without any statement is reported only where the site asks for it', async () => {
    const jobKey = await doneJob(EMPTY_RESULT);
    await turn({ notAnalysed: false });
    expect(await loadJob(store.db(), jobKey)).toMatchObject({ state: 'rendered' });
    expect([...(await queued('PACS')), ...(await queued('EHR'))]).toEqual([]);
    const [overview] = await studyOverviews(store.db(), { limit: 1 });
    if (overview === undefined) throw new Error('no study');
    expect(statusText(overview, { now, history: false })).toContain('analysed, nothing to report');
  });

  test('without any statement supersedes a message too where there is no archive', async () => {
    await doneJob(RESULT, { destinations: ['EHR'] });
    await turn({ notAnalysed: false });
    expect(await queued('EHR')).toHaveLength(1);
    now += 1000;
    await doneJob(EMPTY_RESULT, { number: 2, destinations: ['EHR'] });
    await turn({ notAnalysed: false });
    now += 1000;
    expect(await queued('EHR')).toHaveLength(2);
  });

  test('without any statement supersedes what an earlier revision stated, whether the site asks for it or not', async () => {
    await doneJob(RESULT);
    await turn({ notAnalysed: false });
    expect(await queued('PACS')).toHaveLength(2);
    now += 1000;
    await doneJob(EMPTY_RESULT, { number: 2 });
    await turn({ notAnalysed: false });
    now += 1000;
    expect(await queued('PACS')).toHaveLength(4);
  });

  test('of a model whose reporting is off writes nothing and ends all the same', async () => {
    const jobKey = await doneJob({ ...RESULT, run: { ...RESULT.run, statement: { ...RESULT.run.statement, reporting: 'off' } } });
    await turn();
    expect(await loadJob(store.db(), jobKey)).toMatchObject({ state: 'rendered' });
    expect([...(await queued('PACS')), ...(await queued('EHR'))]).toEqual([]);
  });

  test('keeps the rows of a destination that the configuration no longer names', async () => {
    await doneJob(EMPTY_RESULT, { destinations: ['PACS', 'OLD'] });
    await turn();
    expect((await queued('OLD')).map(({ artifact }) => artifact.kind)).toEqual(['sr', 'capture']);
  });

  test('of a second revision names the report of the first as its predecessor', async () => {
    await doneJob(EMPTY_RESULT);
    await turn();
    const [first] = await queued('PACS');
    now += 1000;
    await doneJob(EMPTY_RESULT, { number: 2 });
    await turn();
    now += 1000;
    const second = (await queued('PACS')).find(
      ({ artifact }) => artifact.kind === 'sr' && artifact.sopInstanceUid !== first?.artifact.sopInstanceUid,
    );
    const report = await attributesAt(second?.artifact.spoolPath ?? '');
    const [series] = items(items(report, 'PredecessorDocumentsSequence')[0] ?? {}, 'ReferencedSeriesSequence');
    expect(items(series ?? {}, 'ReferencedSOPSequence').map((item) => text(item, 'ReferencedSOPInstanceUID'))).toEqual([
      first?.artifact.sopInstanceUid,
    ]);
    expect(text(report, 'SeriesInstanceUID')).toBe(text(series ?? {}, 'SeriesInstanceUID'));
  });

  test('of a second revision after a first that was never reported names no predecessor', async () => {
    await doneJob({ ...EMPTY_RESULT, run: { ...RESULT.run, statement: { ...RESULT.run.statement, reporting: 'off' } } });
    await turn();
    now += 1000;
    await doneJob(EMPTY_RESULT, { number: 2 });
    await turn();
    const [report] = await queued('PACS');
    expect(await attributesAt(report?.artifact.spoolPath ?? '')).not.toHaveProperty('PredecessorDocumentsSequence');
  });
});

describe('a job that cannot be rendered', () => {
  test.each([
    ['is no JSON', '{', 'render-failed'],
    ['is of another study', JSON.stringify({ ...RESULT, studyInstanceUid: '1.2' }), 'render-failed'],
    [
      'names a picture that is missing',
      JSON.stringify({
        ...RESULT,
        sections: RESULT.sections.map((one) => ({
          ...one,
          keyframes: one.keyframes.map((frame) => ({ ...frame, picturePath: 'results/none.png' })),
        })),
      }),
      'render-failed',
    ],
    [
      'has a template that does not exist',
      JSON.stringify({ ...RESULT, run: { ...RESULT.run, modelId: 'none', modelFamily: 'none' } }),
      'config-invalid',
    ],
  ])('because its result %s is parked with its code and told', async (_, rawResult, code) => {
    const jobKey = await doneJob(EMPTY_RESULT, { rawResult });
    expect(await turn()).toBe(true);
    expect(await loadJob(store.db(), jobKey)).toMatchObject({ state: 'parked', reason: code });
    expect(events).toMatchObject([{ name: 'job.parked', fields: { job: jobKey, code } }]);
    expect(await queued('PACS')).toEqual([]);
    expect(woken).toEqual([]);
  });

  test('logs nothing of the patient', async () => {
    await doneJob(EMPTY_RESULT, { rawResult: `{"schema":1,"x":"${text(SOURCE_HEADER, 'PatientName')}` });
    await turn();
    expect(JSON.stringify(events)).not.toContain(text(SOURCE_HEADER, 'PatientName'));
  });

  test('for want of disk space is tried again', async () => {
    const jobKey = await doneJob(EMPTY_RESULT);
    const full = { ...store.spool(), writeFile: () => Promise.reject(fault('spool-full')) };
    await expect(turn({ spool: full })).rejects.toThrow(/spool folder/u);
    expect(await loadJob(store.db(), jobKey)).toMatchObject({ state: 'done' });
    now += 60_001;
    expect(await turn()).toBe(true);
    expect(await loadJob(store.db(), jobKey)).toMatchObject({ state: 'rendered' });
  });

  test('because a site broke its template is parked with the place of the fault', async () => {
    const folder = await mkdtemp(`${store.folder}/templates-`);
    await mkdir(`${folder}/sr`);
    await writeFile(`${folder}/sr/vascular-sec.json`, JSON.stringify({ ...TEMPLATE.sr, findingName: 7 }));
    const jobKey = await doneJob(EMPTY_RESULT);
    await turn({ templatesFolder: folder });
    expect(await loadJob(store.db(), jobKey)).toMatchObject({ state: 'parked', reason: 'config-invalid' });
    expect(String(events[0]?.fields['detail'])).toContain('findingName');
  });
});
