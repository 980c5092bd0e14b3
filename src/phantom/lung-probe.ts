// In: a kind of probe, a family of scanner settings, chance. Out: how the chest is scanned: settings, footprint, depth.

import { drawProbe, type Probe, type ProbeFamily } from './probe.ts';
import type { Random } from './random.ts';
import type { Sector } from './sector.ts';

/** A curved abdominal probe or a linear vascular probe: both are used on the chest. */
export type LungProbeKind = 'convex' | 'linear';

export const lungProbeKinds: readonly LungProbeKind[] = ['convex', 'linear'];

export type LungProbe = {
  readonly kind: LungProbeKind;
  /** The name on the screen: "C5-1". */
  readonly name: string;
  readonly probe: Probe;
  readonly depthMm: number;
  /** The sector of a curved probe; null for a linear one. */
  readonly sector: Sector | null;
};

/** Draws the probe of an examination. Low frequencies resolve less: lengths of the family are scaled up for the curved probe. */
export function drawLungProbe(kind: LungProbeKind, family: ProbeFamily, chance: Random): LungProbe {
  const base = drawProbe(family, chance);
  const common = { ...base, residualLossDb: chance.uniform(-4, 8), clutterDb: base.clutterDb - 7 };
  if (kind === 'linear') {
    const depthMm = 5 * chance.integer(8, 13);
    const blur = { axialMm: 1.15 * base.axialMm, lateralMm: 1.25 * base.lateralMm, looks: base.looks + 1 };
    const probe = { ...common, ...blur, widthMm: chance.uniform(38, 50) };
    return { kind, name: `L${base.frequencyMHz}-3`, probe, depthMm, sector: null };
  }
  const depthMm = 10 * chance.integer(8, 14);
  const frequencyMHz = chance.pick([3.5, 4, 5]);
  return {
    kind,
    name: `C${Math.round(frequencyMHz)}-1`,
    probe: { ...common, frequencyMHz, axialMm: 2.5 * base.axialMm, lateralMm: 3.1 * base.lateralMm },
    depthMm,
    sector: { faceRadiusMm: chance.uniform(42, 62), halfAngle: chance.uniform(0.42, 0.6), depthMm },
  };
}
