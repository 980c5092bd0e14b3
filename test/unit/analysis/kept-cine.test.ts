import { describe, expect, test } from '@jest/globals';
import { keepCine, playedFrames, smaller } from '../../../src/analysis/kept-cine.ts';
import type { GreyPicture } from '../../../src/analysis/picture.ts';
import type { CineReference } from '../../../src/contracts/finding.ts';

const flat = (rows: number, columns: number, grey: number): GreyPicture => ({
  rows,
  columns,
  data: new Uint8Array(rows * columns).fill(grey),
});

const map = { rows: 1, columns: 2, values: [0, 1] };

/** Keeps three frames of a cine; resolves with what was kept and what was written. */
async function kept(given: {
  readonly timesMs: readonly number[] | null;
  readonly keepCines?: boolean;
  readonly bare?: boolean;
}) {
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
  const frames = [0, 4, 8].map((frame) => ({ frame, picture: flat(320, 640, 10 * frame), map: given.bare ? null : map }));
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
      rows: 145,
      columns: 290,
      numberOfFrames: 10,
      region: { x0: 10, y0: 20, x1: 649, y1: 339 },
      picturesPath: 'results/1/cine-01-played.png',
      mapsPath: 'results/1/cine-01-played.maps.json',
    });
    expect(cine).not.toHaveProperty('description');
    expect([...written.keys()].toSorted()).toEqual([cine?.mapsPath, cine?.picturesPath].toSorted());
    const [strip] = pictures;
    expect([strip?.rows, strip?.columns]).toEqual([435, 290]);
    expect([0, 145, 290].map((row) => strip?.data[row * 290])).toEqual([0, 40, 80]);
    expect(JSON.parse(Buffer.from(written.get(cine?.mapsPath ?? '') ?? []).toString('utf8'))).toEqual([map, map, map]);
  });

  test('has no file of maps when it is played bare', async () => {
    const { cine, written } = await kept({ timesMs: EVERY_40_MS, bare: true });
    expect([cine?.mapsPath, [...written.keys()]]).toEqual([null, [cine?.picturesPath]]);
  });

  test('is not kept when nobody wants it, nor when its speed is not known', async () => {
    for (const given of [{ timesMs: EVERY_40_MS, keepCines: false }, { timesMs: null }, { timesMs: EVERY_40_MS.map(() => 0) }]) {
      const { cine, written } = await kept(given);
      expect([cine, written.size]).toEqual([null, 0]);
    }
  });
});

test('a picture that is small enough is kept as it is', () => {
  const picture = flat(200, 280, 7);
  expect(smaller(picture)).toBe(picture);
  expect(smaller(flat(420, 320, 7))).toEqual(flat(210, 160, 7));
});

describe('the frames that are played', () => {
  const frames = Array.from({ length: 10 }, (_, index) => index);
  const played = (given: { frames: number; durationMs: number; around?: number }): readonly number[] =>
    playedFrames(frames, { timesMs: EVERY_40_MS }, given);

  test('are spread over the whole cine where it is short', () => {
    expect(played({ frames: 4, durationMs: 360 })).toEqual([0, 3, 6, 9]);
    expect(played({ frames: 20, durationMs: 1000 })).toEqual(frames);
  });

  test('are a stretch of a longer cine, in its middle or around a frame as far as the cine reaches', () => {
    expect(played({ frames: 20, durationMs: 160 })).toEqual([3, 4, 5, 6]);
    expect(played({ frames: 3, durationMs: 160, around: 3 })).toEqual([1, 3, 5]);
    expect(played({ frames: 20, durationMs: 160, around: 9 })).toEqual([5, 6, 7, 8, 9]);
    expect(played({ frames: 20, durationMs: 160, around: 0 })).toEqual([0, 1, 2, 3, 4]);
  });

  test('are none where the source does not say how fast it was taken', () => {
    expect(playedFrames(frames, { timesMs: null }, { frames: 20, durationMs: 160 })).toEqual([]);
  });
});
