// In: the outline of an atrium, the right ventricle or a vessel. Out: how far a place is from its edge; what wall, blood and valves send back.

import type { HeartAnatomy } from './heart-anatomy.ts';
import { type Beam, bent, between, type Point, type Strand } from './heart-strands.ts';
import { roughNoise, smoothNoise } from './texture.ts';
import type { Sample } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, sqrt } = Math;

/** Centre and half axes, millimetres of heart coordinates. */
export type Ellipse = { readonly d: number; readonly v: number; readonly a: number; readonly b: number };

/** A cut through the heart: fills the sample where the heart is; tells how far outside of it the place lies (0 or less: inside). */
export type HeartCut = (d: number, v: number, beam: Beam, sample: Sample) => number;

/** Distance from an ellipse's edge, negative inside; near enough close to the edge. */
export function edgeOf(ellipse: Ellipse, d: number, v: number): number {
  const p = (d - ellipse.d) / ellipse.a;
  const q = (v - ellipse.v) / ellipse.b;
  const rho = sqrt(p * p + q * q) + 1e-6;
  const steep = sqrt((p / ellipse.a) ** 2 + (q / ellipse.b) ** 2) + 1e-9;
  // No chamber is an ellipse: its outline wanders a little, the same in every frame.
  const uneven = rho > 0.6 && rho < 1.5 ? 5 * (smoothNoise((1.3 * p) / rho + ellipse.a, (1.3 * q) / rho + ellipse.a) - 0.5) : 0;
  return ((rho - 1) * rho) / steep + uneven;
}

/** How squarely the beam meets a surface: 1 when it comes along the normal. */
export const facingOf = (beam: Beam, normalD: number, normalV: number): number => abs(beam.d * normalD + beam.v * normalV);

/** Blood: nearly nothing, and it has moved on by the next frame. Less loss than the time gain expects: what lies behind is brighter. */
export function blood(sample: Sample, level: number, place: Point & { readonly timeS: number }): void {
  sample.level = level;
  sample.specular = 0;
  sample.loss = -0.05;
  sample.restX = place.d + place.timeS * 173;
  sample.restZ = place.v + place.timeS * 97;
}

/** Muscle: fibres across the beam send back more; `depthShare` 0 is the endocardium, 1 the epicardium. */
export function muscle(
  sample: Sample,
  anatomy: HeartAnatomy,
  at: {
    readonly restD: number;
    readonly restV: number;
    readonly facing: number;
    readonly depthShare: number;
    readonly wallMm: number;
  },
): void {
  const { restD, restV, facing, depthShare } = at;
  const patch = smoothNoise(restD * 0.06 + anatomy.textureZ, restV * 0.06 + anatomy.textureX) - 0.5;
  const grain = roughNoise(restD * 0.22 + anatomy.textureX, restV * 0.16 + anatomy.textureZ) - 0.5;
  const fibre = smoothNoise(restD * 0.9 + 17, restV * 0.3 + anatomy.textureX) - 0.5;
  sample.level = anatomy.muscleDb - 3 + 12 * facing + 14 * patch + 15 * grain + 7 * fibre;
  sample.specular = 0;
  sample.loss = 0.03;
  if (at.wallMm < 1.3 && depthShare < 0.5) {
    sample.level += 1 + 8 * facing;
    sample.specular = 0.05 * facing ** 6;
  }
  sample.restX = restD;
  sample.restZ = restV;
}

/** The thin wall of an atrium or vessel: bright where the beam meets it squarely, lost where it runs along it. */
export function thinWall(sample: Sample, levelDb: number, facing: number): void {
  sample.level = levelDb - 19 * (1 - facing) ** 1.4 + 14 * (roughNoise(sample.restX * 0.13, sample.restZ * 0.13) - 0.5);
  sample.specular = 0.07 * facing ** 6;
  sample.loss = 0.02;
}

/** A two-leaflet valve between two hinges. Closed leaflets meet on the ventricle's side (towards smaller v), open ones hang into it. */
export function leaflets(
  left: Point,
  right: Point,
  valve: { readonly open: number; readonly leftMm: number; readonly rightMm: number; readonly levelDb: number },
): readonly Strand[] {
  const { open, leftMm, rightMm, levelDb } = valve;
  const share = leftMm / (leftMm + rightMm);
  const meeting = between(left, right, share);
  const half = (right.d - left.d) / 2;
  const leaf = (hinge: Point, inward: number, lengthMm: number): Strand => {
    const shut = { d: meeting.d, v: meeting.v - 5 };
    const hanging = { d: hinge.d + inward * half * 0.28, v: hinge.v - lengthMm };
    const tip = between(shut, hanging, open);
    const shutBend = { d: (hinge.d + shut.d) / 2, v: hinge.v + 0.5 };
    const openBend = { d: hinge.d + inward * half * 0.5, v: hinge.v - lengthMm * 0.45 };
    return {
      points: bent(hinge, between(shutBend, openBend, open), tip),
      halfMm: 0.8,
      levelDb: levelDb - 5 * open,
      specular: 0.03 * (1 - open),
    };
  };
  return [leaf(left, 1, leftMm), leaf(right, -1, rightMm)];
}
