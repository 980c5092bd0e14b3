// Frames read some at a time, so that threads share the work. In: frames of open sources and the places on them. Out: the places as pictures, or why a frame
// cannot be had. Groups are bounded: memory does not grow with the cine or the examination.
import type { FittedGrid, RegionPicture, RegionWish } from '../contracts/analyser.ts';
import type { EncodedFrame, FrameRegions } from '../dicom/frame-decoding.ts';
import type { FrameSource } from '../dicom/frames.ts';
import type { Looking, Place } from './image.ts';
import { columnsOf, rowsOf } from './picture.ts';
import { regionsHere } from './regions.ts';
import { type Skip, skipOf } from './skips.ts';

/** The grid that a region of a size is averaged on besides; undefined for none. */
export type GridOf = (rows: number, columns: number) => FittedGrid | undefined;

/** One frame (0-based) of an open source, and where to look on it. */
export type WantedFrame = { readonly source: FrameSource; readonly frame: number; readonly places: readonly Place[] };

/** Pixels of the frames that are held decoded at once. */
const MOST_PIXELS = 16_000_000;
/** Frames of a group for each that is worth having under way: threads are seldom done at the same moment. */
const FOR_EACH = 2;

/** The items in their order, some at a time: as many as keep the threads at work, one after the other without threads; fewer of large frames. */
export function groupsOf<T>(items: readonly T[], pixelsOf: (item: T) => number, atOnce: number): T[][] {
  const most = atOnce > 1 ? FOR_EACH * atOnce : 1;
  const groups: T[][] = [];
  let pixels = 0;
  for (const item of items) {
    const last = groups.at(-1);
    pixels += pixelsOf(item);
    if (last !== undefined && last.length < most && pixels <= MOST_PIXELS) last.push(item);
    else {
      groups.push([item]);
      pixels = pixelsOf(item);
    }
  }
  return groups;
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

/** What became of all: nothing is under way any more when one of them throws. */
async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

/**
 * The places of each frame as pictures, without what was drawn where `graphics` says so, and averaged on a grid, in the order of the frames; all at once. What is wrong with a frame is told in
 * its place; trouble of the machine throws.
 */
export async function readGroup(
  wanted: readonly WantedFrame[],
  {
    watch,
    readRegions = regionsHere,
    graphics,
    gridOf,
  }: Pick<Looking, 'watch' | 'readRegions'> & { readonly graphics: RegionWish['graphics']; readonly gridOf: GridOf },
): Promise<readonly (readonly RegionPicture[] | Skip)[]> {
  const encoded = await watch.timeAsync('decode', () =>
    all(wanted.map(({ source, frame }): Promise<EncodedFrame | Skip> => source.encoded(frame).catch(skipOf))),
  );
  const placesOf = ({ places }: WantedFrame) =>
    places.map(({ rectangle, covered = [] }) => {
      const grid = gridOf(rowsOf(rectangle), columnsOf(rectangle));
      return { rectangle, covered, ...(grid === undefined ? {} : { grid }) };
    });
  const readingOf = async (frame: EncodedFrame | Skip, at: number): Promise<FrameRegions | Skip> => {
    if ('reason' in frame) return frame;
    const places = wanted.slice(at, at + 1).flatMap(placesOf);
    return await readRegions(frame, { places, graphics }).catch(skipOf);
  };
  const sharesOf = (readings: readonly (FrameRegions | Skip)[]) => {
    const read = readings.filter((one) => 'regions' in one);
    return { decode: sumOf(read.map(({ decodeMs }) => decodeMs)), region: sumOf(read.map(({ regionMs }) => regionMs)) };
  };
  const readings = await watch.timeShared(sharesOf, () => all(encoded.map(readingOf)));
  return readings.map((one) => ('reason' in one ? one : one.regions));
}

/** The places on frames (0-based) of one source, in the order of the frames, a group at a time; or why one cannot be had. */
export async function* regionsOfFrames(
  { source, places }: Pick<WantedFrame, 'source' | 'places'>,
  frames: readonly number[],
  looking: Pick<Looking, 'decoding'> & Parameters<typeof readGroup>[1],
): AsyncGenerator<{ readonly frame: number; readonly regions: readonly RegionPicture[] | Skip }> {
  const pixels = source.rows * source.columns;
  for (const group of groupsOf(frames, () => pixels, looking.decoding?.atOnce ?? 1)) {
    const wanted = group.map((frame) => ({ source, frame, places }));
    const read = await readGroup(wanted, looking);
    for (const [at, frame] of group.entries()) {
      const regions = read[at];
      if (regions !== undefined) yield { frame, regions };
    }
  }
}
