// Pieces of a drawing. In: values in data units. Out: SVG text that needs no style sheet: lines and letters take the colour of the page's text, so
// that one drawing fits a light and a dark page.

/** Text as it may stand in HTML and SVG, in attributes too. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`).replace(/[\p{Cc}]/gu, ' ');

/** Two colours that stand out on white and on near-black, and differ for every colour vision. */
export const OURS = '#2f80d0';
export const POINT = '#d2601a';

/** A linear scale from data to pixels. */
export type Scale = (value: number) => number;

export const scale =
  (from: readonly [number, number], to: readonly [number, number]): Scale =>
  (value) =>
    to[0] + ((value - from[0]) / (from[1] - from[0])) * (to[1] - to[0]);

const pixel = (value: number): string => String(Math.round(value * 100) / 100);

export type Stroke = { readonly colour?: string; readonly width?: number; readonly dash?: string; readonly opacity?: number };

const strokeOf = ({ colour = 'currentColor', width = 1, dash, opacity = 1 }: Stroke): string =>
  `stroke="${colour}" stroke-width="${width}" stroke-opacity="${opacity}"${dash === undefined ? '' : ` stroke-dasharray="${dash}"`}`;

type Point = readonly [x: number, y: number];

export const line = ([x1, y1]: Point, [x2, y2]: Point, stroke: Stroke = {}): string =>
  `<line x1="${pixel(x1)}" y1="${pixel(y1)}" x2="${pixel(x2)}" y2="${pixel(y2)}" ${strokeOf(stroke)}/>`;

export const polyline = (points: readonly Point[], stroke: Stroke = {}): string =>
  `<polyline points="${points.map(([x, y]) => `${pixel(x)},${pixel(y)}`).join(' ')}" fill="none" stroke-linejoin="round" ${strokeOf(stroke)}/>`;

export const circle = ([x, y]: Point, radius: number, options: Stroke & { readonly fill?: string } = {}): string =>
  `<circle cx="${pixel(x)}" cy="${pixel(y)}" r="${radius}" fill="${options.fill ?? 'none'}" ${strokeOf(options)}/>`;

export const rectangle = (
  [x, y]: Point,
  [width, height]: Point,
  options: Stroke & { readonly fill?: string; readonly fillOpacity?: number } = {},
): string =>
  `<rect x="${pixel(x)}" y="${pixel(y)}" width="${pixel(width)}" height="${pixel(height)}" fill="${options.fill ?? 'none'}" fill-opacity="${options.fillOpacity ?? 1}" ${strokeOf(options)}/>`;

export const label = (
  [x, y]: Point,
  text: string,
  options: {
    readonly anchor?: 'start' | 'middle' | 'end';
    readonly size?: number;
    readonly turned?: boolean;
    bold?: boolean;
  } = {},
): string => {
  const { anchor = 'start', size = 12, turned = false, bold = false } = options;
  const turn = turned ? ` transform="rotate(-90 ${pixel(x)} ${pixel(y)})"` : '';
  return `<text x="${pixel(x)}" y="${pixel(y)}" text-anchor="${anchor}" font-size="${size}"${bold ? ' font-weight="600"' : ''} fill="currentColor"${turn}>${escaped(text)}</text>`;
};

/** A whole drawing; `title` is what a screen reader says. */
export const drawing = (width: number, height: number, { title, parts }: { title: string; parts: readonly string[] }): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif"><title>${escaped(title)}</title>${parts.join('')}</svg>`;

/** About `count` round numbers from `low` to `high`. */
export function ticks(low: number, high: number, count: number): readonly number[] {
  const rough = (high - low) / count;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5, 10].find((factor) => unit * factor >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}
