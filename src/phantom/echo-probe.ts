// In: a family of settings and chance. Out: the settings of a phased-array probe for hearts.

import type { Probe, ProbeFamily } from './probe.ts';
import type { Random } from './random.ts';

type Range = readonly [number, number];

const table: Readonly<
  Record<
    ProbeFamily,
    {
      readonly frequencyMHz: readonly number[];
      readonly axialMm: Range;
      readonly lateralMm: Range;
      readonly dynamicRangeDb: Range;
      readonly gainDb: Range;
      readonly looks: readonly number[];
      readonly gamma: Range;
      readonly smoothing: Range;
    }
  >
> = {
  alpha: {
    frequencyMHz: [2, 3],
    axialMm: [0.42, 0.62],
    lateralMm: [1, 1.35],
    dynamicRangeDb: [50, 58],
    gainDb: [-2, 5],
    looks: [1, 2],
    gamma: [1.05, 1.35],
    smoothing: [0.2, 0.5],
  },
  beta: {
    frequencyMHz: [2, 4],
    axialMm: [0.5, 0.75],
    lateralMm: [1.1, 1.6],
    dynamicRangeDb: [52, 62],
    gainDb: [0, 7],
    looks: [2, 2],
    gamma: [1.15, 1.5],
    smoothing: [0.3, 0.7],
  },
  gamma: {
    frequencyMHz: [3, 5],
    axialMm: [0.38, 0.55],
    lateralMm: [0.95, 1.3],
    dynamicRangeDb: [50, 60],
    gainDb: [1, 8],
    looks: [1, 2],
    gamma: [1, 1.25],
    smoothing: [0.25, 0.6],
  },
};

/** Draws the settings of one examination. `lateralMm` is the beam's width at half depth; the footprint of a sector has no width. */
export function drawEchoProbe(family: ProbeFamily, chance: Random): Probe {
  const r = table[family];
  const within = (range: Range): number => chance.uniform(range[0], range[1]);
  return {
    family,
    frequencyMHz: chance.pick(r.frequencyMHz),
    widthMm: 0,
    axialMm: within(r.axialMm),
    lateralMm: within(r.lateralMm),
    focus: chance.uniform(0.45, 0.7),
    spread: chance.uniform(0.4, 1),
    dynamicRangeDb: within(r.dynamicRangeDb),
    gainDb: within(r.gainDb),
    residualLossDb: chance.uniform(-3, 7),
    noiseDb: chance.uniform(-66, -56),
    clutterDb: chance.uniform(-33, -26),
    looks: chance.pick(r.looks),
    gamma: within(r.gamma),
    smoothing: within(r.smoothing),
  };
}
