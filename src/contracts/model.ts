// The manifest of a model folder (`models/<id>/manifest.json`): the whole contract between a network and the node.
// In: nothing. Out: types only. `analysis/catalogue.ts` checks a manifest against them and refuses by name.

/** A coded concept as DICOM and HL7 carry it: value, scheme designator, meaning (PS3.3 8.8). */
export type Code = { readonly value: string; readonly scheme: string; readonly meaning: string };

/** The model families the node knows; each has one file in `analysis/` that says all that is particular to it. */
export type ModelFamily = 'vascular-sec' | 'vascular-dvt' | 'lung-score' | 'echo-view' | 'echo-cmr';

/** What a model reads: single frames of one body part as a bag, stacks of consecutive frames, or a clip. */
export type InputKind = 'keyframe-bag' | 'frame-stack' | 'clip';

/** Evidence gate of one output: `clinical` and `research` are reported (research with its notice), `off` is computed and kept, never sent. */
export type Reporting = 'clinical' | 'research' | 'off';

/** `live` results are delivered; `shadow` results are stored and compared only. */
export type ModelMode = 'live' | 'shadow';

/** What happens when an image arrives after the report: run again and supersede, or leave the report as it is. */
export type LateArrivalPolicy = 'supersede' | 'ignore';

/** One tensor of a graph. `shape` holds numbers for fixed axes and names for free ones, e.g. `["n", 3, "h", "w"]`. */
export type TensorSpec = {
  readonly name: string;
  readonly type: 'float32';
  readonly shape: readonly (number | string)[];
};

/** One ONNX file of a model folder with the SHA-256 of its bytes (lower-case hexadecimal). */
export type GraphSpec = {
  readonly file: string;
  readonly sha256: string;
  readonly opset: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
};

/** How a keyframe becomes a tensor (seed paper of `vascular-sec`: grey, halved, replicated to three channels, [-1, 1]). */
export type KeyframePreprocessing = {
  /** Downsampling factor in each dimension, area-averaged. */
  readonly downsample: number;
  /** Largest rows and columns after downsampling; a larger keyframe is shrunk further with its aspect kept. */
  readonly maxRows: number;
  readonly maxColumns: number;
  readonly channels: number;
  /** Linear map of 0..255: value = grey * scale + offset. */
  readonly scale: number;
  readonly offset: number;
  /** Fewest and most keyframes of one bag. */
  readonly minKeyframes: number;
  readonly maxKeyframes: number;
};

/** How frames of a cine become the planes of a tensor. */
export type ClipPreprocessing = {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /**
   * `stretch`: scaled to rows x columns. `cut`: the longer side is cut at both ends to the target's aspect, then scaled. `pad`: put centred on
   * a square of `canvas` source pixels, cut or padded with zero, then scaled.
   */
  readonly fit: 'stretch' | 'cut' | 'pad';
  /** Side of the square of `pad`, else 0. */
  readonly canvas: number;
  /**
   * The scales of source pixels (mm) that the network of a frame stack was trained at. Of a picture whose scale is known and is none of them, as many pixels lie on the
   * square of `pad` as measure the same as `canvas` pixels of `otherwise`. Left out: `canvas` pixels whatever they measure.
   */
  readonly millimetresPerPixel?: { readonly least: number; readonly most: number; readonly otherwise: number };
  /** value = (grey / 255 - mean) / deviation, one of each a channel. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Fewest and most frames that one run takes, after rate and step. */
  readonly minFrames: number;
  readonly maxFrames: number;
  /** Frames are taken by time at this rate; 0 takes them as acquired. */
  readonly framesPerSecond: number;
  /** Every n-th frame is taken, after the rate. */
  readonly frameStep: number;
};

export type Preprocessing = KeyframePreprocessing | ClipPreprocessing;

/** A measured figure with its 95 % bootstrap interval where one was computed. */
export type Measured = { readonly value: number; readonly low?: number; readonly high?: number };

/** Why an output may be reported: the metric, on what cohort, from what source. */
export type Evidence = {
  readonly metric: string;
  readonly measured: Measured;
  readonly cohort: string;
  readonly source: string;
};

/** One meaning that a model gives: which tensor, its threshold, its code, its evidence and its gate. */
export type OutputSpec = {
  readonly id: string;
  readonly tensor: string;
  readonly per: 'section' | 'keyframe' | 'clip' | 'frame' | 'study';
  readonly concept: Code;
  /** Operating point on the probability, and how it was chosen (e.g. "Youden"). */
  readonly threshold?: number;
  readonly thresholdMethod?: string;
  readonly evidence: readonly Evidence[];
  readonly reporting: Reporting;
};

export type ModelManifest = {
  readonly id: string;
  readonly version: string;
  readonly name: string;
  readonly family: ModelFamily;
  readonly kind: InputKind;
  readonly manufacturer: string;
  readonly mode: ModelMode;
  readonly lateArrival: LateArrivalPolicy;
  /** `true` for weights trained on simulated images: every text made from them says so. */
  readonly referenceWeights: boolean;
  /** The sentence that stands on every output of this model. At most 200 characters. */
  readonly notice: string;
  /** `KeyframePreprocessing` for a keyframe bag, else `ClipPreprocessing`. */
  readonly preprocessing: Preprocessing;
  /** Ids of the models that this one's analysis runs beside it. */
  readonly uses?: readonly string[];
  readonly graphs: Readonly<Record<string, GraphSpec>>;
  readonly outputs: readonly OutputSpec[];
  readonly training: {
    readonly data: string;
    readonly program: string;
    readonly seed: number;
    readonly log: string;
    readonly finishedOn: string;
  };
  readonly licence: string;
  readonly sources: readonly string[];
};
