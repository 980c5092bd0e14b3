import { describe, expect, test } from '@jest/globals';
import { outcomeOfAnswer, retryAfterMs } from '../../../src/fhir/answer.ts';

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0);
const CONTEXT = { sent: 2, now: NOW };

const response = (...statuses: readonly (string | undefined)[]): string =>
  JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction-response',
    entry: statuses.map((status) => ({ response: { status } })),
  });
const issue = (severity: string, diagnostics: string): string =>
  JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity, code: 'invalid', diagnostics }] });

const outcome = (status: number, body = '', retryAfter = '') => outcomeOfAnswer({ status, body, retryAfter }, CONTEXT);

describe('a success', () => {
  test('with every entry created or updated is accepted', () => {
    expect(outcome(200, response('201 Created', '200 OK'))).toEqual({ kind: 'accepted', words: 'HTTP 200, 2 entries' });
  });

  test('without a body is taken for one, as gateways answer', () => {
    expect(outcome(204)).toMatchObject({ kind: 'accepted' });
    expect(outcome(200, ' \n')).toMatchObject({ kind: 'accepted' });
  });

  test('of which an entry was refused is refused, in the words of that entry', () => {
    const entry = [
      { response: { status: '201' } },
      { response: { status: '422 x', outcome: JSON.parse(issue('error', 'no code')) } },
    ];
    expect(outcome(200, JSON.stringify({ resourceType: 'Bundle', entry }))).toEqual({
      kind: 'permanent',
      code: 'fhir-refused',
      words: 'HTTP 422: invalid: no code',
    });
    expect(outcome(200, response('200', '503'))).toMatchObject({ kind: 'transient', code: 'fhir-busy' });
  });

  test('that reports an error in an OperationOutcome is refused; one that only informs is accepted', () => {
    expect(outcome(200, issue('error', 'nothing was stored'))).toMatchObject({ kind: 'permanent', code: 'fhir-refused' });
    expect(outcome(202, issue('information', 'queued'))).toMatchObject({ kind: 'accepted' });
  });

  test.each([
    ['the page of a proxy', '<html>Sign in</html>'],
    ['JSON of something else', '{"ok":true}'],
    ['a list', '[]'],
    ['another resource', '{"resourceType":"Patient"}'],
    ['fewer entries than were sent', response('200')],
    ['entries without a status', response('200', undefined)],
  ])('that holds %s may hide a refusal: it is tried again', (_name, body) => {
    expect(outcome(200, body)).toMatchObject({ kind: 'ambiguous', code: 'fhir-answer-invalid' });
  });
});

describe('a refusal', () => {
  test.each([
    [400, 'permanent', 'fhir-refused'],
    [401, 'permanent', 'fhir-unauthorised'],
    [403, 'permanent', 'fhir-unauthorised'],
    [404, 'permanent', 'fhir-refused'],
    [409, 'permanent', 'fhir-refused'],
    [412, 'permanent', 'fhir-refused'],
    [422, 'permanent', 'fhir-refused'],
    [302, 'permanent', 'fhir-refused'],
    [0, 'permanent', 'fhir-refused'],
    [408, 'transient', 'fhir-failed'],
    [429, 'transient', 'fhir-busy'],
    [500, 'transient', 'fhir-failed'],
    [502, 'transient', 'fhir-busy'],
    [503, 'transient', 'fhir-busy'],
    [504, 'transient', 'fhir-busy'],
  ])('with status %i is %s, %s', (status, kind, code) => {
    expect(outcome(status)).toMatchObject({ kind, code });
  });

  test('for want of a token says where to look, and nothing of the server', () => {
    const { words } = outcome(401, issue('error', 'DOE^JOHN'));
    expect(words).toBe('HTTP 401: check the token or the certificate of this destination');
    expect(outcome(503, issue('error', 'DOE^JOHN')).words).not.toContain('DOE');
  });

  test('has the words of the server on one line of at most 200 characters', () => {
    const { words } = outcome(422, issue('error', `first\nsecond\u0000${'x'.repeat(5000)}`));
    expect(words).toHaveLength(200);
    expect(words.startsWith('HTTP 422: invalid: first second x')).toBe(true);
  });

  test('that cannot be read is one all the same', () => {
    expect(outcome(422, '{"resourceType":"OperationOutcome","issue":"none"}')).toMatchObject({ words: 'HTTP 422' });
    expect(outcome(422, '{'.repeat(1000))).toMatchObject({ kind: 'permanent', words: 'HTTP 422' });
  });
});

describe('Retry-After', () => {
  test.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['', null],
    ['soon', null],
    ['-5', null],
  ])('%j says %j ms', (value, ms) => {
    expect(retryAfterMs(value, NOW)).toBe(ms);
  });

  test('is kept for what will be tried again, and only for that', () => {
    expect(outcome(503, '', '30')).toMatchObject({ retryAfterMs: 30_000 });
    expect(outcome(422, '', '30')).not.toHaveProperty('retryAfterMs');
  });
});
