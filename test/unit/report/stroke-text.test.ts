import { describe, expect, test } from '@jest/globals';
import { BADGE_LINE, BADGE_SIZE } from '../../../src/report/capture-cine-side.ts';
import { VERDICTS } from '../../../src/report/capture-dvt.ts';
import { fitText, textSvg, textWidth, undrawable, wrapText } from '../../../src/report/stroke-text.ts';

describe('the lettering', () => {
  test('names no font and writes no text element', () => {
    const svg = textSvg('P(SEC) 71.2 %', 0, { y: 10, size: 10, colour: '#fff' });
    expect(svg).not.toMatch(/<text|font/u);
    expect(svg).toContain('<path');
  });

  test('grows with the text and its size', () => {
    expect(textWidth('ab', 20)).toBeCloseTo(2 * textWidth('ab', 10));
    expect(textWidth('abc', 10)).toBeGreaterThan(textWidth('ab', 10));
  });

  test('drops accents rather than drawing boxes', () => {
    expect(textSvg('\u00e9', 0, { y: 0, size: 10, colour: '#fff' })).toBe(textSvg('e', 0, { y: 0, size: 10, colour: '#fff' }));
  });

  test('writes letters that are none with an accent as people do, and names those that it lacks', () => {
    const drawn = (text: string) => textSvg(text, 0, { y: 0, size: 10, colour: '#fff' });
    expect(drawn('Gr\u00f6\u00dfe \u2013 \u0141\u00f3d\u017a')).toBe(drawn('Grosse - Lodz'));
    expect(undrawable('Gr\u00f6\u00dfe, \u201esm\u00f8rrebr\u00f8d\u201c 37 \u00b0')).toBe('');
    expect(undrawable('\u041d\u0415\u0422 P(SEC) \u4e2d\u4e2d')).toBe('\u041d\u0415\u0422\u4e2d');
  });

  test('keeps long texts inside their box', () => {
    const long = 'A sentence that is much too long for the place it has been given on this page';
    expect(textWidth(fitText(long, 12, 200), 12)).toBeLessThanOrEqual(200);
    const lines = wrapText(long.repeat(3), 12, { width: 200, mostLines: 3 });
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(200);
  });

  test('bold texts are wrapped and cut by their own width', () => {
    const lines = wrapText('wide words '.repeat(20), 12, { width: 200, mostLines: 3, bold: true });
    for (const line of lines) expect(textWidth(line, 12, true)).toBeLessThanOrEqual(200);
    expect(textWidth(fitText('a heading that is too long', 24, 200, true), 24, true)).toBeLessThanOrEqual(200);
  });

  test('a number and its percent sign stay on one line', () => {
    for (const width of [60, 80, 100, 120, 140])
      for (const line of wrapText('no score: 34 %, needed 50 %', 10, { width, mostLines: 9 })) expect(line).not.toMatch(/^%/u);
  });

  test('breaks a word that is too wide after its hyphens, so that no verdict beside a cine is cut', () => {
    expect(wrapText('NON-COMPRESSIBLE', BADGE_SIZE, BADGE_LINE)).toEqual(['NON-', 'COMPRESSIBLE']);
    expect(wrapText('a low-flow vein', 11, { width: 400, mostLines: 2 })).toEqual(['a low-flow vein']);
    for (const { badge } of Object.values(VERDICTS))
      expect(wrapText(badge, BADGE_SIZE, BADGE_LINE).join(' ')).not.toContain('...');
  });
});
