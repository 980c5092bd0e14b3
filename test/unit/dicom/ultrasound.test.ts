// Where the ultrasound image lies: regions as vendors write them, and the part that moves.
import { describe, expect, test } from '@jest/globals';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import type { GreyOrRgb } from '../../../src/dicom/frames.ts';
import { chooseRegions, colourDoppler, coveredParts, fallbackRegion, ultrasoundRegions } from '../../../src/dicom/ultrasound.ts';

/** An item of Sequence of Ultrasound Regions: 2D tissue in centimetres at the given bounds, with differences. */
const region = (x0: number, y0: number, x1: number, y1: number, differs: Dataset = {}): Dataset => ({
  RegionSpatialFormat: 1,
  RegionDataType: 1,
  RegionFlags: 0,
  RegionLocationMinX0: x0,
  RegionLocationMinY0: y0,
  RegionLocationMaxX1: x1,
  RegionLocationMaxY1: y1,
  PhysicalUnitsXDirection: 3,
  PhysicalUnitsYDirection: 3,
  PhysicalDeltaX: 0.02,
  PhysicalDeltaY: 0.03,
  ...differs,
});

const choose = (regions: readonly Dataset[], rows = 600, columns = 800) =>
  chooseRegions(ultrasoundRegions({ SequenceOfUltrasoundRegions: regions }), rows, columns);
const bounds = (regions: readonly Dataset[], rows = 600, columns = 800): readonly (readonly number[])[] =>
  choose(regions, rows, columns).regions.map(({ rectangle: { x0, y0, x1, y1 } }) => [x0, y0, x1, y1]);

describe('the region of an ultrasound image', () => {
  test('is the one of 2D tissue, with its scale in millimetres', () => {
    const ecg = region(0, 500, 799, 599, { RegionSpatialFormat: 4, RegionDataType: 10, PhysicalUnitsXDirection: 4 });
    const choice = choose([ecg, region(100, 50, 700, 480, { PhysicalDeltaX: -0.02 })]);
    expect(choice.regions).toHaveLength(1);
    expect(choice.regions[0]?.rectangle).toEqual({ x0: 100, y0: 50, x1: 700, y1: 480 });
    expect(choice.regions[0]?.spacingMm?.x).toBeCloseTo(0.2, 10);
    expect(choice.regions[0]?.spacingMm?.y).toBeCloseTo(0.3, 10);
  });

  test('has no scale when the deltas are zero', () => {
    expect(choose([region(0, 0, 100, 100, { PhysicalDeltaX: 0 })]).regions[0]?.spacingMm).toBeNull();
  });

  test('is clamped to a picture that was cropped', () => {
    expect(bounds([region(120, 60, 800, 518)], 350, 800)).toEqual([[120, 60, 799, 349]]);
  });

  test('is left out when it belongs to a larger picture', () => {
    expect(choose([region(84, 31, 595, 414)], 240, 320)).toEqual({ regions: [], reason: 'no-region' });
  });

  test('is left out when it has no extent, lies outside, or is not in centimetres', () => {
    const odd = [
      region(743, 60, 743, 518),
      region(900, 60, 950, 500),
      region(0, 0, 100, 100, { PhysicalUnitsXDirection: 0 }),
      region(0, 0, 799, 599, { RegionSpatialFormat: 0, RegionDataType: 0 }),
    ];
    expect(choose(odd)).toEqual({ regions: [], reason: 'no-region' });
    expect(choose([])).toEqual({ regions: [], reason: 'no-region' });
  });

  test('of high priority comes before a larger one that it overlaps', () => {
    expect(bounds([region(0, 0, 799, 599, { RegionFlags: 1 }), region(100, 100, 500, 500)])).toEqual([[100, 100, 500, 500]]);
  });

  test('of a split screen is several, in reading order; small insets and overlapping copies are not', () => {
    const left = region(0, 50, 399, 500);
    const right = region(400, 50, 799, 500);
    const inset = region(10, 520, 60, 560);
    const copy = region(5, 60, 390, 490);
    expect(bounds([right, inset, copy, left])).toEqual([
      [0, 50, 399, 500],
      [400, 50, 799, 500],
    ]);
  });

  test.each<[string, Dataset]>([
    ['colour-doppler', { RegionDataType: 2 }],
    ['m-mode', { RegionSpatialFormat: 2 }],
    ['spectral', { RegionSpatialFormat: 3, RegionDataType: 3 }],
    ['no-region', { RegionSpatialFormat: 5 }],
  ])('is missing for the reason %s', (reason, differs) => {
    expect(choose([region(0, 0, 100, 100, differs)])).toEqual({ regions: [], reason });
  });
});

describe('colour Doppler', () => {
  test.each<[string, Dataset]>([
    ['a region of colour flow', { SequenceOfUltrasoundRegions: [region(0, 0, 9, 9), region(0, 0, 9, 9, { RegionDataType: 2 })] }],
    ['UltrasoundColorDataPresent', { UltrasoundColorDataPresent: 1 }],
    ['an image type with colour', { ImageType: ['ORIGINAL', 'PRIMARY', 'TTE', '0011'] }],
    ['an image type with power', { ImageType: ['ORIGINAL', 'PRIMARY', '', '0100'] }],
  ])('is told by %s', (_, dataset) => {
    expect(colourDoppler(dataset)).toBe(true);
  });

  test.each<[string, Dataset]>([
    ['an empty data set', {}],
    ['2D tissue', { UltrasoundColorDataPresent: 0, SequenceOfUltrasoundRegions: [region(0, 0, 9, 9)] }],
    ['an image type of 2D', { ImageType: ['ORIGINAL', 'PRIMARY', 'VASCULAR', '0001'] }],
    ['an image type with words', { ImageType: ['DERIVED', 'SECONDARY', '', 'FACE'.toLowerCase().repeat(2)] }],
  ])('is not told by %s', (_, dataset) => {
    expect(colourDoppler(dataset)).toBe(false);
  });
});

describe('the part of a cine that moves', () => {
  const ROWS = 120;
  const COLUMNS = 160;
  /** A frame whose pixels in the rectangle flicker with `phase`, over a still background with a clock in the corner. */
  const frame = (phase: number, x0: number, y0: number, x1: number, y1: number): GreyOrRgb => {
    const data = new Uint8Array(ROWS * COLUMNS).fill(30);
    for (let y = y0; y <= y1; y += 1)
      for (let x = x0; x <= x1; x += 1) data[y * COLUMNS + x] = 60 + ((x * 7 + y * 13 + phase * 40) % 80);
    for (let x = 150; x < 154; x += 1) data[2 * COLUMNS + x] = phase * 20;
    return { rows: ROWS, columns: COLUMNS, channels: 1, data };
  };

  test('is its bounding box, without a clock in a corner', () => {
    const frames = [0, 1, 2, 3].map((phase) => frame(phase, 20, 30, 119, 99));
    expect(fallbackRegion(frames)).toEqual({ x0: 20, y0: 30, x1: 119, y1: 99 });
  });

  test('is found in colour frames too', () => {
    const frames = [0, 1, 2].map((phase) => {
      const { data, ...rest } = frame(phase, 20, 30, 119, 99);
      return {
        ...rest,
        channels: 3 as const,
        data: Uint8Array.from({ length: data.length * 3 }, (_, at) => data[Math.floor(at / 3)] ?? 0),
      };
    });
    expect(fallbackRegion(frames)).toEqual({ x0: 20, y0: 30, x1: 119, y1: 99 });
  });

  test('is none when nothing moves, when too little moves, and for a single frame', () => {
    expect(fallbackRegion([frame(0, 20, 30, 119, 99), frame(0, 20, 30, 119, 99)])).toBeNull();
    expect(fallbackRegion([0, 1, 2].map((phase) => frame(phase, 20, 30, 27, 36)))).toBeNull();
    expect(fallbackRegion([frame(0, 20, 30, 119, 99)])).toBeNull();
    expect(fallbackRegion([])).toBeNull();
  });
});

describe('parts of an image that other regions cover', () => {
  const image = { x0: 100, y0: 50, x1: 499, y1: 449 };
  const covered = (...regions: readonly Dataset[]) =>
    coveredParts(ultrasoundRegions({ SequenceOfUltrasoundRegions: regions }), image);

  test('are traces, graphics and bars inside it, clipped to it', () => {
    const ecg = region(0, 400, 700, 480, { RegionSpatialFormat: 4, RegionDataType: 10 });
    const bar = region(110, 60, 125, 200, { RegionSpatialFormat: 0, RegionDataType: 13 });
    expect(covered(ecg, bar)).toEqual([
      { x0: 100, y0: 400, x1: 499, y1: 449 },
      { x0: 110, y0: 60, x1: 125, y1: 200 },
    ]);
  });

  test('are not other images, regions of no kind, what lies beside it, and what would cover most of it', () => {
    const tissue = region(100, 50, 499, 449);
    const none = region(110, 60, 200, 100, { RegionSpatialFormat: 0, RegionDataType: 0 });
    const beside = region(100, 460, 499, 500, { RegionSpatialFormat: 4, RegionDataType: 10 });
    const whole = region(0, 0, 799, 599, { RegionSpatialFormat: 5, RegionDataType: 0 });
    expect(covered(tissue, none, beside, whole)).toEqual([]);
  });
});
