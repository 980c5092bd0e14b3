// What was drawn on a cine. In: some of its pictures, evenly spaced. Out: a mask of what stays, and the places in which something drawn moves, such as
// the trace of an ECG, which each picture is searched in again.
import type { CineGraphics } from '../contracts/analyser.ts';
import { graphicsMask, graphicsOf, type Ink } from './mask.ts';
import { fillFromRim, type Mask, placesOf } from './mask-fill.ts';
import { besideImage, islandsOf } from './mask-islands.ts';
import { type Box, movingBoxes } from './mask-moving.ts';
import type { GreyPicture } from './picture.ts';

/** Share of the pictures that a pixel is found drawn in from which it always is. */
const MOSTLY = 0.5;
/** Grey levels between the darkest and lightest moment of a pixel from which it changes: above noise of lossy syntaxes. */
const CHANGE = 14;
/** Larger islands, as a share of the picture, are parts of the image that are parted from it: the near field, reverberations. */
const LARGEST = 0.005;
/** Dimmer islands are echoes at the end of their range. */
const LEAST_PEAK = 70;
/** Fewer pictures do not tell what stands still from what has not moved yet. */
const LEAST_FOR_STILL = 3;
/** An island stands still when at most this share of it changes, and the image itself changes in at least this share. */
const STANDS_STILL = 0.03;
const MOVES = 0.1;

type Range = { readonly darkest: GreyPicture; readonly lightest: GreyPicture };

function rangeOf(first: GreyPicture, pictures: readonly GreyPicture[]): Range {
  const darkest = new Uint8Array(first.data);
  const lightest = new Uint8Array(first.data);
  for (const { data } of pictures) {
    if (data === first.data) continue;
    for (let at = 0; at < data.length; at++) {
      const grey = data[at] ?? 0;
      if (grey < (darkest[at] ?? 0)) darkest[at] = grey;
      else if (grey > (lightest[at] ?? 0)) lightest[at] = grey;
    }
  }
  return { darkest: { ...first, data: darkest }, lightest: { ...first, data: lightest } };
}

/** Adds islands on black in which nothing changes while the image moves: lettering, bars, logos of every kind. */
function maskStillIslands(mask: Mask, { darkest, lightest }: Range): void {
  const islands = islandsOf(lightest);
  const { starts, ends, owner, sizes, image } = islands;
  const changed = new Uint32Array(sizes.length);
  const peak = new Uint8Array(sizes.length);
  for (let stretch = 0; stretch < starts.length; stretch++) {
    const island = owner[stretch] ?? 0;
    for (let at = starts[stretch] ?? 0; at < (ends[stretch] ?? 0); at++) {
      const grey = lightest.data[at] ?? 0;
      if (grey > (peak[island] ?? 0)) peak[island] = grey;
      if (grey - (darkest.data[at] ?? 0) >= CHANGE) changed[island] = (changed[island] ?? 0) + 1;
    }
  }
  if ((changed[image] ?? 0) < MOVES * (sizes[image] ?? 0)) return;
  const most = LARGEST * mask.length;
  const still = sizes.map((size, island) => {
    const isLetter = size <= most && (peak[island] ?? 0) >= LEAST_PEAK;
    return isLetter && (changed[island] ?? 0) <= STANDS_STILL * size;
  });
  besideImage(islands, (island, start, end) => {
    if (still[island] === true) mask.fill(1, start, end);
  });
}

/** The mask of a cine from some of its pictures, all of one size; two or more tell what stands still. Null when there are none. */
export function cineGraphics(pictures: readonly GreyPicture[]): CineGraphics | null {
  const [first] = pictures;
  if (first === undefined) return null;
  const found = pictures.map((picture) => graphicsOf(picture));
  const range = rangeOf(first, pictures);
  // Echoes fade in the darkest of all moments; what is drawn stays.
  const still = pictures.length > 1 ? graphicsMask(range.darkest) : new Uint8Array(first.data.length);
  if (pictures.length >= LEAST_FOR_STILL) maskStillIslands(still, range);
  const seen = new Uint8Array(first.data.length);
  for (const { mask } of found) {
    for (const at of placesOf(mask)) {
      seen[at] = (seen[at] ?? 0) + 1;
      if ((seen[at] ?? 0) >= MOSTLY * pictures.length) still[at] = 1;
    }
  }
  const levelsOf = (kind: keyof Ink): Uint8Array =>
    Uint8Array.from({ length: 256 }, (_, level) => (found.some(({ ink }) => ink[kind][level] === 1) ? 1 : 0));
  const ink = { known: levelsOf('known'), exact: levelsOf('exact') };
  return { still, places: placesOf(still), moving: movingBoxes(seen, still, first), ink };
}

/** Adds to the mask what is drawn on the picture inside a box in known ink, and gives the places that were added. */
function maskInside(
  mask: Mask,
  { columns, data }: GreyPicture,
  { box: { top, left, bottom, right }, ink }: { readonly box: Box; readonly ink: Ink },
): number[] {
  const part = { rows: bottom - top, columns: right - left, data: new Uint8Array((bottom - top) * (right - left)) };
  for (let row = 0; row < part.rows; row++) {
    const from = (top + row) * columns + left;
    part.data.set(data.subarray(from, from + part.columns), row * part.columns);
  }
  const drawn = graphicsOf(part, ink).mask;
  const added: number[] = [];
  for (let at = drawn.indexOf(1); at >= 0; at = drawn.indexOf(1, at + 1)) {
    const row = Math.floor(at / part.columns);
    const place = (top + row) * columns + left + at - row * part.columns;
    if (mask[place] === 1) continue;
    mask[place] = 1;
    added.push(place);
  }
  return added;
}

/** One picture of the cine without what was drawn on it. */
export function withoutCineGraphics(picture: GreyPicture, { still, places, moving, ink }: CineGraphics): GreyPicture {
  if (moving.length === 0) return fillFromRim(picture, still, places);
  const mask = new Uint8Array(still);
  const added = moving.flatMap((box) => maskInside(mask, picture, { box, ink }));
  const all = new Int32Array(places.length + added.length);
  all.set(places);
  all.set(added, places.length);
  return fillFromRim(picture, mask, all);
}
