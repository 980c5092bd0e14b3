import { describe, expect, test } from '@jest/globals';
import type { Hl7Destination } from '../../../src/contracts/delivery.ts';
import { mllpSender, outcomeOf } from '../../../src/edge/mllp-client.ts';

const answer = (code: string, error = '', text = '') => outcomeOf({ code, controlId: 'M1', text, error });

describe('what an acknowledgement means', () => {
  test.each(['AA', 'CA'])('%s is accepted', (code) => {
    expect(answer(code)).toEqual({ kind: 'accepted', words: code });
  });

  test.each([
    ['AE', '207'],
    ['CE', '206'],
  ])('%s with %s is busy and can be tried again', (code, error) => {
    expect(answer(code, error, 'Database is down')).toEqual({
      kind: 'transient',
      code: 'hl7-busy',
      words: `${code} ${error} Database is down`,
    });
  });

  test.each([
    ['AE', '', 'hl7-error'],
    ['AE', '101', 'hl7-error'],
    ['CE', '204', 'hl7-error'],
    ['AR', '', 'hl7-rejected'],
    ['AR', '207', 'hl7-rejected'],
    ['CR', '200', 'hl7-rejected'],
  ])('%s with error %j is permanent', (code, error, fault) => {
    expect(answer(code, error)).toMatchObject({ kind: 'permanent', code: fault });
  });

  test('a code that HL7 does not know leaves it open whether the message was taken', () => {
    expect(answer('OK')).toEqual({ kind: 'ambiguous', code: 'hl7-frame-invalid', words: 'MSA-1 is OK' });
  });

  test('the words are one line of at most 200 characters', () => {
    const { words } = answer('AR', '', `first\rsecond\u0000${'x'.repeat(5000)}`);
    expect(words).toHaveLength(200);
    expect(words.startsWith('AR first second x')).toBe(true);
  });
});

describe('a message that cannot be put on the wire', () => {
  const destination: Hl7Destination = {
    name: 'ehr',
    kind: 'hl7',
    host: '127.0.0.1',
    port: 1,
    tls: null,
    receivingApplication: 'RIS',
    receivingFacility: 'HOSP',
    sendingApplication: 'SONORELAY',
    sendingFacility: 'AI',
    version: '2.5.1',
    processingId: 'T',
    characterSet: 'ASCII',
    connectTimeoutMs: 1000,
    acknowledgementTimeoutMs: 1000,
    retry: { firstDelayMs: 1000, longestDelayMs: 1000, mostAttempts: 1 },
  };

  test.each([
    ['a control byte', 'MSH|\x0b', 'hl7-frame-invalid'],
    ['a character outside the set', 'MSH|é', 'character-set-unsupported'],
  ])('is refused for good without a connection: %s', async (_name, message, code) => {
    const send = mllpSender({ log: () => undefined });
    expect(await send(destination, message, 'M1')).toMatchObject({ kind: 'permanent', code });
  });
});
