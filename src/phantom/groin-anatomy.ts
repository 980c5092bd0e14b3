// In: side and chance. Out: the vessels of one groin as they run along the leg, and the cut through them at any level.

import type { LegAnatomy, Side, Vessel } from './leg-anatomy.ts';
import type { Random } from './random.ts';

const { max, min } = Math;

/**
 * The course of the vessels from the inguinal ligament to the thigh. Levels are millimetres along the leg, 0 at the saphenofemoral
 * junction and positive towards the knee.
 */
export type GroinAnatomy = {
  readonly side: Side;
  /** What is the same at all levels; its vessels are those at the junction. */
  readonly base: LegAnatomy;
  /** Level below which the common femoral artery has divided. */
  readonly divisionMm: number;
  /** Offset of the great saphenous vein at the junction, in half axes of the common femoral vein, and its half axes there. */
  readonly junction: { readonly x: number; readonly z: number; readonly a: number; readonly b: number };
  /** The great saphenous vein in its compartment: distance medially of the common femoral vein, depth as a share of the fat, half axes. */
  readonly saphenous: { readonly x: number; readonly depth: number; readonly a: number; readonly b: number };
  /** The femoral vein and superficial femoral artery where the vein lies behind the artery. */
  readonly distal: { readonly vein: Vessel; readonly artery: Vessel };
  /** A lymph node of the groin, or none. */
  readonly node: { readonly x: number; readonly z: number; readonly a: number; readonly b: number } | null;
};

/** What a cut at one level shows. */
export type GroinCut = {
  readonly levelMm: number;
  /** For the tissue around the vessels; `veinAcross` and `arteryAcross` are the deep vein and the main artery. */
  readonly anatomy: LegAnatomy;
  readonly deepVein: Vessel;
  readonly saphenous: Vessel | null;
  readonly arteries: readonly Vessel[];
  readonly node: GroinAnatomy['node'];
};

/** Medial is to the right of the picture on the right leg. */
const medial = (side: Side): number => (side === 'R' ? 1 : -1);

/** 0 below `from`, 1 above `to`, smooth between. */
export function ramp(value: number, from: number, to: number): number {
  const share = min(1, max(0, (value - from) / (to - from)));
  return share * share * (3 - 2 * share);
}

const between = (one: number, other: number, share: number): number => one + (other - one) * share;

const vesselBetween = (one: Vessel, other: Vessel, share: number): Vessel => ({
  x: between(one.x, other.x, share),
  z: between(one.z, other.z, share),
  a: between(one.a, other.a, share),
  b: between(one.b, other.b, share),
  tilt: between(one.tilt, other.tilt, share),
  wallMm: between(one.wallMm, other.wallMm, share),
});

/** Draws a groin: vein medial of the artery at the junction, behind it in the thigh; the great saphenous vein rises from the junction into the fat. */
export function groinAnatomy(side: Side, chance: Random): GroinAnatomy {
  const m = medial(side);
  const u = chance.uniform;
  const fatMm = 7 + 7 * u(0, 1);
  const z = fatMm + u(5, 8);
  const a = u(5, 7.2);
  const arteryWallMm = u(0.6, 0.9);
  const veinWallMm = u(0.25, 0.45);
  const artery: Vessel = { x: -m * u(4.5, 7), z, a: u(4, 5.2), b: u(3.9, 5), tilt: 0, wallMm: arteryWallMm };
  const vein: Vessel = {
    x: m * (a - 3 + u(1.5, 3.5)),
    z: z + u(0.5, 3),
    a,
    b: u(4, 5.8),
    tilt: u(-0.2, 0.2),
    wallMm: veinWallMm,
  };
  const distalArtery: Vessel = { x: -m * u(0, 3.5), z: z + u(2, 4), a: u(3, 3.8), b: u(2.9, 3.7), tilt: 0, wallMm: arteryWallMm };
  const distalB = u(3, 4.3);
  return {
    side,
    base: {
      side,
      vein: 'CFV',
      skinMm: u(1.2, 2),
      fatMm,
      veinAcross: vein,
      arteryAcross: artery,
      fatDb: u(-32, -26),
      muscleDb: u(-39, -32),
      bloodDb: u(-60, -54),
      venousOffsetDb: u(-1, 1.5),
      bone: chance.chance(0.2) ? { x: -m * u(6, 14), z: z + u(15, 20), radius: u(18, 26) } : null,
      plaque: chance.chance(0.15),
      textureX: u(0, 256),
      textureZ: u(0, 256),
      fibreSlope: u(-0.22, 0.22),
    },
    divisionMm: u(9, 16),
    junction: { x: u(0.7, 1), z: u(-1.05, -0.8), a: u(2.2, 3.3), b: u(1.9, 2.8) },
    saphenous: { x: u(3, 8), depth: u(0.55, 0.75), a: u(1.7, 2.8), b: u(1.3, 2.2) },
    distal: {
      artery: distalArtery,
      vein: {
        x: distalArtery.x + m * u(0, 4),
        z: distalArtery.z + distalArtery.b + distalB + u(0.6, 1.8),
        a: u(3.4, 5.2),
        b: distalB,
        tilt: u(-0.3, 0.3),
        wallMm: veinWallMm,
      },
    },
    node: chance.chance(0.35) ? { x: m * u(13, 20), z: fatMm * u(0.5, 0.8), a: u(3, 6), b: u(1.8, 3) } : null,
  };
}

/** The cut at a level, from about -60 (above the ligament) to 120 (mid thigh). */
export function groinCut(groin: GroinAnatomy, levelMm: number): GroinCut {
  const { base, distal, junction, saphenous } = groin;
  const m = medial(groin.side);
  // Above the ligament the iliac vessels dive into the pelvis; below, the femoral vessels dive under the sartorius.
  const dive = 6 * ramp(-levelMm, 6, 50) + 6 * ramp(levelMm, 40, 110);
  const deep = (vessel: Vessel): Vessel => ({ ...vessel, z: vessel.z + dive });
  const passed = ramp(levelMm, 6, 40);
  const divided = ramp(levelMm, groin.divisionMm - 4, groin.divisionMm + 14);
  const deepVein = deep(vesselBetween(base.veinAcross, distal.vein, passed));
  const main = deep(vesselBetween(base.arteryAcross, distal.artery, divided));
  const profunda: Vessel = { ...main, x: main.x - m * 6 * divided, z: main.z + 7 * divided, a: main.a * 0.75, b: main.b * 0.75 };
  const arteries = divided > 0.25 ? [main, profunda] : [main];
  return {
    levelMm,
    anatomy: {
      ...base,
      vein: levelMm > 45 ? 'FV' : 'CFV',
      veinAcross: deepVein,
      arteryAcross: main,
      // The tissue changes along the leg; its pattern slides through the picture as the probe does.
      textureZ: base.textureZ + 0.28 * levelMm,
    },
    deepVein,
    saphenous: saphenousAt(levelMm, deepVein),
    arteries,
    node: groin.node !== null && levelMm > -20 && levelMm < 15 ? groin.node : null,
  };

  function saphenousAt(level: number, vein: Vessel): Vessel | null {
    // Above the junction its blood is in the common femoral vein; in the thigh it leaves the picture medially.
    const grown = ramp(level, -7, -2);
    if (grown < 0.15) return null;
    const risen = ramp(level, 0, 16);
    const away = 0.55 * max(0, level - 24);
    const start = { x: vein.x + m * junction.x * vein.a, z: vein.z + junction.z * vein.b };
    const end = { x: base.veinAcross.x + m * (saphenous.x + away), z: base.fatMm * saphenous.depth };
    return {
      x: between(start.x, end.x, risen),
      z: between(start.z, end.z, risen),
      a: between(junction.a, saphenous.a, risen) * grown,
      b: between(junction.b, saphenous.b, risen) * grown,
      tilt: 0,
      wallMm: base.veinAcross.wallMm,
    };
  }
}
