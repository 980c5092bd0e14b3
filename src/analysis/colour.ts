// Colour inside the region. In: a frame and a rectangle. Out: whether it is overlay (callipers, text), a tinted grey map or blood flow in colour,
// and the grey picture with the overlay replaced by the grey around it. What is drawn in grey and white is left to mask.ts.
import type { ColourKind, RegionPlace } from '../contracts/analyser.ts';
import type { PixelRectangle } from '../contracts/finding.ts';
import type { GreyOrRgb } from '../dicom/frames.ts';
import { fillFromRim, grown } from './mask-fill.ts';
import { columnsOf, cropGrey, type GreyPicture, lumaOf, rowsOf } from './picture.ts';

// Taken out of the global object once: they run for every pixel.
const { hypot, max, min } = Math;

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

/** A region as a grey picture, and what its colour is. */
export type GreyRegion = { readonly kind: ColourKind; readonly picture: GreyPicture };

const spreadOf = (red: number, green: number, blue: number): number => max(red, green, blue) - min(red, green, blue);

/** The luma of the region of a colour frame, and how many of its pixels are coloured. */
function lumaIn(
  { data, columns: width }: GreyOrRgb,
  rectangle: PixelRectangle,
): { readonly picture: GreyPicture; readonly coloured: number } {
  const rows = rowsOf(rectangle);
  const columns = columnsOf(rectangle);
  const luma = new Uint8Array(rows * columns);
  let coloured = 0;
  for (let row = 0, to = 0; row < rows; row++) {
    let at = ((rectangle.y0 + row) * width + rectangle.x0) * 3;
    for (const end = to + columns; to < end; to++, at += 3) {
      const red = data[at] ?? 0;
      const green = data[at + 1] ?? 0;
      const blue = data[at + 2] ?? 0;
      if (red === green && green === blue) luma[to] = red;
      else {
        luma[to] = lumaOf(red, green, blue);
        if (spreadOf(red, green, blue) > COLOURED) coloured += 1;
      }
    }
  }
  return { picture: { rows, columns, data: luma }, coloured };
}

/** What the colour of a region with coloured pixels is. Apart from the look at its luma: most frames have none. */
function survey(
  { data, columns: width }: GreyOrRgb,
  rectangle: PixelRectangle,
): { readonly kind: ColourKind; readonly mask: Uint8Array } {
  const rows = rowsOf(rectangle);
  const columns = columnsOf(rectangle);
  const mask = new Uint8Array(rows * columns);
  let coloured = 0;
  let bright = 0;
  let colouredBright = 0;
  let alongRed = 0;
  let alongBlue = 0;
  for (let row = 0, to = 0; row < rows; row++) {
    let at = ((rectangle.y0 + row) * width + rectangle.x0) * 3;
    for (const end = to + columns; to < end; to++, at += 3) {
      const red = data[at] ?? 0;
      const green = data[at + 1] ?? 0;
      const blue = data[at + 2] ?? 0;
      const isBright = max(red, green, blue) > BRIGHT;
      if (isBright) bright += 1;
      if (spreadOf(red, green, blue) <= COLOURED) continue;
      mask[to] = 1;
      coloured += 1;
      if (isBright) colouredBright += 1;
      const length = hypot(red - green, blue - green);
      alongRed += (red - green) / length;
      alongBlue += (blue - green) / length;
    }
  }
  const area = rows * columns;
  if (coloured <= MOST_OVERLAY * area && solidPlaces(mask, rows, columns) < LEAST_SOLID * area) return { kind: 'overlay', mask };
  const agreement = hypot(alongRed, alongBlue) / coloured;
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

/** The picture with parts of it black; `covered` in pixels of the frame, inside the rectangle. */
function blackened(picture: GreyPicture, rectangle: PixelRectangle, covered: readonly PixelRectangle[]): GreyPicture {
  if (covered.length === 0) return picture;
  const data = Uint8Array.from(picture.data);
  for (const { x0, y0, x1, y1 } of covered) {
    for (let row = y0 - rectangle.y0; row <= y1 - rectangle.y0; row++)
      data.fill(0, row * picture.columns + x0 - rectangle.x0, row * picture.columns + x1 - rectangle.x0 + 1);
  }
  return { ...picture, data };
}

/** The image of a place as a grey picture: no coloured overlay, black where something else covers it. Of `flow` as `greyRegion` says. */
export function greyPlace(frame: GreyOrRgb, { rectangle, covered = [] }: RegionPlace): GreyRegion {
  const { kind, picture } = greyRegion(frame, rectangle);
  return { kind, picture: blackened(picture, rectangle, covered) };
}

/** The region as a grey picture without coloured overlay. For `flow` the picture is the plain luma: the caller leaves the frame out. */
export function greyRegion(frame: GreyOrRgb, rectangle: PixelRectangle): GreyRegion {
  if (frame.channels === 1) return { kind: 'none', picture: cropGrey(frame, rectangle) };
  const { picture, coloured } = lumaIn(frame, rectangle);
  if (coloured === 0) return { kind: 'none', picture };
  const { kind, mask } = survey(frame, rectangle);
  if (kind !== 'overlay') return { kind, picture };
  return { kind, picture: fillFromRim(picture, grown(mask, picture)) };
}
