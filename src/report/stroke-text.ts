// Text as SVG paths of the stroke alphabet. In: a text and a place. Out: SVG markup that needs no font. Pure.
import { GLYPHS, type Glyph, UNKNOWN_GLYPH } from './stroke-glyphs.ts';

const CAPITAL_HEIGHT = 14;
const LETTER_SPACE = 3;
const BOLD_LETTER_SPACE = 3.6;
const REGULAR_STROKE = 1.55;
const BOLD_STROKE = 2.4;

export type TextStyle = {
  /** Height of a capital letter in pixels. */
  readonly size: number;
  readonly colour: string;
  readonly bold?: boolean;
  /** Where `x` lies in the text; `start` when not given. */
  readonly anchor?: 'start' | 'middle' | 'end';
};

/** Letters that are no letter with an accent, as they are written where they are not to be had; dashes and quotation marks by their plain ones. */
const WRITTEN_AS: Readonly<Record<string, string>> = {
  ...{
    ß: 'ss',
    æ: 'ae',
    Æ: 'AE',
    œ: 'oe',
    Œ: 'OE',
    ø: 'o',
    Ø: 'O',
    ł: 'l',
    Ł: 'L',
    đ: 'd',
    Đ: 'D',
    ð: 'd',
    þ: 'th',
    Þ: 'Th',
    ı: 'i',
  },
  ...{
    '\u2010': '-',
    '\u2011': '-',
    '\u2013': '-',
    '\u2014': '-',
    '\u2212': '-',
    '\u00d7': 'x',
    '\u00b0': ' deg',
    '\u00b5': 'u',
  },
  ...{ '\u2018': "'", '\u2019': "'", '\u201c': '"', '\u201d': '"', '\u201e': '"', '\u00ab': '"', '\u00bb': '"', '\u2264': '<=' },
};

// Accents are dropped rather than drawn as a box; the exact text stands in the SR and the header.
const drawable = (text: string): string =>
  [...text].map((character) => WRITTEN_AS[character] ?? character.normalize('NFKD').replace(/\p{M}/gu, '')).join('');

const glyphOf = (character: string): Glyph => GLYPHS[character] ?? UNKNOWN_GLYPH;

/** The characters of a text that would be drawn as boxes, each once. */
export const undrawable = (text: string): string =>
  [...new Set(drawable(text))].filter((character) => GLYPHS[character] === undefined).join('');

/** Width of a text in pixels at a capital height of `size` pixels, regular or bold. */
export function textWidth(text: string, size: number, bold = false): number {
  const characters = [...drawable(text)];
  const ink = characters.reduce((sum, character) => sum + glyphOf(character)[0], 0);
  const space = (bold ? BOLD_LETTER_SPACE : LETTER_SPACE) * Math.max(0, characters.length - 1);
  return ((ink + space) * size) / CAPITAL_HEIGHT;
}

/** SVG of one line of text; `y` is the baseline, in pixels. */
export function textSvg(text: string, x: number, options: { readonly y: number } & TextStyle): string {
  const scale = options.size / CAPITAL_HEIGHT;
  const bold = options.bold === true;
  const width = textWidth(text, options.size, bold);
  const left = options.anchor === 'end' ? x - width : options.anchor === 'middle' ? x - width / 2 : x;
  let pen = 0;
  const strokes: string[] = [];
  for (const character of drawable(text)) {
    const [glyphWidth, path] = glyphOf(character);
    if (path !== '') strokes.push(`<path d="${path}" transform="translate(${pen.toFixed(2)} 0)"/>`);
    pen += glyphWidth + (bold ? BOLD_LETTER_SPACE : LETTER_SPACE);
  }
  const stroke = bold ? BOLD_STROKE : REGULAR_STROKE;
  return (
    `<g fill="none" stroke="${options.colour}" stroke-width="${stroke}" stroke-linecap="round" stroke-linejoin="round" ` +
    `transform="translate(${left.toFixed(2)} ${(options.y - options.size).toFixed(2)}) scale(${scale.toFixed(4)})">${strokes.join('')}</g>`
  );
}

/** The longest beginning of a text, cut at a word where possible, that fits into `width` pixels; `...` marks a cut. */
export function fitText(text: string, size: number, width: number, bold = false): string {
  if (textWidth(text, size, bold) <= width) return text;
  let end = text.length;
  while (end > 0 && textWidth(`${text.slice(0, end)}...`, size, bold) > width) end -= 1;
  const atWord = text.lastIndexOf(' ', end);
  return `${text.slice(0, atWord > end / 2 ? atWord : end).trimEnd()}...`;
}

/** Words with what parts each from the one before; one that is too wide for a line may be broken after its hyphens. */
function piecesOf(
  text: string,
  isTooWide: (word: string) => boolean,
): readonly { readonly piece: string; readonly before: string }[] {
  const words = text.split(/\s+(?!%)/u).filter((one) => one !== '');
  return words.flatMap((word) =>
    (isTooWide(word) ? word.split(/(?<=-)/u) : [word]).map((piece, index) => ({ piece, before: index === 0 ? ' ' : '' })),
  );
}

/** Breaks a text into lines of at most `width` pixels and `mostLines` lines. */
export function wrapText(
  text: string,
  size: number,
  options: { readonly width: number; readonly mostLines: number; readonly bold?: boolean },
): readonly string[] {
  const { width, mostLines, bold = false } = options;
  const lines: string[] = [];
  let line = '';
  for (const { piece, before } of piecesOf(text, (word) => textWidth(word, size, bold) > width)) {
    const longer = line === '' ? piece : `${line}${before}${piece}`;
    if (line !== '' && textWidth(longer, size, bold) > width) {
      lines.push(line);
      line = piece;
    } else {
      line = longer;
    }
  }
  if (line !== '') lines.push(line);
  if (lines.length <= mostLines) return lines.map((one) => fitText(one, size, width, bold));
  const kept = lines.slice(0, mostLines - 1);
  return [...kept, fitText(lines.slice(mostLines - 1).join(' '), size, width, bold)];
}
