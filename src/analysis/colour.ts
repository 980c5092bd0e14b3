// Colour inside the region. In: a frame and a rectangle. Out: whether it is overlay (callipers, text), a tinted grey map or blood flow in colour,
// and the grey picture with the overlay replaced by the grey around it. White text stays: reading and removing it needs character recognition.
import type { PixelRectangle } from '../contracts/finding.ts';
import type { GreyOrRgb } from '../dicom/frames.ts';
import { columnsOf, cropGrey, type GreyPicture, rowsOf } from './picture.ts';

/** `overlay`: thin coloured marks, replaced. `tint`: one hue all over, read as luminance. `flow`: coloured areas, no B-mode image. */
export type ColourKind = 'none' | 'overlay' | 'tint' | 'flow';

/** Spread of red, green and blue above which a pixel counts as coloured; below lie JPEG errors and bluish greys. */
const COLOURED = 44;
/** Share of the region up to which colour is taken for callipers, marks and text. */
const MOST_OVERLAY = 0.04;
/** Flow fills areas, overlay is drawn in lines: coloured squares of this side, as a share of the region, from which colour counts as flow. */
const SOLID_SIDE = 7;
const LEAST_SOLID = 0.001;
/** A tint covers at least this share of the bright pixels, all in nearly one direction of colour. */
const TINT_SHARE = 0.6;
const TINT_AGREEMENT = 0.95;
const BRIGHT = 60;
const PASSES = 32;

type Survey = { readonly kind: ColourKind; readonly mask: Uint8Array };

function survey(frame: GreyOrRgb, rectangle: PixelRectangle): Survey {
  const rows = rowsOf(rectangle);
  const columns = columnsOf(rectangle);
  const mask = new Uint8Array(rows * columns);
  if (frame.channels === 1) return { kind: 'none', mask };
  let coloured = 0;
  let bright = 0;
  let colouredBright = 0;
  let alongRed = 0;
  let alongBlue = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = ((rectangle.y0 + row) * frame.columns + rectangle.x0 + column) * 3;
      const red = frame.data[at] ?? 0;
      const green = frame.data[at + 1] ?? 0;
      const blue = frame.data[at + 2] ?? 0;
      const most = Math.max(red, green, blue);
      const isBright = most > BRIGHT;
      if (isBright) bright += 1;
      if (most - Math.min(red, green, blue) <= COLOURED) continue;
      mask[row * columns + column] = 1;
      coloured += 1;
      if (isBright) colouredBright += 1;
      const length = Math.hypot(red - green, blue - green);
      alongRed += (red - green) / length;
      alongBlue += (blue - green) / length;
    }
  }
  if (coloured === 0) return { kind: 'none', mask };
  const area = rows * columns;
  if (coloured <= MOST_OVERLAY * area && solidPlaces(mask, rows, columns) < LEAST_SOLID * area) return { kind: 'overlay', mask };
  const agreement = Math.hypot(alongRed, alongBlue) / coloured;
  const widely = coloured > MOST_OVERLAY * area && colouredBright >= TINT_SHARE * bright;
  const tint = widely && agreement >= TINT_AGREEMENT;
  return { kind: tint ? 'tint' : 'flow', mask };
}

/** How many squares of `SOLID_SIDE` lie wholly in the mask, counted by their places; by a summed-area table. */
function solidPlaces(mask: Uint8Array, rows: number, columns: number): number {
  const width = columns + 1;
  const sums = new Uint32Array((rows + 1) * width);
  let places = 0;
  for (let row = 1; row <= rows; row++) {
    let line = 0;
    for (let column = 1; column <= columns; column++) {
      line += mask[(row - 1) * columns + column - 1] ?? 0;
      const at = row * width + column;
      sums[at] = (sums[at - width] ?? 0) + line;
      if (row < SOLID_SIDE || column < SOLID_SIDE) continue;
      const above = at - SOLID_SIDE * width;
      const inside = (sums[at] ?? 0) - (sums[above] ?? 0) - (sums[at - SOLID_SIDE] ?? 0) + (sums[above - SOLID_SIDE] ?? 0);
      if (inside === SOLID_SIDE * SOLID_SIDE) places += 1;
    }
  }
  return places;
}

/** The mask grown by one pixel to every side, for the blurred rim of overlay. */
function grown(mask: Uint8Array, rows: number, columns: number): Uint8Array {
  const out = Uint8Array.from(mask);
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] !== 1) continue;
    const row = Math.floor(at / columns);
    const column = at % columns;
    for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
      for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) out[y * columns + x] = 1;
    }
  }
  return out;
}

/** Replaces masked pixels from their rim inwards by the mean of their known neighbours. */
function fillFromRim(picture: GreyPicture, mask: Uint8Array): GreyPicture {
  const { rows, columns } = picture;
  const data = Uint8Array.from(picture.data);
  let open: number[] = [];
  for (let at = 0; at < mask.length; at++) if (mask[at] === 1) open.push(at);
  const unknown = Uint8Array.from(mask);
  for (let pass = 0; pass < PASSES && open.length > 0; pass++) {
    const settled: (readonly [number, number])[] = [];
    const rest: number[] = [];
    for (const at of open) {
      const row = Math.floor(at / columns);
      const column = at % columns;
      let sum = 0;
      let count = 0;
      for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
          const neighbour = y * columns + x;
          if (unknown[neighbour] === 1) continue;
          sum += data[neighbour] ?? 0;
          count += 1;
        }
      }
      if (count === 0) rest.push(at);
      else settled.push([at, Math.round(sum / count)]);
    }
    for (const [at, value] of settled) {
      data[at] = value;
      unknown[at] = 0;
    }
    open = rest;
  }
  for (const at of open) data[at] = 0;
  return { rows, columns, data };
}

/** The region as a grey picture without coloured overlay. For `flow` the picture is the plain luma: the caller leaves the frame out. */
export function greyRegion(
  frame: GreyOrRgb,
  rectangle: PixelRectangle,
): { readonly kind: ColourKind; readonly picture: GreyPicture } {
  const { kind, mask } = survey(frame, rectangle);
  const picture = cropGrey(frame, rectangle);
  if (kind !== 'overlay') return { kind, picture };
  return { kind, picture: fillFromRim(picture, grown(mask, picture.rows, picture.columns)) };
}
