// sonorelay evaluate: a model over labelled studies, in the form of the papers. In: a folder of DICOM files and their labels. Out: a table on the terminal,
// and report.html, metrics.json and cases.csv in a folder; exit code 0, or that of the fault that kept a study from being evaluated.
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type CatalogueEntry, loadCatalogue } from '../analysis/catalogue.ts';
import { resolved } from '../config/preflight.ts';
import type { StoredInstance } from '../contracts/instance.ts';
import { type AnalyserPool, startAnalyserPool } from '../edge/analyser-pool.ts';
import { DEFAULT_RESAMPLES } from '../evaluation/bootstrap.ts';
import { type CohortFile, type CohortStudy, filesBelow, readCohort } from '../evaluation/cohort.ts';
import { type Evaluation, evaluationSummary } from '../evaluation/evaluation.ts';
import { evaluationOf, type FamilyEvaluation } from '../evaluation/families.ts';
import { tablesOf } from '../evaluation/paper-table.ts';
import { evaluationReport, REFERENCE_NOTICE } from '../evaluation/report.ts';
import { type RunParts, runStudies, type StudyRun } from '../evaluation/run-studies.ts';
import { byReason } from '../evaluation/tasks.ts';
import { errorText, fault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { VERSION } from '../kernel/version.ts';
import { randomFrom } from '../phantom/random.ts';
import { planAnalysis } from '../routing/plan.ts';
import { compileRules } from '../routing/rules.ts';
import { openLedger } from '../store/ledger.ts';
import { configFileOf, type OpenConfig, openConfig, parseOptions } from './arguments.ts';
import { tableText } from './table.ts';

const HELP = `Usage: sonorelay evaluate --model ID --data DIR [--labels FILE] [--out DIR] [--config FILE] [--resamples N] [--seed N]

Runs a model of the models folder over the DICOM files below DIR, as the node would, compares the answers with the labels, and prints the table
that papers print. report.html, metrics.json and cases.csv in the output folder have the rest.

  --model ID       a folder of models.folder of the configuration; it need not be in models.use
  --data DIR       DICOM files, in any folders; studies are told apart by their Study Instance UID
  --labels FILE    labels of one study or a list of them; a folder: every labels.json below it (default: DIR)
  --out DIR        made when missing (default: evaluation-out). Results are kept in it: a run that was stopped goes on, an unchanged one is quick
  --resamples N    bootstrap resamples of the 95 % intervals (default: ${DEFAULT_RESAMPLES})
  --seed N         seed of the bootstrap (default: 1)`;

/** One stopped by Ctrl-C, by the custom of shells. */
const STOPPED = 130;
const MOST_RESAMPLES = 1_000_000;
const MOST_TOLD = 5;
const nothingToLog: Log = () => undefined;

type Settings = {
  readonly modelId: string;
  readonly data: string;
  readonly labels: string;
  readonly out: string;
  readonly resamples: number;
  readonly seed: number;
};

const countOf = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function settingsOf(values: Readonly<Record<string, string | boolean | undefined>>): Settings {
  const { model, data, labels, out, resamples, seed } = values;
  if (typeof model !== 'string' || typeof data !== 'string') throw fault('usage', `--model and --data are needed.\n\n${HELP}`);
  const whole = (name: string, value: unknown, { least, most }: { least: number; most: number }): number => {
    const found = Number(value);
    if (typeof value === 'string' && value.trim() !== '' && Number.isInteger(found) && found >= least && found <= most)
      return found;
    throw fault('usage', `--${name} takes a whole number from ${least} to ${most}.\n\n${HELP}`);
  };
  return {
    modelId: model,
    data: path.resolve(data),
    labels: path.resolve(typeof labels === 'string' ? labels : data),
    out: path.resolve(String(out)),
    resamples: whole('resamples', resamples, { least: 1, most: MOST_RESAMPLES }),
    seed: whole('seed', seed, { least: 0, most: 2 ** 31 }),
  };
}

export async function evaluate(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const values = parseOptions(
    args,
    {
      model: text,
      data: text,
      labels: text,
      out: { type: 'string', default: 'evaluation-out' },
      config: { type: 'string', short: 'c' },
      resamples: { type: 'string', default: String(DEFAULT_RESAMPLES) },
      seed: { type: 'string', default: '1' },
    },
    HELP,
  );
  if (values === null) return 0;
  const settings = settingsOf(values);
  const opened = await openConfig(configFileOf(values));
  const modelsFolder = resolved(opened.baseFolder, opened.config.models.folder);
  const entry = (await loadCatalogue(modelsFolder, [settings.modelId])).get(settings.modelId);
  if (entry === undefined) throw fault('model-invalid', settings.modelId);
  const evaluation = evaluationOf(entry.manifest.family);
  await readLabels(settings.labels, evaluation);
  const { labelled, leftOut } = await findStudies(settings, evaluation.labelled());
  const runs = await analyseAll(labelled, { settings, entry, opened, modelsFolder });
  if (runs.length < labelled.length) {
    say(`Stopped: ${runs.length} of ${labelled.length} studies are kept in ${settings.out}. The same command goes on.`);
    return STOPPED;
  }
  await tell(runs, { settings, entry, evaluation, leftOut });
  const failed = runs.flatMap(({ outcome }) => (outcome.kind === 'failed' ? [outcome.problem] : []));
  const [first] = failed;
  if (first !== undefined)
    throw fault(first.code, `${first.detail} (${failed.length} of ${runs.length} studies failed and are not in the figures.)`);
  return 0;
}

async function readLabels(place: string, evaluation: FamilyEvaluation): Promise<void> {
  let files: readonly string[] = [place];
  try {
    if ((await stat(place)).isDirectory())
      files = (await filesBelow(place)).filter((file) => path.basename(file) === 'labels.json');
  } catch (error) {
    throw fault('evaluation-data-invalid', `${place}: ${errorText(error)}`, error);
  }
  if (files.length === 0) throw fault('evaluation-data-invalid', `${place}: there is no labels.json below it`);
  for (const file of files) evaluation.addLabels(await readJson(file), file);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw fault('evaluation-data-invalid', `${file}: ${errorText(error)}`, error);
  }
}

/** Studies that have files and labels, and the reasons of the others. What an earlier run left in the output folder is no data. */
async function findStudies(settings: Settings, truths: ReadonlySet<string>) {
  const files = (await filesBelow(settings.data)).filter((file) => !file.startsWith(settings.out + path.sep));
  const cohort = await readCohort(files, progressLine('reading headers'));
  for (const { file, because } of cohort.unusable.slice(0, MOST_TOLD)) say(`not used: ${file}: ${because}`);
  if (cohort.unusable.length > MOST_TOLD) say(`not used: ${cohort.unusable.length - MOST_TOLD} more files`);
  const labelled = cohort.studies.filter(({ studyInstanceUid }) => truths.has(studyInstanceUid));
  if (labelled.length === 0)
    throw fault('evaluation-data-invalid', `Of ${cohort.studies.length} studies below ${settings.data} none has labels.`);
  const without = cohort.studies.length - labelled.length;
  const lost = truths.size - labelled.length;
  const leftOut = [
    ...(without > 0 ? [{ reason: 'the study has no labels', count: without }] : []),
    ...(lost > 0 ? [{ reason: 'the study has labels, but no file', count: lost }] : []),
  ];
  return { labelled, leftOut };
}

type Analysing = {
  readonly settings: Settings;
  readonly entry: CatalogueEntry;
  readonly opened: OpenConfig;
  readonly modelsFolder: string;
};

/** Runs the studies in analysis processes as the node has them; they are started when the first study needs them. */
async function analyseAll(studies: readonly CohortStudy[], parts: Analysing): Promise<readonly StudyRun[]> {
  const { settings, entry, opened, modelsFolder } = parts;
  const { analysis } = opened.config;
  const workFolder = path.join(settings.out, 'work');
  await mkdir(workFolder, { recursive: true, mode: 0o700 });
  // Held like a spool: a second evaluation into the same folder is refused.
  const hold = await openLedger(workFolder);
  for (const left of ['inputs', 'results']) await rm(path.join(workFolder, left), { recursive: true, force: true });
  let pool: AnalyserPool | null = null;
  const running = (): AnalyserPool => {
    pool ??= startAnalyserPool({
      models: [settings.modelId],
      modelsFolder,
      spoolFolder: workFolder,
      providers: analysis.providers,
      threadsPerChild: analysis.threadsPerProcess,
      jobTimeoutMs: analysis.timeoutSeconds * 1000,
      children: analysis.processes,
      log: nothingToLog,
    });
    return pool;
  };
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await runStudies(studies, {
      modelId: settings.modelId,
      modelDigest: entry.digest,
      softwareVersion: VERSION,
      limits: {
        maxPixels: analysis.maxPixels,
        maxFrames: analysis.maxFrames,
        maxFrameBytes: analysis.maxPixels * 3,
      },
      select: selector(entry),
      analyse: async (request, signal) => {
        await running().ready();
        return running().analyse(request, signal);
      },
      mostAttempts: analysis.mostAttempts,
      lanes: analysis.processes,
      keptFolder: path.join(settings.out, 'studies'),
      workFolder,
      stop: stopping.signal,
      onStudy: studyProgress(studies.length),
    });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await (pool as AnalyserPool | null)?.stop();
    await hold.close();
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** What the planning of the node would give the model if a route sent it everything. */
function selector({ manifest }: CatalogueEntry): RunParts['select'] {
  const rules = compileRules([{ name: 'evaluation', when: {}, models: [manifest.id], destinations: [] }]);
  const models = [{ ...manifest, modalities: ['US'] }];
  return (files) => {
    const plan = planAnalysis({ instances: files.map(asStored), rules, models, earlier: [] });
    const [step] = plan.steps;
    if (step === undefined) return { reason: plan.skipped[0]?.reason ?? 'no-analysable-instance' };
    return { files: files.filter((_, index) => step.instanceKeys.includes(index)) };
  };
}

/** A file as the row that planning reads; what only the ledger knows is empty. */
const asStored = ({ header, path: spoolPath }: CohortFile, instanceKey: number): StoredInstance => ({
  ...header,
  instanceKey,
  studyKey: 0,
  revision: 1,
  spoolPath,
  byteLength: 0,
  sha256: '',
  callingAeTitle: '',
  receivedAt: 0,
});

/** A line that is written over on a terminal; in a file only its last state stands. */
function progressLine(what: string): (done: number, total: number) => void {
  return (done, total) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${what}: ${done}/${total}${done === total ? '\n' : ''}`);
    else if (done === total) say(`${what}: ${done}/${total}`);
  };
}

const duration = (ms: number): string => (ms < 90_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms / 60_000)} min`);

/** A line a study. Remaining time by the mean of those analysed now; kept results cost next to nothing. */
function studyProgress(total: number): RunParts['onStudy'] {
  const begun = performance.now();
  let done = 0;
  let analysed = 0;
  return ({ outcome }) => {
    done += 1;
    if (outcome.kind !== 'done' || !outcome.reused) analysed += 1;
    const words = {
      done: outcome.kind === 'done' && outcome.reused ? 'kept result' : 'analysed',
      'not-run': outcome.kind === 'not-run' ? `not run: ${outcome.reason}` : '',
      failed: outcome.kind === 'failed' ? `failed: ${outcome.problem.code} ${outcome.problem.detail}` : '',
    }[outcome.kind];
    const remainingMs = analysed === 0 ? 0 : ((performance.now() - begun) / analysed) * (total - done);
    say(`study ${done}/${total} ${words}${done < total && analysed > 0 ? `; about ${duration(remainingMs)} left` : ''}`);
  };
}

type Telling = {
  readonly settings: Settings;
  readonly entry: CatalogueEntry;
  readonly evaluation: FamilyEvaluation;
  readonly leftOut: Evaluation['studies']['leftOut'];
};

/** Reckons the figures, prints the tables, writes the files. */
async function tell(runs: readonly StudyRun[], { settings, entry, evaluation: comparison, leftOut }: Telling): Promise<void> {
  const { manifest, digest } = entry;
  const studies = runs.flatMap(({ study, outcome }) =>
    outcome.kind === 'done' ? [{ result: outcome.result, files: study.files }] : [],
  );
  const results = studies.map(({ result }) => result);
  const { tasks, casesText } = comparison.evaluate(results, manifest, {
    resamples: settings.resamples,
    chanceFor: (taskId) => randomFrom('evaluation', settings.seed, taskId).next,
  });
  const notDone = runs.flatMap(({ outcome }) => {
    if (outcome.kind === 'not-run') return [outcome.reason];
    return outcome.kind === 'failed' ? [outcome.problem.code] : [];
  });
  const images = studies.flatMap(({ result, files }) => [
    ...result.skipped.map(({ reason }) => reason),
    ...new Array<string>(files.length - result.inputs.length).fill('not-for-this-model'),
  ]);
  const { id, name, version, referenceWeights, notice } = manifest;
  const evaluation: Evaluation = {
    model: { id, name, version, digest, referenceWeights, notice },
    softwareVersion: VERSION,
    providers: [...new Set(studies.map(({ result }) => result.run.provider))].sort(),
    resamples: settings.resamples,
    seed: settings.seed,
    studies: { found: runs.length, evaluated: studies.length, leftOut: [...leftOut, ...byReason(notDone)] },
    imagesLeftOut: byReason(images),
    tasks,
  };
  await writeFile(path.join(settings.out, 'metrics.json'), `${JSON.stringify(evaluationSummary(evaluation), null, 2)}\n`);
  await writeFile(path.join(settings.out, 'report.html'), evaluationReport(evaluation));
  await writeFile(path.join(settings.out, 'cases.csv'), casesText);
  const lines = [
    `${id} ${version} on ${countOf(studies.length, 'study', 'studies')}`,
    ...(referenceWeights ? [REFERENCE_NOTICE] : []),
    notice,
    ...tablesOf(evaluation).map(
      ({ heading, rows }) =>
        `\n${tableText(
          heading,
          rows.map(({ cells }) => cells),
        )}`,
    ),
    '',
    ...tasks.flatMap((task) =>
      task.leftOut.map(({ count, reason }) => `${task.name}: ${countOf(count, task.per)} left out: ${reason}`),
    ),
    ...evaluation.studies.leftOut.map(({ count, reason }) => `${countOf(count, 'study', 'studies')} left out: ${reason}`),
    `Written: ${['report.html', 'metrics.json', 'cases.csv'].map((file) => path.join(settings.out, file)).join(' ')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
