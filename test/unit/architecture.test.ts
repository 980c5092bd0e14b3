// Holds the house to its plan: which folder may import which, where outside packages live, no cycles, no barrels, no long files.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SRC = path.join(ROOT, 'src');

/** Folder → folders it may import besides itself (docs/architecture.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  dicom: ['kernel', 'contracts'],
  hl7: ['kernel', 'contracts'],
  fhir: ['kernel', 'dicom', 'contracts'],
  contracts: ['kernel'],
  config: ['kernel', 'dicom', 'contracts'],
  store: ['kernel', 'dicom', 'contracts'],
  evaluation: ['kernel', 'dicom', 'contracts'],
  phantom: ['kernel', 'dicom', 'contracts'],
  routing: ['dicom', 'contracts'],
  intake: ['kernel', 'dicom', 'contracts', 'store'],
  analysis: ['kernel', 'dicom', 'contracts', 'store'],
  delivery: ['kernel', 'dicom', 'contracts', 'store'],
  archive: ['kernel', 'dicom', 'contracts', 'store'],
  study: ['kernel', 'dicom', 'contracts', 'store', 'routing'],
  report: ['kernel', 'dicom', 'contracts', 'store', 'hl7', 'fhir'],
  admin: ['kernel', 'contracts', 'store'],
  edge: ['kernel', 'dicom', 'hl7', 'fhir', 'contracts'],
};

/** Files that see more than their folder: the composition root, the commands, the process that carries the analysis and its threads. */
const SEES_ALL = [
  /^node\.ts$/,
  /^main\.ts$/,
  /^commands\//,
  /^demo\//,
  /^edge\/analyser-process\.ts$/,
  /^edge\/frame-thread\.ts$/,
];

/** Outside package or Node module that owns a resource → the only places that may import it. */
const ADDRESSES: Readonly<Record<string, readonly RegExp[]>> = {
  'node:net': [/^edge\//, /^intake\/admission\.ts$/],
  'node:tls': [/^edge\//],
  'node:http': [/^edge\//],
  'node:https': [/^edge\//],
  'node:child_process': [/^edge\//, /^commands\//, /^demo\//],
  'node:sqlite': [/^store\//],
  pg: [/^store\//],
  'onnxruntime-node': [/^edge\/onnx\.ts$/],
  'tesseract.js': [/^edge\/text-reader\.ts$/],
  express: [/^edge\/http-server\.ts$/],
  helmet: [/^edge\/http-server\.ts$/],
  winston: [/^kernel\/log\.ts$/],
  zod: [/^config\//, /^analysis\/manifest\.ts$/, /^report\/template-schema\.ts$/],
  dcmjs: [/^dicom\//],
  sharp: [
    /^edge\/analyser-process\.ts$/,
    /^report\/capture-frames\.ts$/,
    /^report\/page-picture\.ts$/,
    /^phantom\/write\.ts$/,
    /^commands\/look-picture\.ts$/,
    /^demo\//,
  ],
};

type SourceFile = { readonly name: string; readonly text: string; readonly imports: readonly string[] };

const IMPORT =
  /^\s*(?:import|export)\b[^'"`;]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

const files: readonly SourceFile[] = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => {
    const full = path.join(entry.parentPath, entry.name);
    const text = readFileSync(full, 'utf8');
    return {
      name: path.relative(SRC, full),
      text,
      imports: [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? ''),
    };
  });

const folderOf = (name: string): string => (name.includes('/') ? (name.split('/')[0] ?? '') : '');
const targetOf = (file: SourceFile, specifier: string): string => path.normalize(path.join(path.dirname(file.name), specifier));
const inside = (file: SourceFile): readonly string[] =>
  file.imports.filter((specifier) => specifier.startsWith('.')).map((specifier) => targetOf(file, specifier));

describe('the architecture', () => {
  test('is read from more than thirty source files', () => {
    expect(files.length).toBeGreaterThan(30);
  });

  test('lets a folder import only what the table allows', () => {
    const breaches = files
      .filter((file) => !SEES_ALL.some((pattern) => pattern.test(file.name)))
      .flatMap((file) =>
        inside(file)
          .filter(
            (target) =>
              folderOf(target) !== folderOf(file.name) && !(MAY_IMPORT[folderOf(file.name)] ?? []).includes(folderOf(target)),
          )
          .map((target) => `${file.name} imports ${target}`),
      );
    expect(breaches).toEqual([]);
  });

  test('lets nothing but the composition root, the commands and the edge import the edge', () => {
    const breaches = files
      .filter((file) => !/^(node\.ts|commands\/|demo\/|edge\/)/.test(file.name))
      .flatMap((file) =>
        inside(file)
          .filter((target) => folderOf(target) === 'edge')
          .map((target) => `${file.name} imports ${target}`),
      );
    expect(breaches).toEqual([]);
  });

  test('gives each outside package one address', () => {
    const breaches = files.flatMap((file) =>
      file.imports
        .filter((specifier) => specifier in ADDRESSES && !ADDRESSES[specifier]?.some((pattern) => pattern.test(file.name)))
        .map((specifier) => `${file.name} imports ${specifier}`),
    );
    expect(breaches).toEqual([]);
  });

  test('has no import cycle, type imports included', () => {
    const graph = new Map(files.map((file) => [file.name, inside(file)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (name: string, trail: readonly string[]): void => {
      if (trail.includes(name)) {
        cycles.push([...trail.slice(trail.indexOf(name)), name].join(' -> '));
        return;
      }
      if (done.has(name)) return;
      for (const next of graph.get(name) ?? []) walk(next, [...trail, name]);
      done.add(name);
    };
    for (const name of graph.keys()) walk(name, []);
    expect(cycles).toEqual([]);
  });

  test('names the file that holds a thing: relative imports end in .ts and no file is a barrel', () => {
    const wrong = files.flatMap((file) =>
      file.imports
        .filter((specifier) => specifier.startsWith('.') && !specifier.endsWith('.ts'))
        .map((specifier) => `${file.name}: ${specifier}`),
    );
    const barrels = files
      .filter((file) => path.basename(file.name) === 'index.ts' || /^\s*export \*/m.test(file.text))
      .map((file) => file.name);
    expect([...wrong, ...barrels]).toEqual([]);
  });

  test('keeps every file at 500 lines or fewer, with an opening comment', () => {
    const long = files.filter((file) => file.text.split('\n').length > 501).map((file) => file.name);
    const unopened = files.filter((file) => !/^(#![^\n]*\n)?(\/\/|\/\*)/.test(file.text)).map((file) => file.name);
    expect([...long, ...unopened]).toEqual([]);
  });

  test('has no enum, no parameter property, no default export, no suppressed check', () => {
    const marks =
      /^\s*(export )?(const )?enum |constructor\([^)]*\b(private|public|readonly)\b|^export default|@ts-(ignore|nocheck|expect-error)/m;
    expect(files.filter((file) => marks.test(file.text)).map((file) => file.name)).toEqual([]);
  });

  test('speaks of no machine: no absolute path of a workplace in code', () => {
    expect(files.filter((file) => /['"`](\/work|\/root|\/home)\//.test(file.text)).map((file) => file.name)).toEqual([]);
  });
});

describe('the lock file', () => {
  test('names no download addresses', () => {
    expect(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved":/);
  });
});
