// The HL7 sender against a receiver written with another HL7 implementation (python3-hl7), in all the ways a receiver can behave.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Hl7Destination, Outcome } from '../../src/contracts/delivery.ts';
import { mllpSender } from '../../src/edge/mllp-client.ts';
import type { Log } from '../../src/kernel/log.ts';
import { type Hl7Receiver, type Hl7ReceiverOptions, startHl7Receiver } from '../support/hl7-receiver.ts';

const started: Hl7Receiver[] = [];
const receiver = async (options: Hl7ReceiverOptions = {}): Promise<Hl7Receiver> => {
  const one = await startHl7Receiver(options);
  started.push(one);
  return one;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

const destinationAt = (port: number, over: Partial<Hl7Destination> = {}): Hl7Destination => ({
  name: 'ehr',
  kind: 'hl7',
  host: '127.0.0.1',
  port,
  tls: null,
  receivingApplication: 'RIS',
  receivingFacility: 'HOSP',
  sendingApplication: 'SONORELAY',
  sendingFacility: 'AI',
  version: '2.5.1',
  processingId: 'T',
  characterSet: 'UNICODE UTF-8',
  connectTimeoutMs: 5000,
  acknowledgementTimeoutMs: 10_000,
  retry: { firstDelayMs: 10, longestDelayMs: 10, mostAttempts: 0 },
  ...over,
});

const message = (controlId: string, text = 'finding', characterSet = 'UNICODE UTF-8'): string =>
  [
    `MSH|^~\\&|SONORELAY|AI|RIS|HOSP|20261122101530+0000||ORU^R01^ORU_R01|${controlId}|T|2.5.1||||||${characterSet}`,
    'PID|1||SIM-1^^^HOSP^MR||Phantom^Éva^李',
    `OBX|1|TX|19005-8^Impression^LN||${text}||||||P`,
    '',
  ].join('\r');

const silence: Log = () => undefined;

async function sendOnce(
  answers: readonly string[],
  over: Partial<Hl7Destination> = {},
): Promise<{ outcome: Outcome; stored: number }> {
  const peer = await receiver({ answers });
  const outcome = await mllpSender({ log: silence })(destinationAt(peer.port, over), message('M1'), 'M1');
  return { outcome, stored: (await peer.messages()).length };
}

describe('what the receiver answers', () => {
  test.each(['AA', 'CA', 'split', 'twice', 'late:300:AA'])('%s: accepted, and stored as it was sent', async (answer) => {
    const peer = await receiver({ answers: [answer] });
    const outcome = await mllpSender({ log: silence })(destinationAt(peer.port), message('M1'), 'M1');
    expect(outcome.kind).toBe('accepted');
    expect(await peer.messages()).toEqual([message('M1')]);
  });

  test('AE with an error in the message is permanent, with the words of the receiver', async () => {
    const { outcome } = await sendOnce(['AE:101:Order number missing']);
    expect(outcome).toEqual({ kind: 'permanent', code: 'hl7-error', words: 'AE 101 Order number missing' });
  });

  test('AE because the receiver is not able now is transient', async () => {
    const { outcome } = await sendOnce(['AE:207:Database is down']);
    expect(outcome).toEqual({ kind: 'transient', code: 'hl7-busy', words: 'AE 207 Database is down' });
  });

  test('AR is permanent, with the words of the receiver', async () => {
    const { outcome } = await sendOnce(['AR:201:Event not supported']);
    expect(outcome).toEqual({ kind: 'permanent', code: 'hl7-rejected', words: 'AR 201 Event not supported' });
  });

  test('a stale acknowledgement before the right one is ignored and logged', async () => {
    const peer = await receiver({ answers: ['stale'] });
    const events: unknown[] = [];
    const log: Log = (name, fields) => void events.push([name, fields]);
    expect(await mllpSender({ log })(destinationAt(peer.port), message('M1'), 'M1')).toMatchObject({ kind: 'accepted' });
    expect(events).toEqual([['acknowledgement.ignored', { destination: 'ehr', frames: 1 }]]);
  });

  test('an acknowledgement of another message is never taken for ours', async () => {
    const { outcome, stored } = await sendOnce(['foreign'], { acknowledgementTimeoutMs: 400 });
    expect(outcome).toEqual({
      kind: 'ambiguous',
      code: 'peer-silent',
      words: 'No acknowledgement within 400 ms. (1 acknowledgement(s) of other messages ignored)',
    });
    expect(stored).toBe(1);
  });

  test('silence ends with the time-out and is ambiguous', async () => {
    const { outcome } = await sendOnce(['silent'], { acknowledgementTimeoutMs: 300 });
    expect(outcome).toMatchObject({ kind: 'ambiguous', code: 'peer-silent', words: 'No acknowledgement within 300 ms.' });
  });

  test.each(['drop', 'middle'])('a connection closed before the acknowledgement (%s) is ambiguous at once', async (answer) => {
    const before = Date.now();
    const { outcome } = await sendOnce([answer]);
    expect(outcome).toMatchObject({ kind: 'ambiguous', code: 'peer-silent' });
    expect(Date.now() - before).toBeLessThan(8000);
  });

  test.each([
    ['garbage', 'The frame does not begin with MSH.'],
    ['flood', 'The frame is larger than 65536 bytes.'],
  ])('a frame that is no acknowledgement (%s) is ambiguous', async (answer, words) => {
    const { outcome } = await sendOnce([answer]);
    expect(outcome).toEqual({ kind: 'ambiguous', code: 'hl7-frame-invalid', words });
  });
});

describe('a receiver that is not there', () => {
  test('is transient, and when it is back the same message is delivered once', async () => {
    const first = await receiver();
    const destination = destinationAt(first.port);
    const send = mllpSender({ log: silence });
    await first.stop();
    expect(await send(destination, message('M1'), 'M1')).toMatchObject({ kind: 'transient', code: 'peer-unreachable' });
    const again = await receiver({ port: first.port });
    expect(await send(destination, message('M1'), 'M1')).toMatchObject({ kind: 'accepted' });
    expect(await again.messages()).toEqual([message('M1')]);
  });

  test('a name with several addresses still says why', async () => {
    const gone = await receiver();
    await gone.stop();
    const outcome = await mllpSender({ log: silence })(destinationAt(gone.port, { host: 'localhost' }), message('M1'), 'M1');
    expect(outcome).toMatchObject({
      kind: 'transient',
      code: 'peer-unreachable',
      words: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('several messages', () => {
  test('given at once arrive in order, one after the other', async () => {
    const peer = await receiver();
    const send = mllpSender({ log: silence });
    const ids = Array.from({ length: 100 }, (_, index) => `M${index}`);
    const outcomes = await Promise.all(ids.map((id) => send(destinationAt(peer.port), message(id), id)));
    expect(outcomes.every((outcome) => outcome.kind === 'accepted')).toBe(true);
    expect(await peer.messages()).toEqual(ids.map((id) => message(id)));
  });

  test('a silent message neither blocks the next nor answers for it', async () => {
    const peer = await receiver({ answers: ['silent', 'AA', 'AR', 'AA'] });
    const send = mllpSender({ log: silence });
    const destination = destinationAt(peer.port, { acknowledgementTimeoutMs: 400 });
    const outcomes = await Promise.all(['M1', 'M2', 'M3', 'M4'].map((id) => send(destination, message(id), id)));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['ambiguous', 'accepted', 'permanent', 'accepted']);
  });

  test('a large message passes', async () => {
    const peer = await receiver();
    const large = message('M1', 'x'.repeat(3_000_000));
    expect(await mllpSender({ log: silence })(destinationAt(peer.port), large, 'M1')).toMatchObject({ kind: 'accepted' });
    expect((await peer.messages())[0]).toHaveLength(large.length);
  });

  test('the bytes on the wire are those of the character set of the destination', async () => {
    const peer = await receiver();
    const text = message('M1', 'Zoë', '8859/1').replace('李', '?');
    const outcome = await mllpSender({ log: silence })(destinationAt(peer.port, { characterSet: '8859/1' }), text, 'M1');
    expect(outcome).toMatchObject({ kind: 'accepted' });
    expect((await peer.bytes())[0]?.toString('latin1')).toBe(text);
  });
});
