// FHIR transactions over the revisions of a study, with the real ledger and spool.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Vein } from '../../../src/contracts/finding.ts';
import { readBundle } from '../../../src/fhir/json.ts';
import type { TransactionBundle } from '../../../src/fhir/resources.ts';
import { fhirOutputs } from '../../../src/report/fhir-outputs.ts';
import { NOT_ANALYSED } from '../../../src/report/sr.ts';
import { type Written, writeOutputs } from '../../../src/report/written.ts';
import { claimDoneJob, claimQueuedJob, finishJob } from '../../../src/store/jobs.ts';
import { recordRendering } from '../../../src/store/outbox.ts';
import { completeStudy, loadStudy, recordInstance } from '../../../src/store/studies.ts';
import { FHIR_DESTINATION } from '../../support/fhir-objects.ts';
import { INSTALLATION, RESULT, SOURCE_HEADER, STUDY_UID, section } from '../../support/report-fixture.ts';
import { DESTINATION, TEMPLATE } from '../../support/report-objects.ts';
import { newInstance, planOf, type StoreForTest, storeForTest } from '../../support/store.ts';

const RESEARCH = { ...FHIR_DESTINATION, name: 'research', baseUrl: 'https://research.example/fhir' };

let store: StoreForTest;
let now = 0;
beforeEach(async () => {
  store = await storeForTest();
  now = 1_000_000;
});
afterEach(() => store.end());

/** The next revision of the study, rendered for FHIR and recorded, as if the given veins of the left leg had been seen. */
async function revision(
  number: number,
  veins: readonly Vein[],
  { part = '', rule = 'legs' }: { readonly part?: '' | typeof NOT_ANALYSED; readonly rule?: string } = {},
): Promise<readonly Written[]> {
  const db = store.db();
  now += 1000;
  const { study, instanceKey } = await recordInstance(db, newInstance(1, number, { studyInstanceUid: STUDY_UID }), now);
  const opened = await loadStudy(db, study.studyKey);
  if (opened === null) throw new Error('There is no study.');
  const plan = planOf([instanceKey], ['ehr', 'ehr-fhir', 'research']);
  await completeStudy(db, opened, { ...plan, steps: plan.steps.map((step) => ({ ...step, rule })) }, now);
  const claim = { owner: 'node', now, leaseMs: 1000 };
  const queued = await claimQueuedJob(db, claim);
  await finishJob(db, queued?.jobKey ?? 0, { owner: 'node', resultPath: 'results/result.json', now });
  const job = await claimDoneJob(db, claim);
  if (job === null) throw new Error('There is no job to render.');
  const sections = veins.map((vein, index) => section('left', vein, { first: index + 1, weights: [1] }));
  const outputs = await fhirOutputs(
    job,
    {
      result: { ...RESULT, revision: job.revision, sections },
      source: SOURCE_HEADER,
      template: TEMPLATE,
      installation: INSTALLATION,
      offsetMinutes: 0,
    },
    { db, spool: store.spool(), destinations: [DESTINATION, FHIR_DESTINATION, RESEARCH], part },
  );
  const artifacts = await writeOutputs(job, outputs, store.spool());
  expect(await recordRendering(db, job, { owner: 'node', artifacts, now })).toBe(true);
  return outputs;
}

const bundleOf = (output: Written | undefined): TransactionBundle =>
  readBundle(Buffer.from(output?.bytes ?? []).toString('utf8'));
/** `status of place` of every observation. */
const told = (output: Written | undefined): readonly string[] =>
  bundleOf(output).entry.flatMap(({ resource }) =>
    resource.resourceType === 'Observation' ? [`${resource.status} ${resource.bodySite?.text ?? 'nothing'}`] : [],
  );

describe('the transactions of a job', () => {
  test('are one for each FHIR destination of it, with its own base URL and request id', async () => {
    const [ehr, research, ...more] = await revision(1, ['CFV']);
    expect(more).toEqual([]);
    expect([ehr?.destinations, research?.destinations]).toEqual([['ehr-fhir'], ['research']]);
    expect(bundleOf(research).entry[0]?.fullUrl).toMatch(/^https:\/\/research\.example\/fhir\/Observation\//u);
    expect(ehr?.controlId).toMatch(/^[0-9A-Z]{20}$/u);
    expect(ehr?.controlId).not.toBe(research?.controlId);
  });

  test('of a later revision take back what it does not say any more, at every later revision again', async () => {
    await revision(1, ['CFV', 'unknown']);
    const [second] = await revision(2, ['CFV', 'FV']);
    expect(told(second)).toEqual([
      'entered-in-error left vein not named',
      'preliminary left common femoral vein',
      'preliminary left femoral vein',
    ]);
    const [third] = await revision(3, ['CFV', 'FV']);
    expect(told(third)).toEqual(told(second));
    const [fourth] = await revision(4, ['unknown']);
    expect(told(fourth)).toEqual([
      'entered-in-error left common femoral vein',
      'entered-in-error left femoral vein',
      'preliminary left vein not named',
    ]);
  });

  test('take back the notice of an earlier revision that nothing could be analysed', async () => {
    // A study that no model could read is told of under all routes that meant it.
    const [notice] = await revision(1, [], { part: NOT_ANALYSED, rule: 'arms + legs' });
    expect(notice?.name).toBe('fhir-ehr-fhir.not-analysed.json');
    expect(told(notice)).toEqual(['cancelled nothing']);
    const [later] = await revision(2, ['CFV']);
    expect(told(later)).toEqual(['entered-in-error nothing', 'preliminary left common femoral vein']);
    const reports = bundleOf(later).entry.filter(({ resource }) => resource.resourceType === 'DiagnosticReport');
    expect(reports.map(({ resource }) => resource.status)).toEqual(['entered-in-error', 'preliminary']);
  });

  test('of a later revision go out when the earlier file is gone, with nothing taken back', async () => {
    await revision(1, ['unknown']);
    for (const name of ['ehr-fhir', 'research']) await store.spool().remove(`artifacts/1/fhir-${name}.json`);
    expect(told((await revision(2, ['CFV']))[0])).toEqual(['preliminary left common femoral vein']);
  });
});
