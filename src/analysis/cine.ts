// A cine as the models of moving pictures read it. In: a spooled file and its header. Out: its region, frame times and labels, or the reason why it
// is left out; and which of its frames a model wants. They are read in read-cine.ts.
import type { AnalysisInput } from '../contracts/analyser.ts';
import type { CineReference, FrameReference, SkippedInput } from '../contracts/finding.ts';
import type { ClipPreprocessing } from '../contracts/model.ts';
import { frameTimes } from '../dicom/frame-times.ts';
import { greyPlace } from './colour.ts';
import { framesInOrder } from './decoding.ts';
import { type Looking, lookAtImage, type OpenImage, type Place, skippedInput } from './image.ts';
import { candidateFrames } from './keyframes.ts';
import type { Labels } from './labels.ts';
import { labelsOfImage } from './labels-image.ts';
import { columnsOf, rowsOf } from './picture.ts';
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
