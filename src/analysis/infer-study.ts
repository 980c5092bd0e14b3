// One job from files to result, inside the analysis process. In: a request and the parts that touch the world. Out: result.json, pictures and maps
// in the job's folder, and the short answer. What one instance holds wrong is a skipped input, never a failed job.
import type { AnalysisAnswer, AnalysisInput, AnalysisRequest, ReadText, RunGraph } from '../contracts/analyser.ts';
import type { AnalysisResult, OutputFacts, RunFacts } from '../contracts/finding.ts';
import type { OutputSpec } from '../contracts/model.ts';
import { transferSyntax } from '../dicom/transfer-syntaxes.ts';
import type { Clock } from '../kernel/clock.ts';
import { fault } from '../kernel/errors.ts';
import { analyserOf } from './analysers.ts';
import { annotationReader, WANTED } from './annotation.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { FAMILIES } from './families.ts';
import type { FamilyWork, RunningModel } from './family.ts';
import { intactInputs } from './intact.ts';
import { VOCABULARY, type Vocabulary } from './label-words.ts';

export type InferenceParts = Pick<FamilyWork, 'encodePicture' | 'writeFile' | 'decoding' | 'readRegions' | 'watch'> & {
  /** Recognises characters; labels are read off pictures with it. */
  readonly readText?: ReadText;
  /** The phrases that are understood; those of the project when left out. */
  readonly vocabulary?: Vocabulary;
  readonly entry: CatalogueEntry;
  readonly provider: string;
  readonly run: RunGraph;
  /** The models that the manifest `uses`, by id. */
  readonly companions: ReadonlyMap<string, RunningModel>;
  readonly clock: Clock;
};

const outputFacts = ({ id, concept, threshold, thresholdMethod, reporting }: OutputSpec): OutputFacts => ({
  id,
  concept,
  threshold: threshold ?? null,
  thresholdMethod: thresholdMethod ?? '',
  reporting,
});

function runFacts(
  { manifest, digest }: CatalogueEntry,
  run: Pick<RunFacts, 'provider' | 'startedAt' | 'finishedAt' | 'decodeMs' | 'preprocessMs' | 'inferMs'>,
): RunFacts {
  const outputs = manifest.outputs.map(outputFacts);
  const statement = outputs.find(({ id }) => id === FAMILIES[manifest.family]?.statement);
  if (statement === undefined) throw fault('model-invalid', `${manifest.id}: the output of its statement is missing`);
  return {
    modelId: manifest.id,
    modelFamily: manifest.family,
    modelName: manifest.name,
    modelVersion: manifest.version,
    modelManufacturer: manifest.manufacturer,
    modelDigest: digest,
    referenceWeights: manifest.referenceWeights,
    notice: manifest.notice,
    statement,
    outputs,
    ...run,
  };
}

/** Lossy as found when it was opened, else as its transfer syntax says. */
function inputFacts(input: AnalysisInput, found: ReadonlyMap<string, boolean>): AnalysisResult['inputs'][number] {
  const { sopClassUid, sopInstanceUid, seriesInstanceUid, transferSyntaxUid } = input.header;
  const lossy = found.get(sopInstanceUid) ?? transferSyntax(transferSyntaxUid)?.lossy ?? false;
  return { sopClassUid, sopInstanceUid, seriesInstanceUid, sha256: input.sha256, lossy };
}

/**
 * Carries out a request. Faults: `model-invalid`, `model-output-invalid`, `spool-full`, `spool-write-failed`. A study of which nothing can be
 * analysed gives a result without statements, and every instance skipped with its reason.
 */
export async function inferStudy(request: AnalysisRequest, parts: InferenceParts): Promise<AnalysisAnswer> {
  const startedAt = parts.clock();
  const { manifest } = parts.entry;
  const { run, watch, companions, encodePicture, writeFile, readText, vocabulary = VOCABULARY } = parts;
  const texts = readText === undefined ? undefined : annotationReader(readText, { wanted: WANTED[manifest.family], vocabulary });
  const { intact, skipped: damaged } = await watch.timeAsync('hash', () => intactInputs(request.inputs));
  const answer = await analyserOf(manifest).infer({
    request: { ...request, inputs: intact },
    manifest,
    run,
    companions,
    watch,
    decoding: parts.decoding,
    readRegions: parts.readRegions,
    texts,
    encodePicture,
    writeFile,
  });
  const timings = watch.totals();
  const result: AnalysisResult = {
    schema: 2,
    studyInstanceUid: request.studyInstanceUid,
    revision: request.revision,
    run: runFacts(parts.entry, { provider: parts.provider, startedAt, finishedAt: parts.clock(), ...timings }),
    inputs: request.inputs.map((input) => inputFacts(input, answer.lossy)),
    skipped: [...damaged, ...answer.skipped],
    ...answer.findings,
  };
  const resultPath = `${request.resultFolder}/result.json`;
  await parts.writeFile(resultPath, new TextEncoder().encode(JSON.stringify(result)));
  const { sections, keyframes } = answer;
  return { resultPath, provider: parts.provider, ...timings, sections, keyframes, skipped: result.skipped.length };
}
