// What the analysis of every model family is given and gives back. Types, and the pieces that all of them share.
import type { AnalysisRequest, RunGraph } from '../contracts/analyser.ts';
import type { Findings, SkippedInput } from '../contracts/finding.ts';
import type { ClipPreprocessing, KeyframePreprocessing, ModelManifest } from '../contracts/model.ts';
import type { FrameDecoding, ReadRegions } from '../dicom/frame-decoding.ts';
import { fault } from '../kernel/errors.ts';
import type { AnnotationReader } from './annotation.ts';
import type { GreyPicture } from './picture.ts';
import type { Stopwatch } from './stopwatch.ts';

/** A model ready to run. */
export type RunningModel = { readonly manifest: ModelManifest; readonly run: RunGraph };

/** One job under way. */
export type FamilyWork = RunningModel & {
  readonly request: AnalysisRequest;
  /** The models that the manifest `uses`, by id. */
  readonly companions: ReadonlyMap<string, RunningModel>;
  readonly watch: Stopwatch;
  /** Where compressed frames are decoded: here, one after the other, when left out. */
  readonly decoding?: FrameDecoding | undefined;
  /** Where regions are read off frames: here when left out. */
  readonly readRegions?: ReadRegions | undefined;
  /** Reads labels off pictures; without it they stay unread. */
  readonly texts?: AnnotationReader | undefined;
  /** An 8-bit grey PNG. */
  readonly encodePicture: (picture: GreyPicture) => Promise<Uint8Array>;
  /** Writes durably, path relative to the spool folder. */
  readonly writeFile: (path: string, bytes: Uint8Array) => Promise<void>;
};

/** What came of a job; `lossy` holds, by SOP Instance UID, what was found when an input was opened. */
export type FamilyAnswer = {
  readonly findings: Findings;
  readonly skipped: readonly SkippedInput[];
  readonly lossy: ReadonlyMap<string, boolean>;
  /** For the log: how many statements were made, on how many kept frames. */
  readonly sections: number;
  readonly keyframes: number;
};

/**
 * The analysis of one family. What one instance holds wrong is a skipped input, never a failed job.
 * Faults: `model-output-invalid`, `spool-full`, `spool-write-failed`.
 */
export type InferFamily = (work: FamilyWork) => Promise<FamilyAnswer>;

/** Values over the picture's region, row-major: what the network looked at. */
export type ValueMap = { readonly rows: number; readonly columns: number; readonly values: readonly number[] };

/** Keeps a picture and its map under `name` in the job's folder; paths relative to the spool folder. */
export async function keepPicture(
  name: string,
  files: { readonly picture: GreyPicture; readonly map: ValueMap },
  work: Pick<FamilyWork, 'request' | 'encodePicture' | 'writeFile'>,
): Promise<{ readonly picturePath: string; readonly mapPath: string }> {
  const picturePath = `${work.request.resultFolder}/${name}.png`;
  const mapPath = `${work.request.resultFolder}/${name}.map.json`;
  const picture = async (): Promise<void> => work.writeFile(picturePath, await work.encodePicture(files.picture));
  await Promise.all([picture(), work.writeFile(mapPath, new TextEncoder().encode(JSON.stringify(files.map)))]);
  return { picturePath, mapPath };
}

/** The parameters of a keyframe bag; the catalogue refuses a manifest of that kind with others. */
export function keyframeParameters({ id, preprocessing }: ModelManifest): KeyframePreprocessing {
  if ('downsample' in preprocessing) return preprocessing;
  throw fault('model-invalid', `${id}: preprocessing: that of a cine, where keyframes are read`);
}

/** The parameters of a cine; the catalogue refuses a manifest of that kind with others. */
export function clipParameters({ id, preprocessing }: ModelManifest): ClipPreprocessing {
  if ('fit' in preprocessing) return preprocessing;
  throw fault('model-invalid', `${id}: preprocessing: that of keyframes, where a cine is read`);
}

/** The operating point of an output. Fault `model-invalid` when the manifest gives none. */
export function thresholdOf(manifest: ModelManifest, id: string): number {
  const threshold = manifest.outputs.find((output) => output.id === id)?.threshold;
  if (threshold === undefined) throw fault('model-invalid', `outputs.${id}.threshold: missing`);
  return threshold;
}
