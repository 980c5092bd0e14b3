import { describe, expect, test } from '@jest/globals';
import {
  CLOSED_BELOW,
  type CompressionWish,
  compressionCine,
  compressionPicture,
} from '../../../src/phantom/compression-cine.ts';
import { dvtStudy } from '../../../src/phantom/dvt-study.ts';
import { enlarged } from '../../../src/phantom/enlarge.ts';
import { groinAnatomy, groinCut } from '../../../src/phantom/groin-anatomy.ts';
import { drawProbe } from '../../../src/phantom/probe.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const areas = (wish: Omit<CompressionWish, 'seed'>) =>
  [1, 2, 3, 4, 5].map((seed) => {
    const shares = compressionCine({ seed, ...wish }).moments.flatMap(({ truth }) => truth.openShare ?? []);
    return { first: shares[0] ?? 0, least: Math.min(...shares), last: shares.at(-1) ?? 0 };
  });

describe('a compression cine', () => {
  test('closes a healthy vein and opens it again', () => {
    for (const { first, least, last } of areas({ route: 'LM1', compressibility: 'full', pressing: 'full' })) {
      expect(first).toBeGreaterThan(0.8);
      expect(least).toBeLessThan(CLOSED_BELOW / 2);
      expect(last).toBeGreaterThan(0.8);
    }
  });

  test('does not close a vein with a clot, nor one that is hardly pressed', () => {
    for (const { least } of areas({ route: 'LM1', compressibility: 'partial', pressing: 'full' })) {
      expect(least).toBeGreaterThan(CLOSED_BELOW);
      expect(least).toBeLessThan(0.65);
    }
    for (const { least } of areas({ route: 'LM2', compressibility: 'none', pressing: 'full' }))
      expect(least).toBeGreaterThan(0.65);
    for (const { least } of areas({ route: 'LM1', compressibility: 'full', pressing: 'light' }))
      expect(least).toBeGreaterThan(CLOSED_BELOW);
  });

  test('passes both landmarks on a sweep, with background before, between and after', () => {
    const { moments } = compressionCine({ seed: 8, route: 'sweep' });
    const places = moments.map(({ truth }) => truth.landmark).filter((place, at, all) => place !== all[at - 1]);
    expect(places).toEqual(['background', 'LM1', 'background', 'LM2', 'background']);
  });

  test('shows no landmark elsewhere on the leg', () => {
    for (const route of ['thigh', 'iliac', 'lateral', 'popliteal'] as const) {
      const { moments } = compressionCine({ seed: 9, route });
      expect(new Set(moments.map(({ truth }) => truth.landmark))).toEqual(new Set(['background']));
    }
  });

  test('is the same for the same seed, to the pixel', () => {
    const probe = drawProbe('gamma', randomFrom(1));
    const shot = () => compressionPicture(compressionCine({ seed: 5 }), 20, { probe, size: { rows: 60, columns: 80 } }).pixels;
    expect(shot()).toEqual(shot());
  });
});

test('the great saphenous vein joins at the junction and lies in the fat below it', () => {
  const groin = groinAnatomy('R', randomFrom(3));
  expect(groinCut(groin, -20).saphenous).toBeNull();
  const [junction, below] = [groinCut(groin, 0), groinCut(groin, 25)];
  const distance = (cut: typeof junction): number =>
    Math.hypot((cut.saphenous?.x ?? 99) - cut.deepVein.x, (cut.saphenous?.z ?? 99) - cut.deepVein.z);
  expect(distance(junction)).toBeLessThan(junction.deepVein.a + (junction.saphenous?.a ?? 0));
  expect(distance(below)).toBeGreaterThan(distance(junction));
  expect(below.saphenous?.z).toBeLessThan(groin.base.fatMm);
  expect([junction.arteries.length, groinCut(groin, 40).arteries.length]).toEqual([1, 2]);
});

test('a picture twice its size averages back to itself', () => {
  const pixels = Uint8Array.from({ length: 48 }, (_, i) => 100 + 3 * (i % 8) + 5 * Math.floor(i / 8));
  const large = enlarged({ rows: 6, columns: 8, pixels });
  expect([large.rows, large.columns]).toEqual([12, 16]);
  const middle = [4, 5].flatMap((row) => [6, 7].map((column) => large.pixels[row * 16 + column] ?? 0));
  expect(middle.reduce((sum, value) => sum + value, 0) / 4).toBeCloseTo(pixels[2 * 8 + 3] ?? 0, 0);
});

test('a study has a label for every frame, and says nothing of a landmark that is pressed too lightly', () => {
  const { images, labels } = dvtStudy({
    seed: 4,
    picture: { rows: 64, columns: 80 },
    cines: [
      { side: 'L', route: 'LM1', compressibility: 'none', pressing: 'full', frames: 12 },
      { side: 'R', route: 'sweep', compressibility: 'full', pressing: 'light', frames: 12 },
    ],
  });
  expect(labels.cines.map(({ compressibility }) => compressibility)).toEqual([
    { SFJ: 'non-compressible' },
    { SFJ: 'indeterminate', GSV: 'indeterminate' },
  ]);
  expect(images.map(({ attributes }) => attributes['SeriesDescription'])).toEqual(['LT SFJ COMP', 'RT GROIN SWEEP COMP']);
  for (const [n, { frames, attributes }] of images.entries()) {
    expect(labels.cines[n]?.sopInstanceUid).toBe(attributes['SOPInstanceUID']);
    expect(labels.cines[n]?.frames).toHaveLength(frames);
  }
});
