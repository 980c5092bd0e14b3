// `vascular-sec` evaluated. In: runs over labelled studies and the manifest. Out: the tasks of the family with their figures, and every single case.
import type { ModelManifest } from '../contracts/model.ts';
import { LEG_TASKS, type LegStudy, legCases, type NamedCase } from './leg-cases.ts';
import { type BinaryTask, binaryTask } from './tasks.ts';

export type LegOptions = {
  readonly resamples: number;
  /** A stream of chance for one output; uniform in [0, 1). */
  readonly chanceFor: (taskId: string) => () => number;
};

export type TaskCases = { readonly taskId: string; readonly cases: readonly NamedCase[] };

/** One task per output, in the order of the published table. */
export function legTasks(
  studies: readonly LegStudy[],
  manifest: ModelManifest,
  { resamples, chanceFor }: LegOptions,
): { readonly tasks: readonly BinaryTask[]; readonly cases: readonly TaskCases[] } {
  const found = LEG_TASKS.map((task) => {
    const { cases, leftOut } = legCases(task.id, studies);
    const output = manifest.outputs.find(({ id }) => id === task.id);
    const head = { ...task, leftOut, evidence: output?.evidence ?? [] };
    const options = {
      resamples,
      chance: chanceFor(task.id),
      threshold: output?.threshold,
      thresholdMethod: output?.thresholdMethod,
    };
    return { task: binaryTask(head, cases, options), cases: { taskId: task.id, cases } };
  });
  return { tasks: found.map(({ task }) => task), cases: found.map(({ cases }) => cases) };
}

/** Every case as comma-separated values, for figures that this page does not have. Truth is 1 for the positive class. */
export function casesText(all: readonly TaskCases[]): string {
  const rows = all.flatMap(({ taskId, cases }) =>
    cases.map(({ studyInstanceUid, name, truth, score }) => [taskId, studyInstanceUid, name, Number(truth), score].join(',')),
  );
  return `${['output,study_instance_uid,case,truth,score', ...rows].join('\n')}\n`;
}
