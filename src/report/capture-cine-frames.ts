// Attention cines as RGB frames. In: a cine, the kept pictures and maps as bytes. Out: one frame a picture, CINE.width x CINE.height x 3 bytes.
import { fault } from '../kernel/errors.ts';
import { CINE, type CinePlay } from './capture-cine.ts';
import { MOVING, movingSvg, pictureBox, scaleSvg, stillSvg } from './capture-cine-frame.ts';
import { greyAt, greyOf, type ReadSpooled, rgbaOf, rgbOf, valueMap } from './capture-frames.ts';
import type { Box } from './capture-layout.ts';
import type { PageParts } from './capture-words.ts';
import { onOneScale, overlay, type ValueMap } from './colour-map.ts';

/** Writes RGB rows into a frame of CINE.width pixels a row. */
function put(frame: Uint8Array, rows: Uint8Array, { x, y, width, height }: Box): void {
  for (let row = 0; row < height; row += 1)
    frame.set(rows.subarray(row * width * 3, (row + 1) * width * 3), ((y + row) * CINE.width + x) * 3);
}

async function mapsOf({ kept, kind }: CinePlay, read: ReadSpooled): Promise<readonly ValueMap[]> {
  const parsed: unknown = JSON.parse(Buffer.from(await read(kept.mapsPath)).toString('utf8'));
  const maps = (Array.isArray(parsed) ? parsed : []).map(valueMap);
  if (maps.length !== kept.frameNumbers.length)
    throw fault('model-output-invalid', 'A kept cine has not a map for each of its frames.');
  return kind === 'lung' ? maps : onOneScale(maps);
}

/** The kept pictures, grey, each at the size of `box`. */
async function picturesOf({ kept }: CinePlay, read: ReadSpooled, box: Box): Promise<readonly Uint8Array[]> {
  const { rows, columns, frameNumbers } = kept;
  const { data, width, height } = await greyOf(await read(kept.picturesPath));
  if (width !== columns || height !== rows * frameNumbers.length)
    throw fault('model-output-invalid', 'The pictures of a kept cine do not have the size that it states.');
  const size = { width: columns, height: rows };
  const isRight = columns === box.width && rows === box.height;
  const pictures: Uint8Array[] = [];
  for (let at = 0; at < frameNumbers.length; at += 1) {
    const one = data.subarray(at * rows * columns, (at + 1) * rows * columns);
    pictures.push(isRight ? one : await greyAt(one, size, { width: box.width, height: box.height }));
  }
  return pictures;
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

/** Renders all frames of a cine. Fault `model-output-invalid` where pictures and maps are not what the result states. */
export async function cineFrames(
  play: CinePlay,
  parts: PageParts & { readonly read: ReadSpooled },
): Promise<readonly Uint8Array[]> {
  const box = pictureBox(play.kept);
  const scale = scaleSvg(play);
  const [still, maps, pictures, mark] = await Promise.all([
    rgbOf(stillSvg(play, parts)),
    mapsOf(play, parts.read),
    picturesOf(play, parts.read, box),
    scale === null ? null : rgbaOf(scale),
  ]);
  const frames: Uint8Array[] = [];
  for (const [index, picture] of pictures.entries()) {
    const frame = Uint8Array.from(still);
    const overlaid = overlay(picture, box, maps[index] ?? null);
    if (mark !== null) lay(mark, overlaid);
    put(frame, overlaid, box);
    put(frame, await rgbOf(movingSvg(play, index)), MOVING);
    frames.push(frame);
  }
  return frames;
}
