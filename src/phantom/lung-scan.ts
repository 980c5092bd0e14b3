// In: a seed, a score and a probe. Out: one cine of one scanning area: its plan, and its pictures.

import { type LungAnatomy, type LungScore, lungAnatomy } from './lung-anatomy.ts';
import { type LungPose, lungBody } from './lung-body.ts';
import type { LungProbe } from './lung-probe.ts';
import { hash32, randomFrom } from './random.ts';
import { beamGrid, type SectorFrame, scanConversion, sectorFrame } from './sector.ts';
import { type GreyPicture, picture } from './speckle.ts';
import { type Body, type Grid, tissueMap } from './tissue.ts';

/** How the chest moves in a cine. */
export type Breathing = {
  readonly periodS: number;
  /** Where in the breath the cine starts, as a share of it. */
  readonly start: number;
  readonly slideMm: number;
  readonly liftMm: number;
  readonly wanderMm: number;
};

export type LungScan = {
  readonly seed: number;
  readonly score: LungScore;
  readonly anatomy: LungAnatomy;
  readonly breathing: Breathing;
  readonly scan: LungProbe;
  readonly frames: number;
  readonly framesPerSecond: number;
};

/** What is asked of a cine; what is left out is drawn. */
export type LungScanWish = {
  readonly seed: number;
  readonly score: LungScore;
  readonly scan: LungProbe;
  /** 20 to 60 by default. */
  readonly frames?: number;
};

/** Plans a cine: what lies under the probe, how it moves, how long it is. */
export function lungScan(wish: LungScanWish): LungScan {
  const { seed, score, scan } = wish;
  const chance = randomFrom(seed, 'lung scan');
  const anatomy = lungAnatomy(score, scan, chance);
  return {
    seed,
    score,
    anatomy,
    scan,
    breathing: {
      periodS: chance.uniform(2.2, 4.5),
      start: chance.next(),
      slideMm: chance.uniform(1.2, 4),
      liftMm: chance.uniform(0.1, 0.9),
      wanderMm: chance.uniform(0, 0.8),
    },
    frames: wish.frames ?? chance.integer(20, 60),
    framesPerSecond: chance.pick([15, 18, 20, 24, 25, 30]),
  };
}

/** The moment of a frame, 0 for the first. The lung slides to and fro with each breath. */
export function poseAt(cine: LungScan, frame: number): LungPose {
  const { breathing, framesPerSecond } = cine;
  const momentS = frame / framesPerSecond;
  const phase = 2 * Math.PI * (momentS / breathing.periodS + breathing.start);
  return {
    momentS,
    slideMm: breathing.slideMm * Math.sin(phase),
    liftMm: breathing.liftMm * Math.sin(phase + 0.5),
    wanderMm: breathing.wanderMm * Math.sin(0.37 * phase + 6 * breathing.start),
  };
}

/** How the pictures of a cine lie: their size and scale, and the row of the skin on the middle beam. */
export type LungFrame = { readonly rows: number; readonly columns: number; readonly pixelMm: number; readonly skinRow: number };

/** The frame of a cine within a size in pixels: a sector fills it as far as it goes, a linear picture is as narrow as its footprint. */
export function lungFrame(scan: LungProbe, size: { readonly rows: number; readonly columns: number }): LungFrame {
  if (scan.sector !== null) {
    const frame = sectorFrame(scan.sector, size);
    return { ...size, pixelMm: frame.pixelMm, skinRow: frame.apexRow + scan.sector.faceRadiusMm / frame.pixelMm };
  }
  const pixelMm = scan.depthMm / size.rows;
  return { rows: size.rows, columns: Math.min(size.columns, Math.round(scan.probe.widthMm / pixelMm)), pixelMm, skinRow: 0 };
}

/** A body across the beams of a grid: u is measured along the pleura, whichever unit the grid has. */
function onGrid(body: Body, uPerMm: number): Body {
  return (xMm, zMm, sample) => {
    body(xMm * uPerMm, zMm, sample);
    sample.restX /= uPerMm;
  };
}

type Optics = { readonly grid: Grid; readonly uPerMm: number; readonly shown: (grey: GreyPicture) => GreyPicture };

function optics(cine: LungScan, size: { readonly rows: number; readonly columns: number }): Optics {
  const { scan, anatomy } = cine;
  const frame = lungFrame(scan, size);
  if (scan.sector === null) {
    const grid = { rows: frame.rows, columns: frame.columns, pixelMm: frame.pixelMm, originColumn: frame.columns / 2 };
    return { grid, uPerMm: 1, shown: (grey) => grey };
  }
  const { sector } = scan;
  const bent: SectorFrame = sectorFrame(sector, size);
  const samples = Math.round(scan.depthMm / bent.pixelMm);
  const beams = Math.round(Math.min(256, Math.max(64, 0.42 * size.columns)));
  const grid = beamGrid(sector, { samples, beams });
  const uPerMm = ((2 * sector.halfAngle) / beams / grid.pixelMm) * (sector.faceRadiusMm + anatomy.pleuraMm);
  return { grid, uPerMm, shown: scanConversion(sector, { rows: samples, columns: beams }, bent) };
}

/** Takes pictures of a cine: prepares once, then makes any frame by its number, 0 for the first. */
export function lungCamera(
  cine: LungScan,
  size: { readonly rows: number; readonly columns: number },
): (frame: number) => GreyPicture {
  const { grid, uPerMm, shown } = optics(cine, size);
  return (frame) => {
    const body = onGrid(lungBody(cine.anatomy, poseAt(cine, frame)), uPerMm);
    const grey = picture(tissueMap(body, grid), cine.scan.probe, {
      scattererSeed: cine.seed,
      electronicSeed: hash32(cine.seed, 'frame', frame),
      reverberationMm: 3 + (cine.seed % 64) / 24,
    });
    return shown(grey);
  };
}

/** Pictures of a cine at some of its frames, in the order given. */
export const lungPictures = (
  cine: LungScan,
  size: { readonly rows: number; readonly columns: number },
  frames: readonly number[],
): readonly GreyPicture[] => frames.map(lungCamera(cine, size));
