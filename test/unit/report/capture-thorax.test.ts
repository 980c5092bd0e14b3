import { describe, expect, test } from '@jest/globals';
import { AREA_COUNT, thorax } from '../../../src/report/capture-thorax.ts';
import { contentOf } from '../../../src/report/statements.ts';
import { LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { timesSaid, wordsOf } from '../../support/page-words.ts';
import { TEMPLATES } from '../../support/report-objects.ts';

const BOX = { x: 0, y: 0, width: 1000, height: 500 };
const AREAS = Array.from({ length: AREA_COUNT }, (_, index) => index + 1);

/** Middle of the marked area as shares of the drawing. */
function placeOf(area: number): { readonly across: number; readonly down: number } {
  const svg = thorax(BOX, { scores: new Map(), marked: area, isLarge: false });
  const found = /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"[^>]*stroke-width="3"/u.exec(svg);
  const [x = 0, y = 0, width = 0, height = 0] = (found ?? []).slice(1).map(Number);
  return { across: (x + width / 2) / BOX.width, down: (y + height / 2) / BOX.height };
}

/** What the report calls each area, e.g. `right posterior basal`. */
const WORDS = AREAS.map((area) => {
  const cine = LUNG_RESULT.cines[0];
  if (cine === undefined) throw new Error('no cine');
  const { statements } = contentOf({ ...LUNG_RESULT, cines: [{ ...cine, area }] }, TEMPLATES['lung-score']);
  return /\((.*)\)/u.exec(statements.find(({ key }) => key.startsWith('LUS area'))?.place ?? '')?.[1] ?? '';
});

describe('the chest', () => {
  test.each(AREAS.map((area, index) => [area, WORDS[index] ?? ''] as const))(
    'has area %p where the report says: %s',
    (area, words) => {
      const [side, surface, height] = words.split(' ');
      const { across, down } = placeOf(area);
      const panel = across < 0.33 ? 'posterior' : across < 0.67 ? 'lateral' : 'anterior';
      expect(panel).toBe(surface);
      // From behind the patient's right is to the right; among the flanks and from the front it is to the left.
      const isRight = panel === 'posterior' ? across > 0.155 : panel === 'lateral' ? across < 0.5 : across < 0.845;
      expect(isRight ? 'right' : 'left').toBe(side);
      const third = down < 0.4 ? 'upper' : down < 0.6 ? 'middle' : 'basal';
      expect(third).toBe(height);
    },
  );

  test('shows the score of each area that has one, and says of the others that they have none', () => {
    const svg = thorax(BOX, { scores: new Map([[1, 3] as const, [12, 0] as const]), marked: null, isLarge: true });
    expect(timesSaid(svg, 'no score')).toBe(AREA_COUNT - 2);
    for (const area of AREAS) expect(wordsOf(svg)).toContain(String(area));
  });
});
