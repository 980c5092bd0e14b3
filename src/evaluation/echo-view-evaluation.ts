// `echo-view` evaluated. In: the results of studies and the truth about them. Out: what the network takes each cine for against its label, and every case.
// Pure.
import type { EchoViewOrOther, ResultOf, ViewedCine } from '../contracts/finding.ts';
import type { ModelManifest } from '../contracts/model.ts';
import type { BootstrapOptions } from './bootstrap.ts';
import type { EchoTruth } from './echo-labels.ts';
import type { ClassCase } from './multi-class.ts';
import { byReason, multiClassTask, type Task } from './tasks.ts';

/** One study that was evaluated. */
export type ViewStudy = { readonly result: ResultOf<'echo-view'>; readonly truth: EchoTruth };

export type EchoOptions = {
  readonly resamples: number;
  /** A stream of chance for one output; uniform in [0, 1). */
  readonly chanceFor: (taskId: string) => BootstrapOptions['chance'];
};

const CLASSES: readonly EchoViewOrOther[] = ['A4C', 'A2C', 'PLAX', 'other'];

/** A cine and where it comes from. */
export type ViewCase = ClassCase & {
  readonly studyInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly probabilities: NonNullable<ViewedCine['probabilities']>;
};

/** What the network alone takes each cine for; what its labels say plays no part here. */
export function viewTasks(
  studies: readonly ViewStudy[],
  manifest: ModelManifest,
  { resamples, chanceFor }: EchoOptions,
): { readonly tasks: readonly Task[]; readonly cases: readonly ViewCase[] } {
  const cases: ViewCase[] = [];
  const reasons: string[] = [];
  for (const { result, truth } of studies) {
    const seen = new Set<string>();
    for (const { cine, probabilities } of result.cines) {
      const { sopInstanceUid } = cine;
      const label = truth.cines.get(sopInstanceUid);
      seen.add(sopInstanceUid);
      if (label === undefined) reasons.push('the cine has no label');
      else if (probabilities === null) reasons.push('the network did not look at the cine');
      else {
        const predicted = probabilities.indexOf(Math.max(...probabilities));
        const { studyInstanceUid } = truth;
        cases.push({ studyInstanceUid, sopInstanceUid, truth: CLASSES.indexOf(label.view), predicted, probabilities });
      }
    }
    for (const uid of truth.cines.keys()) if (!seen.has(uid)) reasons.push('the labelled cine has no result');
  }
  const evidence = manifest.outputs.find(({ id }) => id === 'view')?.evidence ?? [];
  const head = { id: 'view', name: 'View', per: 'cine', classes: CLASSES, leftOut: byReason(reasons), evidence };
  return { tasks: [multiClassTask(head, cases, { resamples, chance: chanceFor('view') })], cases };
}

/** Every cine as comma-separated values. */
export function viewCasesText(cases: readonly ViewCase[]): string {
  const rows = cases.map(({ studyInstanceUid, sopInstanceUid, truth, predicted, probabilities }) =>
    [studyInstanceUid, sopInstanceUid, CLASSES[truth], CLASSES[predicted], ...probabilities].join(','),
  );
  return `${['study_instance_uid,cine,truth,predicted,p_a4c,p_a2c,p_plax,p_other', ...rows].join('\n')}\n`;
}
