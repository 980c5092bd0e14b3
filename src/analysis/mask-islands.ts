// Islands on black. In: a grey picture. Out: its connected parts that are parted from each other by black, and which of them are drawn: a grey bar,
// the rest of a word whose strokes were found.
import type { GreyPicture } from './picture.ts';

// Taken out of the global object once: it runs for every pixel.
const { abs } = Math;

/** Darker pixels are black, noise of lossy syntaxes included. */
const BLACK = 16;

/** Stretches of rows that are not black, and which of them hang together. */
export type Islands = {
  /** First pixel of each stretch, row-major, and the pixel after its last. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The island of each stretch, from 0. */
  readonly owner: Int32Array;
  /** Pixels of each island. */
  readonly sizes: readonly number[];
  /** The largest island, which is the image; -1 when all is black. */
  readonly image: number;
};

/** The first stretch of the island that a stretch belongs to; shortens the way there. */
function rootOf(parents: Int32Array, stretch: number): number {
  let at = stretch;
  while (parents[at] !== at) {
    const above = parents[at] ?? at;
    parents[at] = parents[above] ?? above;
    at = above;
  }
  return at;
}

/** The same numbers with room for twice as many. */
function roomier(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * numbers.length);
  more.set(numbers);
  return more;
}

/** The connected parts of what is not black; pixels that touch at a corner hang together. */
export function islandsOf({ rows, columns, data }: GreyPicture): Islands {
  let starts = new Int32Array(8192);
  let ends = new Int32Array(8192);
  let parents = new Int32Array(8192);
  let count = 0;
  let above = 0;
  for (let row = 0; row < rows; row++) {
    const first = count;
    const last = (row + 1) * columns;
    for (let at = row * columns; at < last; at++) {
      if ((data[at] ?? 0) < BLACK) continue;
      const start = at;
      while (at < last && (data[at] ?? 0) >= BLACK) at++;
      if (count === starts.length) {
        starts = roomier(starts);
        ends = roomier(ends);
        parents = roomier(parents);
      }
      const stretch = count++;
      starts[stretch] = start;
      ends[stretch] = at;
      parents[stretch] = stretch;
      while (above < first && (ends[above] ?? 0) + columns < start) above++;
      for (let other = above; other < first && (starts[other] ?? 0) + columns <= at; other++)
        parents[rootOf(parents, stretch)] = rootOf(parents, other);
    }
    above = first;
  }
  return numbered(starts.subarray(0, count), ends.subarray(0, count), parents);
}

function numbered(starts: Int32Array, ends: Int32Array, parents: Int32Array): Islands {
  const owner = new Int32Array(starts.length);
  const numbers = new Int32Array(starts.length).fill(-1);
  const sizes: number[] = [];
  let image = -1;
  for (let stretch = 0; stretch < starts.length; stretch++) {
    const root = rootOf(parents, stretch);
    let island = numbers[root] ?? -1;
    if (island < 0) {
      island = sizes.length;
      numbers[root] = island;
      sizes.push(0);
    }
    owner[stretch] = island;
    sizes[island] = (sizes[island] ?? 0) + (ends[stretch] ?? 0) - (starts[stretch] ?? 0);
    if (image < 0 || (sizes[island] ?? 0) > (sizes[image] ?? 0)) image = island;
  }
  return { starts, ends, owner, sizes, image };
}

/** Calls `visit` for each stretch of every island but the image. */
export function besideImage(islands: Islands, visit: (island: number, start: number, end: number) => void): void {
  const { starts, ends, owner, image } = islands;
  for (let stretch = 0; stretch < starts.length; stretch++) {
    const island = owner[stretch] ?? 0;
    if (island !== image) visit(island, starts[stretch] ?? 0, ends[stretch] ?? 0);
  }
}

/** Share of an island that is known to be drawn from which all of it is. */
const MOSTLY_DRAWN = 0.25;
/** An island is a bar when so much of it is as its neighbour, along one direction, and its greys reach so far. */
const BAR = { pixels: 150, alike: 0.93, difference: 2, greys: 90 } as const;

/**
 * Adds to the mask the islands that are drawn: those of which it holds a good part already, and bars of greys. The largest island is the
 * image and never among them.
 */
export function maskIslands(mask: Uint8Array, picture: GreyPicture): void {
  const { columns, data } = picture;
  const islands = islandsOf(picture);
  const { sizes } = islands;
  const masked = new Uint32Array(sizes.length);
  const across = new Uint32Array(sizes.length);
  const down = new Uint32Array(sizes.length);
  const darkest = new Uint8Array(sizes.length).fill(255);
  const lightest = new Uint8Array(sizes.length);
  besideImage(islands, (island, start, end) => {
    for (let at = start; at < end; at++) {
      const grey = data[at] ?? 0;
      const below = data[at + columns] ?? 0;
      if (mask[at] === 1) masked[island] = (masked[island] ?? 0) + 1;
      if (at + 1 === end || abs((data[at + 1] ?? 0) - grey) <= BAR.difference) across[island] = (across[island] ?? 0) + 1;
      if (below < BLACK || abs(below - grey) <= BAR.difference) down[island] = (down[island] ?? 0) + 1;
      if (grey < (darkest[island] ?? 0)) darkest[island] = grey;
      if (grey > (lightest[island] ?? 0)) lightest[island] = grey;
    }
  });
  const drawn = sizes.map((size, island) => {
    if ((masked[island] ?? 0) >= MOSTLY_DRAWN * size) return true;
    const greys = (lightest[island] ?? 0) - (darkest[island] ?? 0);
    return size >= BAR.pixels && greys >= BAR.greys && Math.max(across[island] ?? 0, down[island] ?? 0) >= BAR.alike * size;
  });
  besideImage(islands, (island, start, end) => {
    if (drawn[island] === true) mask.fill(1, start, end);
  });
}
