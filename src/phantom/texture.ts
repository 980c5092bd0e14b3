// In: a place in the plane. Out: smooth noise between 0 and 1, the stuff of tissue texture. Fixed lattice, so it depends on the place alone.

import { randomFrom } from './random.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, floor } = Math;

const side = 256;
const mask = side - 1;

const lattice: Float32Array = (() => {
  const chance = randomFrom('texture lattice');
  return Float32Array.from({ length: side * side }, () => chance.next());
})();

/** Value noise with period 256, smooth, mean 0.5, within [0, 1]. One lattice cell is one unit of x and y. */
export function smoothNoise(x: number, y: number): number {
  const column = floor(x);
  const row = floor(y);
  let u = x - column;
  let v = y - row;
  u = u * u * (3 - 2 * u);
  v = v * v * (3 - 2 * v);
  const top = (row & mask) * side;
  const bottom = ((row + 1) & mask) * side;
  const left = column & mask;
  const right = (column + 1) & mask;
  const a = lattice[top + left] as number;
  const b = lattice[top + right] as number;
  const c = lattice[bottom + left] as number;
  const d = lattice[bottom + right] as number;
  const upper = a + (b - a) * u;
  return upper + (c + (d - c) * u - upper) * v;
}

/** Two octaves of smooth noise within [0, 1]. */
export function roughNoise(x: number, y: number): number {
  return 0.65 * smoothNoise(x, y) + 0.35 * smoothNoise(2.13 * x + 31.7, 2.13 * y + 11.3);
}

/** Ridges of noise within [0, 1]: 1 along thin curved lines, falling off to both sides. Septa and fibres are drawn with it. */
export function ridgedNoise(x: number, y: number): number {
  return 1 - abs(2 * smoothNoise(x, y) - 1);
}
