// What a radiologist sees: a study with its results in OHIF, served beside Orthanc's DICOMweb, in headless Chromium. Screenshots are kept in
// var/browser-tests, for people.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dcmsend, type Examination, smallExamination } from '../support/examination.ts';
import { type Hl7Receiver, startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, nodeUnderTest, ROOT, until } from '../support/node-under-test.ts';
import { type Ohif, startOhif } from '../support/ohif.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';

const SCREENSHOTS = path.join(ROOT, 'var/browser-tests');
const VIEW_TIMEOUT_MS = 60_000;

describe('OHIF, with a leg examination and its results', () => {
  let pacs: Orthanc;
  let ehr: Hl7Receiver;
  let examination: Examination;
  let viewer: Ohif;

  const thumbnail = (text: string) => viewer.page.locator('[data-cy^="study-browser-thumbnail"]').filter({ hasText: text });
  const view = () => viewer.page.locator('[data-cy="viewport-grid"]');
  const keep = (name: string) => viewer.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  const shown = async (text: RegExp): Promise<string> => {
    await view().getByText(text).first().waitFor({ timeout: VIEW_TIMEOUT_MS });
    return view().innerText();
  };

  beforeAll(async () => {
    await mkdir(SCREENSHOTS, { recursive: true });
    [pacs, ehr, examination] = await Promise.all([
      startOrthanc({ aeTitle: 'PACS', dicomWeb: true }),
      startHl7Receiver(),
      smallExamination(41, { cines: 1 }),
    ]);
    const place = await nodeUnderTest({ pacsPort: pacs.dicomPort, ehrPort: ehr.port });
    const node = await place.start();
    try {
      for (const file of examination.files) await pacs.upload(file);
      await dcmsend(examination.files, { port: node.dicomPort });
      await until('the study is settled', 90_000, async () => isSettled(await place.overviews()));
    } finally {
      await node.end('SIGTERM');
      await place.remove();
    }
    viewer = await startOhif(pacs.httpPort);
    await viewer.open(examination.labels.studyInstanceUid);
  }, 240_000);

  afterAll(async () => {
    await viewer.stop();
    await Promise.all([pacs.stop(), ehr.stop()]);
  });

  test('lists report and attention images beside the images of the study', async () => {
    await thumbnail('AI SEC attention - RESEARCH USE ONLY').waitFor({ timeout: VIEW_TIMEOUT_MS });
    await thumbnail('AI SEC report - RESEARCH USE ONLY').waitFor({ timeout: VIEW_TIMEOUT_MS });
    await keep('study');
  });

  test('shows the attention images and pages through them', async () => {
    await thumbnail('AI SEC attention').dblclick();
    await shown(/AI SEC attention/u);
    const pages = Number(/\(1\/(\d+)\)/u.exec(await shown(/\(1\/\d+\)/u))?.[1]);
    expect(pages).toBeGreaterThan(1);
    await viewer.page.waitForTimeout(1000);
    await keep('attention-1');
    await view().hover();
    await viewer.page.mouse.wheel(0, 120);
    expect(await shown(/\(2\/\d+\)/u)).toContain(`(2/${pages})`);
    await keep('attention-2');
  });

  test('draws the findings of the report on the frames that they rest on, in words', async () => {
    await thumbnail('AI SEC report').dblclick();
    const words = await shown(/Research AI: left femoral vein SEC present/u);
    expect(words).toMatch(/Certainty of Finding: \d+(\.\d+)? %/u);
    expect(words).toContain('Femoral vein');
    await keep('report');
  });
});
