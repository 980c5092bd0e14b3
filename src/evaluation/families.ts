// How each model family is evaluated. In: a family. Out: an evaluation that takes labels, then results, and gives the tasks of that family. One row a
// family; what is particular to it stands in files of its own.
import type { AnalysisResult, ResultOf } from '../contracts/finding.ts';
import type { ModelFamily, ModelManifest } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';
import { dvtCasesText, dvtTasks } from './dvt-evaluation.ts';
import { parseDvtLabels } from './dvt-labels.ts';
import { cmrCasesText, cmrTasks } from './echo-cmr-evaluation.ts';
import { parseEchoLabels } from './echo-labels.ts';
import { viewCasesText, viewTasks } from './echo-view-evaluation.ts';
import { casesText, legTasks } from './leg-evaluation.ts';
import { parseLegLabels } from './leg-labels.ts';
import { cineCasesText, lungTasks } from './lung-evaluation.ts';
import { parseLungLabels } from './lung-labels.ts';
import type { Task } from './tasks.ts';

export type EvaluationOptions = {
  readonly resamples: number;
  /** A stream of chance for one output; uniform in [0, 1). */
  readonly chanceFor: (taskId: string) => () => number;
};

export type Evaluated = {
  readonly tasks: readonly Task[];
  /** Every case as comma-separated values with a heading line, for figures that the report does not have. */
  readonly casesText: string;
};

/** An evaluation under way: labels first, then results. */
export type FamilyEvaluation = {
  /** Takes the labels of one file. Fault `evaluation-data-invalid` for what is no label or a study labelled twice. */
  readonly addLabels: (json: unknown, where: string) => void;
  readonly labelled: () => ReadonlySet<string>;
  /** Compares results with the labels of their studies; studies without labels are left out. */
  readonly evaluate: (results: readonly AnalysisResult[], manifest: ModelManifest, options: EvaluationOptions) => Evaluated;
};

/** What a family brings: how its labels are read, and the tasks that its results and truths give. */
type FamilyParts<F extends ModelFamily, T extends { readonly studyInstanceUid: string }> = {
  readonly family: F;
  readonly parse: (json: unknown, where: string) => readonly T[];
  readonly tasks: (
    studies: readonly { readonly result: ResultOf<F>; readonly truth: T }[],
    manifest: ModelManifest,
    options: EvaluationOptions,
  ) => Evaluated;
};

const isOf = <F extends ModelFamily>(family: F, result: AnalysisResult): result is AnalysisResult & ResultOf<F> =>
  result.family === family;

const evaluationBy =
  <F extends ModelFamily, T extends { readonly studyInstanceUid: string }>(parts: FamilyParts<F, T>) =>
  (): FamilyEvaluation => {
    const truths = new Map<string, T>();
    return {
      addLabels: (json, where) => {
        for (const truth of parts.parse(json, where)) {
          if (truths.has(truth.studyInstanceUid)) throw fault('evaluation-data-invalid', `${where}: a study is labelled twice`);
          truths.set(truth.studyInstanceUid, truth);
        }
      },
      labelled: () => new Set(truths.keys()),
      evaluate: (results, manifest, options) => {
        const studies = results.flatMap((result) => {
          const truth = truths.get(result.studyInstanceUid);
          return truth !== undefined && isOf(parts.family, result) ? [{ result, truth }] : [];
        });
        return parts.tasks(studies, manifest, options);
      },
    };
  };

const EVALUATIONS: Readonly<Partial<Record<ModelFamily, () => FamilyEvaluation>>> = {
  'vascular-sec': evaluationBy({
    family: 'vascular-sec',
    parse: parseLegLabels,
    tasks: (studies, manifest, options) => {
      const { tasks, cases } = legTasks(studies, manifest, options);
      return { tasks, casesText: casesText(cases) };
    },
  }),
  'vascular-dvt': evaluationBy({
    family: 'vascular-dvt',
    parse: parseDvtLabels,
    tasks: (studies, manifest, options) => {
      const { tasks, frames, landmarks } = dvtTasks(studies, manifest, options);
      return { tasks, casesText: dvtCasesText(frames, landmarks) };
    },
  }),
  'lung-score': evaluationBy({
    family: 'lung-score',
    parse: parseLungLabels,
    tasks: (studies, manifest, options) => {
      const { tasks, cases } = lungTasks(studies, manifest, options);
      return { tasks, casesText: cineCasesText(cases) };
    },
  }),
  'echo-view': evaluationBy({
    family: 'echo-view',
    parse: parseEchoLabels,
    tasks: (studies, manifest, options) => {
      const { tasks, cases } = viewTasks(studies, manifest, options);
      return { tasks, casesText: viewCasesText(cases) };
    },
  }),
  'echo-cmr': evaluationBy({
    family: 'echo-cmr',
    parse: parseEchoLabels,
    tasks: (studies, manifest, options) => {
      const { tasks, cases } = cmrTasks(studies, manifest, options);
      return { tasks, casesText: cmrCasesText(cases) };
    },
  }),
};

/** A new evaluation of `family`. Fault `model-invalid` for one that has none. */
export function evaluationOf(family: ModelFamily): FamilyEvaluation {
  const open = EVALUATIONS[family];
  if (open === undefined) throw fault('model-invalid', `there is no evaluation of the family ${family}`);
  return open();
}
