// The simulated left ventricle: its beat, its segments, its walls.

import { describe, expect, test } from '@jest/globals';
import { drawHeartAnatomy } from '../../../src/phantom/heart-anatomy.ts';
import { ecgMillivolt, heartMoment, phaseAt, systolicShare } from '../../../src/phantom/heart-cycle.ts';
import { drawWallMotion, echoViews, segmentNames, segmentsOfView } from '../../../src/phantom/heart-segments.ts';
import { noPlace, type Ventricle, ventricle, type WallShares } from '../../../src/phantom/heart-ventricle.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const seeds = Array.from({ length: 20 }, (_, n) => n + 1);
const healthy: WallShares = { left: [1, 1, 1], right: [1, 1, 1], apex: 1 };
const still: WallShares = { ...healthy, left: [0, 0, 0] };

/** Distance from the long axis to the endocardium in the middle of a wall. */
function halfWidth(heart: Ventricle, side: 'left' | 'right'): number {
  const place = noPlace();
  for (let d = 0; d < 60; d += 0.1) {
    heart.locate(side === 'left' ? -d : d, heart.annulus[side] * 0.55, place);
    if (place.wall >= 0) return d;
  }
  throw new Error('the cavity has no wall');
}

describe('a simulated heart beat', () => {
  test('starts at the R wave with a full ventricle and has the smallest one at the end of systole', () => {
    for (const heartRate of [50, 66, 80, 110, 140]) {
      const rhythm = { heartRate, startPhase: 0 };
      const at = (share: number): number => heartMoment(rhythm, (share * 60) / heartRate).contraction;
      expect(at(0)).toBeCloseTo(0, 5);
      expect(at(systolicShare(heartRate))).toBeCloseTo(1, 5);
      expect(at(0.995)).toBeCloseTo(0, 5);
    }
  });

  test('never has inflow and outflow open at once, and keeps every share between 0 and 1', () => {
    for (const heartRate of [50, 66, 96, 130]) {
      for (let n = 0; n < 200; n++) {
        const moment = heartMoment({ heartRate, startPhase: 0 }, (n / 200) * (60 / heartRate));
        expect(Math.min(moment.inflow, moment.outflow)).toBeLessThan(0.02);
        for (const share of [moment.contraction, moment.atrialFilling, moment.inflow, moment.outflow]) {
          expect(share).toBeGreaterThanOrEqual(-1e-9);
          expect(share).toBeLessThanOrEqual(1 + 1e-9);
        }
      }
    }
  });

  test('has its highest voltage at the R wave, once a beat', () => {
    const rhythm = { heartRate: 72, startPhase: 0 };
    const trace = Array.from({ length: 500 }, (_, n) => ecgMillivolt(rhythm, n / 500));
    expect(trace.indexOf(Math.max(...trace))).toBe(0);
    expect(trace.slice(20, 480).every((millivolt) => millivolt < 0.5)).toBe(true);
    expect(phaseAt(rhythm, 60 / 72)).toBeCloseTo(0, 6);
  });
});

describe('the segments of a simulated ventricle', () => {
  test('are seventeen, and the long-axis and mid short-axis cuts show each of them', () => {
    expect(segmentNames).toHaveLength(17);
    const shown = new Set(echoViews.flatMap(segmentsOfView));
    expect([...shown].sort((a, b) => a - b)).toEqual(Array.from({ length: 17 }, (_, n) => n + 1));
  });

  test('all move when nothing is wrong; otherwise three or more do not, and A4C, A2C or PLAX shows one', () => {
    for (const seed of seeds) {
      expect(drawWallMotion(false, randomFrom(seed)).motions.every((motion) => motion === 'normal')).toBe(true);
      const { motions, shares } = drawWallMotion(true, randomFrom(seed));
      const weak = motions.flatMap((motion, index) => (motion === 'normal' ? [] : [index + 1]));
      expect(weak.length).toBeGreaterThanOrEqual(3);
      expect((['A4C', 'A2C', 'PLAX'] as const).some((view) => segmentsOfView(view).some((n) => weak.includes(n)))).toBe(true);
      for (const segment of weak) expect(shares[segment - 1]).toBeLessThan(0.5);
    }
  });
});

describe('a simulated left ventricle', () => {
  test('loses 38 to 50 percent of its area in a healthy beat', () => {
    for (const seed of seeds) {
      const { ventricle: shape } = drawHeartAnatomy(randomFrom(seed));
      const ratio = ventricle(shape, healthy, 1).areaMm2 / ventricle(shape, healthy, 0).areaMm2;
      expect(ratio).toBeGreaterThan(0.5);
      expect(ratio).toBeLessThan(0.62);
    }
  });

  test('has an area at the end of diastole as adults have: 25 to 48 square centimetres', () => {
    for (const seed of seeds) {
      const { areaMm2 } = ventricle(drawHeartAnatomy(randomFrom(seed)).ventricle, healthy, 0);
      expect(areaMm2).toBeGreaterThan(2500);
      expect(areaMm2).toBeLessThan(4800);
    }
  });

  test('gets smaller from frame to frame until the end of systole', () => {
    const { ventricle: shape } = drawHeartAnatomy(randomFrom(3));
    const areas = [0, 0.2, 0.4, 0.6, 0.8, 1].map((contraction) => ventricle(shape, healthy, contraction).areaMm2);
    expect([...areas].sort((a, b) => b - a)).toEqual(areas);
    expect(new Set(areas).size).toBe(areas.length);
  });

  test('keeps an akinetic wall where it is and moves the other', () => {
    const { ventricle: shape } = drawHeartAnatomy(randomFrom(4));
    const before = ventricle(shape, still, 0);
    const after = ventricle(shape, still, 1);
    expect(Math.abs(halfWidth(after, 'left') - halfWidth(before, 'left'))).toBeLessThan(1.5);
    expect(halfWidth(before, 'right') - halfWidth(after, 'right')).toBeGreaterThan(4);
    expect(after.areaMm2).toBeGreaterThan(1.15 * ventricle(shape, healthy, 1).areaMm2);
  });

  test('brings the annulus towards the apex by one to two centimetres', () => {
    for (const seed of seeds) {
      const { ventricle: shape } = drawHeartAnatomy(randomFrom(seed));
      const way = ventricle(shape, healthy, 0).annulus.left - ventricle(shape, healthy, 1).annulus.left;
      expect(way).toBeGreaterThan(9);
      expect(way).toBeLessThan(20);
    }
  });
});
