// What the node writes, in the eyes of other programs: dicom3tools, DCMTK, pydicom, python3-hl7 and the parser of node-hl7-client.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Message } from 'node-hl7-client';
import type { AnalysisResult, ResultOf } from '../../src/contracts/finding.ts';
import { attributesOf } from '../../src/dicom/attributes.ts';
import { FINDING, QUANTITY } from '../../src/dicom/codes.ts';
import type { Dataset } from '../../src/dicom/dataset.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import { part10 } from '../../src/dicom/part10-write.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../../src/dicom/transfer-syntaxes.ts';
import { keyImages } from '../../src/report/key-images.ts';
import { outputSeriesUid, outputUid } from '../../src/report/provenance.ts';
import { notReliableReport, reportTree, structuredReport } from '../../src/report/sr.ts';
import { treeOf } from '../../src/report/sr-tree.ts';
import { contentOf } from '../../src/report/statements.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../support/capture-fixtures.ts';
import { findings } from '../support/dciodvfy.ts';
import { runTool } from '../support/dcmtk.ts';
import { bundleOf } from '../support/fhir-objects.ts';
import { expectGolden } from '../support/golden.ts';
import { EMPTY_RESULT, RESULT, SOURCE_HEADER, section } from '../support/report-fixture.ts';
import { messageOf, reportParts, TEMPLATE, writeObjects } from '../support/report-objects.ts';
import { readBy, utf8 } from '../support/report-read.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-report-'));
});
afterAll(() => rm(folder, { recursive: true }));

const EARLIER = {
  sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
  sopInstanceUid: outputUid(RESULT, 'sr'),
  seriesInstanceUid: outputSeriesUid(RESULT, 'sr'),
};
const EVERY_SECTION: ResultOf<'vascular-sec'> = {
  ...RESULT,
  sections: (['left', 'right', 'unknown'] as const).flatMap((side) =>
    (['CFV', 'FV', 'POP', 'unknown'] as const).map((vein, index) =>
      section(side, vein, {
        first: 1,
        weights: [0.7, 0.3],
        sec: (['present', 'absent', 'undetermined'] as const)[index % 3] ?? 'absent',
      }),
    ),
  ),
};
/** Two areas of which one has two cines, an area without a score, a cine of no known area. */
const LUNG: ResultOf<'lung-score'> = {
  ...LUNG_RESULT,
  cines: LUNG_RESULT.cines.filter(({ area }) => area === null || [1, 7, 14].includes(area)),
  total: { total: 5, areasScored: 2, areasUnscored: [2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14] },
};
const ORDERED: Dataset = {
  ...SOURCE_HEADER,
  TimezoneOffsetFromUTC: '-0500',
  IssuerOfPatientIDQualifiersSequence: [{ UniversalEntityID: '1.2.3', UniversalEntityIDType: 'ISO' }],
  ProcedureCodeSequence: [
    { CodeValue: '46364-6', CodingSchemeDesignator: 'LN', CodeMeaning: 'US Lower extremity vein - bilateral' },
  ],
  RequestAttributesSequence: [
    { RequestedProcedureID: 'RP1', PlacerOrderNumberImagingServiceRequest: 'PL1', FillerOrderNumberImagingServiceRequest: 'FI1' },
  ],
};

const CASES: readonly (readonly [string, AnalysisResult, Parameters<typeof reportParts>[1]])[] = [
  ['two sections', RESULT, {}],
  ['no section', EMPTY_RESULT, {}],
  ['a second revision', { ...RESULT, revision: 2 }, { earlier: EARLIER }],
  ['every side and vein', EVERY_SECTION, {}],
  ['an order with all its numbers', RESULT, { source: ORDERED }],
  ['a source that says nothing of its patient', { ...RESULT, sections: RESULT.sections.slice(1) }, { source: {} }],
  [
    'a site that follows IHE AI Results',
    RESULT,
    { template: { ...TEMPLATE, sr: { ...TEMPLATE.sr, sopClass: 'comprehensive-3d' } } },
  ],
];

describe('the objects are valid', () => {
  test.each(CASES)('of %s', async (name, result, given) => {
    const files = await writeObjects(folder, name.replaceAll(' ', '-'), { result, ...given });
    expect(await findings(files.sr)).toEqual([]);
    expect(await findings(files.capture)).toEqual([]);
    const dump = await runTool('dsrdump', ['+Pl', files.sr]);
    expect([dump.code, utf8(dump.output).match(/^[EW]: .*/gmu) ?? []]).toEqual([0, []]);
  });

  const everywhere = { ...LUNG.run.statement, reporting: 'research' as const };
  const told = [FINDING.lateContrastEnhancement, QUANTITY.t1, FINDING.t1Class].map((concept) => ({
    ...everywhere,
    id: concept.value.toLowerCase(),
    concept,
  }));
  const documents: readonly (readonly [string, Dataset | null])[] = [
    ...[DVT_RESULT, LUNG, ECHO_RESULT].map((one) => [one.family, structuredReport(reportParts(one))] as const),
    [
      'the tissue values that a manifest lets out',
      notReliableReport(reportParts({ ...ECHO_RESULT, views: [], run: { ...ECHO_RESULT.run, outputs: told } })),
    ],
  ];

  test.each(documents)('and the document of %s is', async (name, attributes) => {
    if (attributes === null) throw new Error('no document');
    const file = path.join(folder, `${name.replaceAll(' ', '-')}.dcm`);
    await writeFile(file, part10({ attributes, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN }));
    expect(await findings(file)).toEqual([]);
    const dump = await runTool('dsrdump', ['+Pc', '+Pt', '+Pu', '+Pl', file]);
    expect([dump.code, utf8(dump.output).match(/^[EW]: .*/gmu) ?? []]).toEqual([0, []]);
    const kind = name.includes(' ') ? 'echo-cmr-sr-not-reliable' : `${name}-sr`;
    await expectGolden(`${kind}.txt`, utf8(dump.output));
  });

  test('and a fault in one is found: the validator is really asked', async () => {
    const files = await writeObjects(folder, 'faulty', {
      result: { ...RESULT, studyInstanceUid: RESULT.studyInstanceUid },
      source: {},
    });
    await runTool('dcmodify', ['-nb', '-e', '(0040,a493)', files.sr]);
    expect(await findings(files.sr)).not.toEqual([]);
  });
});

describe('the reviewed dumps', () => {
  test('report, attention pages and message are as reviewed', async () => {
    const files = await writeObjects(folder, 'golden', { result: RESULT });
    const report = await runTool('dsrdump', ['+Pc', '+Pt', '+Pu', '+Pl', files.sr]);
    await expectGolden('vascular-sec-sr.txt', utf8(report.output));
    const header = await runTool('dcmdump', ['+L', '-Un', files.capture]);
    const ours = utf8(header.output)
      .split('\n')
      .filter((line) => !/^\(0002,|^\(7fe0,|^#/u.test(line));
    await expectGolden('vascular-sec-capture.txt', `${ours.join('\n').trim()}\n`);
    await expectGolden('vascular-sec-oru.txt', messageOf(RESULT).message.replaceAll('\r', '\n'));
  });

  test.each([DVT_RESULT, LUNG, ECHO_RESULT])('the message of $family is as reviewed', async (result) => {
    await expectGolden(`${result.family}-oru.txt`, messageOf(result).message.replaceAll('\r', '\n'));
  });

  test('a message that corrects another, and takes a statement of it back, is as reviewed', async () => {
    const later = { ...RESULT, revision: 2, sections: RESULT.sections.slice(1) };
    const { message } = messageOf(later, { earlierMessage: messageOf(RESULT).message });
    await expectGolden('vascular-sec-oru-correction.txt', message.replaceAll('\r', '\n'));
  });

  test('a message of version 2.3.1 is as reviewed', async () => {
    const { message } = messageOf(DVT_RESULT, { destination: { version: '2.3.1' } });
    await expectGolden('vascular-dvt-oru-2.3.1.txt', message.replaceAll('\r', '\n'));
  });

  test('a result without sections is as reviewed', async () => {
    const files = await writeObjects(folder, 'golden-empty', { result: EMPTY_RESULT });
    const report = await runTool('dsrdump', ['+Pc', '+Pt', '+Pu', '+Pl', files.sr]);
    await expectGolden('vascular-sec-sr-no-section.txt', utf8(report.output));
    await expectGolden('vascular-sec-oru-no-section.txt', messageOf(EMPTY_RESULT).message.replaceAll('\r', '\n'));
  });
});

describe('pydicom reads', () => {
  test('the report with its name, numbers and coded values', async () => {
    const files = await writeObjects(folder, 'pydicom', { result: RESULT });
    const read = await readBy('dicom', files.sr);
    expect(read).toMatchObject({
      characterSet: 'ISO_IR 192',
      patientName: 'Gr\u00f6\u00dfe^J\u00fcrgen',
      sopClass: 'Comprehensive SR Storage',
    });
    expect(read['items']).toContainEqual([
      'CONTAINS',
      'NUM',
      'Research AI: left common femoral vein SEC present, P(SEC)',
      '71.2',
    ]);
    expect(read['items']).toContainEqual(['CONTAINS', 'CODE', 'Spontaneous echo contrast', 'Absent']);
  });

  test('the attention pages as RGB frames with their labels', async () => {
    const files = await writeObjects(folder, 'pydicom-pages', { result: RESULT });
    expect(await readBy('dicom', files.capture)).toMatchObject({
      shape: [3, 960, 1280, 3],
      labels: ['L CFV 71.2% 1/2', 'L CFV 71.2% 2/2', 'R POP 11.2% 1/1'],
      strip: [0x2a, 0x1c, 0x05],
    });
  });
});

test('our own reader finds the tree in the file as it was made', async () => {
  const files = await writeObjects(folder, 'own', { result: RESULT });
  const file = await openPart10(files.sr);
  const tree = treeOf(attributesOf(file));
  await file.close();
  expect(tree).toEqual(reportTree(reportParts(RESULT)));
});

const NAMES: readonly (readonly [string, string, string, string])[] = [
  ['delimiters', 'O|B&C~D^E\\F', 'O|B&C~D', 'E\\F'],
  ['diacritics', 'Gr\u00f6\u00dfe^Ren\u00e9e', 'Gr\u00f6\u00dfe', 'Ren\u00e9e'],
  ['Cyrillic', '\u041b\u044e\u043acemburg^\u0418\u0432\u0430\u043d', '\u041b\u044e\u043acemburg', '\u0418\u0432\u0430\u043d'],
  ['Chinese', '\u738b^\u5c0f\u4e1c', '\u738b', '\u5c0f\u4e1c'],
  ['Japanese', '\u5c71\u7530^\u592a\u90ce', '\u5c71\u7530', '\u592a\u90ce'],
];

describe('a message with a name in', () => {
  test.each(NAMES)('%s is read by python3-hl7 and by the parser of node-hl7-client', async (name, patientName, family, given) => {
    // PN cannot hold a backslash in a file; the message is tried with one nevertheless.
    const source = { ...SOURCE_HEADER, PatientName: name === 'delimiters' ? 'O|B&C~D^E' : patientName, AccessionNumber: 'A|1&2' };
    const oru = messageOf(RESULT, { source }).message;
    const expected = { family, given: name === 'delimiters' ? 'E' : given };
    const file = path.join(folder, `name-${name}.hl7`);
    await writeFile(file, oru);
    expect(await readBy('hl7', file)).toMatchObject({ ...expected, accession: 'A|1&2', type: 'ORU' });
    const message = new Message({ text: oru });
    expect(String(message.get('PID.5.1'))).toBe(family);
    expect(String(message.get('PID.5.2'))).toBe(expected.given);
    expect(String(message.get('OBR.18'))).toBe('A|1&2');
  });

  test.each([DVT_RESULT, LUNG, ECHO_RESULT])(
    'hostile letters in is read by the parser of node-hl7-client, row by row, for $family',
    (result) => {
      const source = { ...SOURCE_HEADER, PatientName: 'O|B&C~D^E', PatientID: '1|2^3', AccessionNumber: 'A|1&2' };
      for (const version of ['2.5.1', '2.3.1'] as const) {
        const oru = messageOf(result, { source, destination: { version } }).message;
        const message = new Message({ text: oru });
        expect(['PID.5.1', 'PID.5.2', 'PID.3.1', 'OBR.18'].map((at) => String(message.get(at)))).toEqual([
          'O|B&C~D',
          'E',
          '1|2^3',
          'A|1&2',
        ]);
        const rows = oru.split('\r').filter((line) => line.startsWith('OBX'));
        expect(rows.map((row) => row.split('|')[1])).toEqual(rows.map((_, index) => String(index + 1)));
        const last = new Message({ text: `${oru.split('\r').slice(0, 2).join('\r')}\r${rows.at(-1)}\r` });
        expect(String(last.get('OBX.3.1'))).toBe('121106');
      }
    },
  );

  test('python3-hl7 counts the observations that were written', async () => {
    const files = await writeObjects(folder, 'counted', { result: RESULT });
    const read = await readBy('hl7', files.oru);
    expect(read['observations']).toHaveLength(
      (await readFile(files.oru, 'utf8')).split('\r').filter((line) => line.startsWith('OBX')).length,
    );
    expect(read['observations']).toContainEqual(['SEC001', '1', '52101004^Present^SCT', 'P']);
  });
});

const CHARACTER_SETS: readonly (readonly [string, string])[] = [
  ['ISO_IR 6', 'Doe^John'],
  ['ISO_IR 100', 'Gr\u00f6\u00dfe^Ren\u00e9e'],
  ['ISO_IR 144', '\u041b\u044e\u043a^\u0418\u0432\u0430\u043d'],
  ['ISO_IR 192', '\u5c71\u7530^\u592a\u90ce'],
  ['\\ISO 2022 IR 87', 'Yamada^Tarou=\u5c71\u7530^\u592a\u90ce=\u3084\u307e\u3060^\u305f\u308d\u3046'],
  ['\\ISO 2022 IR 149', 'Hong^Gildong=\u6d2a^\u5409\u6d1e=\ud64d^\uae38\ub3d9'],
  ['GB18030', 'Wang^XiaoDong=\u738b^\u5c0f\u4e1c'],
];

describe('a source in the character set', () => {
  test.each(CHARACTER_SETS)(
    '%p gives report, pages, key objects, message and FHIR resources with the true name',
    async (characterSet, name) => {
      const file = path.join(folder, 'source.dcm');
      await readBy('source', file, characterSet, name);
      const opened = await openPart10(file);
      const source = attributesOf(opened);
      await opened.close();
      const files = await writeObjects(folder, 'charset', { result: EMPTY_RESULT, source });
      const groups = name.split('=');
      const family = (groups[0] ?? '').split('^')[0] ?? '';
      expect(await readBy('hl7', files.oru)).toMatchObject({ family });
      for (const group of groups) expect(await readFile(files.oru, 'utf8')).toContain(group);

      // The name as people say it, in the order of the west whatever the letters.
      const [given = ''] = (groups[0] ?? '').split('^').slice(1);
      expect(JSON.stringify(bundleOf(EMPTY_RESULT, { source }))).toContain(`"display":"${given} ${family}"`);
      const { statements } = contentOf(RESULT, TEMPLATE);
      const { template: _template, pages: _pages, earlier: _earlier, ...common } = reportParts(RESULT, { source });
      const selection = keyImages({ ...common, statements, notice: '' });
      const marked = path.join(folder, 'charset-key-images.dcm');
      await writeFile(marked, part10({ attributes: selection ?? {}, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN }));
      const objects = await readBy<readonly Readonly<Record<string, unknown>>[]>('documents', files.sr, files.capture, marked);
      expect(objects.map(({ characterSet: written, patientName }) => [written, patientName])).toEqual([
        ['ISO_IR 192', name],
        ['ISO_IR 192', name],
        ['ISO_IR 192', name],
      ]);
    },
  );
});
