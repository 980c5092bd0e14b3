// What is seen of each real file: where its images lie, and how much of them was drawn and is taken out. People looked at the picture that
// `sonorelay look --out` makes of every file that has one.
import { describe, expect, test } from '@jest/globals';
import { type Sight, sightOf } from '../../src/analysis/sight.ts';
import type { Skip } from '../../src/analysis/skips.ts';
import { stopwatch } from '../../src/analysis/stopwatch.ts';
import { attributesOf, instanceHeader } from '../../src/dicom/attributes.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import { dataPath, dicomFiles } from './data.ts';

const LIMITS = { maxPixels: 64_000_000, maxFrames: 20_000, maxFrameBytes: 192_000_000 };

async function sightOfFile(name: string): Promise<Sight | Skip> {
  const file = dataPath('us', name);
  const opened = await openPart10(file);
  const header = instanceHeader(attributesOf(opened), opened.transferSyntaxUid);
  await opened.close();
  return sightOf(
    { header, path: file, byteLength: 0, sha256: '' },
    { limits: LIMITS, watch: stopwatch(() => performance.now()) },
  );
}

/** Rectangle, and the percentage of it that was drawn; or the reason why the file is left out. */
type Row = string | readonly (readonly [number, number, number, number, number])[];

const SEEN: Readonly<Record<string, Row>> = {
  'ExplVR_BigEnd.dcm': 'region-too-small',
  'GREYSCALE_CINE.dcm': [[10, 31, 788, 592, 3.6]],
  'GREYSCALE_IMAGE.dcm': [[14, 38, 1010, 758, 3.3]],
  'JPGLosslessP14SV1_1s_1f_8b.dcm': [[14, 38, 1010, 758, 1.9]],
  'OBXXXX1A.dcm': [[120, 60, 799, 518, 0.9]],
  'OBXXXX1A_expb.dcm': [[120, 60, 799, 518, 0.9]],
  'OBXXXX1A_rle_2frame.dcm': [[120, 60, 799, 518, 2.0]],
  'RGB_IMAGE.dcm': [[0, 60, 1008, 764, 1.9]],
  'US-YBR_FULL_422-EVRLE.dcm': [[184, 75, 799, 554, 0.5]],
  'US1_J2KI.dcm': [[7, 105, 636, 335, 5.4]],
  'US1_J2KR.dcm': [[7, 105, 636, 335, 2.4]],
  'US1_UNCR.dcm': [[7, 105, 636, 335, 2.4]],
  'color-pl.dcm': 'colour-doppler',
  'examples_palette.dcm': [[120, 60, 799, 349, 1.1]],
  'examples_rgb_color.dcm': [[3, 54, 317, 170, 9.2]],
  'examples_ybr_color.dcm': [[91, 29, 246, 201, 0.0]],
  'femoral_JPEGLosslessP14SV1_3s_2f_u_08_08.dcm': [[80, 28, 944, 568, 0.5]],
  'gdcm-US-ALOKA-16.dcm': [
    [32, 24, 335, 415, 2.9],
    [336, 24, 639, 415, 0.7],
  ],
  'no-pixel-spacing.dcm': [[120, 60, 799, 518, 0.4]],
  'sonoque_anechoic-3mm-3mm.dcm': [[374, 242, 1715, 1407, 0.0]],
};

describe('of real files', () => {
  test.each(dicomFiles('us'))('%s is seen as it was when people looked at it', async (name) => {
    const sight = await sightOfFile(name);
    const expected = SEEN[name];
    if ('reason' in sight || typeof expected === 'string') {
      expect('reason' in sight ? sight.reason : 'read').toBe(expected);
      return;
    }
    const places = sight.seen?.places ?? [];
    expect(places.map(({ rectangle: { x0, y0, x1, y1 } }) => [x0, y0, x1, y1])).toEqual(expected?.map((row) => row.slice(0, 4)));
    for (const [index, { drawn }] of places.entries()) {
      const percent = (100 * drawn.reduce((sum, pixel) => sum + pixel, 0)) / drawn.length;
      expect(Math.abs(percent - (expected?.[index]?.[4] ?? Number.NaN))).toBeLessThan(0.3);
    }
  });
});
