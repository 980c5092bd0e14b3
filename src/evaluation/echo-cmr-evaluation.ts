// `echo-cmr` evaluated as its source paper does. In: the results of studies and the truth about them. Out: wall motion of each view and of the heart, late
// enhancement, abnormal T1, T2 and ECV as ROC tasks; T1, T2 and ECV as quantities; and every single case. Pure.
import type { EchoView, ResultOf, TissueOutputs } from '../contracts/finding.ts';
import type { ModelManifest } from '../contracts/model.ts';
import type { Pair } from './agreement.ts';
import type { EchoTruth, TissueTruth } from './echo-labels.ts';
import type { EchoOptions } from './echo-view-evaluation.ts';
import type { BinaryCase } from './metrics.ts';
import { type BinaryTask, binaryTask, byReason, type QuantityTask, quantityTask, type Task } from './tasks.ts';

/** One study that was evaluated. */
export type CmrStudy = { readonly result: ResultOf<'echo-cmr'>; readonly truth: EchoTruth };

type Where = { readonly studyInstanceUid: string; readonly output: string };
export type CmrCase = Where & { readonly truth: number; readonly predicted: number };

const VIEWS: readonly EchoView[] = ['A4C', 'A2C', 'PLAX'];

/** Above these a value is abnormal (Sahashi and others 2024). */
const ABNORMAL_ABOVE = { t1Ms: 1060, t2Ms: 58, ecvPercent: 33 } as const;

const above = (value: number | null, limit: number): boolean | null => (value === null ? null : value > limit);

/** Classes of tissue: the output of the manifest, what the node gives, what is true. */
const TISSUE_CLASSES: readonly {
  readonly id: string;
  readonly name: string;
  readonly score: (tissue: TissueOutputs) => number;
  readonly truth: (tissue: TissueTruth) => boolean | null;
}[] = [
  {
    id: 'late-enhancement',
    name: 'Late enhancement, global',
    score: (tissue) => tissue.lateEnhancement,
    truth: (tissue) => tissue.lateEnhancement,
  },
  {
    id: 'abnormal-t1',
    name: 'Abnormal T1, global',
    score: (tissue) => tissue.abnormalT1,
    truth: ({ t1Ms }) => above(t1Ms, ABNORMAL_ABOVE.t1Ms),
  },
  {
    id: 'abnormal-t2',
    name: 'Abnormal T2, global',
    score: (tissue) => tissue.abnormalT2,
    truth: ({ t2Ms }) => above(t2Ms, ABNORMAL_ABOVE.t2Ms),
  },
  {
    id: 'abnormal-ecv',
    name: 'Abnormal ECV, global',
    score: (tissue) => tissue.abnormalEcv,
    truth: ({ ecvPercent }) => above(ecvPercent, ABNORMAL_ABOVE.ecvPercent),
  },
];

const QUANTITIES = [
  { id: 't1-ms', name: 'T1, global', unit: 'ms', key: 't1Ms' },
  { id: 't2-ms', name: 'T2, global', unit: 'ms', key: 't2Ms' },
  { id: 'ecv-percent', name: 'ECV, global', unit: '%', key: 'ecvPercent' },
] as const;

type Compared<T> = {
  readonly cases: readonly (T & { readonly studyInstanceUid: string })[];
  readonly reasons: readonly string[];
};

/** A case of every study, or the reason why it has none. */
function compare<T>(studies: readonly CmrStudy[], of: (study: CmrStudy) => T | string): Compared<T> {
  const cases: (T & { readonly studyInstanceUid: string })[] = [];
  const reasons: string[] = [];
  for (const study of studies) {
    const found = of(study);
    if (typeof found === 'string') reasons.push(found);
    else cases.push({ ...found, studyInstanceUid: study.truth.studyInstanceUid });
  }
  return { cases, reasons };
}

/** Truth of a view: abnormal when any labelled cine of it is. */
function viewTruth(view: EchoView, { cines }: EchoTruth): boolean | null {
  const known = [...cines.values()].flatMap((cine) => (cine.view === view ? (cine.wallMotionAbnormality ?? []) : []));
  return known.length === 0 ? null : known.some((abnormal) => abnormal);
}

const viewCase =
  (view: EchoView) =>
  ({ result, truth }: CmrStudy): BinaryCase | string => {
    const found = result.views.find((one) => one.view === view);
    const abnormal = viewTruth(view, truth);
    if (abnormal === null) return 'the study has no label of this view';
    if (found === undefined) return 'the node read no cine of this view';
    if (found.wallMotionAbnormality === 'undetermined') return 'the node makes no statement of this view';
    return { truth: abnormal, score: found.probability };
  };

function globalCase({ result, truth }: CmrStudy): BinaryCase | string {
  if (truth.wallMotionAbnormality === null) return 'the study has no label';
  if (result.global === null) return 'the node read none of the views';
  return { truth: truth.wallMotionAbnormality, score: result.global.probability };
}

/** The tasks of the source paper, wall motion first. */
export function cmrTasks(
  studies: readonly CmrStudy[],
  manifest: ModelManifest,
  { resamples, chanceFor }: EchoOptions,
): { readonly tasks: readonly Task[]; readonly cases: readonly CmrCase[] } {
  const rows: CmrCase[] = [];
  const headOf = (id: string, reasons: readonly string[]) => {
    const output = manifest.outputs.find((one) => one.id === id);
    return { output, head: { id, leftOut: byReason(reasons), evidence: output?.evidence ?? [] } };
  };
  const binary = (
    task: { readonly id: string; readonly name: string },
    of: (study: CmrStudy) => BinaryCase | string,
  ): BinaryTask => {
    const { cases, reasons } = compare(studies, of);
    const { output, head } = headOf(task.id, reasons);
    rows.push(
      ...cases.map(({ studyInstanceUid, truth, score }) => ({
        studyInstanceUid,
        output: task.id,
        truth: Number(truth),
        predicted: score,
      })),
    );
    return binaryTask({ ...head, name: task.name, per: 'study', classes: ['normal', 'abnormal'] }, cases, {
      resamples,
      chance: chanceFor(task.id),
      threshold: output?.threshold,
      thresholdMethod: output?.thresholdMethod,
    });
  };
  const quantity = ({ id, name, unit, key }: (typeof QUANTITIES)[number]): QuantityTask => {
    const { cases, reasons } = compare(studies, ({ result, truth }): Pair | string => {
      const value = truth.tissue[key];
      if (value === null) return 'the study has no label';
      return result.global === null ? 'the node read none of the views' : { truth: value, predicted: result.global.tissue[key] };
    });
    const { head } = headOf(id, reasons);
    rows.push(...cases.map((one) => ({ ...one, output: id })));
    return quantityTask({ ...head, name, unit, per: 'study' }, cases, { resamples, chance: chanceFor(id) });
  };
  const tasks = [
    ...VIEWS.map((view) => binary({ id: `wma-${view.toLowerCase()}`, name: `Wall motion, ${view}` }, viewCase(view))),
    binary({ id: 'wma-global', name: 'Wall motion, global' }, globalCase),
    ...TISSUE_CLASSES.map(({ id, name, score, truth }) =>
      binary({ id, name }, (study) => {
        const abnormal = truth(study.truth.tissue);
        if (abnormal === null) return 'the study has no label';
        const { global } = study.result;
        return global === null ? 'the node read none of the views' : { truth: abnormal, score: score(global.tissue) };
      }),
    ),
    ...QUANTITIES.map(quantity),
  ];
  return { tasks, cases: rows };
}

/** Every case as comma-separated values. */
export function cmrCasesText(cases: readonly CmrCase[]): string {
  const rows = cases.map(({ output, studyInstanceUid, truth, predicted }) =>
    [output, studyInstanceUid, truth, predicted].join(','),
  );
  return `${['output,study_instance_uid,truth,predicted', ...rows].join('\n')}\n`;
}
