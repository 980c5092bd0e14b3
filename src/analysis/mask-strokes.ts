// Where strokes may begin. In: a grey picture. Out: the picture with a margin, and the places in it that are as bright as what touches them. One look at
// every pixel, so that the searches for zones look at the places left only.
import type { GreyPicture } from './picture.ts';

/** A picture with a black margin on all sides, so that what lies around a pixel needs no test for the picture's end. */
export type Padded = {
  readonly rows: number;
  readonly columns: number;
  /** From one row to the next. */
  readonly stride: number;
  readonly data: Uint8Array;
  /** Offsets of the eight neighbours. */
  readonly around: readonly number[];
};

/** Black pixels on each side. */
export const MARGIN = 12;
/** A crest is as bright as what touches it but for this: of a blurred stroke, its middle. */
const CREST = 3;

/** The last padded picture and the last crests: kept, for to make room for them takes as long as to fill it. */
let spare = { stride: 0, data: new Uint8Array(0) };
let crests = new Int32Array(65_536);

/** The picture with its margin; good until the next is made. */
export function padded({ rows, columns, data }: GreyPicture): Padded {
  const stride = columns + 2 * MARGIN;
  const places = (rows + 2 * MARGIN) * stride;
  if (spare.stride !== stride || spare.data.length !== places) spare = { stride, data: new Uint8Array(places) };
  const wide = spare.data;
  for (let row = 0; row < rows; row++)
    wide.set(data.subarray(row * columns, (row + 1) * columns), (row + MARGIN) * stride + MARGIN);
  const around = [-1, 1, -stride, stride, -stride - 1, -stride + 1, stride - 1, stride + 1];
  return { rows, columns, stride, data: wide, around };
}

/** The part of a padded mask that is the picture's. */
export function unpadded(mask: Uint8Array, { rows, columns, stride }: Padded): Uint8Array {
  const out = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = (row + MARGIN) * stride + MARGIN;
    out.set(mask.subarray(from, from + columns), row * columns);
  }
  return out;
}

/** Places of the padded picture, in the order of rows, at which a stroke of at least this level may be looked for; good until the next call. */
export function crestsOf({ rows, columns, stride, data }: Padded, least: number): Int32Array {
  let count = 0;
  for (let row = MARGIN; row < rows + MARGIN; row++) {
    if (count + columns > crests.length) {
      const more = new Int32Array(2 * crests.length + columns);
      more.set(crests);
      crests = more;
    }
    const start = row * stride + MARGIN;
    const end = start + columns;
    let left = 0;
    let level = data[start] ?? 0;
    for (let at = start; at < end; at++) {
      const right = data[at + 1] ?? 0;
      const most = level + CREST;
      if (level >= least && right <= most && left <= most && (data[at + stride] ?? 0) <= most && (data[at - stride] ?? 0) <= most)
        crests[count++] = at;
      left = level;
      level = right;
    }
  }
  return crests.subarray(0, count);
}

/** Those of the crests that nothing is brighter beside: one in three or four in tissue, and the brightest place of each stroke. */
export function peaksAmong({ data, around }: Padded, from: Int32Array): Int32Array {
  const peaks = new Int32Array(from.length);
  let count = 0;
  for (let index = 0; index < from.length; index++) {
    const at = from[index] ?? 0;
    const level = data[at] ?? 0;
    let way = 0;
    while (way < 8 && (data[at + (around[way] ?? 0)] ?? 0) <= level) way++;
    if (way === 8) peaks[count++] = at;
  }
  return peaks.subarray(0, count);
}
