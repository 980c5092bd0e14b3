// What of one instance the model may see. In: a spooled file and its header. Out: the ultrasound regions with their ranked frames, or the reason
// why the instance is left out; later the grey pictures of chosen frames. Only pixels of a region ever leave this file.
import type { AnalysisInput, GridSize, PictureAverage } from '../contracts/analyser.ts';
import type { SkippedInput } from '../contracts/finding.ts';
import { type FrameSource, openFrames } from '../dicom/frames.ts';
import { groupsOf, readGroup, regionsOfFrames, type WantedFrame } from './frame-groups.ts';
import { type Looking, lookAtImage, type OpenImage, type Place, skippedInput } from './image.ts';
import { candidateFrames, type Ranking, rankByChange } from './keyframes.ts';
import type { Labels } from './labels.ts';
import { labelsOfImage } from './labels-image.ts';
import type { GreyPicture } from './picture.ts';
import { type Skip, skipFor } from './skips.ts';

/** One ultrasound image on the screen; side-by-side layouts give several. */
export type View = Place & { readonly ranking: Ranking };

/** An instance that can be looked at. */
export type Clip = {
  readonly input: AnalysisInput;
  readonly frameCount: number;
  readonly lossy: boolean;
  readonly labels: Labels;
  readonly views: readonly View[];
  readonly notes: readonly string[];
};

/** One keyframe to look at; `frame` is 0-based. */
export type ChosenFrame = { readonly clip: Clip; readonly view: View; readonly frame: number };

/** Frames of a cine that are decoded to choose keyframes from, and to find the part that moves. */
const MOST_CANDIDATES = 48;
const THUMBNAIL = { rows: 24, columns: 32 } as const;
const LOST_NOTE = 'Some frames of a cine cannot be decoded; the others were taken.';

type Opening = Looking & { readonly mostKeyframes: number };

type Ranked = { readonly views: readonly View[]; readonly lost: Skip | null };

/** Ranks the frames of a cine for each region; frames that show blood flow in colour are left out. */
async function rankViews(places: readonly Place[], source: FrameSource, opening: Opening): Promise<Ranked> {
  const seen = places.map(() => ({ frames: [] as number[], thumbnails: [] as Float32Array[] }));
  let lost: Skip | null = null;
  const candidates = candidateFrames(source.frameCount, MOST_CANDIDATES);
  const looking = { ...opening, graphics: 'keep', gridOf: () => THUMBNAIL } as const;
  for await (const { frame, regions } of regionsOfFrames({ source, places }, candidates, looking)) {
    if ('reason' in regions) {
      lost = regions;
      continue;
    }
    for (const [place, { kind, average }] of regions.entries()) {
      if (kind === 'flow' || average === null) continue;
      seen[place]?.frames.push(frame);
      seen[place]?.thumbnails.push(average.values);
    }
  }
  const views = places.flatMap((where, place) => {
    const of = seen[place];
    if (of === undefined || of.frames.length === 0) return [];
    return [{ ...where, ranking: rankByChange(of.frames, of.thumbnails, opening.mostKeyframes) }];
  });
  return { views, lost };
}

/** A still is taken as it is; whether it can be decoded shows when it is read. */
const stillViews = (places: readonly Place[]): Ranked => ({
  views: places.map((place) => ({ ...place, ranking: { frames: [0], distinct: 1 } })),
  lost: null,
});

async function clipOf(input: AnalysisInput, image: OpenImage, opening: Opening): Promise<Clip | Skip> {
  const { source, places, notes } = image;
  const { views, lost } = source.frameCount === 1 ? stillViews(places) : await rankViews(places, source, opening);
  if (views.length === 0) return lost ?? skipFor('colour-in-region');
  const { frameCount, lossy } = source;
  const said = [...notes, ...(lost === null ? [] : [LOST_NOTE])];
  const labels = await labelsOfImage(input.header, image, opening);
  return { input, frameCount, lossy, labels, views, notes: said };
}

/**
 * Opens one instance: finds its regions and ranks its frames, decoding a bounded number of them. What is wrong with the instance becomes a
 * skipped input; only trouble of the machine (a missing or unreadable spool file) throws.
 */
export async function openClip(
  input: AnalysisInput,
  opening: Opening,
): Promise<{ readonly clip: Clip | null; readonly skipped: readonly SkippedInput[] }> {
  const opened = await lookAtImage(input, opening, (image) => clipOf(input, image, opening));
  return 'input' in opened ? { clip: opened, skipped: [] } : { clip: null, skipped: [skippedInput(input, opened)] };
}

/** The grid that a keyframe of a size is averaged on: always one, since what has no average is no keyframe. */
export type KeyframeGrid = (rows: number, columns: number) => GridSize;

/** The picture of one chosen frame, and its average on the grid asked for; `index` counts in the picks given. */
export type KeyframePicture = { readonly index: number; readonly picture: GreyPicture; readonly average: PictureAverage };

/** A frame of a clip, and which of the picks it is for. */
type WantedOfClip = { readonly clip: Clip; readonly frame: number; readonly indices: readonly number[] };

/** Each frame once, in the order in which it is first picked. */
function framesOf(picks: readonly ChosenFrame[]): WantedOfClip[] {
  const byFrame = new Map<string, { readonly clip: Clip; readonly frame: number; readonly indices: number[] }>();
  for (const [index, { clip, frame }] of picks.entries()) {
    const key = `${clip.input.path} ${frame}`;
    const known = byFrame.get(key) ?? { clip, frame, indices: [] };
    known.indices.push(index);
    byFrame.set(key, known);
  }
  return [...byFrame.values()];
}

const pixelsOf = ({ clip }: WantedOfClip): number => clip.input.header.rows * clip.input.header.columns;

/** The regions of a group of frames, their files open no longer than that takes. */
async function regionsOf(
  group: readonly WantedOfClip[],
  viewsOf: (wanted: WantedOfClip) => readonly View[],
  looking: Looking & { readonly gridOf: KeyframeGrid },
): ReturnType<typeof readGroup> {
  const sources = new Map<Clip, FrameSource>();
  const wanted: WantedFrame[] = [];
  try {
    for (const one of group) {
      const source = sources.get(one.clip) ?? (await openFrames(one.clip.input.path, looking.limits, looking));
      sources.set(one.clip, source);
      wanted.push({ source, frame: one.frame, places: viewsOf(one) });
    }
    return await readGroup(wanted, { ...looking, graphics: 'find' });
  } finally {
    for (const source of sources.values()) await source.close();
  }
}

/**
 * The region's pictures of chosen frames, of whatever clips, without what was drawn on them, in the order of the picks. A frame that cannot be decoded or
 * shows colour flow is skipped by its number.
 */
export async function readKeyframes(
  picks: readonly ChosenFrame[],
  looking: Looking & { readonly gridOf: KeyframeGrid },
): Promise<{ readonly pictures: readonly KeyframePicture[]; readonly skipped: readonly SkippedInput[] }> {
  const pictures: KeyframePicture[] = [];
  const skipped: SkippedInput[] = [];
  const skip = ({ clip, frame }: WantedOfClip, { reason, sentence }: Skip): void => {
    const told = clip.frameCount === 1 ? sentence : `Frame ${frame + 1}: ${sentence}`;
    skipped.push(skippedInput(clip.input, { reason, sentence: told }));
  };
  const viewsOf = ({ indices }: WantedOfClip): readonly View[] => indices.flatMap((index) => picks[index]?.view ?? []);
  for (const group of groupsOf(framesOf(picks), pixelsOf, looking.decoding?.atOnce ?? 1)) {
    for (const [at, regions] of (await regionsOf(group, viewsOf, looking)).entries()) {
      const wanted = group[at];
      if (wanted === undefined) continue;
      if ('reason' in regions) {
        skip(wanted, regions);
        continue;
      }
      for (const [place, { kind, picture, average }] of regions.entries()) {
        const index = wanted.indices[place];
        if (kind === 'flow') skip(wanted, skipFor('colour-in-region'));
        else if (index !== undefined && average !== null) pictures.push({ index, picture, average });
      }
    }
  }
  return { pictures: pictures.sort((a, b) => a.index - b.index), skipped };
}
