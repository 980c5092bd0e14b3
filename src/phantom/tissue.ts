// In: a body cut by the image plane, as a function of place. Out: maps of what the beam meets in every pixel, shadows included.

// Taken out of the global object once: they run for every pixel.
const { exp, floor, imul, max, min } = Math;

/** What the beam meets at a place. Levels are decibels against the brightest reflector. */
export type Sample = {
  /** Echo level of the scatterers there. */
  level: number;
  /** Echo amplitude of a smooth interface there, 0 to 1: it does not speckle. */
  specular: number;
  /** Extra loss (positive: shadow) or gain (negative: enhancement) for everything below, decibels per millimetre. */
  loss: number;
  /** Where the scatterers are at rest, in millimetres: speckle travels with tissue that is pressed, and with blood that flows. */
  restX: number;
  restZ: number;
};

/** A cut through the body: x across (0 in the middle), z below the skin, both in millimetres. It fills every field of `sample`. */
export type Body = (xMm: number, zMm: number, sample: Sample) => void;

/** The grid of an image. `originColumn` is the column of x = 0; row 0 is z = 0. */
export type Grid = {
  readonly rows: number;
  readonly columns: number;
  readonly pixelMm: number;
  readonly originColumn: number;
  /** Where columns are beams that spread: their distance at half depth. Without it columns are `pixelMm` apart. */
  readonly columnMm?: number;
};

/** Row-major maps over a grid: amplitude of scatterers and interfaces as they come back to the probe, and a key of the scatterers there. */
export type TissueMap = {
  readonly grid: Grid;
  readonly scatter: Float32Array;
  readonly specular: Float32Array;
  readonly key: Int32Array;
};

const decibel = Math.LN10 / 20;

/** A sheet of connective tissue: adds brightness when the place is within its thickness. `d` is the distance from it in millimetres. */
export function sheet(sample: Sample, d: number, thickness: number, level: number, specular: number): void {
  const closeness = (d / thickness) ** 2;
  if (closeness > 6) return;
  const weight = exp(-closeness);
  sample.level = max(sample.level, level - 12 * closeness);
  sample.specular = max(sample.specular, specular * weight);
}

/** Samples a body on a grid; loss adds up along each column, as along a beam of a linear array. */
export function tissueMap(body: Body, grid: Grid): TissueMap {
  const { rows, columns, pixelMm, originColumn } = grid;
  const scatter = new Float32Array(rows * columns);
  const specular = new Float32Array(rows * columns);
  const key = new Int32Array(rows * columns);
  const sample: Sample = { level: -60, specular: 0, loss: 0, restX: 0, restZ: 0 };
  for (let column = 0; column < columns; column++) {
    const x = (column + 0.5 - originColumn) * pixelMm;
    let lossDb = 0;
    for (let row = 0; row < rows; row++) {
      body(x, (row + 0.5) * pixelMm, sample);
      const i = row * columns + column;
      scatter[i] = exp((sample.level - lossDb) * decibel);
      specular[i] = sample.specular > 0 ? sample.specular * exp(-lossDb * decibel) : 0;
      key[i] = imul(floor(sample.restX / pixelMm) + 20011, 0x9e3779b1) ^ imul(floor(sample.restZ / pixelMm), 0x85ebca6b);
      lossDb = min(60, max(-7, lossDb + sample.loss * pixelMm));
    }
  }
  return { grid, scatter, specular, key };
}
