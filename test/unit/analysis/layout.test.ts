import { beforeAll, describe, expect, test } from '@jest/globals';
import { layoutOf, splitLayout } from '../../../src/analysis/layout.ts';
import type { PixelRectangle } from '../../../src/contracts/finding.ts';
import { drawScreen, picturePlace } from '../../../src/phantom/screen.ts';
import { CINES, legStills, type Picture } from '../../support/clean-pictures.ts';

const TEXTS = {
  patientName: 'PHANTOM NAME',
  patientId: 'PHANTOM-1',
  date: '2026-01-01',
  time: '10:00:00',
  institution: 'PHANTOM HOSPITAL',
  annotation: 'LT CFV TRANS',
  probe: 'L12-4',
  settings: ['VASC', 'FR 30HZ', 'D 4.0CM', 'DR 60', 'GN 60%'],
};

let legs: readonly Picture[];
let heart: Picture;

beforeAll(() => {
  legs = legStills({ rows: 200, columns: 240 }, [11, 12]);
  const [first] = CINES['heart, apical']({ rows: 418, columns: 578 }, [0]);
  if (first === undefined) throw new Error('no heart was made');
  heart = first;
}, 60_000);

/** A black screen with pictures at places. */
function screen(
  rows: number,
  columns: number,
  places: readonly { readonly x: number; readonly y: number; readonly picture: Picture }[],
): Picture {
  const data = new Uint8Array(rows * columns);
  for (const { x, y, picture } of places) {
    for (let row = 0; row < picture.rows; row++)
      data.set(picture.data.subarray(row * picture.columns, (row + 1) * picture.columns), (y + row) * columns + x);
  }
  return { rows, columns, data };
}

const leg = (index: number): Picture => {
  const picture = legs[index];
  if (picture === undefined) throw new Error('no leg was made');
  return picture;
};

/** The largest distance between the edges of two rectangles. */
const apart = (one: PixelRectangle | undefined, other: PixelRectangle): number =>
  one === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(...(['x0', 'y0', 'x1', 'y1'] as const).map((edge) => Math.abs(one[edge] - other[edge])));

describe('a screen that does not say where its images lie', () => {
  test('of one image gives its place, without the lettering around it', () => {
    const found = layoutOf(screen(480, 640, [{ x: 150, y: 120, picture: leg(0) }]));
    expect(found).toHaveLength(1);
    expect(apart(found[0], { x0: 150, y0: 120, x1: 389, y1: 319 })).toBeLessThan(12);
  });

  test('with banners, a grey bar and lettering gives the fan and none of them', () => {
    const grey = { rows: heart.rows, columns: heart.columns, pixels: heart.data };
    const { rows, columns, pixels } = drawScreen(grey, 'south', { pixelMm: 0.4, texts: TEXTS });
    const { x, y } = picturePlace('south');
    const found = layoutOf({ rows, columns, data: pixels });
    expect(found).toHaveLength(1);
    const [first] = found;
    expect((first?.x0 ?? 0) >= x - 16 && (first?.x1 ?? 0) < x + heart.columns + 16).toBe(true);
    expect((first?.y0 ?? 0) >= y - 16 && (first?.y1 ?? 0) < y + heart.rows + 16).toBe(true);
  });

  test('of two images that touch gives two', () => {
    const found = layoutOf(
      screen(480, 640, [
        { x: 80, y: 120, picture: leg(0) },
        { x: 320, y: 120, picture: leg(3) },
      ]),
    );
    expect(found).toHaveLength(2);
    expect(found[0]?.x1).toBe(319);
    expect(found[1]?.x0).toBe(320);
  });

  test('of two by two images gives four, in reading order', () => {
    const found = layoutOf(
      screen(480, 640, [
        { x: 70, y: 30, picture: leg(0) },
        { x: 330, y: 30, picture: leg(1) },
        { x: 70, y: 250, picture: leg(3) },
        { x: 330, y: 250, picture: leg(4) },
      ]),
    );
    expect(found.map(({ x0, y0 }) => [x0 > 200, y0 > 200])).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]);
  });

  test('of one grey, or black, gives nothing', () => {
    for (const level of [0, 90, 255])
      expect(layoutOf({ rows: 300, columns: 400, data: new Uint8Array(120_000).fill(level) })).toEqual([]);
  });
});

test('one image is not cut in two, a dark vessel at its middle notwithstanding', () => {
  for (const picture of [...legs, heart]) {
    const whole = { x0: 0, y0: 0, x1: picture.columns - 1, y1: picture.rows - 1 };
    expect(splitLayout(picture, whole)).toEqual([whole]);
  }
});
