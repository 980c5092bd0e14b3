// Islands on black. In: a grey picture. Out: its connected parts that are parted from each other by black, and which of them are drawn: a grey bar,
// the rest of a word whose strokes were found.
import type { GreyPicture } from './picture.ts';

// Taken out of the global object once: it runs for every pixel.
const { abs } = Math;

/** Darker pixels are black, noise of lossy syntaxes included. */
const BLACK = 16;

export type Islands = {
  /** The island of a pixel from 1, 0 for black; row-major. */
  readonly owner: Int32Array;
  /** Pixels of each island, at its number. */
  readonly sizes: readonly number[];
};

/** The connected parts of what is not black. */
export function islandsOf({ rows, columns, data }: GreyPicture): Islands {
  const owner = new Int32Array(rows * columns);
  const queue = new Int32Array(rows * columns);
  const sizes = [0];
  for (let seed = 0; seed < data.length; seed++) {
    if ((data[seed] ?? 0) < BLACK || owner[seed] !== 0) continue;
    const island = sizes.length;
    let count = 1;
    queue[0] = seed;
    owner[seed] = island;
    for (let next = 0; next < count; next++) {
      const at = queue[next] ?? 0;
      const column = at % columns;
      const first = column === 0 ? 0 : -1;
      const last = column === columns - 1 ? 0 : 1;
      for (let row = at - column - columns; row <= at - column + columns; row += columns) {
        if (row < 0 || row >= data.length) continue;
        for (let x = first; x <= last; x++) {
          const neighbour = row + column + x;
          if (owner[neighbour] !== 0 || (data[neighbour] ?? 0) < BLACK) continue;
          owner[neighbour] = island;
          queue[count++] = neighbour;
        }
      }
    }
    sizes.push(count);
  }
  return { owner, sizes };
}

/** The number of the largest island. */
export function largestOf(sizes: readonly number[]): number {
  let largest = 0;
  for (let island = 1; island < sizes.length; island++) if ((sizes[island] ?? 0) > (sizes[largest] ?? 0)) largest = island;
  return largest;
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
  const { owner, sizes } = islandsOf(picture);
  const masked = new Uint32Array(sizes.length);
  const across = new Uint32Array(sizes.length);
  const down = new Uint32Array(sizes.length);
  const darkest = new Uint8Array(sizes.length).fill(255);
  const lightest = new Uint8Array(sizes.length);
  for (let at = 0; at < data.length; at++) {
    const island = owner[at] ?? 0;
    if (island === 0) continue;
    const grey = data[at] ?? 0;
    if (mask[at] === 1) masked[island] = (masked[island] ?? 0) + 1;
    if (owner[at + 1] !== island || abs((data[at + 1] ?? 0) - grey) <= BAR.difference) across[island] = (across[island] ?? 0) + 1;
    if (owner[at + columns] !== island || abs((data[at + columns] ?? 0) - grey) <= BAR.difference)
      down[island] = (down[island] ?? 0) + 1;
    if (grey < (darkest[island] ?? 0)) darkest[island] = grey;
    if (grey > (lightest[island] ?? 0)) lightest[island] = grey;
  }
  const image = largestOf(sizes);
  const drawn = sizes.map((size, island) => {
    if (island === 0 || island === image) return false;
    if ((masked[island] ?? 0) >= MOSTLY_DRAWN * size) return true;
    const greys = (lightest[island] ?? 0) - (darkest[island] ?? 0);
    return size >= BAR.pixels && greys >= BAR.greys && Math.max(across[island] ?? 0, down[island] ?? 0) >= BAR.alike * size;
  });
  for (let at = 0; at < data.length; at++) if (drawn[owner[at] ?? 0] === true) mask[at] = 1;
}
