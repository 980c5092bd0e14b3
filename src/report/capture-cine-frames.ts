// Attention cines as RGB frames. In: a cine, the kept pictures and maps as bytes. Out: one frame a picture, CINE.width x CINE.height x 3 bytes, one at a time.
import { fault } from '../kernel/errors.ts';
import type { CinePlay } from './capture-cine.ts';
import { scaleSvg, stillSvg } from './capture-cine-frame.ts';
import { CINE, movingBox, pictureBox } from './capture-cine-layout.ts';
import { movingSvg } from './capture-cine-moving.ts';
import { greyAt, greyOf, type ReadSpooled, rgbaOf, rgbOf, valueMap } from './capture-frames.ts';
import type { Box } from './capture-layout.ts';
import type { PageParts } from './capture-words.ts';
import { onOneScale, overlay, type ValueMap } from './colour-map.ts';

/** Grey values below this are black to the eye, and are made so: unrest where nothing is seen would cost as much as tissue. */
const BLACK_BELOW = 8;
/** Even steps of a map, so that a map over black is of few colours in a row. */
const MAP_STEPS = 20;

/** Writes RGB rows into a frame of CINE.width pixels a row. */
function put(frame: Uint8Array, rows: Uint8Array, { x, y, width, height }: Box): void {
  for (let row = 0; row < height; row += 1)
    frame.set(rows.subarray(row * width * 3, (row + 1) * width * 3), ((y + row) * CINE.width + x) * 3);
}

async function mapsOf({ kept, kind }: CinePlay, read: ReadSpooled): Promise<readonly ValueMap[]> {
  if (kept.mapsPath === null) return [];
  const parsed: unknown = JSON.parse(Buffer.from(await read(kept.mapsPath)).toString('utf8'));
  const maps = (Array.isArray(parsed) ? parsed : []).map(valueMap);
  if (maps.length !== kept.frameNumbers.length)
    throw fault('model-output-invalid', 'A kept cine has not a map for each of its frames.');
  return kind === 'lung' ? maps : onOneScale(maps);
}

/** Grey pictures below one another, the share of their pixels that are not black, and the first and last column of each row of what is lit in any of them. */
type Pictures = {
  readonly data: Uint8Array;
  readonly lit: number;
  readonly first: readonly number[];
  readonly last: readonly number[];
};

/** The convex curve that lies closest below the values; beyond the first and the last of them there is none, nor where there are no values. */
function convexBelow(values: readonly number[]): readonly number[] {
  const corners: { readonly at: number; readonly value: number }[] = [];
  for (const [at, value] of values.entries()) {
    if (!Number.isFinite(value)) continue;
    for (;;) {
      const [before, last] = [corners.at(-2), corners.at(-1)];
      if (before === undefined || last === undefined) break;
      if ((last.value - before.value) * (at - before.at) < (value - before.value) * (last.at - before.at)) break;
      corners.pop();
    }
    corners.push({ at, value });
  }
  const curve = values.map(() => Number.POSITIVE_INFINITY);
  for (const [index, { at, value }] of corners.entries()) {
    const next = corners[index + 1] ?? { at: at + 1, value };
    for (let row = at; row < next.at; row += 1) curve[row] = value + ((next.value - value) * (row - at)) / (next.at - at);
  }
  return curve;
}

async function picturesOf({ kept }: CinePlay, read: ReadSpooled): Promise<Pictures> {
  const { rows, columns, frameNumbers } = kept;
  const { data, width, height } = await greyOf(await read(kept.picturesPath));
  if (width !== columns || height !== rows * frameNumbers.length)
    throw fault('model-output-invalid', 'The pictures of a kept cine do not have the size that it states.');
  let lit = 0;
  const first = new Array<number>(rows).fill(Number.POSITIVE_INFINITY);
  const last = new Array<number>(rows).fill(Number.NEGATIVE_INFINITY);
  for (const [at, grey] of data.entries()) {
    if (grey < BLACK_BELOW) continue;
    lit += 1;
    const row = Math.floor(at / columns) % rows;
    const column = at % columns;
    first[row] = Math.min(first[row] ?? column, column);
    last[row] = Math.max(last[row] ?? column, column);
  }
  // A sector is convex; its dark parts are within it.
  const right = convexBelow(last.map((column) => -column)).map((column) => -column);
  return { data, lit: lit / Math.max(1, data.length), first: convexBelow(first), last: right };
}

/** A picture at the size of its box, black where next to nothing is seen. */
async function pictureAt({ kept }: CinePlay, { data }: Pictures, at: { index: number; box: Box }): Promise<Uint8Array> {
  const { rows, columns } = kept;
  const { index, box } = at;
  const one = data.subarray(index * rows * columns, (index + 1) * rows * columns);
  const isRight = columns === box.width && rows === box.height;
  const sized = isRight ? one : await greyAt(one, { width: columns, height: rows }, { width: box.width, height: box.height });
  return sized.map((grey) => (grey < BLACK_BELOW ? 0 : grey));
}

/** Takes the colours of a map from where no picture of the cine shows anything: beside the sector there is nothing that a model could mean. */
function clearBeside(rgb: Uint8Array, { first, last }: Pictures, { box, columns }: { box: Box; columns: number }): void {
  const { width, height } = box;
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor((y * first.length) / height);
    const from = Math.min(width, Math.floor(((first[row] ?? 0) * width) / columns));
    const to = Math.max(from, Math.ceil((((last[row] ?? 0) + 1) * width) / columns));
    rgb.fill(0, y * width * 3, (y * width + from) * 3);
    rgb.fill(0, (y * width + Math.min(width, to)) * 3, (y + 1) * width * 3);
  }
}

/** Lays a mark, RGBA, over RGB of the same size. */
function lay(mark: Uint8Array, over: Uint8Array): void {
  for (let at = 0, pixel = 0; at < mark.length; at += 4, pixel += 3) {
    const alpha = (mark[at + 3] ?? 0) / 255;
    if (alpha === 0) continue;
    for (let channel = 0; channel < 3; channel += 1)
      over[pixel + channel] = Math.round((over[pixel + channel] ?? 0) * (1 - alpha) + (mark[at + channel] ?? 0) * alpha);
  }
}

/** Renders the frames of a cine, each when it is asked for. Fault `model-output-invalid` where pictures and maps are not what the result states. */
export async function* cineFrames(play: CinePlay, parts: PageParts & { readonly read: ReadSpooled }): AsyncGenerator<Uint8Array> {
  const { read, run } = parts;
  const maps = await mapsOf(play, read);
  const pictures = await picturesOf(play, read);
  const box = pictureBox(play.kind, play.kept, pictures.lit);
  const scale = scaleSvg(play, box);
  const mark = scale === null ? null : await rgbaOf(scale);
  const still = await rgbOf(stillSvg(play, parts));
  for (const index of play.kept.frameNumbers.keys()) {
    const frame = Uint8Array.from(still);
    const overlaid = overlay(await pictureAt(play, pictures, { index, box }), box, {
      map: maps[index] ?? null,
      steps: MAP_STEPS,
    });
    clearBeside(overlaid, pictures, { box, columns: play.kept.columns });
    if (mark !== null) lay(mark, overlaid);
    put(frame, overlaid, box);
    put(frame, await rgbOf(movingSvg(play, index, run)), movingBox(play.kind));
    yield frame;
  }
}
