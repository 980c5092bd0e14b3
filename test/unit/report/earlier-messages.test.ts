// What the next message of a study is to a receiver, by what became of those before it: a correction of what it has, or the first that it gets.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { statusText } from '../../../src/commands/status.ts';
import type { Delivery, Destination, Outcome, Verdict } from '../../../src/contracts/delivery.ts';
import type { ResultOf } from '../../../src/contracts/finding.ts';
import { type ParsedMessage, parseMessage, valueAt } from '../../../src/hl7/message.ts';
import { type RenderParts, renderJobs } from '../../../src/report/render.ts';
import { retractJobs } from '../../../src/report/retract.ts';
import { loadJob } from '../../../src/store/jobs.ts';
import { claimDeliveries, settleDelivery } from '../../../src/store/outbox.ts';
import { studyOverviews } from '../../../src/store/overview.ts';
import { retractJob } from '../../../src/store/retractions.ts';
import { renderedJob } from '../../support/rendered-job.ts';
import { INSTALLATION, RESULT } from '../../support/report-fixture.ts';
import { DESTINATION } from '../../support/report-objects.ts';
import { type StoreForTest, storeForTest } from '../../support/store.ts';

const EHR: Destination = { ...DESTINATION, name: 'EHR' };
// As small as a result of two sections can be: drawing pages is what takes time here.
const BOTH: ResultOf<'vascular-sec'> = {
  ...RESULT,
  sections: RESULT.sections.map((one) => ({ ...one, keyframes: one.keyframes.slice(0, 1) })),
};
const WITHOUT_FIRST: ResultOf<'vascular-sec'> = { ...BOTH, sections: BOTH.sections.slice(1) };

type Ending = { readonly outcome: Outcome; readonly verdict: Verdict };
const SENT: Ending = { outcome: { kind: 'accepted', words: 'AA' }, verdict: { move: 'sent' } };
const REFUSED: Ending = { outcome: { kind: 'permanent', code: 'hl7-error', words: 'AE' }, verdict: { move: 'refused' } };
const UNREACHABLE: Ending = {
  outcome: { kind: 'transient', code: 'peer-unreachable', words: 'no' },
  verdict: { move: 'queued', notBefore: 0 },
};
const SILENT: Ending = {
  outcome: { kind: 'ambiguous', code: 'peer-silent', words: 'no answer' },
  verdict: { move: 'queued', notBefore: 0 },
};
const PARKED: Ending = { ...UNREACHABLE, verdict: { move: 'parked' } };

let store: StoreForTest;
let now: number;
let images: number;
beforeEach(async () => {
  store = await storeForTest();
  now = 1_000_000;
  images = 0;
});
afterEach(() => store.end());

/** The result of the study with one image more. */
const reported = (result: ResultOf<'vascular-sec'>): Promise<number> => {
  now += 60_000;
  images += 1;
  return renderedJob(store, { result, destinations: [EHR], number: images, now });
};
const claimed = (): Promise<readonly Delivery[]> =>
  claimDeliveries(store.db(), { destination: 'EHR', owner: 'x', now, leaseMs: 1000, most: 1 });

/** One attempt at what is due; resolves with the message that went out. */
async function attempt({ outcome, verdict }: Ending): Promise<ParsedMessage> {
  now += 1000;
  const [delivery] = await claimed();
  if (delivery === undefined) throw new Error('nothing is due');
  await settleDelivery(store.db(), delivery.deliveryKey, { owner: 'x', verdict, outcome, now });
  const message = parseMessage((await store.spool().readFile(delivery.artifact.spoolPath)).toString('utf8'));
  if (message === null) throw new Error('no message');
  return message;
}
const rows = (message: ParsedMessage): readonly (readonly string[])[] =>
  message.segments.filter(({ name }) => name === 'OBX').map(({ fields }) => fields);
const statusOf = (message: ParsedMessage): string => valueAt(message, 'OBR', 25);
const takenBack = (message: ParsedMessage): readonly (string | undefined)[] => [
  ...new Set(rows(message).flatMap((fields) => (fields[11] === 'W' ? [fields[4]] : []))),
];
const deliveries = async () => (await studyOverviews(store.db(), { limit: 1 }))[0]?.deliveries ?? [];
const nothingIsDue = async (): Promise<void> => expect(await claimed()).toEqual([]);

const parts = (): RenderParts => ({
  db: store.db(),
  spool: store.spool(),
  clock: () => now,
  owner: 'x',
  leaseMs: 60_000,
  destinations: [EHR],
  installation: INSTALLATION,
  log: () => undefined,
  onRendered: () => undefined,
  offsetAt: () => 0,
});
const rendering = () => renderJobs(parts())(new AbortController().signal);
const retracting = () => retractJobs(parts())(new AbortController().signal);

/** Whether the message that is due takes back every row that it holds. */
const withdrawnWhole = async (): Promise<boolean> => rows(await attempt(SENT)).every((fields) => fields[11] === 'W');

describe('a result that is taken back while the next one comes', () => {
  test('is withdrawn first, and the next one is then the first that stands', async () => {
    const first = await reported(BOTH);
    await attempt(SENT);
    await retractJob(store.db(), first, { reason: 'quality', now });
    const second = await reported(WITHOUT_FIRST);
    expect((await loadJob(store.db(), second))?.state).toBe('done');
    await nothingIsDue();
    await retracting();
    await rendering();
    expect(await withdrawnWhole()).toBe(true);
    const last = await attempt(SENT);
    expect([statusOf(last), takenBack(last)]).toEqual(['P', []]);
    await nothingIsDue();
  });

  test('as that is being written, makes it be written again', async () => {
    const first = await reported(BOTH);
    await attempt(SENT);
    const spool = store.spool();
    const writeFile: typeof spool.writeFile = async (file, bytes) => {
      await retractJob(store.db(), first, { reason: 'quality', now });
      await spool.writeFile(file, bytes);
    };
    now += 60_000;
    const more = { spool: { ...parts().spool, writeFile } };
    const second = await renderedJob(store, { result: WITHOUT_FIRST, destinations: [EHR], number: 2, now, more });
    expect((await loadJob(store.db(), second))?.state).toBe('done');
    await retracting();
    await rendering();
    expect(await withdrawnWhole()).toBe(true);
    const last = await attempt(SENT);
    expect([statusOf(last), takenBack(last)]).toEqual(['P', []]);
  });
});

describe('the message of a later revision', () => {
  test('corrects the one that arrived, and takes back what it does not state any more', async () => {
    await reported(BOTH);
    expect(statusOf(await attempt(SENT))).toBe('P');
    await reported(WITHOUT_FIRST);
    const second = await attempt(SENT);
    expect([statusOf(second), takenBack(second)]).toEqual(['C', ['1']]);
    await nothingIsDue();
  });

  test.each([
    ['was not tried yet', []],
    ['never found the receiver', [UNREACHABLE, UNREACHABLE]],
    ['was given up', [UNREACHABLE, PARKED]],
    ['was refused', [REFUSED]],
  ])('is the first for a receiver where the one before it %s, which is not sent any more', async (_, endings) => {
    await reported(BOTH);
    for (const ending of endings) await attempt(ending);
    await reported(WITHOUT_FIRST);
    const second = await attempt(SENT);
    expect([statusOf(second), takenBack(second)]).toEqual(['P', []]);
    await nothingIsDue();
    const [superseded] = await deliveries();
    expect([superseded?.state, superseded?.lastOutcome?.words]).toEqual([
      'withdrawn',
      'The message of a later result is sent instead.',
    ]);
    const [overview] = await studyOverviews(store.db(), { limit: 1 });
    expect(overview?.history.map(({ what }) => what)).toContain('delivery-superseded');
    expect(overview === undefined ? '' : statusText(overview, { now, history: true })).toContain('the later one is sent');
  });

  test('corrects the last one that arrived when one between them did not', async () => {
    await reported(BOTH);
    await attempt(SENT);
    await reported(WITHOUT_FIRST);
    await attempt(REFUSED);
    await reported(WITHOUT_FIRST);
    const third = await attempt(SENT);
    expect([statusOf(third), takenBack(third)]).toEqual(['C', ['1']]);
    await nothingIsDue();
  });

  test('corrects one that may have arrived, also when the receiver was not found after that, and lets it be repeated first', async () => {
    await reported(BOTH);
    await attempt(SILENT);
    await attempt(UNREACHABLE);
    await reported(WITHOUT_FIRST);
    expect(statusOf(await attempt(SENT))).toBe('P');
    const second = await attempt(SENT);
    expect([statusOf(second), takenBack(second)]).toEqual(['C', ['1']]);
  });

  test('waits for one that is on its way, and for no sender that came to no end', async () => {
    await reported(BOTH);
    now += 60_000;
    await claimed();
    now -= 60_000;
    const later = await reported(WITHOUT_FIRST);
    expect(await loadJob(store.db(), later)).toMatchObject({ state: 'done' });
    // The lease of the sender runs out.
    now += 3_600_000;
    expect(await rendering()).toBe(true);
    expect(await loadJob(store.db(), later)).toMatchObject({ state: 'rendered' });
    expect(statusOf(await attempt(SENT))).toBe('P');
    expect(statusOf(await attempt(SENT))).toBe('C');
  });

  test('is written anew as a correction when the one before it went out while it was written', async () => {
    await reported(BOTH);
    now += 60_000;
    images += 1;
    let sent = false;
    const spool = {
      ...store.spool(),
      writeFile: async (spoolPath: string, bytes: Uint8Array) => {
        if (!sent) {
          sent = true;
          expect(statusOf(await attempt(SENT))).toBe('P');
        }
        await store.spool().writeFile(spoolPath, bytes);
      },
    };
    const later = await renderedJob(store, { result: WITHOUT_FIRST, destinations: [EHR], number: images, now, more: { spool } });
    expect(await loadJob(store.db(), later)).toMatchObject({ state: 'done' });
    expect(await rendering()).toBe(true);
    const second = await attempt(SENT);
    expect([statusOf(second), takenBack(second)]).toEqual(['C', ['1']]);
  });

  test('is the first again after the one before it was taken back, also while that waits', async () => {
    const jobKey = await reported(BOTH);
    await attempt(SENT);
    expect(await retractJob(store.db(), jobKey, { reason: 'quality', now })).toBe(true);
    await retracting();
    await reported(WITHOUT_FIRST);
    expect(new Set(rows(await attempt(SENT)).map((fields) => fields[11]))).toEqual(new Set(['W']));
    const second = await attempt(SENT);
    expect([statusOf(second), takenBack(second)]).toEqual(['P', []]);
    await nothingIsDue();
  });
});

test('what may have arrived is taken back too, also when the receiver was not found after that', async () => {
  const jobKey = await reported(BOTH);
  await attempt(SILENT);
  await attempt(UNREACHABLE);
  expect(await retractJob(store.db(), jobKey, { reason: 'quality', now })).toBe(true);
  await retracting();
  expect(new Set(rows(await attempt(SENT)).map((fields) => fields[11]))).toEqual(new Set(['W']));
  await nothingIsDue();
});

test('a result whose successor the receiver refused still stands there, and is taken back with it', async () => {
  const first = await reported(BOTH);
  await attempt(SENT);
  const second = await reported(WITHOUT_FIRST);
  await attempt(REFUSED);
  for (const jobKey of [second, first]) expect(await retractJob(store.db(), jobKey, { reason: 'safety', now })).toBe(true);
  for (let turn = 0; turn < 2; turn++) expect(await retracting()).toBe(true);
  const withdrawal = await attempt(SENT);
  expect(new Set(rows(withdrawal).map((fields) => fields[11]))).toEqual(new Set(['W']));
  expect(rows(withdrawal).map((fields) => fields[4])).toContain('1');
  await nothingIsDue();
});

test('a result that was superseded at the receiver is not taken back a second time with its successor', async () => {
  const first = await reported(BOTH);
  await attempt(SENT);
  const second = await reported(WITHOUT_FIRST);
  await attempt(SENT);
  for (const jobKey of [second, first]) expect(await retractJob(store.db(), jobKey, { reason: 'safety', now })).toBe(true);
  for (let turn = 0; turn < 2; turn++) expect(await retracting()).toBe(true);
  expect(new Set(rows(await attempt(SENT)).map((fields) => fields[11]))).toEqual(new Set(['W']));
  await nothingIsDue();
});
