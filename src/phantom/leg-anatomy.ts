// In: side, vein and chance. Out: the anatomy of one place of one leg: all that stays the same while pictures of it are taken.

import type { Random } from './random.ts';

export type Side = 'L' | 'R';
/** Common femoral, femoral and popliteal vein. */
export type Vein = 'CFV' | 'FV' | 'POP';

export const veins: readonly Vein[] = ['CFV', 'FV', 'POP'];

/** A vessel cut across: centre and half axes in millimetres at rest. x is positive to the right of the picture. */
export type Vessel = {
  readonly x: number;
  readonly z: number;
  readonly a: number;
  readonly b: number;
  readonly tilt: number;
  readonly wallMm: number;
};

export type LegAnatomy = {
  readonly side: Side;
  readonly vein: Vein;
  readonly skinMm: number;
  readonly fatMm: number;
  readonly veinAcross: Vessel;
  readonly arteryAcross: Vessel;
  /** Echo levels, decibels. Blood is that of the artery; vein blood without contrast is a little different. */
  readonly fatDb: number;
  readonly muscleDb: number;
  readonly bloodDb: number;
  readonly venousOffsetDb: number;
  /** Depth and lateral place of the bone's surface, if it is within reach; its radius of curvature. */
  readonly bone: { readonly x: number; readonly z: number; readonly radius: number } | null;
  /** A plaque in the artery's far wall, or none. */
  readonly plaque: boolean;
  /** Where in the noise plane the texture of this leg lies. */
  readonly textureX: number;
  readonly textureZ: number;
  /** Slope of muscle fibres along the leg. */
  readonly fibreSlope: number;
};

/** Medial is to the right of the picture on the right leg: the picture's left is the patient's right. */
const medial = (side: Side): number => (side === 'R' ? 1 : -1);

/** Draws the anatomy of one vein section. Vein medial of the artery (CFV), deep to it (FV), superficial to it (POP). */
export function legAnatomy(side: Side, vein: Vein, chance: Random): LegAnatomy {
  const m = medial(side);
  const u = chance.uniform;
  const habitus = u(0, 1);
  const common = {
    side,
    vein,
    skinMm: u(1.2, 2),
    fatDb: u(-32, -26),
    muscleDb: u(-39, -32),
    bloodDb: u(-60, -54),
    venousOffsetDb: u(-1, 1.5),
    plaque: chance.chance(0.15),
    textureX: u(0, 256),
    textureZ: u(0, 256),
    fibreSlope: u(-0.22, 0.22),
  };
  if (vein === 'CFV') {
    const fatMm = 5 + 9 * habitus + u(-1, 1);
    const z = fatMm + u(5, 8);
    const artery = { x: -m * u(4.5, 7), z, a: u(4, 5.2), b: u(3.9, 5), tilt: 0, wallMm: u(0.6, 0.9) };
    const a = u(5, 7.2);
    return {
      ...common,
      fatMm,
      arteryAcross: artery,
      veinAcross: { x: m * (a - 3 + u(1.5, 3.5)), z: z + u(0.5, 3), a, b: u(4, 5.8), tilt: u(-0.2, 0.2), wallMm: u(0.25, 0.45) },
      bone: chance.chance(0.25) ? { x: -m * u(6, 14), z: z + u(15, 20), radius: u(18, 26) } : null,
    };
  }
  if (vein === 'FV') {
    const fatMm = 4 + 8 * habitus + u(-1, 1);
    const z = fatMm + u(9, 13);
    const artery = { x: u(-3, 3), z, a: u(2.9, 3.7), b: u(2.9, 3.6), tilt: 0, wallMm: u(0.6, 0.9) };
    const b = u(2.9, 4.2);
    return {
      ...common,
      fatMm,
      arteryAcross: artery,
      veinAcross: {
        x: artery.x + m * u(0, 4),
        z: z + artery.b + b + u(0.6, 1.8),
        a: u(3.4, 5.2),
        b,
        tilt: u(-0.3, 0.3),
        wallMm: u(0.25, 0.45),
      },
      bone: chance.chance(0.45) ? { x: -m * u(4, 13), z: z + u(17, 23), radius: u(10, 14) } : null,
    };
  }
  const fatMm = 6 + 8 * habitus + u(-1, 1);
  const b = u(2.8, 4);
  const z = fatMm + u(7, 12);
  const artery = { x: u(-3, 3), z: z + b + u(3.6, 5.2), a: u(2.6, 3.4), b: u(2.6, 3.3), tilt: 0, wallMm: u(0.6, 0.9) };
  return {
    ...common,
    fatMm,
    arteryAcross: artery,
    veinAcross: { x: artery.x + m * u(-2, 2.5), z, a: u(3.4, 5.2), b, tilt: u(-0.3, 0.3), wallMm: u(0.3, 0.5) },
    bone: chance.chance(0.85) ? { x: u(-6, 6), z: artery.z + u(7, 12), radius: u(22, 45) } : null,
  };
}
