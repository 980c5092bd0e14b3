// Screens with several pictures, with colour flow, and without a named region: what the simulation writes, and that the node sees what is there.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lookAtImage, type OpenImage } from '../../../src/analysis/image.ts';
import type { Skip } from '../../../src/analysis/skips.ts';
import { stopwatch } from '../../../src/analysis/stopwatch.ts';
import { items, text } from '../../../src/dicom/dataset.ts';
import { RLE_LOSSLESS } from '../../../src/dicom/transfer-syntaxes.ts';
import { legExamination } from '../../../src/phantom/leg-examination.ts';
import { specialScreens } from '../../../src/phantom/leg-screens.ts';
import { writeLegExamination } from '../../../src/phantom/write.ts';
import { inputOf } from '../analysis/instances.ts';

const LIMITS = { maxPixels: 2_000_000, maxFrames: 10, maxFrameBytes: 4_000_000 };
const WISH = {
  seed: 5,
  style: 'south',
  sections: [{ side: 'R', vein: 'FV', sec: 'absent', keyframes: 2 }],
  cines: 0,
  compression: [],
  picture: { rows: 300, columns: 402 },
} as const;

let folder: string;
let written: Awaited<ReturnType<typeof writeLegExamination>>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-screens-'));
  written = await writeLegExamination(folder, { ...WISH, screens: specialScreens }, { syntax: RLE_LOSSLESS });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** What the node sees of the n-th of the special screens. */
async function seen(screen: (typeof specialScreens)[number]): Promise<Pick<OpenImage, 'places' | 'notes'> | Skip> {
  const file = written.files[2 + specialScreens.indexOf(screen)] ?? '';
  const input = await inputOf(file, readFileSync(file));
  return lookAtImage(input, { limits: LIMITS, watch: stopwatch(() => 0) }, async ({ places, notes }) => ({ places, notes }));
}

describe('a simulated screen', () => {
  test('of two or four pictures is two or four images in a row, at one scale', async () => {
    for (const [screen, count] of [
      ['2x1', 2],
      ['4x1', 4],
    ] as const) {
      const image = await seen(screen);
      if ('reason' in image) throw new Error(image.sentence);
      expect(image.places).toHaveLength(count);
      for (const [n, { rectangle, spacingMm }] of image.places.entries()) {
        expect(rectangle.x0).toBeGreaterThan(image.places[n - 1]?.rectangle.x1 ?? 0);
        expect(spacingMm).toEqual(image.places[0]?.spacingMm);
      }
    }
  });

  test('with colour flow is left out of B-mode models, with the reason', async () => {
    expect(await seen('doppler')).toMatchObject({ reason: 'colour-doppler' });
  });

  test('that does not name its region is found by its echoes, where the picture lies', async () => {
    const image = await seen('no-region');
    if ('reason' in image) throw new Error(image.sentence);
    const [place] = image.places;
    const at = place?.rectangle ?? { x0: 0, y0: 0, x1: 0, y1: 0 };
    // The picture of the style "south" starts at column 150, row 62 and has 402 columns and 300 rows; its outermost columns are dark.
    for (const [found, drawn] of [
      [at.x0, 150],
      [at.y0, 62],
      [at.x1, 551],
      [at.y1, 361],
    ] as const)
      expect(Math.abs(found - drawn)).toBeLessThan(20);
    expect(image.notes).toEqual([expect.stringContaining('does not name its ultrasound region')]);
  });

  test('has a label that names its image, its vein and how far each picture is pressed', () => {
    expect(written.labels.screens.map(({ screen, side, vein }) => [screen, side, vein])).toEqual(
      specialScreens.map((screen) => [screen, 'R', 'FV']),
    );
    expect(written.labels.screens.map(({ pictures }) => pictures.length)).toEqual([2, 4, 1, 1]);
    const { images } = legExamination({ ...WISH, screens: specialScreens });
    const uids = images.slice(2).map(({ attributes }) => text(attributes, 'SOPInstanceUID'));
    expect(written.labels.screens.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(uids);
    expect(images.slice(2).map(({ attributes }) => items(attributes, 'SequenceOfUltrasoundRegions').length)).toEqual([
      2, 4, 2, 0,
    ]);
  });

  test('makes another study of an examination, with other UIDs', () => {
    const plain = legExamination(WISH).labels.studyInstanceUid;
    expect(plain).not.toBe(written.labels.studyInstanceUid);
  });
});
