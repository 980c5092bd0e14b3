import { describe, expect, test } from '@jest/globals';
import type { ResultOf } from '../../../src/contracts/finding.ts';
import { retractedBundle, superseding } from '../../../src/fhir/withdraw.ts';
import { bundleOf, observationsOf, reportOf } from '../../support/fhir-objects.ts';
import { RESULT, section } from '../../support/report-fixture.ts';

const urlsOf = (bundle: ReturnType<typeof bundleOf>): readonly string[] => bundle.entry.map(({ request }) => request.url);

describe('a retracted result', () => {
  const sent = bundleOf(RESULT);
  const retracted = retractedBundle(sent);

  test('marks every resource that was sent as entered in error, under its id', () => {
    expect(urlsOf(retracted)).toEqual(urlsOf(sent));
    expect(retracted.entry.map(({ resource }) => resource.status)).toEqual([
      'entered-in-error',
      'entered-in-error',
      'entered-in-error',
    ]);
  });

  test('holds no value, no certainty and no sentence of the result, but still says whose it was', () => {
    for (const observation of observationsOf(retracted)) {
      for (const gone of ['valueCodeableConcept', 'interpretation', 'component', 'dataAbsentReason'])
        expect(observation).not.toHaveProperty(gone);
      expect(observation.subject).toEqual(observationsOf(sent)[0]?.subject);
    }
    const text = JSON.stringify(retracted);
    for (const told of ['PRESENT', '71.2', '52101004']) expect(text).not.toContain(told);
    expect(reportOf(retracted).conclusion).toContain('taken back');
  });
});

describe('a later revision', () => {
  const named = (vein: 'unknown' | 'CFV'): ResultOf<'vascular-sec'> => ({
    ...RESULT,
    revision: vein === 'unknown' ? 1 : 2,
    sections: [section('left', vein, { first: 1, weights: [1] })],
  });
  const [first, second] = [bundleOf(named('unknown')), bundleOf(named('CFV'))];

  test('takes back what it does not say any more, and nothing else', () => {
    const bundle = superseding(second, first);
    const gone = bundle.entry.filter(({ resource }) => resource.status === 'entered-in-error');
    expect(gone.map(({ request }) => request.url)).toEqual([urlsOf(first)[0]]);
    expect(bundle.entry.slice(gone.length)).toEqual(second.entry);
  });

  test('that says the same takes nothing back, and what was taken back stays so', () => {
    expect(superseding(second, second)).toEqual(second);
    const third = superseding(second, superseding(second, first));
    expect(third).toEqual(superseding(second, first));
  });
});
