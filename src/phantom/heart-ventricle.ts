// In: the left ventricle at the end of diastole, how its walls move, how far it has contracted. Out: where a place is in it or in its wall.
//
// Heart coordinates, millimetres: v from the apex of the cavity along the long axis towards the base, d across it (positive: the wall
// called right). The cavity is a cylinder, narrower at the annulus, with half an ellipse as its apex. Each wall moves as its segments do.

import { roughNoise } from './texture.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, atan2, floor, max, min, sign, sqrt } = Math;

/** Size at the end of diastole, and what a healthy contraction does to it. */
export type VentricleShape = {
  readonly lengthMm: number;
  readonly radiusMm: number;
  readonly wallMm: number;
  /** Radius at the annulus as a share of the largest. */
  readonly annulusShare: number;
  /** Shares by which a full contraction of a normal segment narrows the cavity, thickens the wall and shortens the long axis. */
  readonly narrowing: number;
  readonly thickening: number;
  readonly shortening: number;
  /** Where in the noise plane the roughness of the endocardium lies. */
  readonly texture: number;
};

/** Share of normal motion along both walls: from base to apex, and of the apex itself. A wall shown in part has fewer values. */
export type WallShares = { readonly left: readonly number[]; readonly right: readonly number[]; readonly apex: number };

/** Where a place is. Distances in millimetres. */
export type VentriclePlace = {
  /** Signed distance from the endocardium: negative in the cavity. */
  wall: number;
  /** Thickness of the wall there. */
  thickness: number;
  /** Place along the contour: -1 left annulus, 0 apex, 1 right annulus; beyond 1 past the annulus. */
  along: number;
  /** Outward normal. */
  normalD: number;
  normalV: number;
  /** Length of the ventricle on that side: v of the annulus. */
  lengthMm: number;
  /** Where the place is at the end of diastole. */
  restD: number;
  restV: number;
};

export type Ventricle = {
  readonly locate: (d: number, v: number, place: VentriclePlace) => void;
  /** v of the annulus on the left and on the right wall, and half its width. */
  readonly annulus: { readonly left: number; readonly right: number; readonly half: number };
  /** Area of the cavity in the cut. */
  readonly areaMm2: number;
};

/** A place to be filled by `locate`. */
export const noPlace = (): VentriclePlace => ({
  wall: 0,
  thickness: 0,
  along: 0,
  normalD: 0,
  normalV: 0,
  lengthMm: 0,
  restD: 0,
  restV: 0,
});

/** Share of the length that the cylinder takes, and share of the contour that the elliptical apex takes. */
const cylinder = 0.34;
const cap = 0.65;
/** Middles of basal, mid and apical segments along the contour. */
const middles = [0.84, 0.54, 0.24] as const;
const steps = 64;

/** Share of normal motion at a place of the contour, linear between the middles of segments: neighbours tether each other. */
function shareAt(shares: WallShares, along: number): number {
  const wall = along < 0 ? shares.left : shares.right;
  const at = abs(along);
  const last = wall.length - 1;
  const value = (n: number): number => (n > 2 ? shares.apex : (wall[min(n, last)] ?? 1));
  if (at >= middles[0]) return value(0);
  if (at >= middles[1]) return value(1) + ((at - middles[1]) / (middles[0] - middles[1])) * (value(0) - value(1));
  if (at >= middles[2]) return value(2) + ((at - middles[2]) / (middles[1] - middles[2])) * (value(1) - value(2));
  return value(3) + (at / middles[2]) * (value(2) - value(3));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / max(1, values.length);

/** The ventricle at a moment. `contraction` 0: end of diastole, 1: end of systole. */
export function ventricle(shape: VentricleShape, shares: WallShares, contraction: number): Ventricle {
  const { radiusMm, wallMm, lengthMm, annulusShare, texture } = shape;
  const radii = new Float32Array(2 * steps + 1);
  const walls = new Float32Array(2 * steps + 1);
  const restWalls = new Float32Array(2 * steps + 1);
  for (let n = 0; n <= 2 * steps; n++) {
    const along = n / steps - 1;
    const moved = contraction * shareAt(shares, along);
    radii[n] = radiusMm * (1 - shape.narrowing * moved);
    const thin = 1 - 0.42 * max(0, 1 - abs(along) / 0.3);
    restWalls[n] = wallMm * thin;
    walls[n] = wallMm * thin * (1 + shape.thickening * moved);
  }
  const shorter = (wall: readonly number[]): number => lengthMm * (1 - shape.shortening * contraction * mean(wall));
  const left = shorter(shares.left);
  const right = shorter(shares.right);
  const flareAt = (s: number): number => {
    const u = min(1, max(0, s / cylinder));
    return annulusShare + (1 - annulusShare) * u * (2 - u);
  };

  const locate = (d: number, v: number, place: VentriclePlace): void => {
    const a = abs(d);
    const length = (left + right) / 2 + ((right - left) / 2) * min(1, max(-1, d / radiusMm));
    const s = 1 - v / length;
    const t = max(0, (s - cylinder) / (1 - cylinder));
    const along = t > 0 ? cap * (1 - (2 * atan2(t, a / radiusMm)) / Math.PI) : cap + (1 - cap) * (1 - max(-1, s) / cylinder);
    const n = steps + sign(d) * min(1, along) * steps;
    const low = min(2 * steps - 1, floor(n));
    const part = n - low;
    const radius = (radii[low] as number) * (1 - part) + (radii[low + 1] as number) * part;
    const thickness = (walls[low] as number) * (1 - part) + (walls[low + 1] as number) * part;
    const restThickness = (restWalls[low] as number) * (1 - part) + (restWalls[low + 1] as number) * part;
    let rho: number;
    let gradientD: number;
    let gradientV = 0;
    if (t > 0) {
      rho = sqrt((a / radius) ** 2 + t * t) + 1e-6;
      gradientD = a / (radius * radius * rho);
      gradientV = t / ((1 - cylinder) * length * rho);
    } else {
      const half = radius * flareAt(s);
      rho = a / half;
      gradientD = 1 / half;
    }
    const gradient = sqrt(gradientD * gradientD + gradientV * gradientV) + 1e-9;
    const rough = 3.4 * (roughNoise(along * sign(d) * 11 + texture, texture + v * 0.05) - 0.5);
    place.wall = (rho - 1) / gradient + rough;
    place.thickness = thickness;
    place.along = sign(d) * along;
    place.normalD = (sign(d) * gradientD) / gradient;
    place.normalV = -gradientV / gradient;
    place.lengthMm = length;
    const outward = radiusMm - radius + max(0, min(place.wall, thickness)) * (restThickness / thickness - 1);
    const fades = place.wall > thickness ? max(0, 1 - (place.wall - thickness) / 25) : 1;
    place.restD = d + place.normalD * outward * fades;
    place.restV = v * (1 + (lengthMm / length - 1) * fades) + place.normalV * outward * fades;
  };

  let areaMm2 = 0;
  for (const side of [-1, 1]) {
    const length = side < 0 ? left : right;
    for (let n = 0; n < 200; n++) {
      const s = (n + 0.5) / 200;
      const t = max(0, (s - cylinder) / (1 - cylinder));
      // The radius depends on the place along the contour and the place on the radius: a few rounds agree.
      let half = radiusMm * 0.8;
      for (let round = 0; round < 6; round++) {
        const along = t > 0 ? cap * (1 - (2 * atan2(t, half / radiusMm)) / Math.PI) : cap + (1 - cap) * (1 - s / cylinder);
        const radius = radii[Math.round(steps + side * along * steps)] as number;
        half = t > 0 ? radius * sqrt(max(0, 1 - t * t)) : radius * flareAt(s);
      }
      areaMm2 += (half * length) / 200;
    }
  }
  return {
    locate,
    annulus: { left, right, half: (radii[0] as number) * 0.5 * annulusShare + (radii[2 * steps] as number) * 0.5 * annulusShare },
    areaMm2,
  };
}
