import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FINDING, PRIVATE_SCHEME, PRIVATE_SCHEME_UID, QUANTITY } from '../../../src/dicom/codes.ts';
import { items, text } from '../../../src/dicom/dataset.ts';
import { sectionSvg } from '../../../src/report/capture-sec.ts';
import { structuredReport } from '../../../src/report/sr.ts';
import { textSvg } from '../../../src/report/stroke-text.ts';
import { type OutputTemplate, openTemplate } from '../../../src/report/templates.ts';
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
    const { seriesNumber } = TEMPLATE.capture;
    await write('capture/vascular-sec.json', { ...TEMPLATE.capture, seriesNumber: 42 });
    expect((await openTemplate(MODEL, folder)).capture.seriesNumber).toBe(42);
    expect((await openTemplate(MODEL, folder)).sr).toEqual(TEMPLATE.sr);
    await write('capture/site-sec.json', { ...TEMPLATE.capture, seriesNumber: 43 });
    expect((await openTemplate({ id: 'site-sec', family: 'vascular-sec' }, folder)).capture.seriesNumber).toBe(43);
    expect((await openTemplate(MODEL)).capture.seriesNumber).toBe(seriesNumber);
  });

  test.each([
    ['capture/vascular-sec.json', { seriesNumber: -1, seriesDescription: {}, extra: 1 }, /seriesNumber.*seriesDescription/u],
    [
      'capture/vascular-sec.json',
      { ...TEMPLATE.capture, words: { ...TEMPLATE.capture.words, cine: '\u9634\u6027', page: { map: 'x'.repeat(200) } } },
      /words\.page\.about.*words\.page\.map: a text of up to 100.*words\.cine: no letters on pages for: \u9634\u6027/u,
    ],
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
    expect(kept.hl7).toMatchObject({ resultStatus: 'preliminary-corrected', actionableCategory: null });
    const fieldsOf = (message: string, name: string) =>
      message
        .split('\r')
        .find((one) => one.startsWith(`${name}|`))
        ?.split('|') ?? [];
    const { message } = messageOf(RESULT, { template: kept });
    expect([18, 25].map((field) => fieldsOf(message, 'OBR')[field])).toEqual(['7', 'R']);
    expect(fieldsOf(message, 'PV1')[3]).toBe('RAD^US 1');
    const statuses = (template: OutputTemplate) =>
      new Set(
        messageOf(RESULT, { template, earlierMessage: message })
          .message.split('\r')
          .flatMap((row) => (row.startsWith('OBX') ? [row.split('|')[11]] : [])),
      );
    expect(statuses(kept)).toEqual(new Set(['O', 'C']));
    await write('hl7/vascular-sec.json', { ...hl7, resultStatus: 'preliminary' });
    expect(statuses(await openTemplate(MODEL, folder))).toEqual(new Set(['O', 'P']));
  });

  test("words of pages are the site's, in letters that the pages have", async () => {
    const { words } = TEMPLATE.capture;
    const own = { about: 'Aufmerksamkeit f\u00fcr Stra\u00dfen', map: 'Klassenaktivierung', below: '' };
    await write('capture/vascular-sec.json', { ...TEMPLATE.capture, words: { ...words, page: own } });
    const template = await openTemplate(MODEL, folder);
    const [section] = RESULT.sections;
    if (section === undefined) throw new Error('no section');
    const parts = { run: RESULT.run, template, names: new Map(), statements: new Map() };
    const svg = sectionSvg({ section, number: 1, of: 1 }, parts);
    const drawn = (text: string) =>
      /<path[^>]*>.*<path[^>]*>/u.exec(textSvg(text, 0, { y: 0, size: 10, colour: '#fff' }))?.[0] ?? '';
    for (const text of ['Aufmerksamkeit fur Strassen', 'Klassenaktivierung']) {
      expect(drawn(text).length).toBeGreaterThan(100);
      expect(svg).toContain(drawn(text));
    }
    expect(svg).not.toContain(drawn(words.page.map));
    const watermark = {
      research: '\u041d\u0415 \u0414\u041b\u042f \u0414\u0418\u0410\u0413\u041d\u041e\u0417\u0410',
      clinical: 'AI',
    };
    const sr = JSON.parse(await readFile(new URL('../../../templates/sr/vascular-sec.json', import.meta.url), 'utf8'));
    await write('sr/vascular-sec.json', { ...sr, watermark });
    await expect(openTemplate(MODEL, folder)).rejects.toThrow(/watermark\.research: no letters on pages for: \u041d\u0415/u);
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
