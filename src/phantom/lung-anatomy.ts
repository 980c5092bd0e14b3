// In: a score, the probe and chance. Out: one place of a chest: its wall, its pleura, and the artefacts that belong to the score.
//
// Lengths are millimetres. u runs across the beams, measured along the pleura, 0 on the middle beam; depths run along the beams.
// Findings are fixed to the pleura and slide with it.

import type { LungProbe } from './lung-probe.ts';
import type { Random } from './random.ts';

/** Severity of one area, 0 to 3 (Soldati and others 2020; Roy and others, IEEE Trans Med Imaging 2020;39:2676). */
export type LungScore = 0 | 1 | 2 | 3;

export const lungScores: readonly LungScore[] = [0, 1, 2, 3];

/** A rib cut across: middle, half width, depth of its surface above the pleura. */
export type Rib = { readonly u: number; readonly halfMm: number; readonly abovePleuraMm: number };

/** A vertical artefact from a point of the pleura. `halfMm` is where it has lost 6 dB. */
export type Vertical = {
  readonly u: number;
  readonly halfMm: number;
  readonly levelDb: number;
  /** Loss on the way down, decibels per millimetre. */
  readonly fadeDb: number;
  /** How far down it reaches: beyond the picture for a B-line, a few millimetres for a ring-down that is none. */
  readonly lengthMm: number;
  /** The pleura is indented there by this much. */
  readonly indentMm: number;
  /** Where it is in its flicker. */
  readonly phase: number;
};

/** A stretch of dense white lung. */
export type WhiteLung = { readonly from: number; readonly to: number; readonly levelDb: number; readonly fadeDb: number };

/** A consolidation under the pleura, which is broken there; its deep border is shredded. */
export type Consolidation = { readonly u: number; readonly halfMm: number; readonly deepMm: number; readonly seed: number };

export type LungAnatomy = {
  readonly score: LungScore;
  readonly pleuraMm: number;
  /** Slope and curvature of the pleura against the beams. */
  readonly slope: number;
  readonly bend: number;
  readonly skinMm: number;
  readonly fatShare: number;
  readonly fatDb: number;
  readonly muscleDb: number;
  readonly ribs: readonly Rib[];
  /** Level of the reverberation in the shadow of a rib. */
  readonly shadowDb: number;
  /** Loss where the skin of the probe lies badly on the chest. */
  readonly contactDb: number;
  /** Half the width of the picture at the pleura. */
  readonly halfMm: number;
  /** Unevenness of the pleura, and its thickness. */
  readonly roughMm: number;
  readonly thickMm: number;
  /** Reverberation under the pleura: level just below it, loss on the way down, level of the first A-line. */
  readonly hazeDb: number;
  readonly hazeFadeDb: number;
  readonly aLineDb: number;
  readonly aLineStepDb: number;
  readonly verticals: readonly Vertical[];
  readonly white: readonly WhiteLung[];
  readonly consolidations: readonly Consolidation[];
  /** Where in the noise plane the texture lies. */
  readonly textureU: number;
  readonly textureZ: number;
};

/** Half the width of the picture at the pleura. */
export function halfWidthMm(scan: LungProbe, pleuraMm: number): number {
  if (scan.sector === null) return scan.probe.widthMm / 2;
  return scan.sector.halfAngle * (scan.sector.faceRadiusMm + pleuraMm);
}

/** Ribs beside the intercostal space (probe across the ribs), or none or one at the edge (probe along the space). */
function drawRibs(half: number, chance: Random): readonly Rib[] {
  const rib = (u: number): Rib => ({ u, halfMm: chance.uniform(5.5, 8), abovePleuraMm: chance.uniform(6, 9) });
  const view = chance.next();
  if (view < 0.4) return [];
  if (view < 0.55) return [rib(chance.pick([-1, 1]) * half * chance.uniform(0.85, 1))];
  const space = Math.min(chance.uniform(28, 36), half * 1.9);
  const middle = chance.uniform(-0.15, 0.15) * half;
  const ribs = [rib(middle - space / 2), rib(middle + space / 2)];
  return half > 38 ? [...ribs, rib(middle - 1.5 * space), rib(middle + 1.5 * space)] : ribs;
}

/** The stretch of pleura between ribs that is looked at, as [from, to]: long, and near the middle. */
export function openStretch(ribs: readonly Rib[], half: number): readonly [number, number] {
  const edges = [...ribs].sort((a, b) => a.u - b.u);
  let from = -half;
  let best: readonly [number, number] = [0, 0];
  let most = Number.NEGATIVE_INFINITY;
  for (const rib of [...edges, { u: half, halfMm: 0 }]) {
    const to = Math.min(half, rib.u - rib.halfMm);
    const worth = to - from - 0.7 * Math.abs(from + to);
    if (to > from && worth > most) {
      best = [from, to];
      most = worth;
    }
    from = Math.max(from, rib.u + rib.halfMm);
  }
  return best;
}

const bLine = (u: number, chance: Random, indentMm: number): Vertical => ({
  u,
  halfMm: chance.uniform(0.7, 1.7),
  levelDb: chance.uniform(-22, -16),
  fadeDb: chance.uniform(0, 0.07),
  lengthMm: 999,
  indentMm,
  phase: chance.uniform(0, 256),
});

/** A short bright tail under a healthy pleura, which is no B-line: it ends soon and leaves the A-lines. */
const shortTail = (u: number, chance: Random): Vertical => ({
  ...bLine(u, chance, 0),
  halfMm: chance.uniform(0.6, 1.1),
  levelDb: chance.uniform(-27, -22),
  lengthMm: chance.uniform(5, 14),
});

type Findings = Pick<LungAnatomy, 'verticals' | 'white' | 'consolidations' | 'roughMm' | 'thickMm'>;

/** Places in a stretch, apart from each other: one in each equal part. */
function apart(count: number, [from, to]: readonly [number, number], chance: Random): readonly number[] {
  const part = (to - from) / count;
  return Array.from({ length: count }, (_, n) => from + part * (n + chance.uniform(0.25, 0.75)));
}

/** `widest` bounds the half width. */
function consolidation(u: number, widest: number, chance: Random): Consolidation {
  const halfMm = Math.min(widest, chance.chance(0.4) ? chance.uniform(9, 16) : chance.uniform(5, 8.5));
  return { u, halfMm, deepMm: Math.max(halfMm * chance.uniform(0.9, 1.6), chance.uniform(5, 8)), seed: chance.uniform(0, 256) };
}

const whiteBelow = (c: Consolidation, chance: Random): WhiteLung => ({
  from: c.u - c.halfMm * chance.uniform(0.7, 1.05),
  to: c.u + c.halfMm * chance.uniform(0.7, 1.05),
  levelDb: chance.uniform(-20, -15),
  fadeDb: chance.uniform(0.02, 0.1),
});

/** What each score shows, over the stretch of pleura that is seen. */
const findingsOf: Readonly<Record<LungScore, (stretch: readonly [number, number], chance: Random) => Findings>> = {
  0: (stretch, chance) => ({
    verticals: chance.chance(0.3) ? apart(chance.integer(1, 2), stretch, chance).map((u) => shortTail(u, chance)) : [],
    white: [],
    consolidations: [],
    roughMm: chance.uniform(0, 0.12),
    thickMm: chance.uniform(0.5, 0.8),
  }),
  1: (stretch, chance) => ({
    verticals: apart(chance.integer(1, Math.max(1, Math.min(4, Math.floor((stretch[1] - stretch[0]) / 9)))), stretch, chance).map(
      (u) => bLine(u, chance, chance.uniform(0.7, 1.8)),
    ),
    white: [],
    consolidations: [],
    roughMm: chance.uniform(0.15, 0.4),
    thickMm: chance.uniform(0.55, 0.95),
  }),
  2: (stretch, chance) => {
    const length = stretch[1] - stretch[0];
    const count = chance.integer(1, length > 26 ? 2 : 1);
    // White below consolidations stays patchy: more of it would be a score of 3.
    const widest = (count === 1 ? 0.3 : 0.16) * length;
    const consolidations = apart(count, stretch, chance).map((u) => consolidation(u, widest, chance));
    const lone = chance.chance(0.4) ? [chance.uniform(stretch[0], stretch[1])] : [];
    return {
      verticals: lone.map((u) => bLine(u, chance, chance.uniform(0.5, 1.4))),
      white: consolidations.map((c) => whiteBelow(c, chance)),
      consolidations,
      roughMm: chance.uniform(0.4, 0.8),
      thickMm: chance.uniform(0.7, 1.1),
    };
  },
  3: (stretch, chance) => {
    const [from, to] = stretch;
    const large = chance.chance(0.35);
    const levelDb = chance.uniform(-20, -14);
    const fadeDb = chance.uniform(0, 0.06);
    // All of the picture, or all but a stretch at one side.
    const spared = chance.chance(0.6) ? -200 : chance.uniform(0.05, 0.2) * (to - from);
    const extent = chance.chance(0.5) ? { from: from + spared, to: to + 200 } : { from: from - 200, to: to - spared };
    return {
      verticals: apart(chance.integer(2, 5), stretch, chance).map((u) => ({
        ...bLine(u, chance, chance.uniform(0, 1)),
        levelDb: levelDb + chance.uniform(1, 4),
      })),
      white: [{ ...extent, levelDb, fadeDb }],
      consolidations: large ? [consolidation(from + chance.uniform(0.3, 0.7) * (to - from), 0.3 * (to - from), chance)] : [],
      roughMm: chance.uniform(0.4, 1),
      thickMm: chance.uniform(0.7, 1.3),
    };
  },
};

/** Draws the anatomy under the probe for a score. */
export function lungAnatomy(score: LungScore, scan: LungProbe, chance: Random): LungAnatomy {
  const u = chance.uniform;
  const pleuraMm = scan.kind === 'convex' ? u(16, 32) : u(11, 22);
  const half = halfWidthMm(scan, pleuraMm);
  const ribs = drawRibs(half, chance);
  const stretch = openStretch(ribs, half);
  // A flat pleura lies deeper for the outer beams of a curved probe; skin pressed to the probe takes part of that away.
  const flat = scan.sector === null ? 0 : 1 / (2 * (scan.sector.faceRadiusMm + pleuraMm));
  const common = {
    score,
    pleuraMm,
    slope: u(-0.1, 0.1),
    bend: flat * u(0.1, 1.1) + u(-0.0008, 0.0016),
    skinMm: u(1.2, 2.2),
    fatShare: u(0.15, 0.5),
    fatDb: u(-36, -30),
    muscleDb: u(-35, -28),
    ribs,
    shadowDb: u(-66, -52),
    contactDb: u(4, 16),
    halfMm: half,
    hazeDb: u(-47, -35),
    hazeFadeDb: u(0.02, 0.14),
    aLineDb: u(-18, -9),
    aLineStepDb: u(4, 8),
    textureU: u(0, 256),
    textureZ: u(0, 256),
  };
  const margin = 0.08 * (stretch[1] - stretch[0]);
  const findings = findingsOf[score]([stretch[0] + margin, stretch[1] - margin], chance);
  return { ...common, ...findings, thickMm: findings.thickMm * (scan.kind === 'convex' ? 1.5 : 1) };
}
