// In: a place above the pleura. Out: the echoes of skin, fat and muscle there, and of the ribs.

import type { LungAnatomy, Rib } from './lung-anatomy.ts';
import { ridgedNoise, roughNoise, smoothNoise } from './texture.ts';
import { type Sample, sheet } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, max, min, sqrt } = Math;

/** Fills the sample with the soft wall at depth r of a beam whose pleura is at `pleuraMm`: layers lie between skin and pleura in proportion. */
export function chestWall(anatomy: LungAnatomy, u: number, r: number, pleuraMm: number, sample: Sample): void {
  sample.specular = 0;
  sample.loss = 0.05;
  if (r < anatomy.skinMm) {
    sample.level = r < 0.5 ? -14 : -24;
    sheet(sample, r - anatomy.skinMm, 0.3, -17, 0.12);
    return;
  }
  const z = (r / pleuraMm) * anatomy.pleuraMm;
  const a = u + anatomy.textureU;
  const b = z + anatomy.textureZ;
  const fascia = anatomy.skinMm + anatomy.fatShare * (anatomy.pleuraMm - anatomy.skinMm) + 2 * (smoothNoise(a / 16, 5.5) - 0.5);
  if (z < fascia) {
    const lobule = roughNoise(a / 6.5, b / 2.6);
    sample.level = anatomy.fatDb - 3 + 17 * (lobule - 0.5);
    const septum = ridgedNoise(a / 15 + 9, b / 1.9 + 0.9 * smoothNoise(a / 6, b / 4));
    if (septum > 0.84) {
      const strength = (septum - 0.84) / 0.16;
      sample.level += 15 * strength * smoothNoise(a / 9, b / 2 + 50);
      sample.specular = 0.16 * strength * smoothNoise(a / 4, b / 2);
    }
  } else {
    const belly = smoothNoise(a / 14 + 40, b / 5);
    const fibre = ridgedNoise(a / 19, b / 1.25 + 1.2 * smoothNoise(a / 12, b / 4) + 0.03 * a);
    sample.level = anatomy.muscleDb + 13 * (belly - 0.5) + 7 * (roughNoise(a / 2.4, b / 1.3) - 0.5);
    if (fibre > 0.74) {
      const strength = (fibre - 0.74) / 0.26;
      const here = smoothNoise(a / 8, b / 1.5);
      sample.level += 20 * strength * here;
      sample.specular = 0.26 * strength * here * here;
    }
    // Intercostal muscle is darker, with a thin bright sheet on it.
    const toPleura = anatomy.pleuraMm - z;
    if (toPleura < 5) sample.level -= 4 * (1 - abs(toPleura - 2.2) / 2.8);
    sheet(sample, toPleura - 5 - 1.5 * (smoothNoise(a / 12, 8.5) - 0.5), 0.35, -20, 0.12 * smoothNoise(a / 6, 2.2));
  }
  sheet(sample, z - fascia, 0.4, -15, 0.22 * (0.3 + smoothNoise(a / 7, 3.1)));
}

/** A rib on one beam: depth of its surface above the pleura, and how much of the beam it stops, 0 at its rim to 1. */
export function ribAt(rib: Rib, u: number): { readonly abovePleuraMm: number; readonly stop: number } | null {
  const share = abs(u - rib.u) / rib.halfMm;
  if (share >= 1.15) return null;
  const drop = 3.4 * (1 - sqrt(max(0, 1 - min(1, share * share))));
  return { abovePleuraMm: rib.abovePleuraMm - drop, stop: min(1, (1.15 - share) / 0.4) };
}

/** A place on a rib; `rimMm` is the thickness of its bright surface. */
type OnBone = { readonly u: number; readonly stop: number; readonly shadowDb: number; readonly rimMm: number };

/** Bone at `d` millimetres below its surface: a bright rim, then shadow filled with faint reverberation. Above the rim it leaves the sample as it is. */
export function bone(sample: Sample, d: number, { u, stop, shadowDb, rimMm }: OnBone): void {
  if (d < -1.4) return;
  if (stop < 1) {
    if (d < 1.4) sheet(sample, d, rimMm, -11 - 14 * (1 - stop), 0.3 * stop);
    if (d > 0 && d < 3) sample.loss += 7 * stop;
    return;
  }
  if (d > 1) {
    sample.level = shadowDb - 0.06 * d + 9 * (roughNoise(u / 9, d / 3.5) - 0.5);
    sample.specular = 0;
    sample.loss = 0;
    return;
  }
  sheet(sample, d, rimMm, -7, 0.45);
}
