import { describe, expect, test } from '@jest/globals';
import type { StoredInstance } from '../../../src/contracts/instance.ts';
import type { EarlierStep, RoutingRule } from '../../../src/contracts/plan.ts';
import { type CataloguedModel, planAnalysis } from '../../../src/routing/plan.ts';
import { compileRules } from '../../../src/routing/rules.ts';
import { newInstance } from '../../support/store.ts';

const SR = { modality: 'SR', sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33' };

const stored = (instanceKey: number, changes: Partial<StoredInstance> = {}): StoredInstance => ({
  ...newInstance(1, instanceKey),
  instanceKey,
  studyKey: 1,
  revision: 1,
  receivedAt: 0,
  ...changes,
});
const model = (id: string, changes: Partial<CataloguedModel> = {}): CataloguedModel => ({
  id,
  version: '1.0.0',
  family: 'vascular-sec',
  lateArrival: 'supersede',
  mode: 'live',
  modalities: ['US'],
  ...changes,
});
const rule = (name: string, changes: Partial<RoutingRule> = {}): RoutingRule => ({
  name,
  when: {},
  models: ['vascular-sec'],
  destinations: ['PACS'],
  ...changes,
});
const plan = (
  instances: readonly StoredInstance[],
  rules: readonly RoutingRule[],
  options: {
    readonly models?: readonly CataloguedModel[];
    readonly earlier?: readonly EarlierStep[];
  } = {},
) =>
  planAnalysis({
    instances,
    rules: compileRules(rules),
    models: options.models ?? [model('vascular-sec')],
    earlier: options.earlier ?? [],
  });

describe('a step', () => {
  test('holds what the rule gives to the model and the model reads', () => {
    expect(plan([stored(2), stored(1), stored(3, SR)], [rule('legs')])).toEqual({
      steps: [{ modelId: 'vascular-sec', modelVersion: '1.0.0', rule: 'legs', instanceKeys: [1, 2], destinations: ['PACS'] }],
      skipped: [],
    });
  });

  test('takes instances of several rules together when they go to the same places', () => {
    const rules = [
      rule('left', { when: { seriesDescription: 'LT' }, destinations: ['PACS', 'EHR'] }),
      rule('rest', { destinations: ['EHR', 'PACS'] }),
    ];
    const { steps } = plan([stored(1), stored(2, { seriesDescription: 'RT' })], rules);
    expect(steps).toEqual([
      expect.objectContaining({ rule: 'left + rest', instanceKeys: [1, 2], destinations: ['PACS', 'EHR'] }),
    ]);
  });

  test('sends nothing to a place that its images were not routed to', () => {
    const rules = [rule('left', { when: { seriesDescription: 'LT' } }), rule('rest', { destinations: ['EHR'] })];
    const { steps } = plan([stored(1), stored(2, { seriesDescription: 'RT' })], rules);
    expect(steps.map((step) => [step.rule, step.instanceKeys, step.destinations])).toEqual([
      ['left', [1], ['PACS']],
      ['rest', [2], ['EHR']],
    ]);
  });

  test('takes only the SOP classes and modalities of its model', () => {
    const cine = '1.2.840.10008.5.1.4.1.1.3.1';
    const cines = model('vascular-sec', { analysableSopClasses: [cine] });
    expect(
      plan([stored(1), stored(2, { sopClassUid: cine })], [rule('legs')], { models: [cines] }).steps[0]?.instanceKeys,
    ).toEqual([2]);
    const any = model('vascular-sec', { modalities: [] });
    expect(plan([stored(1, { modality: 'OT' })], [rule('legs')], { models: [any] }).steps[0]?.instanceKeys).toEqual([1]);
  });
});

describe('every model gets a step or a reason:', () => {
  test('no route names it', () => {
    const models = [model('vascular-sec'), model('lung-score')];
    const { steps, skipped } = plan([stored(1)], [rule('legs')], { models });
    expect(steps).toHaveLength(1);
    expect(skipped).toEqual([
      { modelId: 'lung-score', reason: 'no-rule-matches', rule: null, sentence: 'No route names this model.' },
    ]);
  });

  test('a model in shadow runs, and its result goes nowhere', () => {
    const { steps } = plan([stored(1)], [rule('legs')], { models: [model('vascular-sec', { mode: 'shadow' })] });
    expect(steps.map((step) => step.destinations)).toEqual([[]]);
  });

  test('another route decided', () => {
    const { skipped } = plan([stored(1)], [rule('other', { models: [] }), rule('legs')]);
    expect(skipped).toEqual([
      {
        modelId: 'vascular-sec',
        reason: 'no-rule-matches',
        rule: null,
        sentence: 'No image of this study was decided by a route that names this model ("legs").',
      },
    ]);
  });

  test('nothing that it was given can be read', () => {
    const { skipped } = plan([stored(1, SR), stored(2, { modality: 'OT' })], [rule('legs')]);
    expect(skipped).toEqual([
      {
        modelId: 'vascular-sec',
        reason: 'no-analysable-instance',
        rule: 'legs',
        sentence: 'Route "legs" gives this model 2 objects (OT, SR), but it reads US images in SOP classes that hold frames.',
      },
    ]);
  });

  test('it is named by the deciding route and not loaded', () => {
    const { steps, skipped } = plan([stored(1)], [rule('legs', { models: ['vascular-sec', 'vascular-dvt'] })]);
    expect(steps).toHaveLength(1);
    expect(skipped).toEqual([expect.objectContaining({ modelId: 'vascular-dvt', reason: 'model-not-available', rule: 'legs' })]);
  });
});

describe('after a late arrival', () => {
  const earlier: EarlierStep = { modelId: 'vascular-sec', modelVersion: '1.0.0', revision: 1, instanceKeys: [1] };
  const late = [stored(1), stored(2)];

  test('a model runs again over all images', () => {
    expect(plan(late, [rule('legs')], { earlier: [earlier] }).steps[0]?.instanceKeys).toEqual([1, 2]);
  });

  test('a model that is set to ignore it does not, and says which report stands', () => {
    const models = [model('vascular-sec', { lateArrival: 'ignore' })];
    expect(plan(late, [rule('legs')], { models, earlier: [earlier] })).toEqual({
      steps: [],
      skipped: [
        {
          modelId: 'vascular-sec',
          reason: 'late-arrival-ignored',
          rule: 'legs',
          sentence: 'This model is set to leave its report of revision 1 as it is, whatever comes after it.',
        },
      ],
    });
  });

  test('a model that is set to ignore it still runs when it never ran', () => {
    const models = [model('vascular-sec', { lateArrival: 'ignore' })];
    expect(plan(late, [rule('legs')], { models }).steps).toHaveLength(1);
  });

  test('a model does not run over the images that it has reported on', () => {
    const { steps, skipped } = plan([stored(1), stored(2, SR)], [rule('legs')], { earlier: [earlier] });
    expect(steps).toEqual([]);
    expect(skipped).toEqual([expect.objectContaining({ reason: 'late-arrival-ignored', rule: 'legs' })]);
  });

  test('a new version of the model does', () => {
    const models = [model('vascular-sec', { version: '2.0.0' })];
    expect(plan([stored(1)], [rule('legs')], { models, earlier: [earlier] }).steps).toHaveLength(1);
  });
});

test('a study that no rule knows has a reason for each model and no step', () => {
  const models = [model('vascular-sec'), model('lung-score')];
  const { steps, skipped } = plan([stored(1)], [], { models });
  expect(steps).toEqual([]);
  expect(skipped.map((skip) => skip.reason)).toEqual(['no-rule-matches', 'no-rule-matches']);
});
