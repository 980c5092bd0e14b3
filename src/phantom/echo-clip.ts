// In: a heart, a view and chance. Out: a cine of it as plain data, and each of its frames as a picture.

import type { HeartAnatomy } from './heart-anatomy.ts';
import { apicalCut } from './heart-apical.ts';
import type { HeartCut } from './heart-chamber.ts';
import { type HeartMoment, heartMoment, type Rhythm } from './heart-cycle.ts';
import { parasternalCut } from './heart-parasternal.ts';
import { type EchoView, shortAxisRing, type Ventriculogram, wallsOfView } from './heart-segments.ts';
import { shortAxisCut } from './heart-short-axis.ts';
import { type AcousticWindow, type Placement, thoraxBody } from './heart-thorax.ts';
import type { WallShares } from './heart-ventricle.ts';
import type { Probe } from './probe.ts';
import { hash32, type Random } from './random.ts';
import { alongBeams, beamGrid, placeInFrame, type Sector, scanConversion, sectorFrame } from './sector.ts';
import { downsample, type GreyPicture, picture } from './speckle.ts';
import { tissueMap } from './tissue.ts';

/** The heart of an examination: anatomy, motion of its segments, and the seed of its scatterers. */
export type ExaminedHeart = {
  readonly seed: number;
  readonly anatomy: HeartAnatomy;
  readonly ventriculogram: Ventriculogram;
};

/** One cine, before its pictures are made. */
export type EchoClip = {
  readonly heart: ExaminedHeart;
  readonly view: EchoView;
  readonly rhythm: Rhythm;
  readonly frames: number;
  readonly frameRate: number;
  readonly sector: Sector;
  readonly placement: Placement;
  readonly window: AcousticWindow;
  readonly liverMm: number;
  readonly seed: number;
};

/** Where the heart lies in each view: apex of the cavity (or middle of the short axis), turn of the long axis, displayed depth. */
const views: Readonly<
  Record<
    EchoView,
    {
      readonly x: readonly [number, number];
      readonly z: readonly [number, number];
      readonly angle: readonly [number, number];
      readonly depthMm: readonly [number, number];
      readonly liverMm: number;
    }
  >
> = {
  A4C: { x: [6, 16], z: [14, 20], angle: [-0.1, 0.08], depthMm: [158, 178], liverMm: 0 },
  A2C: { x: [-4, 6], z: [14, 20], angle: [-0.06, 0.14], depthMm: [155, 176], liverMm: 0 },
  A5C: { x: [6, 16], z: [14, 20], angle: [-0.1, 0.06], depthMm: [158, 178], liverMm: 0 },
  PLAX: { x: [-80, -71], z: [55, 62], angle: [1.52, 1.68], depthMm: [145, 165], liverMm: 0 },
  PSAX: { x: [4, 14], z: [38, 44], angle: [-0.1, 0.1], depthMm: [130, 150], liverMm: 0 },
  SC4C: { x: [50, 60], z: [62, 72], angle: [-1.05, -0.85], depthMm: [175, 200], liverMm: 40 },
};

/** Plans a cine of one or two beats. */
export function echoClip(
  heart: ExaminedHeart,
  view: EchoView,
  plan: { readonly chance: Random; readonly heartRate: number; readonly frames?: number; readonly frameRate?: number },
): EchoClip {
  const { chance, heartRate } = plan;
  const u = chance.uniform;
  const row = views[view];
  const within = (range: readonly [number, number]): number => u(range[0], range[1]);
  const frameRate = plan.frameRate ?? chance.pick([30, 34, 40, 45, 50, 60]);
  const beatFrames = (frameRate * 60) / heartRate;
  const halfAngle = u(0.64, 0.78);
  const anatomy = heart.anatomy;
  // Apical cuts have the muscle of the apex just below the chest wall.
  const front = view === 'SC4C' ? 0 : anatomy.chestMm - 16;
  return {
    heart,
    view,
    rhythm: { heartRate, startPhase: chance.chance(0.7) ? 0 : u(0, 1) },
    frames: plan.frames ?? Math.min(64, Math.max(32, Math.round(beatFrames * (beatFrames < 28 ? 2 : 1)))),
    frameRate,
    sector: { faceRadiusMm: u(5, 9), halfAngle, depthMm: 5 * Math.round(within(row.depthMm) / 5) },
    placement: { x: within(row.x), z: within(row.z) + front + (view === 'SC4C' ? 0 : 12), angle: within(row.angle) },
    window: {
      left: -halfAngle * u(0.5, 0.95),
      right: halfAngle * u(0.5, 0.95),
      fade: u(0.12, 0.25),
      strips: Array.from({ length: chance.integer(2, 5) }, () => ({
        angle: u(-halfAngle, halfAngle),
        width: u(0.03, 0.12),
        db: u(2, 10),
      })),
    },
    liverMm: row.liverMm,
    seed: hash32(heart.seed, view, frameRate, halfAngle),
  };
}

/** Share of normal motion of each wall that a view cuts, in the order the ventricle takes them. */
export function sharesOfView(ventriculogram: Ventriculogram, view: Exclude<EchoView, 'PSAX'>): WallShares {
  const walls = wallsOfView[view];
  const share = (segment: number): number => ventriculogram.shares[segment - 1] ?? 1;
  return { left: walls.left.map(share), right: walls.right.map(share), apex: walls.apex === null ? 1 : share(walls.apex) };
}

/** The cut of a clip's heart at a moment. */
function cutOf(clip: EchoClip, moment: HeartMoment): HeartCut {
  const { view, heart } = clip;
  const { anatomy, ventriculogram } = heart;
  if (view === 'PSAX') {
    const shares = shortAxisRing.map((segment) => ventriculogram.shares[segment - 1] ?? 1);
    return shortAxisCut(anatomy, { moment, shares });
  }
  const shares = sharesOfView(ventriculogram, view);
  if (view === 'PLAX') return parasternalCut(anatomy, { moment, shares });
  return apicalCut(anatomy, view, { moment, shares });
}

/** Size of a picture, and whether it is made at twice the size and averaged down, as for a network. */
export type EchoPictureSize = {
  readonly rows: number;
  readonly columns: number;
  readonly fromNative?: boolean;
  /** Samples along a beam; as many as the picture needs, 200 to 420, if left out. Fewer are quicker and coarser. */
  readonly samples?: number;
};

/** Takes the pictures of a clip: prepares once, then makes any frame by its number. */
export function echoPictures(
  clip: EchoClip,
  view: { readonly probe: Probe; readonly size: EchoPictureSize },
): { readonly pixelMm: number; readonly skinRow: number; readonly frame: (n: number) => GreyPicture } {
  const { probe, size } = view;
  const factor = size.fromNative === true ? 2 : 1;
  const { sector, placement, rhythm } = clip;
  const frame = sectorFrame(sector, { rows: size.rows * factor, columns: size.columns * factor });
  const samples = size.samples ?? Math.min(420, Math.max(200, Math.round(sector.depthMm / frame.pixelMm)));
  const grid = beamGrid(sector, { samples, beams: Math.round(samples * 0.44) });
  const convert = scanConversion(sector, { rows: grid.rows, columns: grid.columns }, frame);
  const thorax = { anatomy: clip.heart.anatomy, window: clip.window, liverMm: clip.liverMm };
  return {
    pixelMm: frame.pixelMm * factor,
    // Row of the middle of the probe's face.
    skinRow: placeInFrame(frame, sector, { x: 0, z: 0 }).row / factor,
    frame: (n) => {
      const moment = heartMoment(rhythm, n / clip.frameRate);
      // Breathing shifts the heart slowly; each contraction turns it a little.
      const breath = Math.sin(moment.timeS * 1.3 + (clip.seed % 7));
      const now = {
        x: placement.x + 0.7 * breath,
        z: placement.z + 1.1 * breath + 1.2 * moment.contraction,
        angle: placement.angle + 0.025 * moment.contraction,
      };
      const body = thoraxBody(thorax, { cut: cutOf(clip, moment), placement: now, rest: placement }, sector);
      const grey = picture(tissueMap(alongBeams(body, sector, grid), grid), probe, {
        scattererSeed: clip.seed,
        electronicSeed: hash32(clip.seed, n),
        reverberationMm: 4 + (clip.seed % 64) / 8,
      });
      const shown = convert(grey);
      return factor === 1 ? shown : downsample(shown, factor);
    },
  };
}
