// In: arguments: a folder of DICOM files with labels.json files (the simulation's, or a department's own) and the part of its patients that is wanted.
// Out: labelled keyframes on standard output in the messages of `frames.ts`, read, chosen and scaled as the node does it.
//
// One message for each size of picture in a section, the messages of a section one after the other. Of the eight numbers a frame: -1 is what the labels do
// not say; grade is 0 or 1, as a department labels contrast; the section's seed is its number; probe family -1; native 1.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Clip, openClip, readKeyframes } from '../../src/analysis/clip.ts';
import { keyframeParameters } from '../../src/analysis/family.ts';
import { parseManifest } from '../../src/analysis/manifest.ts';
import { batchesOf, targetSize } from '../../src/analysis/preprocess.ts';
import { type Section, sectionsOf } from '../../src/analysis/sections.ts';
import { stopwatch } from '../../src/analysis/stopwatch.ts';
import type { GridSize } from '../../src/contracts/analyser.ts';
import { type CohortStudy, filesBelow, readCohort } from '../../src/evaluation/cohort.ts';
import { parseLegLabels, type StudyTruth } from '../../src/evaluation/leg-labels.ts';
import { isOfPart, patientPart } from './patient-part.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    part: { type: 'string', default: 'all' },
    manifest: { type: 'string', default: path.join(import.meta.dirname, '../vascular-sec/manifest.json') },
    rows: { type: 'string' },
    columns: { type: 'string' },
  },
});
if (values.data === undefined) throw new RangeError('--data names the folder');

const part = patientPart(values.part);

const LIMITS = { maxPixels: 4096 * 4096, maxFrames: 20_000, maxFrameBytes: 256 * 1024 * 1024 };
const looking = { limits: LIMITS, watch: stopwatch(() => performance.now()) };
const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));

const asked = keyframeParameters(parseManifest(await json(values.manifest), values.manifest));
const parameters = {
  ...asked,
  maxRows: values.rows === undefined ? asked.maxRows : Number(values.rows),
  maxColumns: values.columns === undefined ? asked.maxColumns : Number(values.columns),
};

const leftOut = new Map<string, number>();
const leave = (reason: string, count = 1): void => void leftOut.set(reason, (leftOut.get(reason) ?? 0) + count);

type Truth = { readonly study: StudyTruth; readonly witnesses: ReadonlyMap<string, boolean> };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

/** Whether an image shows contrast, by SOP Instance UID, where its label says so (`"witness": true`): training can use what evaluation does not ask for. */
function witnessesOf(labels: unknown): ReadonlyMap<string, boolean> {
  const images = listOf(labels).flatMap((study) => (isRecord(study) ? listOf(study['instances']) : []));
  return new Map(
    images.flatMap((image) =>
      isRecord(image) && typeof image['witness'] === 'boolean' ? [[String(image['sopInstanceUid']), image['witness']]] : [],
    ),
  );
}

async function readTruths(files: readonly string[]): Promise<ReadonlyMap<string, Truth>> {
  const truths = new Map<string, Truth>();
  for (const file of files.filter((one) => path.basename(one) === 'labels.json')) {
    const labels = await json(file);
    const witnesses = witnessesOf(labels);
    for (const study of parseLegLabels(labels, file)) truths.set(study.studyInstanceUid, { study, witnesses });
  }
  return truths;
}

/** The study's clips; what an image shows is as its label says, and as the node reads it where it has none. */
async function clipsOf({ files }: CohortStudy, { study }: Truth): Promise<readonly Clip[]> {
  const clips: Clip[] = [];
  for (const file of files) {
    const opening = { ...looking, mostKeyframes: parameters.maxKeyframes };
    const { clip, skipped } = await openClip({ ...file, sha256: '', byteLength: 0 }, opening);
    for (const { reason } of skipped) leave(reason);
    if (clip === null) continue;
    const label = study.instances.get(file.header.sopInstanceUid);
    if (label === undefined && clip.labels.isOtherVessel) leave('other-vessel');
    else clips.push(label === undefined ? clip : { ...clip, labels: { ...clip.labels, side: label.side, vein: label.vein } });
  }
  return clips;
}

const bit = (value: boolean | null): number => (value === null ? -1 : Number(value));

/** A section without contrast has it in no image; a cine that shows it somewhere does not say in which frame. */
function witnessOf(clip: Clip, grade: number, { witnesses }: Truth): number {
  if (grade === 0) return 0;
  const said = witnesses.get(clip.input.header.sopInstanceUid) ?? null;
  return said === true && clip.frameCount > 1 ? -1 : bit(said);
}

/** The first labels of a frame say what it shows, the others where it is from. */
const MEANINGS = 5;

type Frame = { readonly rows: number; readonly columns: number; readonly grey: Uint8Array; readonly labels: readonly number[] };

async function framesOf(section: Section, number: number, truth: Truth): Promise<readonly Frame[]> {
  const { side, vein } = section;
  const grade = bit(truth.study.sections.find((one) => one.side === side && one.vein === vein)?.sec ?? null);
  const popliteal = vein === 'unknown' ? -1 : Number(vein === 'POP');
  const gridOf = (rows: number, columns: number): GridSize => targetSize(rows, columns, parameters);
  const { pictures, skipped } = await readKeyframes(section.picks, { ...looking, gridOf });
  for (const { reason } of skipped) leave(reason);
  return pictures.flatMap(({ index, average: { rows, columns, values } }) => {
    const clip = section.picks[index]?.clip;
    if (clip === undefined) return [];
    const label = truth.study.instances.get(clip.input.header.sopInstanceUid);
    const view = [bit(label?.longitudinal ?? null), bit(label?.compression ?? null), popliteal];
    const labels = [...view, witnessOf(clip, grade, truth), grade, number, -1, 1];
    return [{ rows, columns, grey: Uint8Array.from(values, Math.round), labels }];
  });
}

/** One message: frames of one size. */
function message(frames: readonly Frame[]): Buffer {
  const header = [frames.length, frames[0]?.rows ?? 0, frames[0]?.columns ?? 0, ...frames.flatMap(({ labels }) => labels)];
  return Buffer.concat([new Uint8Array(Int32Array.from(header).buffer), ...frames.map(({ grey }) => grey)]);
}

async function* messages(folder: string): AsyncGenerator<Buffer> {
  const files = await filesBelow(folder);
  const truths = await readTruths(files);
  const { studies, unusable } = await readCohort(files, () => undefined);
  if (unusable.length > 0) leave('not readable', unusable.length);
  let number = 0;
  for (const study of studies) {
    const truth = truths.get(study.studyInstanceUid);
    if (truth === undefined) leave('without a label', study.files.length);
    if (truth === undefined || !(await isOfPart(study, part))) continue;
    for (const section of sectionsOf(await clipsOf(study, truth), parameters.maxKeyframes)) {
      const found = await framesOf(section, number++, truth);
      const frames = found.filter(({ labels }) => labels.slice(0, MEANINGS).some((value) => value >= 0));
      if (frames.length < found.length) leave('without a label', found.length - frames.length);
      for (const batch of batchesOf(frames, parameters.maxKeyframes)) yield message(batch.flatMap((n) => frames.slice(n, n + 1)));
    }
  }
}

for await (const one of messages(values.data)) {
  if (!process.stdout.write(one)) await once(process.stdout, 'drain');
}
for (const [reason, count] of leftOut) process.stderr.write(`left out: ${count} files or frames: ${reason}\n`);
