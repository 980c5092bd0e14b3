// sonorelay evaluate: a model over labelled studies, in the form of the papers. In: a folder of DICOM files and their labels. Out: a table on the terminal,
// and report.html, metrics.json and cases.csv in a folder; exit code 0, or that of the fault that kept a study from being evaluated.
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type CatalogueEntry, loadCatalogue } from '../analysis/catalogue.ts';
import { resolved } from '../config/preflight.ts';
import type { StoredInstance } from '../contracts/instance.ts';
import { type AnalyserPool, startAnalyserPool } from '../edge/analyser-pool.ts';
import { DEFAULT_RESAMPLES } from '../evaluation/bootstrap.ts';
import { type CohortFile, type CohortStudy, filesBelow, readCohort } from '../evaluation/cohort.ts';
import { evaluationOf, type FamilyEvaluation } from '../evaluation/families.ts';
import { type RunParts, runStudies, type StudyRun } from '../evaluation/run-studies.ts';
import { errorText, fault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { VERSION } from '../kernel/version.ts';
import { planAnalysis } from '../routing/plan.ts';
import { compileRules } from '../routing/rules.ts';
import { openLedger } from '../store/ledger.ts';
import { configFileOf, type OpenConfig, openConfig, parseOptions } from './arguments.ts';
import { progressLine, say, studyProgress, tell } from './evaluate-telling.ts';

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
  await requireFolder(settings.data);
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

/** Said of the data first: by default they are the place of the labels too, whose words would lead astray. */
async function requireFolder(data: string): Promise<void> {
  const found = await stat(data).catch((error: unknown) => {
    throw fault('evaluation-data-invalid', `--data ${data}: ${errorText(error)}`, error);
  });
  if (!found.isDirectory()) throw fault('evaluation-data-invalid', `--data ${data}: is no folder`);
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
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fault('evaluation-data-invalid', `${file}: ${errorText(error)}`, error);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    // Of the words of the parser only the place: they quote the file, which may be an image with a name in it.
    const at = /\(line \d+ column \d+\)/.exec(errorText(error))?.[0] ?? '';
    throw fault('evaluation-data-invalid', `${file}: is not JSON ${at}`.trim(), error);
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
  try {
    await mkdir(workFolder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fault('usage', `--out ${settings.out}: cannot be written to (${errorText(error)})`, error);
  }
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
