// In: a heart and a moment. Out: its cut across both ventricles at the papillary muscles.
//
// Heart coordinates here: the middle of the left ventricle is the origin, v grows away from the probe, d to the right of the picture.

import type { HeartAnatomy } from './heart-anatomy.ts';
import { blood, edgeOf, facingOf, type HeartCut, muscle } from './heart-chamber.ts';
import type { HeartMoment } from './heart-cycle.ts';
import { smoothNoise } from './texture.ts';

// Taken out of the global object once: they run for every pixel.
const { atan2, floor, hypot, max, min } = Math;

/** The cut at a moment; `shares`: share of normal motion of the six segments of the ring, anterior first, against the clock. */
export function shortAxisCut(
  anatomy: HeartAnatomy,
  state: { readonly moment: HeartMoment; readonly shares: readonly number[] },
): HeartCut {
  const { moment, shares } = state;
  const { ventricle: shape, bloodDb, rightWallMm } = anatomy;
  const { contraction } = moment;
  const turn = 2 * Math.PI;
  const papillary = (
    [
      [0.6, 1],
      [-0.72, 1],
    ] as const
  ).map(([side]) => {
    const reach = shape.radiusMm * (1 - shape.narrowing * contraction) * 0.72;
    return { d: reach * side, v: reach * 0.62, radius: 5.2 + 1.4 * contraction };
  });
  const outer = shape.radiusMm + shape.wallMm;
  const rightRadius = outer * 0.95 * (1 - 0.1 * contraction);
  const right = { d: -outer * 0.74, v: -outer * 0.38, a: rightRadius, b: rightRadius };
  const spot = { d: 0, v: 0, timeS: moment.timeS };
  const grain = { restD: 0, restV: 0, facing: 0, depthShare: 0, wallMm: 0 };
  return (d, v, beam, sample) => {
    const radius = hypot(d, v) + 1e-6;
    // From twelve o'clock against the clock.
    const at = (atan2(-d, -v) / turn + 1) % 1;
    const n = at * 6;
    const low = floor(n);
    const share = (shares[low % 6] ?? 1) * (1 - (n - low)) + (shares[(low + 1) % 6] ?? 1) * (n - low);
    const moved = contraction * share;
    const rough = 1.6 * (smoothNoise((d / radius) * 4 + shape.texture, (v / radius) * 4 + shape.texture) - 0.5);
    const endocardium = shape.radiusMm * (1 - shape.narrowing * moved) + rough;
    const thickness = shape.wallMm * (1 + shape.thickening * moved);
    const wall = radius - endocardium;
    spot.d = d;
    spot.v = v;
    const outward = shape.radiusMm - endocardium + max(0, min(wall, thickness)) * (shape.wallMm / thickness - 1);
    const fades = wall > thickness ? max(0, 1 - (wall - thickness) / 25) : 1;
    grain.restD = d * (1 + (outward / radius) * fades);
    grain.restV = v * (1 + (outward / radius) * fades);
    if (wall < 0) {
      for (const muscleAt of papillary) {
        const bumpy = muscleAt.radius + 4 * (smoothNoise(d * 0.25 + shape.texture, v * 0.25) - 0.5);
        if (hypot(d - muscleAt.d, (v - muscleAt.v) * 0.9) > bumpy) continue;
        grain.facing = 0.45;
        grain.depthShare = 1;
        grain.wallMm = 9;
        muscle(sample, anatomy, grain);
        return 0;
      }
      blood(sample, bloodDb, spot);
      return 0;
    }
    // The right ventricle is a crescent on the left of the picture.
    const crescent = edgeOf(right, d, v);
    const inner = wall - thickness;
    if (inner < 0) {
      grain.facing = facingOf(beam, d / radius, v / radius);
      const septal = crescent < 0;
      grain.wallMm = septal ? min(wall, thickness - wall) : wall;
      grain.depthShare = septal ? min(wall, thickness - wall) / thickness : wall / thickness;
      muscle(sample, anatomy, grain);
      return 0;
    }
    if (crescent < 0) {
      blood(sample, bloodDb + 3, spot);
      return 0;
    }
    if (crescent < rightWallMm && inner > 0) {
      grain.facing = 0.6;
      grain.depthShare = crescent / rightWallMm;
      grain.wallMm = crescent;
      muscle(sample, anatomy, grain);
      return 0;
    }
    return max(0.01, min(inner, crescent - rightWallMm));
  };
}
