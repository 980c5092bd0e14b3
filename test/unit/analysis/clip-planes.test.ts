// How a picture is brought to the scale that a network was trained at.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { atScale, onCanvas, planeOf } from '../../../src/analysis/clip-planes.ts';
import { parseManifest } from '../../../src/analysis/manifest.ts';
import type { GreyPicture } from '../../../src/analysis/picture.ts';
import type { ClipPreprocessing } from '../../../src/contracts/model.ts';

const published: ClipPreprocessing = {
  rows: 30,
  columns: 30,
  channels: 1,
  fit: 'pad',
  canvas: 120,
  mean: [0],
  deviation: [1],
  minFrames: 9,
  maxFrames: 72,
  framesPerSecond: 0,
  frameStep: 1,
};
const scaled: ClipPreprocessing = { ...published, millimetresPerPixel: { least: 0.08, most: 0.13, otherwise: 0.1 } };
const square = (mm: number) => ({ x: mm, y: mm });

/** A bright disc of a radius in mm in the middle of a picture of 10 x 10 mm. */
function disc(radiusMm: number, spacingMm: number): GreyPicture {
  const side = Math.round(10 / spacingMm);
  const from = (index: number): number => (index + 0.5) * spacingMm - 5;
  const data = Uint8Array.from({ length: side * side }, (_, at) =>
    Math.hypot(from(at % side), from(Math.floor(at / side))) < radiusMm ? 200 : 20,
  );
  return { rows: side, columns: side, data };
}

describe('a picture of a scale that the network was not trained at', () => {
  test('gives the plane of one that it was trained at', () => {
    const planes = [0.05, 0.1, 0.2].map((mm) => planeOf(disc(3, mm), atScale(scaled, square(mm))));
    const apart = (one: Float32Array, other: Float32Array): number =>
      one.reduce((sum, value, at) => sum + Math.abs(value - (other[at] ?? 0)), 0) / one.length;
    const [fine = new Float32Array(), middle = new Float32Array(), coarse = new Float32Array()] = planes;
    expect(apart(fine, middle)).toBeLessThan(2);
    expect(apart(coarse, middle)).toBeLessThan(4);
    // Without a scale the coarse picture is half as large on the canvas.
    expect(apart(planeOf(disc(3, 0.2), atScale(published, square(0.2))), middle)).toBeGreaterThan(20);
  });

  test('keeps the published canvas where the model names no scales, the picture has one of them or names none, or the header is out of all reason', () => {
    expect(atScale(published, square(0.2))).toBe(published);
    for (const mm of [0.08, 0.12, 0.13]) expect(atScale(scaled, square(mm))).toBe(scaled);
    expect(atScale(scaled, null)).toBe(scaled);
    for (const mm of [1e-9, 0.02, 0.5, 1e9, Number.NaN, 0]) expect(atScale(scaled, square(mm))).toBe(scaled);
    expect(atScale({ ...scaled, fit: 'stretch' }, square(0.2)).canvas).toBe(120);
  });

  test('of pixels that are not square counts by their area', () => {
    expect(atScale(scaled, { x: 0.1, y: 0.4 }).canvas).toBe(60);
  });
});

test('a larger canvas cuts nothing that a smaller one shows', () => {
  const picture = disc(3, 0.1);
  expect(onCanvas(picture, 100).data).toEqual(picture.data);
  expect(onCanvas(picture, 140).data.filter((value) => value === 200)).toHaveLength(
    picture.data.filter((value) => value === 200).length,
  );
});

test('a manifest may name the scales of its training, and no others than can be', () => {
  const file = path.join(import.meta.dirname, '../../../models/vascular-dvt/manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const withScale = (millimetresPerPixel: unknown) => ({
    ...manifest,
    preprocessing: { ...manifest.preprocessing, millimetresPerPixel },
  });
  const scales = { least: 0.07, most: 0.13, otherwise: 0.09 };
  expect(parseManifest(withScale(scales), 'manifest.json').preprocessing).toMatchObject({ millimetresPerPixel: scales });
  for (const wrong of [0.09, null, { ...scales, least: 0 }, { ...scales, otherwise: 0.2 }, { least: 0.07, most: 0.13 }])
    expect(() => parseManifest(withScale(wrong), 'manifest.json')).toThrow(/preprocessing/);
  // No other family reads it, and what is not read must not look as if it were.
  expect(() => parseManifest({ ...withScale(scales), kind: 'clip' }, 'manifest.json')).toThrow(/is read for a frame stack/);
});
