// Where the real files lie: beside the project, never in it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../../shared/data');

/** Absolute path of a file or folder of the real data; fails with what is missing and where it belongs. */
export const dataPath = (...parts: readonly string[]): string => {
  const full = path.join(ROOT, ...parts);
  if (!existsSync(full))
    throw new Error(`The real data is missing: ${path.join('../shared/data', ...parts)} beside the project folder.`);
  return full;
};

/** Names of the DICOM files of a folder, sorted. */
export const dicomFiles = (folder: string): readonly string[] =>
  readdirSync(dataPath(folder))
    .filter((name) => name.endsWith('.dcm'))
    .sort();

/** Every file of a folder, sorted. */
export const allFiles = (folder: string): readonly string[] => readdirSync(dataPath(folder)).sort();

/** What an independent decoder makes of a file: hash of all samples for lossless files, mean of all samples for the others. */
export type Truth = { readonly lossless: boolean; readonly sha256: string | null; readonly mean: number };

/** `truth.json` by path, e.g. `us/US1_UNCR.dcm`. */
export const readTruth = (): ReadonlyMap<string, Truth> => {
  const rows: readonly (Truth & { readonly file: string })[] = JSON.parse(readFileSync(dataPath('truth.json'), 'utf8'));
  return new Map(rows.map((row) => [row.file, row]));
};

/** Hashes of the clip that the syntax matrix holds in many encodings. */
export const readMatrixTruth = (): { readonly rgb: string; readonly mono2: string } => {
  const row: Readonly<Record<string, string>> = JSON.parse(readFileSync(dataPath('syntax-matrix', 'truth.json'), 'utf8'));
  return { rgb: row['truth_sha256_rgb_10x240x320x3'] ?? '', mono2: row['truth_sha256_mono2'] ?? '' };
};
