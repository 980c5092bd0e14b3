import { expect, test } from '@jest/globals';
import { completion } from '../../../src/study/completion.ts';

const policy = { quietMs: 60_000, longestMs: 600_000 };
const at = (openedAt: number, lastInstanceAt: number, now: number) => completion({ openedAt, lastInstanceAt }, policy, now);

test('a study is complete when nothing came for the quiet time, and not a millisecond before', () => {
  expect(at(0, 5_000, 64_999)).toEqual({ complete: false, waitMs: 1 });
  expect(at(0, 5_000, 65_000)).toEqual({ complete: true, because: 'quiet' });
});

test('a study that keeps arriving is complete after the longest time', () => {
  expect(at(0, 590_000, 599_000)).toEqual({ complete: false, waitMs: 1_000 });
  expect(at(0, 599_000, 600_000)).toEqual({ complete: true, because: 'open too long' });
});

test('the wait ends with whichever comes first', () => {
  expect(at(0, 0, 0)).toEqual({ complete: false, waitMs: 60_000 });
  expect(at(0, 580_000, 580_000)).toEqual({ complete: false, waitMs: 20_000 });
});
