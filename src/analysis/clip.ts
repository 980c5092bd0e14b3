// What of one instance the model may see. In: a spooled file and its header. Out: the ultrasound regions with their ranked frames, or the reason
// why the instance is left out; later the grey pictures of chosen frames. Only pixels of a region ever leave this file.
import type { AnalysisInput, AnalysisLimits } from '../contracts/analyser.ts';
import type { PixelRectangle, SkippedInput } from '../contracts/finding.ts';
import { attributesOf } from '../dicom/attributes.ts';
import type { Dataset } from '../dicom/dataset.ts';
import type { GreyOrRgb } from '../dicom/frames.ts';
import { type FrameSource, openFrames } from '../dicom/frames.ts';
import { openPart10 } from '../dicom/part10.ts';
import { chooseRegions, colourDoppler, fallbackRegion, ultrasoundRegions } from '../dicom/ultrasound.ts';
import { greyRegion } from './colour.ts';
import { candidateFrames, type Ranking, rankByChange } from './keyframes.ts';
import { type Labels, labelsOf } from './labels.ts';
import { areaAverage, columnsOf, type GreyPicture, rowsOf } from './picture.ts';
import { type Skip, skipFor, skipOf } from './skips.ts';
import type { Stopwatch } from './stopwatch.ts';

/** One ultrasound image on the screen; side-by-side layouts give several. */
export type View = {
  readonly rectangle: PixelRectangle;
  readonly spacingMm: { readonly x: number; readonly y: number } | null;
  readonly ranking: Ranking;
};

/** An instance that can be looked at. */
export type Clip = {
  readonly input: AnalysisInput;
  readonly frameCount: number;
  readonly lossy: boolean;
  readonly labels: Labels;
  readonly views: readonly View[];
  readonly notes: readonly string[];
};

type Rectangle = Omit<View, 'ranking'>;

/** Frames of a cine that are decoded to choose keyframes from, and to find the part that moves. */
const MOST_CANDIDATES = 48;
const MOST_FOR_MOTION = 16;
/** Smallest region in rows or columns: below, the network sees less than two of its own places. */
const SMALLEST_SIDE = 64;
/** Share of both sides from which a region is the whole picture. */
const WHOLE = 0.98;
const THUMBNAIL = { rows: 24, columns: 32 } as const;
const COLOUR_NOTE = 'The header says that the image has colour; its pixels show no colour flow.';
const LOST_NOTE = 'Some frames of a cine cannot be decoded; the others were taken.';
const MOTION_NOTE = 'The image does not name its ultrasound region; the part that moves was taken.';

async function readAttributes(path: string): Promise<{ readonly attributes: Dataset; readonly hasPixels: boolean }> {
  const file = await openPart10(path);
  try {
    return { attributes: attributesOf(file), hasPixels: file.pixelData !== null };
  } finally {
    await file.close();
  }
}

type Opening = {
  readonly limits: AnalysisLimits;
  readonly mostKeyframes: number;
  readonly watch: Stopwatch;
};

type Placed = { readonly rectangles: readonly Rectangle[]; readonly notes: readonly string[] } | { readonly skip: Skip };

type Decoded = { readonly index: number; readonly frame: GreyOrRgb };

/** Decodes frames one after the other, leaving out those that cannot be; `lost` is why, when there were any. */
function decodeEach(source: FrameSource, most: number, watch: Stopwatch) {
  let lost: Skip | null = null;
  async function* frames(): AsyncGenerator<Decoded> {
    for (const index of candidateFrames(source.frameCount, most)) {
      const frame = await watch.timeAsync('decode', () => source.frame(index)).catch(skipOf);
      if ('reason' in frame) lost = frame;
      else yield { index, frame };
    }
  }
  return { frames: frames(), lost: (): Skip | null => lost };
}

async function movingPart(source: FrameSource, watch: Stopwatch): Promise<PixelRectangle | null> {
  const frames: GreyOrRgb[] = [];
  for await (const { frame } of decodeEach(source, MOST_FOR_MOTION, watch).frames) frames.push(frame);
  return watch.time('preprocess', () => fallbackRegion(frames));
}

/** A region that is the whole picture says nothing of where the banner with the patient's name ends. */
const isWhole = ({ rectangle }: Rectangle, { rows, columns }: FrameSource): boolean =>
  rowsOf(rectangle) >= WHOLE * rows && columnsOf(rectangle) >= WHOLE * columns;

async function placeRegions(attributes: Dataset, source: FrameSource, watch: Stopwatch): Promise<Placed> {
  const choice = chooseRegions(ultrasoundRegions(attributes), source.rows, source.columns);
  const named = choice.regions.map(({ rectangle, spacingMm }) => ({ rectangle, spacingMm }));
  const [whole] = named.filter((rectangle) => isWhole(rectangle, source));
  if (named.length > 0 && whole === undefined) return placeLarge(named, []);
  if (whole === undefined && choice.reason !== 'no-region') return { skip: skipFor(choice.reason) };
  const moving = source.frameCount > 1 ? await movingPart(source, watch) : null;
  if (moving !== null) return placeLarge([{ rectangle: moving, spacingMm: whole?.spacingMm ?? null }], [MOTION_NOTE]);
  if (whole !== undefined) return { skip: skipFor('region-is-whole-image') };
  return { skip: skipFor(source.frameCount > 1 ? 'no-motion' : 'no-region') };
}

function placeLarge(rectangles: readonly Rectangle[], notes: readonly string[]): Placed {
  const large = rectangles.filter(({ rectangle }) => Math.min(rowsOf(rectangle), columnsOf(rectangle)) >= SMALLEST_SIDE);
  return large.length === 0 ? { skip: skipFor('region-too-small') } : { rectangles: large, notes };
}

type Ranked = { readonly views: readonly View[]; readonly lost: Skip | null };

/** Ranks the frames of a cine for each region; frames that show blood flow in colour are left out. */
async function rankViews(rectangles: readonly Rectangle[], source: FrameSource, opening: Opening): Promise<Ranked> {
  const seen = rectangles.map(() => ({ frames: [] as number[], thumbnails: [] as Float32Array[] }));
  const { frames, lost } = decodeEach(source, MOST_CANDIDATES, opening.watch);
  for await (const { index, frame } of frames) {
    opening.watch.time('preprocess', () => {
      for (const [place, { rectangle }] of rectangles.entries()) {
        const { kind, picture } = greyRegion(frame, rectangle);
        if (kind === 'flow') continue;
        seen[place]?.frames.push(index);
        seen[place]?.thumbnails.push(areaAverage(picture, THUMBNAIL.rows, THUMBNAIL.columns));
      }
    });
  }
  const views = rectangles.flatMap((rectangle, place) => {
    const of = seen[place];
    if (of === undefined || of.frames.length === 0) return [];
    return [{ ...rectangle, ranking: rankByChange(of.frames, of.thumbnails, opening.mostKeyframes) }];
  });
  return { views, lost: lost() };
}

/** A still is taken as it is; whether it can be decoded shows when it is read. */
const stillViews = (rectangles: readonly Rectangle[]): Ranked => ({
  views: rectangles.map((rectangle) => ({ ...rectangle, ranking: { frames: [0], distinct: 1 } })),
  lost: null,
});

async function openReadable(input: AnalysisInput, opening: Opening): Promise<Clip | Skip> {
  const { attributes, hasPixels } = await readAttributes(input.path);
  if (!hasPixels) return skipFor('not-an-image');
  // UltrasoundColorDataPresent alone is set by some vendors on every image, for coloured marks; then the pixels decide.
  const { UltrasoundColorDataPresent: _, ...withoutFlag } = attributes;
  if (colourDoppler(withoutFlag)) return skipFor('colour-doppler');
  const flagged = colourDoppler(attributes) ? [COLOUR_NOTE] : [];
  const source = await openFrames(input.path, opening.limits);
  try {
    const placed = await placeRegions(attributes, source, opening.watch);
    if ('skip' in placed) return placed.skip;
    const { views, lost } =
      source.frameCount === 1 ? stillViews(placed.rectangles) : await rankViews(placed.rectangles, source, opening);
    if (views.length === 0) return lost ?? skipFor('colour-in-region');
    const { frameCount, lossy } = source;
    const notes = [...placed.notes, ...flagged, ...(lost === null ? [] : [LOST_NOTE])];
    return { input, frameCount, lossy, labels: labelsOf(input.header), views, notes };
  } finally {
    await source.close();
  }
}

/**
 * Opens one instance: finds its regions and ranks its frames, decoding a bounded number of them. What is wrong with the instance becomes a
 * skipped input; only trouble of the machine (a missing or unreadable spool file) throws.
 */
export async function openClip(
  input: AnalysisInput,
  opening: Opening,
): Promise<{ readonly clip: Clip | null; readonly skipped: readonly SkippedInput[] }> {
  const opened = await openReadable(input, opening).catch(skipOf);
  return 'input' in opened ? { clip: opened, skipped: [] } : { clip: null, skipped: [skippedInput(input, opened)] };
}

function skippedInput({ header }: AnalysisInput, { reason, sentence }: Skip): SkippedInput {
  const { sopInstanceUid, sopClassUid, seriesInstanceUid } = header;
  return { sopInstanceUid, sopClassUid, seriesInstanceUid, reason, sentence };
}

/** The picture of one chosen frame; `index` counts in the picks given. */
export type KeyframePicture = { readonly index: number; readonly picture: GreyPicture };

/** The region's pictures of chosen frames of one clip. A frame that cannot be decoded or shows colour flow is skipped by its number. */
export async function readKeyframes(
  clip: Clip,
  picks: readonly { readonly view: View; readonly frame: number }[],
  options: { readonly limits: AnalysisLimits; readonly watch: Stopwatch },
): Promise<{ readonly pictures: readonly KeyframePicture[]; readonly skipped: readonly SkippedInput[] }> {
  const { watch } = options;
  const pictures: KeyframePicture[] = [];
  const skipped: SkippedInput[] = [];
  const source = await openFrames(clip.input.path, options.limits);
  try {
    for (const frame of new Set(picks.map((pick) => pick.frame))) {
      const skip = (because: Skip): void => {
        const sentence = clip.frameCount === 1 ? because.sentence : `Frame ${frame + 1}: ${because.sentence}`;
        skipped.push(skippedInput(clip.input, { reason: because.reason, sentence }));
      };
      const decoded = await watch.timeAsync('decode', () => source.frame(frame)).catch(skipOf);
      if ('reason' in decoded) {
        skip(decoded);
        continue;
      }
      for (const [index, pick] of picks.entries()) {
        if (pick.frame !== frame) continue;
        const { kind, picture } = watch.time('preprocess', () => greyRegion(decoded, pick.view.rectangle));
        if (kind === 'flow') skip(skipFor('colour-in-region'));
        else pictures.push({ index, picture });
      }
    }
  } finally {
    await source.close();
  }
  return { pictures: pictures.sort((a, b) => a.index - b.index), skipped };
}
