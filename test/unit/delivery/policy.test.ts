import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../../src/contracts/delivery.ts';
import { type Circumstances, decide, delayMs, pauseMs } from '../../../src/delivery/policy.ts';

const policy = { firstDelayMs: 1000, longestDelayMs: 60_000, mostAttempts: 5 };
const failed = (kind: 'transient' | 'ambiguous' | 'permanent'): Outcome => ({ kind, code: 'peer-unreachable', words: '' });
const about = (over: Partial<Circumstances> = {}): Circumstances => ({
  attempts: 1,
  policy,
  repeatHarmless: true,
  now: 1_000_000,
  chance: 1,
  ...over,
});

describe('the verdict', () => {
  test('accepted is sent, even at the last attempt', () => {
    expect(decide({ kind: 'accepted', words: '' }, about({ attempts: 5 }))).toEqual({ move: 'sent' });
  });

  test('permanent is refused at the first attempt', () => {
    expect(decide(failed('permanent'), about())).toEqual({ move: 'refused' });
  });

  test.each(['transient', 'ambiguous'] as const)('%s is tried again later', (kind) => {
    expect(decide(failed(kind), about())).toEqual({ move: 'queued', notBefore: 1_001_000 });
  });

  test('ambiguous waits for a person where a repeat would do harm, transient does not', () => {
    expect(decide(failed('ambiguous'), about({ repeatHarmless: false }))).toEqual({ move: 'parked' });
    expect(decide(failed('transient'), about({ repeatHarmless: false }))).toMatchObject({ move: 'queued' });
  });

  test('the last attempt parks, the one before does not', () => {
    expect(decide(failed('transient'), about({ attempts: 4 }))).toMatchObject({ move: 'queued' });
    expect(decide(failed('transient'), about({ attempts: 5 }))).toEqual({ move: 'parked' });
    expect(decide(failed('ambiguous'), about({ attempts: 6 }))).toEqual({ move: 'parked' });
  });

  test('with no last attempt it is tried for ever', () => {
    const patient = about({ attempts: 100_000, policy: { ...policy, mostAttempts: 0 } });
    expect(decide(failed('transient'), patient)).toEqual({ move: 'queued', notBefore: 1_060_000 });
  });
});

describe('the pause', () => {
  test('doubles up to the longest', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((attempts) => delayMs(attempts, policy, 1))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });

  test('is as long as the peer asks, but no shorter than ours and no longer than the longest', () => {
    const asked = (retryAfterMs: number): number =>
      pauseMs({ kind: 'transient', code: 'fhir-busy', words: '', retryAfterMs }, { attempts: 3, policy, chance: 1 });
    expect([0, 3999, 30_000, 86_400_000].map(asked)).toEqual([4000, 4000, 30_000, 60_000]);
  });

  test('lies between the half and the whole, by chance', () => {
    expect([0, 0.5, 0.999].map((chance) => delayMs(7, policy, chance))).toEqual([30_000, 45_000, 59_970]);
  });
});
