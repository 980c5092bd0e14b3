// A cine that is kept to be played with its maps. In: some of its pictures in the order of time. Out: one picture file and one file of maps in the folder
// of the job, and where they are; nothing where cines are not kept, or the source does not say how fast it was taken.
import type { AnalysisRequest } from '../contracts/analyser.ts';
import type { CineReference, KeptCine } from '../contracts/finding.ts';
import type { Cine } from './cine.ts';
import type { FamilyWork, ValueMap } from './family.ts';
import { areaAverage, type GreyPicture } from './picture.ts';

/** One frame (0-based) of the source. */
export type MovingFrame = { readonly frame: number; readonly picture: GreyPicture; readonly map: ValueMap };

/** Largest size that is kept: a picture is shown small, beside others. */
const MOST_COLUMNS = 320;
const MOST_ROWS = 256;

/** The picture at a size that is kept; as it is where it is no larger. */
export function smaller(picture: GreyPicture): GreyPicture {
  const scale = Math.min(1, MOST_COLUMNS / picture.columns, MOST_ROWS / picture.rows);
  if (scale === 1) return picture;
  const rows = Math.max(1, Math.round(picture.rows * scale));
  const columns = Math.max(1, Math.round(picture.columns * scale));
  return { rows, columns, data: Uint8Array.from(areaAverage(picture, rows, columns), Math.round) };
}

/** Mean time between frames (0-based) in ms; null when the source does not say how fast it was taken, or there is one frame only. */
function timeBetween(frames: readonly number[], { timesMs }: Pick<Cine, 'timesMs'>): number | null {
  const [first, last] = [timesMs?.[frames[0] ?? 0], timesMs?.[frames.at(-1) ?? 0]];
  if (first === undefined || last === undefined || last <= first || frames.length < 2) return null;
  return (last - first) / (frames.length - 1);
}

type Keeping = Pick<FamilyWork, 'encodePicture' | 'writeFile'> & {
  readonly request: Pick<AnalysisRequest, 'keepCines' | 'resultFolder'>;
};

/** Whether frames are worth taking for a cine: the job keeps them and they can be played at their own speed. */
export const isKept = (cine: Pick<Cine, 'timesMs'>, { request }: Pick<Keeping, 'request'>): boolean =>
  request.keepCines === true && cine.timesMs !== null;

/**
 * Writes the pictures, all of one size, and the maps under `name`. `reference` names the cine, with the part of the source that the pictures show as its
 * region.
 */
export async function keepCine(
  name: string,
  frames: readonly MovingFrame[],
  given: { readonly cine: Pick<Cine, 'timesMs'>; readonly reference: CineReference; readonly work: Keeping },
): Promise<KeptCine | null> {
  const { cine, work } = given;
  if (!isKept(cine, work)) return null;
  const frameTimeMs = timeBetween(
    frames.map(({ frame }) => frame),
    cine,
  );
  if (frameTimeMs === null) return null;
  const pictures = frames.map(({ picture }) => smaller(picture));
  const { rows = 0, columns = 0 } = pictures[0] ?? {};
  const data = new Uint8Array(rows * columns * pictures.length);
  for (const [index, picture] of pictures.entries()) data.set(picture.data, index * rows * columns);
  const picturesPath = `${work.request.resultFolder}/${name}-played.png`;
  const mapsPath = `${work.request.resultFolder}/${name}-played.maps.json`;
  const strip = { rows: rows * pictures.length, columns, data };
  await Promise.all([
    work.encodePicture(strip).then((bytes) => work.writeFile(picturesPath, bytes)),
    work.writeFile(mapsPath, new TextEncoder().encode(JSON.stringify(frames.map(({ map }) => map)))),
  ]);
  const { description: _text, framesPerSecond: _rate, ...reference } = given.reference;
  return {
    ...reference,
    frameNumbers: frames.map(({ frame }) => frame + 1),
    frameTimeMs,
    rows,
    columns,
    picturesPath,
    mapsPath,
  };
}
