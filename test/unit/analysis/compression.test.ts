import { describe, expect, test } from '@jest/globals';
import { type Course, compressionVerdict, runsOf, smoothed } from '../../../src/analysis/compression.ts';

const CLOSED_BELOW = 0.5;
const rest = (count: number): number[] => new Array<number>(count).fill(0.97);

/** A course of so many answers at rest, pressed with P(open) `under`, and at rest again. */
function course(under: number, changes: Partial<Course> & { readonly pressed?: number; readonly thin?: number } = {}): Course {
  const { pressed = 20, thin = 0.18, ...rest_ } = changes;
  const open = [...rest(15), ...new Array<number>(pressed).fill(under), ...rest(15)];
  const thinning = open.map((_, at) => (at >= 15 && at < 15 + pressed ? thin : 0));
  return { open, thinning, described: null, ...rest_ };
}

const verdict = (one: Course) => compressionVerdict(one, CLOSED_BELOW);

describe('the verdict on a course', () => {
  test('a sustained closed run between open ones is fully compressible, whether or not the tissue was seen to move', () => {
    for (const thin of [0.18, 0]) {
      const found = verdict(course(0.05, { thin }));
      expect(found).toMatchObject({ compressibility: 'fully' });
      expect(found.certainty).toBeCloseTo(0.95, 2);
      expect(found.pressedAt).toBeGreaterThanOrEqual(15);
      expect(found.pressedAt).toBeLessThan(35);
    }
  });

  test('a pressed vein that becomes narrower is partially compressible, one that stays as it is is non-compressible', () => {
    expect(verdict(course(0.52)).compressibility).toBe('partially');
    expect(verdict(course(0.96)).compressibility).toBe('non-compressible');
  });

  test('a vein that stays open without the tissue being pressed is indeterminate, whatever the description says', () => {
    for (const described of [null, true, false]) {
      const found = verdict(course(0.96, { thin: 0, described }));
      expect(found.compressibility).toBe('indeterminate');
      expect(found.certainty).toBeNull();
    }
    expect(verdict(course(0.96, { thin: 0.06 })).because).toContain('too lightly');
    expect(verdict(course(0.96, { thin: 0, described: false })).because).toContain('no compression was applied');
  });

  test('pressing that is described as absent makes no statement against the vein', () => {
    expect(verdict(course(0.96, { described: false })).compressibility).toBe('indeterminate');
  });

  test('tissue that could not be compared counts as not pressed', () => {
    const { open } = course(0.96);
    expect(verdict({ open, thinning: open.map(() => null), described: true }).compressibility).toBe('indeterminate');
  });

  test.each([
    ['too short a course', { open: rest(14), thinning: rest(14), described: true }, 'fewer than'],
    [
      'a vein that is closed all the time',
      { open: new Array<number>(40).fill(0.02), thinning: [], described: null },
      'all the time',
    ],
    ['a vein that does not open again', { ...course(0.03), open: course(0.03).open.slice(0, 35) }, 'opens again is not seen'],
    ['a vein that was never seen open before', { ...course(0.03), open: course(0.03).open.slice(15) }, 'open before is not seen'],
    ['a vein that is not surely closed', course(0.4), 'not surely'],
    ['a vein closed for moments only', course(0.03, { pressed: 4 }), 'only for moments'],
  ])('%s is indeterminate with its reason', (_, one, because) => {
    const found = verdict(one);
    expect(found.compressibility).toBe('indeterminate');
    expect(found.because).toContain(because);
  });

  test('single answers that stray do not part a closed run', () => {
    const one = course(0.05);
    const open = one.open.map((value, at) => (at === 20 || at === 27 ? 0.9 : value));
    expect(verdict({ ...one, open }).compressibility).toBe('fully');
  });
});

test('runs and medians are those of the definition', () => {
  expect(runsOf(6, (at) => at !== 2 && at !== 5)).toEqual([
    { first: 0, last: 1 },
    { first: 3, last: 4 },
  ]);
  expect(smoothed([1, 0, 1, 1, 0], 3)).toEqual([1, 1, 1, 1, 1]);
});
