import { describe, expect, test } from '@jest/globals';
import { MOST_OF_PRESSING, weighing } from '../../../src/analysis/weighing.ts';

const points = { longitudinal: 0.8, compression: 0.5 };
const across = (cine: number | null, compression: number) => ({ cine, longitudinal: 0.1, compression });
const along = (cine: number | null, compression: number) => ({ cine, longitudinal: 0.9, compression });

describe('the keyframes that weigh', () => {
  test('are all of them where no cine lies beside stills, however pressed they are', () => {
    const stills = [0.9, 0.1, 0.8, 0.2, 0.7].map((compression) => across(null, compression));
    expect(weighing(stills, points)).toEqual([0, 1, 2, 3, 4]);
  });

  test('are the stills and the three least pressed of a cine of a compression, in their order', () => {
    const pressing = [0.3, 0.9, 0.05, 0.6, 0.2].map((compression) => across(0, compression));
    expect(MOST_OF_PRESSING).toBe(3);
    expect(weighing([across(null, 0.9), ...pressing], points)).toEqual([0, 1, 3, 5]);
  });

  test('are chosen in each cine by itself, the earlier of two that are pressed alike', () => {
    const cines = [0, 1].flatMap((cine) => [0.5, 0.1, 0.1, 0.1, 0.1].map((compression) => across(cine, compression)));
    expect(weighing([...cines, across(null, 0)], points)).toEqual([1, 2, 3, 6, 7, 8, 10]);
  });

  test('are all of a cine in which nothing presses the vein', () => {
    const open = [0.49, 0.1, 0.2, 0.3, 0.4].map((compression) => across(0, compression));
    expect(weighing([across(null, 0), ...open], points)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('hold every longitudinal keyframe, where the network cannot tell pressure', () => {
    expect(
      weighing(
        [0.9, 0.8, 0.7, 0.6, 0.95].map((compression) => along(0, compression)),
        points,
      ),
    ).toEqual([0, 1, 2, 3, 4]);
    const both = [along(0, 0.9), ...[0.4, 0.9, 0.3, 0.2, 0.1].map((compression) => across(0, compression))];
    expect(weighing(both, points)).toEqual([0, 3, 4, 5]);
  });
});
