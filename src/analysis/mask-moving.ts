// Where something drawn moves. In: in how many of a cine's pictures each pixel was found drawn. Out: boxes in which each picture is searched again: the
// whole width where a trace sweeps, the place alone where digits count.

/** Rows and columns of a picture, the last of each excluded. */
export type Box = { readonly top: number; readonly left: number; readonly bottom: number; readonly right: number };

type Size = { readonly rows: number; readonly columns: number };

/** Side of the squares that are told apart. */
const TILE = 16;
/** Pixels, each counted once for every picture in which it is drawn, from which something moves in a tile. */
const LEAST_MOVING = 12;
/** A row of tiles in which so many move, so far apart as a share of the width, is swept. */
const SWEPT = { tiles: 3, share: 0.3 } as const;

type Tiles = Size & { readonly moving: Uint8Array };

/** True where the pixel or one that touches it is always drawn: the rim of what stands still comes and goes. */
function atStill(still: Uint8Array, at: number, columns: number): boolean {
  for (let line = at - columns; line <= at + columns; line += columns)
    if (still[line] === 1 || still[line - 1] === 1 || still[line + 1] === 1) return true;
  return false;
}

function tilesOf(seen: Uint8Array, still: Uint8Array, { rows, columns }: Size): Tiles {
  const size = { rows: Math.ceil(rows / TILE), columns: Math.ceil(columns / TILE) };
  const counts = new Uint32Array(size.rows * size.columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      if (seen[at] === 0 || atStill(still, at, columns)) continue;
      const tile = (row >> 4) * size.columns + (column >> 4);
      counts[tile] = (counts[tile] ?? 0) + (seen[at] ?? 0);
    }
  }
  return { ...size, moving: Uint8Array.from(counts, (count) => (count >= LEAST_MOVING ? 1 : 0)) };
}

/** Fills the rows of tiles that are swept. */
function fillSwept({ rows, columns, moving }: Tiles): void {
  const swept: number[] = [];
  for (let row = 0; row < rows; row++) {
    const line = moving.subarray(row * columns, (row + 1) * columns);
    const wide = line.lastIndexOf(1) - line.indexOf(1);
    if (line.reduce((sum, tile) => sum + tile, 0) >= SWEPT.tiles && wide >= SWEPT.share * columns) swept.push(row);
  }
  for (const row of swept) moving.fill(1, row * columns, (row + 1) * columns);
}

/** The box of tiles around all that hang together with one, which are taken out. */
function boxAt({ rows, columns, moving }: Tiles, tile: number): Box {
  const box = { top: rows, left: columns, bottom: 0, right: 0 };
  const open = [tile];
  moving[tile] = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const row = Math.floor(at / columns);
    const column = at % columns;
    box.top = Math.min(box.top, row);
    box.left = Math.min(box.left, column);
    box.bottom = Math.max(box.bottom, row + 1);
    box.right = Math.max(box.right, column + 1);
    for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
      for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
        if (moving[y * columns + x] !== 1) continue;
        moving[y * columns + x] = 0;
        open.push(y * columns + x);
      }
    }
  }
  return box;
}

/**
 * Boxes of a picture of this size in which what is drawn moves; none where nothing does. `seen` counts the pictures in which a pixel is drawn, `still`
 * is 1 where it always is; both row-major. A box reaches a tile further than what was seen.
 */
export function movingBoxes(seen: Uint8Array, still: Uint8Array, size: Size): readonly Box[] {
  const tiles = tilesOf(seen, still, size);
  fillSwept(tiles);
  const boxes: Box[] = [];
  for (let tile = tiles.moving.indexOf(1); tile >= 0; tile = tiles.moving.indexOf(1)) {
    const { top, left, bottom, right } = boxAt(tiles, tile);
    boxes.push({
      top: Math.max(0, TILE * (top - 1)),
      left: Math.max(0, TILE * (left - 1)),
      bottom: Math.min(size.rows, TILE * (bottom + 1)),
      right: Math.min(size.columns, TILE * (right + 1)),
    });
  }
  return boxes;
}
