// Cines of the chest as simulated: what belongs to each score, and what the pictures show in numbers.

import { describe, expect, test } from '@jest/globals';
import { halfWidthMm, type LungScore, lungAnatomy, lungScores, openStretch } from '../../../src/phantom/lung-anatomy.ts';
import { pleuraDepth } from '../../../src/phantom/lung-body.ts';
import { drawLungProbe, lungProbeKinds } from '../../../src/phantom/lung-probe.ts';
import { type LungScan, lungFrame, lungPictures, lungScan, poseAt } from '../../../src/phantom/lung-scan.ts';
import { randomFrom } from '../../../src/phantom/random.ts';
import type { GreyPicture } from '../../../src/phantom/speckle.ts';

const size = { rows: 209, columns: 289 };
const seeds = Array.from({ length: 40 }, (_, i) => i + 1);

const convex = (seed: number, score: LungScore): LungScan =>
  lungScan({ seed, score, scan: drawLungProbe('convex', 'alpha', randomFrom(seed, 'probe')) });

/** A linear probe square on an even pleura, without ribs: rows are depths, columns are places on the pleura. */
function linear(seed: number, score: LungScore): LungScan {
  const drawn = drawLungProbe('linear', 'alpha', randomFrom(seed, 'probe'));
  const scan = { ...drawn, depthMm: 65, probe: { ...drawn.probe, gainDb: 2, residualLossDb: 0 } };
  const cine = lungScan({ seed, score, scan });
  return { ...cine, anatomy: { ...cine.anatomy, ribs: [], slope: 0, bend: 0, contactDb: 0 } };
}

const first = (cine: LungScan, frame = 0): GreyPicture => {
  const picture = lungPictures(cine, size, [frame])[0];
  if (picture === undefined) throw new Error('one frame was asked for');
  return picture;
};

/** Mean grey of rows `from` to `to` millimetres below the pleura, over the given columns. */
function meanBelow(
  cine: LungScan,
  picture: GreyPicture,
  [from, to]: readonly [number, number],
  columns: readonly number[],
): number {
  const { pixelMm } = lungFrame(cine.scan, size);
  let sum = 0;
  let count = 0;
  for (const column of columns) {
    const pleura = pleuraDepth(cine.anatomy, poseAt(cine, 0), (column + 0.5 - picture.columns / 2) * pixelMm);
    for (let row = Math.round((pleura + from) / pixelMm); row < Math.min(picture.rows, (pleura + to) / pixelMm); row++) {
      sum += picture.pixels[row * picture.columns + column] ?? 0;
      count++;
    }
  }
  return sum / count;
}

/** Columns of the middle nine tenths. */
const inner = (picture: GreyPicture): readonly number[] =>
  Array.from({ length: picture.columns }, (_, n) => n).slice(
    Math.round(picture.columns * 0.05),
    Math.round(picture.columns * 0.95),
  );

describe('a simulated cine of the lung', () => {
  test('is the same for the same seed and another for another', () => {
    const pictures = [5, 5, 6].map((seed) => Buffer.from(first(convex(seed, 2)).pixels).toString('base64'));
    expect(pictures[0]).toBe(pictures[1]);
    expect(pictures[0]).not.toBe(pictures[2]);
  });

  test('has 20 to 60 frames at 15 to 30 frames a second', () => {
    for (const seed of seeds) {
      const { frames, framesPerSecond } = convex(seed, 0);
      expect(frames).toBeGreaterThanOrEqual(20);
      expect(frames).toBeLessThanOrEqual(60);
      expect(framesPerSecond).toBeGreaterThanOrEqual(15);
      expect(framesPerSecond).toBeLessThanOrEqual(30);
    }
  });

  test('has what belongs to its score, where the pleura can be seen', () => {
    for (const seed of seeds) {
      for (const kind of lungProbeKinds) {
        for (const score of lungScores) {
          const scan = drawLungProbe(kind, 'beta', randomFrom(seed, 'probe'));
          const anatomy = lungAnatomy(score, scan, randomFrom(seed, 'anatomy'));
          const [from, to] = openStretch(anatomy.ribs, halfWidthMm(scan, anatomy.pleuraMm));
          const white = anatomy.white.reduce((sum, w) => sum + Math.min(to, w.to) - Math.max(from, w.from), 0) / (to - from);
          const long = anatomy.verticals.filter(({ lengthMm }) => lengthMm > 200);
          expect(to - from).toBeGreaterThan(8);
          for (const { u } of [...long, ...anatomy.consolidations]) {
            expect(u).toBeGreaterThanOrEqual(from);
            expect(u).toBeLessThanOrEqual(to);
          }
          if (score === 0) expect([long.length, anatomy.consolidations.length, white]).toEqual([0, 0, 0]);
          if (score === 1) {
            expect(long.every(({ indentMm }) => indentMm > 0)).toBe(true);
            expect([long.length >= 1 && long.length <= 4, anatomy.consolidations.length, white]).toEqual([true, 0, 0]);
          }
          if (score === 2) {
            expect(anatomy.consolidations.length).toBeGreaterThanOrEqual(1);
            expect(white).toBeGreaterThan(0);
            expect(white).toBeLessThan(0.65);
          }
          if (score === 3) expect(white).toBeGreaterThan(0.7);
        }
      }
    }
  });

  test('shows the pleura as the brightest depth of the healthy chest', () => {
    let found = 0;
    for (const seed of seeds.slice(0, 12)) {
      const cine = linear(seed, 0);
      const picture = first(cine);
      const columns = inner(picture);
      const lines = Array.from({ length: 30 }, (_, n) => meanBelow(cine, picture, [n * 1.5 - 7, n * 1.5 - 5.5], columns));
      const brightest = lines.indexOf(Math.max(...lines));
      if (Math.abs(brightest * 1.5 - 6.25) < 1.6) found++;
    }
    expect(found).toBeGreaterThanOrEqual(11);
  });

  test('shows an A-line at twice the depth of the healthy pleura', () => {
    let found = 0;
    for (const seed of seeds.slice(0, 12)) {
      const cine = linear(seed, 0);
      const picture = first(cine);
      const columns = inner(picture).filter((_, n) => n % 2 === 0);
      const at = pleuraDepth(cine.anatomy, poseAt(cine, 0), 0);
      const line = meanBelow(cine, picture, [at - 0.4, at + 1.2], columns);
      const beside = meanBelow(cine, picture, [at - 4.5, at - 2.5], columns);
      if (line > beside + 8) found++;
    }
    expect(found).toBeGreaterThanOrEqual(11);
  });

  test('shows a B-line from its place on the pleura to the bottom, brighter than beside it', () => {
    for (const seed of seeds.slice(0, 8)) {
      const drawn = linear(seed, 1);
      const line = drawn.anatomy.verticals[0];
      if (line === undefined) throw new Error('a score of 1 has a B-line');
      const cine = { ...drawn, anatomy: { ...drawn.anatomy, verticals: [{ ...line, u: 0 }] } };
      const picture = first(cine);
      const { pixelMm } = lungFrame(cine.scan, size);
      const { slideMm, wanderMm } = poseAt(cine, 0);
      const column = Math.round(picture.columns / 2 + (slideMm + wanderMm) / pixelMm);
      const near = [column - 1, column, column + 1];
      const beside = [column - Math.round(9 / pixelMm), column + Math.round(9 / pixelMm)];
      const bottom = cine.scan.depthMm - cine.anatomy.pleuraMm - 2;
      expect(meanBelow(cine, picture, [bottom - 10, bottom], near)).toBeGreaterThan(
        meanBelow(cine, picture, [bottom - 10, bottom], beside) + 25,
      );
    }
  });

  test('moves B-lines with the sliding pleura', () => {
    const drawn = linear(3, 1);
    const line = drawn.anatomy.verticals[0];
    if (line === undefined) throw new Error('a score of 1 has a B-line');
    const cine: LungScan = {
      ...drawn,
      frames: 60,
      anatomy: { ...drawn.anatomy, verticals: [{ ...line, u: 0, levelDb: -12 }] },
      breathing: { ...drawn.breathing, slideMm: 5, wanderMm: 0, start: 0 },
    };
    const { pixelMm } = lungFrame(cine.scan, size);
    const quarter = Math.round((cine.breathing.periodS / 4) * cine.framesPerSecond);
    const centre = (frame: number): number => {
      const picture = first(cine, frame);
      let sum = 0;
      let weight = 0;
      for (let row = Math.round(picture.rows * 0.6); row < picture.rows * 0.9; row++) {
        for (let column = 0; column < picture.columns; column++) {
          const level = Math.max(0, (picture.pixels[row * picture.columns + column] ?? 0) - 110) ** 2;
          sum += level * column;
          weight += level;
        }
      }
      return (sum / weight) * pixelMm;
    };
    const moved = poseAt(cine, quarter).slideMm - poseAt(cine, 0).slideMm;
    expect(moved).toBeGreaterThan(4);
    expect(Math.abs(centre(quarter) - centre(0) - moved)).toBeLessThan(1.2);
  });

  test('shows more white under the pleura the higher the score', () => {
    const means = lungScores.map((score) => {
      const greys = seeds.slice(0, 10).map((seed) => {
        const cine = linear(seed, score);
        const picture = first(cine);
        return meanBelow(cine, picture, [12, 40], inner(picture));
      });
      return greys.reduce((sum, grey) => sum + grey, 0) / greys.length;
    });
    expect(means).toEqual([...means].sort((a, b) => a - b));
    expect((means[3] ?? 0) - (means[0] ?? 0)).toBeGreaterThan(50);
  });

  test('shows a consolidation as darker than the white below it', () => {
    for (const seed of seeds.slice(0, 8)) {
      const drawn = linear(seed, 2);
      const cine = {
        ...drawn,
        anatomy: {
          ...drawn.anatomy,
          verticals: [],
          consolidations: [{ u: 0, halfMm: 9, deepMm: 14, seed: 3 }],
          white: [{ from: -9, to: 9, levelDb: -17, fadeDb: 0 }],
        },
      };
      const picture = first(cine);
      const { pixelMm } = lungFrame(cine.scan, size);
      const { slideMm, wanderMm } = poseAt(cine, 0);
      const middle = Math.round(picture.columns / 2 + (slideMm + wanderMm) / pixelMm);
      const columns = Array.from({ length: 11 }, (_, n) => middle - 5 + n);
      expect(meanBelow(cine, picture, [18, 28], columns)).toBeGreaterThan(meanBelow(cine, picture, [2, 5], columns) + 25);
    }
  });
});
