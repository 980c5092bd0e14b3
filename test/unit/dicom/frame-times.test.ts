import { describe, expect, test } from '@jest/globals';
import { frameTimes } from '../../../src/dicom/frame-times.ts';

describe('the times of the frames of a cine', () => {
  test('are sums of the Frame Time Vector, whose first value does not count', () => {
    const times = frameTimes({ FrameTimeVector: [0, 20, 30, 50], FrameTime: 33, CineRate: 10 }, 4);
    expect(times?.timesMs).toEqual([0, 20, 50, 100]);
    expect(times?.framesPerSecond).toBeCloseTo(30, 9);
    expect(frameTimes({ FrameTimeVector: [40, 40, 40] }, 3)?.timesMs).toEqual([0, 40, 80]);
  });

  test('are evenly spaced by Frame Time, then by Cine Rate, then by Recommended Display Frame Rate', () => {
    expect(frameTimes({ FrameTime: 40, CineRate: 50, RecommendedDisplayFrameRate: 60 }, 3)).toEqual({
      timesMs: [0, 40, 80],
      framesPerSecond: 25,
    });
    expect(frameTimes({ CineRate: 50, RecommendedDisplayFrameRate: 60 }, 3)).toEqual({
      timesMs: [0, 20, 40],
      framesPerSecond: 50,
    });
    expect(frameTimes({ RecommendedDisplayFrameRate: 20 }, 3)).toEqual({ timesMs: [0, 50, 100], framesPerSecond: 20 });
  });

  test.each([
    ['of another length', [0, 33, 33]],
    ['that stands still', [0, 33, 0, 33]],
    ['that runs back', [0, 33, -33, 33]],
    ['that is slower than any system', [0, 9000, 9000, 9000]],
  ])('do not come from a vector %s: the next attribute tells them', (_, FrameTimeVector) => {
    expect(frameTimes({ FrameTimeVector, FrameTime: 50 }, 4)?.timesMs).toEqual([0, 50, 100, 150]);
  });

  test('pass over rates that no system has', () => {
    expect(frameTimes({ FrameTime: 0.001, CineRate: 0, RecommendedDisplayFrameRate: 25 }, 2)?.framesPerSecond).toBe(25);
    expect(frameTimes({ FrameTime: -33 }, 2)).toBeNull();
  });

  test('are unknown where no attribute tells them', () => {
    expect(frameTimes({}, 30)).toBeNull();
  });
});
