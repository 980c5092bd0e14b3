// When the frames of a cine were taken. In: its attributes. Out: a time for each frame in ms, or null when the image does not say.
// PS3.3 C.7.6.5 (Cine: Frame Time, Frame Time Vector, Cine Rate, Recommended Display Frame Rate).
import { type Dataset, number, numbers } from './dataset.ts';

export type FrameTimes = {
  /** Ms since the first frame, one a frame, rising. */
  readonly timesMs: readonly number[];
  /** Frames per second, of irregular times the mean. */
  readonly framesPerSecond: number;
};

/** Slower and faster than any ultrasound system; such values are mistakes. */
const SLOWEST_HZ = 0.5;
const FASTEST_HZ = 2000;

const isRate = (rate: number): boolean => Number.isFinite(rate) && rate >= SLOWEST_HZ && rate <= FASTEST_HZ;

const even = (framesPerSecond: number, frameCount: number): FrameTimes => ({
  timesMs: Array.from({ length: frameCount }, (_, index) => (index * 1000) / framesPerSecond),
  framesPerSecond,
});

/** The vector holds the time from the frame before; its first value is 0. */
function ofVector(vector: readonly number[], frameCount: number): FrameTimes | null {
  if (vector.length !== frameCount || frameCount < 2) return null;
  let now = 0;
  const timesMs = vector.map((step, index) => {
    now += index === 0 ? 0 : step;
    return now;
  });
  if (vector.slice(1).some((step) => !(step > 0))) return null;
  const framesPerSecond = ((frameCount - 1) * 1000) / now;
  return isRate(framesPerSecond) ? { timesMs, framesPerSecond } : null;
}

/** The first of Frame Time Vector, Frame Time, Cine Rate and Recommended Display Frame Rate that gives a possible rate; null when none does. */
export function frameTimes(attributes: Dataset, frameCount: number): FrameTimes | null {
  const vector = ofVector(numbers(attributes, 'FrameTimeVector'), frameCount);
  if (vector !== null) return vector;
  const frameTimeMs = number(attributes, 'FrameTime') ?? 0;
  const rates = [
    frameTimeMs > 0 ? 1000 / frameTimeMs : 0,
    number(attributes, 'CineRate') ?? 0,
    number(attributes, 'RecommendedDisplayFrameRate') ?? 0,
  ];
  const rate = rates.find(isRate);
  return rate === undefined ? null : even(rate, frameCount);
}
