// In: an anatomy, a pose and the state of the vein. Out: the body cut along the leg: the vein as a band, often with the artery beside it.

import { contrastAt, type EchoContrast } from './blood.ts';
import type { LegAnatomy } from './leg-anatomy.ts';
import { background } from './leg-background.ts';
import type { Pose } from './leg-transverse.ts';
import type { Random } from './random.ts';
import { smoothNoise } from './texture.ts';
import type { Body, Sample } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, exp, max, min } = Math;

/** How the plane lies along the leg: slope of the vessels, how central the cut is, whether the artery is in the plane, a valve. */
export type Plane = {
  readonly slope: number;
  readonly bow: number;
  readonly central: number;
  readonly arteryToo: boolean;
  readonly valveX: number | null;
};

/** Draws a plane along the leg. */
export function longitudinalPlane(anatomy: LegAnatomy, chance: Random): Plane {
  const beside = anatomy.vein === 'CFV' ? 0.25 : 0.6;
  return {
    slope: chance.uniform(-0.13, 0.13),
    bow: chance.uniform(-0.004, 0.004),
    central: chance.uniform(0.85, 1),
    arteryToo: chance.chance(beside),
    valveX: chance.chance(0.2) ? chance.uniform(-12, 12) : null,
  };
}

function band(sample: Sample, d: number, wallMm: number, artery: boolean): void {
  if (d < wallMm) {
    sample.level = artery ? -17 : -22;
    sample.specular = (artery ? 0.36 : 0.26) * exp(-(((d - wallMm * 0.5) / (wallMm * 0.45)) ** 2));
  } else {
    const sheath = 1 - (d - wallMm) / 1.5;
    sample.level += 6 * sheath * sheath;
  }
}

/** The body along the leg. */
export function longitudinalBody(
  anatomy: LegAnatomy,
  plane: Plane,
  view: { readonly pose: Pose; readonly contrast: EchoContrast },
): Body {
  const { pose, contrast } = view;
  const { veinAcross: vein, arteryAcross: artery } = anatomy;
  const arteryAbove = artery.z < vein.z;
  const arteryHalf = artery.b * plane.central;
  // On the common femoral level the vessels lie side by side: an oblique plane that holds both shows the artery above.
  const gap = max(vein.b * plane.central + arteryHalf + 1.6, abs(artery.z - vein.z));
  const arteryZ = vein.z + (arteryAbove ? -gap : gap);
  const withArtery = plane.arteryToo && arteryZ - arteryHalf > anatomy.skinMm + 3;
  const flow = pose.momentS * 40;
  return (x, z, sample) => {
    const x0 = x - pose.shiftMm;
    const z0 = z - pose.liftMm * min(1, z / 6);
    background(anatomy, 'longitudinal', x0, z0, sample);
    const lie = plane.slope * x0 + plane.bow * x0 * x0;
    const breath = 1 + 0.1 * (smoothNoise(x0 / 9 + anatomy.textureX, 7) - 0.5);
    const dz = z0 - vein.z - lie;
    const toVein = abs(dz) - vein.b * plane.central * breath;
    const adz = z0 - arteryZ - lie * 0.9;
    const toArtery = withArtery ? abs(adz) - arteryHalf * (1 + 0.05 * (smoothNoise(x0 / 12, 4) - 0.5)) : 99;
    if (toVein < 0) {
      sample.level = anatomy.bloodDb + anatomy.venousOffsetDb + contrastAt(contrast, x0, dz);
      sample.specular = 0;
      sample.loss = -0.4;
      sample.restX = x0 + flow;
      sample.restZ = z0 + flow * 0.3;
      if (plane.valveX !== null) {
        const leaf = abs(x0 - plane.valveX - 0.9 * (vein.b - abs(dz)));
        if (leaf < 0.3 && abs(dz) > vein.b * 0.25) sample.level = -27;
      }
    } else if (toArtery < 0) {
      sample.level = anatomy.bloodDb;
      sample.specular = 0;
      sample.loss = -0.4;
      sample.restX = x0 - flow * 2;
      sample.restZ = z0;
    } else {
      if (toArtery < artery.wallMm + 1.5) band(sample, toArtery, artery.wallMm, true);
      if (toVein < vein.wallMm + 1.5 && toArtery > artery.wallMm) band(sample, toVein, vein.wallMm * 1.4, false);
    }
  };
}
