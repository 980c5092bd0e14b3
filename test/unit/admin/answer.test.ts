// The console's pages over a real ledger: that every text is escaped, that addresses name rows alone, and that what went wrong is told.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type AnswerParts, consoleAnswers } from '../../../src/admin/answer.ts';
import { escaped } from '../../../src/admin/markup.ts';
import type { ConsoleReply, SpokenResult } from '../../../src/contracts/console.ts';
import type { Outcome, Verdict } from '../../../src/contracts/delivery.ts';
import { claimDoneJob, claimQueuedJob, finishJob, parkJob } from '../../../src/store/jobs.ts';
import { claimDeliveries, type NewArtifact, recordRendering, settleDelivery } from '../../../src/store/outbox.ts';
import { replaceDeliveries } from '../../../src/store/replacement.ts';
import { claimRetraction, recordRetraction, retractJob } from '../../../src/store/retractions.ts';
import { completeStudy, loadStudy, type NewInstance, recordInstance } from '../../../src/store/studies.ts';
import { newInstance, planOf, type StoreForTest, storeForTest } from '../../support/store.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const OWNER = { owner: 'test', now: NOW };
const CLAIM = { ...OWNER, leaseMs: 1000 };
const EVIL = '<script>alert("x")</script>&\'';
const SR = '1.2.840.10008.5.1.4.1.1.88.33';
const BASIC = '1.2.840.10008.5.1.4.1.1.88.11';

const NAMES: Readonly<Record<string, string>> = {
  [SR]: 'Comprehensive SR Storage',
  [BASIC]: 'Basic Text SR Storage',
  '1.2.840.10008.5.1.4.1.1.7.4': 'Multi-frame True Color Secondary Capture Image Storage',
};

const SPOKEN: SpokenResult = {
  family: 'vascular-sec',
  modelName: 'VascularSEC',
  notice: 'Research use only.',
  isResearch: true,
  findings: [
    { sentence: 'Left femoral vein: PRESENT.', positive: true, stated: true, isSent: true, notes: ['One input is lossy.'] },
    { sentence: 'All views: T1: 1050 ms, NOT RELIABLE.', positive: false, stated: true, isSent: false, notes: [] },
  ],
  nothing: '',
  remarks: [],
};

let store: StoreForTest;
const asked: string[] = [];
beforeEach(async () => {
  store = await storeForTest();
  asked.length = 0;
});
afterEach(() => store.end());

const get = (
  path: string,
  query: Readonly<Record<string, string>> = {},
  changes: Partial<AnswerParts> = {},
): Promise<ConsoleReply> =>
  consoleAnswers({
    db: store.db(),
    clock: () => NOW + 60_000,
    minutesEast: () => 60,
    aeTitle: 'SONORELAY',
    version: '0.1.0',
    stylesheet: 'body {}',
    destinations: [
      { name: 'PACS', kind: 'dicom', address: 'PACS at 127.0.0.1:104', isTls: true },
      { name: 'EHR', kind: 'hl7', address: '127.0.0.1:2575', isTls: false },
    ],
    sopClassName: (uid) => NAMES[uid] ?? uid,
    spoken: () => Promise.resolve(SPOKEN),
    capturePages: () => Promise.resolve({ pages: 2, labels: ['first', 'second'], isCine: false }),
    pagePicture: (spoolPath, page) => {
      asked.push(`${spoolPath} ${page}`);
      return Promise.resolve(page === 1 ? new Uint8Array([1, 2, 3]) : null);
    },
    studyDateTime: () => Promise.resolve('2026-11-20 09:30:12'),
    ...changes,
  })({ path, query, user: 'anna' });

const text = async (
  path: string,
  query: Readonly<Record<string, string>> = {},
  changes: Partial<AnswerParts> = {},
): Promise<string> => String((await get(path, query, changes)).body);
/** What a reader reads: without tags, white space as one blank. */
const words = async (path: string, query: Readonly<Record<string, string>> = {}): Promise<string> =>
  (await text(path, query)).replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

async function planned(study: number, changes: Partial<NewInstance> = {}): Promise<number> {
  const { study: opened, instanceKey } = await recordInstance(store.db(), newInstance(study, 1, changes), NOW);
  const loaded = await loadStudy(store.db(), opened.studyKey);
  if (loaded === null) throw new Error('no study');
  await completeStudy(store.db(), loaded, planOf([instanceKey]), NOW);
  return opened.studyKey;
}

const artifact = (kind: NewArtifact['kind'], name: string, changes: Partial<NewArtifact> = {}): NewArtifact => ({
  kind,
  sopClassUid: kind === 'capture' ? '1.2.840.10008.5.1.4.1.1.7.4' : kind === 'oru' ? '' : SR,
  sopInstanceUid: kind === 'oru' ? '' : `2.25.${name.length}`,
  transferSyntaxUid: '1.2.840.10008.1.2.1',
  controlId: kind === 'oru' ? 'C1' : '',
  spoolPath: `artifacts/${name}`,
  sha256: '0',
  destinations: [kind === 'oru' ? 'EHR' : 'PACS'],
  ...changes,
});

/** A study whose report, pages and message wait for their destinations; resolves with the keys of study and job. */
async function rendered(study: number, changes: Partial<NewInstance> = {}) {
  const studyKey = await planned(study, changes);
  const queued = await claimQueuedJob(store.db(), CLAIM);
  await finishJob(store.db(), queued?.jobKey ?? 0, { ...OWNER, resultPath: `results/${study}/result.json` });
  const job = await claimDoneJob(store.db(), CLAIM);
  if (job === null) throw new Error('no job');
  const artifacts = [
    artifact('sr', `${study}/sr.dcm`),
    artifact('capture', `${study}/capture.dcm`),
    artifact('oru', `${study}/oru`),
  ];
  await recordRendering(store.db(), job, { ...OWNER, artifacts });
  return { studyKey, job };
}

async function settled(destination: string, outcome: Outcome, verdict: Verdict): Promise<void> {
  for (const { deliveryKey } of await claimDeliveries(store.db(), { ...CLAIM, destination, most: 10 }))
    await settleDelivery(store.db(), deliveryKey, { ...OWNER, verdict, outcome });
}

const TAKEN: Outcome = { kind: 'accepted', words: '' };

describe('every page', () => {
  test('escapes what was received, wherever it is shown', async () => {
    const evil = {
      accessionNumber: EVIL,
      callingAeTitle: EVIL,
      studyInstanceUid: EVIL,
      modality: EVIL,
      sopClassUid: EVIL,
    } as const;
    const { studyKey } = await rendered(1, { ...evil, studyDescription: EVIL, seriesDescription: EVIL, imageComments: EVIL });
    const refused: Outcome = { kind: 'permanent', code: EVIL, words: EVIL };
    await settled('PACS', refused, { move: 'refused' });
    await settled('EHR', refused, { move: 'queued', notBefore: NOW + 5000 });
    const two = await planned(2, { accessionNumber: EVIL, callingAeTitle: EVIL });
    const job = await claimQueuedJob(store.db(), CLAIM);
    await parkJob(store.db(), job?.jobKey ?? 0, { ...OWNER, code: EVIL, detail: EVIL });
    const changes: Partial<AnswerParts> = {
      aeTitle: EVIL,
      version: EVIL,
      destinations: [{ name: 'EHR', kind: 'hl7', address: EVIL, isTls: false }],
      spoken: () =>
        Promise.resolve({
          ...SPOKEN,
          notice: EVIL,
          nothing: EVIL,
          remarks: [EVIL],
          findings: [true, false].map((isSent) => ({ sentence: EVIL, positive: true, stated: true, isSent, notes: [EVIL] })),
        }),
      capturePages: () => Promise.resolve({ pages: 1, labels: [EVIL], isCine: false }),
      studyDateTime: () => Promise.resolve(EVIL),
    };
    const pages = ['/', `/studies/${studyKey}`, `/studies/${two}`, '/destinations', '/waiting', '/nowhere'];
    const shown = await Promise.all(pages.map((path) => text(path, {}, changes)));
    shown.push(await text('/', { q: EVIL, after: EVIL, refresh: EVIL }, changes));
    for (const page of shown) {
      expect(page).toContain('</html>');
      expect(page).not.toMatch(/<script|<\/script|alert\("/i);
      // Nothing of a source stands in an attribute that would end early.
      expect(page).not.toContain(`${EVIL.slice(0, 8)}`);
    }
    for (const page of shown.slice(0, 5)) expect(page).toContain(escaped(EVIL));
    // The list, four places with a place of its own for it each, and the search.
    expect(shown[0]?.split(escaped(EVIL)).length).toBeGreaterThan(4);
  });

  test('shows no free text of the source: descriptions and comments may hold a name', async () => {
    const { studyKey } = await rendered(1, {
      studyDescription: 'DOE',
      seriesDescription: 'DOE',
      imageComments: 'DOE',
      protocolName: 'DOE',
    });
    for (const path of ['/', `/studies/${studyKey}`, '/api/studies', `/api/studies/${studyKey}`])
      expect(await text(path)).not.toContain('DOE');
  });

  test('tells no path of the spool', async () => {
    const { studyKey } = await rendered(1);
    for (const path of [`/studies/${studyKey}`, `/api/studies/${studyKey}`]) {
      const shown = await text(path);
      expect(shown).not.toMatch(/artifacts\/|results\/|studies\/1\/1\.dcm|spoolPath/);
    }
  });

  test('is HTML with a language, a heading, a skip link, heads of columns, and nothing that runs or is fetched from elsewhere', async () => {
    const { studyKey } = await rendered(1);
    for (const path of ['/', `/studies/${studyKey}`, '/destinations', '/waiting']) {
      const page = await text(path);
      expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(page.match(/<h1>/g)).toHaveLength(1);
      expect(page).toContain('<a class="skip" href="#content">');
      expect(page).not.toMatch(/<script|style="|\son[a-z]+="|https?:\/\//);
      for (const head of page.match(/<thead>.*?<\/thead>/gs) ?? []) expect(head).toContain('scope="col"');
    }
  });
});

describe('the list of studies', () => {
  test('goes from page to page without leaving out or repeating one', async () => {
    for (let study = 1; study <= 103; study++) await recordInstance(store.db(), newInstance(study, 1), NOW + (study >> 1));
    const found: string[] = [];
    let after = '';
    for (let pages = 1; pages <= 3; pages++) {
      const { studies, next } = JSON.parse(await text('/api/studies', { after })) as {
        readonly studies: readonly { readonly study: { readonly accessionNumber: string } }[];
        readonly next: string;
      };
      found.push(...studies.map(({ study }) => study.accessionNumber));
      after = next;
    }
    expect(found).toHaveLength(103);
    expect(new Set(found).size).toBe(103);
    expect([found[0], after]).toEqual(['ACC103', '']);
    expect(await words('/')).toContain('Older studies');
  });

  test('finds by accession number and by Study Instance UID, whole, and says when there is none', async () => {
    await planned(1);
    await planned(2);
    for (const q of ['ACC1', ' ACC1 ', '1.2.3.1']) {
      const found = await words('/', { q });
      expect([found.includes('1.2.3.1'), found.includes('ACC2')]).toEqual([true, false]);
    }
    expect(await words('/', { q: 'ACC' })).toContain('No study has this accession number');
    expect(await words('/', { q: "' OR 1=1 --" })).toContain('No study has this accession number');
  });

  test('says in a word what each model has come to, and lets what waits for a person stand out', async () => {
    await planned(1);
    const job = await claimQueuedJob(store.db(), CLAIM);
    await parkJob(store.db(), job?.jobKey ?? 0, { ...OWNER, code: 'analyser-timeout', detail: 'after 600 s' });
    const shown = await words('/');
    expect(shown).toMatch(/ACC1 1\.2\.3\.1 ! waits for a person/);
    expect(shown).toMatch(/vascular-sec ! parked .*lung-score · not meant/);
    expect(shown).toMatch(/Waiting 1 for a person/);
    expect(await text('/')).toContain('<tr class="person">');
  });
});

describe('a study', () => {
  test('is told from its images to its deliveries', async () => {
    const { studyKey } = await rendered(7);
    await settled('PACS', TAKEN, { move: 'sent' });
    const shown = await words(`/studies/${studyKey}`);
    expect(shown).toContain('Accession ACC7');
    expect(shown).toContain('Study date and time 2026-11-20 09:30:12');
    expect(shown).toContain('1 object from SCANNER, first 2026-11-22 13:00:00');
    expect(shown).toContain('Left femoral vein: PRESENT. research One input is lossy.');
    expect(shown).toContain('1 value computed and kept: research, never sent');
    expect(shown).toContain('All views: T1: 1050 ms, NOT RELIABLE. research, never sent');
    expect(shown).toMatch(/lung-score · not meant no-rule-matches No rule names this model for the study\./);
    expect(shown).toMatch(/PACS report vascular-sec Comprehensive SR ✓ sent sent 2026-11-22 13:00:00 1/);
    expect(shown).toMatch(/EHR HL7 message vascular-sec ORU\^R01 … queued/);
    const page = await text(`/studies/${studyKey}`);
    expect(page).toMatch(/<img src="\/studies\/\d+\/pages\/\d+\/2\.png" alt="Attention page, vascular-sec: page 2 of 2, second"/);
  });

  test('says in which form a destination got a report, and what it refused', async () => {
    const { studyKey, job } = await rendered(1);
    const [sr, ...others] = await claimDeliveries(store.db(), { ...CLAIM, destination: 'PACS', most: 10 });
    if (sr === undefined) throw new Error('no delivery');
    const outcome = {
      kind: 'permanent',
      code: 'context-refused',
      words: 'No presentation context was accepted. Sent as Basic Text SR Storage instead.',
    } as const;
    const simpler = artifact('sr', '1/sr-88.11.dcm', { sopClassUid: BASIC });
    expect(await replaceDeliveries(store.db(), [{ delivery: sr, outcome }], { ...OWNER, artifacts: [simpler] })).toBe(true);
    for (const { deliveryKey } of others)
      await settleDelivery(store.db(), deliveryKey, { ...OWNER, verdict: { move: 'sent' }, outcome: TAKEN });
    await settled('PACS', TAKEN, { move: 'sent' });
    const shown = await words(`/studies/${studyKey}`);
    expect(shown).toContain('Basic Text SR, since Comprehensive SR was refused ✓ sent');
    expect(shown).toContain('Comprehensive SR – not taken, replaced');
    expect(job.jobKey).toBeGreaterThan(0);
    const destinations = await words('/destinations');
    expect(destinations).toContain('What it does not take');
    expect(destinations).toMatch(
      /Comprehensive SR Storage \(report, 1 time, last .* ago \): No presentation context was accepted\. Sent as Basic Text SR/,
    );
  });

  test('says that a result was taken back, and shows what tells the destinations so', async () => {
    const { studyKey, job } = await rendered(1);
    await settled('PACS', TAKEN, { move: 'sent' });
    await settled('EHR', TAKEN, { move: 'sent' });
    await retractJob(store.db(), job.jobKey, { reason: 'safety', now: NOW + 1 });
    expect(await words('/')).toContain('taken back');
    const retraction = await claimRetraction(store.db(), { ...CLAIM, now: NOW + 1 });
    if (retraction === null) throw new Error('no retraction');
    const artifacts = [
      artifact('rejection', '1/rejection-1.dcm', { sopInstanceUid: '2.25.99' }),
      artifact('oru', '1/oru-W', { controlId: 'W1' }),
    ];
    await recordRetraction(store.db(), retraction.job, { owner: 'test', artifacts, now: NOW + 2 });
    const shown = await words(`/studies/${studyKey}`);
    expect(shown).toContain('Taken back for patient safety: nothing of this stands any more.');
    expect(shown).toMatch(
      /Rejection notes and withdrawn messages .*PACS taking back: rejection note .*EHR taking back: HL7 message/,
    );
  });

  test('shows next attempt, last error and what to do', async () => {
    const { studyKey } = await rendered(1);
    const silent: Outcome = { kind: 'transient', code: 'peer-unreachable', words: 'connect ECONNREFUSED' };
    await settled('EHR', silent, { move: 'queued', notBefore: NOW + 100_000 });
    expect(await words(`/studies/${studyKey}`)).toMatch(
      /EHR HL7 message vascular-sec ORU\^R01 ↻ delayed next attempt in 40 s 1 peer-unreachable connect ECONNREFUSED Look whether the destination runs/,
    );
    expect(await words('/destinations')).toMatch(
      /EHR ↻ trouble, tried again .*peer-unreachable connect ECONNREFUSED After 1 attempt,/,
    );
  });

  test('still shows the rest when a result or a page cannot be read, and no path then', async () => {
    const { studyKey } = await rendered(1);
    const gone = Object.assign(new Error("ENOENT: no such file or directory, open '/spool/x'"), { code: 'ENOENT' });
    const shown = await text(
      `/studies/${studyKey}`,
      {},
      { spoken: () => Promise.reject(gone), capturePages: () => Promise.reject(gone) },
    );
    expect(shown).toContain('The result cannot be read: the file is gone from the spool');
    expect(shown).not.toContain('/spool/x');
    expect(shown).toContain('What was handed on, and to whom');
  });
});

describe('what waits for a person', () => {
  test('is listed by study with the command that takes it up', async () => {
    await rendered(1);
    await settled('PACS', { kind: 'permanent', code: 'peer-refused', words: 'A900' }, { move: 'refused' });
    const shown = await words('/waiting');
    expect(shown).toMatch(/Accession ACC1 .*Comprehensive SR Storage to PACS ! refused .*peer-refused A900 The archive says no/);
    expect(shown).toContain('sonorelay retry --study 1.2.3.1');
    expect(await words('/destinations')).toMatch(/PACS ! something waits for a person .*2 refused, 0 parked/);
  });

  test('quotes for the shell what a peer gave as a UID', async () => {
    await rendered(1, { studyInstanceUid: "1.2'; rm -rf /; '" });
    await settled('PACS', { kind: 'permanent', code: 'peer-refused', words: '' }, { move: 'refused' });
    const { studies } = JSON.parse(await text('/api/waiting')) as { readonly studies: readonly { readonly retry: string }[] };
    expect(studies[0]?.retry).toBe("sonorelay retry --study '1.2'\\''; rm -rf /; '\\'''");
  });
});

describe('an address', () => {
  test('of a picture names rows alone: a page of another study or artifact is not there', async () => {
    const one = await rendered(1);
    const two = await rendered(2);
    const keys = async (studyKey: number): Promise<string> =>
      /\/studies\/\d+\/pages\/(\d+)\/1\.png/.exec(await text(`/studies/${studyKey}`))?.[1] ?? '';
    const [first, second] = [await keys(one.studyKey), await keys(two.studyKey)];
    const reply = await get(`/studies/${one.studyKey}/pages/${first}/1.png`);
    expect([reply.status, reply.type, reply.view]).toEqual([200, 'image/png', { page: 'picture', study: one.studyKey }]);
    expect(asked).toEqual(['artifacts/1/capture.dcm 1']);
    const sr = Number(first) - 1;
    for (const path of [
      `/studies/${one.studyKey}/pages/${second}/1.png`,
      `/studies/${one.studyKey}/pages/${sr}/1.png`,
      `/studies/${one.studyKey}/pages/${first}/2.png`,
      `/studies/${one.studyKey}/pages/99999/1.png`,
    ])
      expect((await get(path)).status).toBe(404);
    expect(asked).toEqual(['artifacts/1/capture.dcm 1', 'artifacts/1/capture.dcm 2']);
  });

  test.each([
    '/studies/../../etc/passwd',
    '/studies/1/pages/..%2f..%2fledger.sqlite/1.png',
    '/studies/01x',
    '/api',
    '/api/nowhere',
    '//',
    '/studies/9',
  ])('%s is not found', async (path) => {
    await rendered(1);
    expect((await get(path)).status).toBe(404);
  });

  test('below /api gives the same as JSON, times as epoch milliseconds', async () => {
    const { studyKey } = await rendered(1);
    const reply = await get(`/api/studies/${studyKey}`);
    expect([reply.type, reply.view]).toEqual(['application/json', { page: 'api study', study: studyKey }]);
    expect(JSON.parse(String(reply.body))).toMatchObject({
      study: { studyInstanceUid: '1.2.3.1', lastInstanceAt: NOW },
      standing: 'under-way',
      results: [{ modelId: 'vascular-sec', spoken: { findings: [{ isSent: true }, { isSent: false }] } }],
      deliveries: [{ destination: 'PACS', form: 'Comprehensive SR', queuedAt: NOW }, {}, { what: 'HL7 message' }],
    });
    const { destinations } = JSON.parse(await text('/api/destinations')) as { readonly destinations: readonly unknown[] };
    expect(destinations).toMatchObject([
      { name: 'PACS', open: 2 },
      { name: 'EHR', open: 1 },
    ]);
  });
});
