// One job from files to result, inside the analysis process. In: a request and the parts that touch the world. Out: result.json, pictures and maps
// in the job's folder, and the short answer. What one instance holds wrong is a skipped input, never a failed job.
import type { AnalysisAnswer, AnalysisInput, AnalysisRequest, RunGraph } from '../contracts/analyser.ts';
import type { AnalysisResult, KeyframeResult, RunFacts, SectionResult, SkippedInput } from '../contracts/finding.ts';
import type { ModelManifest } from '../contracts/model.ts';
import { transferSyntax } from '../dicom/transfer-syntaxes.ts';
import type { Clock } from '../kernel/clock.ts';
import { fault } from '../kernel/errors.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { type Clip, openClip, readKeyframes } from './clip.ts';
import { contrast, type GreyPicture } from './picture.ts';
import { sampleOf } from './preprocess.ts';
import { type ChosenFrame, type Section, sectionsOf } from './sections.ts';
import { type Stopwatch, stopwatch } from './stopwatch.ts';
import { inferBag, type PlaceMap, secThreshold, sectionResult } from './vascular-sec.ts';

export type InferenceParts = {
  readonly entry: CatalogueEntry;
  readonly provider: string;
  readonly run: RunGraph;
  readonly clock: Clock;
  /** A monotonic time in ms. */
  readonly elapsedMs: () => number;
  /** An 8-bit grey PNG. */
  readonly encodePicture: (picture: GreyPicture) => Promise<Uint8Array>;
  /** Writes durably, path relative to the spool folder. */
  readonly writeFile: (path: string, bytes: Uint8Array) => Promise<void>;
};

/** Standard deviation of the grey values below which a picture shows nothing. */
const EMPTY_BELOW = 2;

/** White text cannot be told from tissue without reading it; the reader of the report shall know. */
const TEXT_NOTE = 'White text inside the ultrasound region, if any, was not removed.';

/** Timings and places of one run. */
type Work = { readonly request: AnalysisRequest; readonly parts: InferenceParts; readonly watch: Stopwatch };

type Looked = { readonly pick: ChosenFrame; readonly picture: GreyPicture };

const twoDigits = (number: number): string => String(number).padStart(2, '0');
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Pictures of a section's keyframes; frames that turn out unreadable or coloured are told in `skipped`. */
async function lookAt(
  section: Section,
  work: Work,
): Promise<{ readonly looked: readonly Looked[]; readonly skipped: readonly SkippedInput[] }> {
  const looked: Looked[] = [];
  const skipped: SkippedInput[] = [];
  for (const clip of new Set(section.picks.map((pick) => pick.clip))) {
    const picks = section.picks.filter((pick) => pick.clip === clip);
    const read = await readKeyframes(clip, picks, { limits: work.request.limits, watch: work.watch });
    skipped.push(...read.skipped);
    looked.push(
      ...read.pictures
        .map(({ index, picture }) => ({ index, picture }))
        .flatMap(({ index, picture }) => {
          const pick = picks[index];
          return pick === undefined ? [] : [{ pick, picture }];
        }),
    );
  }
  return { looked, skipped };
}

function keyframeResult(
  looked: Looked,
  outputs: { readonly attention: number; readonly longitudinal: number; readonly compression: number },
  files: { readonly picturePath: string; readonly mapPath: string },
): KeyframeResult {
  const { clip, view, frame } = looked.pick;
  const { sopClassUid, sopInstanceUid, seriesInstanceUid } = clip.input.header;
  return {
    sopClassUid,
    sopInstanceUid,
    seriesInstanceUid,
    frameNumber: frame + 1,
    numberOfFrames: clip.frameCount,
    region: view.rectangle,
    spacingMm: view.spacingMm,
    attention: outputs.attention,
    longitudinal: outputs.longitudinal,
    compression: outputs.compression,
    ...files,
  };
}

async function writeKeyframe(
  name: string,
  files: { readonly picture: GreyPicture; readonly map: PlaceMap },
  { parts, request }: Work,
): Promise<{ readonly picturePath: string; readonly mapPath: string }> {
  const picturePath = `${request.resultFolder}/${name}.png`;
  const mapPath = `${request.resultFolder}/${name}.map.json`;
  const picture = async (): Promise<void> => parts.writeFile(picturePath, await parts.encodePicture(files.picture));
  await Promise.all([picture(), parts.writeFile(mapPath, json(files.map))]);
  return { picturePath, mapPath };
}

function unfitness(looked: readonly Looked[], manifest: ModelManifest): string | null {
  const { minKeyframes } = manifest.preprocessing;
  if (looked.length < minKeyframes) return `Only ${looked.length} keyframes could be read, the model needs ${minKeyframes}.`;
  if (looked.every(({ picture }) => contrast(picture) < EMPTY_BELOW)) return 'The keyframes show nothing: they are of one grey.';
  return null;
}

/** The result of a section, or null when none of its keyframes could be read (`skipped` says why). */
async function inferSection(
  section: Section,
  number: number,
  work: Work,
): Promise<{ readonly result: SectionResult | null; readonly skipped: readonly SkippedInput[] }> {
  const { manifest } = work.parts.entry;
  const { looked, skipped } = await lookAt(section, work);
  if (looked.length === 0) return { result: null, skipped };
  const samples = work.watch.time('preprocess', () => looked.map(({ picture }) => sampleOf(picture, manifest.preprocessing)));
  const outputs = await work.watch.timeAsync('infer', () => inferBag(samples, manifest, work.parts.run));
  const keyframes = await Promise.all(
    looked.map(async (one, index) => {
      const output = outputs.keyframes[index];
      if (output === undefined) throw fault('model-output-invalid', 'fewer keyframes came back than were given');
      const name = `section-${twoDigits(number)}-keyframe-${twoDigits(index + 1)}`;
      return keyframeResult(one, output, await writeKeyframe(name, { picture: one.picture, map: output.map }, work));
    }),
  );
  const result = sectionResult({
    section: { ...section, picks: looked.map(({ pick }) => pick) },
    outputs,
    keyframes,
    manifest,
    unfit: unfitness(looked, manifest),
    notes: [TEXT_NOTE],
  });
  return { result, skipped };
}

function runFacts(
  entry: CatalogueEntry,
  run: Pick<RunFacts, 'provider' | 'startedAt' | 'finishedAt' | 'decodeMs' | 'preprocessMs' | 'inferMs'>,
): RunFacts {
  const { manifest } = entry;
  const sec = manifest.outputs.find((output) => output.id === 'sec');
  if (sec === undefined) throw fault('model-invalid', 'outputs: sec is missing');
  return {
    modelId: manifest.id,
    modelFamily: manifest.family,
    modelName: manifest.name,
    modelVersion: manifest.version,
    modelManufacturer: manifest.manufacturer,
    modelDigest: entry.digest,
    referenceWeights: manifest.referenceWeights,
    notice: manifest.notice,
    threshold: secThreshold(manifest),
    thresholdMethod: sec.thresholdMethod ?? '',
    reporting: sec.reporting,
    finding: sec.concept,
    ...run,
  };
}

/** Lossy as found when it was opened, else as its transfer syntax says. */
function inputFacts(input: AnalysisInput, clips: readonly Clip[]): AnalysisResult['inputs'][number] {
  const { sopClassUid, sopInstanceUid, seriesInstanceUid, transferSyntaxUid } = input.header;
  const clip = clips.find((one) => one.input === input);
  const lossy = clip?.lossy ?? transferSyntax(transferSyntaxUid)?.lossy ?? false;
  return { sopClassUid, sopInstanceUid, seriesInstanceUid, sha256: input.sha256, lossy };
}

/**
 * Carries out a `vascular-sec` request. Faults: `model-output-invalid`, `spool-full`, `spool-write-failed`. A study of which nothing
 * can be analysed gives a result with no sections and every instance skipped with its reason.
 */
export async function inferStudy(request: AnalysisRequest, parts: InferenceParts): Promise<AnalysisAnswer> {
  const startedAt = parts.clock();
  const watch = stopwatch(parts.elapsedMs);
  const work: Work = { request, parts, watch };
  const clips: Clip[] = [];
  const skipped: SkippedInput[] = [];
  const { maxKeyframes } = parts.entry.manifest.preprocessing;
  for (const input of request.inputs) {
    const opened = await openClip(input, { limits: request.limits, mostKeyframes: maxKeyframes, watch });
    skipped.push(...opened.skipped);
    if (opened.clip !== null) clips.push(opened.clip);
  }
  const sections: SectionResult[] = [];
  for (const [index, section] of sectionsOf(clips, maxKeyframes).entries()) {
    const inferred = await inferSection(section, index + 1, work);
    skipped.push(...inferred.skipped);
    if (inferred.result !== null) sections.push(inferred.result);
  }
  const timings = watch.totals();
  const result: AnalysisResult = {
    schema: 1,
    studyInstanceUid: request.studyInstanceUid,
    revision: request.revision,
    run: runFacts(parts.entry, { provider: parts.provider, startedAt, finishedAt: parts.clock(), ...timings }),
    inputs: request.inputs.map((input) => inputFacts(input, clips)),
    sections,
    skipped,
  };
  const resultPath = `${request.resultFolder}/result.json`;
  await parts.writeFile(resultPath, json(result));
  const keyframes = sections.reduce((sum, section) => sum + section.keyframes.length, 0);
  return { resultPath, provider: parts.provider, ...timings, sections: sections.length, keyframes, skipped: skipped.length };
}
