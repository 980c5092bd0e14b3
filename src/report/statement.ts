// What an output says, whatever family said it: the shape between results and documents, messages and pages. Types, and how images are referred to.
import type { FrameReference } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';

/** A coded answer, e.g. "Spontaneous echo contrast" = "Present". `abnormal` is OBX-8 A. */
export type CodedAnswer = { readonly concept: Code; readonly value: Code; readonly abnormal: boolean };

/** A number with its unit; `number` is DS text. `derivation` says how it came about (121401 DCM), e.g. a total. */
export type Measurement = {
  readonly concept: Code;
  readonly number: string;
  readonly unit: Code;
  readonly derivation: Code | null;
};

/** Some frames (1-based) of an instance; none means the whole instance. */
export type ImageReference = {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly frames: readonly number[];
};

/** A frame with its ultrasound region, which is drawn around it. */
export type RegionReference = Pick<
  FrameReference,
  'sopClassUid' | 'sopInstanceUid' | 'frameNumber' | 'numberOfFrames' | 'region'
>;

/** A frame that tells for the statement, as a measurement group of its own. It names no finding: that is the statement's. */
export type KeyFrame = {
  readonly key: string;
  readonly tracking: readonly string[];
  readonly frame: RegionReference;
  /** True: the group of the statement is drawn on this frame and tells of it; there is no other group. */
  readonly ofTheStatement: boolean;
  readonly numbers: readonly Measurement[];
  readonly answers: readonly CodedAnswer[];
};

/** One statement about one site. */
export type Statement = {
  /** Tracking identifier; also the key of its attention pages. */
  readonly key: string;
  /** What the tracking UID derives from, beside study and model: the same over revisions and versions. */
  readonly tracking: readonly string[];
  /** OBX-4: one number for each site, the same in every revision, because a receiver replaces a preliminary row by OBX-3 and OBX-4. */
  readonly subId: number;
  readonly finding: Code;
  /** Measurement Method (370129005 SCT), where the value could be taken for one of another method. */
  readonly method: Code | null;
  readonly site: Code | null;
  readonly laterality: Code | null;
  readonly topography: Code | null;
  /** Whether it sums up the other statements of the result. */
  readonly ofTheWhole: boolean;
  /** The place in words, e.g. `left femoral vein`. */
  readonly place: string;
  /** False: undetermined. Then there is no certainty, no number of the finding and no abnormal flag: any of them would be read as a statement. */
  readonly stated: boolean;
  /** Whether the finding was found; false also when undetermined. */
  readonly positive: boolean;
  /** The one line that some viewers show of the group. */
  readonly spoken: Measurement;
  /** The coded answer to the finding; null when it is a number, which is then the first of `numbers`. */
  readonly main: CodedAnswer | null;
  readonly answers: readonly CodedAnswer[];
  readonly numbers: readonly Measurement[];
  /** Certainty of Finding, 0..1; null where there is none. */
  readonly certainty: number | null;
  /** What the certainty was compared with to tell present from absent, 0..1 (OBX-7); null when it was not. */
  readonly threshold: number | null;
  /** Operating point that decided, 0..1, for the Algorithm Parameters; null where none did. */
  readonly operatingPoint: number | null;
  /** Algorithm Parameters beside those of the run. */
  readonly parameters: readonly string[];
  readonly region: RegionReference | null;
  readonly sources: readonly ImageReference[];
  readonly keyFrames: readonly KeyFrame[];
  /** Texts of the group: compact JSON of all that the network said, remarks. */
  readonly comments: readonly string[];
  /** For people, one sentence. */
  readonly sentence: string;
  readonly notes: readonly string[];
};

/** What the image library says of an image beside its UID. */
export type LibraryImage = { readonly numberOfFrames: number; readonly view: Code | null };

/** All that a result says. */
export type Content = {
  readonly statements: readonly Statement[];
  /** Whether the images are of the region that the model was made for; else nothing is claimed of what was examined. */
  readonly ofTheRegion: boolean;
  readonly images: ReadonlyMap<string, LibraryImage>;
  /** What there is when no statement could be made: silence must not be read as a negative. */
  readonly nothing: string;
  /** Caveats that stand below the statements, beside the scope of the template. */
  readonly caveats: readonly string[];
  /** Remarks on images that no statement is about. */
  readonly remarks: readonly string[];
};

/** Frame numbers of a reference: given only where the instance has several (PS3.3 10.3). */
export const framesOf = (frame: { readonly numberOfFrames: number; readonly frameNumber: number }): readonly number[] =>
  frame.numberOfFrames > 1 ? [frame.frameNumber] : [];

/** One reference an instance, with all its frames in order. */
export function imageReferences(
  frames: readonly Pick<RegionReference, 'sopClassUid' | 'sopInstanceUid' | 'frameNumber' | 'numberOfFrames'>[],
): readonly ImageReference[] {
  const byInstance = new Map<string, ImageReference>();
  for (const frame of frames) {
    const { sopClassUid, sopInstanceUid } = frame;
    const earlier = byInstance.get(sopInstanceUid)?.frames ?? [];
    const numbers = [...new Set([...earlier, ...framesOf(frame)])].sort((one, other) => one - other);
    byInstance.set(sopInstanceUid, { sopClassUid, sopInstanceUid, frames: numbers });
  }
  return [...byInstance.values()];
}

/** Whole instances, each once. */
export const wholeImages = (
  images: readonly { readonly sopClassUid: string; readonly sopInstanceUid: string }[],
): readonly ImageReference[] => [
  ...new Map(
    images.map(({ sopClassUid, sopInstanceUid }) => [sopInstanceUid, { sopClassUid, sopInstanceUid, frames: [] }]),
  ).values(),
];
