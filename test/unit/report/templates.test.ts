import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FINDING, PRIVATE_SCHEME, PRIVATE_SCHEME_UID, QUANTITY } from '../../../src/dicom/codes.ts';
import { items, text } from '../../../src/dicom/dataset.ts';
import { structuredReport } from '../../../src/report/sr.ts';
import { openTemplate } from '../../../src/report/templates.ts';
import { RESULT } from '../../support/report-fixture.ts';
import { messageOf, reportParts, TEMPLATE, TEMPLATES } from '../../support/report-objects.ts';

const MODEL = { id: 'vascular-sec', family: 'vascular-sec' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-templates-'));
  for (const kind of ['sr', 'hl7', 'capture']) await mkdir(path.join(folder, kind));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, content: unknown): Promise<void> =>
  writeFile(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));

describe('the templates of a model', () => {
  test('are there for every family that reports, each with series of its own', () => {
    const numbers = Object.values(TEMPLATES).flatMap(({ sr, capture }) => [
      sr.seriesNumber,
      capture.seriesNumber,
      ...(sr.notReliable === null ? [] : [sr.notReliable.seriesNumber]),
    ]);
    expect(new Set(numbers).size).toBe(9);
  });

  test("a site's file goes before the project's, file by file, that of the model before that of its family", async () => {
    const { seriesNumber, seriesDescription, bodyPartExamined } = TEMPLATE.capture;
    await write('capture/vascular-sec.json', { seriesNumber: 42, seriesDescription, bodyPartExamined });
    expect((await openTemplate(MODEL, folder)).capture.seriesNumber).toBe(42);
    expect((await openTemplate(MODEL, folder)).sr).toEqual(TEMPLATE.sr);
    await write('capture/site-sec.json', { seriesNumber: 43, seriesDescription, bodyPartExamined });
    expect((await openTemplate({ id: 'site-sec', family: 'vascular-sec' }, folder)).capture.seriesNumber).toBe(43);
    expect((await openTemplate(MODEL)).capture.seriesNumber).toBe(seriesNumber);
  });

  test.each([
    ['capture/vascular-sec.json', { seriesNumber: -1, seriesDescription: {}, extra: 1 }, /seriesNumber.*seriesDescription/u],
    ['hl7/vascular-sec.json', { codedType: 'ST' }, /codedType/u],
    ['hl7/fields.json', { 'MSH-9': ['=X'] }, /MSH-9/u],
    ['hl7/fields.json', { 'OBR-18': ['accession'] }, /OBR-18\.0: one of patientIdentifier/u],
    ['codes.json', { schemes: [], codes: { SEC999: FINDING.bLine } }, /SEC999: no code of 99SONORELAY/u],
    ['codes.json', '{', /codes\.json is no JSON/u],
  ])('a fault in %s is told with its place', async (name, content, message) => {
    await write(name, content);
    await expect(openTemplate(MODEL, folder)).rejects.toThrow(message);
    await expect(openTemplate(MODEL, folder)).rejects.toMatchObject({ code: 'config-invalid' });
  });

  test("a site's field mapping and result status go from their files into the message, without code", async () => {
    const { fields, resultStatus: _status, actionableCategory: _category, ...hl7 } = TEMPLATE.hl7;
    await write('hl7/fields.json', { ...fields, 'OBR-18': ['studyId'], 'PV1-3': ['=RAD^US 1'], 'OBR-25': ['=R'] });
    await write('hl7/vascular-sec.json', hl7);
    const kept = await openTemplate(MODEL, folder);
    expect(kept.hl7).toMatchObject({ resultStatus: 'preliminary', actionableCategory: null });
    const fieldsOf = (message: string, name: string) =>
      message
        .split('\r')
        .find((one) => one.startsWith(`${name}|`))
        ?.split('|') ?? [];
    const { message } = messageOf(RESULT, { template: kept });
    expect([18, 25].map((field) => fieldsOf(message, 'OBR')[field])).toEqual(['7', 'R']);
    expect(fieldsOf(message, 'PV1')[3]).toBe('RAD^US 1');
    await write('hl7/vascular-sec.json', { ...hl7, resultStatus: 'preliminary-corrected' });
    const corrected = messageOf(RESULT, { template: await openTemplate(MODEL, folder), earlierMessage: message }).message;
    expect(new Set(corrected.split('\r').flatMap((row) => (row.startsWith('OBX') ? [row.split('|')[11]] : [])))).toEqual(
      new Set(['O', 'C']),
    );
  });

  test('a family without templates is told', async () => {
    await expect(openTemplate({ id: 'none', family: 'none' })).rejects.toThrow(/no template templates\/sr\/none\.json/u);
  });
});

describe('the code table', () => {
  const own = [...Object.values(QUANTITY), ...Object.values(FINDING)].filter(({ scheme }) => scheme === PRIVATE_SCHEME);

  test('as it is shipped holds every code of our own as it is', () => {
    expect(TEMPLATE.codes.codes).toEqual(Object.fromEntries(own.map((code) => [code.value, code])));
    expect(TEMPLATE.codes.schemes).toMatchObject([{ designator: PRIVATE_SCHEME, uid: PRIVATE_SCHEME_UID }]);
  });

  test('swaps a code in report and message, and the scheme that it is of is identified', async () => {
    await write('codes.json', {
      schemes: [
        { designator: '99SITE', uid: '1.2.3', name: 'Site concepts', version: '7', responsibleOrganization: 'General Hospital' },
      ],
      codes: { SEC001: { value: 'SMOKE', scheme: '99SITE', meaning: 'Smoke' } },
    });
    const template = await openTemplate(MODEL, folder);
    const report = structuredReport(reportParts(RESULT, { template }));
    expect(JSON.stringify(report)).not.toContain('SEC001');
    expect(JSON.stringify(report)).toContain('"SMOKE"');
    const site = items(report, 'CodingSchemeIdentificationSequence').find(
      (item) => text(item, 'CodingSchemeDesignator') === '99SITE',
    );
    expect(site).toMatchObject({ CodingSchemeUID: '1.2.3', CodingSchemeResponsibleOrganization: 'General Hospital' });
    const { message } = messageOf(RESULT, { template });
    expect(message).toContain('|SMOKE^Smoke^99SITE|1|52101004^Present^SCT|');
    expect(message).not.toContain('SEC001');
  });
});
