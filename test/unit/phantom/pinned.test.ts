// The weights of models/vascular-sec were measured on these very pictures; a change of the simulation that changes them makes the card's figures stale.
// Whoever means such a change trains and measures again, and writes the new digests here.
import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { dvtStudy } from '../../../src/phantom/dvt-study.ts';
import { echoStudy } from '../../../src/phantom/echo-study.ts';
import { legExamination } from '../../../src/phantom/leg-examination.ts';
import { legStudy } from '../../../src/phantom/leg-study.ts';
import { lungStudy } from '../../../src/phantom/lung-study.ts';
import { drawn, type PhantomStudy } from '../../../src/phantom/phantom-image.ts';

const picture = { rows: 104, columns: 144 } as const;

const picturesOf = ({ images }: PhantomStudy<unknown>): string => {
  const hash = createHash('sha256');
  for (const image of images) for (const frame of drawn(image).frames) hash.update(frame);
  return hash.digest('hex');
};

const leg = (seed: number) =>
  legStudy({
    seed,
    sections: [
      { side: 'L', vein: 'FV', sec: 'marked', keyframes: 3 },
      { side: 'R', vein: 'POP', sec: 'absent', keyframes: 3 },
      { side: 'R', vein: 'CFV', sec: 'mild', keyframes: 3 },
    ],
    cines: 0,
    picture,
  });

test('the simulated legs are those that the weights were measured on', () => {
  expect([7, 3_000_000].map((seed) => picturesOf(leg(seed)))).toEqual([
    'c9cb7c9c30cfbcb296550c2295f039ab7c4c3a9927bb7f313f80138c0bc8abe2',
    '8a3f778de30dec49b570b8e83c3ca8273850480b282b1976c33a88fb39044b8a',
  ]);
});

const labelsOf = ({ labels }: PhantomStudy<unknown>): string => createHash('sha256').update(JSON.stringify(labels)).digest('hex');

test('an examination of a seed is for ever the same, in its pictures and in what is true of it', () => {
  const studies: Readonly<Record<string, PhantomStudy<unknown>>> = {
    leg: legExamination({
      seed: 5,
      picture,
      sections: [{ side: 'R', vein: 'FV' }],
      screens: ['2x1', '4x1', 'doppler'],
      compression: [{ side: 'L', route: 'sweep', frames: 4 }],
    }),
    compression: dvtStudy({ seed: 5, picture, cines: [{ side: 'R', route: 'LM2', frames: 4 }] }),
    lung: lungStudy({ seed: 5, picture, frames: 2, areas: [{ area: 1 }, { area: 9, score: 2 }] }),
    echo: echoStudy({ seed: 5, picture, frames: 2, views: ['A4C', 'PSAX'] }),
  };
  expect(
    Object.fromEntries(Object.entries(studies).map(([kind, study]) => [kind, [picturesOf(study), labelsOf(study)]])),
  ).toEqual({
    leg: [
      '523b6fa306492c5bffcae866353e81b6ed0934ab6e66b48ba9ddc707d54d70ab',
      '04026689d73abf062c451912670a052fec7817c8ff21bdcdb8171e60a9fc16a1',
    ],
    compression: [
      'fc95074154d4fc5e97c678e7ded2b87f009ad26e36332e88b5e9d7f1f8c58f0f',
      '63b57815015c77ea59c91bb13b90090bb1fcf092fd767e8a4e531b6909225749',
    ],
    lung: [
      '1859574f9b7d2463e761e105385e9bf2f62280ae797dc0b2a5c9199e61e8b238',
      '40e135d6ef6ca258ffc44f2c55e5d466f54261927370d2453219e8d3e59d33e1',
    ],
    echo: [
      'c9abe49d591bace147e94a6361d6b117b477cdb387c7da1b55e9fc3e26f3239d',
      '06d82fa81c536d6ff099c3405658139ff43b3f7949952b2453178bc482b399bb',
    ],
  });
});
