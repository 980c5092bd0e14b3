// Grey pictures. In: decoded frames and a rectangle. Out: the rectangle as grey values, and pictures of another size by area averaging.
import type { PixelRectangle } from '../contracts/finding.ts';
import type { GreyOrRgb } from '../dicom/frames.ts';

/** 8-bit grey values, row-major. */
export type GreyPicture = { readonly rows: number; readonly columns: number; readonly data: Uint8Array };

export const rowsOf = (rectangle: PixelRectangle): number => rectangle.y1 - rectangle.y0 + 1;
export const columnsOf = (rectangle: PixelRectangle): number => rectangle.x1 - rectangle.x0 + 1;

/** Luma of a colour (ITU-R BT.601, 16 bit fixed point), as of whole frames. */
export const lumaOf = (red: number, green: number, blue: number): number =>
  (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;

/** The pixels inside `rectangle`, colours as ITU-R BT.601 luma. The rectangle must lie inside the frame. */
export function cropGrey(frame: GreyOrRgb, rectangle: PixelRectangle): GreyPicture {
  const rows = rowsOf(rectangle);
  const columns = columnsOf(rectangle);
  const data = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = (rectangle.y0 + row) * frame.columns + rectangle.x0;
    if (frame.channels === 1) {
      data.set(frame.data.subarray(start, start + columns), row * columns);
      continue;
    }
    for (let column = 0; column < columns; column++) {
      const at = (start + column) * 3;
      data[row * columns + column] = lumaOf(frame.data[at] ?? 0, frame.data[at + 1] ?? 0, frame.data[at + 2] ?? 0);
    }
  }
  return { rows, columns, data };
}

/** Along one axis: for each target cell the first source cell it covers, and where in `weights` the shares of its covered cells begin; one more at the end. */
type Spans = { readonly first: Int32Array; readonly begin: Int32Array; readonly weights: Float64Array };

function spans(from: number, to: number): Spans {
  const step = from / to;
  const first = new Int32Array(to);
  const begin = new Int32Array(to + 1);
  const weights: number[] = [];
  for (let index = 0; index < to; index++) {
    const start = index * step;
    const end = Math.min(from, start + step);
    const cell = Math.min(from - 1, Math.floor(start));
    first[index] = cell;
    for (let covered = cell; covered < Math.max(cell + 1, Math.ceil(end - 1e-9)); covered++)
      weights.push((Math.min(end, covered + 1) - Math.max(start, covered)) / step);
    begin[index + 1] = weights.length;
  }
  return { first, begin, weights: Float64Array.from(weights) };
}

/** Area average of a picture on another grid; each target value is the mean over its share of the source. 0..255, row-major. */
export function areaAverage(picture: GreyPicture, rows: number, columns: number): Float32Array {
  const { data, columns: width } = picture;
  const across = spans(width, columns);
  const down = spans(picture.rows, rows);
  const out = new Float32Array(rows * columns);
  // Down first: whole rows are added up, one after the other as they lie in memory.
  const line = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    line.fill(0);
    let from = (down.first[row] ?? 0) * width;
    const last = (down.begin[row + 1] ?? 0) - 1;
    // Two rows in one go; where one is left over, itself with no weight.
    for (let at = down.begin[row] ?? 0; at <= last; at += 2, from += 2 * width) {
      const weight = down.weights[at] ?? 0;
      const other = at < last ? (down.weights[at + 1] ?? 0) : 0;
      const below = at < last ? from + width : from;
      for (let column = 0; column < width; column++)
        line[column] = (line[column] ?? 0) + weight * (data[from + column] ?? 0) + other * (data[below + column] ?? 0);
    }
    for (let column = 0, at = 0; column < columns; column++) {
      let cell = across.first[column] ?? 0;
      let sum = 0;
      for (const end = across.begin[column + 1] ?? 0; at < end; at++, cell++)
        sum += (across.weights[at] ?? 0) * (line[cell] ?? 0);
      out[row * columns + column] = sum;
    }
  }
  return out;
}

/** Standard deviation of the grey values: near 0 for a picture that shows nothing. */
export function contrast({ data }: GreyPicture): number {
  const held = new Uint32Array(256);
  for (let at = 0; at < data.length; at++) {
    const grey = data[at] ?? 0;
    held[grey] = (held[grey] ?? 0) + 1;
  }
  let sum = 0;
  let squares = 0;
  for (const [grey, times] of held.entries()) {
    sum += grey * times;
    squares += grey * grey * times;
  }
  const count = Math.max(1, data.length);
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
