// An instance as an image: its attributes, its frames and where its ultrasound regions lie. In: a spooled file and its header. Out: the open image for
// as long as it is looked at, or the reason why the instance is left out. Only pixels of a region may leave it.
import type { AnalysisInput, AnalysisLimits, RegionPlace } from '../contracts/analyser.ts';
import type { PixelRectangle, SkippedInput } from '../contracts/finding.ts';
import { attributesOf } from '../dicom/attributes.ts';
import type { Dataset } from '../dicom/dataset.ts';
import type { FrameDecoding, ReadRegions } from '../dicom/frame-decoding.ts';
import { type FrameSource, type GreyOrRgb, grey, openFrames } from '../dicom/frames.ts';
import { openPart10 } from '../dicom/part10.ts';
import { chooseRegions, colourDoppler, coveredParts, fallbackRegion, ultrasoundRegions } from '../dicom/ultrasound.ts';
import type { AnnotationReader } from './annotation.ts';
import { framesInOrder } from './decoding.ts';
import { candidateFrames } from './keyframes.ts';
import { layoutOf, splitLayout } from './layout.ts';
import { columnsOf, type GreyPicture, rowsOf } from './picture.ts';
import { type Skip, skipFor, skipOf } from './skips.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Where one ultrasound image lies on the screen, and its scale. */
export type Place = RegionPlace & { readonly spacingMm: { readonly x: number; readonly y: number } | null };

/** An image under examination; `source` is open until the look at it ends. */
export type OpenImage = {
  readonly attributes: Dataset;
  readonly source: FrameSource;
  readonly places: readonly Place[];
  readonly notes: readonly string[];
};

/**
 * How an image is looked at. Without `texts` the writing on the picture is not read; without `decoding` one frame is decoded after the other, and without
 * `readRegions` the regions are read here.
 */
export type Looking = {
  readonly limits: AnalysisLimits;
  readonly watch: Stopwatch;
  readonly decoding?: FrameDecoding | undefined;
  readonly readRegions?: ReadRegions | undefined;
  readonly texts?: AnnotationReader | undefined;
};

/** Frames of a cine that are decoded to find the part that moves. */
const MOST_FOR_MOTION = 16;
/** Smallest region in rows or columns: below, the network sees less than two of its own places. */
const SMALLEST_SIDE = 64;
/** Share of both sides from which a region is the whole picture. */
const WHOLE = 0.98;
const COLOUR_NOTE = 'The header says that the image has colour; its pixels show no colour flow.';
const LAYOUT_NOTE = 'The image does not name its ultrasound region; the part that looks like echoes was taken.';
const MOTION_NOTE = 'The image does not name its ultrasound region; the part that moves was taken.';

async function readAttributes(path: string): Promise<{ readonly attributes: Dataset; readonly hasPixels: boolean }> {
  const file = await openPart10(path);
  try {
    return { attributes: attributesOf(file), hasPixels: file.pixelData !== null };
  } finally {
    await file.close();
  }
}

type Placed = { readonly places: readonly Place[]; readonly notes: readonly string[] } | { readonly skip: Skip };

export type Decoded = { readonly index: number; readonly frame: GreyOrRgb };

/** Evenly spaced frames in their order, leaving out those that cannot be decoded; `lost` is why, when there were any. */
export function decodeEach(source: FrameSource, most: number, watch: Stopwatch) {
  let lost: Skip | null = null;
  async function* frames(): AsyncGenerator<Decoded> {
    for await (const { index, frame } of framesInOrder(source, candidateFrames(source.frameCount, most), watch)) {
      if ('reason' in frame) lost = frame;
      else yield { index, frame };
    }
  }
  return { frames: frames(), lost: (): Skip | null => lost };
}

/** The lightest moment of each pixel, grey. */
function lightestOf(frames: readonly GreyOrRgb[], { rows, columns }: FrameSource): GreyPicture {
  const data = new Uint8Array(rows * columns);
  for (const frame of frames) {
    const luma = grey(frame);
    for (let at = 0; at < data.length; at++) if ((luma[at] ?? 0) > (data[at] ?? 0)) data[at] = luma[at] ?? 0;
  }
  return { rows, columns, data };
}

type Found = { readonly rectangles: readonly PixelRectangle[]; readonly note: string };

/** Where the images lie by what the frames show: what moves in a cine, what looks like echoes in a still. Null when nothing does. */
async function foundInPixels(source: FrameSource, watch: Stopwatch): Promise<Found | null> {
  if (source.frameCount === 1) {
    const frame = await watch.timeAsync('decode', () => source.frame(0));
    const rectangles = watch.time('preprocess', () => layoutOf(lightestOf([frame], source)));
    return rectangles.length === 0 ? null : { rectangles, note: LAYOUT_NOTE };
  }
  const frames: GreyOrRgb[] = [];
  for await (const { frame } of decodeEach(source, MOST_FOR_MOTION, watch).frames) frames.push(frame);
  const moving = watch.time('preprocess', () => fallbackRegion(frames));
  if (moving === null) return null;
  const rectangles = watch.time('preprocess', () => splitLayout(lightestOf(frames, source), moving));
  return { rectangles, note: MOTION_NOTE };
}

/** A region that is the whole picture says nothing of where the banner with the patient's name ends. */
const isWhole = ({ rectangle }: Place, { rows, columns }: FrameSource): boolean =>
  rowsOf(rectangle) >= WHOLE * rows && columnsOf(rectangle) >= WHOLE * columns;

async function placeRegions(attributes: Dataset, source: FrameSource, watch: Stopwatch): Promise<Placed> {
  const regions = ultrasoundRegions(attributes);
  const choice = chooseRegions(regions, source.rows, source.columns);
  const named = choice.regions.map(({ rectangle, spacingMm }) => {
    const covered = coveredParts(regions, rectangle);
    return { rectangle, spacingMm, ...(covered.length === 0 ? {} : { covered }) };
  });
  const [whole] = named.filter((rectangle) => isWhole(rectangle, source));
  if (named.length > 0 && whole === undefined) return placeLarge(named, []);
  if (whole === undefined && choice.reason !== 'no-region') return { skip: skipFor(choice.reason) };
  const found = await foundInPixels(source, watch);
  if (found !== null) {
    const spacingMm = whole?.spacingMm ?? null;
    return placeLarge(
      found.rectangles.map((rectangle) => ({ rectangle, spacingMm })),
      [found.note],
    );
  }
  if (whole !== undefined) return { skip: skipFor('region-is-whole-image') };
  return { skip: skipFor(source.frameCount > 1 ? 'no-motion' : 'no-region') };
}

function placeLarge(places: readonly Place[], notes: readonly string[]): Placed {
  const large = places.filter(({ rectangle }) => Math.min(rowsOf(rectangle), columnsOf(rectangle)) >= SMALLEST_SIDE);
  return large.length === 0 ? { skip: skipFor('region-too-small') } : { places: large, notes };
}

/** The instance as one that was not looked at. */
export function skippedInput({ header }: AnalysisInput, { reason, sentence }: Skip): SkippedInput {
  const { sopInstanceUid, sopClassUid, seriesInstanceUid } = header;
  return { sopInstanceUid, sopClassUid, seriesInstanceUid, reason, sentence };
}

/**
 * Opens an instance, finds its B-mode regions, and gives it to `look`; what is wrong with the instance becomes a skip. Only trouble of the
 * machine (a missing or unreadable spool file) throws.
 */
export async function lookAtImage<T>(
  input: AnalysisInput,
  looking: Looking,
  look: (image: OpenImage) => Promise<T | Skip>,
): Promise<T | Skip> {
  const opened = async (): Promise<T | Skip> => {
    const { attributes, hasPixels } = await readAttributes(input.path);
    if (!hasPixels) return skipFor('not-an-image');
    // UltrasoundColorDataPresent alone is set by some vendors on every image, for coloured marks; then the pixels decide.
    const { UltrasoundColorDataPresent: _, ...withoutFlag } = attributes;
    if (colourDoppler(withoutFlag)) return skipFor('colour-doppler');
    const flagged = colourDoppler(attributes) ? [COLOUR_NOTE] : [];
    const source = await openFrames(input.path, looking.limits, looking);
    try {
      const placed = await placeRegions(attributes, source, looking.watch);
      if ('skip' in placed) return placed.skip;
      return await look({ attributes, source, places: placed.places, notes: [...placed.notes, ...flagged] });
    } finally {
      await source.close();
    }
  };
  return await opened().catch(skipOf);
}
