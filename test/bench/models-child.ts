// One model over one examination, in a process of its own, so that its peak memory is its own. In, as arguments: model id, threads, folder of the
// examination, runs. Out, on standard output: a line of JSON with the median times of a run in ms, what was read, and the peak in MiB.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { analyserOf } from '../../src/analysis/analysers.ts';
import { type CatalogueEntry, loadEntry, readGraph } from '../../src/analysis/catalogue.ts';
import type { RunningModel } from '../../src/analysis/family.ts';
import { inferStudy } from '../../src/analysis/infer-study.ts';
import { regionsHere } from '../../src/analysis/regions.ts';
import { stopwatch } from '../../src/analysis/stopwatch.ts';
import type { AnalysisInput, AnalysisRequest, RunGraph } from '../../src/contracts/analyser.ts';
import { framePool } from '../../src/edge/frame-pool.ts';
import { openModel } from '../../src/edge/onnx.ts';
import { textReader } from '../../src/edge/text-reader.ts';
import { filesBelow, readCohort, wholeFile } from '../../src/evaluation/cohort.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { median } from './figures.ts';
import { memoryMiB } from './process-figures.ts';
import { STAGE_NAMES, type Stage, type StageTimes } from './stages.ts';

export type ModelFigures = {
  /** Ms of each stage and of all; on one thread of its own CPU time, which other work of the machine does not stretch. */
  readonly times: StageTimes;
  readonly stagesMs: number;
  /** By the clock on the wall. */
  readonly totalMs: number;
  /** Instances and frames of the examination, statements made, frames whose pictures were kept. */
  readonly instances: number;
  readonly frames: number;
  readonly statements: number;
  readonly kept: number;
  readonly peakMiB: number;
};

const MODELS = path.resolve(import.meta.dirname, '../../models');
const LIMITS = { maxPixels: 64_000_000, maxFrames: 20_000, maxFrameBytes: 192_000_000 };

async function inputsIn(folder: string): Promise<readonly AnalysisInput[]> {
  const { studies } = await readCohort(await filesBelow(folder), () => undefined);
  const inputs: AnalysisInput[] = [];
  for (const file of studies.flatMap(({ files }) => files)) inputs.push({ ...file, ...(await wholeFile(file.path)) });
  return inputs;
}

const [modelId = '', threads = '1', folder = '', runs = '3'] = process.argv.slice(2);

/** CPU time of this thread: with one thread ONNX Runtime computes in it too. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const stageMs = threads === '1' ? threadMs : (): number => performance.now();

let insideMs = 0;

/** Counts the time inside ONNX Runtime. */
const timed =
  (run: RunGraph): RunGraph =>
  async (graph, inputs) => {
    const since = stageMs();
    try {
      return await run(graph, inputs);
    } finally {
      insideMs += stageMs() - since;
    }
  };

async function open(
  entry: Pick<CatalogueEntry, 'manifest' | 'folder' | 'digest' | 'companions'>,
  threads: number,
): Promise<RunningModel> {
  const { manifest } = entry;
  const graphs: Record<string, Uint8Array> = {};
  for (const key of Object.keys(manifest.graphs)) graphs[key] = await readGraph(entry, key);
  const verify = (run: RunGraph): Promise<void> => analyserOf(manifest).probe(manifest, run);
  const { run } = await openModel({ graphs, stated: manifest.graphs, providers: ['cpu'], threads, verify });
  return { manifest, run: timed(run) };
}

sharp.concurrency(1);
const entry = await loadEntry(MODELS, modelId);
const { run } = await open(entry, Number(threads));
const companions = new Map<string, RunningModel>();
for (const companion of entry.companions) companions.set(companion.manifest.id, await open(companion, Number(threads)));
const inputs = await inputsIn(folder);
const spool = await mkdtemp(path.join(tmpdir(), 'sonorelay-bench-model-'));
const request: AnalysisRequest = {
  jobKey: 1,
  studyInstanceUid: inputs[0]?.header.studyInstanceUid ?? '',
  revision: 1,
  modelId,
  inputs,
  resultFolder: 'results/1',
  limits: LIMITS,
};
await mkdir(path.join(spool, request.resultFolder), { recursive: true });

const times: (StageTimes & { readonly total: number; readonly stages: number })[] = [];
const texts = textReader();
const pool = framePool(Number(threads), { readRegions: regionsHere });
let last = { sections: 0, keyframes: 0 };
try {
  for (let nth = 0; nth < Number(runs) + 1; nth++) {
    insideMs = 0;
    const watch = stopwatch(stageMs);
    const since = performance.now();
    const from = stageMs();
    const answer = await inferStudy(request, {
      entry,
      provider: 'cpu',
      run,
      companions,
      clock: systemClock,
      watch,
      decoding: pool,
      readRegions: pool.readRegions,
      readText: texts.read,
      encodePicture: ({ data, rows, columns }) =>
        sharp(data, { raw: { width: columns, height: rows, channels: 1 } })
          .toColourspace('b-w')
          .png({ compressionLevel: 1 })
          .toBuffer(),
      writeFile: (file, bytes) => writeFile(path.join(spool, file), bytes),
    });
    const total = performance.now() - since;
    const stages = stageMs() - from;
    last = answer;
    const { infer, ...parts } = watch.parts();
    const known = Object.values(parts).reduce((sum, ms) => sum + ms, infer);
    const postprocess = Math.max(0, infer - insideMs);
    // The first run warms up.
    if (nth > 0) times.push({ ...parts, total, stages, network: insideMs, postprocess, keep: stages - known });
  }
} finally {
  await texts.close();
  await pool.close();
  await rm(spool, { recursive: true, force: true });
}
const middle = (stage: Stage | 'total' | 'stages'): number => median(times.map((one) => one[stage]));
const figures: ModelFigures = {
  times: Object.fromEntries(STAGE_NAMES.map((stage) => [stage, middle(stage)])) as StageTimes,
  stagesMs: middle('stages'),
  totalMs: middle('total'),
  instances: inputs.length,
  frames: inputs.reduce((sum, { header }) => sum + header.numberOfFrames, 0),
  statements: last.sections,
  kept: last.keyframes,
  peakMiB: memoryMiB(process.pid, 'VmHWM'),
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
