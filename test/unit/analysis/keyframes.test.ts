import { describe, expect, test } from '@jest/globals';
import { candidateFrames, rankByChange, shareBudget, thinned } from '../../../src/analysis/keyframes.ts';

const flat = (value: number): Float32Array => new Float32Array(12).fill(value);

describe('keyframes of a cine', () => {
  test('candidates are all frames of a short cine and evenly spaced ones of a long cine', () => {
    expect(candidateFrames(3, 10)).toEqual([0, 1, 2]);
    expect(candidateFrames(0, 10)).toEqual([]);
    const of1000 = candidateFrames(1000, 5);
    expect(of1000).toEqual([0, 250, 500, 749, 999]);
    expect(candidateFrames(9, 1)).toEqual([4]);
  });

  test('a cine that shows one thing gives one keyframe', () => {
    expect(rankByChange([0, 1, 2], [flat(100), flat(101), flat(102)], 17)).toEqual({ frames: [1], distinct: 1 });
  });

  test('frames come in the order of what they add, the same every time', () => {
    const levels = [0, 2, 40, 42, 200, 203, 90];
    const frames = levels.map((_, index) => index * 10);
    const thumbnails = levels.map(flat);
    const ranking = rankByChange(frames, thumbnails, 4);
    expect(ranking.frames).toEqual([30, 50, 60, 0]);
    expect(rankByChange(frames, thumbnails, 4)).toEqual(ranking);
  });

  test('no more keyframes are chosen than allowed', () => {
    const thumbnails = Array.from({ length: 50 }, (_, index) => flat(index * 5));
    const ranking = rankByChange(
      thumbnails.map((_, index) => index),
      thumbnails,
      17,
    );
    expect(ranking.frames).toHaveLength(17);
    expect(new Set(ranking.frames).size).toBe(17);
  });
});

describe('the budget of a section', () => {
  test('is shared in turn, and nobody gets more than they have', () => {
    expect(shareBudget([1, 1, 17], 17)).toEqual([1, 1, 15]);
    expect(shareBudget([17, 17], 17)).toEqual([9, 8]);
    expect(shareBudget([1, 2], 17)).toEqual([1, 2]);
    expect(shareBudget([], 17)).toEqual([]);
  });

  test('goes to evenly spaced views when there are more views than keyframes', () => {
    const shares = shareBudget(
      Array.from({ length: 34 }, () => 3),
      17,
    );
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(17);
    expect([shares[0], shares[33]]).toEqual([1, 1]);
  });

  test('thinning keeps the ends', () => {
    expect(thinned([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([1, 4, 7]);
    expect(thinned([1, 2], 3)).toEqual([1, 2]);
  });
});
