// In: a place in a lumen and a moment. Out: how strong spontaneous echo contrast is there: slow, amorphous, swirling backscatter.

import { roughNoise, smoothNoise } from './texture.ts';

// Taken out of the global object once: they run for every pixel.
const { max, min } = Math;

/** The contrast of one picture: its peak above plain blood in decibels (0: none), a seed place, a moment, and how stretched it is along x. */
export type EchoContrast = {
  readonly peakDb: number;
  readonly textureX: number;
  readonly textureZ: number;
  readonly momentS: number;
  readonly stretch: number;
};

/** No contrast at all. */
export const noContrast: EchoContrast = { peakDb: 0, textureX: 0, textureZ: 0, momentS: 0, stretch: 1 };

/** Decibels above plain blood at a place of the lumen (x, z in millimetres from its centre): between 0 and about the peak. */
export function contrastAt(contrast: EchoContrast, x: number, z: number): number {
  if (contrast.peakDb <= 0) return 0;
  const u = x / (2.6 * contrast.stretch) + contrast.textureX;
  const v = z / 2.2 + contrast.textureZ;
  const t = contrast.momentS * 0.35;
  const swirlX = 1.7 * (smoothNoise(u * 0.7 + t, v * 0.7) - 0.5);
  const swirlZ = 1.7 * (smoothNoise(u * 0.7 + 57, v * 0.7 - t) - 0.5);
  const cloud = roughNoise(u + swirlX + t, v + swirlZ);
  const thickness = min(1, max(0, (cloud - 0.22) * 2.1));
  return contrast.peakDb * (0.25 + 0.75 * thickness);
}
