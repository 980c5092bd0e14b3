// Filling what was taken out. In: a picture and a mask of its size. Out: the picture with the masked pixels replaced by the grey around them.
import type { GreyPicture } from './picture.ts';

// Taken out of the global object once: they run for every pixel.
const { max, min } = Math;

/** 1 where a pixel is to be replaced; row-major, of the picture's size. */
export type Mask = Uint8Array;

/** Pixels further from the rim than this become black: so much is no lettering. */
const PASSES = 32;

type Size = { readonly rows: number; readonly columns: number };

/** The mask grown by one pixel to every side, for the blurred rim of overlay. */
export function grown(mask: Mask, { rows, columns }: Size): Mask {
  const out = new Uint8Array(mask);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (mask[row * columns + column] !== 1) continue;
      const from = max(0, column - 1);
      const to = min(columns, column + 2);
      for (let y = max(0, row - 1); y <= min(rows - 1, row + 1); y++) out.fill(1, y * columns + from, y * columns + to);
    }
  }
  return out;
}

/** Places of a mask. */
export function placesOf(mask: Mask): Int32Array {
  let places = new Int32Array(1024);
  let count = 0;
  for (let at = mask.indexOf(1); at >= 0; at = mask[at + 1] === 1 ? at + 1 : mask.indexOf(1, at + 1)) {
    if (count === places.length) {
      const more = new Int32Array(2 * count);
      more.set(places);
      places = more;
    }
    places[count++] = at;
  }
  return places.subarray(0, count);
}

/** Sum of the known greys around a place times 16, and how many they are; 0 when none is. A number and no object: this runs for every masked pixel. */
function knownAround(data: Uint8Array, unknown: Uint8Array, at: number, { rows, columns }: Size): number {
  const column = at % columns;
  const left = column === 0 ? 0 : -1;
  const right = column === columns - 1 ? 0 : 1;
  let sum = 0;
  for (let line = at - columns; line <= at + columns; line += columns) {
    if (line < 0 || line >= rows * columns) continue;
    for (let place = line + left; place <= line + right; place++) if (unknown[place] === 0) sum += 16 * (data[place] ?? 0) + 1;
  }
  return sum;
}

/** The unknown places that touch those just settled, each once: 2 in `unknown` from then on. */
function openBeside(settled: readonly number[], unknown: Uint8Array, { rows, columns }: Size): number[] {
  const open: number[] = [];
  for (const at of settled) {
    const column = at % columns;
    const left = column === 0 ? 0 : -1;
    const right = column === columns - 1 ? 0 : 1;
    for (let line = at - columns; line <= at + columns; line += columns) {
      if (line < 0 || line >= rows * columns) continue;
      for (let place = line + left; place <= line + right; place++) {
        if (unknown[place] !== 1) continue;
        unknown[place] = 2;
        open.push(place);
      }
    }
  }
  return open;
}

/**
 * Replaces masked pixels from their rim inwards by the mean of their known neighbours. The picture itself where nothing is masked. `places` are
 * those of the mask, for callers who have them.
 */
export function fillFromRim(picture: GreyPicture, mask: Mask, places = placesOf(mask)): GreyPicture {
  if (places.length === 0) return picture;
  const { rows, columns } = picture;
  const data = new Uint8Array(picture.data);
  const unknown = new Uint8Array(mask);
  const greys = new Uint8Array(places.length);
  let open: readonly number[] | Int32Array = places;
  for (let pass = 0; pass < PASSES && open.length > 0; pass++) {
    const settled: number[] = [];
    for (const at of open) {
      const known = knownAround(data, unknown, at, picture);
      if (known === 0) continue;
      greys[settled.length] = Math.round((known >> 4) / (known & 15));
      settled.push(at);
    }
    for (let next = 0; next < settled.length; next++) {
      const at = settled[next] ?? 0;
      data[at] = greys[next] ?? 0;
      unknown[at] = 0;
    }
    open = openBeside(settled, unknown, picture);
  }
  for (const at of places) if (unknown[at] !== 0) data[at] = 0;
  return { rows, columns, data };
}
