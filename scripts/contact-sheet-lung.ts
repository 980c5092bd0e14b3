// In: nothing. Out: the contact sheet of the simulated lungs: a row for each score, three curved probes and a linear one.

import { lungScores } from '../src/phantom/lung-anatomy.ts';
import { drawLungProbe } from '../src/phantom/lung-probe.ts';
import { lungPictures, lungScan } from '../src/phantom/lung-scan.ts';
import { lungStudy } from '../src/phantom/lung-study.ts';
import { drawn } from '../src/phantom/phantom-image.ts';
import { probeFamilies } from '../src/phantom/probe.ts';
import { randomFrom } from '../src/phantom/random.ts';
import type { Sheet, Tile } from './contact-sheet.ts';

const perRow = 4;

/** Pictures of all scores, and in the last row whole screens of a study. */
export function lungSheet(): Sheet {
  const tiles = lungScores.flatMap((score) =>
    Array.from({ length: perRow }, (_, n): Tile => {
      const seed = 40 + score * perRow + n;
      const kind = n === perRow - 1 ? 'linear' : 'convex';
      const family = probeFamilies[seed % probeFamilies.length] ?? 'alpha';
      const scan = drawLungProbe(kind, family, randomFrom(seed, 'contact sheet'));
      const picture = lungPictures(lungScan({ seed, score, scan }), { rows: 418, columns: 578 }, [4])[0];
      if (picture === undefined) throw new RangeError('one frame was asked for');
      return { ...picture, samplesPerPixel: 1, caption: `score ${score}, ${kind} ${scan.name}` };
    }),
  );
  const screens = (['north', 'south', 'west', 'north'] as const).map((style, n): Tile => {
    const wish = { seed: 60 + n, style, frames: 1, areas: [{ area: 1, score: lungScores[n] ?? 0 }] } as const;
    const [instance] = lungStudy(wish).images.map(drawn);
    const pixels = instance?.frames[0];
    if (instance === undefined || pixels === undefined) throw new RangeError('one cine was asked for');
    return { ...instance, pixels, caption: `screen ${style}` };
  });
  return { tiles: [...tiles, ...screens], perRow, tile: { rows: 190, columns: 262 } };
}
