// Results that an evaluation keeps, one file a study, so that a run that was stopped goes on where it was. In: what a result depends on. Out: the kept
// result, or null when there is none or anything it depends on has changed.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AnalysisInput, AnalysisLimits } from '../contracts/analyser.ts';
import type { AnalysisResult } from '../contracts/finding.ts';

/** All that a result follows from. */
export type ResultSource = {
  readonly modelDigest: string;
  readonly softwareVersion: string;
  readonly limits: AnalysisLimits;
  readonly inputs: readonly AnalysisInput[];
};

type Kept = { readonly schema: 1; readonly source: string; readonly result: AnalysisResult };

const hashed = (text: string): string => createHash('sha256').update(text).digest('hex');

/** One name for a source: SHA-256, lower-case hexadecimal. The order of the files counts, since keyframes are taken in it. */
function sourceDigest({ modelDigest, softwareVersion, limits, inputs }: ResultSource): string {
  const { maxPixels, maxFrames, maxFrameBytes } = limits;
  const files = inputs.map(({ sha256 }) => sha256);
  return hashed(JSON.stringify([modelDigest, softwareVersion, maxPixels, maxFrames, maxFrameBytes, files]));
}

/** Hashed, because a UID from outside is no file name. */
export const studyFileName = (studyInstanceUid: string): string => hashed(studyInstanceUid).slice(0, 32);

const fileOf = (folder: string, studyInstanceUid: string): string => path.join(folder, `${studyFileName(studyInstanceUid)}.json`);

const isKept = (value: unknown): value is Kept =>
  typeof value === 'object' &&
  value !== null &&
  'schema' in value &&
  value.schema === 1 &&
  'source' in value &&
  'result' in value;

/** The kept result of a study, when it was made from exactly this source. */
export async function keptResult(folder: string, studyInstanceUid: string, source: ResultSource): Promise<AnalysisResult | null> {
  try {
    const kept: unknown = JSON.parse(await readFile(fileOf(folder, studyInstanceUid), 'utf8'));
    return isKept(kept) && kept.source === sourceDigest(source) ? kept.result : null;
  } catch {
    // None yet, or one that cannot be read: the study is analysed, and a fault of the disk shows when its result is kept.
    return null;
  }
}

/** Keeps a result, whole or not at all. */
export async function keepResult(folder: string, result: AnalysisResult, source: ResultSource): Promise<void> {
  const kept: Kept = { schema: 1, source: sourceDigest(source), result };
  const file = fileOf(folder, result.studyInstanceUid);
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.part`, JSON.stringify(kept));
  await rename(`${file}.part`, file);
}
