// In: thin bodies as lines: valve leaflets, cusps, chordae. Out: how near a place is to one of them, and what the beam meets there.

import type { Sample } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, max, min, sqrt } = Math;

export type Point = { readonly d: number; readonly v: number };

/** A line of constant thickness with the echo level of its tissue. */
export type Strand = {
  readonly points: readonly Point[];
  readonly halfMm: number;
  readonly levelDb: number;
  readonly specular: number;
};

/** A line bent once (quadratic Bézier) in `pieces` straight pieces. */
export function bent(from: Point, bend: Point, to: Point, pieces = 6): readonly Point[] {
  return Array.from({ length: pieces + 1 }, (_, n) => {
    const t = n / pieces;
    const u = 1 - t;
    return {
      d: u * u * from.d + 2 * u * t * bend.d + t * t * to.d,
      v: u * u * from.v + 2 * u * t * bend.v + t * t * to.v,
    };
  });
}

/** A place between two: `share` 0 is the first. */
export const between = (one: Point, other: Point, share: number): Point => ({
  d: one.d + share * (other.d - one.d),
  v: one.v + share * (other.v - one.v),
});

/** Direction of the beam at a place, in heart coordinates; of length 1. */
export type Beam = { d: number; v: number };

/** Prepares strands for many questions: fills level, interface and place of rest where one lies, and says so. Along the beam they fade. */
export function strandsAt(strands: readonly Strand[]): (at: Point, beam: Beam, sample: Sample) => boolean {
  const boxes = strands.map(({ points, halfMm }) => ({
    left: min(...points.map((point) => point.d)) - halfMm,
    right: max(...points.map((point) => point.d)) + halfMm,
    top: min(...points.map((point) => point.v)) - halfMm,
    bottom: max(...points.map((point) => point.v)) + halfMm,
    flat: Float32Array.from(points.flatMap((point) => [point.d, point.v])),
  }));
  return ({ d, v }, beam, sample) => {
    for (let n = 0; n < strands.length; n++) {
      const box = boxes[n];
      const strand = strands[n];
      if (box === undefined || strand === undefined) continue;
      if (d < box.left || d > box.right || v < box.top || v > box.bottom) continue;
      let nearest = 1e9;
      let place = 0;
      let facing = 1;
      const { flat } = box;
      for (let i = 0; i + 3 < flat.length; i += 2) {
        const ad = flat[i] as number;
        const av = flat[i + 1] as number;
        const bd = (flat[i + 2] as number) - ad;
        const bv = (flat[i + 3] as number) - av;
        const t = min(1, max(0, ((d - ad) * bd + (v - av) * bv) / (bd * bd + bv * bv + 1e-9)));
        const away = (d - ad - t * bd) ** 2 + (v - av - t * bv) ** 2;
        if (away < nearest) {
          nearest = away;
          place = i / 2 + t;
          facing = abs(beam.d * bv - beam.v * bd) / (sqrt(bd * bd + bv * bv) + 1e-9);
        }
      }
      if (nearest > strand.halfMm ** 2) continue;
      sample.level = strand.levelDb - 13 * (1 - facing);
      sample.specular = strand.specular * facing ** 4;
      sample.loss = 0;
      sample.restX = 300 * (n + 1) + place * 3;
      sample.restZ = sqrt(nearest);
      return true;
    }
    return false;
  };
}
