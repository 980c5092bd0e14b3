// Our documents against the rows of the templates: TID 1500 with 1204, 1001, 1600, 1410, 1501 and 4019. No tool checks these.
import { describe, expect, test } from '@jest/globals';
import type { AnalysisResult, OutputFacts } from '../../../src/contracts/finding.ts';
import { FINDING, QUANTITY } from '../../../src/dicom/codes.ts';
import { type Dataset, items, text } from '../../../src/dicom/dataset.ts';
import { notAnalysedReport, notReliableReport, REPORT_CLASSES, structuredReport } from '../../../src/report/sr.ts';
import { inClass } from '../../../src/report/sr-simpler.ts';
import { type ContentItem, codeOf, textOf, treeOf } from '../../../src/report/sr-tree.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { EMPTY_RESULT, RESULT } from '../../support/report-fixture.ts';
import { reportParts } from '../../support/report-objects.ts';
import { templateProblems } from '../../support/sr-template-rows.ts';

const FAMILIES: readonly AnalysisResult[] = [RESULT, DVT_RESULT, LUNG_RESULT, ECHO_RESULT];

const treeIn = (attributes: Dataset | null): ContentItem => {
  const tree = treeOf(attributes ?? {});
  if (tree === null) throw new Error('no document');
  return tree;
};

const letOut = (concept: OutputFacts['concept']): OutputFacts => ({
  ...ECHO_RESULT.run.statement,
  id: concept.value.toLowerCase(),
  concept,
});
const TISSUE = [FINDING.lateContrastEnhancement, QUANTITY.t1, FINDING.t1Class, QUANTITY.extracellularVolume].map(letOut);

describe.each(FAMILIES)('a $family document', (result) => {
  const report = structuredReport(reportParts(result));

  test('has the rows of its templates, no other, each as often as it may be there, and in their order', () => {
    expect(templateProblems(treeIn(report))).toEqual([]);
  });

  test('has the same rows in every SOP class that can hold them, under a UID of its own', () => {
    const uids = new Set<string>();
    for (const name of ['comprehensive', 'comprehensive-3d', 'enhanced'] as const) {
      const form = inClass(report, REPORT_CLASSES[name]);
      expect(templateProblems(treeIn(form))).toEqual([]);
      uids.add(text(form, 'SOPInstanceUID'));
    }
    expect(uids.size).toBe(3);
  });

  test('has no rows of numbers, regions and groups as Basic Text, but the observer, the language and the sentences', () => {
    const basic = treeIn(inClass(report, REPORT_CLASSES['basic-text']));
    const rows = basic.children.map(({ relation, value, concept }) => `${relation} ${value.type} ${concept?.value}`);
    expect(rows.slice(0, 3)).toEqual([
      'HAS CONCEPT MOD CODE 121049',
      'HAS OBS CONTEXT CODE 121005',
      'HAS OBS CONTEXT UIDREF 121012',
    ]);
    expect(rows.slice(-2)).toEqual(['CONTAINS CONTAINER 19005-8', 'CONTAINS CONTAINER 59776-5']);
    expect(basic.value).toEqual({ type: 'CONTAINER', template: '2000' });
    expect(JSON.stringify(basic)).not.toMatch(/"type":"(NUM|SCOORD)"/u);
  });

  test('of which nothing was seen, and the notice that it was not run, have them too', () => {
    const nothing = { sections: [], landmarks: [], cines: [], views: [], others: [], global: null };
    const empty: AnalysisResult = { ...result, ...nothing };
    for (const document of [structuredReport(reportParts(empty)), notAnalysedReport(reportParts(empty))])
      expect(templateProblems(treeIn(document))).toEqual([]);
  });

  test('names the device of the model, the algorithm and no verifying observer', () => {
    const [equipment] = items(report, 'ContributingEquipmentSequence');
    expect(text(equipment ?? {}, 'DeviceUID')).toMatch(/^2\.25\.\d+$/u);
    const next = structuredReport(reportParts({ ...result, run: { ...result.run, modelDigest: 'f'.repeat(64) } }));
    expect(text(items(next, 'ContributingEquipmentSequence')[0] ?? {}, 'DeviceUID')).not.toBe(text(equipment ?? {}, 'DeviceUID'));
    expect(report).not.toHaveProperty('VerifyingObserverSequence');
  });
});

test('the document of values that are not reliable has the rows of TID 1410, without a region those of TID 1501', () => {
  const run = { ...ECHO_RESULT.run, outputs: TISSUE };
  expect(templateProblems(treeIn(notReliableReport(reportParts({ ...ECHO_RESULT, run }))))).toEqual([]);
  expect(templateProblems(treeIn(notReliableReport(reportParts({ ...ECHO_RESULT, run, views: [] }))))).toEqual([]);
});

test('the check finds what is wrong: a foreign row, a row too late, one too many, a template that is not named', () => {
  const tree = treeIn(structuredReport(reportParts(EMPTY_RESULT)));
  const [language, ...rest] = tree.children;
  if (language === undefined) throw new Error('no language');
  const foreign = textOf('CONTAINS', FINDING.thrombus, 'x');
  const problems = (children: readonly ContentItem[]): string => templateProblems({ ...tree, children }).join('\n');
  expect(problems([...tree.children, foreign])).toContain('no row for CONTAINS TEXT 396339007 SCT');
  expect(problems([...rest, language])).toContain('stands too late');
  expect(problems(rest)).toContain('HAS CONCEPT MOD CODE 121049 DCM is there 0 times');
  expect(
    problems([codeOf('HAS CONCEPT MOD', { value: '121049', scheme: 'DCM', meaning: '' }, FINDING.thrombus), ...tree.children]),
  ).toContain('is there 2 times');
  expect(templateProblems({ ...tree, value: { type: 'CONTAINER', template: null } })[0]).toContain(
    'names template null, not 1500',
  );
});

test('the empty document of another tool is no such document', () => {
  expect(templateProblems(treeIn({ ValueType: 'CONTAINER', ConceptNameCodeSequence: [] }))[0]).toBe('root: is no 126000 DCM');
});
