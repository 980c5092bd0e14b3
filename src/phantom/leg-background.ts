// In: a place at rest and the anatomy. Out: the echoes of skin, fat, fascia, muscle and bone there, in both cuts of the leg.

import type { LegAnatomy } from './leg-anatomy.ts';
import { ridgedNoise, roughNoise, smoothNoise } from './texture.ts';
import { type Sample, sheet } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, max, sqrt } = Math;

/** How the image plane lies: across the leg or along it. */
export type Cut = 'transverse' | 'longitudinal';

function fat(sample: Sample, anatomy: LegAnatomy, x: number, z: number): void {
  const u = x + anatomy.textureX;
  const v = z + anatomy.textureZ;
  const lobule = roughNoise(u / 5.5, v / 2.4);
  const septum = ridgedNoise(u / 7.5 + 9, v / 1.9 + 3 + 0.8 * smoothNoise(u / 4, v / 4));
  sample.level = anatomy.fatDb - 5 + 13 * (lobule - 0.5);
  if (septum > 0.86) {
    const strength = (septum - 0.86) / 0.14;
    sample.level += 14 * strength;
    sample.specular = 0.1 * strength * smoothNoise(u / 3, v / 2);
  }
}

function muscle(sample: Sample, anatomy: LegAnatomy, x: number, z: number, cut: Cut): void {
  const u = x + anatomy.textureX + 70;
  const belly = smoothNoise(u / 11, (z + anatomy.textureZ) / 6);
  const along = cut === 'longitudinal';
  const slope = along ? anatomy.fibreSlope : 0.15 * (belly - 0.5);
  const v = z + anatomy.textureZ - slope * x;
  const fibre = along
    ? ridgedNoise(u / 15, v / 0.85 + 1.2 * smoothNoise(u / 9, v / 3))
    : ridgedNoise(u / 2.6, v / 0.9 + smoothNoise(u / 3, v / 3));
  sample.level = anatomy.muscleDb + 11 * (belly - 0.5) + 9 * (roughNoise(u / 2, v / 1.2) - 0.5);
  if (fibre > 0.78) {
    const strength = (fibre - 0.78) / 0.22;
    sample.level += (along ? 14 : 13) * strength;
    sample.specular = (along ? 0.06 : 0.035) * strength * smoothNoise(u / 4, v / 2);
  }
}

/** Fills the sample with what lies at (x, z) apart from the vessels. Bone stops the beam. */
export function background(anatomy: LegAnatomy, cut: Cut, x: number, z: number, sample: Sample): void {
  sample.level = -60;
  sample.specular = 0;
  sample.loss = 0.06;
  sample.restX = x;
  sample.restZ = z;
  if (z < anatomy.skinMm) {
    sample.level = z < 0.45 ? -10 : -19;
    sheet(sample, z - 0.25, 0.3, -9, 0.5);
    sheet(sample, z - anatomy.skinMm, 0.25, -16, 0.15);
    return;
  }
  const wave = 1.6 * (smoothNoise(x / 13 + anatomy.textureX, 3.3) - 0.5);
  const popliteal = anatomy.vein === 'POP';
  const fascia = anatomy.fatMm + wave;
  if (z < fascia) {
    fat(sample, anatomy, x, z);
    sheet(sample, z - anatomy.fatMm * 0.55 - 2 * wave, 0.28, -21, 0.1 * smoothNoise(x / 5, anatomy.textureZ));
  } else if (popliteal) {
    poplitealFossa(anatomy, cut, x, z, sample);
  } else {
    muscle(sample, anatomy, x, z, cut);
    const sartorius =
      anatomy.fatMm +
      (anatomy.vein === 'FV' ? 6.8 : 3.2) +
      1.4 * wave +
      (cut === 'transverse' ? 0.012 * (x - anatomy.arteryAcross.x) ** 2 : 0);
    sheet(sample, z - sartorius, 0.4, -19, 0.18 * smoothNoise(x / 6, anatomy.textureX));
    const deep = anatomy.veinAcross.z + anatomy.veinAcross.b + 4.5 - 1.8 * wave + 0.06 * x;
    sheet(sample, z - deep, 0.4, -22, 0.12 * smoothNoise(x / 7, anatomy.textureX + 5));
  }
  sheet(sample, z - fascia, 0.35, -15, 0.24 * (0.35 + smoothNoise(x / 6, anatomy.textureZ)));
  bone(anatomy, cut, x, z, sample);
}

/** Behind the knee: the vessels lie in fat between two muscle bellies. */
function poplitealFossa(anatomy: LegAnatomy, cut: Cut, x: number, z: number, sample: Sample): void {
  const centre = anatomy.veinAcross.x;
  const halfWidth = 7 + 0.35 * (z - anatomy.fatMm);
  const belly = cut === 'transverse' ? abs(x - centre) - halfWidth : z - (anatomy.arteryAcross.z + 5);
  const rim = belly + 5 * (smoothNoise(x / 9 + anatomy.textureX, z / 7) - 0.5) + 1.5 * (smoothNoise(x / 3, z / 3) - 0.5);
  if (rim > 0) muscle(sample, anatomy, x, z, cut);
  else {
    fat(sample, anatomy, x, z);
    sample.level += 3;
  }
  if (cut === 'transverse') {
    sheet(sample, rim, 0.45, -20, 0.08);
    const nerve = ((x - centre + 3.5) / 3) ** 2 + ((z - anatomy.veinAcross.z + anatomy.veinAcross.b + 3.2) / 1.7) ** 2;
    if (nerve < 1) sample.level = ridgedNoise(x / 0.8, z / 0.8) > 0.6 ? -19 : -27;
  }
}

function bone(anatomy: LegAnatomy, cut: Cut, x: number, z: number, sample: Sample): void {
  if (anatomy.bone === null) return;
  const { radius } = anatomy.bone;
  const dx = x - anatomy.bone.x;
  const surface =
    cut === 'transverse'
      ? anatomy.bone.z + radius - sqrt(max(0, radius * radius - dx * dx)) + (abs(dx) > radius ? 99 : 0)
      : anatomy.bone.z + 0.05 * x + 1.2 * (smoothNoise(x / 9 + anatomy.textureX, 1) - 0.5);
  const d = z - surface;
  if (d < -1.2) return;
  if (d > 0.8) {
    sample.level = -46 - 2 * d;
    sample.specular = 0;
    sample.loss = 2.5;
    return;
  }
  sheet(sample, d, 0.45, -8, 0.7);
  sample.loss = d > 0 ? 14 : sample.loss;
}
