// In: chance. Out: the heart and chest of one patient: all that stays the same from view to view and from beat to beat.

import type { VentricleShape } from './heart-ventricle.ts';
import type { Random } from './random.ts';

/** Millimetres and decibels (against the brightest reflector). */
export type HeartAnatomy = {
  readonly ventricle: VentricleShape;
  readonly atriumRadiusMm: number;
  readonly atriumLengthMm: number;
  readonly rightRadiusMm: number;
  readonly rightWallMm: number;
  readonly aorticRadiusMm: number;
  readonly bloodDb: number;
  readonly muscleDb: number;
  readonly valveDb: number;
  readonly pericardiumDb: number;
  readonly lungDb: number;
  /** Chest wall between probe and heart. */
  readonly chestMm: number;
  /** Level of near-field reverberation just below the chest wall. */
  readonly hazeDb: number;
  /** Where in the noise plane this patient's texture lies. */
  readonly textureX: number;
  readonly textureZ: number;
};

/** Draws a patient. Sizes are those of adult hearts (Lang et al., JASE 2015;28:1), rounded. */
export function drawHeartAnatomy(chance: Random): HeartAnatomy {
  const u = chance.uniform;
  const size = u(0.92, 1.1);
  return {
    ventricle: {
      lengthMm: u(79, 89) * size,
      radiusMm: u(22, 25.5) * size,
      wallMm: u(8.2, 11),
      annulusShare: u(0.74, 0.82),
      narrowing: u(0.29, 0.37),
      thickening: u(0.34, 0.5),
      shortening: u(0.14, 0.19),
      texture: u(0, 200),
    },
    atriumRadiusMm: u(17.5, 21) * size,
    atriumLengthMm: u(43, 52) * size,
    rightRadiusMm: u(17, 21.5) * size,
    rightWallMm: u(3.4, 4.8),
    aorticRadiusMm: u(13, 16) * size,
    bloodDb: u(-60, -52),
    muscleDb: u(-37, -31),
    valveDb: u(-24, -18),
    pericardiumDb: u(-19, -13),
    lungDb: u(-40, -33),
    chestMm: u(13, 20),
    hazeDb: u(-38, -27),
    textureX: u(0, 256),
    textureZ: u(0, 256),
  };
}
