// What a destination refused is not tried anew for every study, but is after a while; what has no simpler form is tried every time.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Outcome, SendDicom } from '../../../src/contracts/delivery.ts';
import { deliverTo } from '../../../src/delivery/deliver.ts';
import type { SimplerForms } from '../../../src/delivery/simpler.ts';
import type { Turn } from '../../../src/kernel/loop.ts';
import { type StoreForTest, storeForTest } from '../../support/store.ts';
import { deliveriesOf, PACS, renderedStudy } from './outbox-fixture.ts';

const [COMPREHENSIVE, ENHANCED, PAGES, SINGLE] = [
  '1.2.840.10008.5.1.4.1.1.88.33',
  '1.2.840.10008.5.1.4.1.1.88.22',
  '1.2.840.10008.5.1.4.1.1.7.4',
  '1.2.840.10008.5.1.4.1.1.7',
];
const HOUR = 3_600_000;
const signal = new AbortController().signal;
const NO_PEER = (): Promise<never> => Promise.reject(new Error('No such peer is expected here.'));

let store: StoreForTest;
let now: number;
let tried: string[];
beforeEach(async () => {
  store = await storeForTest();
  now = Date.UTC(2026, 10, 22, 9, 30);
  tried = [];
});
afterEach(() => store.end());

/** An archive without presentation contexts for some classes; a report goes nowhere without its images. */
const archive =
  (...refused: readonly string[]): SendDicom =>
  (_destination, items) => {
    const without = new Set(items.filter(({ sopClassUid }) => refused.includes(sopClassUid)).map((one) => one.sopInstanceUid));
    return Promise.resolve(
      items.map((item): Outcome => {
        tried.push(item.sopClassUid);
        const code = 'context-refused';
        if (without.has(item.sopInstanceUid)) return { kind: 'permanent', code, words: 'No context.' };
        const standsBack = item.refersTo?.some((uid) => without.has(uid)) === true;
        return standsBack ? { kind: 'transient', code, words: 'No context for an image.' } : { kind: 'accepted', words: '' };
      }),
    );
  };

/** Enhanced for Comprehensive SR where the class itself was refused; a single image for pages, with the report anew. */
const simplerForms: SimplerForms = async (refused) => {
  const images = refused.filter(({ sopClassUid }) => sopClassUid === PAGES);
  const reports = refused.filter(({ sopClassUid }) => sopClassUid === COMPREHENSIVE);
  const all = [...images, ...reports];
  if (all.length === 0) return [];
  const artifacts = all.map((artifact) => ({
    ...artifact,
    sopClassUid: artifact.sopClassUid === PAGES ? SINGLE : images.length > 0 ? COMPREHENSIVE : ENHANCED,
    sopInstanceUid: `${artifact.sopInstanceUid}.1`,
    spoolPath: `${artifact.spoolPath}-simpler-${tried.length}`,
    destinations: ['PACS'],
  }));
  for (const { spoolPath } of artifacts) await store.spool().writeFile(spoolPath, Buffer.from('DICM'));
  return [{ replaces: all.map(({ artifactKey }) => ({ artifactKey, words: 'Sent in a simpler form instead.' })), artifacts }];
};

const turnTo = (sendDicom: SendDicom): Turn =>
  deliverTo(PACS, {
    db: store.db(),
    spool: store.spool(),
    clock: () => now,
    chance: () => 1,
    owner: 'node',
    leaseMs: 60_000,
    sendDicom,
    sendHl7: NO_PEER,
    sendFhir: NO_PEER,
    simplerForms,
    log: () => undefined,
    onDelivered: () => undefined,
  });

/** Sends study `number`; resolves with the classes that were tried for it. */
async function classesOf(number: number, turn: Turn): Promise<readonly string[]> {
  await renderedStudy(store, number, { now, messages: 0 });
  tried = [];
  for (let turns = 0; turns < 10 && (await turn(signal)); turns++);
  return tried;
}
const statesOf = async (number: number): Promise<readonly string[]> =>
  (await deliveriesOf(store, number, 'PACS')).map(({ state }) => state);

test('a class that was refused once is left out for the studies that follow, and tried again after an hour', async () => {
  const turn = turnTo(archive(COMPREHENSIVE));
  expect(await classesOf(1, turn)).toEqual([COMPREHENSIVE, PAGES, ENHANCED]);
  expect(await classesOf(2, turn)).toEqual([PAGES, ENHANCED]);
  expect(await statesOf(2)).toEqual(['withdrawn', 'sent', 'sent']);
  const [report] = await deliveriesOf(store, 2, 'PACS');
  expect(report?.lastOutcome).toEqual({
    kind: 'permanent',
    code: 'context-refused',
    words: 'Not tried: no presentation context was accepted at 09:30 UTC. Sent in a simpler form instead.',
  });
  now += HOUR - 1;
  expect(await classesOf(3, turn)).toEqual([PAGES, ENHANCED]);
  now += 1;
  expect(await classesOf(4, turn)).toEqual([COMPREHENSIVE, PAGES, ENHANCED]);
});

test('a report that stood back for its images alone is not taken for refused itself', async () => {
  const turn = turnTo(archive(PAGES));
  expect(await classesOf(1, turn)).toEqual([COMPREHENSIVE, PAGES, SINGLE, COMPREHENSIVE]);
  expect(await classesOf(2, turn)).not.toContain(PAGES);
  expect(await statesOf(2)).toEqual(['withdrawn', 'withdrawn', 'sent', 'sent']);
});

test('what has no simpler form is tried for every study: the archive may take it by now', async () => {
  const refusing = turnTo(archive(COMPREHENSIVE, ENHANCED));
  await classesOf(1, refusing);
  expect(await statesOf(1)).toEqual(['withdrawn', 'sent', 'refused']);
  expect(await classesOf(2, refusing)).toEqual([PAGES, ENHANCED]);
});

test('a node that was started anew finds out anew', async () => {
  await classesOf(1, turnTo(archive(COMPREHENSIVE)));
  expect(await classesOf(2, turnTo(archive(COMPREHENSIVE)))).toContain(COMPREHENSIVE);
});
