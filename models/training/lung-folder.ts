// In: a folder of DICOM files with labels.json files (the simulation's, or a department's own). Out: the labelled cines as the node would hand them to the
// network: the grey pictures of the ultrasound region, with their score.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { openCine } from '../../src/analysis/cine.ts';
import { candidateFrames } from '../../src/analysis/keyframes.ts';
import type { GreyPicture } from '../../src/analysis/picture.ts';
import { readCine } from '../../src/analysis/read-cine.ts';
import { stopwatch } from '../../src/analysis/stopwatch.ts';
import type { LungScore } from '../../src/contracts/finding.ts';
import { type CohortFile, filesBelow, readCohort } from '../../src/evaluation/cohort.ts';
import { parseLungLabels } from '../../src/evaluation/lung-labels.ts';
import { isOfPart, type PatientPart } from './patient-part.ts';

export type LabelledCine = { readonly score: LungScore; readonly pictures: readonly GreyPicture[] };

const LIMITS = { maxPixels: 4096 * 4096, maxFrames: 20_000, maxFrameBytes: 256 * 1024 * 1024 };

/**
 * The cines of a part of the patients below a folder in the order of their studies and files, at most `most` evenly spread frames of each; those without a
 * label or a usable frame are told on standard error.
 */
export async function* labelledCines(
  folder: string,
  { part, most }: { readonly part: PatientPart; readonly most: number },
): AsyncGenerator<LabelledCine> {
  const files = await filesBelow(folder);
  const scores = new Map<string, LungScore>();
  for (const file of files.filter((one) => path.basename(one) === 'labels.json')) {
    for (const { cines } of parseLungLabels(JSON.parse(await readFile(file, 'utf8')), file)) {
      for (const { sopInstanceUid, score } of cines.values()) scores.set(sopInstanceUid, score);
    }
  }
  const looking = { limits: LIMITS, watch: stopwatch(() => performance.now()) };
  const { studies, unusable } = await readCohort(files, () => undefined);
  const leftOut = new Map<string, number>(unusable.length > 0 ? [['not readable', unusable.length]] : []);
  const leave = (reason: string): void => void leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
  const wanted: CohortFile[] = [];
  for (const study of studies) if (await isOfPart(study, part)) wanted.push(...study.files);
  for (const file of wanted) {
    const score = scores.get(file.header.sopInstanceUid);
    if (score === undefined) {
      leave('without a label');
      continue;
    }
    const { cine, skipped } = await openCine({ ...file, sha256: '', byteLength: (await stat(file.path)).size }, looking);
    if (cine === null) {
      leave(skipped[0]?.reason ?? 'not usable');
      continue;
    }
    const { read, lost } = await readCine(cine, candidateFrames(cine.frameCount, most), {
      ...looking,
      use: ({ picture }) => picture,
    });
    if (read.length > 0) yield { score, pictures: read.map(({ value }) => value) };
    else leave(lost?.reason ?? 'no frames');
  }
  for (const [reason, count] of leftOut) process.stderr.write(`left out: ${count} files: ${reason}\n`);
}
