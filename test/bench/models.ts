// The models one by one, each on one and on two threads. In: how many runs. Out: frames a second, where the time goes, peak memory; and the compression
// model over a whole cine beside the same answers from stacks of nine frames.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { tableText } from '../../src/commands/table.ts';
import { writeDvtStudy, writeEchoStudy, writeLegStudy, writeLungStudy } from '../../src/phantom/write.ts';
import { figure, median } from './figures.ts';
import type { ModelFigures } from './models-child.ts';
import { STAGE_NAMES, STAGES } from './stages.ts';

const CHILD = path.resolve(import.meta.dirname, 'models-child.ts');
const MODELS = path.resolve(import.meta.dirname, '../../models');
const SEED = 8_001;
const CHILD_TIMEOUT_MS = 20 * 60_000;

/** An examination for each model, of the usual size. */
const EXAMINATIONS: readonly { readonly model: string; readonly write: (folder: string) => Promise<unknown> }[] = [
  { model: 'vascular-sec', write: (folder) => writeLegStudy(folder, { seed: SEED }) },
  { model: 'vascular-dvt', write: (folder) => writeDvtStudy(folder, { seed: SEED }) },
  { model: 'lung-score', write: (folder) => writeLungStudy(folder, { seed: SEED }) },
  { model: 'echo-cmr', write: (folder) => writeEchoStudy(folder, { seed: SEED }) },
];

const percent = (part: number, whole: number): string => (whole > 0 ? `${figure((100 * part) / whole)} %` : '-');

function rowOf(
  model: string,
  threads: number,
  { times, stagesMs, totalMs, frames, instances, statements, peakMiB }: ModelFigures,
): readonly string[] {
  const beside = STAGE_NAMES.filter((stage) => STAGES[stage].beside).reduce((sum, stage) => sum + times[stage], 0);
  return [
    model,
    String(threads),
    `${instances} / ${frames} / ${statements}`,
    figure(totalMs / 1000),
    figure((1000 * frames) / totalMs),
    ...STAGE_NAMES.map((stage) => percent(times[stage], stagesMs)),
    percent(beside, times.network),
    figure(peakMiB),
  ];
}

async function figuresOf(
  model: string,
  threads: number,
  options: { readonly folder: string; readonly runs: number },
): Promise<ModelFigures> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [CHILD, model, String(threads), options.folder, String(options.runs)],
    {
      timeout: CHILD_TIMEOUT_MS,
    },
  );
  return JSON.parse(stdout) as ModelFigures;
}

type Manifest = {
  readonly graphs: Readonly<Record<string, { readonly file: string; readonly inputs: readonly { readonly name: string }[] }>>;
};

/** Whole cine against stacks of nine, both one run after the other on one thread, so that the ratio is of one moment. */
async function measureWholeCine(say: (line: string) => void, rounds: number): Promise<void> {
  const folder = path.join(MODELS, 'vascular-dvt');
  const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const [graph] = Object.values(manifest.graphs);
  const name = graph?.inputs[0]?.name;
  if (graph === undefined || name === undefined) throw new Error('vascular-dvt has no graph.');
  const session = await InferenceSession.create(path.join(folder, graph.file), { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const answers = 32;
  const side = 150;
  const run = async (frames: number): Promise<void> => {
    const data = new Float32Array(frames * side * side).fill(0.1);
    await session.run({ [name]: new Tensor('float32', data, [1, 1, frames, side, side]) });
  };
  const timeOf = async (work: () => Promise<void>): Promise<number> => {
    const since = performance.now();
    await work();
    return performance.now() - since;
  };
  await run(answers + 8);
  const pairs: { readonly whole: number; readonly stacks: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const whole = await timeOf(() => run(answers + 8));
    const stacks = await timeOf(async () => {
      for (let answer = 0; answer < answers; answer++) await run(9);
    });
    pairs.push({ whole, stacks });
  }
  const perSecond = (ms: number): string => figure((1000 * answers) / ms);
  const whole = median(pairs.map((pair) => pair.whole));
  const stacks = median(pairs.map((pair) => pair.stacks));
  say(
    `vascular-dvt, one thread, ${answers} answers: whole cine ${perSecond(whole)} answers/s, stacks of nine ${perSecond(stacks)} answers/s, ` +
      `ratio ${figure(median(pairs.map((pair) => pair.stacks / pair.whole)))}.`,
  );
}

/** Runs every model over an examination of its own, and tells the figures. */
export async function measureModels(options: { readonly runs: number; readonly say: (line: string) => void }): Promise<void> {
  const { runs, say } = options;
  const rows: (readonly string[])[] = [];
  for (const { model, write } of EXAMINATIONS) {
    const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-bench-'));
    try {
      say(`${model}: simulating an examination`);
      await write(folder);
      for (const threads of [1, 2]) {
        say(`${model}: ${threads} thread${threads === 1 ? '' : 's'}`);
        rows.push(rowOf(model, threads, await figuresOf(model, threads, { folder, runs })));
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const heading = [
    'Model',
    'Threads',
    'Instances / frames / statements',
    'Seconds',
    'Frames/s',
    ...STAGE_NAMES.map((stage) => STAGES[stage].heading),
    'Pre + post of network',
    'Peak MiB',
  ];
  say(`\n${tableText(heading, rows)}`);
  say(
    'Median of the runs after one that warms up; stages are shares of all the time, on one thread of its CPU time, which other work of the machine does not stretch. ' +
      'Pre- and postprocessing (regions, text, planes, answers) are beside the network.',
  );
  await measureWholeCine(say, runs);
}
