// In: amplitude maps of a tissue, the settings of the probe, chance. Out: the grey picture an array makes of it.
//
// Complex scatterers blurred by a separable point-spread function give an envelope with Rayleigh statistics, which is what
// fully developed speckle is; log compression and the grey map follow.

import type { Probe } from './probe.ts';
import { hash32, randomFrom } from './random.ts';
import type { TissueMap } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, ceil, cos, exp, floor, fround, imul, log, log10, max, min, round, sin, sqrt } = Math;

/** A grey picture, row-major, 0 to 255. */
export type GreyPicture = { readonly rows: number; readonly columns: number; readonly pixels: Uint8Array };

const normals: Float32Array = (() => {
  const chance = randomFrom('normal table');
  const values = new Float32Array(65536);
  for (let i = 0; i < values.length; i += 2) {
    const radius = sqrt(-2 * log(1 - chance.next()));
    const angle = 2 * Math.PI * chance.next();
    values[i] = (radius * cos(angle)) / Math.SQRT2;
    values[i + 1] = (radius * sin(angle)) / Math.SQRT2;
  }
  return values;
})();

/** A Gaussian of unit energy: white noise of unit variance keeps unit variance. */
function kernel(sigmaPixels: number): Float32Array {
  const sigma = max(0.3, sigmaPixels);
  const reach = max(1, ceil(2.6 * sigma));
  const taps = Float32Array.from({ length: 2 * reach + 1 }, (_, i) => exp(-((i - reach) ** 2) / (2 * sigma * sigma)));
  const norm = sqrt(taps.reduce((sum, tap) => sum + tap * tap, 0));
  return taps.map((tap) => tap / norm);
}

const sumOf = (taps: Float32Array): number => taps.reduce((sum, tap) => sum + tap, 0);

/** Blurs along rows, each row with its own kernel. */
function blurAcross(source: Float32Array, target: Float32Array, columns: number, kernels: readonly Float32Array[]): void {
  for (let row = 0; row < kernels.length; row++) {
    const taps = kernels[row] ?? new Float32Array([1]);
    const count = taps.length;
    const reach = (count - 1) >> 1;
    const start = row * columns;
    const atEdge = (first: number, end: number): void => {
      for (let column = first; column < end; column++) {
        const from = max(0, reach - column);
        const to = min(count, columns - column + reach);
        let sum = 0;
        for (let tap = from, i = start + column - reach + from; tap < to; tap++, i++)
          sum += (taps[tap] as number) * (source[i] as number);
        target[start + column] = sum;
      }
    };
    // Four sums side by side, each in the order of its own: a processor adds them at the pace of one.
    let column = min(reach, columns);
    atEdge(0, column);
    for (; column + 4 <= columns - reach; column += 4) {
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let tap = 0, i = start + column - reach; tap < count; tap++, i++) {
        const weight = taps[tap] as number;
        a += weight * (source[i] as number);
        b += weight * (source[i + 1] as number);
        c += weight * (source[i + 2] as number);
        d += weight * (source[i + 3] as number);
      }
      target[start + column] = a;
      target[start + column + 1] = b;
      target[start + column + 2] = c;
      target[start + column + 3] = d;
    }
    atEdge(column, columns);
  }
}

/** Blurs along columns. Each sum is rounded to 32 bits after each tap, as in memory. */
function blurAlong(source: Float32Array, target: Float32Array, columns: number, taps: Float32Array): void {
  const rows = source.length / columns;
  const reach = (taps.length - 1) >> 1;
  target.fill(0);
  for (let row = 0; row < rows; row++) {
    const to = min(taps.length, rows - row + reach);
    const start = row * columns;
    let tap = max(0, reach - row);
    for (; tap + 2 <= to; tap += 2) {
      const one = taps[tap] as number;
      const two = taps[tap + 1] as number;
      let i = (row - reach + tap) * columns;
      for (let at = start; at < start + columns; at++, i++) {
        const sum = fround((target[at] as number) + one * (source[i] as number));
        target[at] = sum + two * (source[i + columns] as number);
      }
    }
    if (tap < to) {
      const last = taps[tap] as number;
      let i = (row - reach + tap) * columns;
      for (let at = start; at < start + columns; at++, i++) target[at] = (target[at] as number) + last * (source[i] as number);
    }
  }
}

/** Clutter: a broad, weak copy of the amplitudes, shifted deeper as reverberation is. Running sums over a box. */
function addClutter(map: TissueMap, probe: Probe, shiftMm: number): Float32Array {
  const { rows, columns, pixelMm, columnMm = pixelMm } = map.grid;
  const weight = 10 ** (probe.clutterDb / 20);
  const reach = max(1, round(3.5 / columnMm));
  const shift = round(shiftMm / pixelMm);
  const depth = max(1, round(1.2 / pixelMm));
  const total = new Float32Array(map.scatter.length);
  const across = new Float32Array(map.scatter.length);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let sum = 0;
    for (let column = -reach; column < columns; column++) {
      const enter = column + reach;
      if (enter < columns) sum += (map.scatter[start + enter] ?? 0) + 2 * (map.specular[start + enter] ?? 0);
      const leave = column - reach - 1;
      if (leave >= 0) sum -= (map.scatter[start + leave] ?? 0) + 2 * (map.specular[start + leave] ?? 0);
      if (column >= 0) across[start + column] = sum / (2 * reach + 1);
    }
  }
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const enter = row - shift + depth;
      if (enter >= 0) sum += across[enter * columns + column] ?? 0;
      const leave = row - shift - depth - 1;
      if (leave >= 0) sum -= across[leave * columns + column] ?? 0;
      const i = row * columns + column;
      total[i] = sqrt((map.scatter[i] as number) ** 2 + ((weight * sum) / (2 * depth + 1)) ** 2);
    }
  }
  return total;
}

/** Smooths while it keeps edges: each pixel moves towards those neighbours that are near it in grey. */
function smoothFlat(grey: Float32Array, columns: number, weight: number): Float32Array {
  if (weight < 0.05) return grey;
  const rows = grey.length / columns;
  const result = grey.slice();
  const offsets = Int32Array.of(-columns, -1, 1, columns, -columns - 1, -columns + 1, columns - 1, columns + 1);
  for (let row = 1; row < rows - 1; row++) {
    for (let column = 1; column < columns - 1; column++) {
      const i = row * columns + column;
      const here = grey[i] as number;
      let sum = 0;
      let total = 0;
      for (let n = 0; n < 8; n++) {
        const there = grey[i + (offsets[n] as number)] as number;
        const step = (there - here) * 6.25;
        const near = 1 / (1 + step * step);
        sum += near * there;
        total += near;
      }
      result[i] = here + weight * (sum / total - here) * 0.9;
    }
  }
  return result;
}

/** What differs from picture to picture: scatterers stay those of the body, electronic noise is new in each, reverberation has its distance. */
export type Exposure = { readonly scattererSeed: number; readonly electronicSeed: number; readonly reverberationMm: number };

/**
 * Forms the grey picture of a tissue map: of a linear array, whose columns farther than half the footprint from x = 0 stay black, or
 * the beams of a sector, whose width in columns is the same at all depths as that of a spreading beam is.
 */
export function picture(map: TissueMap, probe: Probe, exposure: Exposure): GreyPicture {
  const { rows, columns, pixelMm, originColumn, columnMm } = map.grid;
  const size = rows * columns;
  const amplitude = addClutter(map, probe, exposure.reverberationMm);
  const alongTaps = kernel(probe.axialMm / pixelMm);
  const acrossTaps = Array.from({ length: rows }, (_, row) =>
    kernel((probe.lateralMm / (columnMm ?? pixelMm)) * (1 + probe.spread * abs((row + 0.5) / rows - probe.focus))),
  );
  const coherence = acrossTaps.map((taps) => 1 / (sumOf(taps) * sumOf(alongTaps)));
  const noise = 10 ** (probe.noiseDb / 20);
  const power = new Float32Array(size);
  const real = new Float32Array(size);
  const imaginary = new Float32Array(size);
  const spare = new Float32Array(size);
  const mix = (key: number): number => {
    let t = imul(key ^ (key >>> 15), 1 | key);
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  let electronicKey = hash32(exposure.electronicSeed, 'electronic');
  for (let look = 0; look < probe.looks; look++) {
    const scattererKey = hash32(exposure.scattererSeed, 'scatterers', look);
    for (let row = 0; row < rows; row++) {
      const share = coherence[row] ?? 0;
      for (let i = row * columns; i < (row + 1) * columns; i++) {
        const bits = mix((map.key[i] as number) ^ scattererKey);
        const strength = amplitude[i] as number;
        real[i] = strength * (normals[bits & 0xffff] as number) + share * (map.specular[i] as number);
        imaginary[i] = strength * (normals[bits >>> 16] as number);
      }
    }
    blurAlong(real, spare, columns, alongTaps);
    blurAcross(spare, real, columns, acrossTaps);
    blurAlong(imaginary, spare, columns, alongTaps);
    blurAcross(spare, imaginary, columns, acrossTaps);
    for (let row = 0; row < rows; row++) {
      const electronic = noise * 10 ** ((18 * ((row + 0.5) / rows - 1)) / 20);
      for (let i = row * columns; i < (row + 1) * columns; i++) {
        electronicKey = (electronicKey + 0x6d2b79f5) | 0;
        const bits = mix(electronicKey);
        const re = (real[i] as number) + electronic * (normals[bits & 0xffff] as number);
        const im = (imaginary[i] as number) + electronic * (normals[bits >>> 16] as number);
        power[i] = (power[i] as number) + (re * re + im * im) / probe.looks;
      }
    }
  }
  const greyMap = Float32Array.from({ length: 1024 }, (_, i) => (i / 1023) ** probe.gamma);
  const grey = new Float32Array(size);
  for (let row = 0; row < rows; row++) {
    const gain = probe.gainDb - probe.residualLossDb * ((row + 0.5) / rows - 0.4);
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      const level = 10 * log10((power[i] as number) + 1e-12) + gain;
      const share = min(1, max(0, 1 + level / probe.dynamicRangeDb));
      grey[i] = greyMap[round(1023 * share)] as number;
    }
  }
  const shown = smoothFlat(grey, columns, probe.smoothing);
  const pixels = new Uint8Array(size);
  const reach = columnMm === undefined ? probe.widthMm / 2 / pixelMm : columns;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (abs(column + 0.5 - originColumn) > reach) continue;
      pixels[row * columns + column] = round(255 * (shown[row * columns + column] ?? 0));
    }
  }
  return { rows, columns, pixels };
}

/** Area average over blocks of `factor` x `factor` pixels; a rest at the right and bottom edge is dropped. */
export function downsample(source: GreyPicture, factor: number): GreyPicture {
  const rows = floor(source.rows / factor);
  const columns = floor(source.columns / factor);
  const pixels = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let y = 0; y < factor; y++) {
        const start = (row * factor + y) * source.columns + column * factor;
        for (let x = 0; x < factor; x++) sum += source.pixels[start + x] ?? 0;
      }
      pixels[row * columns + column] = round(sum / (factor * factor));
    }
  }
  return { rows, columns, pixels };
}
