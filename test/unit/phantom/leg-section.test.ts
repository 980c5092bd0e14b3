// Vein sections as simulated: their plans, and what the pictures show in numbers.

import { describe, expect, test } from '@jest/globals';
import { type Keyframe, keyframePicture, legSection, type Section } from '../../../src/phantom/leg-section.ts';
import { drawProbe } from '../../../src/phantom/probe.ts';
import { randomFrom } from '../../../src/phantom/random.ts';
import type { GreyPicture } from '../../../src/phantom/speckle.ts';

const size = { rows: 209, columns: 289 };
const probe = { ...drawProbe('alpha', randomFrom(3, 'probe')), gainDb: 2, smoothing: 0.3 };
const take = (section: Section, keyframe: Keyframe): GreyPicture => keyframePicture(section, keyframe, { probe, size });

/** Mean grey of a disc of `radiusMm` around a place of the body, pressed as the keyframe is. */
function meanAt(
  picture: GreyPicture,
  keyframe: Keyframe,
  place: { readonly x: number; readonly z: number; readonly radiusMm: number },
): number {
  const pixelMm = keyframe.depthMm / picture.rows;
  const centreX = (place.x + keyframe.pose.shiftMm) / pixelMm + picture.columns / 2;
  const centreZ = (place.z * (1 - 0.2 * keyframe.pose.compression) + keyframe.pose.liftMm) / pixelMm;
  const reach = place.radiusMm / pixelMm;
  let sum = 0;
  let count = 0;
  for (let row = Math.ceil(centreZ - reach); row <= centreZ + reach; row++) {
    for (let column = Math.ceil(centreX - reach); column <= centreX + reach; column++) {
      if ((row - centreZ) ** 2 + (column - centreX) ** 2 > reach ** 2) continue;
      sum += picture.pixels[row * picture.columns + column] ?? 0;
      count++;
    }
  }
  return sum / count;
}

const lumens = (section: Section, keyframe: Keyframe): { readonly vein: number; readonly artery: number } => {
  const picture = take(section, keyframe);
  const { veinAcross: vein, arteryAcross: artery } = section.anatomy;
  return {
    vein: meanAt(picture, keyframe, { x: vein.x, z: vein.z, radiusMm: 1.3 }),
    artery: meanAt(picture, keyframe, { x: artery.x, z: artery.z, radiusMm: 1.3 }),
  };
};

const seeds = Array.from({ length: 40 }, (_, i) => i + 1);

describe('a simulated vein section', () => {
  test('is the same for the same seed and another for another', () => {
    const pictures = [5, 5, 6].map((seed) => {
      const section = legSection({ seed, vein: 'FV' });
      const first = section.keyframes[0];
      if (first === undefined) throw new Error('no keyframe');
      return Buffer.from(take(section, first).pixels).toString('base64');
    });
    expect(pictures[0]).toBe(pictures[1]);
    expect(pictures[0]).not.toBe(pictures[2]);
  });

  test('has witnesses only where the vein is open, one to three of them if contrast is present and none if it is absent', () => {
    for (const seed of seeds) {
      const section = legSection({ seed });
      const witnesses = section.keyframes.filter((keyframe) => keyframe.witness);
      expect(witnesses.length).toBeLessThanOrEqual(section.grade === 'absent' ? 0 : 3);
      expect(witnesses.length).toBeGreaterThanOrEqual(section.grade === 'absent' ? 0 : 1);
      expect(witnesses.every((keyframe) => keyframe.compression !== 'with')).toBe(true);
    }
  });

  test('keeps the vein deep to the artery in the thigh and superficial to it behind the knee', () => {
    for (const seed of seeds) {
      const thigh = legSection({ seed, vein: 'FV' }).anatomy;
      const knee = legSection({ seed, vein: 'POP' }).anatomy;
      expect(thigh.veinAcross.z).toBeGreaterThan(thigh.arteryAcross.z);
      expect(knee.veinAcross.z).toBeLessThan(knee.arteryAcross.z);
    }
  });

  test('keeps the common femoral vein medial: to the right of the artery on the right leg, to the left on the left', () => {
    for (const seed of seeds) {
      const right = legSection({ seed, vein: 'CFV', side: 'R' }).anatomy;
      const left = legSection({ seed, vein: 'CFV', side: 'L' }).anatomy;
      expect(right.veinAcross.x).toBeGreaterThan(right.arteryAcross.x);
      expect(left.veinAcross.x).toBeLessThan(left.arteryAcross.x);
    }
  });

  test('shows contrast as a vein brighter than the artery, and no contrast as a vein about as dark', () => {
    let brighter = 0;
    let alike = 0;
    for (const seed of seeds.slice(0, 12)) {
      const marked = legSection({ seed, vein: 'FV', grade: 'marked', keyframes: 8 });
      const absent = legSection({ seed, vein: 'FV', grade: 'absent' });
      const plain = absent.keyframes.find((keyframe) => keyframe.compression === 'without');
      const witness = marked.keyframes.find((keyframe) => keyframe.witness && keyframe.orientation === 'transverse');
      const dark = plain === undefined ? null : lumens(absent, plain);
      const smoke = witness === undefined ? null : lumens(marked, witness);
      if (dark !== null && Math.abs(dark.vein - dark.artery) < 14) alike++;
      if (smoke === null || smoke.vein > smoke.artery + 5) brighter++;
    }
    expect(brighter).toBeGreaterThanOrEqual(11);
    expect(alike).toBeGreaterThanOrEqual(10);
  });

  test('loses the dark lumen of the vein under compression and keeps that of the artery', () => {
    let closed = 0;
    for (const seed of seeds.slice(0, 8)) {
      const section = legSection({ seed, vein: 'POP', grade: 'absent' });
      const pressed = section.keyframes.find((keyframe) => keyframe.compression === 'with');
      if (pressed === undefined) throw new Error('every section has a keyframe with compression');
      const { vein, artery } = lumens(section, pressed);
      if (vein > artery + 20) closed++;
    }
    expect(closed).toBeGreaterThanOrEqual(7);
  });

  test('has Rayleigh speckle in even tissue: the envelope has a mean 1.91 times its deviation', async () => {
    const { picture } = await import('../../../src/phantom/speckle.ts');
    const { tissueMap } = await import('../../../src/phantom/tissue.ts');
    const grid = { rows: 240, columns: 240, pixelMm: 0.1, originColumn: 120 };
    const even = tissueMap((x, z, sample) => {
      Object.assign(sample, { level: -30, specular: 0, loss: 0, restX: x, restZ: z });
    }, grid);
    const plain = {
      ...probe,
      looks: 1,
      smoothing: 0,
      gamma: 1,
      gainDb: 0,
      residualLossDb: 0,
      noiseDb: -200,
      clutterDb: -200,
      dynamicRangeDb: 100,
      widthMm: 99,
    };
    const grey = picture(even, plain, { scattererSeed: 1, electronicSeed: 1, reverberationMm: 3 });
    const envelope = Array.from(grey.pixels.slice(240 * 40, 240 * 200), (level) => 10 ** (((level / 255 - 1) * 100) / 20));
    const mean = envelope.reduce((sum, value) => sum + value, 0) / envelope.length;
    const deviation = Math.sqrt(envelope.reduce((sum, value) => sum + (value - mean) ** 2, 0) / envelope.length);
    expect(mean / deviation).toBeGreaterThan(1.75);
    expect(mean / deviation).toBeLessThan(2.05);
  });
});
