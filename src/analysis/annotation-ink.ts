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

/** Columns of a row from `from` up to but without `to`; none where `to` is not above `from`. */
type Reach = { readonly from: Int32Array; readonly to: Int32Array };

type Levels = { readonly rows: number; readonly columns: number; readonly levels: Uint8Array };

/** Brightest of the samples of pixels `from` up to but without `to`, so that coloured writing is as high as white; strongly coloured pixels are lifted. */
function brightest(data: Uint8Array, levels: Uint8Array, { from, to }: { readonly from: number; readonly to: number }): void {
  for (let at = from, sample = 3 * from; at < to; at++, sample += 3) {
    const red = data[sample] ?? 0;
    const green = data[sample + 1] ?? 0;
    const blue = data[sample + 2] ?? 0;
    if (red === green && green === blue) {
      levels[at] = red;
      continue;
    }
    const most = Math.max(red, green, blue);
    levels[at] = most >= LEAST_LEVEL && most - Math.min(red, green, blue) > COLOURED ? Math.max(most, 235) : most;
  }
}

/** Pixels that are looked at together, of three samples each, and the 32-bit words that they fill. */
const TOGETHER = 4;
const WORDS = 3;

function levelsOf({ channels, data, rows, columns }: GreyOrRgb): Levels {
  const pixels = rows * columns;
  if (channels === 1) return { rows, columns, levels: data.slice(0, pixels) };
  const levels = new Uint8Array(pixels);
  if (data.byteOffset % Int32Array.BYTES_PER_ELEMENT !== 0) {
    brightest(data, levels, { from: 0, to: pixels });
    return { rows, columns, levels };
  }
  // Most of a screen is black, and stays as the new array is.
  const words = new Int32Array(data.buffer, data.byteOffset, data.byteLength >> 2);
  const whole = Math.floor(pixels / TOGETHER);
  for (let group = 0, word = 0; group < whole; group++, word += WORDS) {
    if (((words[word] ?? 0) | (words[word + 1] ?? 0) | (words[word + 2] ?? 0)) === 0) continue;
    brightest(data, levels, { from: TOGETHER * group, to: TOGETHER * (group + 1) });
  }
  brightest(data, levels, { from: TOGETHER * whole, to: pixels });
  return { rows, columns, levels };
}

/** Where ink can be: no bright one is below LEAST_LEVEL, and no surround is light that has no level of it within SURROUND. */
function reachOf({ rows, columns, levels }: Levels): Reach {
  const own = { from: new Int32Array(rows).fill(columns), to: new Int32Array(rows) };
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let first = 0;
    while (first < columns && (levels[start + first] ?? 0) < LEAST_LEVEL) first += 1;
    if (first === columns) continue;
    let last = columns - 1;
    while ((levels[start + last] ?? 0) < LEAST_LEVEL) last -= 1;
    own.from[row] = first;
    own.to[row] = last + 1;
  }
  const reach = { from: new Int32Array(rows).fill(columns), to: new Int32Array(rows) };
  for (let row = 0; row < rows; row++) {
    for (let near = Math.max(0, row - SURROUND); near <= Math.min(rows - 1, row + SURROUND); near++) {
      if ((own.to[near] ?? 0) === 0) continue;
      reach.from[row] = Math.max(0, Math.min(reach.from[row] ?? 0, (own.from[near] ?? 0) - SURROUND));
      reach.to[row] = Math.min(columns, Math.max(reach.to[row] ?? 0, (own.to[near] ?? 0) + SURROUND));
    }
  }
  return reach;
}

type Masks = { readonly full: Uint8Array; readonly bright: Uint8Array; readonly dark: Uint8Array };

/**
 * Marks ink: 1 in `full` where levels are the highest there are, in `bright` where they stand off from the mean around, in `dark` where they lie below a light
 * surround. The sum around a place slides over the picture.
 */
function masksOf(picture: Levels): Masks {
  const { rows, columns, levels } = picture;
  const reach = reachOf(picture);
  const full = new Uint8Array(rows * columns);
  const bright = new Uint8Array(rows * columns);
  const dark = new Uint8Array(rows * columns);
  const ofColumn = new Int32Array(columns);
  // A row above or below the picture adds nothing, so that every row takes one look at the columns.
  const nothing = new Uint8Array(columns);
  const lineOf = (row: number): Uint8Array =>
    row >= 0 && row < rows ? levels.subarray(row * columns, (row + 1) * columns) : nothing;
  for (let row = -SURROUND; row < rows; row++) {
    const [entering, leaving] = [lineOf(row + SURROUND), lineOf(row - SURROUND - 1)];
    for (let column = 0; column < columns; column++)
      ofColumn[column] = (ofColumn[column] ?? 0) + (entering[column] ?? 0) - (leaving[column] ?? 0);
    if (row < 0) continue;
    const high = Math.min(rows, row + SURROUND + 1) - Math.max(0, row - SURROUND);
    const [from, to] = [reach.from[row] ?? 0, reach.to[row] ?? 0];
    let sum = 0;
    let wide = 0;
    for (let column = Math.max(0, from - SURROUND - 1); column < Math.min(columns, from + SURROUND); column++, wide++)
      sum += ofColumn[column] ?? 0;
    for (let column = from, at = row * columns + from; column < to; column++, at++) {
      if (column + SURROUND < columns) {
        sum += ofColumn[column + SURROUND] ?? 0;
        wide += 1;
      }
      if (column > SURROUND) {
        sum -= ofColumn[column - SURROUND - 1] ?? 0;
        wide -= 1;
      }
      const around = high * wide;
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
  const picture = levelsOf(frame);
  const { levels } = picture;
  const { full, bright, dark } = masksOf(picture);
  const standingOff = [inkIn(levels, bright)];
  if (dark.includes(1)) {
    const turned = new Uint8Array(levels.length);
    for (let at = 0; at < levels.length; at++) turned[at] = 255 - (levels[at] ?? 0);
    standingOff.push(inkIn(turned, dark));
  }
  return { full: inkIn(levels, full), standingOff };
}
