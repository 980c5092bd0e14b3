import { describe, expect, test } from '@jest/globals';
import type {
  AnalysisResult,
  Compressibility,
  EchoGlobalResult,
  LandmarkResult,
  OutputFacts,
  ResultOf,
  Side,
} from '../../../src/contracts/finding.ts';
import type { Code, Reporting } from '../../../src/contracts/model.ts';
import { FINDING, QUANTITY } from '../../../src/dicom/codes.ts';
import { text } from '../../../src/dicom/dataset.ts';
import { part10 } from '../../../src/dicom/part10-write.ts';
import { notReliableReport, reportTree, structuredReport } from '../../../src/report/sr.ts';
import { srHtml } from '../../../src/report/sr-html.ts';
import { type ContentItem, codesIn, itemsIn, treeOf } from '../../../src/report/sr-tree.ts';
import type { Statement } from '../../../src/report/statement.ts';
import { lungCineKeys } from '../../../src/report/statement-keys.ts';
import { contentOf } from '../../../src/report/statements.ts';
import { told } from '../../../src/report/told.ts';
import { statementLines } from '../../../src/report/wording.ts';
import { CANARY, DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { RESULT } from '../../support/report-fixture.ts';
import { captureOf, messageOf, reportParts, TEMPLATES } from '../../support/report-objects.ts';

const ALL: readonly (readonly [string, AnalysisResult])[] = [RESULT, DVT_RESULT, LUNG_RESULT, ECHO_RESULT].map((one) => [
  one.family,
  one,
]);

const contentFor = (result: AnalysisResult) =>
  contentOf(result, TEMPLATES[result.family === 'echo-view' ? 'echo-cmr' : result.family]);
const statementOf = (result: AnalysisResult, key: string): Statement => {
  const found = contentFor(result).statements.find((one) => one.key === key);
  if (found === undefined) throw new Error(`no statement ${key}`);
  return found;
};
const groupsOf = (tree: ContentItem): readonly ContentItem[] =>
  itemsIn(tree).filter(({ concept }) => concept?.value === '125007');

describe.each(ALL)('the statements of %s', (_, result) => {
  const { statements } = contentFor(result);
  const tree = reportTree(reportParts(result));

  test('have keys, sub-ids and tracking UIDs of their own', () => {
    expect(statements.length).toBeGreaterThan(1);
    expect(new Set(statements.map(({ key }) => key)).size).toBe(statements.length);
    expect(new Set(statements.map(({ subId }) => subId)).size).toBe(statements.length);
    const uids = groupsOf(tree).map(({ children }) => children.find(({ value }) => value.type === 'UIDREF')?.value);
    expect(new Set(uids.map((value) => (value?.type === 'UIDREF' ? value.uid : ''))).size).toBe(groupsOf(tree).length);
  });

  test('are groups with a region each, as OHIF needs them, and with a page of their own', () => {
    for (const group of groupsOf(tree)) {
      expect(group.value).toEqual({ type: 'CONTAINER', template: '1410' });
      expect(group.children.filter(({ value }) => value.type === 'SCOORD')).toHaveLength(1);
      expect(group.children.filter(({ concept }) => concept === null)).toEqual([]);
      expect(group.children.filter(({ concept }) => concept?.value === '130401')).toHaveLength(1);
      expect(group.children.findIndex(({ value }) => value.type === 'UIDREF')).toBe(1);
    }
  });

  test('give codes and numbers that their value representations hold', () => {
    for (const code of codesIn(tree)) {
      expect(code.value.length).toBeLessThanOrEqual(16);
      expect(code.meaning.length).toBeLessThanOrEqual(64);
    }
    for (const { value } of itemsIn(tree)) if (value.type === 'NUM') expect(value.number).toMatch(/^\d{1,6}(\.\d{1,4})?$/u);
  });

  test('give no code two meanings', () => {
    const meanings = new Map<string, Set<string>>();
    for (const { value, scheme, meaning } of codesIn(tree))
      meanings.set(`${value} ${scheme}`, (meanings.get(`${value} ${scheme}`) ?? new Set()).add(meaning));
    expect([...meanings.values()].filter((set) => set.size > 1)).toEqual([]);
  });

  test('are read back from the document as they were', () => {
    expect(treeOf(structuredReport(reportParts(result)))).toEqual(tree);
  });

  test('without certainty, number and flag where they are undetermined', () => {
    for (const one of statements.filter(({ stated }) => !stated)) {
      expect([one.certainty, one.positive, one.main?.abnormal, one.answers.some(({ abnormal }) => abnormal)]).toEqual([
        null,
        false,
        false,
        false,
      ]);
      expect(one.numbers.filter(({ concept }) => concept === one.finding)).toEqual([]);
      expect(one.sentence).toMatch(/UNDETERMINED|INDETERMINATE|undetermined/u);
      expect(one.sentence).not.toContain('%');
    }
  });

  test('of nothing say that this is no negative result, in report and message', () => {
    const nothing = {
      sections: [],
      landmarks: [],
      cines: [],
      views: [],
      global: null,
      others: [],
      total: { total: 0, areasScored: 0, areasUnscored: [] },
    };
    const empty: AnalysisResult = { ...result, ...nothing };
    expect(contentFor(empty).statements).toEqual([]);
    const template = reportParts(empty).template;
    expect(statementLines(empty, template).join(' ')).toContain('This is not a negative result.');
    const rows = messageOf(empty)
      .message.split('\r')
      .map((line) => line.split('|'));
    expect(rows.filter((fields) => fields[0] === 'OBX' && fields[11] === 'X')).toHaveLength(1);
  });
});

describe('vein compressibility', () => {
  const landmark = (compressibility: Compressibility, rest: Partial<LandmarkResult> = {}): ResultOf<'vascular-dvt'> => {
    const [first] = DVT_RESULT.landmarks;
    if (first === undefined) throw new Error('no landmark');
    return { ...DVT_RESULT, landmarks: [{ ...first, compressibility, ...rest }] };
  };

  test('"fully compressible" is said as what the model sees and never without its caveat', () => {
    const { sentence } = statementOf(landmark('fully'), 'DVT L SFJ');
    expect(sentence).toContain('FULLY COMPRESSIBLE as the model sees it');
    expect(sentence).toContain('unlikely at this place, not excluded');
    expect(contentFor(landmark('fully')).caveats.join(' ')).toContain('not a compression ultrasound examination');
    expect(contentFor(landmark('non-compressible', { dvt: 'suspected' })).caveats).toEqual([]);
  });

  test('that is indeterminate says nothing of thrombosis, whatever stands beside it', () => {
    const statement = statementOf(landmark('indeterminate', { dvt: 'absent', certainty: 0.99 }), 'DVT L SFJ');
    expect(statement.answers).toMatchObject([{ concept: FINDING.deepVenousThrombosis, value: { meaning: 'Undetermined' } }]);
    expect([statement.stated, statement.certainty]).toEqual([false, null]);
  });

  test('is told in one line of at most 64 characters that ends with what the number is', () => {
    for (const side of ['left', 'right', 'unknown'] satisfies Side[])
      for (const name of ['fully', 'partially', 'non-compressible', 'indeterminate'] satisfies Compressibility[]) {
        const { spoken } = contentFor(landmark(name, { side })).statements[0] ?? statementOf(DVT_RESULT, '');
        expect(spoken.concept.meaning).toMatch(/, (certainty|cines)$/u);
        expect(spoken.concept.value.length).toBeLessThanOrEqual(16);
      }
  });
});

describe('the lung score', () => {
  test('the first cine of an area keeps its key when a second one comes', () => {
    expect(lungCineKeys([{ area: 7 }])).toEqual(['LUS area 07']);
    expect(lungCineKeys([{ area: 7 }, { area: null }, { area: 7 }, { area: null }])).toEqual([
      'LUS area 07',
      'LUS area unknown cine 1',
      'LUS area 07 cine 2',
      'LUS area unknown cine 2',
    ]);
  });

  test('the total is said with the areas that it is over, and names those that are missing', () => {
    const { sentence, numbers, spoken } = statementOf(LUNG_RESULT, 'LUS exam total');
    expect(sentence).toBe(
      'Lung ultrasound score: total 13 of at most 36 over 12 of 14 areas; INCOMPLETE, no score for areas 09 and 14, nothing is added for them.',
    );
    expect(numbers).toMatchObject([
      { concept: QUANTITY.lungTotalScore, number: '13', derivation: { meaning: 'Total' } },
      { concept: QUANTITY.lungAreasScored, number: '12', derivation: null },
    ]);
    expect(spoken.concept.meaning).toContain('over 12 of 14 areas');
  });

  test('without any scored area there is no total, not one of zero', () => {
    const cines = LUNG_RESULT.cines.map((one) => ({ ...one, score: null }));
    const total = { total: 0, areasScored: 0, areasUnscored: Array.from({ length: 14 }, (_, index) => index + 1) };
    const statement = statementOf({ ...LUNG_RESULT, cines, total }, 'LUS exam total');
    expect(statement.stated).toBe(false);
    expect(statement.numbers).toMatchObject([{ concept: QUANTITY.lungAreasScored, number: '0' }]);
    expect(statement.sentence).toContain('NO TOTAL');
  });
});

const PLANTED = {
  lateEnhancement: 0.7123,
  abnormalT1: 0.6123,
  abnormalT2: 0.5123,
  abnormalEcv: 0.4123,
  t1Ms: 1357.1,
  t2Ms: 53.7,
  ecvPercent: 29.3,
};
const TRACES = ['0.7123', '71.23', '0.6123', '61.23', '0.5123', '51.23', '0.4123', '41.23', '1357', '53.7', '29.3'];

describe('the tissue values of echo', () => {
  const output = (id: string, concept: Code, reporting: Reporting): OutputFacts => ({
    id,
    concept,
    threshold: 0.5,
    thresholdMethod: 'Youden',
    reporting,
  });
  const global: EchoGlobalResult | null = ECHO_RESULT.global === null ? null : { ...ECHO_RESULT.global, tissue: PLANTED };
  const planted = (reporting: Reporting): ResultOf<'echo-cmr'> => ({
    ...ECHO_RESULT,
    run: {
      ...ECHO_RESULT.run,
      outputs: [
        ECHO_RESULT.run.statement,
        output('lge', FINDING.lateContrastEnhancement, reporting),
        output('t1', QUANTITY.t1, reporting),
        output('t1-class', FINDING.t1Class, reporting),
        output('t2', QUANTITY.t2, reporting),
        output('t2-class', FINDING.t2Class, reporting),
        output('ecv', QUANTITY.extracellularVolume, reporting),
        output('ecv-class', FINDING.extracellularVolumeClass, reporting),
      ],
    },
    views: ECHO_RESULT.views.map((view) => ({ ...view, tissue: PLANTED })),
    global,
  });
  const bytesOf = (result: ResultOf<'echo-cmr'>): string => {
    const parts = reportParts(result);
    const objects = [structuredReport(parts), captureOf(result)].map((attributes) =>
      Buffer.from(part10({ attributes, transferSyntaxUid: '1.2.840.10008.1.2.1' })).toString('latin1'),
    );
    return [...objects, messageOf(result).message].join('\n');
  };

  test('that are off are in no byte of report, pages header and message, nor in a document of their own', () => {
    const bytes = bytesOf(planted('off'));
    for (const trace of TRACES) expect([trace, bytes.includes(trace)]).toEqual([trace, false]);
    for (const word of ['Late Contrast', 'ECV001', '113063', '113065', 'T1N001', 'enhancement'])
      expect([word, bytes.includes(word)]).toEqual([word, false]);
    expect(notReliableReport(reportParts(planted('off')))).toBeNull();
  });

  test('that the manifest does not name are off', () => {
    expect(notReliableReport(reportParts({ ...ECHO_RESULT, global }))).toBeNull();
  });

  test('that are let out stand in a document of their own and nowhere else', () => {
    const result = planted('research');
    const bytes = bytesOf(result);
    for (const trace of TRACES) expect([trace, bytes.includes(trace)]).toEqual([trace, false]);
    const document = notReliableReport(reportParts(result));
    if (document === null) throw new Error('no document');
    const report = structuredReport(reportParts(result));
    expect(document['SeriesDescription']).toBe('AI RESEARCH ONLY - NOT RELIABLE');
    expect(text(document, 'SOPInstanceUID')).not.toBe(text(report, 'SOPInstanceUID'));
    expect(text(document, 'SeriesInstanceUID')).not.toBe(text(report, 'SeriesInstanceUID'));
    const tree = treeOf(document);
    const spoken = (tree === null ? [] : codesIn(tree)).filter(({ value }) => value.startsWith('NR-'));
    expect(new Set(spoken.map(({ value }) => value)).size).toBe(21);
    const groups = tree === null ? [] : groupsOf(tree);
    expect(groups).toHaveLength(21);
    for (const { children } of groups) {
      const rows = children.map(({ relation, concept, value }) => [
        relation,
        concept?.value,
        value.type === 'CODE' ? value.code.value : value.type,
      ]);
      expect(rows).toContainEqual(['CONTAINS', '111056', '111152']);
      expect(rows).toContainEqual(['CONTAINS', 'REL001', 'REL102']);
      expect(rows).toContainEqual(['HAS CONCEPT MOD', '370129005', 'PRD001']);
      expect(rows).toContainEqual(['HAS CONCEPT MOD', '363698007', '49848007']);
      expect(rows).toContainEqual(['CONTAINS', '121106', 'TEXT']);
    }
    const t1 = itemsIn(tree ?? groups[0] ?? reportTree(reportParts(result))).find(({ concept }) => concept?.value === '113063');
    expect(t1?.value).toMatchObject({ type: 'NUM', number: '1357.1', unit: { value: 'ms' } });
  });

  test('only those that are let out are told', () => {
    const result = planted('off');
    const outputs = result.run.outputs.map((one): OutputFacts => (one.id === 't2' ? { ...one, reporting: 'research' } : one));
    const document = JSON.stringify(notReliableReport(reportParts({ ...result, run: { ...result.run, outputs } })));
    expect(document).toContain('53.7');
    for (const trace of ['1357', '29.3', '71.23', '61.23']) expect(document).not.toContain(trace);
  });
});

test('outputs that only describe a statement are left out when they are off', () => {
  const off = (id: string): OutputFacts => ({ ...RESULT.run.statement, id, reporting: 'off' });
  const outputs = [RESULT.run.statement, off('attention'), off('compression'), off('longitudinal'), off('popliteal')];
  const tree = JSON.stringify(reportTree(reportParts({ ...RESULT, run: { ...RESULT.run, outputs } })));
  for (const trace of ['ATT001', 'attention\\":', 'popliteal\\":', '111031', '109133']) expect(tree).not.toContain(trace);
});

test('a view whose output is off is in no statement, and neither is what the model says of the tissue', () => {
  const off: OutputFacts = { ...ECHO_RESULT.run.statement, id: 'wma-plax', reporting: 'off' };
  const notes = ['Tissue values are means over the views.', 'Without A2C.'];
  const result = told({
    ...ECHO_RESULT,
    run: { ...ECHO_RESULT.run, outputs: [ECHO_RESULT.run.statement, off] },
    global: ECHO_RESULT.global === null ? null : { ...ECHO_RESULT.global, notes },
  });
  expect(contentFor(result).statements.map(({ key, notes: said }) => [key, said])).toEqual([
    ['WMA global', ['Without A2C.']],
    ['WMA A4C', []],
  ]);
});

test('without its output being told the lung total is left out, the areas are not', () => {
  const off: OutputFacts = { ...LUNG_RESULT.run.statement, id: 'total', reporting: 'off' };
  const keys = contentFor({ ...LUNG_RESULT, run: { ...LUNG_RESULT.run, outputs: [off] } }).statements.map(({ key }) => key);
  expect(keys).not.toContain('LUS exam total');
  expect(keys).toContain('LUS area 01');
});

test.each([DVT_RESULT, LUNG_RESULT, ECHO_RESULT])(
  'the labels of the cines of $family come into no report and no message',
  (result) => {
    expect(JSON.stringify(result)).toContain(CANARY);
    const report = structuredReport(reportParts(result));
    const { message } = messageOf(result);
    for (const said of [JSON.stringify(report), message, srHtml(reportTree(reportParts(result)))]) {
      for (const part of ['Canary', 'Maria']) expect([part, said.includes(part)]).toEqual([part, false]);
    }
  },
);
