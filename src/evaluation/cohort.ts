// The studies of a folder. In: files and folders. Out: instances by study with header and path, in the order of the file names, and what was no
// use, with the reason. Files are read, never changed.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AnalysisInput } from '../contracts/analyser.ts';
import { attributesOf, instanceHeader } from '../dicom/attributes.ts';
import { openPart10 } from '../dicom/part10.ts';
import { errorText, fault } from '../kernel/errors.ts';

export type CohortFile = Pick<AnalysisInput, 'header' | 'path'>;

export type CohortStudy = { readonly studyInstanceUid: string; readonly files: readonly CohortFile[] };

export type Unusable = { readonly file: string; readonly because: string };

export type Cohort = { readonly studies: readonly CohortStudy[]; readonly unusable: readonly Unusable[] };

/** Files below a folder in the order of their names. Fault `evaluation-data-invalid` for a folder that cannot be read. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .toSorted();
  } catch (error) {
    throw fault('evaluation-data-invalid', `${folder}: ${errorText(error)}`, error);
  }
}

/** Length and SHA-256 (lower-case hexadecimal) of the whole file, head included: a file that was written anew counts as another. */
export async function wholeFile(file: string): Promise<{ readonly byteLength: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { byteLength: (await stat(file)).size, sha256: hash.digest('hex') };
}

async function readFileHeader(file: string): Promise<CohortFile> {
  const opened = await openPart10(file);
  try {
    const header = instanceHeader(attributesOf(opened), opened.transferSyntaxUid);
    if (header.studyInstanceUid === '' || header.sopInstanceUid === '') throw fault('dataset-not-understood', 'a UID is missing');
    return { header, path: file };
  } finally {
    await opened.close();
  }
}

/**
 * Reads the headers of all DICOM files among `files`; JSON files are passed over. Of several files with one SOP Instance UID the first counts,
 * as at intake. Studies come in the order of their UIDs, so that two runs are alike.
 */
export async function readCohort(files: readonly string[], onFile: (done: number, total: number) => void): Promise<Cohort> {
  const candidates = files.filter((file) => path.extname(file).toLowerCase() !== '.json');
  const unusable: Unusable[] = [];
  const studies = new Map<string, CohortFile[]>();
  const seen = new Set<string>();
  for (const [index, file] of candidates.entries()) {
    try {
      const one = await readFileHeader(file);
      const { studyInstanceUid, sopInstanceUid } = one.header;
      if (seen.has(sopInstanceUid)) throw fault('evaluation-data-invalid', 'An earlier file has the same SOP Instance UID.');
      seen.add(sopInstanceUid);
      const known = studies.get(studyInstanceUid);
      if (known === undefined) studies.set(studyInstanceUid, [one]);
      else known.push(one);
    } catch (error) {
      unusable.push({ file, because: errorText(error) });
    }
    onFile(index + 1, candidates.length);
  }
  const inOrder = [...studies].sort(([one], [other]) => (one < other ? -1 : 1));
  return { studies: inOrder.map(([studyInstanceUid, found]) => ({ studyInstanceUid, files: found })), unusable };
}
