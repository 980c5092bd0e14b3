// Model folders of a department's own images: what the exporters write of them says nothing of reference weights, simulation or published figures.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadCatalogue } from '../../../src/analysis/catalogue.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';

const PYTHON = '/usr/bin/python3';
const SCRIPT = path.resolve(import.meta.dirname, '../../support/site-weights.py');
const OTHERS = /reference weights|simulat|phantom|published/i;

let folder: string;
let refusals: Readonly<Record<string, string>>;

const read = (...place: readonly string[]): string => readFileSync(path.join(folder, ...place), 'utf8');

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sonorelay-site-weights-'));
  try {
    const told = execFileSync(PYTHON, ['-W', 'ignore', SCRIPT, folder], { encoding: 'utf8', stdio: 'pipe', timeout: 240_000 });
    refusals = JSON.parse(told.trim().split('\n').at(-1) ?? '') as typeof refusals;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (!existsSync(PYTHON) || /No module named/.test(said))
      throw new Error('python3-torch and python3-onnx are needed for this test: npm run set-up', { cause: error });
    throw error;
  }
}, 250_000);
afterAll(() => rmSync(folder, { recursive: true }));

const cohorts: Readonly<Record<string, { readonly training: string; readonly cohort: string; readonly card: RegExp }>> = {
  'site-dvt': {
    training: 'labelled DICOM files of a folder',
    cohort: 'labelled compression cines of a folder, held out: other patients than in training',
    card: /\| Closed \| \d\.\d{3} \|/,
  },
  'site-lung': {
    training: 'simulated images and labelled DICOM files of a folder',
    cohort: 'labelled lung cines of a folder; that these are other patients than in training is not known',
    card: /4 cines; .*\n\n\| Accuracy \| Mean F1 \|/,
  },
  'site-sec': {
    training: 'labelled DICOM files of a folder',
    cohort: 'labelled leg sections of a folder, held out: other patients than in training',
    card: /\| SEC, soft attention \| 9 \| 0\.7000/,
  },
};

describe('weights trained on labelled DICOM files', () => {
  test.each(Object.entries(cohorts))('make of %s a folder that tells whose images it saw', (id, { training, cohort, card }) => {
    const manifest = JSON.parse(read(id, 'manifest.json')) as ModelManifest;
    expect(manifest).toMatchObject({
      id,
      manufacturer: 'trained at the site',
      referenceWeights: false,
      notice: 'Weights trained at the site; this project has not validated them. Research use only. Not for diagnosis.',
      licence: 'that of the site',
      training: { data: training },
    });
    const evidence = manifest.outputs.flatMap((output) => output.evidence);
    expect(evidence.length).toBeGreaterThan(0);
    for (const fact of evidence) expect(fact).toMatchObject({ cohort, source: `${id}/metrics.json` });
    // What the weights learnt from is told, and nothing else of the kind.
    const rest = JSON.stringify({ ...manifest, training: { ...manifest.training, data: '' } });
    expect(rest).not.toMatch(OTHERS);
    const text = read(id, 'CARD.md');
    expect(text).toMatch(card);
    expect(text).toContain(`: ${training}.\nFigures: ${cohort}`);
    expect(text.replace(training, '')).not.toMatch(OTHERS);
  });

  test('are taken by the catalogue under the name of their folder', async () => {
    const catalogue = await loadCatalogue(folder, ['site-dvt', 'site-lung']);
    expect([...catalogue.keys()].toSorted()).toEqual(['site-dvt', 'site-lung']);
    expect(catalogue.get('site-dvt')?.manifest.version).toBe('3');
  });

  test('never replace the reference weights, and simulated ones never pass for a site’s', () => {
    const other = "--out is for weights of a folder's images, and these need it: the reference weights are of simulated ones";
    expect(refusals).toEqual({
      'dvt without --out': other,
      'lung without --out': other,
      'simulated with --out': other,
      'simulated, measured on patients':
        "these weights saw simulated images only: `sonorelay evaluate` measures them on a folder's images",
    });
    expect(existsSync(path.join(folder, 'refused'))).toBe(false);
  });
});
