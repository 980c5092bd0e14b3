// In: a picture of a heart and where in its rhythm it was taken. Out: the screen around it, with the trace of the ECG below the picture.

import { type Box, type Colour, fill } from './canvas.ts';
import { ecgMillivolt, phaseAt, type Rhythm } from './heart-cycle.ts';
import { drawScreen, type Screen, type ScreenStyle, type ScreenTexts } from './screen.ts';
import type { GreyPicture } from './speckle.ts';

/** Seconds from one column of the trace to the next. */
export const traceColumnS = 0.006;

/** Where the trace lies in each style, and its colour. */
const strips: Readonly<Record<ScreenStyle, { readonly box: Box; readonly colour: Colour; readonly cursor: Colour }>> = {
  north: { box: { x: 220, y: 534, columns: 578, rows: 66 }, colour: [90, 230, 110], cursor: [240, 240, 240] },
  south: { box: { x: 150, y: 540, columns: 578, rows: 52 }, colour: [170, 170, 170], cursor: [235, 235, 235] },
  west: { box: { x: 96, y: 574, columns: 578, rows: 60 }, colour: [200, 200, 200], cursor: [255, 255, 255] },
  east: { box: { x: 180, y: 546, columns: 578, rows: 60 }, colour: [250, 220, 60], cursor: [240, 240, 240] },
  centre: { box: { x: 190, y: 516, columns: 578, rows: 60 }, colour: [20, 90, 60], cursor: [20, 20, 20] },
};

/** Where the trace lies on a style's screen. */
export const traceBox = (style: ScreenStyle): Box => strips[style].box;

/** Draws a frame: the whole trace, which ends with the cine, and a cursor where the frame lies in it. */
export function drawEchoScreen(
  picture: GreyPicture,
  style: ScreenStyle,
  view: {
    readonly pixelMm: number;
    readonly skinRow: number;
    readonly texts: ScreenTexts;
    readonly rhythm: Rhythm;
    readonly timeS: number;
    readonly durationS: number;
  },
): Screen {
  const screen = drawScreen(picture, style, view);
  const { box, colour, cursor } = strips[style];
  const startS = view.durationS - box.columns * traceColumnS;
  const heightOf = (column: number): number => {
    const millivolt = ecgMillivolt(view.rhythm, phaseAt(view.rhythm, startS + column * traceColumnS));
    return Math.round(box.y + box.rows * (0.8 - 0.66 * millivolt));
  };
  let last = heightOf(0);
  for (let column = 0; column < box.columns; column++) {
    const y = heightOf(column);
    const top = Math.min(y, last);
    fill(screen, { x: box.x + column, y: top, columns: 1, rows: Math.max(2, Math.abs(y - last)) }, colour);
    last = y;
  }
  const at = Math.min(box.columns - 2, Math.max(0, Math.round((view.timeS - startS) / traceColumnS)));
  fill(screen, { x: box.x + at, y: box.y, columns: 2, rows: box.rows }, cursor);
  return screen;
}
