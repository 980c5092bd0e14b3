// In: a canvas of grey or colour pixels, and what to draw. Out: boxes, lines and lettering on it: the tools of a phantom's screen.

import { glyphColumns, glyphRows, inkAt } from './font.ts';

/** First column and row of something on a canvas. */
export type Place = { readonly x: number; readonly y: number };

export type Colour = readonly [number, number, number];

/** 1 (grey) or 3 (RGB interleaved) samples a pixel. */
export type Canvas = {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  readonly pixels: Uint8Array;
};

/** Sets one pixel; outside of the canvas nothing. A grey canvas takes the green of the colour. */
export function dot(canvas: Canvas, x: number, y: number, colour: Colour): void {
  if (x < 0 || y < 0 || x >= canvas.columns || y >= canvas.rows) return;
  const at = (y * canvas.columns + x) * canvas.samplesPerPixel;
  if (canvas.samplesPerPixel === 1) canvas.pixels[at] = colour[1];
  else canvas.pixels.set(colour, at);
}

/** A rectangle, in pixels. */
export type Box = { readonly x: number; readonly y: number; readonly columns: number; readonly rows: number };

/** Fills what of a rectangle lies on the canvas. */
export function fill(canvas: Canvas, box: Box, colour: Colour): void {
  const { rows, columns, samplesPerPixel, pixels } = canvas;
  const left = Math.max(0, box.x);
  const width = Math.min(columns, box.x + box.columns) - left;
  const top = Math.max(0, box.y);
  const end = Math.min(rows, box.y + box.rows);
  if (width <= 0 || top >= end) return;
  for (let x = left; x < left + width; x++) dot(canvas, x, top, colour);
  // The other rows are copies of the first.
  const from = (top * columns + left) * samplesPerPixel;
  for (let y = top + 1; y < end; y++)
    pixels.copyWithin((y * columns + left) * samplesPerPixel, from, from + width * samplesPerPixel);
}

/** Writes a line of text, `scale` pixels to each dot of the lettering. */
export function write(
  canvas: Canvas,
  text: string,
  pen: { readonly at: Place; readonly colour: Colour; readonly scale: number },
): void {
  const { at, colour, scale } = pen;
  for (let n = 0; n < text.length; n++) {
    const left = at.x + n * (glyphColumns + 1) * scale;
    for (let row = 0; row < glyphRows * scale; row++) {
      for (let column = 0; column < glyphColumns * scale; column++) {
        if (inkAt(text[n] ?? ' ', Math.floor(row / scale), Math.floor(column / scale)))
          dot(canvas, left + column, at.y + row, colour);
      }
    }
  }
}

/** A grey as a colour. */
export const grey = (level: number): Colour => [level, level, level];
