// How an instance joins its study. In: the study as it is, or null, and the arriving instance. Out: the study as it becomes. Pure.
// It lives beside the rows because instance and study are written in one transaction, and neither intake nor the store may import study/.
import type { Study } from '../contracts/study.ts';

/** A study before it has a key. */
export type StudyFacts = Omit<Study, 'studyKey'>;

export type ArrivingInstance = {
  readonly studyInstanceUid: string;
  readonly accessionNumber: string;
  readonly callingAeTitle: string;
};

/**
 * The first instance opens the study at revision 1; one that arrives after completion opens the next revision. The first accession number
 * that is not empty stays. `now` in epoch ms; a clock that was set back does not move `lastInstanceAt` back.
 */
export function foldInstance(study: StudyFacts | null, instance: ArrivingInstance, now: number): StudyFacts {
  if (study === null) {
    return {
      ...instance,
      state: 'open',
      revision: 1,
      instanceCount: 1,
      firstInstanceAt: now,
      openedAt: now,
      lastInstanceAt: now,
      completedAt: null,
    };
  }
  const late = study.state === 'complete';
  return {
    ...study,
    accessionNumber: study.accessionNumber === '' ? instance.accessionNumber : study.accessionNumber,
    state: 'open',
    revision: late ? study.revision + 1 : study.revision,
    instanceCount: study.instanceCount + 1,
    openedAt: late ? now : study.openedAt,
    lastInstanceAt: Math.max(now, study.lastInstanceAt),
    completedAt: null,
  };
}
