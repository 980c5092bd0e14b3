import { expect, test } from '@jest/globals';
import { neverBack } from '../../../src/kernel/clock.ts';

test('a clock that is set back goes on from where it was, and forward jumps are followed', () => {
  const shown = [1000, 1500, 500, 900, 5000, 5100, 5000, 5200];
  const clock = neverBack(() => shown.shift() ?? 0);
  expect(Array.from({ length: 8 }, clock)).toEqual([1000, 1500, 1500, 1900, 6000, 6100, 6100, 6300]);
});
