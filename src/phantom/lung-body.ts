// In: an anatomy of the chest and a moment. Out: what each beam meets: wall, ribs, pleura, and the artefacts of air and water below it.
//
// Under an aerated pleura there is no image of the lung: A-lines are echoes that went to and fro between probe and pleura, so they lie at
// multiples of its depth on each beam; B-lines ring down a beam from one point of the pleura and outshine them.

import type { Consolidation, LungAnatomy } from './lung-anatomy.ts';
import { bone, chestWall, ribAt } from './lung-chest-wall.ts';
import { roughNoise, smoothNoise } from './texture.ts';
import { type Body, type Sample, sheet } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, exp, floor, log10, max, min, round, sin } = Math;

/** A moment of breathing. */
export type LungPose = {
  readonly momentS: number;
  /** How far the lung has slid along the wall. */
  readonly slideMm: number;
  /** How much deeper the pleura is than at rest. */
  readonly liftMm: number;
  /** How far the probe has wandered over the chest. */
  readonly wanderMm: number;
};

/** What is the same for all depths of one beam. */
type Column = {
  u: number;
  /** Place on the sliding pleura. */
  m: number;
  pleuraMm: number;
  /** 1 where the beam meets the pleura square, falling with obliqueness. */
  facing: number;
  /** Decibels that the pleura's own echo has lost there. */
  brokenDb: number;
  /** Depth of a consolidation below the pleura, 0 without, and the pattern of its inside. */
  deepMm: number;
  deepSeed: number;
  /** Depth of a rib's surface, beyond all depths without one, and how much of the beam it stops. */
  ribMm: number;
  ribStop: number;
  /** Loss at the skin. */
  contactDb: number;
};

function smoothPleura(anatomy: LungAnatomy, pose: LungPose, u: number): number {
  const wave = 1.2 * (smoothNoise((u + anatomy.textureU) / 18, anatomy.textureZ) - 0.5);
  return anatomy.pleuraMm + pose.liftMm + anatomy.slope * u + anatomy.bend * u * u + wave;
}

/** Depth of the pleura on the beam at u, with its unevenness and indents. */
export function pleuraDepth(anatomy: LungAnatomy, pose: LungPose, u: number): number {
  const v = u - pose.wanderMm;
  const m = v - pose.slideMm;
  let depth = smoothPleura(anatomy, pose, v) + 2 * anatomy.roughMm * (roughNoise((m + anatomy.textureU) / 2.6, 7.7) - 0.5);
  for (const vertical of anatomy.verticals) {
    if (vertical.indentMm > 0) depth += vertical.indentMm * exp(-(((m - vertical.u) / (0.9 + vertical.halfMm)) ** 2));
  }
  return depth;
}

function consolidationAt(c: Consolidation, m: number): number {
  const share = (m - c.u) / c.halfMm;
  if (abs(share) >= 1) return 0;
  const shred = 0.5 + 0.8 * smoothNoise(m / (0.45 * c.halfMm) + c.seed, c.seed) + 0.14 * (smoothNoise(m / 1.3, c.seed) - 0.5);
  return c.deepMm * (1 - share * share) ** 0.6 * shred;
}

function columnAt(anatomy: LungAnatomy, pose: LungPose, u: number): Column {
  const v = u - pose.wanderMm;
  const m = v - pose.slideMm;
  const tilt = smoothPleura(anatomy, pose, v + 1) - smoothPleura(anatomy, pose, v - 1);
  const pleuraMm = pleuraDepth(anatomy, pose, u);
  let deepMm = 0;
  let deepSeed = 0;
  for (const c of anatomy.consolidations) {
    const deep = consolidationAt(c, m);
    if (deep > deepMm) {
      deepMm = deep;
      deepSeed = c.seed;
    }
  }
  const uneven = anatomy.score >= 2 ? 13 * max(0, roughNoise((m + anatomy.textureZ) / 3.1, 3.3) - 0.52) * 2 : 0;
  let ribMm = Number.POSITIVE_INFINITY;
  let ribStop = 0;
  for (const rib of anatomy.ribs) {
    const found = ribAt(rib, v);
    if (found === null || found.stop < ribStop) continue;
    ribMm = smoothPleura(anatomy, pose, v) - pose.liftMm - found.abovePleuraMm;
    ribStop = found.stop;
  }
  const loose = max(0, smoothNoise((u + 3 * anatomy.textureZ) / 9, anatomy.textureU) - 0.62) / 0.38;
  return {
    u: v,
    m,
    pleuraMm,
    facing: exp(-((tilt / 2 / 0.17) ** 2)),
    brokenDb: 17 * min(1, deepMm / 1.5) + uneven,
    deepMm,
    deepSeed,
    ribMm,
    ribStop,
    contactDb: anatomy.contactDb * loose + 7 * abs(u / anatomy.halfMm) ** 6,
  };
}

/** Level of the white that comes down the beam from the pleura, at d below it; -99 where there is none. */
function whiteLevel(anatomy: LungAnatomy, column: Column, d: number, momentS: number): number {
  let level = -99;
  const { m } = column;
  for (const line of anatomy.verticals) {
    const share = (m - line.u) / (line.halfMm * (1 + 0.006 * d));
    if (abs(share) > 9) continue;
    const flicker = 2.5 * (smoothNoise(line.phase + 1.6 * momentS, line.phase) - 0.5);
    const over = max(0, d - line.lengthMm);
    level = max(level, line.levelDb + flicker - 20 * log10(1 + share * share) - line.fadeDb * d - 4 * over);
  }
  for (const white of anatomy.white) {
    const outside = max(0, white.from - m, m - white.to);
    if (outside > 12) continue;
    const streak = 15 * (roughNoise((m + anatomy.textureU) / 3.4, 0.3 * momentS + 0.004 * d) - 0.55);
    level = max(level, white.levelDb + streak - 20 * log10(1 + (outside / 1.5) ** 2) - white.fadeDb * d);
  }
  if (level < -60) return level;
  // Ringing: fine bars across the beam, and slow swell along it.
  const bars = 6 * (smoothNoise(m / 2.4 + 17, (d + 3 * momentS) / 0.9) - 0.5);
  return level + bars + 7 * (smoothNoise(m / 6 + 90, d / 14) - 0.5);
}

/** Below an aerated pleura: haze, ghosts of the wall, A-lines, and white where water is. */
function air(anatomy: LungAnatomy, column: Column, r: number, momentS: number, sample: Sample): void {
  const { u, pleuraMm, facing } = column;
  const d = r - pleuraMm;
  const white = d > column.deepMm ? whiteLevel(anatomy, column, d, momentS) : -99;
  const times = floor(r / pleuraMm);
  let level = anatomy.hazeDb - anatomy.hazeFadeDb * d - 3 * (1 - facing);
  level += 7 * (roughNoise((u + anatomy.textureZ) / 8, r / 19) - 0.5) + 5 * (smoothNoise(u / 7, r / 1.7) - 0.5);
  if (times === 1 && facing > 0.3) {
    chestWall(anatomy, u, max(r - pleuraMm, anatomy.skinMm + 0.1), pleuraMm, sample);
    level = max(level, sample.level - 9 - 14 * (1 - facing));
  }
  sample.level = level;
  sample.specular = 0;
  sample.loss = 0;
  const order = round(r / pleuraMm);
  if (order >= 2) {
    const covered = min(1, max(0, (white + 40) / 14));
    const patch = roughNoise((u + anatomy.textureU) / 8 + 31 * order, 1.3);
    const strength =
      anatomy.aLineDb - anatomy.aLineStepDb * (order - 2) - 24 * (order - 1) * (1 - facing) - 18 * (1 - patch) - 26 * covered;
    const width = anatomy.thickMm * (0.9 + 0.3 * order);
    sheet(sample, r - order * pleuraMm, width, strength, 0.35 * 10 ** (strength / 20));
    // The pleura's thickness is repeated too: a fainter line under each.
    sheet(sample, r - order * pleuraMm - 3.2 * width, width, strength - 7, 0);
  }
  sample.level = max(sample.level, white);
}

/** Inside a consolidation: tissue, with bright specks where bronchi hold air; its deep border is bright in patches. */
function consolidated(anatomy: LungAnatomy, column: Column, d: number, sample: Sample): void {
  const { m, deepMm, deepSeed } = column;
  sample.level = -38 + 9 * (roughNoise(m / 1.8 + deepSeed, d / 1.8) - 0.5);
  sample.specular = 0;
  sample.loss = 0;
  const speck = roughNoise(m / 1.5 + 2 * deepSeed, d / 1.1);
  if (speck > 0.74 && d > 1.5) sample.level += 16 * min(1, (speck - 0.74) / 0.08);
  sheet(sample, deepMm - d, 0.7, -13 - 10 * (1 - smoothNoise(m / 1.6, anatomy.textureU)), 0.08);
}

/** The chest under the probe at a moment. Coordinates are (u, depth along the beam). */
export function lungBody(anatomy: LungAnatomy, pose: LungPose): Body {
  let column = columnAt(anatomy, pose, 0);
  let at = Number.NaN;
  return (u, r, sample) => {
    if (u !== at) {
      column = columnAt(anatomy, pose, u);
      at = u;
    }
    const { pleuraMm, ribMm, ribStop } = column;
    const d = r - pleuraMm;
    const bony = r > ribMm - 1.4;
    sample.restX = column.u;
    sample.restZ = r;
    if (d < 0) {
      chestWall(anatomy, column.u, r, pleuraMm, sample);
      if (r < 1) sample.loss += column.contactDb;
    } else if (!bony || ribStop < 1) {
      sample.restX = u - 0.7 * pose.slideMm;
      // An echo that went to and fro several times moves as many times as far.
      sample.restZ = r - pose.liftMm * (r / pleuraMm) + 0.8 * sin(2.6 * pose.momentS);
      if (d < column.deepMm) consolidated(anatomy, column, d, sample);
      else air(anatomy, column, r, pose.momentS, sample);
    }
    if (bony) {
      bone(sample, r - ribMm, { u: column.u, stop: ribStop, shadowDb: anatomy.shadowDb, rimMm: 0.8 * anatomy.thickMm });
      if (ribStop >= 1) return;
    }
    if (abs(d) < 3 * anatomy.thickMm) {
      const patch = 7 * (roughNoise((column.m + anatomy.textureU) / 5, 9.1) - 0.6);
      const level = -5 - 10 * (1 - column.facing) - column.brokenDb + min(0, patch);
      sheet(sample, d - 0.4 * anatomy.thickMm, anatomy.thickMm, level, 0.7 * 10 ** (level / 20));
    }
  };
}
