// Where writing may stand in a picture. In: a frame. Out: letter-size components of one level that stand off from their surround, bright ones and, on a
// light screen, dark ones. Cheap and generous: what is no writing reads as nothing later.
import type { GreyOrRgb } from '../dicom/frames.ts';

/** A connected piece of ink: its bounds (columns x0..x1, rows y0..y1 inclusive), its pixels and their mean level. */
export type Stroke = {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly pixels: number;
  readonly level: number;
};

/** The frame as levels 0..255 in which ink is high, and the mask of what may be ink. */
export type Ink = {
  readonly rows: number;
  readonly columns: number;
  readonly levels: Uint8Array;
  readonly mask: Uint8Array;
  readonly strokes: readonly Stroke[];
};

/** Half side of the square that a pixel is compared with. */
const SURROUND = 10;
/** How far ink stands off from the mean of its surround, and the least level of it. */
const STAND_OFF = 36;
const LEAST_LEVEL = 84;
/** Spread of red, green and blue from which a pixel counts as coloured writing. */
const COLOURED = 70;
/** A surround from which dark writing is looked for. */
const LIGHT = 140;
/** From this level on, ink is as bright as the screen can be. */
const FULL = 238;
/** Height of a letter in pixels; width and fill of a component that letters may have run together in. */
const LEAST_HEIGHT = 5;
const MOST_HEIGHT = 48;
const MOST_WIDTH = 420;
const SOLID = 0.82;
/** Components are no longer gathered beyond this many: a picture of noise. */
const MOST_STROKES = 6000;

/** Brightest of the samples, so that coloured writing is as high as white; strongly coloured pixels are lifted. */
function levelsOf(frame: GreyOrRgb): Uint8Array {
  const { channels, data, rows, columns } = frame;
  if (channels === 1) return data.slice(0, rows * columns);
  const levels = new Uint8Array(rows * columns);
  for (let at = 0, from = 0; at < levels.length; at++, from += 3) {
    const red = data[from] ?? 0;
    const green = data[from + 1] ?? 0;
    const blue = data[from + 2] ?? 0;
    const most = Math.max(red, green, blue);
    levels[at] = most >= LEAST_LEVEL && most - Math.min(red, green, blue) > COLOURED ? Math.max(most, 235) : most;
  }
  return levels;
}

type Masks = { readonly full: Uint8Array; readonly bright: Uint8Array; readonly dark: Uint8Array };

/**
 * Marks ink: 1 in `full` where levels are the highest there are, in `bright` where they stand off from the mean around, in `dark` where they lie below a light
 * surround. The sum around a place slides over the picture.
 */
function masksOf(levels: Uint8Array, rows: number, columns: number): Masks {
  const full = new Uint8Array(rows * columns);
  const bright = new Uint8Array(rows * columns);
  const dark = new Uint8Array(rows * columns);
  const ofColumn = new Float64Array(columns);
  const slide = (row: number, sign: 1 | -1): void => {
    const start = row * columns;
    for (let column = 0; column < columns; column++) {
      ofColumn[column] = (ofColumn[column] ?? 0) + sign * (levels[start + column] ?? 0);
    }
  };
  for (let row = 0; row < Math.min(rows, SURROUND); row++) slide(row, 1);
  for (let row = 0; row < rows; row++) {
    if (row + SURROUND < rows) slide(row + SURROUND, 1);
    if (row > SURROUND) slide(row - SURROUND - 1, -1);
    const high = Math.min(rows, row + SURROUND + 1) - Math.max(0, row - SURROUND);
    let sum = 0;
    for (let column = 0; column < Math.min(columns, SURROUND); column++) sum += ofColumn[column] ?? 0;
    for (let column = 0; column < columns; column++) {
      if (column + SURROUND < columns) sum += ofColumn[column + SURROUND] ?? 0;
      if (column > SURROUND) sum -= ofColumn[column - SURROUND - 1] ?? 0;
      const around = high * (Math.min(columns, column + SURROUND + 1) - Math.max(0, column - SURROUND));
      const at = row * columns + column;
      const level = levels[at] ?? 0;
      if (level >= FULL) full[at] = 1;
      if (level >= LEAST_LEVEL && (level - STAND_OFF) * around > sum) bright[at] = 1;
      else if (sum >= LIGHT * around && (level + 2 * STAND_OFF) * around < sum) dark[at] = 1;
    }
  }
  return { full, bright, dark };
}

/** Connected components (eight neighbours) of letter size. */
function strokesOf(mask: Uint8Array, levels: Uint8Array, size: { readonly rows: number; readonly columns: number }): Stroke[] {
  const { rows, columns } = size;
  const left = mask.slice();
  const stack = new Int32Array(mask.length);
  const found: Stroke[] = [];
  for (let start = left.indexOf(1); start >= 0 && found.length < MOST_STROKES; start = left.indexOf(1, start + 1)) {
    let [x0, y0, x1, y1, pixels, total, depth] = [columns, rows, 0, 0, 0, 0, 1];
    stack[0] = start;
    left[start] = 0;
    while (depth > 0) {
      depth -= 1;
      const at = stack[depth] ?? 0;
      const y = Math.floor(at / columns);
      const x = at - y * columns;
      pixels += 1;
      total += levels[at] ?? 0;
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      if (y > y1) y1 = y;
      for (let row = y > 0 ? y - 1 : 0; row <= y + 1 && row < rows; row++) {
        for (let column = x > 0 ? x - 1 : 0; column <= x + 1 && column < columns; column++) {
          const next = row * columns + column;
          if (left[next] === 0) continue;
          left[next] = 0;
          stack[depth] = next;
          depth += 1;
        }
      }
    }
    const height = y1 - y0 + 1;
    const width = x1 - x0 + 1;
    if (height < LEAST_HEIGHT || height > MOST_HEIGHT || width > MOST_WIDTH || pixels < LEAST_HEIGHT) continue;
    if (width > height && pixels > SOLID * width * height) continue;
    found.push({ x0, y0, x1, y1, pixels, level: total / pixels });
  }
  return found;
}

/** What may be writing in a frame: what is of full brightness, and what stands off, bright on dark and, when there is any, dark on light. */
export function inkOf(frame: GreyOrRgb): { readonly full: Ink; readonly standingOff: readonly Ink[] } {
  const { rows, columns } = frame;
  const inkIn = (levels: Uint8Array, mask: Uint8Array): Ink => {
    return { rows, columns, levels, mask, strokes: strokesOf(mask, levels, { rows, columns }) };
  };
  const levels = levelsOf(frame);
  const { full, bright, dark } = masksOf(levels, rows, columns);
  const standingOff = [inkIn(levels, bright)];
  if (dark.includes(1)) {
    standingOff.push(
      inkIn(
        levels.map((level) => 255 - level),
        dark,
      ),
    );
  }
  return { full: inkIn(levels, full), standingOff };
}
