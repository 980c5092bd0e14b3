// When a study counts as complete. In: the study, the policy, the time. Out: complete and why, or how long to wait. Pure.
// DICOM has no sign for "that was all": nothing arriving any more is the only evidence there is, and late images open a new revision.
import type { Completion, CompletionPolicy, Study } from '../contracts/study.ts';

/** `now` in epoch ms. The longest time counts from the first instance of the present revision. */
export function completion(study: Pick<Study, 'openedAt' | 'lastInstanceAt'>, policy: CompletionPolicy, now: number): Completion {
  const quietAt = study.lastInstanceAt + policy.quietMs;
  if (now >= quietAt) return { complete: true, because: 'quiet' };
  const longestAt = study.openedAt + policy.longestMs;
  if (now >= longestAt) return { complete: true, because: 'open too long' };
  return { complete: false, waitMs: Math.min(quietAt, longestAt) - now };
}
