// Sector geometry: places of the body and places of the picture.

import { describe, expect, test } from '@jest/globals';
import { drawProbe } from '../../../src/phantom/probe.ts';
import { randomFrom } from '../../../src/phantom/random.ts';
import { alongBeams, beamGrid, placeInFrame, type Sector, scanConversion, sectorFrame } from '../../../src/phantom/sector.ts';
import { picture } from '../../../src/phantom/speckle.ts';
import { type Sample, tissueMap } from '../../../src/phantom/tissue.ts';

const sectors: readonly Sector[] = [
  { faceRadiusMm: 55, halfAngle: 0.5, depthMm: 110 },
  { faceRadiusMm: 0, halfAngle: 0.7, depthMm: 150 },
];
const size = { rows: 220, columns: 300 };
const quiet = { ...drawProbe('alpha', randomFrom(1)), looks: 1, smoothing: 0, clutterDb: -200, noiseDb: -200, residualLossDb: 0 };

describe('a sector', () => {
  test('shows a bright spot of the body where the frame says that it lies', () => {
    for (const sector of sectors) {
      for (const spot of [
        { x: 0, z: 40 },
        { x: 24, z: 60 },
        { x: -20, z: 75 },
      ]) {
        const grid = beamGrid(sector, { samples: 200, beams: 160 });
        const body = (x: number, z: number, sample: Sample): void => {
          const near = Math.hypot(x - spot.x, z - spot.z) < 1.5;
          Object.assign(sample, { level: near ? -5 : -90, specular: 0, loss: 0, restX: x, restZ: z });
        };
        const grey = picture(tissueMap(alongBeams(body, sector, grid), grid), quiet, {
          scattererSeed: 1,
          electronicSeed: 1,
          reverberationMm: 3,
        });
        const frame = sectorFrame(sector, size);
        const shown = scanConversion(sector, grid, frame)(grey);
        let weight = 0;
        let column = 0;
        let row = 0;
        shown.pixels.forEach((level, i) => {
          if (level < 120) return;
          weight += level;
          column += level * ((i % size.columns) + 0.5);
          row += level * (Math.floor(i / size.columns) + 0.5);
        });
        const place = placeInFrame(frame, sector, spot);
        expect(weight).toBeGreaterThan(0);
        expect(Math.abs(column / weight - place.column)).toBeLessThan(2);
        expect(Math.abs(row / weight - place.row)).toBeLessThan(2);
      }
    }
  });

  test('fits into its frame and touches two opposite borders of it', () => {
    for (const sector of sectors) {
      const frame = sectorFrame(sector, size);
      const bottom = frame.apexRow + (sector.faceRadiusMm + sector.depthMm) / frame.pixelMm;
      const side = ((sector.faceRadiusMm + sector.depthMm) * Math.sin(sector.halfAngle)) / frame.pixelMm;
      expect(bottom).toBeLessThanOrEqual(size.rows + 1e-9);
      expect(side).toBeLessThanOrEqual(size.columns / 2 + 1e-9);
      expect(Math.max(bottom / size.rows, (2 * side) / size.columns)).toBeCloseTo(1, 9);
    }
  });

  test('is black outside of its beams and filled inside', () => {
    for (const sector of sectors) {
      const frame = sectorFrame(sector, size);
      const beams = { rows: 100, columns: 80 };
      const shown = scanConversion(sector, beams, frame)({ ...beams, pixels: new Uint8Array(8000).fill(200) });
      for (let row = 0; row < size.rows; row++) {
        for (let column = 0; column < size.columns; column++) {
          const x = (column + 0.5 - frame.apexColumn) * frame.pixelMm;
          const z = (row + 0.5 - frame.apexRow) * frame.pixelMm;
          const depth = Math.hypot(x, z) - sector.faceRadiusMm;
          const inside = depth >= 0 && depth < sector.depthMm && Math.abs(Math.atan2(x, z)) < sector.halfAngle;
          if ((shown.pixels[row * size.columns + column] ?? 0) !== (inside ? 200 : 0))
            throw new Error(`row ${row}, column ${column} is wrong`);
        }
      }
      expect(shown.pixels.filter((level) => level > 0).length).toBeGreaterThan(0.3 * shown.pixels.length);
    }
  });

  test('hands places of rest back in the units of its grid', () => {
    for (const sector of sectors) {
      const grid = beamGrid(sector, { samples: 200, beams: 160 });
      const still = alongBeams((x, z, sample) => Object.assign(sample, { restX: x, restZ: z }), sector, grid);
      for (const [across, along] of [
        [-30, 4],
        [0, 50],
        [22.5, 90],
      ] as const) {
        const sample: Sample = { level: 0, specular: 0, loss: 0, restX: 0, restZ: 0 };
        still(across, along, sample);
        expect(sample.restX).toBeCloseTo(across, 9);
        expect(sample.restZ).toBeCloseTo(along, 9);
      }
    }
  });
});
