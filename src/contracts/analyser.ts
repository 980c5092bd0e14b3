// What passes between a job and the analysis process: a request, its answer, and the tensors of one graph. Types only.
// No pixels cross the process border: a request names files of the spool, an answer names the result file.
import type { PixelRectangle } from './finding.ts';
import type { InstanceHeader } from './instance.ts';

/** One stored instance of a job. `path` is absolute. */
export type AnalysisInput = {
  readonly header: InstanceHeader;
  readonly path: string;
  /** Bytes of the data set as sent: the last ones of the file. */
  readonly byteLength: number;
  /** SHA-256 of the data set as sent, lower-case hexadecimal. */
  readonly sha256: string;
};

/** What is refused before memory is taken for it. */
export type AnalysisLimits = { readonly maxPixels: number; readonly maxFrames: number; readonly maxFrameBytes: number };

export type AnalysisRequest = {
  readonly jobKey: number;
  readonly studyInstanceUid: string;
  readonly revision: number;
  readonly modelId: string;
  readonly inputs: readonly AnalysisInput[];
  /** Folder for the result and its pictures, relative to the spool folder, e.g. `results/17`. */
  readonly resultFolder: string;
  /** Whether frames are kept to be played as cines with their maps; not when it is not given. */
  readonly keepCines?: boolean;
  readonly limits: AnalysisLimits;
};

export type AnalysisAnswer = {
  /** The result file (JSON, `AnalysisResult`), relative to the spool folder. */
  readonly resultPath: string;
  /** ONNX Runtime execution provider that ran. */
  readonly provider: string;
  readonly decodeMs: number;
  readonly preprocessMs: number;
  readonly inferMs: number;
  readonly sections: number;
  readonly keyframes: number;
  readonly skipped: number;
};

/**
 * Port of analysis: carries out one request in another process. Rejects with a Fault; an abort of `signal` ends the process that
 * works on it and rejects with `analyser-crashed`.
 */
export type Analyse = (request: AnalysisRequest, signal: AbortSignal) => Promise<AnalysisAnswer>;

/** A float32 tensor, row-major. */
export type Tensor = { readonly shape: readonly number[]; readonly data: Float32Array };

/** Port of a loaded model: runs one graph of its manifest by key, tensors by name. */
export type RunGraph = (graph: string, inputs: Readonly<Record<string, Tensor>>) => Promise<Readonly<Record<string, Tensor>>>;

/** A recognised line of text and how sure the recognition is of it, 0 to 100. It may hold a patient's name: only meanings drawn from it are kept. */
export type ReadLine = { readonly text: string; readonly confidence: number };

/** Port of character recognition: the lines of a small picture (grey bytes, row-major) with black letters on white. Rejects when it cannot work. */
export type ReadText = (
  crop: { readonly rows: number; readonly columns: number; readonly data: Uint8Array },
  /** The only characters that are looked for; letters, digits and signs when left out. */
  alphabet?: string,
) => Promise<readonly ReadLine[]>;

/** `overlay`: thin coloured marks, replaced. `tint`: one hue all over, read as luminance. `flow`: coloured areas, no B-mode image. */
export type ColourKind = 'none' | 'overlay' | 'tint' | 'flow';

/** What a frame shows in one place: 8-bit grey values, row-major, without coloured marks; of `flow` the plain luma. */
export type RegionPicture = {
  readonly kind: ColourKind;
  readonly picture: { readonly rows: number; readonly columns: number; readonly data: Uint8Array };
  /** The picture averaged on another grid; null where none was asked for. */
  readonly average: PictureAverage | null;
};

/** A grid that a picture is averaged on. */
export type GridSize = { readonly rows: number; readonly columns: number };

/**
 * A grid, and how the picture is fitted to it first: `stretch`, as when left out: whole; `cut`: its middle, of the grid's aspect; `pad`: centred on a square
 * of `canvas` pixels.
 */
export type FittedGrid = GridSize & { readonly fit?: 'stretch' | 'cut' | 'pad'; readonly canvas?: number };

/** Grey values of 0..255, row-major. */
export type PictureAverage = GridSize & { readonly values: Float32Array };

/** Where an ultrasound image lies on a frame, in pixels; `covered` are parts of it that are something else, and become black. */
export type RegionPlace = { readonly rectangle: PixelRectangle; readonly covered?: readonly PixelRectangle[] };

/** What was drawn on the region of a cine, found on some of its frames. */
export type CineGraphics = {
  /** 1 where something stays drawn; row-major, of the region's size. */
  readonly still: Uint8Array;
  /** Places of `still`. */
  readonly places: Int32Array;
  /** Where something drawn moves, the last row and column excluded; none where nothing does. */
  readonly moving: readonly { readonly top: number; readonly left: number; readonly bottom: number; readonly right: number }[];
  /** Levels of what is drawn in any of the pictures, 256 each, 1 for those that they hold, and for those that they hold to the last grey. */
  readonly ink: { readonly known: Uint8Array; readonly exact: Uint8Array };
};

/** What is read off a frame: places in their order, and averaged on the grid that a place names. */
export type RegionWish = {
  readonly places: readonly (RegionPlace & { readonly grid?: FittedGrid })[];
  /** What was drawn in grey and white: kept, found on this frame and taken out, or taken out as it was found on the cine. */
  readonly graphics: 'keep' | 'find' | CineGraphics;
};
