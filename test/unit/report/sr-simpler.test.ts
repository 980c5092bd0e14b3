import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Artifact } from '../../../src/contracts/delivery.ts';
import type { AnalysisResult } from '../../../src/contracts/finding.ts';
import { attributesOf } from '../../../src/dicom/attributes.ts';
import { type Dataset, text } from '../../../src/dicom/dataset.ts';
import { openPart10 } from '../../../src/dicom/part10.ts';
import { part10 } from '../../../src/dicom/part10-write.ts';
import { BASIC_TEXT_SR, COMPREHENSIVE_SR, ENHANCED_SR } from '../../../src/dicom/sop-classes.ts';
import { structuredReport } from '../../../src/report/sr.ts';
import { simplerClass, simplerForm } from '../../../src/report/sr-simpler.ts';
import { itemsIn, treeOf } from '../../../src/report/sr-tree.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { findings } from '../../support/dciodvfy.ts';
import { runTool } from '../../support/dcmtk.ts';
import { EMPTY_RESULT, RESULT } from '../../support/report-fixture.ts';
import { reportParts } from '../../support/report-objects.ts';
import { type StoreForTest, storeForTest } from '../../support/store.ts';

let store: StoreForTest;
beforeEach(async () => {
  store = await storeForTest();
});
afterEach(() => store.end());

async function attributesAt(spoolPath: string): Promise<Dataset> {
  const file = await openPart10(store.spool().absolute(spoolPath));
  try {
    return attributesOf(file);
  } finally {
    await file.close();
  }
}

/** The report of a result as an artifact in the spool. */
async function reportOf(result: AnalysisResult): Promise<Artifact> {
  const attributes = structuredReport(reportParts(result));
  const artifact: Artifact = {
    artifactKey: 1,
    jobKey: 1,
    studyKey: 1,
    kind: 'sr',
    sopClassUid: text(attributes, 'SOPClassUID'),
    sopInstanceUid: text(attributes, 'SOPInstanceUID'),
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    controlId: '',
    spoolPath: 'artifacts/1/sr.dcm',
    sha256: '',
  };
  await store.spool().writeFile(artifact.spoolPath, part10({ attributes, transferSyntaxUid: artifact.transferSyntaxUid }));
  return artifact;
}

const simpler = async (artifact: Artifact): Promise<Artifact | null> => {
  const form = await simplerForm(artifact, 'PACS', store.spool());
  return form === null ? null : { ...artifact, ...form };
};

test('as Enhanced SR the report says the very same under a UID of its own', async () => {
  const report = await reportOf(RESULT);
  const enhanced = await simpler(report);
  if (enhanced === null) throw new Error('no simpler form');
  const [before, after] = [await attributesAt(report.spoolPath), await attributesAt(enhanced.spoolPath)];
  expect([enhanced.sopClassUid, enhanced.spoolPath]).toEqual([ENHANCED_SR, 'artifacts/1/sr-88.22.dcm']);
  expect(enhanced.sopInstanceUid).not.toBe(report.sopInstanceUid);
  const { SOPClassUID: _class, SOPInstanceUID: _uid, ...same } = before;
  expect(after).toEqual({ ...same, SOPClassUID: ENHANCED_SR, SOPInstanceUID: enhanced.sopInstanceUid });
  expect(await simpler(report)).toEqual(enhanced);
});

test.each([RESULT, DVT_RESULT, LUNG_RESULT, ECHO_RESULT, EMPTY_RESULT])(
  'every form of a $family report is valid, the simplest has sentences and images alone',
  async (result) => {
    const report = await reportOf(result);
    const enhanced = await simpler(report);
    const basic = enhanced === null ? null : await simpler(enhanced);
    if (enhanced === null || basic === null) throw new Error('no simpler form');
    for (const { spoolPath } of [enhanced, basic]) {
      const file = store.spool().absolute(spoolPath);
      expect(await findings(file)).toEqual([]);
      expect((await runTool('dsrdump', [file])).code).toBe(0);
    }
    expect([basic.sopClassUid, basic.spoolPath]).toEqual([BASIC_TEXT_SR, 'artifacts/1/sr-88.11.dcm']);
    const tree = treeOf(await attributesAt(basic.spoolPath));
    const all = tree === null ? [] : itemsIn(tree);
    expect(all.filter(({ value }) => value.type === 'NUM' || value.type === 'SCOORD')).toEqual([]);
    const impression = all.find(({ concept }) => concept?.value === '121073')?.value;
    expect(impression?.type === 'TEXT' ? impression.text : '').toMatch(/^AI - RESEARCH USE ONLY/u);
    expect(await simpler(basic)).toBeNull();
  },
);

test('there is nothing below Basic Text, nor below what is no report', () => {
  expect(simplerClass('1.2.840.10008.5.1.4.1.1.88.34')).toBe(COMPREHENSIVE_SR);
  expect(simplerClass(BASIC_TEXT_SR)).toBeNull();
  expect(simplerClass('1.2.840.10008.5.1.4.1.1.7.4')).toBeNull();
});
