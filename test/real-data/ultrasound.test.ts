// Regions of real files of several vendors, and the part that moves where a file names none that can be used.
import { describe, expect, test } from '@jest/globals';
import { attributesOf } from '../../src/dicom/attributes.ts';
import { type GreyOrRgb, openFrames } from '../../src/dicom/frames.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import {
  chooseRegions,
  colourDoppler,
  fallbackRegion,
  type RegionChoice,
  ultrasoundRegions,
} from '../../src/dicom/ultrasound.ts';
import { dataPath } from './data.ts';

const LIMITS = { maxPixels: 16_000_000, maxFrames: 2_000, maxFrameBytes: 64_000_000 };

const choiceOf = async (name: string): Promise<RegionChoice & { readonly colour: boolean }> => {
  const file = await openPart10(dataPath(name));
  await file.close();
  const attributes = attributesOf(file);
  const { Rows, Columns } = attributes;
  return { ...chooseRegions(ultrasoundRegions(attributes), Number(Rows), Number(Columns)), colour: colourDoppler(attributes) };
};

describe('regions of real files', () => {
  test.each<[string, readonly [number, number, number, number, number][]]>([
    ['us/JPGLosslessP14SV1_1s_1f_8b.dcm', [[14, 38, 1010, 758, 0.2548]]],
    ['us/OBXXXX1A.dcm', [[120, 60, 799, 518, 0.2623]]],
    [
      'us/gdcm-US-ALOKA-16.dcm',
      [
        [32, 24, 335, 415, 0.3827],
        [336, 24, 639, 415, 0.3827],
      ],
    ],
    ['us/GREYSCALE_CINE.dcm', [[10, 31, 788, 592, 0.08308]]],
    ['us/RGB_IMAGE.dcm', [[0, 60, 1008, 764, 0.2379]]],
    ['us/femoral_JPEGLosslessP14SV1_3s_2f_u_08_08.dcm', [[80, 28, 944, 568, 0.02774]]],
    ['us/sonoque_anechoic-3mm-3mm.dcm', [[0, 0, 2082, 1454, 0.0291]]],
    ['us/no-pixel-spacing.dcm', [[120, 60, 799, 518, 0.3305]]],
    ['us/US-YBR_FULL_422-EVRLE.dcm', [[184, 75, 799, 554, 0.0616]]],
    ['us/examples_palette.dcm', [[120, 60, 799, 349, 0.2623]]],
    ['syntax-matrix/a4c10_rle_rgb.dcm', [[42, 15, 297, 207, 1.021]]],
  ])('of %s are those of its 2D tissue', async (name, expected) => {
    const { regions } = await choiceOf(name);
    expect(regions.map(({ rectangle: { x0, y0, x1, y1 } }) => [x0, y0, x1, y1])).toEqual(expected.map((row) => row.slice(0, 4)));
    regions.forEach(({ spacingMm }, index) => {
      expect(Math.abs((spacingMm?.x ?? 0) - (expected[index]?.[4] ?? Number.NaN))).toBeLessThan(0.001);
    });
  });

  test.each(['us/US1_UNCR.dcm', 'us/color-pl.dcm', 'us/examples_ybr_color.dcm'])(
    'of %s are none that can be used',
    async (name) => {
      expect(await choiceOf(name)).toMatchObject({ regions: [], reason: 'no-region' });
    },
  );

  test('a colour Doppler image is told from a greyscale one', async () => {
    expect((await choiceOf('us/color-pl.dcm')).colour).toBe(true);
    expect((await choiceOf('us/GREYSCALE_CINE.dcm')).colour).toBe(false);
  });
});

const someFrames = async (name: string, count: number): Promise<readonly GreyOrRgb[]> => {
  const source = await openFrames(dataPath(name), LIMITS);
  const frames: GreyOrRgb[] = [];
  for (let index = 0; index < count; index += 1) frames.push(await source.frame(Math.floor((index * source.frameCount) / count)));
  await source.close();
  return frames;
};

describe('the part that moves', () => {
  test('of an apical four chamber cine lies inside its sector and holds most of it', async () => {
    const moving = fallbackRegion(await someFrames('us/examples_ybr_color.dcm', 16));
    // The sector as the rescaled region of the same clip gives it: 42..297, 15..207.
    expect(moving).not.toBeNull();
    if (moving === null) return;
    expect(moving.x0).toBeGreaterThanOrEqual(42);
    expect(moving.x1).toBeLessThanOrEqual(297);
    expect(moving.y0).toBeGreaterThanOrEqual(15);
    expect(moving.y1).toBeLessThanOrEqual(207);
    expect((moving.x1 - moving.x0) * (moving.y1 - moving.y0)).toBeGreaterThan(0.5 * 255 * 192);
  });

  test('of a linear cine lies inside its region', async () => {
    const moving = fallbackRegion(await someFrames('us/GREYSCALE_CINE.dcm', 9));
    expect(moving).not.toBeNull();
    if (moving === null) return;
    expect(moving.x0).toBeGreaterThanOrEqual(10);
    expect(moving.x1).toBeLessThanOrEqual(788);
    expect(moving.y0).toBeGreaterThanOrEqual(31);
    expect(moving.y1).toBeLessThanOrEqual(592);
  });
});
