// Runs a model over the studies of a cohort. In: studies, what to take of each, and the port of analysis. Out: the result of each study, kept on the way;
// or why there is none. Pixels are copied for the time of one study, since an analysis process reads nothing but its own folder.
import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Analyse, AnalysisInput, AnalysisLimits } from '../contracts/analyser.ts';
import type { AnalysisResult } from '../contracts/finding.ts';
import { errorText, type Fault, fault, faultRow, isFault } from '../kernel/errors.ts';
import { type CohortFile, type CohortStudy, wholeFile } from './cohort.ts';
import { keepResult, keptResult, type ResultSource, studyFileName } from './kept-results.ts';

/** What became of a study. */
export type StudyOutcome =
  | { readonly kind: 'done'; readonly result: AnalysisResult; readonly reused: boolean }
  | { readonly kind: 'not-run'; readonly reason: string }
  | { readonly kind: 'failed'; readonly problem: Fault };

export type StudyRun = { readonly study: CohortStudy; readonly outcome: StudyOutcome };

export type RunParts = {
  readonly modelId: string;
  readonly modelDigest: string;
  readonly softwareVersion: string;
  readonly limits: AnalysisLimits;
  /** Files of a study that the model is given, in order; or the reason why it does not run. */
  readonly select: (files: readonly CohortFile[]) => { readonly files: readonly CohortFile[] } | { readonly reason: string };
  readonly analyse: Analyse;
  /** Attempts of one study before it counts as failed; only faults that may pass are tried again. */
  readonly mostAttempts: number;
  /** Studies at a time. */
  readonly lanes: number;
  /** Folder of kept results. */
  readonly keptFolder: string;
  /** Folder that the analysis processes read and write; emptied of each study when it is done. */
  readonly workFolder: string;
  readonly stop: AbortSignal;
  readonly onStudy: (run: StudyRun) => void;
};

const asFault = (error: unknown): Fault => (isFault(error) ? error : fault('evaluation-data-invalid', errorText(error), error));

const mayPass = ({ code }: Fault): boolean => ['transient', 'ambiguous'].includes(faultRow(code).disposition);

async function readResult(file: string): Promise<AnalysisResult> {
  return JSON.parse(await readFile(file, 'utf8')) as AnalysisResult;
}

/** One attempt: files copied in, analysed, result read, everything removed. */
async function attempt(inputs: readonly AnalysisInput[], jobKey: number, parts: RunParts): Promise<AnalysisResult> {
  const studyInstanceUid = inputs[0]?.header.studyInstanceUid ?? '';
  const name = studyFileName(studyInstanceUid);
  const folder = path.join(parts.workFolder, 'inputs', name);
  const resultFolder = `results/${name}`;
  try {
    await mkdir(folder, { recursive: true });
    const copies = inputs.map((input, index) => ({ ...input, path: path.join(folder, `${index + 1}.dcm`) }));
    for (const [index, copy] of copies.entries())
      await copyFile(inputs[index]?.path ?? '', copy.path, constants.COPYFILE_FICLONE);
    const { modelId, limits } = parts;
    const request = { jobKey, studyInstanceUid, revision: 1, modelId, inputs: copies, resultFolder, limits };
    const { resultPath } = await parts.analyse(request, parts.stop);
    return await readResult(path.join(parts.workFolder, resultPath));
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(path.join(parts.workFolder, resultFolder), { recursive: true, force: true });
  }
}

async function runStudy(study: CohortStudy, jobKey: number, parts: RunParts): Promise<StudyOutcome> {
  const selected = parts.select(study.files);
  if ('reason' in selected) return { kind: 'not-run', reason: selected.reason };
  const inputs: AnalysisInput[] = [];
  for (const file of selected.files) inputs.push({ ...file, ...(await wholeFile(file.path)) });
  const source: ResultSource = { ...parts, inputs };
  const kept = await keptResult(parts.keptFolder, study.studyInstanceUid, source);
  if (kept !== null) return { kind: 'done', result: kept, reused: true };
  for (let count = 1; ; count += 1) {
    try {
      const result = await attempt(inputs, jobKey, parts);
      await keepResult(parts.keptFolder, result, source);
      return { kind: 'done', result, reused: false };
    } catch (error) {
      const problem = asFault(error);
      if (parts.stop.aborted || count >= parts.mostAttempts || !mayPass(problem)) return { kind: 'failed', problem };
    }
  }
}

/**
 * Runs all studies, `lanes` at a time; the runs come in the order of the studies. Ends early when `stop` aborts: then runs are missing.
 * A study that fails does not end the others.
 */
export async function runStudies(studies: readonly CohortStudy[], parts: RunParts): Promise<readonly StudyRun[]> {
  const runs = new Map<CohortStudy, StudyRun>();
  const waiting = [...studies.entries()];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !parts.stop.aborted; next = waiting.shift()) {
      const [index, study] = next;
      let outcome: StudyOutcome;
      try {
        outcome = await runStudy(study, index + 1, parts);
      } catch (error) {
        outcome = { kind: 'failed', problem: asFault(error) };
      }
      if (parts.stop.aborted && outcome.kind === 'failed') return;
      const run = { study, outcome };
      runs.set(study, run);
      parts.onStudy(run);
    }
  };
  await Promise.all(Array.from({ length: parts.lanes }, lane));
  return studies.flatMap((study) => runs.get(study) ?? []);
}
