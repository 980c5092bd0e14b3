import { describe, expect, test } from '@jest/globals';
import { alphaAt, blend, colourAt, LARGEST_ALPHA, onOneScale, overlay } from '../../../src/report/colour-map.ts';

const luminance = ([red, green, blue]: readonly [number, number, number]): number =>
  0.2126 * red + 0.7152 * green + 0.0722 * blue;

describe('the colours', () => {
  test('grow lighter all the way, so that they read without colour vision', () => {
    const steps = Array.from({ length: 50 }, (_, index) => luminance(colourAt(index / 49)));
    for (const [index, value] of steps.entries()) if (index > 0) expect(value).toBeGreaterThan(steps[index - 1] ?? 0);
  });

  test('never cover more than two fifths of the picture, and nothing where the value is zero', () => {
    expect(LARGEST_ALPHA).toBeLessThanOrEqual(0.4);
    for (const value of [-1, 0, 0.3, 1, 7]) expect(alphaAt(value)).toBeLessThanOrEqual(LARGEST_ALPHA);
    expect(blend(123, 0)).toEqual([123, 123, 123]);
  });

  test('the maps of a section share one scale: the median of all places is 0, the largest 1', () => {
    const maps = onOneScale([
      { rows: 1, columns: 3, values: [-3, -2, -1] },
      { rows: 1, columns: 2, values: [0, 2] },
    ]);
    expect(maps.map((map) => map.values)).toEqual([
      [0, 0, 0],
      [1 / 3, 1],
    ]);
  });

  test('a map that is the same everywhere is not drawn', () => {
    expect(onOneScale([{ rows: 1, columns: 2, values: [-0.4, -0.4] }])[0]?.values).toEqual([0, 0]);
    expect(onOneScale([])).toEqual([]);
  });

  test('a map lies over the whole picture and goes over smoothly from cell to cell', () => {
    const black = new Uint8Array(40);
    const drawn = overlay(black, { width: 40, height: 1 }, { map: { rows: 1, columns: 2, values: [0, 1] } });
    const green = Array.from({ length: 40 }, (_, index) => drawn[index * 3 + 1] ?? 0);
    expect([green[0], green[9], green[39], green[30]]).toEqual([0, 0, 101, 101]);
    for (const [index, value] of green.entries()) if (index > 0) expect(value).toBeGreaterThanOrEqual(green[index - 1] ?? 0);
  });

  test('a picture without a map stays grey', () => {
    expect([...overlay(Uint8Array.of(0, 90, 255, 7), { width: 2, height: 2 }, { map: null })]).toEqual([
      0, 0, 0, 90, 90, 90, 255, 255, 255, 7, 7, 7,
    ]);
  });
});
