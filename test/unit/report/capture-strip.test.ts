import { describe, expect, test } from '@jest/globals';
import { runs, strip, ticks } from '../../../src/report/capture-strip.ts';
import { DVT_RESULT } from '../../support/capture-fixtures.ts';
import { mentions, timesSaid } from '../../support/page-words.ts';

const BOX = { x: 0, y: 0, width: 1200, height: 160 };
const PARTS = { name: 'image 1', threshold: 0.5, landmark: 'SFJ', marks: [] } as const;
const course = DVT_RESULT.landmarks[0]?.courses[0];
if (course === undefined) throw new Error('no course');

describe('the strip of a course', () => {
  test('neighbours of one state are one run', () => {
    expect(runs(['a', 'a', 'b', 'a'])).toEqual([
      { value: 'a', from: 0, to: 2 },
      { value: 'b', from: 2, to: 3 },
      { value: 'a', from: 3, to: 4 },
    ]);
    expect(runs([])).toEqual([]);
  });

  test('says open and closed in words, beside the colours', () => {
    const svg = strip(course, BOX, PARTS);
    expect([timesSaid(svg, 'open'), timesSaid(svg, 'closed')]).toEqual([2, 1]);
  });

  test('the threshold decides what is open', () => {
    expect(timesSaid(strip(course, BOX, { ...PARTS, threshold: 0 }), 'closed')).toBe(0);
    expect(timesSaid(strip(course, BOX, { ...PARTS, threshold: 2 }), 'open')).toBe(0);
  });

  test('has seconds where the rate is known, else frame numbers', () => {
    expect(mentions(strip(course, BOX, PARTS), '3.5 s')).toBe(true);
    const untimed = strip({ ...course, cine: { ...course.cine, framesPerSecond: null } }, BOX, PARTS);
    expect(mentions(untimed, 'frame 1')).toBe(true);
    expect(mentions(untimed, '3.5 s')).toBe(false);
  });

  test.each([
    [100, 25, 1 + 0.5 * 25, '0.5 s'],
    [100, null, 10, '10'],
    [4000, 20, 1 + 30 * 20, '30 s'],
  ])('%p frames at %p a second have few ticks, the second at frame %p', (frames, rate, second, words) => {
    const found = ticks(frames, rate);
    expect(found.length).toBeLessThanOrEqual(13);
    expect(found[1]).toEqual({ frame: second, words });
    for (const { frame } of found) expect(frame).toBeLessThanOrEqual(frames);
  });

  test('stays inside its box, for courses of any length', () => {
    for (const count of [1, 2, 3, 92]) {
      const short = {
        ...course,
        frameNumbers: course.frameNumbers.slice(0, count),
        landmarks: course.landmarks.slice(0, count),
        open: course.open.slice(0, count),
      };
      const svg = strip(short, BOX, PARTS);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/u);
      for (const [, x, width] of svg.matchAll(/<rect x="([\d.-]+)" y="[\d.-]+" width="([\d.-]+)"/gu)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(x) + Number(width)).toBeLessThanOrEqual(BOX.width + 0.1);
      }
    }
  });
});
