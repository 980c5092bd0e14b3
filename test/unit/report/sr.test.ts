import { describe, expect, test } from '@jest/globals';
import type { ResultOf, SectionResult } from '../../../src/contracts/finding.ts';
import type { Code } from '../../../src/contracts/model.ts';
import { type Dataset, items, text } from '../../../src/dicom/dataset.ts';
import { outputSeriesUid, outputUid } from '../../../src/report/provenance.ts';
import { procedureOf, reportTree, structuredReport, summaryCode } from '../../../src/report/sr.ts';
import { type ContentItem, codesIn, itemsIn, treeOf } from '../../../src/report/sr-tree.ts';
import { contentOf } from '../../../src/report/statements.ts';
import { EMPTY_RESULT, RESULT, SOURCE_HEADER, section } from '../../support/report-fixture.ts';
import { reportParts, TEMPLATE } from '../../support/report-objects.ts';

const treeFor = (result: ResultOf<'vascular-sec'>): ContentItem => reportTree(reportParts(result));
const key = (code: Code | null): string => (code === null ? '' : `${code.value} ${code.scheme}`);
const childrenNamed = (item: ContentItem, concept: string): readonly ContentItem[] =>
  item.children.filter((child) => key(child.concept) === concept);
const only = (item: ContentItem, concept: string): ContentItem => {
  const found = childrenNamed(item, concept);
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} items of ${concept}`);
  return first;
};
const groupsOf = (tree: ContentItem): readonly ContentItem[] => only(tree, '126010 DCM').children;
const outline = (item: ContentItem): readonly string[] =>
  item.children.map((child) => `${child.relation} ${child.value.type} ${key(child.concept)}`.trim());

/** Rows of the root in the order of TID 1500. */
const ROOT = [
  'HAS CONCEPT MOD CODE 121049 DCM',
  'HAS OBS CONTEXT CODE 121005 DCM',
  'HAS OBS CONTEXT UIDREF 121012 DCM',
  'HAS OBS CONTEXT TEXT 121013 DCM',
  'HAS OBS CONTEXT TEXT 121014 DCM',
  'HAS OBS CONTEXT TEXT 121015 DCM',
  'HAS OBS CONTEXT TEXT 121016 DCM',
  'HAS OBS CONTEXT TEXT 110119 DCM',
  'HAS CONCEPT MOD CODE 121058 DCM',
  'CONTAINS CONTAINER 111028 DCM',
  'CONTAINS CONTAINER 126010 DCM',
  'CONTAINS CONTAINER C0034375 UMLS',
];

const TRACKING = [
  'HAS OBS CONTEXT TEXT 112039 DCM',
  'HAS OBS CONTEXT UIDREF 112040 DCM',
  'CONTAINS CODE 121071 DCM',
  'HAS CONCEPT MOD CODE 363698007 SCT',
];
/** TID 4019, whose order is significant. */
const ALGORITHM = [
  'HAS CONCEPT MOD TEXT 111001 DCM',
  'HAS CONCEPT MOD TEXT 111003 DCM',
  'HAS CONCEPT MOD TEXT 122405 DCM',
  ...Array.from({ length: 6 }, () => 'HAS CONCEPT MOD TEXT 111002 DCM'),
  'HAS CONCEPT MOD CODE 111000 DCM',
];

describe('the content tree', () => {
  test('the group of a section without a statement has no probability: its one line counts frames', () => {
    const result = { ...RESULT, sections: [section('left', 'FV', { first: 1, weights: [0.6, 0.4], sec: 'undetermined' })] };
    const [group] = groupsOf(treeFor(result));
    if (group === undefined) throw new Error('no group');
    expect(childrenNamed(group, '111012 DCM')).toEqual([]);
    expect(only(group, 'SEC-U-L-FV 99SONORELAY').value).toMatchObject({ type: 'NUM', number: '2', unit: { value: '1' } });
    expect(JSON.stringify(group)).not.toContain('71.2');
  });

  test('the group of a key frame names no finding: a frame of a vein without it would read as a positive one', () => {
    const tree = treeFor(RESULT);
    const named = groupsOf(tree).filter((group) => childrenNamed(group, '121071 DCM').length > 0);
    expect(named.map((group) => outline(group).filter((row) => row.endsWith('CODE SEC001 99SONORELAY')).length)).toEqual([1, 1]);
    expect(groupsOf(tree)).toHaveLength(4);
  });

  test('the impression says what the finding is not about', () => {
    const impression = itemsIn(treeFor(RESULT)).find((item) => key(item.concept) === '121073 DCM')?.value;
    expect(impression).toMatchObject({ text: expect.stringContaining('absent does not exclude thrombosis') });
  });

  test('has the rows of TID 1500 in their order', () => {
    const tree = treeFor(RESULT);
    expect([key(tree.concept), tree.relation, tree.value]).toEqual(['126000 DCM', null, { type: 'CONTAINER', template: '1500' }]);
    expect(outline(tree)).toEqual(ROOT);
  });

  test('lists every input, skipped ones too, in the one group of the image library', () => {
    const library = only(treeFor(RESULT), '111028 DCM');
    expect(library.value).toEqual({ type: 'CONTAINER', template: '1600' });
    const group = only(library, '126200 DCM');
    const images = group.children.filter((child) => child.value.type === 'IMAGE');
    expect(images.map(({ value }) => (value.type === 'IMAGE' ? value.sopInstanceUid : ''))).toEqual(
      RESULT.inputs.map((input) => input.sopInstanceUid),
    );
    expect(outline(group).slice(0, 2)).toEqual(['HAS ACQ CONTEXT CODE 121139 DCM', 'HAS ACQ CONTEXT CODE 123014 DCM']);
  });

  test('has one group a section, drawn on its top key frame, each followed by the key frames next in attention', () => {
    const labels = groupsOf(treeFor(RESULT)).map((group) => only(group, '112039 DCM').value);
    expect(labels.map((value) => (value.type === 'TEXT' ? value.text : ''))).toEqual([
      'SEC L CFV',
      'SEC L CFV key frame 2',
      'SEC L CFV key frame 3',
      'SEC R POP',
    ]);
  });

  test('a section group has the rows of TID 1410 and one closed polyline on its top frame', () => {
    const [group] = groupsOf(treeFor(RESULT));
    if (group === undefined) throw new Error('no group');
    expect(group.value).toEqual({ type: 'CONTAINER', template: '1410' });
    expect(outline(group)).toEqual([
      ...TRACKING,
      ...ALGORITHM,
      'CONTAINS SCOORD 111030 DCM',
      'CONTAINS NUM SEC-P-L-CFV 99SONORELAY',
      'CONTAINS NUM 111012 DCM',
      'CONTAINS NUM ATT001 99SONORELAY',
      'CONTAINS CODE SEC001 99SONORELAY',
      'CONTAINS CODE 111031 DCM',
      'CONTAINS IMAGE 121112 DCM',
      'CONTAINS IMAGE 121112 DCM',
      'CONTAINS IMAGE 130401 DCM',
      'CONTAINS TEXT 121106 DCM',
    ]);
    const region = only(group, '111030 DCM');
    expect(region.value).toEqual({
      type: 'SCOORD',
      graphicType: 'POLYLINE',
      points: [
        [84, 31],
        [662, 31],
        [662, 449],
        [84, 449],
        [84, 31],
      ],
    });
    expect(region.children.map(({ relation, value }) => [relation, value.type === 'IMAGE' ? value.frames : null])).toEqual([
      ['SELECTED FROM', [40]],
    ]);
    expect(only(group, '111012 DCM').value).toMatchObject({ number: '71.2', unit: { value: '%', scheme: 'UCUM' } });
    expect(only(group, 'SEC001 99SONORELAY').value).toMatchObject({ code: { value: '52101004', scheme: 'SCT' } });
    expect(only(only(group, '363698007 SCT'), '272741003 SCT').value).toMatchObject({ code: { value: '7771000' } });
    expect(only(group, '130401 DCM').value).toMatchObject({ frames: [1, 2] });
  });

  test('weight, view and compression of a key frame stand in the group that is drawn on it', () => {
    const result = { ...RESULT, sections: [section('right', 'FV', { first: 1, weights: [0.1, 0.1, 0.3, 0.5] })] };
    const groups = groupsOf(treeFor(result));
    const facts = groups.map((group) => ({
      weight: only(group, 'ATT001 99SONORELAY').value,
      view: only(group, '111031 DCM').value,
      compression: childrenNamed(group, '109133 DCM').length,
    }));
    expect(facts).toMatchObject([
      { weight: { number: '50', unit: { value: '%' } }, view: { code: { meaning: 'Longitudinal' } }, compression: 1 },
      { weight: { number: '30' }, view: { code: { meaning: 'Transverse' } }, compression: 0 },
      { weight: { number: '10' }, view: { code: { meaning: 'Longitudinal' } }, compression: 0 },
    ]);
  });

  test('a single-frame source is referenced without a frame number', () => {
    const group = groupsOf(treeFor(RESULT))[3];
    if (group === undefined) throw new Error('no group');
    expect(only(group, '111030 DCM').children[0]?.value).toMatchObject({ type: 'IMAGE', frames: [] });
  });

  test('no two groups share a tracking UID and the first UIDREF of a group is it', () => {
    const uids = groupsOf(treeFor(RESULT)).map((group) => group.children.find((child) => child.value.type === 'UIDREF'));
    for (const item of uids) expect(key(item?.concept ?? null)).toBe('112040 DCM');
    expect(new Set(uids.map((item) => (item?.value.type === 'UIDREF' ? item.value.uid : ''))).size).toBe(4);
  });

  test('every group has a region and every child a concept, as OHIF needs them', () => {
    for (const group of groupsOf(treeFor(RESULT))) {
      expect(group.children.filter((child) => child.value.type === 'SCOORD')).toHaveLength(1);
      expect(group.children.filter((child) => child.concept === null)).toHaveLength(0);
    }
  });

  test.each([
    ['all, found', RESULT.sections, [], '111242'],
    ['all, nothing found', RESULT.sections.slice(1), [], '111241'],
    [
      'some without a statement',
      [...RESULT.sections, section('left', 'FV', { first: 1, weights: [1], sec: 'undetermined' })],
      [],
      '111244',
    ],
    ['an input unreadable', RESULT.sections.slice(1), [{ ...RESULT.skipped[0], reason: 'frames-unreadable' }], '111243'],
    ['none', [], RESULT.skipped, '111245'],
  ] as readonly (readonly [string, readonly SectionResult[], ResultOf<'vascular-sec'>['skipped'], string])[])(
    'the summary of "%s" is its code of CID 6047',
    (_, sections, skipped, code) => {
      expect(summaryCode(contentOf({ ...RESULT, sections, skipped }, TEMPLATE).statements, skipped).value).toBe(code);
    },
  );

  test('the impression begins with the research-use notice, also when there is nothing to say', () => {
    for (const result of [RESULT, EMPTY_RESULT]) {
      const impression = only(only(treeFor(result), 'C0034375 UMLS'), '121073 DCM').value;
      expect(impression.type === 'TEXT' ? impression.text : '').toMatch(
        /^AI - RESEARCH USE ONLY - NOT FOR DIAGNOSIS\. Reference weights/u,
      );
    }
  });

  test('the qualitative evaluations hold CODE and TEXT only', () => {
    const types = only(treeFor(RESULT), 'C0034375 UMLS').children.map((child) => child.value.type);
    expect(new Set(types)).toEqual(new Set(['CODE', 'TEXT']));
  });

  test('meanings fit LO, values fit SH, numbers fit DS', () => {
    const tree = treeFor({
      ...RESULT,
      sections: RESULT.sections.map((one) => ({
        ...one,
        secProbability: 1 / 3,
        keyframes: one.keyframes.map((frame) => ({ ...frame, attention: 1 / 7 })),
      })),
    });
    for (const code of codesIn(tree)) {
      expect(code.value.length).toBeLessThanOrEqual(16);
      expect(code.meaning.length).toBeLessThanOrEqual(64);
    }
    for (const { value } of itemsIn(tree)) if (value.type === 'NUM') expect(value.number).toMatch(/^\d{1,3}(\.\d{1,4})?$/u);
  });

  test('is read back from its own data set as it was', () => {
    const tree = treeFor(RESULT);
    expect(treeOf(structuredReport(reportParts(RESULT)))).toEqual(tree);
  });
});

describe('the document', () => {
  const report = structuredReport(reportParts(RESULT));

  test('is preliminary, complete and unverified, and says which study it belongs to', () => {
    expect(report).toMatchObject({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
      Modality: 'SR',
      PreliminaryFlag: 'PRELIMINARY',
      CompletionFlag: 'COMPLETE',
      VerificationFlag: 'UNVERIFIED',
      InstanceNumber: '1',
      ContentDate: '20261122',
      ContentTime: '101500',
      StudyInstanceUID: RESULT.studyInstanceUid,
      PatientName: SOURCE_HEADER['PatientName'],
      AccessionNumber: 'ACC-4711',
    });
  });

  test('names every instance of the tree as evidence', () => {
    const evidence = items(report, 'CurrentRequestedProcedureEvidenceSequence').flatMap((study) =>
      items(study, 'ReferencedSeriesSequence').flatMap((series) =>
        items(series, 'ReferencedSOPSequence').map((item) => text(item, 'ReferencedSOPInstanceUID')),
      ),
    );
    const referenced = itemsIn(treeFor(RESULT)).flatMap(({ value }) => (value.type === 'IMAGE' ? [value.sopInstanceUid] : []));
    expect(new Set(evidence)).toEqual(new Set(referenced));
    expect(evidence).toHaveLength(new Set(evidence).size);
  });

  test('identifies every coding scheme that the tree uses', () => {
    const identified = items(report, 'CodingSchemeIdentificationSequence').map((item) => text(item, 'CodingSchemeDesignator'));
    expect(new Set(identified)).toEqual(new Set(codesIn(treeFor(RESULT)).map((code) => code.scheme)));
  });

  test('is PARTIAL when inputs that should be readable were not', () => {
    const skipped = RESULT.skipped.map((one) => ({ ...one, reason: 'frames-unreadable' }));
    expect(structuredReport(reportParts({ ...RESULT, skipped }))).toMatchObject({
      CompletionFlag: 'PARTIAL',
      CompletionFlagDescription: '3 of 6 inputs could not be read',
    });
  });

  test('of a later revision names its predecessor and stays in the series', () => {
    const earlier = {
      sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
      sopInstanceUid: outputUid(RESULT, 'sr'),
      seriesInstanceUid: outputSeriesUid(RESULT, 'sr'),
    };
    const later = structuredReport(reportParts({ ...RESULT, revision: 2 }, { earlier }));
    expect(later).toMatchObject({ SeriesInstanceUID: earlier.seriesInstanceUid, InstanceNumber: '2' });
    expect(later['SOPInstanceUID']).not.toBe(earlier.sopInstanceUid);
    const [study] = items(later, 'PredecessorDocumentsSequence');
    const [series] = items(study ?? {}, 'ReferencedSeriesSequence');
    expect(items(series ?? {}, 'ReferencedSOPSequence').map((item) => text(item, 'ReferencedSOPInstanceUID'))).toEqual([
      earlier.sopInstanceUid,
    ]);
  });

  test('follows IHE AI Results when the site asks for Comprehensive 3D SR', () => {
    const template = { ...TEMPLATE, sr: { ...TEMPLATE.sr, sopClass: 'comprehensive-3d' as const } };
    expect(structuredReport(reportParts(RESULT, { template }))['SOPClassUID']).toBe('1.2.840.10008.5.1.4.1.1.88.34');
  });

  test('reports the procedure of the study where it has one, else of the order, else of the template, and none in particular for another region', () => {
    const coded = (keyword: string, value: string): Dataset => ({
      [keyword]: [{ CodeValue: value, CodingSchemeDesignator: 'LN', CodeMeaning: 'x' }],
    });
    const content = contentOf(RESULT, TEMPLATE);
    expect(procedureOf({}, TEMPLATE, content).value).toBe('69399-4');
    expect(procedureOf({}, TEMPLATE, { ofTheRegion: false }).value).toBe('363679005');
    expect(
      procedureOf({ RequestAttributesSequence: [coded('RequestedProcedureCodeSequence', 'order')] }, TEMPLATE, content).value,
    ).toBe('order');
    expect(
      procedureOf(
        { ...coded('ProcedureCodeSequence', 'study'), ...coded('RequestedProcedureCodeSequence', 'order') },
        TEMPLATE,
        content,
      ).value,
    ).toBe('study');
  });
});

describe('the header', () => {
  test('has nothing of one revision among the attributes of its series', () => {
    const first = structuredReport(reportParts(RESULT));
    const run = { ...RESULT.run, startedAt: RESULT.run.startedAt + 86_400_000, finishedAt: RESULT.run.finishedAt + 86_400_000 };
    const second = structuredReport(reportParts({ ...RESULT, revision: 2, run }));
    const ofTheSeries = ['SeriesInstanceUID', 'SeriesNumber', 'SeriesDescription', 'SeriesDate', 'SeriesTime', 'Modality'];
    for (const keyword of ofTheSeries) expect([keyword, second[keyword]]).toEqual([keyword, first[keyword]]);
  });

  test('names the institution of the node as author where the site says it', () => {
    const parts = reportParts(RESULT);
    const author = (institutionName: string): Dataset | undefined =>
      items(
        structuredReport({ ...parts, installation: { ...parts.installation, institutionName } }),
        'AuthorObserverSequence',
      )[0];
    expect(author('General Hospital')).toMatchObject({ InstitutionName: 'General Hospital' });
    expect(author('')).toMatchObject({ InstitutionName: null });
  });
});
