// Filling what was taken out. In: a picture and a mask of its size. Out: the picture with the masked pixels replaced by the grey around them.
import type { GreyPicture } from './picture.ts';

// Taken out of the global object once: they run for every pixel.
const { floor, max, min } = Math;

/** 1 where a pixel is to be replaced; row-major, of the picture's size. */
export type Mask = Uint8Array;

/** Pixels further from the rim than this become black: so much is no lettering. */
const PASSES = 32;

type Size = { readonly rows: number; readonly columns: number };

/** Calls `visit` for the eight neighbours inside the picture. */
function aroundEach(at: number, { rows, columns }: Size, visit: (neighbour: number) => void): void {
  const row = floor(at / columns);
  const column = at - row * columns;
  for (let y = max(0, row - 1); y <= min(rows - 1, row + 1); y++) {
    for (let x = max(0, column - 1); x <= min(columns - 1, column + 1); x++) visit(y * columns + x);
  }
}

/** The mask grown by one pixel to every side, for the blurred rim of overlay. */
export function grown(mask: Mask, size: Size): Mask {
  const out = Uint8Array.from(mask);
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] !== 1) continue;
    aroundEach(at, size, (neighbour) => {
      out[neighbour] = 1;
    });
  }
  return out;
}

/** Replaces masked pixels from their rim inwards by the mean of their known neighbours. The picture itself where nothing is masked. */
export function fillFromRim(picture: GreyPicture, mask: Mask): GreyPicture {
  const { rows, columns } = picture;
  let open: number[] = [];
  for (let at = 0; at < mask.length; at++) if (mask[at] === 1) open.push(at);
  if (open.length === 0) return picture;
  const data = Uint8Array.from(picture.data);
  const unknown = Uint8Array.from(mask);
  for (let pass = 0; pass < PASSES && open.length > 0; pass++) {
    const settled: number[] = [];
    const greys: number[] = [];
    const rest: number[] = [];
    for (const at of open) {
      let sum = 0;
      let count = 0;
      aroundEach(at, picture, (neighbour) => {
        if (unknown[neighbour] === 1) return;
        sum += data[neighbour] ?? 0;
        count += 1;
      });
      if (count === 0) rest.push(at);
      else {
        settled.push(at);
        greys.push(Math.round(sum / count));
      }
    }
    for (const [index, at] of settled.entries()) {
      data[at] = greys[index] ?? 0;
      unknown[at] = 0;
    }
    open = rest;
  }
  for (const at of open) data[at] = 0;
  return { rows, columns, data };
}
