// The weights of models/vascular-sec were measured on these very pictures; a change of the simulation that changes them makes the card's figures stale.
// Whoever means such a change trains and measures again, and writes the new digests here.
import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { legStudy } from '../../../src/phantom/leg-study.ts';

const digestOf = (seed: number): string => {
  const { instances } = legStudy({
    seed,
    sections: [
      { side: 'L', vein: 'FV', sec: 'marked', keyframes: 3 },
      { side: 'R', vein: 'POP', sec: 'absent', keyframes: 3 },
      { side: 'R', vein: 'CFV', sec: 'mild', keyframes: 3 },
    ],
    cines: 0,
    picture: { rows: 104, columns: 144 },
  });
  const hash = createHash('sha256');
  for (const { frames } of instances) for (const frame of frames) hash.update(frame);
  return hash.digest('hex');
};

test('the simulated legs are those that the weights were measured on', () => {
  expect([digestOf(7), digestOf(3_000_000)]).toEqual([
    'c9cb7c9c30cfbcb296550c2295f039ab7c4c3a9927bb7f313f80138c0bc8abe2',
    '8a3f778de30dec49b570b8e83c3ca8273850480b282b1976c33a88fb39044b8a',
  ]);
});
