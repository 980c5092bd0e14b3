// A frame with what the node sees drawn in. In: a seen frame and the regions that the file names. Out: a PNG file: images that are read framed in green,
// other regions in blue, what is taken out of them as drawn in orange, all else dimmed.
import sharp from 'sharp';
import type { SeenFrame } from '../analysis/sight.ts';
import type { PixelRectangle } from '../contracts/finding.ts';
import type { Region } from '../dicom/ultrasound.ts';

type Colour = readonly [number, number, number];

const READ: Colour = [60, 220, 90];
const OTHER: Colour = [90, 140, 255];
const DRAWN: Colour = [255, 120, 0];
/** What no model sees is shown at a third of its brightness. */
const DIM = 3;

/** Writes the PNG; fails as the file system does. */
export async function writeLook(file: string, { frame, places }: SeenFrame, named: readonly Region[]): Promise<void> {
  const { rows, columns, channels, data } = frame;
  const pixels = new Uint8Array(rows * columns * 3);
  const put = (row: number, column: number, colour: Colour): void => {
    if (row >= 0 && row < rows && column >= 0 && column < columns) pixels.set(colour, (row * columns + column) * 3);
  };
  const greyOrColour = (at: number): Colour =>
    channels === 1
      ? [data[at] ?? 0, data[at] ?? 0, data[at] ?? 0]
      : [data[3 * at] ?? 0, data[3 * at + 1] ?? 0, data[3 * at + 2] ?? 0];
  for (let at = 0; at < rows * columns; at++)
    pixels.set(
      greyOrColour(at).map((value) => value / DIM),
      at * 3,
    );
  const border = ({ x0, y0, x1, y1 }: PixelRectangle, colour: Colour): void => {
    for (let column = x0 - 1; column <= x1 + 1; column++) for (const row of [y0 - 1, y1 + 1]) put(row, column, colour);
    for (let row = y0 - 1; row <= y1 + 1; row++) for (const column of [x0 - 1, x1 + 1]) put(row, column, colour);
  };
  for (const { bounds } of named) if (bounds.x1 - bounds.x0 <= columns && bounds.y1 - bounds.y0 <= rows) border(bounds, OTHER);
  for (const { rectangle, drawn } of places) {
    const { x0, y0, x1, y1 } = rectangle;
    for (let row = y0, at = 0; row <= y1; row++) {
      for (let column = x0; column <= x1; column++, at++)
        put(row, column, drawn[at] === 1 ? DRAWN : greyOrColour(row * columns + column));
    }
    border(rectangle, READ);
  }
  await sharp(pixels, { raw: { width: columns, height: rows, channels: 3 } })
    .png()
    .toFile(file);
}
