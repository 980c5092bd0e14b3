// In: a cut of the heart, where the probe looks at it from, and the chest around it. Out: the whole body as the probe meets it.

import type { HeartAnatomy } from './heart-anatomy.ts';
import type { HeartCut } from './heart-chamber.ts';
import type { Beam } from './heart-strands.ts';
import { ridgedNoise, roughNoise, smoothNoise } from './texture.ts';
import type { Body } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, atan2, cos, exp, max, min, round, sin, sqrt } = Math;

/** Where the heart lies: place of the apex of the cavity below the probe, millimetres, and the turn of its long axis from straight down. */
export type Placement = { readonly x: number; readonly z: number; readonly angle: number };

/** The acoustic window between ribs and lung: beams beyond its edges and in single strips are weaker. Angles in radians. */
export type AcousticWindow = {
  readonly left: number;
  readonly right: number;
  readonly fade: number;
  readonly strips: readonly { readonly angle: number; readonly width: number; readonly db: number }[];
};

/** What lies between probe and heart and around it. */
export type Thorax = {
  readonly anatomy: HeartAnatomy;
  readonly window: AcousticWindow;
  /** Depth of the liver in front of the heart (subcostal cuts); 0: none. */
  readonly liverMm: number;
};

/** Angles that losses are prepared for: this far to both sides, so many a radian. */
const shadeReach = 1.5;
const shadeSteps = 300;

/** Loss of a beam outside the acoustic window, decibels. */
function shade(window: AcousticWindow, angle: number): number {
  const out = max(0, window.left - angle, angle - window.right) / window.fade;
  let db = min(26, 12 * out * out + 3 * out);
  for (const strip of window.strips) db += strip.db * exp(-(((angle - strip.angle) / strip.width) ** 2));
  return db;
}

/** The body around and with the heart. `rest` is where the heart lies on the average, so that speckle travels with it. */
export function thoraxBody(
  thorax: Thorax,
  heart: { readonly cut: HeartCut; readonly placement: Placement; readonly rest: Placement },
  probe: { readonly faceRadiusMm: number },
): Body {
  const { anatomy, window, liverMm } = thorax;
  const { placement, rest, cut } = heart;
  const sine = sin(placement.angle);
  const cosine = cos(placement.angle);
  const restSine = sin(rest.angle);
  const restCosine = cos(rest.angle);
  const { chestMm, textureX, textureZ } = anatomy;
  const shades = Float32Array.from({ length: 2 * shadeReach * shadeSteps + 1 }, (_, n) =>
    shade(window, n / shadeSteps - shadeReach),
  );
  const beam: Beam = { d: 0, v: 1 };
  return (x, z, sample) => {
    const range = sqrt(x * x + (z + probe.faceRadiusMm) ** 2);
    const depth = range - probe.faceRadiusMm;
    const angle = atan2(x, z + probe.faceRadiusMm);
    const beamX = x / range;
    const beamZ = (z + probe.faceRadiusMm) / range;
    const dx = x - placement.x;
    const dz = z - placement.z;
    const d = dx * cosine - dz * sine;
    const v = dx * sine + dz * cosine;
    beam.d = beamX * cosine - beamZ * sine;
    beam.v = beamX * sine + beamZ * cosine;
    const away = cut(d, v, beam, sample);
    if (away <= 0 || (away < 14 && depth > chestMm)) {
      // Places of rest come in heart coordinates.
      const restD = away <= 0 ? sample.restX : d;
      const restV = away <= 0 ? sample.restZ : v;
      sample.restX = rest.x + restD * restCosine + restV * restSine;
      sample.restZ = rest.z - restD * restSine + restV * restCosine;
    } else {
      sample.restX = x;
      sample.restZ = z;
    }
    if (away > 0) {
      sample.specular = 0;
      sample.loss = 0.04;
      const cloud = roughNoise(x * 0.07 + textureX, z * 0.09 + textureZ) - 0.5;
      const deepSide = depth > chestMm + 40;
      if (away < 1.8 && depth > chestMm + 4) {
        // How fast the beam leaves the heart here is how squarely it meets the pericardium.
        const facing = max(0, cut(d + 0.5 * beam.d, v + 0.5 * beam.v, beam, sample) - away) * 2;
        sample.specular = deepSide ? 0.1 * min(1, facing) ** 4 : 0;
        sample.level = anatomy.pericardiumDb - (deepSide ? 0 : 8) + 14 * cloud - 16 * (1 - min(1, facing)) ** 1.3;
        sample.loss = 0.04;
      } else if (liverMm > 0 && depth < liverMm + 12) {
        sample.level = anatomy.muscleDb + 2 + 6 * cloud;
        const vessel = ridgedNoise(x * 0.025 + textureZ, z * 0.03 + textureX);
        if (vessel > 0.93) sample.level = anatomy.bloodDb + 6;
        else if (vessel > 0.89) sample.level += 5;
      } else {
        // Lung and fat: bright behind the pericardium, then a fog of reverberation that has no form.
        const behind = exp(-away / 22);
        sample.level = anatomy.lungDb - 17 + 20 * behind * (deepSide ? 1 : 0.35) + 22 * cloud;
        sample.loss = 0.05;
      }
    }
    if (depth < chestMm && away > 0) {
      // Skin, fat and intercostal muscle, seen as layers across the beam.
      const layer = smoothNoise(angle * 3 + textureX, depth * 0.75 + textureZ);
      sample.level = -33 + 17 * layer - 8 * (depth / chestMm);
      sample.specular = depth < 1.4 ? 0.25 : 0;
      sample.restX = x;
      sample.restZ = z;
      sample.loss = 0.05;
    }
    const haze =
      anatomy.hazeDb - 0.85 * max(0, depth - chestMm) + 12 * (smoothNoise(angle * 4 + 9, depth * 0.25 + textureX) - 0.5);
    if (haze > sample.level && depth < chestMm + 50) {
      sample.level = haze;
      sample.restX = x;
      sample.restZ = z;
    }
    const loss = (shades[round((angle + shadeReach) * shadeSteps)] ?? 0) * min(1, abs(depth) / (chestMm * 0.8));
    if (loss > 0) {
      sample.level -= loss;
      sample.specular *= exp(-loss * 0.1151);
    }
  };
}
