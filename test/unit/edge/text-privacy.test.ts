import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ResultOf, SectionResult } from '../../../src/contracts/finding.ts';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import type { AnalyserPool } from '../../../src/edge/analyser-pool.ts';
import { type Canvas, grey, write } from '../../../src/phantom/canvas.ts';
import { startTinyAnalyser } from '../../support/tiny-analyser.ts';
import { COLUMNS, greyFrame, ROWS, storeInstance } from '../analysis/instances.ts';

const LIMITS = { maxPixels: 4_000_000, maxFrames: 1000, maxFrameBytes: 16_000_000 };
/** A name that is also a word of the labels. */
const NAME = 'RIGHT ZQXANNA';

let folder: string;
let pool: AnalyserPool;
let jobs = 0;
const events: unknown[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-text-'));
  pool = await startTinyAnalyser(folder, { log: (name, fields) => events.push({ name, fields }) });
}, 60_000);
afterAll(async () => {
  await pool.stop();
  rmSync(folder, { recursive: true });
});

/** A black screen with a patient's name in its first line and an annotation in its last; the region lies between. */
function writtenFrame(annotation: string): Uint8Array {
  const pixels = greyFrame(60);
  pixels.fill(0, 0, 30 * COLUMNS).fill(0, 222 * COLUMNS);
  const canvas: Canvas = { rows: ROWS, columns: COLUMNS, samplesPerPixel: 1, pixels };
  write(canvas, NAME, { at: { x: 10, y: 6 }, colour: grey(210), scale: 2 });
  write(canvas, annotation, { at: { x: 10, y: 224 }, colour: grey(230), scale: 2 });
  return pixels;
}

/** The section of a still that says nothing of side and vein in its header. */
async function sectionOf(attributes: Dataset): Promise<SectionResult | undefined> {
  jobs += 1;
  const frames = [writtenFrame('LT CFV TRANS')];
  const input = await storeInstance(path.join(folder, 'spool'), { uid: `2.25.${jobs}`, frames, attributes });
  const request = {
    jobKey: jobs,
    studyInstanceUid: '2.25.1000',
    revision: 1,
    modelId: 'vascular-sec',
    inputs: [input],
    resultFolder: `results/${jobs}`,
    limits: LIMITS,
  };
  const { resultPath } = await pool.analyse(request, new AbortController().signal);
  const result: ResultOf<'vascular-sec'> = JSON.parse(readFileSync(path.join(folder, 'spool', resultPath), 'utf8'));
  return result.sections[0];
}

describe('text read in the analysis process', () => {
  test('labels a section; the words of the patient are not taken for labels, and nothing read is kept or logged', async () => {
    const section = await sectionOf({ PatientName: 'RIGHT^ZQXANNA' });
    expect(section).toMatchObject({ side: 'left', sideSource: 'text', vein: 'CFV', veinSource: 'text' });
    const written = readdirSync(path.join(folder, 'spool', 'results'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'));
    expect(written.length).toBeGreaterThan(2);
    for (const bytes of [...written, JSON.stringify(events)]) expect(bytes).not.toMatch(/ZQX|ANNA|RIGHT|TRANS\b/i);
  }, 60_000);

  test('that contradicts itself decides nothing: here the header does not tell that the word is a name', async () => {
    const section = await sectionOf({ PatientName: 'ANONYMOUS' });
    expect(section).toMatchObject({ side: 'unknown', sideSource: 'none', vein: 'CFV' });
    expect(section?.notes).toContain('The text on the picture names more than one side (right, left).');
  }, 60_000);
});
