import { describe, expect, test } from '@jest/globals';
import { COLOUR, paragraph, SCORE_COLOURS } from '../../../src/report/capture-marks.ts';
import { wordsOf } from '../../support/page-words.ts';

/** Relative luminance of `#rrggbb`, 0..1 (sRGB). */
function luminance(colour: string): number {
  const channel = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

const contrast = (one: string, other: string): number => {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};

describe('the colours of the pages', () => {
  test('a higher lung score is lighter, by steps that are seen without colour vision', () => {
    const steps = ([0, 1, 2, 3] as const).map((score) => luminance(SCORE_COLOURS[score].fill) + 0.05);
    for (const [index, value] of steps.entries()) if (index > 0) expect(value / (steps[index - 1] ?? 1)).toBeGreaterThan(1.4);
  });

  test('figures on the scores and texts on the ground are legible', () => {
    for (const { fill, ink } of Object.values(SCORE_COLOURS)) expect(contrast(fill, ink)).toBeGreaterThan(4.5);
    for (const ink of [COLOUR.text, COLOUR.faint, COLOUR.warning, COLOUR.highlight])
      expect(contrast(COLOUR.background, ink)).toBeGreaterThan(4.5);
  });

  test('open and closed differ in lightness, not in hue alone', () => {
    expect(contrast(COLOUR.open, COLOUR.closed)).toBeGreaterThan(2);
  });

  test('the ground is dark, for dark rooms', () => {
    expect(luminance(COLOUR.background)).toBeLessThan(0.005);
  });
});

test('a paragraph that has no room is cut with dots', () => {
  const box = { x: 0, y: 0, width: 300, height: 50 };
  const words = wordsOf(paragraph('word '.repeat(60).trim(), box, { size: 10, colour: '#fff', leading: 18 }));
  expect(words).toHaveLength(3);
  expect(words.at(-1)).toMatch(/\.\.\.$/u);
});
