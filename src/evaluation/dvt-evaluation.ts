// `vascular-dvt` evaluated. In: the results of studies and the truth about them. Out: landmark and lumen of each answered frame (the table of Tanno et al.
// 2018), compressibility by side and landmark, and every single case. Pure.
import type { Compressibility, CompressionCourse, Landmark, ResultOf, Side } from '../contracts/finding.ts';
import type { ModelManifest } from '../contracts/model.ts';
import type { BootstrapOptions } from './bootstrap.ts';
import type { DvtCineTruth, DvtTruth } from './dvt-labels.ts';
import type { ClassCase } from './multi-class.ts';
import { binaryTask, byReason, multiClassTask, type Task } from './tasks.ts';

/** One study that was evaluated. */
export type DvtStudy = { readonly result: ResultOf<'vascular-dvt'>; readonly truth: DvtTruth };

export type DvtOptions = {
  readonly resamples: number;
  /** A stream of chance for one output; uniform in [0, 1). */
  readonly chanceFor: (taskId: string) => BootstrapOptions['chance'];
};

/** One answered frame. `open` is P(open); `isOpen` the truth, null where no vein is in view. */
export type FrameCase = ClassCase & {
  readonly sopInstanceUid: string;
  readonly frameNumber: number;
  readonly open: number;
  readonly isOpen: boolean | null;
};

/** One landmark of one side of a study. */
export type LandmarkCase = ClassCase & { readonly studyInstanceUid: string; readonly side: Side; readonly landmark: Landmark };

const PLACES: readonly (Landmark | 'background')[] = ['background', 'SFJ', 'GSV'];
const PLACE_NAMES = ['background', 'LM1 (SFJ)', 'LM2 (GSV)'] as const;
/** From no statement to the worst; of several cines of a landmark the worst counts, as in the node. */
const STATEMENTS: readonly Compressibility[] = ['fully', 'partially', 'non-compressible', 'indeterminate'];
const BADNESS: readonly Compressibility[] = ['indeterminate', 'fully', 'partially', 'non-compressible'];

/** Every course of a study once: a cine that shows both landmarks stands in two results. */
function coursesOf({ result }: DvtStudy): readonly CompressionCourse[] {
  const byUid = new Map<string, CompressionCourse>();
  for (const { courses } of result.landmarks) for (const course of courses) byUid.set(course.cine.sopInstanceUid, course);
  return [...byUid.values()];
}

/** Answered frames with their labels, and why others have no place. */
export function frameCases(studies: readonly DvtStudy[]): {
  readonly cases: readonly FrameCase[];
  readonly reasons: readonly string[];
} {
  const cases: FrameCase[] = [];
  const reasons: string[] = [];
  for (const study of studies) {
    const courses = coursesOf(study);
    for (const { cine, frameNumbers, landmarks, open } of courses) {
      const { sopInstanceUid } = cine;
      const truth = study.truth.cines.get(sopInstanceUid);
      for (const [index, frameNumber] of frameNumbers.entries()) {
        const label = truth?.frames[frameNumber - 1];
        if (label === undefined) {
          reasons.push('the frame has no label');
          continue;
        }
        const shares = landmarks[index] ?? [1, 0, 0];
        cases.push({
          sopInstanceUid,
          frameNumber,
          truth: PLACES.indexOf(label.landmark),
          predicted: shares.indexOf(Math.max(...shares)),
          open: open[index] ?? 0,
          isOpen: label.open,
        });
      }
    }
    const seen = new Set(courses.map(({ cine }) => cine.sopInstanceUid));
    for (const { sopInstanceUid, frames } of study.truth.cines.values())
      if (!seen.has(sopInstanceUid))
        reasons.push(...frames.map(() => 'the node sees no landmark in the cine, or did not read it'));
  }
  return { cases, reasons };
}

const worst = (statements: readonly Compressibility[]): Compressibility =>
  BADNESS[Math.max(0, ...statements.map((one) => BADNESS.indexOf(one)))] ?? 'indeterminate';

/** Every labelled landmark of a side against the statement of the node; none is `indeterminate`. */
export function landmarkCases(studies: readonly DvtStudy[]): readonly LandmarkCase[] {
  return studies.flatMap(({ result, truth }) => {
    const cines: readonly DvtCineTruth[] = [...truth.cines.values()];
    const places = (['left', 'right', 'unknown'] as const).flatMap((side) =>
      (['SFJ', 'GSV'] as const).map((landmark) => ({ side, landmark })),
    );
    return places.flatMap(({ side, landmark }): LandmarkCase[] => {
      const labelled = cines.flatMap((cine) => (cine.side === side ? (cine.compressibility[landmark] ?? []) : []));
      if (labelled.length === 0) return [];
      const found = result.landmarks.find((one) => one.side === side && one.landmark === landmark);
      return [
        {
          studyInstanceUid: truth.studyInstanceUid,
          side,
          landmark,
          truth: STATEMENTS.indexOf(worst(labelled)),
          predicted: STATEMENTS.indexOf(found?.compressibility ?? 'indeterminate'),
        },
      ];
    });
  });
}

/** Landmark and lumen by frame, as the source paper reckons them, and the statements by side and landmark. */
export function dvtTasks(
  studies: readonly DvtStudy[],
  manifest: ModelManifest,
  { resamples, chanceFor }: DvtOptions,
): { readonly tasks: readonly Task[]; readonly frames: readonly FrameCase[]; readonly landmarks: readonly LandmarkCase[] } {
  const { cases, reasons } = frameCases(studies);
  const statements = landmarkCases(studies);
  const evidenceOf = (id: string) => manifest.outputs.find((output) => output.id === id)?.evidence ?? [];
  const output = manifest.outputs.find(({ id }) => id === 'open');
  const closedFrom = 1 - (output?.threshold ?? 0.5);
  const lumens = cases.flatMap(({ open, isOpen }) => (isOpen === null ? [] : [{ truth: !isOpen, score: 1 - open }]));
  const novein = new Array<string>(cases.length - lumens.length).fill('no vein is in view, or nothing is said of it');
  const lumenReasons = byReason([...reasons, ...novein]);
  const frame = { per: 'frame', leftOut: byReason(reasons) };
  return {
    tasks: [
      multiClassTask(
        { ...frame, id: 'landmark', name: 'Landmark', classes: PLACE_NAMES, evidence: evidenceOf('landmark') },
        cases,
        {
          resamples,
          chance: chanceFor('landmark'),
        },
      ),
      multiClassTask(
        {
          id: 'lumen',
          name: 'Open / closed',
          per: 'frame',
          classes: ['open', 'closed'],
          leftOut: lumenReasons,
          evidence: evidenceOf('open'),
        },
        lumens.map(({ truth, score }) => ({ truth: Number(truth), predicted: Number(score > closedFrom) })),
        { resamples, chance: chanceFor('lumen') },
      ),
      binaryTask(
        { id: 'open', name: 'Closed vein', per: 'frame', classes: ['open', 'closed'], leftOut: lumenReasons, evidence: [] },
        lumens,
        { resamples, chance: chanceFor('open'), threshold: closedFrom, thresholdMethod: output?.thresholdMethod },
      ),
      multiClassTask(
        {
          id: 'compressibility',
          name: 'Compressibility',
          per: 'landmark',
          classes: STATEMENTS,
          leftOut: [],
          evidence: evidenceOf('compressibility'),
        },
        statements,
        { resamples, chance: chanceFor('compressibility') },
      ),
    ],
    frames: cases,
    landmarks: statements,
  };
}

/** Every answered frame and every statement as comma-separated values. */
export function dvtCasesText(frames: readonly FrameCase[], landmarks: readonly LandmarkCase[]): string {
  const frameRows = frames.map(({ sopInstanceUid, frameNumber, truth, predicted, isOpen, open }) =>
    [
      'frame',
      `${sopInstanceUid} frame ${frameNumber}`,
      PLACES[truth],
      PLACES[predicted],
      isOpen === null ? '' : Number(isOpen),
      open,
    ].join(','),
  );
  const statementRows = landmarks.map(({ studyInstanceUid, side, landmark, truth, predicted }) =>
    ['landmark', `${studyInstanceUid} ${side} ${landmark}`, STATEMENTS[truth], STATEMENTS[predicted], '', ''].join(','),
  );
  return `${['per,case,truth,predicted,is_open,p_open', ...frameRows, ...statementRows].join('\n')}\n`;
}
