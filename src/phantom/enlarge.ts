// In: a grey picture. Out: the same at twice its size: how a cine is stored when the scanner makes it with fewer lines than the screen has.

import type { GreyPicture } from './speckle.ts';

/** Twice the rows and columns, interpolated linearly between the centres of pixels. */
export function enlarged({ rows, columns, pixels }: GreyPicture): GreyPicture {
  const wide = new Uint8Array(rows * columns * 2);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const here = pixels[row * columns + column] ?? 0;
      const before = pixels[row * columns + Math.max(0, column - 1)] ?? 0;
      const after = pixels[row * columns + Math.min(columns - 1, column + 1)] ?? 0;
      wide[(row * columns + column) * 2] = (3 * here + before + 2) >> 2;
      wide[(row * columns + column) * 2 + 1] = (3 * here + after + 2) >> 2;
    }
  }
  const width = columns * 2;
  const result = new Uint8Array(rows * 2 * width);
  for (let row = 0; row < rows * 2; row++) {
    const near = (row >> 1) * width;
    const other = Math.min(rows - 1, Math.max(0, (row >> 1) + (row % 2 === 0 ? -1 : 1))) * width;
    for (let column = 0; column < width; column++)
      result[row * width + column] = (3 * (wide[near + column] ?? 0) + (wide[other + column] ?? 0) + 2) >> 2;
  }
  return { rows: rows * 2, columns: width, pixels: result };
}
