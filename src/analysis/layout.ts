// Where the images lie on a screen that does not say so. In: a whole frame, grey. Out: rectangles of what looks like echoes, without banners,
// lettering and bars; a screen of several images (2 x 1, 2 x 2 and so on) gives one each.
import type { PixelRectangle } from '../contracts/finding.ts';
import { withoutGraphics } from './mask.ts';
import type { GreyPicture } from './picture.ts';

// Taken out of the global object once: it runs for every pixel.
const { abs } = Math;

/** Side of the squares that are judged as a whole, as a share of the longer side of the picture. */
const SQUARE = 1 / 96;
/** Echoes are grey and uneven: share of a square's pixels above black, and their standard deviation. Panels and bars of a screen are even. */
const BLACK = 16;
const LEAST_LIT = 0.25;
const LEAST_UNEVEN = 3;
/** Share of its rectangle that an image fills at least; a fan fills about half. Words and rulers that were joined fill less. */
const LEAST_FILLED = 0.33;
/** Smallest image as a share of the picture; and beside a larger one, as a share of that. */
const LEAST_AREA = 0.04;
const LEAST_OF_LARGEST = 0.25;

type Squares = { readonly side: number; readonly rows: number; readonly columns: number; readonly lit: Uint8Array };

function squaresOf({ rows, columns, data }: GreyPicture): Squares {
  const side = Math.max(2, Math.round(Math.max(rows, columns) * SQUARE));
  const down = Math.floor(rows / side);
  const across = Math.floor(columns / side);
  const lit = new Uint8Array(down * across);
  for (let square = 0; square < lit.length; square++) {
    const top = Math.floor(square / across) * side;
    const left = (square % across) * side;
    let sum = 0;
    let squares = 0;
    let above = 0;
    for (let row = top; row < top + side; row++) {
      for (let column = left; column < left + side; column++) {
        const grey = data[row * columns + column] ?? 0;
        sum += grey;
        squares += grey * grey;
        if (grey >= BLACK) above += 1;
      }
    }
    const count = side * side;
    const uneven = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
    if (above >= LEAST_LIT * count && uneven >= LEAST_UNEVEN) lit[square] = 1;
  }
  return { side, rows: down, columns: across, lit };
}

type Part = { readonly rectangle: PixelRectangle; readonly squares: number };

/** Connected sets of lit squares, those that touch at a corner or lie one square apart included. */
function partsOf({ side, rows, columns, lit }: Squares): Part[] {
  const seen = new Uint8Array(lit.length);
  const parts: Part[] = [];
  for (let seed = 0; seed < lit.length; seed++) {
    if (lit[seed] !== 1 || seen[seed] === 1) continue;
    const queue = [seed];
    seen[seed] = 1;
    let [top, left, bottom, right] = [rows, columns, 0, 0];
    for (const at of queue) {
      const row = Math.floor(at / columns);
      const column = at % columns;
      [top, left, bottom, right] = [Math.min(top, row), Math.min(left, column), Math.max(bottom, row), Math.max(right, column)];
      for (let y = Math.max(0, row - 2); y <= Math.min(rows - 1, row + 2); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
          const neighbour = y * columns + x;
          if (lit[neighbour] !== 1 || seen[neighbour] === 1) continue;
          seen[neighbour] = 1;
          queue.push(neighbour);
        }
      }
    }
    const rectangle = { x0: left * side, y0: top * side, x1: (right + 1) * side - 1, y1: (bottom + 1) * side - 1 };
    parts.push({ rectangle, squares: queue.length });
  }
  return parts;
}

const MOST_ACROSS = 4;
/** Shortest side of an image of a layout, as a share of the same side of the screen. */
const SHORTEST = 0.18;
/** A cut lies where the parts would be equal, but for this share of the whole. */
const SLACK = 0.03;
/** Share of a column (row) that must be of one level for it to part two images: black, or a line. */
const PARTS = 0.985;
/** Two images that touch differ along the seam by more than neighbours differ, by this factor. */
const SEAM = 3;

/** A picture seen along one axis: `at(along, line)` is the grey of a pixel of a line across the axis. */
type Lines = { readonly length: number; readonly width: number; readonly at: (along: number, line: number) => number };

function isGap({ width, at }: Lines, along: number): boolean {
  const first = at(along, width >> 1);
  let same = 0;
  for (let line = 0; line < width; line++) {
    const grey = at(along, line);
    if (grey < BLACK || (first >= BLACK && abs(grey - first) <= 3)) same += 1;
  }
  return same >= PARTS * width;
}

function stepsOf({ length, width, at }: Lines): Float64Array {
  const steps = new Float64Array(length);
  for (let along = 1; along < length; along++) {
    let sum = 0;
    for (let line = 0; line < width; line++) sum += abs(at(along, line) - at(along - 1, line));
    steps[along] = sum / width;
  }
  return steps;
}

/** Where an axis is cut into `count` images of one size; null when nothing parts them there. */
function cutsAlong(lines: Lines, steps: Float64Array, count: number): readonly number[] | null {
  const usual = Float64Array.from(steps).sort()[steps.length >> 1] ?? 0;
  const slack = Math.round(SLACK * lines.length);
  const cuts: number[] = [];
  for (let cut = 1; cut < count; cut++) {
    const middle = Math.round((cut * lines.length) / count);
    let best = -1;
    for (let away = 0; away <= slack && best < 0; away++) {
      for (const along of [middle - away, middle + away]) if (best < 0 && isGap(lines, along)) best = along;
    }
    for (let along = middle - slack; along <= middle + slack && best < 0; along++) {
      const step = steps[along] ?? 0;
      const besides = Math.max(steps[along - 2] ?? 0, steps[along + 2] ?? 0);
      if (step >= SEAM * Math.max(1, usual) && step >= 2 * besides) best = along;
    }
    if (best < 0) return null;
    cuts.push(best);
  }
  return cuts;
}

/** The rectangle cut into the images of an N x M layout, in reading order; itself where nothing parts it. */
export function splitLayout(picture: GreyPicture, rectangle: PixelRectangle): readonly PixelRectangle[] {
  const { x0, y0, x1, y1 } = rectangle;
  const grey = (column: number, row: number): number => picture.data[(y0 + row) * picture.columns + x0 + column] ?? 0;
  const across: Lines = { length: x1 - x0 + 1, width: y1 - y0 + 1, at: (along, line) => grey(along, line) };
  const down: Lines = { length: across.width, width: across.length, at: (along, line) => grey(line, along) };
  const cutsOf = (lines: Lines, side: number): readonly number[] => {
    const steps = stepsOf(lines);
    const most = Math.min(MOST_ACROSS, Math.floor(lines.length / (SHORTEST * side)));
    for (let count = most; count > 1; count--) {
      const cuts = cutsAlong(lines, steps, count);
      if (cuts !== null) return cuts;
    }
    return [];
  };
  const columns = [0, ...cutsOf(across, picture.columns), across.length];
  const rows = [0, ...cutsOf(down, picture.rows), down.length];
  return rows.slice(1).flatMap((bottom, row) =>
    columns.slice(1).map((right, column) => ({
      x0: x0 + (columns[column] ?? 0),
      y0: y0 + (rows[row] ?? 0),
      x1: x0 + right - 1,
      y1: y0 + bottom - 1,
    })),
  );
}

const areaOf = ({ x0, y0, x1, y1 }: PixelRectangle): number => (x1 - x0 + 1) * (y1 - y0 + 1);

/** The images on a screen in reading order; none when nothing looks like echoes. */
export function layoutOf(frame: GreyPicture): readonly PixelRectangle[] {
  const picture = withoutGraphics(frame);
  const squares = squaresOf(picture);
  const parts = partsOf(squares);
  const largest = Math.max(0, ...parts.map((part) => part.squares));
  const least = Math.max(LEAST_AREA * squares.lit.length, LEAST_OF_LARGEST * largest);
  return parts
    .filter((part) => part.squares >= least && part.squares * squares.side ** 2 >= LEAST_FILLED * areaOf(part.rectangle))
    .toSorted((one, other) => one.rectangle.y0 - other.rectangle.y0 || one.rectangle.x0 - other.rectangle.x0)
    .flatMap(({ rectangle }) => splitLayout(picture, rectangle));
}
