// The attention pages of the cine families as files, in the eyes of other programs: dicom3tools and DCMTK.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AnalysisResult } from '../../src/contracts/finding.ts';
import { part10 } from '../../src/dicom/part10-write.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../../src/dicom/transfer-syntaxes.ts';
import { captureFrames } from '../../src/report/capture-frames.ts';
import { PAGE } from '../../src/report/capture-layout.ts';
import { pagesOf } from '../../src/report/capture-page.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT, NAMES, readCapture } from '../support/capture-fixtures.ts';
import { findings } from '../support/dciodvfy.ts';
import { runTool } from '../support/dcmtk.ts';
import { captureOf, TEMPLATES } from '../support/report-objects.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-capture-'));
});
afterAll(() => rm(folder, { recursive: true }));

const CASES: readonly (readonly [string, Exclude<AnalysisResult, { family: 'echo-view' }>, number])[] = [
  ['landmarks', DVT_RESULT, 4],
  ['one landmark', { ...DVT_RESULT, landmarks: DVT_RESULT.landmarks.slice(2, 3) }, 1],
  ['a lung examination', { ...LUNG_RESULT, cines: LUNG_RESULT.cines.slice(-2) }, 3],
  ['a heart', ECHO_RESULT, 3],
  ['a heart in which no view was read', { ...ECHO_RESULT, views: [], global: null }, 1],
];

describe('the attention pages are valid', () => {
  test.each(CASES)('of %s', async (name, result, count) => {
    const pages = pagesOf(result);
    const template = TEMPLATES[result.family];
    const frames = await Array.fromAsync(captureFrames(pages, { result, template, names: NAMES, read: readCapture }));
    const file = path.join(folder, `${name.replaceAll(' ', '-')}.dcm`);
    await writeFile(file, part10({ attributes: captureOf(result), transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN, frames }));
    expect(await findings(file)).toEqual([]);
    const { code, output } = await runTool('dcmdump', ['+P', 'NumberOfFrames', '+P', 'PixelData', '-M', file]);
    expect(code).toBe(0);
    expect(output).toContain(`IS [${count}]`);
    expect(output).toMatch(new RegExp(`#\\s*${count * PAGE.width * PAGE.height * 3}, 1 PixelData`, 'u'));
  });
});
