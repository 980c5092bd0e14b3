// In: the name of a family of scanner settings and chance. Out: the settings of one examination.

import type { Random } from './random.ts';

/** How a scanner forms and shows a linear-array image. Lengths are millimetres, levels decibels. */
export type Probe = {
  readonly family: ProbeFamily;
  /** Centre frequency as shown on the screen. */
  readonly frequencyMHz: number;
  /** Width of the footprint: image outside of it is black. */
  readonly widthMm: number;
  /** Standard deviation of the point-spread function along the beam. */
  readonly axialMm: number;
  /** The same across the beam, at the focus. */
  readonly lateralMm: number;
  /** Depth of the focus as a share of the displayed depth. */
  readonly focus: number;
  /** How much wider the beam is at one displayed depth from the focus. */
  readonly spread: number;
  readonly dynamicRangeDb: number;
  readonly gainDb: number;
  /** What attenuation the time gain leaves uncorrected, per displayed depth. */
  readonly residualLossDb: number;
  /** Level of electronic noise at the bottom of the image, before gain. */
  readonly noiseDb: number;
  /** Level of side-lobe and reverberation clutter against the tissue it comes from. */
  readonly clutterDb: number;
  /** Number of uncorrelated looks averaged (spatial compounding). */
  readonly looks: number;
  /** Exponent of the grey map: above 1 darkens the middle. */
  readonly gamma: number;
  /** Weight of edge-preserving smoothing, 0 to 1. */
  readonly smoothing: number;
};

/** Families of settings: `alpha` and `beta` train the reference weights, `gamma` is kept for their evaluation. */
export type ProbeFamily = 'alpha' | 'beta' | 'gamma';

export const probeFamilies: readonly ProbeFamily[] = ['alpha', 'beta', 'gamma'];

type Range = readonly [number, number];
type Ranges = {
  readonly frequencyMHz: readonly number[];
  readonly widthMm: Range;
  readonly axialMm: Range;
  readonly lateralMm: Range;
  readonly dynamicRangeDb: Range;
  readonly gainDb: Range;
  readonly clutterDb: Range;
  readonly looks: readonly number[];
  readonly gamma: Range;
  readonly smoothing: Range;
};

const table: Readonly<Record<ProbeFamily, Ranges>> = {
  alpha: {
    frequencyMHz: [9, 10, 12],
    widthMm: [46, 60],
    axialMm: [0.1, 0.16],
    lateralMm: [0.2, 0.32],
    dynamicRangeDb: [56, 66],
    gainDb: [-6, 3],
    clutterDb: [-42, -34],
    looks: [1, 2],
    gamma: [0.95, 1.25],
    smoothing: [0.25, 0.6],
  },
  beta: {
    frequencyMHz: [9, 12],
    widthMm: [48, 64],
    axialMm: [0.13, 0.2],
    lateralMm: [0.26, 0.42],
    dynamicRangeDb: [60, 72],
    gainDb: [-6, 2],
    clutterDb: [-44, -36],
    looks: [2, 3],
    gamma: [1.05, 1.4],
    smoothing: [0.3, 0.8],
  },
  gamma: {
    frequencyMHz: [11, 15],
    widthMm: [44, 58],
    axialMm: [0.09, 0.13],
    lateralMm: [0.18, 0.27],
    dynamicRangeDb: [58, 68],
    gainDb: [-5, 2],
    clutterDb: [-43, -36],
    looks: [1, 2],
    gamma: [0.9, 1.1],
    smoothing: [0.3, 0.7],
  },
};

/** Draws the settings of one examination from a family. */
export function drawProbe(family: ProbeFamily, chance: Random): Probe {
  const r = table[family];
  const within = (range: Range): number => chance.uniform(range[0], range[1]);
  return {
    family,
    frequencyMHz: chance.pick(r.frequencyMHz),
    widthMm: within(r.widthMm),
    axialMm: within(r.axialMm),
    lateralMm: within(r.lateralMm),
    focus: chance.uniform(0.35, 0.65),
    spread: chance.uniform(0.6, 1.6),
    dynamicRangeDb: within(r.dynamicRangeDb),
    gainDb: within(r.gainDb),
    residualLossDb: chance.uniform(-2, 13),
    noiseDb: chance.uniform(-72, -58),
    clutterDb: within(r.clutterDb),
    looks: chance.pick(r.looks),
    gamma: within(r.gamma),
    smoothing: within(r.smoothing),
  };
}
