// In: nothing. Out: the contact sheet of the simulated hearts: each view at the end of diastole and of systole, a weak wall, whole screens.

import { type EchoClip, type ExaminedHeart, echoClip, echoPictures } from '../src/phantom/echo-clip.ts';
import { abnormalSegments } from '../src/phantom/echo-labels.ts';
import { drawEchoProbe } from '../src/phantom/echo-probe.ts';
import { echoStudy, examinedHeart } from '../src/phantom/echo-study.ts';
import { systolicShare } from '../src/phantom/heart-cycle.ts';
import type { EchoView } from '../src/phantom/heart-segments.ts';
import { drawn } from '../src/phantom/phantom-image.ts';
import { probeFamilies } from '../src/phantom/probe.ts';
import { randomFrom } from '../src/phantom/random.ts';
import type { Sheet, Tile } from './contact-sheet.ts';

const heartRate = 66;
const rows: readonly { readonly view: EchoView; readonly seed: number; readonly abnormal: boolean }[] = [
  { view: 'A4C', seed: 2, abnormal: false },
  { view: 'A4C', seed: 31, abnormal: true },
  { view: 'A2C', seed: 12, abnormal: false },
  { view: 'A2C', seed: 5, abnormal: true },
  { view: 'PLAX', seed: 14, abnormal: false },
  { view: 'PLAX', seed: 25, abnormal: true },
  { view: 'PSAX', seed: 16, abnormal: false },
  { view: 'SC4C', seed: 17, abnormal: false },
  { view: 'A5C', seed: 18, abnormal: false },
  { view: 'A4C', seed: 19, abnormal: false },
];

/** The first heart from a seed on that is healthy, or of whose weak segments the view shows two or more. */
function heartFrom(seed: number, view: EchoView, abnormal: boolean): ExaminedHeart {
  const heart = examinedHeart(seed, abnormal);
  return !abnormal || abnormalSegments(heart.ventriculogram, view).length >= 2 ? heart : heartFrom(seed + 1, view, abnormal);
}

function ends(clip: EchoClip): readonly (readonly [string, number])[] {
  const endSystole = (systolicShare(heartRate) * 60) / heartRate;
  return [
    ['end of diastole', 0],
    ['end of systole', Math.round(endSystole * clip.frameRate)],
  ];
}

/** Two pictures of each of ten hearts, and whole screens of a study. */
export function echoSheet(): Sheet {
  const tiles = rows.flatMap(({ view, seed, abnormal }, n): Tile[] => {
    const chance = randomFrom(seed, 'contact sheet');
    const probe = drawEchoProbe(probeFamilies[n % probeFamilies.length] ?? 'alpha', chance);
    const heart = heartFrom(seed, view, abnormal);
    const weak = abnormalSegments(heart.ventriculogram, view).map((segment) => segment.number);
    const planned = echoClip(heart, view, { chance, heartRate });
    const clip = { ...planned, rhythm: { heartRate, startPhase: 0 } };
    const { frame } = echoPictures(clip, { probe, size: { rows: 418, columns: 578 } });
    return ends(clip).map(
      ([name, number]): Tile => ({
        ...frame(number),
        samplesPerPixel: 1,
        caption: `${view}, ${name}${abnormal ? `, weak: ${weak.join(' ')}` : ''}`,
      }),
    );
  });
  const screens = (['north', 'south', 'west', 'north'] as const).map((style, n): Tile => {
    const view = (['A4C', 'PLAX', 'A2C', 'PSAX'] as const)[n] ?? 'A4C';
    const [instance] = echoStudy({ seed: 60 + n, style, frames: 1, views: [view] }).images.map(drawn);
    const pixels = instance?.frames[0];
    if (instance === undefined || pixels === undefined) throw new RangeError('one cine was asked for');
    return { ...instance, pixels, caption: `screen ${style}` };
  });
  return { tiles: [...tiles, ...screens], perRow: 4, tile: { rows: 190, columns: 262 } };
}
