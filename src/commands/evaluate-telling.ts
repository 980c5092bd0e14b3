// What an evaluation tells. In: how far it is, and the runs of all studies. Out: lines on the terminal, and report.html, metrics.json and cases.csv in a folder.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CatalogueEntry } from '../analysis/catalogue.ts';
import { type Evaluation, evaluationSummary } from '../evaluation/evaluation.ts';
import type { FamilyEvaluation } from '../evaluation/families.ts';
import { countOf } from '../evaluation/figure.ts';
import { matrixTables, tablesOf } from '../evaluation/paper-table.ts';
import { evaluationReport, REFERENCE_NOTICE } from '../evaluation/report.ts';
import type { RunParts, StudyRun } from '../evaluation/run-studies.ts';
import { byReason } from '../evaluation/tasks.ts';
import { VERSION } from '../kernel/version.ts';
import { randomFrom } from '../phantom/random.ts';
import { tableText } from './table.ts';

/** A line on standard error. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A line that is written over on a terminal; in a file only its last state stands. */
export function progressLine(what: string): (done: number, total: number) => void {
  return (done, total) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${what}: ${done}/${total}${done === total ? '\n' : ''}`);
    else if (done === total) say(`${what}: ${done}/${total}`);
  };
}

const duration = (ms: number): string => (ms < 90_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms / 60_000)} min`);

/** A line a study. Remaining time by the mean of those analysed now; kept results cost next to nothing. */
export function studyProgress(total: number): RunParts['onStudy'] {
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
  readonly settings: { readonly out: string; readonly resamples: number; readonly seed: number };
  readonly entry: CatalogueEntry;
  readonly evaluation: FamilyEvaluation;
  readonly leftOut: Evaluation['studies']['leftOut'];
};

/** Reckons the figures, prints the tables, writes the files. */
export async function tell(
  runs: readonly StudyRun[],
  { settings, entry, evaluation: comparison, leftOut }: Telling,
): Promise<void> {
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
    `${id} ${version} on ${countOf(studies.length, 'study')}`,
    ...(referenceWeights ? [REFERENCE_NOTICE] : []),
    notice,
    ...[...tablesOf(evaluation), ...matrixTables(evaluation)].map(({ title, heading, rows }) => {
      const cells = rows.map((row) => row.cells);
      return `\n${title}\n${tableText(heading, cells)}`;
    }),
    '',
    ...tasks.flatMap((task) =>
      task.leftOut.map(({ count, reason }) => `${task.name}: ${countOf(count, task.per)} left out: ${reason}`),
    ),
    ...evaluation.studies.leftOut.map(({ count, reason }) => `${countOf(count, 'study')} left out: ${reason}`),
    `Written: ${['report.html', 'metrics.json', 'cases.csv'].map((file) => path.join(settings.out, file)).join(' ')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
