// The README's first command, as a user runs it: what it prints, what it leaves, and how it ends.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { findings } from '../support/dciodvfy.ts';
import { runTool } from '../support/dcmtk.ts';
import { smallExamination } from '../support/examination.ts';
import { ROOT } from '../support/node-under-test.ts';

const demo = (...args: readonly string[]) =>
  runTool(process.execPath, [path.join(ROOT, 'src/main.ts'), 'demo', '--exit', ...args], { timeoutMs: 380_000 });

type Summary = {
  readonly objectsAccepted: number;
  readonly reports: readonly {
    readonly studyInstanceUid: string;
    readonly findings: readonly { readonly trackingIdentifier: string; readonly answer: string; readonly simulatedAs?: string }[];
  }[];
  readonly pictures: readonly string[];
  readonly messages: readonly string[];
};

describe('the demonstration', () => {
  let folder: string;
  let said: Awaited<ReturnType<typeof demo>>;
  let summary: Summary;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-demo-'));
    said = await demo('--out', folder);
    summary = JSON.parse(await readFile(path.join(folder, 'summary.json'), 'utf8')) as Summary;
  }, 400_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('ends with exit code 0 and shows progress, findings and the message', () => {
    expect(said.code).toBe(0);
    for (const kind of ['leg', 'lung', 'echo'])
      expect(said.output).toMatch(new RegExp(`sending \\d+ objects of a simulated ${kind} examination`));
    expect(said.output).toMatch(/sr is at pacs/);
    expect(said.output).toMatch(/Accession +Statement +Site +Finding +Answer +Certainty +Simulated as/);
    expect(said.output).toMatch(/^MSH\|/m);
    expect(said.output).toContain('Reference weights, trained on simulated images');
  });

  test('leaves a report, captures and a message of each model, readable', async () => {
    const pacs = await readdir(path.join(folder, 'pacs'));
    const objects = pacs.filter((name) => name.endsWith('.dcm'));
    // Report and pages of four models; a cine of each of two veins, five areas and three views.
    expect(objects).toHaveLength(18);
    for (const name of objects) expect(await findings(path.join(folder, 'pacs', name))).toEqual([]);
    expect(pacs.filter((name) => name.endsWith('.html'))).toHaveLength(4);
    const pages = summary.pictures.filter((name) => name.endsWith('.png'));
    expect(pages.length).toBeGreaterThanOrEqual(12);
    for (const page of pages) expect((await readFile(path.join(folder, page))).subarray(1, 4).toString()).toBe('PNG');
    const cines = summary.pictures.filter((name) => name.endsWith('.webp'));
    expect(cines).toHaveLength(10);
    for (const cine of cines) expect((await sharp(path.join(folder, cine)).metadata()).pages).toBeGreaterThanOrEqual(10);
    expect(await readdir(path.join(folder, 'ehr'))).toHaveLength(4);
  });

  test('makes its statements of every family, each beside what was simulated', () => {
    const found = summary.reports.flatMap((report) => report.findings);
    const keys = found.map(({ trackingIdentifier }) => trackingIdentifier);
    for (const key of [
      'SEC L CFV',
      'SEC R POP',
      'DVT L SFJ',
      'DVT R SFJ',
      'LUS area 01',
      'LUS exam total',
      'WMA A4C',
      'WMA global',
    ])
      expect(keys).toContain(key);
    expect(new Set(summary.reports.map(({ studyInstanceUid }) => studyInstanceUid)).size).toBe(3);
    for (const { simulatedAs, answer } of found) {
      expect(simulatedAs).toMatch(/^(absent|mild|marked|fully|partially|non-compressible|score \d|sum \d+|normal|abnormal)$/);
      expect(answer).not.toBe('');
    }
  });

  test('takes a folder of files instead, and says which of them are no DICOM', async () => {
    const examination = await smallExamination(61);
    const own = await mkdtemp(path.join(tmpdir(), 'sonorelay-demo-input-'));
    const output = await demo('--out', own, '--input', examination.folder);
    expect(output.code).toBe(0);
    expect(output.output).toMatch(new RegExp(`sending ${examination.files.length} objects`));
    expect((JSON.parse(await readFile(path.join(own, 'summary.json'), 'utf8')) as Summary).objectsAccepted).toBe(
      examination.files.length,
    );
    const nothing = await demo('--out', own, '--input', path.join(ROOT, 'docs'));
    expect([nothing.code, /There is no DICOM file to send/.test(nothing.output)]).toEqual([64, true]);
    await rm(own, { recursive: true, force: true });
  });
});
