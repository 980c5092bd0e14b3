// What the manifest keeps back of the tissue stays back in every form in which a result leaves the node.
import { describe, expect, test } from '@jest/globals';
import type { OutputFacts, ResultOf } from '../../../src/contracts/finding.ts';
import type { Reporting } from '../../../src/contracts/model.ts';
import { QUANTITY } from '../../../src/dicom/codes.ts';
import { notReliableReport, reportTree } from '../../../src/report/sr.ts';
import { srHtml } from '../../../src/report/sr-html.ts';
import { reportingOf } from '../../../src/report/words.ts';
import { ECHO_RESULT } from '../../support/capture-fixtures.ts';
import { bundleOf } from '../../support/fhir-objects.ts';
import { messageOf, reportParts } from '../../support/report-objects.ts';

const t1 = (id: string, reporting: Reporting): OutputFacts => ({
  id,
  concept: QUANTITY.t1,
  threshold: null,
  thresholdMethod: '',
  reporting,
});
const withOutputs = (...outputs: readonly OutputFacts[]): ResultOf<'echo-cmr'> => ({
  ...ECHO_RESULT,
  run: { ...ECHO_RESULT.run, outputs: [ECHO_RESULT.run.statement, ...outputs] },
  global: ECHO_RESULT.global === null ? null : { ...ECHO_RESULT.global, tissue: { ...ECHO_RESULT.global.tissue, t1Ms: 1357.1 } },
});

describe('T1 from echo', () => {
  test.each<[string, readonly OutputFacts[], Reporting]>([
    ['is off where the manifest does not name it', [], 'off'],
    ['is off where one of two outputs with its code is off, in either order', [t1('a', 'research'), t1('b', 'off')], 'off'],
    ['is off where the first of two is', [t1('a', 'off'), t1('b', 'clinical')], 'off'],
    ['is research where a site says so', [t1('a', 'research')], 'research'],
  ])('%s', (_, outputs, gate) => {
    const result = withOutputs(...outputs);
    expect(reportingOf(result.run, QUANTITY.t1)).toBe(gate);
    const document = notReliableReport(reportParts(result));
    expect(document === null).toBe(gate === 'off');
    // The report itself, its page, the message and the FHIR resources never have it, whatever the gate.
    const said = [srHtml(reportTree(reportParts(result))), messageOf(result).message, JSON.stringify(bundleOf(result))];
    for (const words of said) for (const trace of ['1357', '"113063"', '^T1']) expect(words).not.toContain(trace);
  });
});
