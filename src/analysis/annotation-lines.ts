// Lines of writing in a picture. In: strokes. Out: the rows of letters they stand in, most likely ones first; and the crop of a line as black on white,
// enlarged to the size that character recognition reads best.
import type { Ink, Stroke } from './annotation-ink.ts';
import type { GreyPicture } from './picture.ts';

/** A row of strokes of one height and level: bounds inclusive, the height of its letters. */
export type TextLine = {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly letterHeight: number;
  readonly level: number;
  readonly strokes: readonly Stroke[];
};

/** A gap between strokes of one line, in letter heights: wider than a blank, narrower than a column of the screen. */
const WIDEST_GAP = 1.7;
const MOST_UNLIKE = 1.9;
/** Levels of one line differ by no more. */
const LEVEL_SPREAD = 46;
/** Share of the letter height by which tops and bottoms stray. */
const STRAY = 0.34;

const heightOf = ({ y0, y1 }: Stroke): number => y1 - y0 + 1;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

function alongside(left: Stroke, right: Stroke): boolean {
  const [one, other] = [heightOf(left), heightOf(right)];
  const high = Math.max(one, other);
  const low = Math.min(one, other);
  if (high > MOST_UNLIKE * low) return false;
  if (right.x0 - left.x1 > WIDEST_GAP * high) return false;
  if (Math.abs(left.level - right.level) > LEVEL_SPREAD) return false;
  const shared = Math.min(left.y1, right.y1) - Math.max(left.y0, right.y0) + 1;
  return shared >= 0.6 * low;
}

/** Chains strokes from left to right, each to the nearest one that continues a chain. */
function chains(strokes: readonly Stroke[]): Stroke[][] {
  const ordered = strokes.toSorted((a, b) => a.x0 - b.x0);
  const open: Stroke[][] = [];
  const done: Stroke[][] = [];
  for (const stroke of ordered) {
    let best: Stroke[] | null = null;
    let bestGap = Number.POSITIVE_INFINITY;
    for (let at = open.length - 1; at >= 0; at--) {
      const chain = open[at] ?? [];
      const last = chain.at(-1);
      if (last === undefined) continue;
      const gap = stroke.x0 - last.x1;
      if (gap > WIDEST_GAP * 48) {
        done.push(...open.splice(at, 1));
      } else if (gap < bestGap && alongside(last, stroke)) {
        best = chain;
        bestGap = gap;
      }
    }
    if (best === null) open.push([stroke]);
    else best.push(stroke);
  }
  return [...done, ...open];
}

function lineOf(strokes: readonly Stroke[]): TextLine | null {
  const letterHeight = median(strokes.map(heightOf));
  const x0 = Math.min(...strokes.map((stroke) => stroke.x0));
  const x1 = Math.max(...strokes.map((stroke) => stroke.x1));
  const y0 = Math.min(...strokes.map((stroke) => stroke.y0));
  const y1 = Math.max(...strokes.map((stroke) => stroke.y1));
  const wide = x1 - x0 + 1;
  if (wide < 1.1 * letterHeight || y1 - y0 + 1 > 2.2 * letterHeight) return null;
  const [top, bottom] = [median(strokes.map((stroke) => stroke.y0)), median(strokes.map((stroke) => stroke.y1))];
  const straight = strokes.filter(
    (stroke) =>
      Math.abs(stroke.y1 - bottom) <= STRAY * letterHeight + 1 && Math.abs(stroke.y0 - top) <= 1.2 * STRAY * letterHeight + 1,
  );
  if (straight.length < 0.6 * strokes.length) return null;
  return { x0, x1, y0, y1, letterHeight, level: median(strokes.map((stroke) => stroke.level)), strokes };
}

/** How likely a line is writing: many letters of one level, one height, one base. */
function likeness({ strokes, letterHeight, level }: TextLine): number {
  const spread = (values: readonly number[]): number => {
    const middle = median(values);
    return median(values.map((value) => Math.abs(value - middle)));
  };
  const uneven =
    (spread(strokes.map((stroke) => stroke.y1)) + spread(strokes.map((stroke) => stroke.y0))) / letterHeight +
    spread(strokes.map((stroke) => stroke.level)) / 20;
  return Math.min(12, strokes.length) + level / 40 - 6 * uneven;
}

/** Lines of one picture, most likely first, `most` at most. */
export function linesOf(ink: Ink, most: number): TextLine[] {
  const lines = chains(ink.strokes).flatMap((chain) => (chain.length < 2 ? [] : (lineOf(chain) ?? [])));
  return lines.toSorted((a, b) => likeness(b) - likeness(a)).slice(0, most);
}

/** The letters of a line from left to right, each as a line of its own. */
export const lettersOf = (line: TextLine): TextLine[] =>
  line.strokes.toSorted((a, b) => a.x0 - b.x0).map((stroke) => ({ ...line, x0: stroke.x0, x1: stroke.x1, strokes: [stroke] }));

/** Those after the widest gap. */
export function lastWord(letters: readonly TextLine[]): readonly TextLine[] {
  let [from, widest] = [0, 0];
  for (const [at, { x0 }] of letters.entries()) {
    const gap = at === 0 ? 0 : x0 - (letters[at - 1]?.x1 ?? 0);
    if (gap > widest) [from, widest] = [at, gap];
  }
  return letters.slice(from);
}

/** Height of letters and white margin in the crop that is read, pixels; letters of about this height are read best. */
const READ_HEIGHT = 22;
const MARGIN = 10;
const WIDEST = 1800;
const SMOOTHINGS = 2;

/** A surround from which the line stands over tissue. */
const TISSUE = 60;

/** How much a place of the line is ink, 0..1: at full level from a little below that of its strokes. */
const inkShare = (level: number, floor: number, full: number): number =>
  Math.min(1, Math.max(0, (level - floor) / Math.max(16, 0.92 * full - floor)));

/** The line as black on white with soft rims, at the size that is read. */
export function cropOf(ink: Ink, line: TextLine): GreyPicture {
  const room = line.strokes.length > 1 ? Math.max(2, Math.round(line.letterHeight / 4)) : 1;
  const x0 = Math.max(0, line.x0 - room);
  const y0 = Math.max(0, line.y0 - room);
  const columns = Math.min(ink.columns - 1, line.x1 + room) - x0 + 1;
  const rows = Math.min(ink.rows - 1, line.y1 + room) - y0 + 1;
  const floor = floorOf(ink, line);
  const shares = new Float32Array(rows * columns);
  const written = floor > TISSUE ? strokesOnly(ink, line) : null;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (written !== null && !written(y0 + row, x0 + column)) continue;
      const level = ink.levels[(y0 + row) * ink.columns + x0 + column] ?? 0;
      shares[row * columns + column] = inkShare(level, floor, line.level);
    }
  }
  const scale = Math.min(READ_HEIGHT / line.letterHeight, WIDEST / columns);
  const size = { rows: Math.max(1, Math.round(rows * scale)), columns: Math.max(1, Math.round(columns * scale)) };
  return onPaper(smoothed(resampled({ rows, columns, shares }, size)));
}

/** Whether a place is ink of a stroke of the line, or its rim: over tissue everything else is left out, small marks with it. */
function strokesOnly({ mask, columns }: Ink, line: TextLine): (row: number, column: number) => boolean {
  const inStroke = (row: number, column: number): boolean =>
    mask[row * columns + column] === 1 &&
    line.strokes.some(({ x0, x1, y0, y1 }) => column >= x0 && column <= x1 && row >= y0 && row <= y1);
  return (row, column) => {
    for (let y = row - 1; y <= row + 1; y++) for (let x = column - 1; x <= column + 1; x++) if (inStroke(y, x)) return true;
    return false;
  };
}

type Shares = { readonly rows: number; readonly columns: number; readonly shares: Float32Array };

/** Bilinear on another grid; beyond the edge the edge goes on. */
function resampled({ rows, columns, shares }: Shares, size: { readonly rows: number; readonly columns: number }): Shares {
  const out = new Float32Array(size.rows * size.columns);
  const at = (row: number, column: number): number =>
    shares[Math.min(rows - 1, Math.max(0, row)) * columns + Math.min(columns - 1, Math.max(0, column))] ?? 0;
  for (let row = 0; row < size.rows; row++) {
    const y = ((row + 0.5) * rows) / size.rows - 0.5;
    const top = Math.floor(y);
    const down = y - top;
    for (let column = 0; column < size.columns; column++) {
      const x = ((column + 0.5) * columns) / size.columns - 0.5;
      const left = Math.floor(x);
      const across = x - left;
      out[row * size.columns + column] =
        (1 - down) * ((1 - across) * at(top, left) + across * at(top, left + 1)) +
        down * ((1 - across) * at(top + 1, left) + across * at(top + 1, left + 1));
    }
  }
  return { ...size, shares: out };
}

/** Rounds off the steps of lettering that is drawn in dots: means of three, along both axes, some times over. */
function smoothed({ rows, columns, shares }: Shares): Shares {
  let values = shares;
  for (let pass = 0; pass < SMOOTHINGS; pass++) {
    for (const step of [1, columns]) {
      const next = new Float32Array(values.length);
      for (let at = 0; at < values.length; at++) {
        next[at] = ((values[at - step] ?? 0) + (values[at] ?? 0) + (values[at + step] ?? 0)) / 3;
      }
      values = next;
    }
  }
  return { rows, columns, shares: values };
}

function onPaper({ rows, columns, shares }: Shares): GreyPicture {
  const picture = { rows: rows + 2 * MARGIN, columns: columns + 2 * MARGIN };
  const data = new Uint8Array(picture.rows * picture.columns).fill(255);
  for (let row = 0; row < rows; row++) {
    const start = (row + MARGIN) * picture.columns + MARGIN;
    for (let column = 0; column < columns; column++) {
      data[start + column] = Math.round(255 * (1 - (shares[row * columns + column] ?? 0)));
    }
  }
  return { ...picture, data };
}

/** The same crop some times side by side: a word of two letters is read better in company. */
export function repeated(picture: GreyPicture, times: number): GreyPicture {
  const columns = picture.columns * times;
  const data = new Uint8Array(picture.rows * columns);
  for (let row = 0; row < picture.rows; row++) {
    const line = picture.data.subarray(row * picture.columns, (row + 1) * picture.columns);
    for (let time = 0; time < times; time++) data.set(line, row * columns + time * picture.columns);
  }
  return { rows: picture.rows, columns, data };
}

/** The level below which a pixel of the line is surround: half-way up from what lies between the strokes. */
function floorOf(ink: Ink, line: TextLine): number {
  const between: number[] = [];
  for (let y = line.y0; y <= line.y1; y++) {
    for (let x = line.x0; x <= line.x1; x++) {
      const at = y * ink.columns + x;
      if (ink.mask[at] === 0) between.push(ink.levels[at] ?? 0);
    }
  }
  const surround = between.toSorted((a, b) => a - b)[Math.floor(0.8 * between.length)] ?? 0;
  return Math.min(surround, line.level - 24);
}
