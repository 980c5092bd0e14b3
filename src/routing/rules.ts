// Rules over instances. In: rules as configured. Out: rules compiled once, and the first that an instance meets. Pure.
import type { StoredInstance } from '../contracts/instance.ts';
import type { RoutingCondition, RoutingRule } from '../contracts/plan.ts';

type Field = keyof RoutingCondition;

/** `whole`: the expression stands for the whole value, so that `US` is not met by `IVUS`. `within`: it is looked for in a text. */
const MATCHES: Readonly<Record<Field, 'whole' | 'within'>> = {
  callingAeTitle: 'whole',
  modality: 'whole',
  sopClassUid: 'whole',
  bodyPartExamined: 'within',
  studyDescription: 'within',
  seriesDescription: 'within',
};

/** Longest text of a sender that an expression is run over: bounds the time that a careless expression can take. */
const LONGEST_TEXT = 256;

export type CompiledRule = {
  readonly rule: RoutingRule;
  readonly conditions: readonly { readonly field: Field; readonly pattern: RegExp }[];
};

/** Throws SyntaxError for an expression that is none; the configuration was checked for that. */
export const compileRules = (rules: readonly RoutingRule[]): readonly CompiledRule[] =>
  rules.map((rule) => ({
    rule,
    conditions: (Object.keys(MATCHES) as Field[]).flatMap((field) => {
      const source = rule.when[field];
      if (source === undefined) return [];
      return [{ field, pattern: new RegExp(MATCHES[field] === 'whole' ? `^(?:${source})$` : source, 'iu') }];
    }),
  }));

/** The first rule whose every condition the instance meets; null when none does. */
export const ruleOf = (instance: Pick<StoredInstance, Field>, rules: readonly CompiledRule[]): RoutingRule | null =>
  rules.find(({ conditions }) =>
    conditions.every(({ field, pattern }) => pattern.test(instance[field].trim().slice(0, LONGEST_TEXT))),
  )?.rule ?? null;
