// In: chance. Out: a cut through a belly or a neck that is no heart: layers of the wall, parenchyma, and round things in it, as a body for the simulation.

import type { Random } from '../../src/phantom/random.ts';
import { ridgedNoise, roughNoise, smoothNoise } from '../../src/phantom/texture.ts';
import { type Body, type Sample, sheet } from '../../src/phantom/tissue.ts';

/** Levels in decibels against the brightest reflector; `rimDb` is the wall's, `coreDb` that of the inner half. */
type Round = {
  readonly x: number;
  readonly z: number;
  readonly halfLong: number;
  readonly halfShort: number;
  readonly turn: number;
  readonly levelDb: number;
  readonly coreDb: number | null;
  readonly rimDb: number;
  /** Gain (negative: fluid) or loss (positive: stone, bowel gas) below, dB/mm. */
  readonly lossDb: number;
};

/** Cortex and sinus of a kidney, a gallbladder, bladder or cyst, a spleen or mass, a vessel, bowel with gas. */
const kinds: Readonly<Record<string, (chance: Random) => Omit<Round, 'x' | 'z' | 'turn'>>> = {
  kidney: (chance) => {
    const halfLong = chance.uniform(40, 62);
    const halfShort = halfLong * chance.uniform(0.42, 0.62);
    return { halfLong, halfShort, levelDb: chance.uniform(-42, -33), coreDb: chance.uniform(-24, -14), rimDb: -20, lossDb: 0.05 };
  },
  fluid: (chance) => {
    const halfLong = chance.uniform(9, 48);
    const halfShort = halfLong * chance.uniform(0.4, 1);
    return { halfLong, halfShort, levelDb: -70, coreDb: null, rimDb: chance.uniform(-24, -12), lossDb: -0.12 };
  },
  mass: (chance) => {
    const halfLong = chance.uniform(8, 55);
    const halfShort = halfLong * chance.uniform(0.5, 1);
    return {
      halfLong,
      halfShort,
      levelDb: chance.uniform(-44, -18),
      coreDb: null,
      rimDb: chance.uniform(-40, -18),
      lossDb: 0.04,
    };
  },
  vessel: (chance) => {
    const halfLong = chance.chance(0.5) ? chance.uniform(60, 140) : chance.uniform(5, 12);
    const halfShort = chance.uniform(4, 11);
    return { halfLong, halfShort, levelDb: -58, coreDb: null, rimDb: chance.uniform(-22, -10), lossDb: -0.02 };
  },
  gas: (chance) => {
    const halfLong = chance.uniform(8, 30);
    const halfShort = chance.uniform(2, 6);
    return { halfLong, halfShort, levelDb: chance.uniform(-14, -6), coreDb: null, rimDb: -8, lossDb: chance.uniform(0.6, 3) };
  },
};

function drawRound(depthMm: number, chance: Random): Round {
  const kind = kinds[chance.pick(['kidney', 'kidney', 'fluid', 'fluid', 'mass', 'mass', 'vessel', 'vessel', 'gas'])];
  const shape = kind?.(chance) ?? { halfLong: 20, halfShort: 20, levelDb: -40, coreDb: null, rimDb: -20, lossDb: 0 };
  const shrink = Math.min(1, (0.36 * depthMm) / shape.halfShort);
  return {
    ...shape,
    halfLong: shape.halfLong * shrink,
    halfShort: shape.halfShort * shrink,
    x: chance.uniform(-0.35, 0.35) * depthMm,
    z: chance.uniform(0.22, 0.85) * depthMm,
    turn: chance.uniform(-1.6, 1.6),
  };
}

function insideRound(round: Round, at: { readonly u: number; readonly v: number; readonly share: number }, sample: Sample): void {
  const { u, v, share } = at;
  const ragged = 0.5 * (roughNoise(u / 7 + round.x, v / 7 + round.z) - 0.5);
  const inCore = round.coreDb !== null && share + ragged < 0.5;
  const pyramid = round.coreDb !== null && !inCore ? -9 * Math.max(0, smoothNoise(u / 9 + 40, v / 9) - 0.55) : 0;
  sample.level = (inCore ? (round.coreDb ?? 0) : round.levelDb) + pyramid + 5 * (roughNoise(u / 4, v / 4 + round.x) - 0.5);
  sample.loss = round.lossDb;
}

/** Draws a cut of that depth; `driftMm` moves everything below the wall along, as breathing does. */
export function drawOrganBody(depthMm: number, chance: Random): (driftMm: number) => Body {
  const wallMm = chance.uniform(0.06, 0.2) * depthMm;
  const rounds = Array.from({ length: chance.integer(0, 5) }, () => drawRound(depthMm, chance));
  const seed = chance.uniform(0, 200);
  const levelDb = chance.uniform(-44, -20);
  const grainMm = chance.uniform(3, 30);
  const grainDb = chance.uniform(2, 16);
  const vesselsFrom = chance.uniform(0.88, 1.1);
  const arc = chance.chance(0.35) ? { z: chance.uniform(0.6, 1) * depthMm, bend: chance.uniform(-0.006, 0.006) } : null;
  return (driftMm) => (x, z, sample) => {
    const across = x - 0.4 * driftMm;
    const deep = z - driftMm;
    sample.specular = 0;
    sample.loss = 0.04;
    sample.restX = z < wallMm ? x : across;
    sample.restZ = z < wallMm ? z : deep;
    if (z < wallMm) {
      sample.level = -38 + 20 * smoothNoise(x / 22 + seed, z / 1.6 + seed) - 5 * (z / wallMm);
      sheet(sample, z - 0.5 * wallMm, 0.6, -14, 0.1);
      return;
    }
    sample.level = levelDb + grainDb * (roughNoise(across / grainMm + seed, deep / grainMm) - 0.5);
    if (ridgedNoise(across / 26 + seed, deep / 26 + 7) > vesselsFrom) sample.level -= 18;
    for (const round of rounds) {
      const dx = across - round.x;
      const dz = deep - round.z;
      const u = dx * Math.cos(round.turn) + dz * Math.sin(round.turn);
      const v = dz * Math.cos(round.turn) - dx * Math.sin(round.turn);
      const share = Math.hypot(u / round.halfLong, v / round.halfShort);
      if (share > 1.4) continue;
      if (share < 1) insideRound(round, { u, v, share }, sample);
      sheet(sample, (share - 1) * round.halfShort, 0.9, round.rimDb, 0.06);
    }
    if (arc !== null) sheet(sample, deep - arc.z - arc.bend * across * across, 1.4, -9, 0.12);
  };
}
