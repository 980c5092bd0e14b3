// Delivery over the real ledger and spool; the peers are functions here, the clock is moved by hand.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Outcome, SendDicom, SendFhir, SendHl7, StoreItem } from '../../../src/contracts/delivery.ts';
import { type DeliveryParts, deliverTo } from '../../../src/delivery/deliver.ts';
import { fault } from '../../../src/kernel/errors.ts';
import { claimDeliveries } from '../../../src/store/outbox.ts';
import { type StoreForTest, storeForTest } from '../../support/store.ts';
import { deliveriesOf, EHR, messageOf, PACS, renderedStudy } from './outbox-fixture.ts';

const accepted: Outcome = { kind: 'accepted', words: 'AA' };
const unreachable: Outcome = { kind: 'transient', code: 'peer-unreachable', words: 'connect ECONNREFUSED' };
const silent: Outcome = { kind: 'ambiguous', code: 'peer-silent', words: 'No acknowledgement' };
const busy: Outcome = { kind: 'transient', code: 'hl7-busy', words: 'AE 207 DOE^JOHN is locked' };
const refused: Outcome = { kind: 'permanent', code: 'hl7-rejected', words: 'AR DOE^JOHN unknown' };

let store: StoreForTest;
let now = 1_000_000;
let events: { name: string; fields: Record<string, unknown> }[] = [];
let delivered: string[] = [];
const turnSignal = new AbortController().signal;

beforeEach(async () => {
  store = await storeForTest();
  now = 1_000_000;
  events = [];
  delivered = [];
});
afterEach(() => store.end());

const noDicom: SendDicom = () => Promise.reject(new Error('No DICOM peer is expected here.'));
const noHl7: SendHl7 = () => Promise.reject(new Error('No HL7 peer is expected here.'));
const noFhir: SendFhir = () => Promise.reject(new Error('No FHIR peer is expected here.'));

const parts = (over: Partial<DeliveryParts>): DeliveryParts => ({
  db: store.db(),
  spool: store.spool(),
  clock: () => now,
  chance: () => 1,
  owner: 'node',
  leaseMs: 60_000,
  sendDicom: noDicom,
  sendHl7: noHl7,
  sendFhir: noFhir,
  log: (name, fields) => void events.push({ name, fields }),
  onDelivered: ({ artifact, destination }) => void delivered.push(`${artifact.kind} to ${destination}`),
  ...over,
});

/** An EHR that answers as told, the last answer for ever, and keeps what it was sent. */
function ehr(...answers: readonly Outcome[]): { readonly sendHl7: SendHl7; readonly got: string[] } {
  const got: string[] = [];
  const sendHl7: SendHl7 = (_destination, message, controlId) => {
    const answer = answers[Math.min(got.length, answers.length - 1)] ?? accepted;
    got.push(controlId);
    expect(message).toBe(messageOf(controlId));
    return Promise.resolve(answer);
  };
  return { sendHl7, got };
}

describe('a set of objects', () => {
  test('goes over one association, in order, and each row is settled by its own outcome', async () => {
    await renderedStudy(store, 1, { now, messages: 0 });
    const associations: (readonly StoreItem[])[] = [];
    const sendDicom: SendDicom = (_destination, items) => {
      associations.push(items);
      return Promise.resolve([accepted, { kind: 'permanent', code: 'context-refused', words: 'No context' }]);
    };
    const turn = deliverTo(PACS, parts({ sendDicom }));
    expect(await turn(turnSignal)).toBe(true);
    expect(await turn(turnSignal)).toBe(false);
    expect(associations.map((items) => items.map((item) => item.sopInstanceUid))).toEqual([['2.25.11', '2.25.12']]);
    expect(associations[0]?.[0]?.path).toBe(store.spool().absolute('artifacts/1/0'));
    expect(await deliveriesOf(store, 1, 'PACS')).toMatchObject([
      { state: 'sent', attempts: 1, sentAt: now },
      { state: 'refused', attempts: 1, lastOutcome: { code: 'context-refused', words: 'No context' } },
    ]);
    expect(delivered).toEqual(['sr to PACS']);
  });

  test('is settled even when the sender throws or forgets an object', async () => {
    await renderedStudy(store, 1, { now, messages: 0 });
    await renderedStudy(store, 2, { now, messages: 0 });
    const answers = [() => Promise.reject(new Error('lost')), () => Promise.resolve([accepted])];
    const turn = deliverTo(PACS, parts({ sendDicom: () => answers.shift()?.() ?? Promise.resolve([]) }));
    await turn(turnSignal);
    await turn(turnSignal);
    expect(await deliveriesOf(store, 1, 'PACS')).toMatchObject([
      { state: 'queued', dueAt: now + 1000, lastOutcome: { code: 'delivery-failed', words: 'lost' } },
      { state: 'queued', dueAt: now + 1000 },
    ]);
    expect(await deliveriesOf(store, 2, 'PACS')).toMatchObject([{ state: 'sent' }, { state: 'queued' }]);
  });
});

describe('an artifact that the spool does not hold as it was written', () => {
  test('is not sent and is left to a person, while the others of its set are sent', async () => {
    await renderedStudy(store, 1, { now, messages: 0 });
    await store.spool().writeFile('artifacts/1/0', Buffer.from('DIC'));
    const sent: string[] = [];
    const sendDicom: SendDicom = async (_destination, items) => {
      sent.push(...items.map(({ sopInstanceUid }) => sopInstanceUid));
      return items.map(() => accepted);
    };
    const turn = deliverTo(PACS, parts({ sendDicom }));
    while (await turn(turnSignal));
    expect(sent).toEqual(['2.25.12']);
    expect(await deliveriesOf(store, 1, 'PACS')).toMatchObject([
      { state: 'refused', lastOutcome: { words: 'The file to send is not what was written to the spool.' } },
      { state: 'sent' },
    ]);
  });

  test('keeps no message behind it waiting for ever when it is gone', async () => {
    await renderedStudy(store, 1, { now, messages: 2 });
    await store.spool().remove('artifacts/1/2');
    const { sendHl7, got } = ehr(accepted);
    const turn = deliverTo(EHR, parts({ sendHl7 }));
    while (await turn(turnSignal));
    expect(got).toEqual(['M1-2']);
    expect(await deliveriesOf(store, 1, 'EHR')).toMatchObject([
      { state: 'refused', lastOutcome: { words: 'The file to send is gone (ENOENT).' } },
      { state: 'sent' },
    ]);
  });
});

test('objects of a set that wait are due together, so that none blocks another', async () => {
  await renderedStudy(store, 1, { now, messages: 0 });
  const chances = [0, 0.2, 0.4, 0.6, 0.8];
  const turn = deliverTo(
    PACS,
    parts({ chance: () => chances.shift() ?? 1, sendDicom: async (_to, items) => items.map(() => unreachable) }),
  );
  await turn(turnSignal);
  const [sr, capture] = await deliveriesOf(store, 1, 'PACS');
  expect(sr?.dueAt).toBe(capture?.dueAt);
});

describe('messages', () => {
  test('of a study go one after the other', async () => {
    await renderedStudy(store, 1, { now, messages: 3 });
    const { sendHl7, got } = ehr(accepted);
    const turn = deliverTo(EHR, parts({ sendHl7 }));
    while (await turn(turnSignal));
    expect(got).toEqual(['M1-1', 'M1-2', 'M1-3']);
    expect(events.map((event) => event.name)).toEqual(['delivery.sent', 'delivery.sent', 'delivery.sent']);
  });

  test('never overtake one of the same study that has to be repeated, while other studies go on', async () => {
    await renderedStudy(store, 1, { now, messages: 2 });
    await renderedStudy(store, 2, { now, messages: 1 });
    const { sendHl7, got } = ehr(busy, accepted);
    const turn = deliverTo(EHR, parts({ sendHl7 }));
    while (await turn(turnSignal));
    expect(got).toEqual(['M1-1', 'M2-1']);
    now += 1000;
    while (await turn(turnSignal));
    expect(got).toEqual(['M1-1', 'M2-1', 'M1-1', 'M1-2']);
    expect(await deliveriesOf(store, 1, 'EHR')).toMatchObject([
      { state: 'sent', attempts: 2 },
      { state: 'sent', attempts: 1 },
    ]);
  });

  test('that are refused stay so, with the words of the peer, and the next one goes', async () => {
    await renderedStudy(store, 1, { now, messages: 2 });
    const { sendHl7, got } = ehr(refused, accepted);
    const turn = deliverTo(EHR, parts({ sendHl7 }));
    while (await turn(turnSignal));
    now += 3_600_000;
    expect(await turn(turnSignal)).toBe(false);
    expect(got).toEqual(['M1-1', 'M1-2']);
    expect(await deliveriesOf(store, 1, 'EHR')).toMatchObject([
      { state: 'refused', lastOutcome: { kind: 'permanent', code: 'hl7-rejected', words: 'AR DOE^JOHN unknown' } },
      { state: 'sent' },
    ]);
  });

  test('are parked after the last attempt', async () => {
    await renderedStudy(store, 1, { now, messages: 1 });
    const { sendHl7, got } = ehr(silent);
    const turn = deliverTo(EHR, parts({ sendHl7 }));
    for (let hour = 0; hour < 10; hour += 1) {
      await turn(turnSignal);
      now += 3_600_000;
    }
    expect(got).toHaveLength(5);
    expect(await deliveriesOf(store, 1, 'EHR')).toMatchObject([
      { state: 'parked', attempts: 5, lastOutcome: { code: 'peer-silent' } },
    ]);
  });

  test('whose file is gone or damaged are settled, not tried for ever', async () => {
    await renderedStudy(store, 1, { now, messages: 2 });
    await store.spool().remove('artifacts/1/2');
    await store.spool().writeFile('artifacts/1/3', Buffer.from([0x4d, 0x53, 0x48, 0xff]));
    const { sendHl7, got } = ehr(accepted);
    const turn = deliverTo(EHR, parts({ sendHl7 }));
    for (let hour = 0; hour < 20; hour += 1) {
      await turn(turnSignal);
      now += 3_600_000;
    }
    expect(got).toEqual([]);
    const rows = await deliveriesOf(store, 1, 'EHR');
    expect(rows.map((row) => row.state)).toEqual(['refused', 'refused']);
  });
});

describe('a peer that is down', () => {
  test('is left alone for growing pauses, however many studies wait, and gets all of them once it is back', async () => {
    for (const study of [1, 2, 3]) await renderedStudy(store, study, { now, messages: 1 });
    const { sendHl7, got } = ehr(unreachable, unreachable, accepted);
    const turn = deliverTo(EHR, parts({ sendHl7 }));
    const tried: number[] = [];
    for (const start = now; now < start + 10_000; now += 100) {
      const before = got.length;
      while (await turn(turnSignal));
      if (got.length > before) tried.push(now - start);
    }
    expect(tried).toEqual([0, 1000, 3000]);
    expect(got).toEqual(['M1-1', 'M2-1', 'M3-1', 'M1-1', 'M2-1']);
    for (const study of [1, 2, 3]) expect(await deliveriesOf(store, study, 'EHR')).toMatchObject([{ state: 'sent' }]);
  });

  test('does not hold up another destination', async () => {
    await renderedStudy(store, 1, { now, messages: 1 });
    const toEhr = deliverTo(EHR, parts({ sendHl7: ehr(unreachable).sendHl7 }));
    const toPacs = deliverTo(PACS, parts({ sendDicom: () => Promise.resolve([accepted, accepted]) }));
    await toEhr(turnSignal);
    await toPacs(turnSignal);
    expect(await deliveriesOf(store, 1, 'PACS')).toMatchObject([{ state: 'sent' }, { state: 'sent' }]);
  });
});

describe('leases', () => {
  test('are moved on while a send takes longer than they last', async () => {
    await renderedStudy(store, 1, { now, messages: 1 });
    const answer = Promise.withResolvers<Outcome>();
    const running = deliverTo(EHR, parts({ sendHl7: () => answer.promise, leaseMs: 30 }))(turnSignal);
    const started = now;
    const dueAt = async (): Promise<number> => (await deliveriesOf(store, 1, 'EHR'))[0]?.dueAt ?? 0;
    const becomes = async (wanted: number): Promise<void> => {
      for (const until = Date.now() + 10_000; Date.now() < until && (await dueAt()) !== wanted; );
      expect(await dueAt()).toBe(wanted);
    };
    await becomes(started + 30);
    now += 20;
    await becomes(started + 50);
    now += 20;
    expect(await claimDeliveries(store.db(), { destination: 'EHR', owner: 'other', now, leaseMs: 30, most: 1 })).toEqual([]);
    answer.resolve(accepted);
    await running;
    expect(await deliveriesOf(store, 1, 'EHR')).toMatchObject([{ state: 'sent', attempts: 1 }]);
  });

  test('that another node took meanwhile leave the row to it', async () => {
    await renderedStudy(store, 1, { now, messages: 1 });
    const sendHl7: SendHl7 = async () => {
      now += 60_001;
      await claimDeliveries(store.db(), { destination: 'EHR', owner: 'other', now, leaseMs: 60_000, most: 1 });
      return accepted;
    };
    await deliverTo(EHR, parts({ sendHl7 }))(turnSignal);
    expect(delivered).toEqual([]);
    expect(events).toEqual([]);
    expect(await deliveriesOf(store, 1, 'EHR')).toMatchObject([{ state: 'sending', attempts: 2 }]);
  });

  test('that ran out in a crash are taken again, the message with the same MSH-10', async () => {
    await renderedStudy(store, 1, { now, messages: 1 });
    await claimDeliveries(store.db(), { destination: 'EHR', owner: 'dead node', now, leaseMs: 60_000, most: 1 });
    const { sendHl7, got } = ehr(accepted);
    const turn = deliverTo(EHR, parts({ sendHl7 }));
    expect(await turn(turnSignal)).toBe(false);
    now += 60_000;
    expect(await turn(turnSignal)).toBe(true);
    expect(got).toEqual(['M1-1']);
  });
});

describe('the log', () => {
  test('says where and why, but not in the words of the peer, which may name a patient', async () => {
    await renderedStudy(store, 1, { now, messages: 3 });
    const { sendHl7 } = ehr(refused, unreachable, busy);
    const turn = deliverTo(EHR, parts({ sendHl7 }));
    while (await turn(turnSignal));
    now += 1000;
    while (await turn(turnSignal));
    const about = { study: 1, destination: 'EHR', kind: 'oru' };
    expect(events).toEqual([
      { name: 'delivery.parked', fields: { ...about, attempt: 1, code: 'hl7-rejected', detail: '' } },
      {
        name: 'delivery.delayed',
        fields: { ...about, attempt: 1, code: 'peer-unreachable', detail: 'connect ECONNREFUSED', waitMs: 1000 },
      },
      { name: 'delivery.delayed', fields: { ...about, attempt: 2, code: 'hl7-busy', detail: '', waitMs: 2000 } },
    ]);
  });

  test('and the row name a fault by its code when a sender throws one', async () => {
    await renderedStudy(store, 1, { now, messages: 1 });
    const turn = deliverTo(EHR, parts({ sendHl7: () => Promise.reject(fault('character-set-unsupported', 'Latin only.')) }));
    await turn(turnSignal);
    expect(await deliveriesOf(store, 1, 'EHR')).toMatchObject([
      { state: 'refused', lastOutcome: { kind: 'permanent', code: 'character-set-unsupported' } },
    ]);
  });
});
