// The result of one job as plain JSON: what the model said, on which frames, with what weights. Written by `analysis/`, read by `report/`.
import type { Code, ModelFamily } from './model.ts';

/** Pixel rectangle of an image, 0-based, columns x0..x1 and rows y0..y1 inclusive (PS3.3 C.8.5.5.1.3 region location). */
export type PixelRectangle = { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };

export type Side = 'left' | 'right' | 'unknown';
export type Vein = 'CFV' | 'FV' | 'POP' | 'unknown';

/** Where a label came from, best first. `model` is a head of the network itself. */
export type LabelSource = 'coded' | 'description' | 'model' | 'none';

/** One keyframe that a model looked at. */
export type KeyframeResult = {
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
  /** Share of the section's attention, 0..1; all keyframes of a section sum to 1. */
  readonly attention: number;
  /** P(longitudinal) and P(compression), 0..1. */
  readonly longitudinal: number;
  readonly compression: number;
  /** Picture of the region (8-bit grey PNG) and its map (JSON: rows, columns, values), relative to the spool folder. */
  readonly picturePath: string;
  readonly mapPath: string;
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

/** An instance, or some frames of it, that the model did not look at, and why. */
export type SkippedInput = {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly seriesInstanceUid: string;
  readonly reason: string;
  readonly sentence: string;
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
  readonly threshold: number;
  readonly thresholdMethod: string;
  readonly reporting: 'clinical' | 'research' | 'off';
  readonly finding: Code;
  /** ONNX Runtime execution provider that really ran, e.g. `cpu`, `cuda`. */
  readonly provider: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly decodeMs: number;
  readonly preprocessMs: number;
  readonly inferMs: number;
};

/** All findings of one job. `inputs` lists every instance the job was given. */
export type AnalysisResult = {
  readonly schema: 1;
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
  readonly sections: readonly SectionResult[];
  readonly skipped: readonly SkippedInput[];
};
