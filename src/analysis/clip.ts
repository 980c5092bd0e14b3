// What of one instance the model may see. In: a spooled file and its header. Out: the ultrasound regions with their ranked frames, or the reason
// why the instance is left out; later the grey pictures of chosen frames. Only pixels of a region ever leave this file.
import type { AnalysisInput } from '../contracts/analyser.ts';
import type { SkippedInput } from '../contracts/finding.ts';
import { type FrameSource, openFrames } from '../dicom/frames.ts';
import { greyPlace } from './colour.ts';
import { framesInOrder } from './decoding.ts';
import { decodeEach, type Looking, lookAtImage, type OpenImage, type Place, skippedInput } from './image.ts';
import { type Ranking, rankByChange } from './keyframes.ts';
import type { Labels } from './labels.ts';
import { labelsOfImage } from './labels-image.ts';
import { withoutGraphics } from './mask.ts';
import { areaAverage, type GreyPicture } from './picture.ts';
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

/** Frames of a cine that are decoded to choose keyframes from, and to find the part that moves. */
const MOST_CANDIDATES = 48;
const THUMBNAIL = { rows: 24, columns: 32 } as const;
const LOST_NOTE = 'Some frames of a cine cannot be decoded; the others were taken.';

type Opening = Looking & { readonly mostKeyframes: number };

type Ranked = { readonly views: readonly View[]; readonly lost: Skip | null };

/** Ranks the frames of a cine for each region; frames that show blood flow in colour are left out. */
async function rankViews(rectangles: readonly Place[], source: FrameSource, opening: Opening): Promise<Ranked> {
  const seen = rectangles.map(() => ({ frames: [] as number[], thumbnails: [] as Float32Array[] }));
  const { watch } = opening;
  const { frames, lost } = decodeEach(source, MOST_CANDIDATES, watch);
  for await (const { index, frame } of frames) {
    for (const [place, where] of rectangles.entries()) {
      const { kind, picture } = watch.time('colour', () => greyPlace(frame, where));
      if (kind === 'flow') continue;
      seen[place]?.frames.push(index);
      seen[place]?.thumbnails.push(watch.time('preprocess', () => areaAverage(picture, THUMBNAIL.rows, THUMBNAIL.columns)));
    }
  }
  const views = rectangles.flatMap((rectangle, place) => {
    const of = seen[place];
    if (of === undefined || of.frames.length === 0) return [];
    return [{ ...rectangle, ranking: rankByChange(of.frames, of.thumbnails, opening.mostKeyframes) }];
  });
  return { views, lost: lost() };
}

/** A still is taken as it is; whether it can be decoded shows when it is read. */
const stillViews = (rectangles: readonly Place[]): Ranked => ({
  views: rectangles.map((rectangle) => ({ ...rectangle, ranking: { frames: [0], distinct: 1 } })),
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

/** The picture of one chosen frame; `index` counts in the picks given. */
export type KeyframePicture = { readonly index: number; readonly picture: GreyPicture };

/** The region's pictures of chosen frames of one clip. A frame that cannot be decoded or shows colour flow is skipped by its number. */
export async function readKeyframes(
  clip: Clip,
  picks: readonly { readonly view: View; readonly frame: number }[],
  options: Looking,
): Promise<{ readonly pictures: readonly KeyframePicture[]; readonly skipped: readonly SkippedInput[] }> {
  const { watch } = options;
  const pictures: KeyframePicture[] = [];
  const skipped: SkippedInput[] = [];
  const source = await openFrames(clip.input.path, options.limits, options);
  try {
    const wanted = [...new Set(picks.map((pick) => pick.frame))];
    for await (const { index: frame, frame: decoded } of framesInOrder(source, wanted, watch)) {
      const skip = (because: Skip): void => {
        const sentence = clip.frameCount === 1 ? because.sentence : `Frame ${frame + 1}: ${because.sentence}`;
        skipped.push(skippedInput(clip.input, { reason: because.reason, sentence }));
      };
      if ('reason' in decoded) {
        skip(decoded);
        continue;
      }
      for (const [index, pick] of picks.entries()) {
        if (pick.frame !== frame) continue;
        const { kind, picture } = watch.time('colour', () => greyPlace(decoded, pick.view));
        if (kind === 'flow') skip(skipFor('colour-in-region'));
        else pictures.push({ index, picture: watch.time('mask', () => withoutGraphics(picture)) });
      }
    }
  } finally {
    await source.close();
  }
  return { pictures: pictures.sort((a, b) => a.index - b.index), skipped };
}
