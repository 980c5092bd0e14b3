import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadCatalogue, loadEntry, readGraph } from '../../../src/analysis/catalogue.ts';
import { modelDigest, parseManifest } from '../../../src/analysis/manifest.ts';
import type { ModelManifest } from '../../../src/contracts/model.ts';
import { isFault } from '../../../src/kernel/errors.ts';
import { tinyManifest, writeTinyModel } from './tiny-model.ts';

let models: string;
beforeEach(() => {
  models = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-models-'));
});
afterEach(() => rmSync(models, { recursive: true }));

const detailOf = async (work: Promise<unknown>, code: 'model-invalid' | 'model-digest-mismatch'): Promise<string> => {
  const error = await work.then(
    () => null,
    (problem: unknown) => problem,
  );
  if (!isFault(error, code)) throw new Error(`no fault ${code}: ${String(error)}`);
  return error.detail;
};

const write = (manifest: unknown) => {
  mkdirSync(path.join(models, 'vascular-sec'), { recursive: true });
  writeFileSync(path.join(models, 'vascular-sec', 'manifest.json'), JSON.stringify(manifest));
};

describe('the catalogue', () => {
  test('takes a folder whose files have the digests that its manifest states', async () => {
    const manifest = writeTinyModel(models);
    const catalogue = await loadCatalogue(models, ['vascular-sec']);
    const entry = catalogue.get('vascular-sec');
    expect(entry?.manifest).toEqual(manifest);
    expect(entry?.digest).toMatch(/^[0-9a-f]{64}$/);
    if (entry === undefined) throw new Error('no entry');
    expect((await readGraph(entry, 'head')).length).toBeGreaterThan(100);
  });

  test('refuses a changed graph file by name, with both digests', async () => {
    const manifest = writeTinyModel(models);
    const file = path.join(models, 'vascular-sec', 'head.onnx');
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0])]));
    const detail = await detailOf(loadCatalogue(models, ['vascular-sec']), 'model-digest-mismatch');
    expect(detail).toContain(`head.onnx: expected ${manifest.graphs['head']?.sha256}, found `);
    const entry = await loadEntry(models, 'vascular-sec');
    expect(await detailOf(readGraph(entry, 'head'), 'model-digest-mismatch')).toBe(detail);
  });

  test('refuses a graph of another opset than the manifest states, by name', async () => {
    const manifest = writeTinyModel(models);
    const { head, ...rest } = manifest.graphs;
    if (head === undefined) throw new Error('no head');
    write({ ...manifest, graphs: { ...rest, head: { ...head, opset: 15 } } });
    const entry = await loadEntry(models, 'vascular-sec');
    expect(await detailOf(readGraph(entry, 'head'), 'model-invalid')).toBe(
      'graphs.head: head.onnx is of opset 13, the manifest states 15',
    );
    expect((await readGraph(entry, 'backbone')).length).toBeGreaterThan(100);
  });

  test('lists every problem of a manifest by path', async () => {
    const { licence: _left, ...rest } = tinyManifest({});
    write({ ...rest, notice: '', colour: 'red', preprocessing: { ...rest.preprocessing, downsample: 0 } });
    const detail = await detailOf(loadCatalogue(models, ['vascular-sec']), 'model-invalid');
    for (const problem of ['notice: ', 'licence: ', 'preprocessing.downsample: ', 'colour']) expect(detail).toContain(problem);
  });

  test.each<[string, Partial<ModelManifest>, string]>([
    ['a missing graph', { graphs: {} }, 'graphs.backbone: missing; graphs.head: missing'],
    ['another kind than its family reads', { family: 'lung-score' }, 'kind: lung-score reads clip'],
    ['another id than its folder', { id: 'other' }, 'id: is other, the folder is vascular-sec'],
    ['no operating point', { outputs: tinyManifest({}).outputs.slice(1) }, 'outputs: sec is missing'],
  ])('refuses %s', async (_, changes, problem) => {
    write(tinyManifest({}, changes));
    expect(await detailOf(loadCatalogue(models, ['vascular-sec']), 'model-invalid')).toContain(problem);
  });

  test('finds the model that echo-cmr needs beside it by its family, and refuses a folder that names none', async () => {
    const shipped = (id: string) =>
      parseManifest(JSON.parse(readFileSync(path.join(import.meta.dirname, '../../../models', id, 'manifest.json'), 'utf8')), id);
    const put = (manifest: ModelManifest) => {
      mkdirSync(path.join(models, manifest.id), { recursive: true });
      writeFileSync(path.join(models, manifest.id, 'manifest.json'), JSON.stringify(manifest));
    };
    put({ ...shipped('echo-view'), id: 'site-view' });
    put({ ...shipped('echo-cmr'), id: 'site-cmr', uses: ['site-view'] });
    expect((await loadEntry(models, 'site-cmr')).companions.map(({ manifest }) => manifest.id)).toEqual(['site-view']);
    const { uses: _none, ...alone } = shipped('echo-cmr');
    put({ ...alone, id: 'alone' });
    expect(await detailOf(loadEntry(models, 'alone'), 'model-invalid')).toContain(
      'uses: no model of the family echo-view, one is needed',
    );
  });

  test('refuses graph files outside the folder, by name or by link', async () => {
    const manifest = tinyManifest({});
    const graphs = { ...manifest.graphs, head: { ...tinyManifest({}).graphs['head'], file: '../head.onnx' } };
    write({ ...manifest, graphs });
    expect(await detailOf(loadCatalogue(models, ['vascular-sec']), 'model-invalid')).toContain(
      'graphs.head.file: a plain file name',
    );
    writeFileSync(path.join(models, 'outside.onnx'), 'x');
    write(manifest);
    symlinkSync(path.join(models, 'outside.onnx'), path.join(models, 'vascular-sec', 'backbone.onnx'));
    expect(await detailOf(loadCatalogue(models, ['vascular-sec']), 'model-invalid')).toContain('lies outside the model folder');
  });

  test('names the folder that is not there, JSON that is none, and an id that is a path', async () => {
    expect(await detailOf(loadCatalogue(models, ['nothing-here']), 'model-invalid')).toContain(
      path.join('nothing-here', 'manifest.json'),
    );
    expect(await detailOf(loadCatalogue(models, ['../x']), 'model-invalid')).toContain('is no model id');
    mkdirSync(path.join(models, 'broken'));
    writeFileSync(path.join(models, 'broken', 'manifest.json'), '{');
    expect(await detailOf(loadCatalogue(models, ['broken']), 'model-invalid')).toContain('not JSON');
  });
});

test('the digest of a model changes with whatever can change a result, and with nothing else', () => {
  const manifest = tinyManifest({ backbone: 'a'.repeat(64), head: 'b'.repeat(64) });
  const { backbone, head } = manifest.graphs;
  if (backbone === undefined || head === undefined) throw new Error('no graphs');
  expect(modelDigest({ ...manifest, graphs: { head, backbone } }, [])).toBe(modelDigest(manifest, []));
  expect(modelDigest({ ...manifest, graphs: { head: backbone, backbone: head } }, [])).not.toBe(modelDigest(manifest, []));
  const stricter = manifest.outputs.map((output) => (output.threshold === undefined ? output : { ...output, threshold: 0.99 }));
  expect(modelDigest({ ...manifest, outputs: stricter }, [])).not.toBe(modelDigest(manifest, []));
  expect(modelDigest({ ...manifest, version: '9.9.9' }, [])).not.toBe(modelDigest(manifest, []));
});

test('a manifest of the contract passes the check unchanged', () => {
  const manifest = tinyManifest({});
  expect(parseManifest(JSON.parse(JSON.stringify(manifest)), 'here')).toEqual(manifest);
});
