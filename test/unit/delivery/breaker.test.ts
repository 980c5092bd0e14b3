import { expect, test } from '@jest/globals';
import type { Outcome } from '../../../src/contracts/delivery.ts';
import { breaker } from '../../../src/delivery/breaker.ts';

const policy = { firstDelayMs: 1000, longestDelayMs: 3000, mostAttempts: 1 };
const accepted: Outcome = { kind: 'accepted', words: '' };
const down: Outcome = { kind: 'transient', code: 'peer-unreachable', words: '' };
const refused: Outcome = { kind: 'permanent', code: 'peer-refused', words: '' };
const busy: Outcome = { kind: 'transient', code: 'hl7-busy', words: '' };

test('a new breaker lets the peer be tried', () => {
  expect(breaker(policy).pausedUntil()).toBe(0);
});

test('the pause grows with the failures in a row and ends with an answer', () => {
  const { note, pausedUntil } = breaker(policy);
  const after = (outcome: Outcome): number => {
    note([outcome], { now: 10_000, chance: 1 });
    return pausedUntil();
  };
  expect([down, down, down, down].map(after)).toEqual([11_000, 12_000, 13_000, 13_000]);
  expect(after(accepted)).toBe(0);
  expect(after(down)).toBe(11_000);
});

test.each([
  ['a refusal', [refused]],
  ['a message that it cannot take now', [busy]],
  ['one object taken of a set that failed', [accepted, down]],
  ['no outcome at all', []],
])('%s is no reason to leave the peer alone', (_what, outcomes) => {
  const { note, pausedUntil } = breaker(policy);
  note(outcomes, { now: 10_000, chance: 1 });
  expect(pausedUntil()).toBe(0);
});

test('a server that asks to be left alone is, as long as the longest delay allows', () => {
  const { note, pausedUntil } = breaker(policy);
  const overloaded = (retryAfterMs: number): Outcome => ({ kind: 'transient', code: 'fhir-busy', words: '', retryAfterMs });
  note([overloaded(2500)], { now: 10_000, chance: 1 });
  expect(pausedUntil()).toBe(12_500);
  note([overloaded(60_000)], { now: 20_000, chance: 1 });
  expect(pausedUntil()).toBe(23_000);
});
