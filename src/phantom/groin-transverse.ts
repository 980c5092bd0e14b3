// In: a cut through the groin, a pose, how far each vein is closed and the clot. Out: the body across the leg there, pressed or not.

import type { GroinCut } from './groin-anatomy.ts';
import type { Vessel } from './leg-anatomy.ts';
import { background } from './leg-background.ts';
import type { Pose } from './leg-transverse.ts';
import { arterialBlood, edge, wall } from './leg-vessel.ts';
import { roughNoise } from './texture.ts';
import { type Body, type Sample, sheet } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, exp, max, min, sign, sqrt } = Math;

/** A clot in the deep vein: the share of the vein's height that it fills, and its echo level in decibels. */
export type Clot = { readonly share: number; readonly levelDb: number };

/** How much of its height at rest each vein has, 0 closed to 1 open, and the clot in the deep vein. */
export type Lumina = { readonly deep: number; readonly saphenous: number; readonly clot: Clot | null };

/** Tissue above the veins gets this share thinner under full pressure. */
export const SQUEEZE = 0.2;

const CLOSED = 0.02;

type Closing = { readonly vessel: Vessel; readonly open: number; readonly widened: number; readonly reach: number };

const closing = (vessel: Vessel, open: number): Closing => ({
  vessel,
  open: max(CLOSED, open),
  widened: vessel.a * (1 + 0.18 * (1 - max(CLOSED, open))),
  reach: max(7, 2.2 * vessel.b),
});

/** Depth at rest of what is seen at depth z; tissue above and below follows the walls, less with distance. */
function depthAtRest({ vessel, open, widened, reach }: Closing, x: number, z: number): number {
  const dx = ((x - vessel.x) * vessel.a) / widened;
  const dz = z - vessel.z;
  const profile = sqrt(max(0, 1 - (dx / vessel.a) ** 2));
  if (profile === 0) return z;
  const half = vessel.b * open * profile;
  const far = abs(dz);
  if (far < half) return vessel.z + dz / open;
  return vessel.z + dz + sign(dz) * vessel.b * (1 - open) * profile * exp(-(far - half) / reach);
}

function node(sample: Sample, place: NonNullable<GroinCut['node']>, dx: number, dz: number): void {
  const radius = sqrt((dx / place.a) ** 2 + (dz / place.b) ** 2);
  if (radius > 1) return;
  sample.level = radius < 0.5 ? -24 : -43;
  sample.specular = 0;
  if (radius > 0.92) sample.level = -27;
}

/** The body across the groin. Lengths are millimetres, x positive to the right of the picture, z below the skin. */
export function groinBody(cut: GroinCut, pose: Pose, lumina: Lumina): Body {
  const squeeze = 1 - SQUEEZE * pose.compression;
  const { anatomy, arteries } = cut;
  const seed = anatomy.textureX;
  const deep = closing(cut.deepVein, lumina.deep);
  const saphenous = cut.saphenous === null ? null : closing(cut.saphenous, lumina.saphenous);
  const flow = pose.momentS * 40;
  const { clot } = lumina;

  const distanceTo = ({ vessel, widened }: Closing, x: number, z: number, salt: number): number => {
    const dx = ((x - vessel.x) * vessel.a) / widened;
    const dz = z - vessel.z;
    return abs(dx) < vessel.a + 3 && abs(dz) < vessel.b + 3 ? edge(vessel, seed + salt, dx, dz) : 9;
  };

  const blood = (sample: Sample, x: number, z: number, open: number): void => {
    sample.level = anatomy.bloodDb + anatomy.venousOffsetDb;
    sample.specular = 0;
    sample.loss = -0.42;
    sample.restX = x + flow * 0.3;
    sample.restZ = z + flow;
    // Walls that touch are one bright line.
    if (open < 0.25) sample.level = max(sample.level, -32);
  };

  return (x, z, sample) => {
    const x0 = x - pose.shiftMm;
    const z1 = (z - pose.liftMm * min(1, z / 6)) / squeeze;
    const z2 = depthAtRest(deep, x0, z1);
    const z0 = saphenous === null ? z2 : depthAtRest(saphenous, x0, z2);
    background(anatomy, 'transverse', x0, z0, sample);
    if (cut.node !== null) node(sample, cut.node, x0 - cut.node.x, z0 - cut.node.z);
    if (cut.saphenous !== null && cut.levelMm > 8) {
      // The saphenous fascia above the vein and the muscle's below it close the compartment that looks like an eye.
      const dx = x0 - cut.saphenous.x;
      sheet(sample, z0 - (cut.saphenous.z - cut.saphenous.b - 1.1 + 0.045 * dx * dx), 0.26, abs(dx) < 9 ? -19 : -40, 0.08);
    }
    const toDeep = distanceTo(deep, x0, z2, 0);
    const toSaphenous = saphenous === null ? 9 : distanceTo(saphenous, x0, z0, 11);
    if (toDeep < 0 || toSaphenous < 0) {
      blood(sample, x0, z0, toDeep < 0 ? deep.open : (saphenous?.open ?? 1));
      if (toDeep < 0 && clot !== null) thrombus(sample, x0, z1, z0);
      return;
    }
    for (const [n, artery] of arteries.entries()) {
      const adx = x0 - artery.x;
      const adz = z0 - artery.z;
      if (abs(adx) >= artery.a + 3 || abs(adz) >= artery.b + 3) continue;
      const d = edge(artery, seed + 40 + n, adx, adz);
      if (d < 0) {
        arterialBlood(sample, anatomy, artery, { x: x0, z: z0, dz: adz, flow });
        return;
      }
      if (d < artery.wallMm + 1.6) wall(sample, artery, d, adx, adz, true);
    }
    const { vessel } = deep;
    if (toDeep < vessel.wallMm + 1.6) wall(sample, vessel, toDeep, x0 - vessel.x, z2 - vessel.z, false);
    else if (cut.saphenous !== null && toSaphenous < cut.saphenous.wallMm + 1.6)
      wall(sample, cut.saphenous, toSaphenous, x0 - cut.saphenous.x, z0 - cut.saphenous.z, false);
  };

  /** The clot keeps its height while the free lumen beside it is pressed away, so it is measured in the picture, not at rest. */
  function thrombus(sample: Sample, x: number, shownZ: number, restZ: number): void {
    if (clot === null) return;
    const { vessel } = deep;
    const radius = ((x - vessel.x) / (vessel.a * sqrt(clot.share))) ** 2 + ((shownZ - vessel.z) / (vessel.b * clot.share)) ** 2;
    if (radius > 1) return;
    sample.level = clot.levelDb + 9 * (roughNoise(x / 1.6 + seed, restZ / 1.3 + seed) - 0.5);
    sample.loss = 0.1;
    sample.restX = x;
    sample.restZ = restZ;
  }
}
