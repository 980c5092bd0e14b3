// `lung-score` evaluated. In: the results of studies and the truth about them. Out: the score of each cine against its label, the total of each study, and
// every single case. Pure.
import type { LungCineResult, ResultOf } from '../contracts/finding.ts';
import type { ModelManifest } from '../contracts/model.ts';
import type { Pair } from './agreement.ts';
import type { BootstrapOptions } from './bootstrap.ts';
import type { LungTruth } from './lung-labels.ts';
import type { ClassCase } from './multi-class.ts';
import { byReason, multiClassTask, quantityTask, type Task } from './tasks.ts';

/** One study that was evaluated. */
export type LungStudy = { readonly result: ResultOf<'lung-score'>; readonly truth: LungTruth };

export type LungOptions = {
  readonly resamples: number;
  /** A stream of chance for one output; uniform in [0, 1). */
  readonly chanceFor: (taskId: string) => BootstrapOptions['chance'];
};

/** A cine and where it comes from. */
export type CineCase = ClassCase & {
  readonly studyInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly probabilities: LungCineResult['probabilities'];
  /** Whether the node makes the statement: else the network was not sure enough, or the cine is unfit. */
  readonly stated: boolean;
};

const CLASSES = ['score 0', 'score 1', 'score 2', 'score 3'] as const;

const mostProbable = (probabilities: LungCineResult['probabilities']): number =>
  probabilities.indexOf(Math.max(...probabilities));

/** Cines with their labels in the order of the results, and why others have no place. */
function cineCases(studies: readonly LungStudy[]): {
  readonly cases: readonly CineCase[];
  readonly reasons: readonly string[];
} {
  const cases: CineCase[] = [];
  const reasons: string[] = [];
  for (const { result, truth } of studies) {
    const seen = new Set<string>();
    for (const { cine, score, probabilities } of result.cines) {
      const { sopInstanceUid } = cine;
      const label = truth.cines.get(sopInstanceUid);
      seen.add(sopInstanceUid);
      if (label === undefined) reasons.push('the cine has no label');
      else {
        const predicted = score ?? mostProbable(probabilities);
        const { studyInstanceUid } = truth;
        cases.push({ studyInstanceUid, sopInstanceUid, truth: label.score, predicted, probabilities, stated: score !== null });
      }
    }
    for (const uid of truth.cines.keys()) if (!seen.has(uid)) reasons.push('the labelled cine has no result');
  }
  return { cases, reasons };
}

/** Totals over the areas that have both a label and a statement, so that what is missing on one side does not count as an error of the other. */
function totals(studies: readonly LungStudy[]): readonly Pair[] {
  return studies.flatMap(({ result, truth }) => {
    const areas = new Map<number, { readonly found: number; readonly labelled: number }>();
    for (const { area, score, cine } of result.cines) {
      const label = truth.cines.get(cine.sopInstanceUid);
      if (area === null || score === null || label === undefined) continue;
      const before = areas.get(area) ?? { found: 0, labelled: 0 };
      areas.set(area, { found: Math.max(before.found, score), labelled: Math.max(before.labelled, label.score) });
    }
    const sum = (of: 'found' | 'labelled'): number => [...areas.values()].reduce((total, area) => total + area[of], 0);
    return areas.size === 0 ? [] : [{ truth: sum('labelled'), predicted: sum('found') }];
  });
}

/** The most probable score of every cine, as the source paper reckons it; those of which the node makes a statement; and the totals. */
export function lungTasks(
  studies: readonly LungStudy[],
  manifest: ModelManifest,
  { resamples, chanceFor }: LungOptions,
): { readonly tasks: readonly Task[]; readonly cases: readonly CineCase[] } {
  const { cases, reasons } = cineCases(studies);
  const stated = cases.filter((one) => one.stated);
  const silent = new Array<string>(cases.length - stated.length).fill('the node gives no score');
  const head = { per: 'cine', classes: CLASSES, evidence: [] };
  const evidence = manifest.outputs.find(({ id }) => id === 'score')?.evidence ?? [];
  const total = { id: 'total', name: 'Total over the areas with a score', per: 'study', unit: '', leftOut: [], evidence: [] };
  return {
    tasks: [
      multiClassTask({ ...head, id: 'score', name: 'Score, most probable', leftOut: byReason(reasons), evidence }, cases, {
        resamples,
        chance: chanceFor('score'),
      }),
      multiClassTask(
        { ...head, id: 'stated-score', name: 'Score, as stated', leftOut: byReason([...reasons, ...silent]) },
        stated,
        { resamples, chance: chanceFor('stated-score') },
      ),
      quantityTask(total, totals(studies), { resamples, chance: chanceFor('total') }),
    ],
    cases,
  };
}

/** Every cine as comma-separated values. */
export function cineCasesText(cases: readonly CineCase[]): string {
  const rows = cases.map(({ studyInstanceUid, sopInstanceUid, truth, predicted, stated, probabilities }) =>
    [studyInstanceUid, sopInstanceUid, truth, predicted, Number(stated), ...probabilities].join(','),
  );
  return `${['study_instance_uid,cine,truth,most_probable,stated,p0,p1,p2,p3', ...rows].join('\n')}\n`;
}
