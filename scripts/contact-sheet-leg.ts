// In: nothing. Out: the contact sheet of the simulated leg veins: each vein open, pressed and lengthwise, contrast by grade, whole screens.

import { type ContrastGrade, keyframePicture, legSection } from '../src/phantom/leg-section.ts';
import { legStudy } from '../src/phantom/leg-study.ts';
import { drawn } from '../src/phantom/phantom-image.ts';
import { drawProbe, probeFamilies } from '../src/phantom/probe.ts';
import { randomFrom } from '../src/phantom/random.ts';
import type { Sheet, Tile } from './contact-sheet.ts';

const size = { rows: 418, columns: 578 };
const grades: readonly ContrastGrade[] = ['absent', 'mild', 'marked'];

/** Three pictures of each vein for each grade of contrast; where there is contrast, the pictures that show it come first. */
export function legSheet(): Sheet {
  const tiles = (['CFV', 'FV', 'POP'] as const).flatMap((vein, row) =>
    grades.flatMap((grade, n): Tile[] => {
      const seed = 40 + 10 * row + n;
      const section = legSection({ seed, vein, grade, keyframes: 5 });
      const probe = drawProbe(probeFamilies[n] ?? 'alpha', randomFrom(seed, 'contact sheet'));
      const witnesses = section.keyframes.filter((keyframe) => keyframe.witness);
      const others = section.keyframes.filter((keyframe) => !keyframe.witness);
      return [...witnesses, ...others].slice(0, 2).map((keyframe): Tile => {
        const { orientation, compression, witness } = keyframe;
        const pressed = compression === 'with' ? ', pressed' : '';
        const caption = `${vein} ${orientation}${pressed}, ${witness ? `contrast ${grade}` : 'none'}`;
        return { ...keyframePicture(section, keyframe, { probe, size }), samplesPerPixel: 1, caption };
      });
    }),
  );
  const screens = (['north', 'south', 'west'] as const).flatMap((style, n): Tile[] => {
    const { images } = legStudy({
      seed: 60 + n,
      style,
      sections: [{ side: 'L', vein: 'FV', sec: 'mild', keyframes: 3 }],
      cines: 0,
    });
    return images
      .slice(0, 2)
      .map(drawn)
      .map(({ frames, rows, columns, samplesPerPixel }) => ({
        rows,
        columns,
        samplesPerPixel,
        pixels: frames[0] ?? new Uint8Array(0),
        caption: `screen ${style}`,
      }));
  });
  return { tiles: [...tiles, ...screens], perRow: 6, tile: { rows: 150, columns: 208 } };
}
