// What is compared for `vascular-sec`. In: the results of studies and the truth about them. Out: the cases of each output in the order of the
// table of Huang et al. 2024, and what was left out, with the reason. Pure.
import type { KeyframeResult, ResultOf, SectionResult } from '../contracts/finding.ts';
import type { SectionTruth, StudyTruth } from './leg-labels.ts';
import type { BinaryCase } from './metrics.ts';
import { byReason, type LeftOut } from './tasks.ts';

/** A case and where it comes from. `name` is short and holds no patient data. */
export type NamedCase = BinaryCase & { readonly studyInstanceUid: string; readonly name: string };

export type LegTask = {
  readonly id: 'longitudinal' | 'compression' | 'popliteal' | 'sec';
  readonly name: string;
  readonly per: 'keyframe' | 'section';
  readonly classes: readonly [negative: string, positive: string];
};

/** The outputs of the family; the order is that of the published table. */
export const LEG_TASKS: readonly LegTask[] = [
  { id: 'longitudinal', name: 'Transverse / longitudinal', per: 'keyframe', classes: ['transverse', 'longitudinal'] },
  { id: 'compression', name: 'Without / with compression', per: 'keyframe', classes: ['without', 'with'] },
  { id: 'popliteal', name: 'Anatomical view (CFV + FV / POP)', per: 'section', classes: ['CFV or FV', 'POP'] },
  { id: 'sec', name: 'Spontaneous echo contrast', per: 'section', classes: ['absent', 'present'] },
];

/** One study that was evaluated. */
export type LegStudy = { readonly result: ResultOf<'vascular-sec'>; readonly truth: StudyTruth };

/** Either a case, or the reason why there is none. */
type Compared = { readonly case: NamedCase } | { readonly reason: string };

type Matched = { readonly section: SectionResult; readonly truth: SectionTruth | null; readonly reason: string };

/** The labelled section that a result is about: by the labels of its images, else by the side and vein that the node read from the headers. */
function truthOf(section: SectionResult, truth: StudyTruth): Omit<Matched, 'section'> {
  const labels = section.keyframes.flatMap(({ sopInstanceUid }) => truth.instances.get(sopInstanceUid) ?? []);
  const places = labels.length > 0 ? labels : [section];
  const names = new Set(places.map(({ side, vein }) => `${side} ${vein}`));
  if (names.size > 1) return { truth: null, reason: 'the node took images of several labelled sections for one' };
  const found = truth.sections.find(({ side, vein }) => names.has(`${side} ${vein}`));
  return found === undefined ? { truth: null, reason: 'the section has no label' } : { truth: found, reason: '' };
}

/** Sections with their truth. A labelled section that the node split counts once, with the part that has most keyframes. */
function matched({ result, truth }: LegStudy): readonly Matched[] {
  const taken = new Set<SectionTruth>();
  const byKeyframes = [...result.sections].sort((a, b) => b.keyframes.length - a.keyframes.length);
  return byKeyframes.map((section) => {
    const found = truthOf(section, truth);
    if (found.truth === null) return { section, ...found };
    if (taken.has(found.truth))
      return { section, truth: null, reason: 'the node split a labelled section; its larger part counts' };
    taken.add(found.truth);
    return { section, ...found };
  });
}

function sectionCases(study: LegStudy, of: (section: SectionResult, truth: SectionTruth) => BinaryCase | string) {
  const sections = matched(study);
  const seen = new Set(sections.map(({ truth }) => truth));
  const compared = sections.map(({ section, truth, reason }): Compared => {
    if (truth === null) return { reason };
    const found = of(section, truth);
    if (typeof found === 'string') return { reason: found };
    return {
      case: { ...found, studyInstanceUid: study.truth.studyInstanceUid, name: `${truth.side} ${truth.vein}` },
    };
  });
  const without = study.truth.sections.filter((truth) => !seen.has(truth));
  return [...compared, ...without.map((): Compared => ({ reason: 'the labelled section has no result' }))];
}

function keyframeCases(
  study: LegStudy,
  of: (keyframe: KeyframeResult) => { readonly truth: boolean | null; readonly score: number },
) {
  return study.result.sections.flatMap(({ keyframes }) =>
    keyframes.map((keyframe): Compared => {
      if (!study.truth.instances.has(keyframe.sopInstanceUid)) return { reason: 'the image has no label' };
      const { truth, score } = of(keyframe);
      if (truth === null) return { reason: 'the label does not apply to the image, or says nothing' };
      const name = `${keyframe.sopInstanceUid} frame ${keyframe.frameNumber}`;
      return { case: { truth, score, studyInstanceUid: study.truth.studyInstanceUid, name } };
    }),
  );
}

const COMPARE: Readonly<Record<LegTask['id'], (study: LegStudy) => readonly Compared[]>> = {
  longitudinal: (study) =>
    keyframeCases(study, ({ sopInstanceUid, longitudinal }) => ({
      truth: study.truth.instances.get(sopInstanceUid)?.longitudinal ?? null,
      score: longitudinal,
    })),
  compression: (study) =>
    keyframeCases(study, ({ sopInstanceUid, compression }) => ({
      truth: study.truth.instances.get(sopInstanceUid)?.compression ?? null,
      score: compression,
    })),
  popliteal: (study) => sectionCases(study, ({ popliteal }, { vein }) => ({ truth: vein === 'POP', score: popliteal })),
  sec: (study) =>
    sectionCases(study, ({ sec, secProbability }, truth) =>
      sec === 'undetermined' ? 'the node makes no statement of the section' : { truth: truth.sec, score: secProbability },
    ),
};

/** Cases of one output over all studies, in their order, and counts of what was left out by reason. */
export function legCases(
  task: LegTask['id'],
  studies: readonly LegStudy[],
): { readonly cases: readonly NamedCase[]; readonly leftOut: readonly LeftOut[] } {
  const compared = studies.flatMap(COMPARE[task]);
  const reasons = compared.flatMap((one) => ('reason' in one ? [one.reason] : []));
  return {
    cases: compared.flatMap((one) => ('case' in one ? [one.case] : [])),
    leftOut: byReason(reasons),
  };
}
