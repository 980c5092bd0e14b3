// HL7 results on their way from the ledger to a receiver of another make: the receiver goes and comes, the node is restarted, the clock is moved by hand.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Hl7Destination } from '../../src/contracts/delivery.ts';
import { deliverTo } from '../../src/delivery/deliver.ts';
import { mllpSender } from '../../src/edge/mllp-client.ts';
import { startLoop, type Turn } from '../../src/kernel/loop.ts';
import { type Hl7Receiver, type Hl7ReceiverOptions, startHl7Receiver } from '../support/hl7-receiver.ts';
import { type StoreForTest, storeForTest } from '../support/store.ts';
import { deliveriesOf, EHR, messageOf, renderedStudy } from '../unit/delivery/outbox-fixture.ts';

const SECOND = 1000;
const signal = new AbortController().signal;
let store: StoreForTest;
let now = 0;
let started: Hl7Receiver[] = [];

beforeEach(async () => {
  store = await storeForTest();
  now = 1_000_000;
  started = [];
});
afterEach(async () => {
  await store.end();
  await Promise.all(started.map((one) => one.stop()));
});

const receiver = async (options: Hl7ReceiverOptions = {}): Promise<Hl7Receiver> => {
  const one = await startHl7Receiver(options);
  started.push(one);
  return one;
};

/** The turn of a node that has just started with this ledger. */
function freshNode(destination: Hl7Destination): Turn {
  const log = (): void => undefined;
  return deliverTo(destination, {
    db: store.db(),
    spool: store.spool(),
    clock: () => now,
    chance: () => 1,
    owner: 'node',
    leaseMs: 60 * SECOND,
    sendDicom: () => Promise.reject(new Error('There is no DICOM destination here.')),
    sendHl7: mllpSender({ log }),
    sendFhir: () => Promise.reject(new Error('There is no FHIR destination here.')),
    log,
    onDelivered: () => undefined,
  });
}

const patient = (port: number, over: Partial<Hl7Destination> = {}): Hl7Destination => ({
  ...EHR,
  port,
  retry: { firstDelayMs: SECOND, longestDelayMs: 60 * SECOND, mostAttempts: 0 },
  ...over,
});

test('a receiver that is down gets every message once when it is back, whatever restarts lie between', async () => {
  const first = await receiver();
  await first.stop();
  const destination = patient(first.port);
  await renderedStudy(store, 1, { now, messages: 2 });

  const waits: number[] = [];
  for (const attempt of [1, 2, 3, 4]) {
    const turn = freshNode(destination);
    expect(await turn(signal)).toBe(true);
    expect(await turn(signal)).toBe(false);
    const [waiting, behind] = await deliveriesOf(store, 1, 'EHR');
    expect(waiting).toMatchObject({ state: 'queued', attempts: attempt, lastOutcome: { code: 'peer-unreachable' } });
    expect(behind).toMatchObject({ state: 'queued', attempts: 0 });
    waits.push((waiting?.dueAt ?? 0) - now);
    await store.restart();
    now = (waiting?.dueAt ?? 0) - 1;
    expect(await freshNode(destination)(signal)).toBe(false);
    now += 1;
  }
  expect(waits).toEqual([1 * SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]);

  const again = await receiver({ port: first.port });
  const turn = freshNode(destination);
  while (await turn(signal));
  expect(await again.messages()).toEqual([messageOf('M1-1'), messageOf('M1-2')]);
  expect(await deliveriesOf(store, 1, 'EHR')).toMatchObject([
    { state: 'sent', attempts: 5, sentAt: now },
    { state: 'sent', attempts: 1 },
  ]);
  now += 3600 * SECOND;
  await store.restart();
  expect(await freshNode(destination)(signal)).toBe(false);
});

test('a message that the receiver refuses is refused in the words of the receiver, and is not sent again', async () => {
  const peer = await receiver({ answers: ['AR:201:Event not supported', 'AE:101:Order number missing', 'AA'] });
  await renderedStudy(store, 1, { now, messages: 3 });
  const turn = freshNode(patient(peer.port));
  while (await turn(signal));
  expect(await deliveriesOf(store, 1, 'EHR')).toMatchObject([
    { state: 'refused', attempts: 1, lastOutcome: { code: 'hl7-rejected', words: 'AR 201 Event not supported' } },
    { state: 'refused', attempts: 1, lastOutcome: { code: 'hl7-error', words: 'AE 101 Order number missing' } },
    { state: 'sent', attempts: 1 },
  ]);
  now += 3600 * SECOND;
  expect(await turn(signal)).toBe(false);
  expect(await peer.messages()).toHaveLength(3);
});

test.each(['silent', 'drop', 'middle', 'foreign', 'AE:207:Database is down'])(
  'after the answer "%s" the same message comes again under the same MSH-10 and is settled',
  async (answer) => {
    const peer = await receiver({ answers: [answer, 'AA'] });
    await renderedStudy(store, 1, { now, messages: 1 });
    const turn = freshNode(patient(peer.port, { acknowledgementTimeoutMs: 500 }));
    while (await turn(signal));
    now += SECOND;
    while (await turn(signal));
    expect(await deliveriesOf(store, 1, 'EHR')).toMatchObject([{ state: 'sent', attempts: 2 }]);
    expect(new Set(await peer.messages())).toEqual(new Set([messageOf('M1-1')]));
  },
);

test('the loop of a destination delivers many studies, each message once and those of a study in order', async () => {
  const peer = await receiver();
  const studies = Array.from({ length: 20 }, (_, index) => index + 1);
  for (const study of studies) await renderedStudy(store, study, { now, messages: 2 });
  const failures: unknown[] = [];
  const onError = (error: unknown): void => void failures.push(error);
  const loop = startLoop(freshNode(patient(peer.port)), { idleMs: 20, errorPauseMs: 20, lanes: 2, onError });
  for (const until = Date.now() + 60 * SECOND; Date.now() < until && (await peer.messages()).length < 40; );
  await loop.stop();
  expect(failures).toEqual([]);
  const got = await peer.messages();
  expect(got.toSorted()).toEqual(studies.flatMap((study) => [messageOf(`M${study}-1`), messageOf(`M${study}-2`)]).toSorted());
  for (const study of studies) expect(got.indexOf(messageOf(`M${study}-1`))).toBeLessThan(got.indexOf(messageOf(`M${study}-2`)));
});
