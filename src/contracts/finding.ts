// The result of one job as plain JSON: what the model said, on which frames, with what weights. Written by `analysis/`, read by `report/`.
import type { Code, ModelFamily, Reporting } from './model.ts';

/** Pixel rectangle of an image, 0-based, columns x0..x1 and rows y0..y1 inclusive (PS3.3 C.8.5.5.1.3 region location). */
export type PixelRectangle = { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };

export type Side = 'left' | 'right' | 'unknown';
export type Vein = 'CFV' | 'FV' | 'POP' | 'unknown';

/** Where a label came from, best first. `text` was read off the picture, `model` is a head of the network itself. */
export type LabelSource = 'coded' | 'description' | 'text' | 'model' | 'none';

/** One frame of a received image. */
export type FrameReference = {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** 1-based, as ReferencedFrameNumber (0008,1160). */
  readonly frameNumber: number;
  readonly numberOfFrames: number;
  /** The ultrasound region of that frame, in source pixels. */
  readonly region: PixelRectangle;
  /** Physical size of a pixel in mm, column and row direction; null when the source does not say. */
  readonly spacingMm: { readonly x: number; readonly y: number } | null;
};

/** A frame with its kept picture (8-bit grey PNG of the region) and map (JSON: rows, columns, values), paths relative to the spool folder. */
export type FramePicture = FrameReference & { readonly picturePath: string; readonly mapPath: string };

/**
 * Frames of a cine that are kept to be played with their maps: 8-bit grey pictures of `rows` x `columns` below one another in one PNG, and one JSON list
 * of maps; paths relative to the spool folder. All of one time apart, `frameTimeMs`.
 */
export type KeptCine = Omit<FrameReference, 'frameNumber'> & {
  /** 1-based source frames in the order of time. */
  readonly frameNumbers: readonly number[];
  readonly frameTimeMs: number;
  readonly rows: number;
  readonly columns: number;
  readonly picturesPath: string;
  /** null where the pictures are played bare. */
  readonly mapsPath: string | null;
};

/** One cine that a model looked at. */
export type CineReference = Omit<FrameReference, 'frameNumber'> & {
  /** Frames per second as acquired; null when the source does not say. */
  readonly framesPerSecond: number | null;
  /** What its labels say, best first, for people: e.g. `LT SFJ COMP`. */
  readonly description: string;
};

/** One keyframe that a model looked at. */
export type KeyframeResult = FramePicture & {
  /** Share of the section's attention, 0..1; all keyframes of a section sum to 1. */
  readonly attention: number;
  /** P(longitudinal) and P(compression), 0..1. */
  readonly longitudinal: number;
  readonly compression: number;
};

/** One vein section of a `vascular-sec` job. */
export type SectionResult = {
  readonly side: Side;
  readonly sideSource: LabelSource;
  readonly vein: Vein;
  readonly veinSource: LabelSource;
  /** P(SEC), 0..1. */
  readonly secProbability: number;
  /** `present` at or above the operating point, else `absent`; `undetermined` when the section is unfit for a statement. */
  readonly sec: 'present' | 'absent' | 'undetermined';
  /** P(popliteal) against femoral and common femoral vein, 0..1. */
  readonly popliteal: number;
  readonly keyframes: readonly KeyframeResult[];
  /** Sentences about disagreement between sources, lossy input and the like. */
  readonly notes: readonly string[];
};

/** LM1 and LM2 of AutoDVT: saphenofemoral junction, great saphenous vein. */
export type Landmark = 'SFJ' | 'GSV';
export type Compressibility = 'fully' | 'partially' | 'non-compressible' | 'indeterminate';

/** The course of one cine as the network saw it. Answers are for single frames of the cine, in time order. */
export type CompressionCourse = {
  readonly cine: CineReference;
  /** 1-based source frame of each answer. */
  readonly frameNumbers: readonly number[];
  /** P(background), P(SFJ), P(GSV) and P(open) of each answer, 0..1. */
  readonly landmarks: readonly (readonly [number, number, number])[];
  readonly open: readonly number[];
};

/** The frame of a course that shows a state best; its map is the class activation of open or closed. */
export type LumenFrame = FramePicture & {
  readonly state: 'open' | 'closed';
  /** P(open), and P of the landmark, 0..1. */
  readonly open: number;
  readonly landmark: number;
};

/** One landmark of one side of a `vascular-dvt` job. */
export type LandmarkResult = {
  readonly side: Side;
  readonly sideSource: LabelSource;
  readonly landmark: Landmark;
  readonly landmarkSource: LabelSource;
  readonly compressibility: Compressibility;
  /** What decided, as a sentence. */
  readonly because: string;
  /** A compressible vein speaks against thrombosis; it does not exclude it. */
  readonly dvt: 'suspected' | 'absent' | 'undetermined';
  /** How sure the network was of the states that decided, 0..1; null when indeterminate. */
  readonly certainty: number | null;
  readonly courses: readonly CompressionCourse[];
  readonly frames: readonly LumenFrame[];
  /** The cine that decided, where cines are kept and the source says how fast it was taken. */
  readonly kept?: KeptCine;
  readonly notes: readonly string[];
};

export type LungScore = 0 | 1 | 2 | 3;

/** One cine of a `lung-score` job. */
export type LungCineResult = {
  readonly cine: CineReference;
  /** Scanning area 1..14 (Soldati et al. 2020); null when the images do not say. */
  readonly area: number | null;
  readonly areaSource: LabelSource;
  readonly side: Side;
  readonly sideSource: LabelSource;
  /** The most probable score; null when the cine is unfit for a statement. */
  readonly score: LungScore | null;
  /** P of score 0, 1, 2 and 3; they sum to 1. */
  readonly probabilities: readonly [number, number, number, number];
  /** Some frames over the cine with the network's masks. */
  readonly frames: readonly FramePicture[];
  /** Where cines are kept and the source says how fast it was taken. */
  readonly kept?: KeptCine;
  readonly notes: readonly string[];
};

/** Sum over the areas that have a score, the highest of each; nothing is added for areas without. */
export type LungTotal = { readonly total: number; readonly areasScored: number; readonly areasUnscored: readonly number[] };

export type EchoView = 'A4C' | 'A2C' | 'PLAX';
export type EchoViewOrOther = EchoView | 'other';

/** What `echo-view` says of one cine. */
export type ViewedCine = {
  readonly cine: CineReference;
  readonly view: EchoViewOrOther;
  /** P of A4C, A2C, PLAX and other, 0..1; null when the view came from the labels alone. */
  readonly probabilities: readonly [number, number, number, number] | null;
  readonly viewSource: LabelSource;
  readonly notes: readonly string[];
};

/** Tissue values that echo does not foretell (the source paper's own conclusion): kept, and reported only by a manifest's gate. */
export type TissueOutputs = {
  /** P(late enhancement), P(abnormal T1, T2, ECV), 0..1. */
  readonly lateEnhancement: number;
  readonly abnormalT1: number;
  readonly abnormalT2: number;
  readonly abnormalEcv: number;
  readonly t1Ms: number;
  readonly t2Ms: number;
  readonly ecvPercent: number;
};

/** P(wall motion abnormality) and what it comes to. */
export type WallMotionStatement = {
  readonly probability: number;
  readonly wallMotionAbnormality: 'present' | 'absent' | 'undetermined';
};

/** One view of an `echo-cmr` job: the mean over its cines. */
export type EchoViewResult = WallMotionStatement & {
  readonly view: EchoView;
  readonly cines: readonly (ViewedCine & { readonly probability: number })[];
  /** Frames over the beat with the class activation of wall motion, of the cine nearest to the mean. */
  readonly frames: readonly FramePicture[];
  /** The stretch of that cine that was read, where cines are kept and the source says how fast it was taken. */
  readonly kept?: KeptCine;
  readonly tissue: TissueOutputs;
  readonly notes: readonly string[];
};

/** Logistic regression over the views that were there. */
export type EchoGlobalResult = WallMotionStatement & {
  readonly views: readonly EchoView[];
  readonly tissue: TissueOutputs;
  readonly notes: readonly string[];
};

/** An instance, or some frames of it, that the model did not look at, and why. */
export type SkippedInput = {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly seriesInstanceUid: string;
  readonly reason: string;
  readonly sentence: string;
};

/** One output of the manifest as it stood when the job ran. */
export type OutputFacts = {
  readonly id: string;
  readonly concept: Code;
  /** Operating point on the probability; null when the output has none. */
  readonly threshold: number | null;
  readonly thresholdMethod: string;
  readonly reporting: Reporting;
};

/** How the run was made: for provenance and for the log. */
export type RunFacts = {
  readonly modelId: string;
  readonly modelFamily: ModelFamily;
  readonly modelName: string;
  readonly modelVersion: string;
  readonly modelManufacturer: string;
  /** SHA-256 over version, graphs, preprocessing and operating points of the manifest, lower-case hexadecimal. */
  readonly modelDigest: string;
  readonly referenceWeights: boolean;
  readonly notice: string;
  /** The output that the family's statement is about. */
  readonly statement: OutputFacts;
  /** Every output of the manifest, with its gate. */
  readonly outputs: readonly OutputFacts[];
  /** ONNX Runtime execution provider that really ran, e.g. `cpu`, `cuda`. */
  readonly provider: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly decodeMs: number;
  readonly preprocessMs: number;
  readonly inferMs: number;
};

/** What one job found, by the family of its model. */
export type Findings =
  | { readonly family: 'vascular-sec'; readonly sections: readonly SectionResult[] }
  | { readonly family: 'vascular-dvt'; readonly landmarks: readonly LandmarkResult[] }
  | { readonly family: 'lung-score'; readonly cines: readonly LungCineResult[]; readonly total: LungTotal }
  | { readonly family: 'echo-view'; readonly cines: readonly ViewedCine[] }
  | {
      readonly family: 'echo-cmr';
      readonly views: readonly EchoViewResult[];
      /** null when no view could be read. */
      readonly global: EchoGlobalResult | null;
      /** Cines of other views, which are named and not read further. */
      readonly others: readonly ViewedCine[];
    };

/** What every result holds. `inputs` lists every instance the job was given. */
export type ResultFacts = {
  readonly schema: 2;
  readonly studyInstanceUid: string;
  readonly revision: number;
  readonly run: RunFacts;
  readonly inputs: readonly {
    readonly sopClassUid: string;
    readonly sopInstanceUid: string;
    readonly seriesInstanceUid: string;
    readonly sha256: string;
    readonly lossy: boolean;
  }[];
  readonly skipped: readonly SkippedInput[];
};

/** All that one job found. */
export type AnalysisResult = ResultFacts & Findings;

/** The result of a job of one family. */
export type ResultOf<F extends ModelFamily> = ResultFacts & Extract<Findings, { readonly family: F }>;
