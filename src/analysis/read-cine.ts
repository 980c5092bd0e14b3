// Frames of a cine, read when they are wanted. In: an open cine and frame numbers. Out: what is kept of each, from its region without what was drawn on it;
// only pixels of the region leave this file.
import type { CineGraphics, FittedGrid, RegionPicture, RegionWish } from '../contracts/analyser.ts';
import { openFrames } from '../dicom/frames.ts';
import type { Cine } from './cine.ts';
import { planeOf } from './clip-planes.ts';
import { regionsOfFrames } from './frame-groups.ts';
import type { Looking } from './image.ts';
import { thinned } from './keyframes.ts';
import { cineGraphics } from './mask-cine.ts';
import type { GreyPicture } from './picture.ts';
import { cleaned } from './regions.ts';
import { type Skip, skipFor } from './skips.ts';

/** What one frame gave: its place in the list asked for, and what was made of its picture. */
export type ReadFrame<T> = { readonly index: number; readonly frame: number; readonly value: T };

/** The region of one frame without what was drawn on it, and its plane on the grid that was asked for, empty without one. */
export type LookedAt = { readonly picture: GreyPicture; readonly plane: Float32Array };

type Reading<T> = Looking & {
  /** What is kept of a frame. */
  readonly use: (looked: LookedAt) => T;
  readonly grid?: FittedGrid;
  /** What was drawn on the cine, from an earlier reading of it. */
  readonly graphics?: CineGraphics | null;
};

/** Frames that are looked at to find what was drawn on a cine. */
const MOST_FOR_GRAPHICS = 5;
const NO_PLANE = new Float32Array(0);

/** What a frame shows in the one place that was asked for, or why it is left out. */
function regionIn(regions: readonly RegionPicture[] | Skip): RegionPicture | Skip {
  if ('reason' in regions) return regions;
  const [region] = regions;
  if (region === undefined) return skipFor('no-region');
  return region.kind === 'flow' ? skipFor('colour-in-region') : region;
}

const lookedAt = (picture: GreyPicture, grid: FittedGrid | undefined): LookedAt => ({
  picture,
  plane: grid === undefined ? NO_PLANE : planeOf(picture, grid),
});

/**
 * Reads the frames (0-based) asked for, and hands what each shows, without what was drawn on it, to `use` at once, so that memory holds what `use` keeps.
 * Frames that cannot be decoded or show colour flow are left out; `lost` is why the last of them was, null when none was. What was drawn is found on
 * some of the frames, unless `graphics` brings it.
 */
export async function readCine<T>(
  { input, place }: Pick<Cine, 'input' | 'place'>,
  frames: readonly number[],
  reading: Reading<T>,
): Promise<{ readonly read: readonly ReadFrame<T>[]; readonly lost: Skip | null; readonly graphics: CineGraphics | null }> {
  const { watch, limits, use, grid } = reading;
  const made = new Map<number, T>();
  let lost: Skip | null = null;
  let { graphics = null } = reading;
  const source = await openFrames(input.path, limits, reading);
  const where = { source, places: [place] };
  const keep = (frame: number, looked: LookedAt): void => {
    made.set(
      frame,
      watch.time('preprocess', () => use(looked)),
    );
  };
  try {
    const distinct = [...new Set(frames)];
    const sampled = graphics === null ? thinned(distinct, MOST_FOR_GRAPHICS) : [];
    const samples: { readonly frame: number; readonly picture: GreyPicture }[] = [];
    const asSample = { ...reading, graphics: 'keep', gridOf: () => undefined } as const;
    for await (const { frame, regions } of regionsOfFrames(where, sampled, asSample)) {
      const region = regionIn(regions);
      if ('reason' in region) lost = region;
      else samples.push({ frame, picture: region.picture });
    }
    graphics ??= watch.time('region', () => cineGraphics(samples.map(({ picture }) => picture)));
    const found: RegionWish['graphics'] = graphics ?? 'find';
    for (const { frame, picture } of samples.splice(0))
      keep(
        frame,
        watch.time('region', () => lookedAt(cleaned(picture, found), grid)),
      );
    const others = distinct.filter((frame) => !sampled.includes(frame));
    const asFound = { ...reading, graphics: found, gridOf: () => grid };
    for await (const { frame, regions } of regionsOfFrames(where, others, asFound)) {
      const region = regionIn(regions);
      if ('reason' in region) lost = region;
      else keep(frame, { picture: region.picture, plane: region.average?.values ?? NO_PLANE });
    }
  } finally {
    await source.close();
  }
  const read = frames.flatMap((frame, index) => {
    const value = made.get(frame);
    return value === undefined ? [] : [{ index, frame, value }];
  });
  return { read, lost, graphics };
}
