import { describe, expect, test } from '@jest/globals';
import { keepCine, smaller } from '../../../src/analysis/kept-cine.ts';
import type { GreyPicture } from '../../../src/analysis/picture.ts';
import type { CineReference } from '../../../src/contracts/finding.ts';

const flat = (rows: number, columns: number, grey: number): GreyPicture => ({
  rows,
  columns,
  data: new Uint8Array(rows * columns).fill(grey),
});

const map = { rows: 1, columns: 2, values: [0, 1] };

/** Keeps three frames of a cine; resolves with what was kept and what was written. */
async function kept(given: { readonly timesMs: readonly number[] | null; readonly keepCines?: boolean }) {
  const written = new Map<string, Uint8Array>();
  const pictures: GreyPicture[] = [];
  const reference: CineReference = {
    sopClassUid: '1.2.840.10008.5.1.4.1.1.3.1',
    sopInstanceUid: '1.2.3',
    seriesInstanceUid: '1.2',
    numberOfFrames: 10,
    region: { x0: 10, y0: 20, x1: 649, y1: 339 },
    spacingMm: null,
    framesPerSecond: 25,
    description: 'LT FV',
  };
  const frames = [0, 4, 8].map((frame) => ({ frame, picture: flat(320, 640, 10 * frame), map }));
  const work = {
    request: { resultFolder: 'results/1', keepCines: given.keepCines ?? true },
    encodePicture: async (picture: GreyPicture) => {
      pictures.push(picture);
      return Uint8Array.of(1);
    },
    writeFile: async (path: string, bytes: Uint8Array) => {
      written.set(path, bytes);
    },
  };
  const cine = await keepCine('cine-01', frames, { cine: given, reference, work });
  return { cine, written, pictures };
}

const EVERY_40_MS = Array.from({ length: 10 }, (_, index) => 40 * index);

describe('a cine that is kept to be played', () => {
  test('has its pictures below one another, small, with a map each, and the time between them', async () => {
    const { cine, written, pictures } = await kept({ timesMs: EVERY_40_MS });
    expect(cine).toMatchObject({
      frameNumbers: [1, 5, 9],
      frameTimeMs: 160,
      rows: 160,
      columns: 320,
      numberOfFrames: 10,
      region: { x0: 10, y0: 20, x1: 649, y1: 339 },
      picturesPath: 'results/1/cine-01-played.png',
      mapsPath: 'results/1/cine-01-played.maps.json',
    });
    expect(cine).not.toHaveProperty('description');
    expect([...written.keys()].toSorted()).toEqual([cine?.mapsPath, cine?.picturesPath].toSorted());
    const [strip] = pictures;
    expect([strip?.rows, strip?.columns]).toEqual([480, 320]);
    expect([0, 160, 320].map((row) => strip?.data[row * 320])).toEqual([0, 40, 80]);
    expect(JSON.parse(Buffer.from(written.get(cine?.mapsPath ?? '') ?? []).toString('utf8'))).toEqual([map, map, map]);
  });

  test('is not kept when nobody wants it, nor when its speed is not known', async () => {
    for (const given of [{ timesMs: EVERY_40_MS, keepCines: false }, { timesMs: null }, { timesMs: EVERY_40_MS.map(() => 0) }]) {
      const { cine, written } = await kept(given);
      expect([cine, written.size]).toEqual([null, 0]);
    }
  });
});

test('a picture that is small enough is kept as it is', () => {
  const picture = flat(200, 300, 7);
  expect(smaller(picture)).toBe(picture);
  expect(smaller(flat(512, 320, 7))).toEqual(flat(256, 160, 7));
});
