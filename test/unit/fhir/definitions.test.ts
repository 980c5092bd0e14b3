// Every resource against the definitions of FHIR R4 (4.0.1) by a validator of another make: names, types, cardinalities and required value sets.
import { describe, expect, test } from '@jest/globals';
import { Fhir } from 'fhir';
import type { AnalysisResult } from '../../../src/contracts/finding.ts';
import { retractedBundle } from '../../../src/fhir/withdraw.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { bundleOf, observationsOf } from '../../support/fhir-objects.ts';
import { EMPTY_RESULT, RESULT } from '../../support/report-fixture.ts';

const validator = new Fhir();

/** Errors with their places. Codes of preferred and example value sets are warnings: these leave the choice to us. */
function errorsOf(resource: object): readonly string[] {
  const { messages } = validator.validate(resource, { errorOnUnexpected: true });
  return messages
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ location, message }) => `${location}: ${message}`);
}

const RESULTS: readonly (readonly [string, AnalysisResult])[] = [
  ['vascular-sec', RESULT],
  ['vascular-sec without a section', EMPTY_RESULT],
  ['vascular-dvt', DVT_RESULT],
  ['lung-score', LUNG_RESULT],
  ['echo-cmr', ECHO_RESULT],
];

describe.each(RESULTS)('a bundle of %s', (_name, result) => {
  test('is valid with all its resources, also when it is taken back', () => {
    const sent = bundleOf(result);
    for (const bundle of [sent, retractedBundle(sent)]) {
      expect(errorsOf(bundle)).toEqual([]);
      for (const { resource } of bundle.entry) {
        expect(errorsOf(resource)).toEqual([]);
        if (resource.resourceType === 'Observation')
          for (const device of resource.contained) expect(errorsOf(device)).toEqual([]);
      }
    }
  });
});

test('the validator finds what is wrong', () => {
  const [first] = observationsOf(bundleOf(RESULT));
  if (first === undefined) throw new Error('There is no observation.');
  const { code: _code, ...rest } = first;
  const found = errorsOf({ ...rest, status: 'prelim', valueFoo: 1, bodySite: [{ text: 'x' }] }).join('\n');
  for (const wrong of ['Observation.status', 'Observation.code', 'Observation.valueFoo', 'Observation.bodySite'])
    expect(found).toContain(wrong);
});
