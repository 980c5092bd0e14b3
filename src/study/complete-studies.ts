// The turn that completes studies. In: open studies that are due. Out: each frozen at its revision with its jobs queued, in one transaction.
import type { RoutingRule } from '../contracts/plan.ts';
import type { CompletionPolicy, Study } from '../contracts/study.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Turn } from '../kernel/loop.ts';
import { type CataloguedModel, planAnalysis } from '../routing/plan.ts';
import { type CompiledRule, compileRules } from '../routing/rules.ts';
import type { Database } from '../store/database.ts';
import { completeStudy, earlierSteps, instancesOf, studiesToComplete } from '../store/studies.ts';
import { completion } from './completion.ts';

export type CompletionParts = {
  readonly db: Database;
  readonly policy: CompletionPolicy;
  /** Epoch ms since when this node can hear senders: silence before it says nothing. */
  readonly listeningSince: number;
  readonly rules: readonly RoutingRule[];
  readonly models: readonly CataloguedModel[];
  readonly clock: Clock;
  readonly log: Log;
  /** A hint that there may be jobs. */
  readonly onPlanned: (studyKey: number) => void;
};

const STUDIES_PER_TURN = 16;

/** A turn for the loop of kernel/loop.ts. Studies that are due at the same time are completed one by one, longest quiet first. */
export function completeStudies(parts: CompletionParts): Turn {
  const rules = compileRules(parts.rules);
  return async (signal) => {
    // After a restart every open study waits its quiet time anew: what came while the node was down, or was cut off by its end, is sent again.
    const now = parts.clock();
    if (now - parts.listeningSince < parts.policy.quietMs) return false;
    const due = await studiesToComplete(parts.db, parts.policy, now, STUDIES_PER_TURN);
    const failures: unknown[] = [];
    for (const study of due) {
      if (signal.aborted) return false;
      try {
        await planAndComplete(study, rules, parts);
      } catch (error) {
        // One study that cannot be planned must not keep those behind it waiting.
        failures.push(error);
      }
    }
    // Told by the loop, which pauses; the study is found again.
    if (failures.length > 0) throw failures[0];
    return due.length === STUDIES_PER_TURN;
  };
}

async function planAndComplete(study: Study, rules: readonly CompiledRule[], parts: CompletionParts): Promise<void> {
  const { studyKey, revision } = study;
  const now = parts.clock();
  const state = completion(study, parts.policy, now);
  if (!state.complete) return;
  const instances = await instancesOf(parts.db, studyKey);
  const earlier = revision === 1 ? [] : await earlierSteps(parts.db, studyKey, revision);
  const plan = planAnalysis({ instances, rules, models: parts.models, earlier });
  // False: an instance came since the study was read. It stays open and is found again when it is due.
  if (!(await completeStudy(parts.db, study, plan, now))) return;
  parts.log('study.complete', { study: studyKey, revision, instances: study.instanceCount, because: state.because });
  for (const step of plan.steps) parts.log('job.queued', { study: studyKey, model: step.modelId, revision });
  for (const skip of plan.skipped) {
    const { modelId: model, reason, rule } = skip;
    parts.log('plan.skipped', { study: studyKey, revision, model, reason, ...(rule === null ? {} : { rule }) });
  }
  if (plan.steps.length > 0) parts.onPlanned(studyKey);
}
