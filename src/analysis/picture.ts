// Grey pictures. In: decoded frames and a rectangle. Out: the rectangle as grey values, and pictures of another size by area averaging.
import type { PixelRectangle } from '../contracts/finding.ts';
import type { GreyOrRgb } from '../dicom/frames.ts';

// Taken out of the global object once: it runs for every pixel.
const { round } = Math;

/** 8-bit grey values, row-major. */
export type GreyPicture = { readonly rows: number; readonly columns: number; readonly data: Uint8Array };

export const rowsOf = (rectangle: PixelRectangle): number => rectangle.y1 - rectangle.y0 + 1;
export const columnsOf = (rectangle: PixelRectangle): number => rectangle.x1 - rectangle.x0 + 1;

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
      const red = frame.data[at] ?? 0;
      const green = frame.data[at + 1] ?? 0;
      const blue = frame.data[at + 2] ?? 0;
      data[row * columns + column] = round(0.299 * red + 0.587 * green + 0.114 * blue);
    }
  }
  return { rows, columns, data };
}

/** For each target cell along one axis: the first source cell it covers and the share of each covered cell. */
function spans(from: number, to: number): { readonly first: number; readonly weights: readonly number[] }[] {
  const step = from / to;
  return Array.from({ length: to }, (_, index) => {
    const start = index * step;
    const end = Math.min(from, start + step);
    const first = Math.min(from - 1, Math.floor(start));
    const weights: number[] = [];
    for (let cell = first; cell < Math.max(first + 1, Math.ceil(end - 1e-9)); cell++) {
      weights.push((Math.min(end, cell + 1) - Math.max(start, cell)) / step);
    }
    return { first, weights };
  });
}

/** Area average of a picture on another grid; each target value is the mean over its share of the source. 0..255, row-major. */
export function areaAverage(picture: GreyPicture, rows: number, columns: number): Float32Array {
  const across = spans(picture.columns, columns);
  const down = spans(picture.rows, rows);
  const narrowed = new Float32Array(picture.rows * columns);
  for (let row = 0; row < picture.rows; row++) {
    const base = row * picture.columns;
    for (let column = 0; column < columns; column++) {
      const span = across[column];
      if (span === undefined) continue;
      let sum = 0;
      for (let i = 0; i < span.weights.length; i++) sum += (span.weights[i] ?? 0) * (picture.data[base + span.first + i] ?? 0);
      narrowed[row * columns + column] = sum;
    }
  }
  const out = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const span = down[row];
    if (span === undefined) continue;
    for (let i = 0; i < span.weights.length; i++) {
      const weight = span.weights[i] ?? 0;
      const base = (span.first + i) * columns;
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        out[at] = (out[at] ?? 0) + weight * (narrowed[base + column] ?? 0);
      }
    }
  }
  return out;
}

/** Standard deviation of the grey values: near 0 for a picture that shows nothing. */
export function contrast(picture: GreyPicture): number {
  let sum = 0;
  let squares = 0;
  for (const value of picture.data) {
    sum += value;
    squares += value * value;
  }
  const count = Math.max(1, picture.data.length);
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
