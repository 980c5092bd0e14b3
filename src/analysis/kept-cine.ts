// A cine that is kept to be played, with the model's maps where it has some. In: some of its pictures in the order of time. Out: one picture file and one
// file of maps in the folder of the job, and where they are; nothing where cines are not kept, or the source does not say how fast it was taken.
import type { AnalysisRequest } from '../contracts/analyser.ts';
import type { CineReference, KeptCine } from '../contracts/finding.ts';
import type { Cine } from './cine.ts';
import type { FamilyWork, ValueMap } from './family.ts';
import { thinned } from './keyframes.ts';
import { areaAverage, type GreyPicture } from './picture.ts';

/** One frame (0-based) of the source; all of a cine have a map, or none has. */
export type MovingFrame = { readonly frame: number; readonly picture: GreyPicture; readonly map: ValueMap | null };

/** Largest size that is kept: that at which a picture is shown, since an examination may have many cines. */
const MOST_COLUMNS = 290;
const MOST_ROWS = 210;

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

/** How much of a cine is played: at most `frames`, of a stretch of at most `durationMs`, so that motion is still seen as motion. */
export type Playing = { readonly frames: number; readonly durationMs: number };

/**
 * The frames to be played of those given (0-based, in order): all of the cine where it is short enough, else a stretch with `around` in its middle where
 * the cine reaches that far; the middle of the cine when not given. Spread evenly over the stretch. None where the source does not say how fast it was taken.
 */
export function playedFrames(
  frames: readonly number[],
  { timesMs }: Pick<Cine, 'timesMs'>,
  { frames: most, durationMs, around }: Playing & { readonly around?: number },
): readonly number[] {
  if (timesMs === null) return [];
  const at = (frame: number | undefined): number => timesMs[frame ?? 0] ?? 0;
  const [first, last] = [at(frames[0]), at(frames.at(-1))];
  const middle = around === undefined ? (first + last) / 2 : at(around);
  const from = Math.max(first, Math.min(middle - durationMs / 2, last - durationMs));
  return thinned(
    frames.filter((frame) => at(frame) >= from && at(frame) <= from + durationMs),
    most,
  );
}

type Keeping = Pick<FamilyWork, 'encodePicture' | 'writeFile'> & {
  readonly request: Pick<AnalysisRequest, 'keepCines' | 'resultFolder'>;
};

/** Whether frames are worth taking for a cine: the job keeps them and they can be played at their own speed. */
export const isKept = (cine: Pick<Cine, 'timesMs'>, { request }: Pick<Keeping, 'request'>): boolean =>
  request.keepCines === true && cine.timesMs !== null;

/**
 * Writes the pictures, all of one size, and their maps, if they have any, under `name`. `reference` names the cine, with the part of the source that the pictures show as its
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
  const maps = frames.flatMap(({ map }) => map ?? []);
  const mapsPath = maps.length === 0 ? null : `${work.request.resultFolder}/${name}-played.maps.json`;
  const strip = { rows: rows * pictures.length, columns, data };
  await Promise.all([
    work.encodePicture(strip).then((bytes) => work.writeFile(picturesPath, bytes)),
    mapsPath === null ? null : work.writeFile(mapsPath, new TextEncoder().encode(JSON.stringify(maps))),
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
