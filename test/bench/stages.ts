// The stages of a run of a model, for the process that measures them and the one that tells of them. In: nothing. Out: names and headings.

/** Each stage in its order: what it is called in the table, and whether it is before or after the network and counts against it. */
export const STAGES = {
  /** Bytes against their hash. */
  hash: { heading: 'Hash', beside: false },
  /** As it is waited for, when threads do it. */
  decode: { heading: 'Decode', beside: false },
  /** Colour told from grey, the region cut out, and what was drawn found and taken out; as it is waited for, when threads do it. */
  region: { heading: 'Region', beside: true },
  text: { heading: 'Text', beside: true },
  /** Planes and keyframes. */
  preprocess: { heading: 'Planes', beside: true },
  /** Inside ONNX Runtime. */
  network: { heading: 'Network', beside: false },
  /** Tensors before and answers after each run of a graph. */
  postprocess: { heading: 'Answers', beside: true },
  /** All the rest: pictures and cines that are kept. */
  keep: { heading: 'Keep', beside: false },
} as const;

export type Stage = keyof typeof STAGES;

export const STAGE_NAMES = Object.keys(STAGES) as readonly Stage[];

/** Ms of each stage. */
export type StageTimes = Readonly<Record<Stage, number>>;
