// In: an anatomy, a pose and the state of the vein. Out: the body cut across the leg, with vein and artery, pressed or not.

import { contrastAt, type EchoContrast } from './blood.ts';
import type { LegAnatomy } from './leg-anatomy.ts';
import { background } from './leg-background.ts';
import { arterialBlood, edge, wall } from './leg-vessel.ts';
import type { Body } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, exp, max, min, sign, sqrt } = Math;

/** Where the probe is (millimetres from the middle of the anatomy) and how hard it presses, 0 to 1. */
export type Pose = { readonly shiftMm: number; readonly liftMm: number; readonly compression: number; readonly momentS: number };

/** The body across the leg. Compression 1 closes the vein and leaves the artery nearly round. */
export function transverseBody(anatomy: LegAnatomy, pose: Pose, contrast: EchoContrast): Body {
  const squeeze = 1 - 0.2 * pose.compression;
  const { veinAcross: vein, arteryAcross: artery } = anatomy;
  const open = max(0.02, 1 - pose.compression * 1.02);
  const closed = vein.b * (1 - open);
  const reach = max(7, 2.2 * vein.b);
  const widened = vein.a * (1 + 0.18 * (1 - open));
  const seed = anatomy.textureX;
  const flow = pose.momentS * 40;
  return (x, z, sample) => {
    const x0 = x - pose.shiftMm;
    const z1 = (z - pose.liftMm * min(1, z / 6)) / squeeze;
    const dx = ((x0 - vein.x) * vein.a) / widened;
    const dz = z1 - vein.z;
    const profile = sqrt(max(0, 1 - (dx / vein.a) ** 2));
    const half = vein.b * open * profile;
    const far = abs(dz);
    let rest = dz;
    if (profile > 0) {
      if (far < half) rest = dz / open;
      else rest = dz + sign(dz) * closed * profile * exp(-(far - half) / reach);
    }
    const z0 = vein.z + rest;
    background(anatomy, 'transverse', x0, z0, sample);

    const adx = x0 - artery.x;
    const adz = z0 - artery.z;
    const toArtery = abs(adx) < artery.a + 3 && abs(adz) < artery.b + 3 ? edge(artery, seed + 40, adx, adz) : 9;
    const toVein = abs(dx) < vein.a + 3 && abs(rest) < vein.b + 3 ? edge(vein, seed, dx, rest) : 9;
    if (toVein < 0) {
      sample.level = anatomy.bloodDb + anatomy.venousOffsetDb + contrastAt(contrast, dx, rest);
      sample.specular = 0;
      sample.loss = -0.42;
      sample.restX = x0 + flow * 0.3;
      sample.restZ = z0 + flow;
      if (open < 0.25) sample.level = max(sample.level, -32);
    } else if (toArtery < 0) {
      arterialBlood(sample, anatomy, artery, { x: x0, z: z0, dz: adz, flow });
    } else {
      if (toArtery < artery.wallMm + 1.6) wall(sample, artery, toArtery, adx, adz, true);
      if (toVein < vein.wallMm + 1.6 && toArtery > artery.wallMm) wall(sample, vein, toVein, dx, rest, false);
    }
  };
}
