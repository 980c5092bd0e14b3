// In: a folder of DICOM files with labels.json files (the simulation's, or a department's own). Out: the labelled cines as the node would hand them to a
// network: square grey pictures of the ultrasound region, with their labels.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { openCine, wantedFrames } from '../../src/analysis/cine.ts';
import { readCine } from '../../src/analysis/read-cine.ts';
import { stopwatch } from '../../src/analysis/stopwatch.ts';
import type { EchoViewOrOther } from '../../src/contracts/finding.ts';
import type { ClipPreprocessing } from '../../src/contracts/model.ts';
import { type CohortFile, filesBelow, readCohort } from '../../src/evaluation/cohort.ts';
import { type EchoCineTruth, type EchoTruth, parseEchoLabels } from '../../src/evaluation/echo-labels.ts';
import { isOfPart, type PatientPart } from './patient-part.ts';

/** 0 or 1, and -1 where it is not known; `tissue` is T1 in ms, T2 in tenths of ms, ECV in tenths of a per cent and late enhancement, -1 each. */
export type LabelledClip = {
  /** Number of its study in this folder, from 0. */
  readonly study: number;
  readonly view: EchoViewOrOther;
  readonly visible: number;
  readonly patient: number;
  readonly tissue: readonly number[];
  readonly planes: readonly Uint8Array[];
};

const LIMITS = { maxPixels: 4096 * 4096, maxFrames: 20_000, maxFrameBytes: 256 * 1024 * 1024 };

const bit = (value: boolean | null): number => (value === null ? -1 : Number(value));
const scaled = (value: number | null, by: number): number => (value === null ? -1 : Math.round(by * value));

/** The cines of a part of the patients below a folder in the order of their studies and files; those without a label or a usable frame are told on standard error. */
export async function* labelledClips(
  folder: string,
  wish: { readonly part: PatientPart; readonly framesPerSecond: number; readonly most: number; readonly side: number },
): AsyncGenerator<LabelledClip> {
  const files = await filesBelow(folder);
  const truths = new Map<string, { readonly cine: EchoCineTruth; readonly study: EchoTruth }>();
  for (const file of files.filter((one) => path.basename(one) === 'labels.json')) {
    for (const study of parseEchoLabels(JSON.parse(await readFile(file, 'utf8')), file)) {
      for (const cine of study.cines.values()) truths.set(cine.sopInstanceUid, { cine, study });
    }
  }
  const parameters: ClipPreprocessing = {
    ...{ rows: wish.side, columns: wish.side, channels: 1, fit: 'cut', canvas: 0, mean: [0], deviation: [1] },
    ...{ minFrames: 1, maxFrames: wish.most, framesPerSecond: wish.framesPerSecond, frameStep: 1 },
  };
  const looking = { limits: LIMITS, watch: stopwatch(() => performance.now()) };
  const { studies, unusable } = await readCohort(files, () => undefined);
  const leftOut = new Map<string, number>(unusable.length > 0 ? [['not readable', unusable.length]] : []);
  const leave = (reason: string): void => void leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
  const numbered: { readonly study: number; readonly file: CohortFile }[] = [];
  for (const [number, study] of studies.entries())
    if (await isOfPart(study, wish.part)) numbered.push(...study.files.map((file) => ({ study: number, file })));
  for (const { study, file } of numbered) {
    const truth = truths.get(file.header.sopInstanceUid);
    if (truth === undefined) {
      leave('without a label');
      continue;
    }
    const { cine, skipped } = await openCine({ ...file, sha256: '', byteLength: (await stat(file.path)).size }, looking);
    if (cine === null) {
      leave(skipped[0]?.reason ?? 'not usable');
      continue;
    }
    const { read, lost } = await readCine(cine, wantedFrames(cine, parameters, wish.most), {
      ...looking,
      grid: parameters,
      use: ({ plane }) => Uint8Array.from(plane, Math.round),
    });
    const { tissue, wallMotionAbnormality } = truth.study;
    if (read.length === 0) leave(lost?.reason ?? 'no frames');
    else
      yield {
        study,
        view: truth.cine.view,
        visible: bit(truth.cine.wallMotionAbnormality),
        patient: bit(wallMotionAbnormality),
        tissue: [scaled(tissue.t1Ms, 1), scaled(tissue.t2Ms, 10), scaled(tissue.ecvPercent, 10), bit(tissue.lateEnhancement)],
        planes: read.map(({ value }) => value),
      };
  }
  for (const [reason, count] of leftOut) process.stderr.write(`left out: ${count} files: ${reason}\n`);
}
