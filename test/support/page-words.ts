// The texts of an attention page, read back from its strokes: in, SVG; out, one string a text, without blanks, as blanks leave no strokes.
import { GLYPHS } from '../../src/report/stroke-glyphs.ts';

const CHARACTERS = new Map(Object.entries(GLYPHS).map(([character, [, path]]) => [path, character]));

/** Every text of a page in the order of drawing. */
export const wordsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<g [^>]*>(.*?)<\/g>/gu)].map(([, strokes = '']) =>
    [...strokes.matchAll(/<path d="([^"]*)"/gu)].map(([, path = '']) => CHARACTERS.get(path) ?? '\ufffd').join(''),
  );

const packed = (text: string): string => text.replace(/\s/gu, '');

/** How many texts of a page are these words. */
export const timesSaid = (svg: string, words: string): number => wordsOf(svg).filter((one) => one === packed(words)).length;

/** Whether the words stand anywhere on a page, also inside a longer text. */
export const mentions = (svg: string, words: string): boolean => wordsOf(svg).some((one) => one.includes(packed(words)));
