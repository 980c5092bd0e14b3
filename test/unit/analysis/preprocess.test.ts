import { describe, expect, test } from '@jest/globals';
import { greyRegion } from '../../../src/analysis/colour.ts';
import { areaAverage, contrast, cropGrey } from '../../../src/analysis/picture.ts';
import { batchesOf, sampleOf, targetSize, tensorOf } from '../../../src/analysis/preprocess.ts';

const parameters = {
  downsample: 2,
  maxRows: 320,
  maxColumns: 448,
  channels: 3,
  scale: 2 / 255,
  offset: -1,
  minKeyframes: 1,
  maxKeyframes: 17,
};

/** An RGB frame of one grey, with some pixels painted. */
const painted = (
  rows: number,
  columns: number,
  grey: number,
  paint: (row: number, column: number) => readonly number[] | null,
) => {
  const data = new Uint8Array(rows * columns * 3).fill(grey);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      data.set(paint(row, column) ?? [grey, grey, grey], (row * columns + column) * 3);
  }
  return { rows, columns, channels: 3 as const, data };
};

describe('pictures', () => {
  test('a crop holds the pixels of the rectangle and no others', () => {
    const frame = { rows: 3, columns: 4, channels: 1 as const, data: Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) };
    expect(cropGrey(frame, { x0: 1, y0: 1, x1: 2, y1: 2 })).toEqual({
      rows: 2,
      columns: 2,
      data: Uint8Array.from([5, 6, 9, 10]),
    });
  });

  test('area averaging by 2 gives the mean of each 2 x 2 block', () => {
    const picture = { rows: 2, columns: 4, data: Uint8Array.from([0, 2, 100, 100, 4, 6, 200, 200]) };
    expect([...areaAverage(picture, 1, 2)]).toEqual([3, 150]);
  });

  test('area averaging by a fraction keeps the mean', () => {
    const data = Uint8Array.from({ length: 35 }, (_, index) => (index * 37) % 256);
    const out = areaAverage({ rows: 5, columns: 7, data }, 3, 4);
    const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(out)).toBeCloseTo(mean(data), 3);
    expect([...areaAverage({ rows: 5, columns: 7, data }, 5, 7)]).toEqual([...data]);
  });

  test('contrast of an empty picture is 0', () => {
    expect(contrast({ rows: 2, columns: 2, data: new Uint8Array(4).fill(7) })).toBe(0);
    expect(contrast({ rows: 1, columns: 2, data: Uint8Array.from([0, 20]) })).toBe(10);
  });
});

describe('colour inside the region', () => {
  const all = { x0: 0, y0: 0, x1: 99, y1: 79 };

  test('grey pixels in an RGB frame are no colour', () => {
    expect(
      greyRegion(
        painted(80, 100, 90, () => null),
        all,
      ).kind,
    ).toBe('none');
  });

  test('a yellow calliper is replaced by the grey around it', () => {
    const frame = painted(80, 100, 90, (row, column) => (row === 40 && column > 20 && column < 60 ? [255, 255, 0] : null));
    const { kind, picture } = greyRegion(frame, all);
    expect(kind).toBe('overlay');
    expect([...new Set(picture.data)]).toEqual([90]);
  });

  test('a sepia map is read as luminance', () => {
    const frame = painted(80, 100, 0, (row) => [100 + row, 80 + Math.round(row * 0.8), 40 + Math.round(row * 0.4)]);
    const { kind, picture } = greyRegion(frame, all);
    expect(kind).toBe('tint');
    expect(picture.data[0]).toBe(Math.round(0.299 * 100 + 0.587 * 80 + 0.114 * 40));
  });

  test('a small vessel filled with colour is blood flow, however little of the region it is', () => {
    const frame = painted(80, 100, 60, (row, column) =>
      row >= 40 && row < 50 && column >= 40 && column < 60 ? [200, 30, 20] : null,
    );
    expect(greyRegion(frame, all).kind).toBe('flow');
  });

  test('red and blue in a box are blood flow', () => {
    const frame = painted(80, 100, 60, (row, column) =>
      row > 20 && row < 60 && column > 20 && column < 80 ? (column < 50 ? [220, 20, 10] : [10, 30, 230]) : null,
    );
    expect(greyRegion(frame, all).kind).toBe('flow');
  });
});

describe('samples and batches', () => {
  test('a keyframe is halved, and shrunk further only to fit', () => {
    expect(targetSize(418, 578, parameters)).toEqual({ rows: 209, columns: 289 });
    expect(targetSize(1455, 2083, parameters)).toEqual({ rows: 313, columns: 448 });
    expect(targetSize(2000, 500, parameters)).toEqual({ rows: 320, columns: 80 });
  });

  test('0 and 255 become -1 and 1', () => {
    const sample = sampleOf({ rows: 1, columns: 3, values: Float32Array.from([0, 127.5, 255]) }, parameters);
    expect(sample).toMatchObject({ rows: 1, columns: 3 });
    expect([...sample.values]).toEqual([-1, 0, 1]);
  });

  test('keyframes of one size share batches of at most four', () => {
    const size = (rows: number) => ({ rows, columns: 10 });
    expect(batchesOf([size(5), size(6), size(5), size(5), size(5), size(5)], 4)).toEqual([[0, 2, 3, 4], [5], [1]]);
  });

  test('a tensor replicates the grey plane to every channel', () => {
    const sample = { rows: 1, columns: 2, values: Float32Array.from([0.5, -0.5]) };
    const tensor = tensorOf([sample, { ...sample, values: Float32Array.from([1, 0]) }], 3);
    expect(tensor.shape).toEqual([2, 3, 1, 2]);
    expect([...tensor.data]).toEqual([0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 1, 0, 1, 0, 1, 0]);
  });
});
