// What the attention pages of a result were made from. In: a result. Out: its images with their frames, its sides, how the pages were derived. Pure.
import type { AnalysisResult, CineReference, FrameReference, Side } from '../contracts/finding.ts';
import type { Code, ModelFamily } from '../contracts/model.ts';
import { QUANTITY } from '../dicom/codes.ts';

/** An instance with the frames (1-based) that were taken from it; none means the whole instance. */
export type CaptureSource = {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly frames: readonly number[];
};

const wholeOf = ({ sopClassUid, sopInstanceUid, seriesInstanceUid }: Omit<CineReference, 'description'>): CaptureSource => ({
  sopClassUid,
  sopInstanceUid,
  seriesInstanceUid,
  frames: [],
});

const frameOf = (frame: FrameReference): CaptureSource => ({
  ...wholeOf({ ...frame, framesPerSecond: null }),
  frames: frame.numberOfFrames > 1 ? [frame.frameNumber] : [],
});

/** Each instance once, with all its frames in order. */
function merged(sources: readonly CaptureSource[]): readonly CaptureSource[] {
  const byInstance = new Map<string, CaptureSource>();
  for (const one of sources) {
    const frames = [...(byInstance.get(one.sopInstanceUid)?.frames ?? []), ...one.frames];
    byInstance.set(one.sopInstanceUid, { ...one, frames: [...new Set(frames)].sort((a, b) => a - b) });
  }
  return [...byInstance.values()];
}

// A probability or a course over a cine is made from all of it, so that the whole cine is named and not the frames that happen to be shown.
function statedSources(result: AnalysisResult): readonly CaptureSource[] {
  switch (result.family) {
    case 'vascular-sec':
      return result.sections.flatMap(({ keyframes }) => keyframes.map(frameOf));
    case 'vascular-dvt':
      return result.landmarks.flatMap(({ courses }) => courses.map(({ cine }) => wholeOf(cine)));
    case 'lung-score':
      return result.cines.map(({ cine }) => wholeOf(cine));
    case 'echo-cmr':
      return result.views.flatMap(({ cines }) => cines.map(({ cine }) => wholeOf(cine)));
    case 'echo-view':
      return [];
  }
}

/** The instances that the pages were made from with their frames; where nothing was stated, every input. */
export function sourcesOf(result: AnalysisResult): readonly CaptureSource[] {
  const stated = merged(statedSources(result));
  return stated.length > 0 ? stated : result.inputs.map((input) => ({ ...input, frames: [] }));
}

/** The sides that a result speaks of, for organs that come in pairs; null for the chest and the heart. */
export function sidesOf(result: AnalysisResult): readonly Side[] | null {
  switch (result.family) {
    case 'vascular-sec':
      return result.sections.map(({ side }) => side);
    case 'vascular-dvt':
      return result.landmarks.map(({ side }) => side);
    default:
      return null;
  }
}

/** What the maps of a family are, in words and as a code. */
export const DERIVATIONS: Readonly<Record<ModelFamily, { readonly words: (model: string) => string; readonly code: Code }>> = {
  'vascular-sec': {
    words: (model) => `Attention and class activation of ${model} over key frames.`,
    code: QUANTITY.classActivation,
  },
  'vascular-dvt': {
    words: (model) => `Class activation of ${model} over frames and the course of its answers over cines.`,
    code: QUANTITY.classActivation,
  },
  'lung-score': { words: (model) => `Masks of ${model} over frames of cines.`, code: QUANTITY.saliency },
  'echo-view': { words: (model) => `Answers of ${model}.`, code: QUANTITY.classActivation },
  'echo-cmr': {
    words: (model) => `Class activation of ${model} over frames of the beat.`,
    code: QUANTITY.classActivation,
  },
};
