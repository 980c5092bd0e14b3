// Results with cines that are kept to be played, for tests and samples of the attention cines. Pictures and maps are named by paths alone.
import sharp from 'sharp';
import type { CineReference, KeptCine, ResultOf } from '../../src/contracts/finding.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from './capture-fixtures.ts';

/** Size of the kept pictures: that of a region of 578 x 418 pixels, made smaller to 290 columns. */
export const KEPT_SIZE = { rows: 210, columns: 290 } as const;

function kept(
  cine: CineReference,
  frameNumbers: readonly number[],
  facts: { readonly frameTimeMs: number; readonly name: string },
): KeptCine {
  const { description: _text, framesPerSecond: _rate, ...reference } = cine;
  const { frameTimeMs, name } = facts;
  const files = { picturesPath: `${name}-played.png`, mapsPath: `${name}-played.maps.json` };
  return { ...reference, frameNumbers, frameTimeMs, ...KEPT_SIZE, ...files };
}

const spread = (count: number, first: number, step: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index * step);

/** The lungs with a cine of the first area and one of the area without a score. */
export const LUNG_WITH_CINES: ResultOf<'lung-score'> = {
  ...LUNG_RESULT,
  cines: LUNG_RESULT.cines.map((one) =>
    one.area === 1 || one.area === 14
      ? { ...one, kept: kept(one.cine, spread(6, 1, 9), { frameTimeMs: 450, name: `lung/${one.score ?? 1}-${one.area}` }) }
      : one,
  ),
};

/** The groin with the cine of each landmark that frames were taken of; its pictures are bare. */
export const DVT_WITH_CINES: ResultOf<'vascular-dvt'> = {
  ...DVT_RESULT,
  landmarks: DVT_RESULT.landmarks.map((landmark) => {
    const [first] = landmark.courses;
    if (first === undefined || landmark.frames.length === 0) return landmark;
    const played = kept(first.cine, spread(7, 3, 14), { frameTimeMs: 560, name: `dvt/${landmark.compressibility}` });
    return { ...landmark, kept: { ...played, mapsPath: null } };
  }),
};

/** The heart with a beat of each view. */
export const ECHO_WITH_CINES: ResultOf<'echo-cmr'> = {
  ...ECHO_RESULT,
  views: ECHO_RESULT.views.map((view) => {
    const [first] = view.cines;
    return first === undefined
      ? view
      : { ...view, kept: kept(first.cine, spread(5, 1, 2), { frameTimeMs: 40, name: `echo/${view.view}` }) };
  }),
};

/** Stands for the spool: ramps whose place moves from frame to frame, and maps with one warm cell that moves too. `frames` is how many there are. */
export const readCine =
  (frames: number) =>
  async (path: string): Promise<Uint8Array> => {
    if (path.endsWith('.json')) {
      const maps = Array.from({ length: frames }, (_, at) => ({
        rows: 3,
        columns: 4,
        values: Array.from({ length: 12 }, (__, cell) => (cell === (at + 4) % 12 ? 0.9 : 0.1)),
      }));
      return Buffer.from(JSON.stringify(maps));
    }
    const { rows, columns } = KEPT_SIZE;
    const data = new Uint8Array(rows * columns * frames);
    for (let at = 0; at < data.length; at += 1) {
      const frame = Math.floor(at / (rows * columns));
      data[at] = 40 + (((at % columns) + frame * 20) % 120);
    }
    return sharp(data, { raw: { width: columns, height: rows * frames, channels: 1 } })
      .png()
      .toBuffer();
  };
