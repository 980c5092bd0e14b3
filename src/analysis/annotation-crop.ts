// A line of writing as black on white, at the size that character recognition reads best. In: a line and the ink it was found in. Out: a picture.
import type { Ink } from './annotation-ink.ts';
import type { Place, TextLine } from './annotation-lines.ts';
import type { GreyPicture } from './picture.ts';

/** Height of letters and white margin in the crop that is read, pixels; letters of about this height are read best. */
const READ_HEIGHT = 22;
const MARGIN = 10;
const WIDEST = 1800;
/**
 * Reading takes time by the width of a crop, and letters set wide are read as well when they are narrowed: to this width a letter, in letter heights and with what
 * parts it from the next, but to no less than `NARROWEST` of what it was, and only in lines of some length.
 */
const USUAL_WIDTH = 0.75;
const NARROWEST = 0.75;
const LONG_LINE = 8;
const SMOOTHINGS = 2;
const LEAST_CONTRAST = 24;

/** How much a place of the line is ink, 0..1: at full level from a little below that of its strokes. */
const inkShare = (level: number, floor: number, full: number): number =>
  Math.min(1, Math.max(0, (level - floor) / Math.max(16, 0.92 * full - floor)));

/** The line as black on white with soft rims, at the size that is read. */
export function cropOf({ ink, line, surround, overTissue }: Place): GreyPicture {
  const room = line.strokes.length > 1 ? Math.max(2, Math.round(line.letterHeight / 4)) : 1;
  const x0 = Math.max(0, line.x0 - room);
  const y0 = Math.max(0, line.y0 - room);
  const columns = Math.min(ink.columns - 1, line.x1 + room) - x0 + 1;
  const rows = Math.min(ink.rows - 1, line.y1 + room) - y0 + 1;
  const floor = Math.min(surround, line.level - LEAST_CONTRAST);
  const shares = new Float32Array(rows * columns);
  const written = overTissue ? strokesOnly(ink, line, { x0, y0, rows, columns }) : null;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (written?.[row * columns + column] === 0) continue;
      const level = ink.levels[(y0 + row) * ink.columns + x0 + column] ?? 0;
      shares[row * columns + column] = inkShare(level, floor, line.level);
    }
  }
  const scale = Math.min(READ_HEIGHT / line.letterHeight, WIDEST / columns);
  const size = {
    rows: Math.max(1, Math.round(rows * scale)),
    columns: Math.max(1, Math.round(columns * scale * narrowing(line))),
  };
  return onPaper(smoothed(resampled({ rows, columns, shares }, size)));
}

function narrowing({ x0, x1, letterHeight, strokes }: TextLine): number {
  const width = (x1 - x0 + 1) / (letterHeight * strokes.length);
  return strokes.length < LONG_LINE ? 1 : Math.min(1, Math.max(NARROWEST, USUAL_WIDTH / width));
}

/** Marks the ink of the line's strokes and its rim, in the crop: over tissue everything else is left out, small marks with it. */
function strokesOnly({ mask, columns: width }: Ink, line: TextLine, crop: Crop): Uint8Array {
  const { x0, y0, rows, columns } = crop;
  const marked = new Uint8Array(rows * columns);
  for (const stroke of line.strokes) {
    for (let y = stroke.y0; y <= stroke.y1; y++) {
      for (let x = stroke.x0; x <= stroke.x1; x++) {
        if (mask[y * width + x] === 0) continue;
        for (let row = Math.max(0, y - y0 - 1); row <= Math.min(rows - 1, y - y0 + 1); row++) {
          for (let column = Math.max(0, x - x0 - 1); column <= Math.min(columns - 1, x - x0 + 1); column++) {
            marked[row * columns + column] = 1;
          }
        }
      }
    }
  }
  return marked;
}

type Crop = { readonly x0: number; readonly y0: number; readonly rows: number; readonly columns: number };

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
        const before = at < step ? 0 : (values[at - step] ?? 0);
        const after = at + step < values.length ? (values[at + step] ?? 0) : 0;
        next[at] = (before + (values[at] ?? 0) + after) / 3;
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
