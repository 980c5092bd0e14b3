// A cine as the models of moving pictures read it. In: a spooled file and its header. Out: its region, frame times and labels, or the reason why it
// is left out; later the region's pictures of chosen frames, decoded only then. Only pixels of the region leave this file.
import type { AnalysisInput, CineGraphics, FittedGrid, RegionWish } from '../contracts/analyser.ts';
import type { CineReference, FrameReference, SkippedInput } from '../contracts/finding.ts';
import type { ClipPreprocessing } from '../contracts/model.ts';
import { frameTimes } from '../dicom/frame-times.ts';
import { openFrames } from '../dicom/frames.ts';
import { planeOf } from './clip-planes.ts';
import { greyPlace } from './colour.ts';
import { framesInOrder } from './decoding.ts';
import { type GridOf, groupsOf, readGroup } from './frame-groups.ts';
import { type Looking, lookAtImage, type OpenImage, type Place, skippedInput } from './image.ts';
import { candidateFrames, thinned } from './keyframes.ts';
import type { Labels } from './labels.ts';
import { labelsOfImage } from './labels-image.ts';
import { withoutGraphics } from './mask.ts';
import { cineGraphics, withoutCineGraphics } from './mask-cine.ts';
import { columnsOf, type GreyPicture, rowsOf } from './picture.ts';
import { type Skip, skipFor } from './skips.ts';

/** A multi-frame image that can be read frame by frame. */
export type Cine = {
  readonly input: AnalysisInput;
  readonly frameCount: number;
  readonly lossy: boolean;
  readonly labels: Labels;
  readonly place: Place;
  /** Ms since the first frame, one a frame; null when the image does not say. */
  readonly timesMs: readonly number[] | null;
  readonly framesPerSecond: number | null;
  readonly notes: readonly string[];
};

/** Frames that are looked at to see whether the cine shows blood flow in colour. */
const MOST_FOR_COLOUR = 3;
const OTHERS_NOTE = 'The screen shows several images side by side; the largest was read.';
const RATE_NOTE = 'The cine does not say how fast it was taken; its frames were read as acquired.';

const areaOf = ({ rectangle }: Place): number => rowsOf(rectangle) * columnsOf(rectangle);

async function cineOf(input: AnalysisInput, image: OpenImage, looking: Looking): Promise<Cine | Skip> {
  const { watch } = looking;
  const { source, places, attributes, notes } = image;
  if (source.frameCount < 2) return skipFor('not-a-cine');
  const [place] = places.toSorted((one, other) => areaOf(other) - areaOf(one));
  if (place === undefined) return skipFor('no-region');
  for await (const { frame } of framesInOrder(source, candidateFrames(source.frameCount, MOST_FOR_COLOUR), watch)) {
    if ('reason' in frame) return frame;
    if (watch.time('region', () => greyPlace(frame, place)).kind === 'flow') return skipFor('colour-in-region');
  }
  const times = frameTimes(attributes, source.frameCount);
  return {
    input,
    frameCount: source.frameCount,
    lossy: source.lossy,
    labels: await labelsOfImage(input.header, image, looking),
    place,
    timesMs: times?.timesMs ?? null,
    framesPerSecond: times?.framesPerSecond ?? null,
    notes: [...notes, ...(places.length > 1 ? [OTHERS_NOTE] : []), ...(times === null ? [RATE_NOTE] : [])],
  };
}

/** Opens one instance as a cine. A still, flow in colour and what cannot be decoded become a skipped input; trouble of the machine throws. */
export async function openCine(
  input: AnalysisInput,
  looking: Looking,
): Promise<{ readonly cine: Cine | null; readonly skipped: readonly SkippedInput[] }> {
  const opened = await lookAtImage(input, looking, (image) => cineOf(input, image, looking));
  return 'input' in opened ? { cine: opened, skipped: [] } : { cine: null, skipped: [skippedInput(input, opened)] };
}

/**
 * The frames (0-based) that a model wants of a cine: at its rate, by time and not by index, then every n-th; all as acquired when the model or the
 * cine names no rate. A frame is taken twice where the cine is slower than the model's rate. At most `most`, from the beginning.
 */
export function wantedFrames(
  cine: Pick<Cine, 'frameCount' | 'timesMs'>,
  wish: Pick<ClipPreprocessing, 'framesPerSecond' | 'frameStep'>,
  most: number,
): number[] {
  const { timesMs, frameCount } = cine;
  const chosen: number[] = [];
  if (wish.framesPerSecond === 0 || timesMs === null) {
    for (let frame = 0; frame < frameCount && chosen.length < most; frame += wish.frameStep) chosen.push(frame);
    return chosen;
  }
  const stepMs = (wish.frameStep * 1000) / wish.framesPerSecond;
  const lastMs = timesMs.at(-1) ?? 0;
  for (let nth = 0, frame = 0; nth * stepMs <= lastMs + stepMs / 4 && chosen.length < most; nth++) {
    const wanted = nth * stepMs;
    while (frame + 1 < frameCount && Math.abs((timesMs[frame + 1] ?? 0) - wanted) <= Math.abs((timesMs[frame] ?? 0) - wanted))
      frame++;
    chosen.push(frame);
  }
  return chosen;
}

/** What one frame gave: its place in the list asked for, and what was made of its picture. */
export type ReadFrame<T> = { readonly index: number; readonly frame: number; readonly value: T };

/** Frames that are looked at to find what was drawn on a cine. */
const MOST_FOR_GRAPHICS = 5;

/** The region of one frame without what was drawn on it, and its plane on the grid that was asked for, empty without one. */
export type LookedAt = { readonly picture: GreyPicture; readonly plane: Float32Array };

type Reading<T> = Looking & {
  /** What is kept of a frame. */
  readonly use: (looked: LookedAt) => T;
  readonly grid?: FittedGrid;
  /** What was drawn on the cine, from an earlier reading of it. */
  readonly graphics?: CineGraphics | null;
};

/**
 * Reads the frames (0-based) asked for, and hands what each shows, without what was drawn on it, to `use` at once, so that memory holds what `use` keeps.
 * Frames that cannot be decoded or show colour flow are left out; `lost` is why the last of them was, null when none was. What was drawn is found on
 * some of the frames, unless `graphics` brings it.
 */
export async function readCine<T>(
  cine: Cine,
  frames: readonly number[],
  reading: Reading<T>,
): Promise<{ readonly read: readonly ReadFrame<T>[]; readonly lost: Skip | null; readonly graphics: CineGraphics | null }> {
  const { watch, limits, use, grid, decoding } = reading;
  const made = new Map<number, T>();
  let lost: Skip | null = null;
  let { graphics = null } = reading;
  const source = await openFrames(cine.input.path, limits, reading);
  const pixels = source.rows * source.columns;
  /** What some frames show; null for those that are left out. */
  async function* looks(indices: readonly number[], wish: Pick<RegionWish, 'graphics'> & { readonly gridOf: GridOf }) {
    for (const group of groupsOf(indices, () => pixels, decoding?.atOnce ?? 1)) {
      const wanted = group.map((frame) => ({ source, frame, places: [cine.place] }));
      for (const [at, regions] of (await readGroup(wanted, { ...reading, ...wish })).entries()) {
        const [region] = 'reason' in regions ? [] : regions;
        const isSeen = region !== undefined && region.kind !== 'flow';
        if (!isSeen) lost = 'reason' in regions ? regions : skipFor('colour-in-region');
        yield { frame: group[at] ?? 0, region: isSeen ? region : null };
      }
    }
  }
  try {
    const distinct = [...new Set(frames)];
    const samples = new Map<number, GreyPicture | null>();
    if (graphics === null) {
      const sampled = thinned(distinct, MOST_FOR_GRAPHICS);
      for await (const { frame, region } of looks(sampled, { graphics: 'keep', gridOf: () => undefined }))
        samples.set(frame, region?.picture ?? null);
      graphics = watch.time('region', () => cineGraphics([...samples.values()].flatMap((picture) => picture ?? [])));
    }
    for (const [frame, found] of samples) {
      if (found === null) continue;
      const looked = watch.time('region', (): LookedAt => {
        const picture = graphics === null ? withoutGraphics(found) : withoutCineGraphics(found, graphics);
        return { picture, plane: grid === undefined ? NO_PLANE : planeOf(picture, grid) };
      });
      made.set(
        frame,
        watch.time('preprocess', () => use(looked)),
      );
    }
    const others = distinct.filter((frame) => !samples.has(frame));
    samples.clear();
    for await (const { frame, region } of looks(others, { graphics: graphics ?? 'find', gridOf: () => grid })) {
      if (region === null) continue;
      const looked = { picture: region.picture, plane: region.average?.values ?? NO_PLANE };
      made.set(
        frame,
        watch.time('preprocess', () => use(looked)),
      );
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

const NO_PLANE = new Float32Array(0);

/** The cine as a result names it; `description` is the first text of its header that says anything. */
export function cineReference(cine: Cine): CineReference {
  const { header } = cine.input;
  const texts = [header.imageComments, header.viewName, header.seriesDescription, header.protocolName];
  return {
    sopClassUid: header.sopClassUid,
    sopInstanceUid: header.sopInstanceUid,
    seriesInstanceUid: header.seriesInstanceUid,
    numberOfFrames: cine.frameCount,
    region: cine.place.rectangle,
    spacingMm: cine.place.spacingMm,
    framesPerSecond: cine.framesPerSecond,
    description: texts.find((text) => text !== '') ?? '',
  };
}

/** One frame (0-based) of the cine as a result names it. */
export function frameReference(cine: Cine, frame: number): FrameReference {
  const { description: _text, framesPerSecond: _rate, ...reference } = cineReference(cine);
  return { ...reference, frameNumber: frame + 1 };
}
