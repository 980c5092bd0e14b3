// What runs on a study. In: its instances, the rules, the models there are, and what earlier revisions planned.
// Out: a step or a skip with its reason for every model. Pure.
import type { StoredInstance } from '../contracts/instance.ts';
import type { LateArrivalPolicy, ModelFamily, ModelMode } from '../contracts/model.ts';
import type { AnalysisPlan, EarlierStep, PlanSkip, PlanStep, RoutingRule } from '../contracts/plan.ts';
import { isAnalysable } from '../dicom/sop-classes.ts';
import { type CompiledRule, ruleOf } from './rules.ts';

/** What planning needs to know of a model of the catalogue. */
export type CataloguedModel = {
  readonly id: string;
  readonly version: string;
  readonly family: ModelFamily;
  readonly lateArrival: LateArrivalPolicy;
  /** The results of a `shadow` model are kept and go to no destination. */
  readonly mode: ModelMode;
  /** SOP classes it reads; absent: every class whose frames can be read. */
  readonly analysableSopClasses?: readonly string[];
  /** Modality (0008,0060) of what it reads; none: any. */
  readonly modalities: readonly string[];
};

type PlanInput = {
  readonly instances: readonly StoredInstance[];
  readonly rules: readonly CompiledRule[];
  readonly models: readonly CataloguedModel[];
  /** Steps of earlier revisions, oldest first; none at revision 1. */
  readonly earlier: readonly EarlierStep[];
};

type Routed = { readonly instance: StoredInstance; readonly rule: RoutingRule };

/**
 * The first rule that an instance meets decides where it goes. Every model of the catalogue gets at least one step or exactly one skip;
 * a model that a deciding rule names and the catalogue does not hold gets a skip. Instances of several rules go into one step
 * when their destinations are the same, and into steps of their own when they are not: a result goes nowhere its images were not routed to.
 */
export function planAnalysis(input: PlanInput): AnalysisPlan {
  const routed = input.instances.flatMap((instance) => {
    const rule = ruleOf(instance, input.rules);
    return rule === null ? [] : [{ instance, rule }];
  });
  const plans = [
    ...input.models.map((model) => planModel(model, routed, input)),
    { steps: [], skipped: unavailable(routed, input.models) },
  ];
  return { steps: plans.flatMap((plan) => plan.steps), skipped: plans.flatMap((plan) => plan.skipped) };
}

function planModel(model: CataloguedModel, routed: readonly Routed[], input: PlanInput): AnalysisPlan {
  const given = routed.filter(({ rule }) => rule.models.includes(model.id));
  if (given.length === 0) return skip(model, 'no-rule-matches', null, noRuleSentence(model, input.rules));
  const readable = given.filter(({ instance }) => reads(model, instance));
  if (readable.length === 0) return skip(model, 'no-analysable-instance', ruleNames(given), unreadableSentence(model, given));

  const ran = input.earlier.filter((step) => step.modelId === model.id);
  const last = ran.at(-1);
  if (last !== undefined && model.lateArrival === 'ignore') {
    const sentence = `This model is set to leave its report of revision ${last.revision} as it is, whatever comes after it.`;
    return skip(model, 'late-arrival-ignored', ruleNames(readable), sentence);
  }
  const steps = stepsOf(model, readable);
  const news = steps.filter((step) => !ran.some((earlier) => isSame(step, earlier)));
  if (news.length > 0) return { steps: news, skipped: [] };
  const sentence = `No new image came that this model reads, and its version is the same. Its report of revision ${last?.revision} stands.`;
  return skip(model, 'late-arrival-ignored', ruleNames(readable), sentence);
}

const skip = (model: CataloguedModel, reason: PlanSkip['reason'], rule: string | null, sentence: string): AnalysisPlan => ({
  steps: [],
  skipped: [{ modelId: model.id, reason, rule, sentence }],
});

const reads = (model: CataloguedModel, instance: StoredInstance): boolean =>
  (model.analysableSopClasses?.includes(instance.sopClassUid) ?? isAnalysable(instance.sopClassUid)) &&
  (model.modalities.length === 0 || model.modalities.includes(instance.modality));

function stepsOf(model: CataloguedModel, readable: readonly Routed[]): readonly PlanStep[] {
  const groups = new Map<string, Routed[]>();
  for (const entry of readable) {
    const key = JSON.stringify([...new Set(entry.rule.destinations)].sort());
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()].map((group) => ({
    modelId: model.id,
    modelVersion: model.version,
    rule: ruleNames(group),
    instanceKeys: group.map(({ instance }) => instance.instanceKey).sort((a, b) => a - b),
    destinations: model.mode === 'shadow' ? [] : [...new Set(group[0]?.rule.destinations)],
  }));
}

/** The same model over the same images gives the same report: nothing to run again. */
const isSame = (step: PlanStep, earlier: EarlierStep): boolean =>
  step.modelVersion === earlier.modelVersion &&
  step.instanceKeys.length === earlier.instanceKeys.length &&
  step.instanceKeys.every((key) => earlier.instanceKeys.includes(key));

const ruleNames = (routed: readonly Routed[]): string => [...new Set(routed.map(({ rule }) => rule.name))].join(' + ');

function noRuleSentence(model: CataloguedModel, rules: readonly CompiledRule[]): string {
  const naming = rules.filter(({ rule }) => rule.models.includes(model.id)).map(({ rule }) => `"${rule.name}"`);
  if (naming.length === 0) return 'No route names this model.';
  return `No image of this study was decided by a route that names this model (${naming.join(', ')}).`;
}

function unreadableSentence(model: CataloguedModel, given: readonly Routed[]): string {
  const kinds = [...new Set(given.map(({ instance }) => instance.modality || 'without modality'))].sort().join(', ');
  const wanted = model.modalities.length === 0 ? 'images' : `${model.modalities.join(' or ')} images`;
  const objects = given.length === 1 ? '1 object' : `${given.length} objects`;
  return `Route "${ruleNames(given)}" gives this model ${objects} (${kinds}), but it reads ${wanted} in SOP classes that hold frames.`;
}

function unavailable(routed: readonly Routed[], models: readonly CataloguedModel[]): readonly PlanSkip[] {
  const names = new Set(routed.flatMap(({ rule }) => rule.models));
  return [...names]
    .filter((name) => !models.some((model) => model.id === name))
    .map((modelId) => {
      const rule = ruleNames(routed.filter((entry) => entry.rule.models.includes(modelId)));
      const sentence = `Route "${rule}" names this model, but the node has not loaded it.`;
      return { modelId, reason: 'model-not-available', rule, sentence };
    });
}
