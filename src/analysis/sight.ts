// What the node sees of one file, for people who ask why a model did or did not read it. In: a file and its header. Out: images, labels, what was found
// drawn on one frame, and the decision for each family.
import type { AnalysisInput, GridSize } from '../contracts/analyser.ts';
import type { ModelFamily } from '../contracts/model.ts';
import type { GreyOrRgb } from '../dicom/frames.ts';
import { openCine } from './cine.ts';
import { openClip, readKeyframes } from './clip.ts';
import { greyPlace } from './colour.ts';
import { FAMILIES } from './families.ts';
import { decodeEach, type Looking, lookAtImage, type OpenImage, type Place } from './image.ts';
import type { Labels } from './labels.ts';
import { labelsOfImage } from './labels-image.ts';
import { withoutGraphics } from './mask.ts';
import { cineGraphics, withoutCineGraphics } from './mask-cine.ts';
import { cropGrey, type GreyPicture } from './picture.ts';
import { type Skip, skipFor } from './skips.ts';

/** One image on the screen, and which of its pixels in `SeenFrame.frame` were drawn: 1, row-major, of the rectangle's size. */
export type SeenPlace = Place & { readonly drawn: Uint8Array };

export type SeenFrame = {
  /** From 0. */
  readonly index: number;
  readonly frame: GreyOrRgb;
  readonly places: readonly SeenPlace[];
};

export type FamilyDecision = {
  readonly family: ModelFamily;
  readonly reads: 'stills and cines' | 'cines';
  readonly because: Skip | null;
};

export type Sight = {
  readonly rows: number;
  readonly columns: number;
  readonly frameCount: number;
  readonly lossy: boolean;
  readonly labels: Labels;
  readonly notes: readonly string[];
  readonly seen: SeenFrame | null;
};

/** Frames of a cine that are looked at to find what was drawn on it. */
const SAMPLES = 5;

function drawnOn(picture: GreyPicture, cleaned: GreyPicture): Uint8Array {
  const drawn = new Uint8Array(picture.data.length);
  for (let at = 0; at < drawn.length; at++) if (cleaned.data[at] !== picture.data[at]) drawn[at] = 1;
  return drawn;
}

/** The middle frame that can be decoded, and what is drawn on each of its images. */
async function middleFrame({ source, places }: OpenImage, looking: Looking): Promise<SeenFrame | null> {
  const frames: { readonly index: number; readonly frame: GreyOrRgb }[] = [];
  for await (const decoded of decodeEach(source, SAMPLES, looking.watch).frames) frames.push(decoded);
  const middle = frames[frames.length >> 1];
  if (middle === undefined) return null;
  const drawnIn = (place: Place): Uint8Array => {
    const pictures = frames.map(({ frame }) => greyPlace(frame, place).picture);
    const picture = pictures[frames.length >> 1];
    const mask = source.frameCount > 1 ? cineGraphics(pictures) : null;
    if (picture === undefined) return new Uint8Array(0);
    return drawnOn(
      cropGrey(middle.frame, place.rectangle),
      mask === null ? withoutGraphics(picture) : withoutCineGraphics(picture, mask),
    );
  };
  return { ...middle, places: places.map((place) => ({ ...place, drawn: drawnIn(place) })) };
}

/** What is seen of an image; the reason where it is left out before anybody looks at its pixels. */
export async function sightOf(input: AnalysisInput, looking: Looking): Promise<Sight | Skip> {
  return lookAtImage(input, looking, async (image): Promise<Sight> => {
    const { source, notes } = image;
    const { rows, columns, frameCount, lossy } = source;
    return {
      rows,
      columns,
      frameCount,
      lossy,
      labels: await labelsOfImage(input.header, image, looking),
      notes,
      seen: await middleFrame(image, looking),
    };
  });
}

/** Most keyframes that any family asks of a cine. */
const MOST_KEYFRAMES = 17;

/** Why no keyframe of a file can be read; null when one can. */
async function whyNoKeyframe(input: AnalysisInput, looking: Looking): Promise<Skip | null> {
  const { clip, skipped } = await openClip(input, { ...looking, mostKeyframes: MOST_KEYFRAMES });
  if (clip === null) return skipped[0] ?? skipFor('no-region');
  if (clip.labels.isOtherVessel) return skipFor('other-vessel');
  const picks = clip.views.flatMap((view) => view.ranking.frames.slice(0, 1).map((frame) => ({ clip, view, frame })));
  const gridOf = (): GridSize => ({ rows: 1, columns: 1 });
  const read = await readKeyframes(picks, { ...looking, gridOf });
  return read.pictures.length > 0 ? null : (read.skipped[0] ?? skipFor('no-region'));
}

/**
 * Which families can read the file, and why the others cannot. A model may still find that the view is not its own. `leastFrames` is how many frames the model
 * of a family needs, where that is known.
 */
export async function decisionsOf(
  input: AnalysisInput,
  looking: Looking,
  leastFrames: ReadonlyMap<string, number>,
): Promise<readonly FamilyDecision[]> {
  const noKeyframe = await whyNoKeyframe(input, looking);
  const { cine, skipped } = await openCine(input, { ...looking, texts: undefined });
  const whyNoCine = (family: string): Skip | null => {
    if (cine === null) return skipped[0] ?? skipFor('no-region');
    return cine.frameCount < (leastFrames.get(family) ?? 0) ? skipFor('too-few-frames') : null;
  };
  return Object.entries(FAMILIES).map(([family, { kind }]) => {
    const stills = kind === 'keyframe-bag';
    return {
      family: family as ModelFamily,
      reads: stills ? 'stills and cines' : 'cines',
      because: stills ? noKeyframe : whyNoCine(family),
    };
  });
}
