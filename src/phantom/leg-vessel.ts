// In: a vessel cut across and a place beside its centre. Out: how far its edge is, and the echoes of its wall and sheath.

import type { LegAnatomy, Vessel } from './leg-anatomy.ts';
import { smoothNoise } from './texture.ts';
import type { Sample } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, min, sqrt } = Math;

/** Signed distance to a vessel's edge in millimetres, negative in the lumen. dx and dz are millimetres from its centre. */
export function edge(vessel: Vessel, seed: number, dx: number, dz: number): number {
  const turned = dx + dz * vessel.tilt;
  const height = dz - dx * vessel.tilt;
  const radius = sqrt((turned / vessel.a) ** 2 + (height / vessel.b) ** 2);
  const uneven =
    1 +
    0.16 *
      (smoothNoise(seed + 2 + (1.4 * turned) / (vessel.a * (radius + 0.2)), seed + (1.4 * height) / (vessel.b * (radius + 0.2))) -
        0.5);
  return (radius - uneven) * min(vessel.a, vessel.b);
}

/** Echoes of the wall (`d` below its thickness) or of the sheath around it, brighter where the beam meets the wall at a right angle. */
export function wall(sample: Sample, vessel: Vessel, d: number, dx: number, dz: number, artery: boolean): void {
  const facing = abs(dz / vessel.b) / (sqrt((dx / vessel.a) ** 2 + (dz / vessel.b) ** 2) + 1e-6);
  if (d < vessel.wallMm) {
    const middle = artery ? abs(d - vessel.wallMm * 0.5) / vessel.wallMm : 0;
    sample.level = (artery ? -19 : -24) - 6 * (1 - facing) - (artery ? 3 * (0.5 - middle) : 0);
    sample.specular = (artery ? 0.3 : 0.2) * facing ** 5;
    // Rays that graze the wall are bent away: the edge shadows beside the vessel.
    if (facing < 0.3) sample.loss = 1.1;
  } else {
    const sheath = 1 - (d - vessel.wallMm) / 1.6;
    sample.level += 7 * sheath * sheath;
  }
}

/** Arterial blood at a place at rest; `dz` is its depth below the artery's centre, `flow` how far blood has come since the first moment. */
export function arterialBlood(
  sample: Sample,
  { bloodDb, plaque }: LegAnatomy,
  artery: Vessel,
  at: { readonly x: number; readonly z: number; readonly dz: number; readonly flow: number },
): void {
  sample.level = bloodDb;
  sample.specular = 0;
  sample.loss = -0.42;
  sample.restX = at.x - at.flow;
  sample.restZ = at.z + at.flow * 0.4;
  if (plaque && at.dz > artery.b * 0.45) {
    sample.level = -20;
    sample.loss = 0.5;
  }
}
