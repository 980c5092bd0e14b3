// In: a sector (curved or phased array), samples along its beams. Out: the picture as shown, and where places of the body lie in it.
//
// A picture is made on a grid of beams: a column is a beam, a row a depth along it. Scan conversion bends that grid into the sector.
// Body coordinates are millimetres: x across, 0 on the middle beam; z below the middle of the probe's face.

import type { GreyPicture } from './speckle.ts';
import type { Body, Grid } from './tissue.ts';

// Taken out of the global object once: they run for every pixel.
const { atan2, cos, floor, hypot, max, min, round, sin } = Math;

/** The shape of a sector. */
export type Sector = {
  /** Radius of the probe's curved face: 40 to 60 mm for a curved array, near 0 for a phased array. Its centre is the apex. */
  readonly faceRadiusMm: number;
  /** Angle between the middle beam and an outermost beam, radians, below a right angle. */
  readonly halfAngle: number;
  /** Displayed depth along a beam, from the face. */
  readonly depthMm: number;
};

/** The picture a sector is shown in, in pixels; the apex may lie above the picture (a negative row). */
export type SectorFrame = {
  readonly rows: number;
  readonly columns: number;
  readonly pixelMm: number;
  readonly apexColumn: number;
  readonly apexRow: number;
};

/** The grid of beams for `tissueMap` and `picture`. Its `columnMm` is the distance of neighbouring beams at half depth. */
export function beamGrid(sector: Sector, size: { readonly samples: number; readonly beams: number }): Grid {
  const spacing = (2 * sector.halfAngle) / size.beams;
  return {
    rows: size.samples,
    columns: size.beams,
    pixelMm: sector.depthMm / size.samples,
    originColumn: size.beams / 2,
    columnMm: spacing * (sector.faceRadiusMm + sector.depthMm / 2),
  };
}

/**
 * A body given in millimetres as the beams of a sector meet it, for `tissueMap` on a `beamGrid`: each place of the grid is turned
 * into (x, z), and the place of rest is turned back, so that speckle travels with the tissue.
 */
export function alongBeams(body: Body, sector: Sector, grid: Grid): Body {
  const { faceRadiusMm } = sector;
  const anglePerMm = (2 * sector.halfAngle) / (grid.columns * grid.pixelMm);
  return (acrossMm, alongMm, sample) => {
    const angle = acrossMm * anglePerMm;
    const range = alongMm + faceRadiusMm;
    body(range * sin(angle), range * cos(angle) - faceRadiusMm, sample);
    const restZ = sample.restZ + faceRadiusMm;
    const restRange = hypot(sample.restX, restZ);
    sample.restX = atan2(sample.restX, restZ) / anglePerMm;
    sample.restZ = restRange - faceRadiusMm;
  };
}

/** Fits a sector into a picture of a size, centred, as large as it goes, its highest point in the first row. */
export function sectorFrame(sector: Sector, size: { readonly rows: number; readonly columns: number }): SectorFrame {
  const { faceRadiusMm, halfAngle, depthMm } = sector;
  const top = faceRadiusMm * cos(halfAngle);
  const height = faceRadiusMm + depthMm - top;
  const width = 2 * (faceRadiusMm + depthMm) * sin(halfAngle);
  const pixelMm = max(height / size.rows, width / size.columns);
  return { ...size, pixelMm, apexColumn: size.columns / 2, apexRow: -top / pixelMm };
}

/** Where a place of the body lies in the picture, in pixels from the top left corner, fractions kept. */
export function placeInFrame(
  frame: SectorFrame,
  sector: Sector,
  place: { readonly x: number; readonly z: number },
): { readonly column: number; readonly row: number } {
  return {
    column: frame.apexColumn + place.x / frame.pixelMm,
    row: frame.apexRow + (place.z + sector.faceRadiusMm) / frame.pixelMm,
  };
}

/**
 * Prepares the bending of grey beams (rows: depth, columns: beams) into a sector, bilinear; outside of it the picture is black.
 * One preparation serves all frames of a cine.
 */
export function scanConversion(
  sector: Sector,
  beams: { readonly rows: number; readonly columns: number },
  frame: SectorFrame,
): (grey: GreyPicture) => GreyPicture {
  const { rows, columns, pixelMm, apexColumn, apexRow } = frame;
  const { faceRadiusMm, halfAngle, depthMm } = sector;
  const corner = new Int32Array(rows * columns).fill(-1);
  const across = new Float32Array(rows * columns);
  const along = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const z = (row + 0.5 - apexRow) * pixelMm;
    for (let column = 0; column < columns; column++) {
      const x = (column + 0.5 - apexColumn) * pixelMm;
      const depth = hypot(x, z) - faceRadiusMm;
      const angle = atan2(x, z);
      if (depth < 0 || depth >= depthMm || angle <= -halfAngle || angle >= halfAngle) continue;
      const beam = min(beams.columns - 1.001, max(0, (angle / halfAngle + 1) * 0.5 * beams.columns - 0.5));
      const sample = min(beams.rows - 1.001, max(0, (depth / depthMm) * beams.rows - 0.5));
      const i = row * columns + column;
      corner[i] = floor(sample) * beams.columns + floor(beam);
      across[i] = beam - floor(beam);
      along[i] = sample - floor(sample);
    }
  }
  return (grey) => {
    const pixels = new Uint8Array(rows * columns);
    for (let i = 0; i < pixels.length; i++) {
      const at = corner[i] as number;
      if (at < 0) continue;
      const u = across[i] as number;
      const v = along[i] as number;
      const upper = (grey.pixels[at] as number) * (1 - u) + (grey.pixels[at + 1] as number) * u;
      const lower = (grey.pixels[at + beams.columns] as number) * (1 - u) + (grey.pixels[at + beams.columns + 1] as number) * u;
      pixels[i] = round(upper + (lower - upper) * v);
    }
    return { rows, columns, pixels };
  };
}
