// The colours and the small marks that every attention page is drawn with. In: boxes and texts. Out: SVG markup. Pure.
// Dark ground and few bright places, because the pages are read in a dark room. Every meaning that has a colour has words or a place as well.
import type { LungScore } from '../contracts/finding.ts';
import { type Box, PAGE } from './capture-layout.ts';
import { textSvg, wrapText } from './stroke-text.ts';

export const COLOUR = {
  background: '#07090c',
  panel: '#10151b',
  line: '#2b3540',
  text: '#c8d0d8',
  faint: '#8793a0',
  warning: '#f5b14c',
  warningGround: '#2a1c05',
  highlight: '#ffd166',
  highlightGround: '#33270a',
  bar: '#5b8fb9',
  open: '#4a9bdc',
  closed: '#f2e3b3',
} as const;

/** Severity from dark blue to pale yellow: lightness rises with the score, so that the order reads with any colour vision. */
export const SCORE_COLOURS: Readonly<Record<LungScore, { readonly fill: string; readonly ink: string }>> = {
  0: { fill: '#1f4a68', ink: '#dfe7ee' },
  1: { fill: '#4d88b0', ink: '#07090c' },
  2: { fill: '#eb9a4a', ink: '#07090c' },
  3: { fill: '#fff1a6', ink: '#07090c' },
};

export const rectangle = (box: Box, style: string): string =>
  `<rect x="${box.x.toFixed(1)}" y="${box.y.toFixed(1)}" width="${Math.max(0, box.width).toFixed(1)}" height="${Math.max(0, box.height).toFixed(1)}" ${style}/>`;

export type Line = { readonly y: number; readonly size: number; readonly colour: string };

export const line = (text: string, x: number, style: Line): string => textSvg(text, x, style);
export const bold = (text: string, x: number, style: Line): string => textSvg(text, x, { ...style, bold: true });
export const middle = (text: string, x: number, style: Line & { readonly bold?: boolean }): string =>
  textSvg(text, x, { ...style, anchor: 'middle' });
export const atEnd = (text: string, x: number, style: Line & { readonly bold?: boolean }): string =>
  textSvg(text, x, { ...style, anchor: 'end' });

/** Lines of text below one another from a box's top; what has no room is cut with `...`. */
export function paragraph(
  text: string,
  box: Box,
  { size, colour, leading }: { readonly size: number; readonly colour: string; readonly leading: number },
): string {
  const mostLines = Math.max(1, Math.floor((box.height - size) / leading) + 1);
  return wrapText(text, size, { width: box.width, mostLines })
    .map((one, index) => line(one, box.x, { y: box.y + size + index * leading, size, colour }))
    .join('');
}

/** A page as an SVG document. */
export const svg = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${PAGE.width}" height="${PAGE.height}" viewBox="0 0 ${PAGE.width} ${PAGE.height}">${content}</svg>`;

/** Ground beneath the pictures. */
export const groundSvg = (): string => svg(rectangle({ x: 0, y: 0, ...PAGE }, `fill="${COLOUR.background}"`));

/** Parts of a line that say anything, joined by a middle dot. */
export const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' \u00b7 ');
