// What is to be analysed in a study revision, and why the rest is not. Types only; `routing/plan.ts` makes it, `analysis/` carries it out.

/** A condition on one instance; every given field must match. Texts match case-insensitively as regular expressions. */
export type RoutingCondition = {
  readonly callingAeTitle?: string | undefined;
  readonly modality?: string | undefined;
  readonly sopClassUid?: string | undefined;
  readonly bodyPartExamined?: string | undefined;
  readonly studyDescription?: string | undefined;
  readonly seriesDescription?: string | undefined;
};

/** Instances that meet `when` go to `models`; the first rule that matches an instance decides. */
export type RoutingRule = {
  readonly name: string;
  readonly when: RoutingCondition;
  readonly models: readonly string[];
  readonly destinations: readonly string[];
};

/** One model to run over some instances of the study. */
export type PlanStep = {
  readonly modelId: string;
  readonly modelVersion: string;
  readonly rule: string;
  readonly instanceKeys: readonly number[];
  readonly destinations: readonly string[];
};

/** Why a model does not run: a machine-readable reason, the rule that decided (or null when no rule names the model), a sentence for people. */
export type PlanSkip = {
  readonly modelId: string;
  readonly reason: 'no-rule-matches' | 'no-analysable-instance' | 'model-not-available' | 'late-arrival-ignored';
  readonly rule: string | null;
  readonly sentence: string;
};

export type AnalysisPlan = { readonly steps: readonly PlanStep[]; readonly skipped: readonly PlanSkip[] };

/** A step that an earlier revision of the study planned, whatever became of it. */
export type EarlierStep = {
  readonly modelId: string;
  readonly modelVersion: string;
  readonly revision: number;
  readonly instanceKeys: readonly number[];
};
