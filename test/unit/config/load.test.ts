// The configuration: every problem at once and by path; the shipped file and the generated pages match the schema.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/config/load.ts';
import { configJsonSchema, configReference } from '../../../src/config/reference.ts';
import { dicomConformance } from '../../../src/dicom/conformance.ts';
import { fhirConformance } from '../../../src/fhir/conformance.ts';
import { errorReference } from '../../../src/kernel/error-reference.ts';
import { hl7Conformance } from '../../../src/report/hl7-conformance.ts';
import { shippedTemplates } from '../../../src/report/templates.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const shipped = readFileSync(path.join(ROOT, 'config/sonorelay.yaml'), 'utf8');

const issuesOf = (text: string): readonly string[] => {
  const loaded = loadConfig(text);
  return loaded.ok ? [] : loaded.issues.map((issue) => `${issue.path}: ${issue.problem}`);
};

describe('a configuration', () => {
  test('as shipped is valid, frozen, and has its defaults filled in', () => {
    const loaded = loadConfig(shipped);
    expect(loaded.ok).toBe(true);
    if (!loaded.ok) return;
    expect(loaded.config.aeTitle).toBe('SONORELAY');
    expect(Object.isFrozen(loaded.config.dicom)).toBe(true);
    expect(Object.isFrozen(loaded.config.destinations)).toBe(true);
  });

  test('as shipped names every option of the schema that is not optional detail', () => {
    const named = Object.keys(parse(shipped) as object).toSorted();
    const known = Object.keys((JSON.parse(configJsonSchema()) as { properties: object }).properties).toSorted();
    expect(named).toEqual(known);
  });

  test('reports every problem with its path', () => {
    const issues = issuesOf(
      [
        'aeTitle: "THIS AE TITLE IS TOO LONG"',
        'acceptAnyPeer: true',
        'dicom: { port: 99999 }',
        'colour: green',
        'routes: [{ name: a, models: [nothing], destinations: [nowhere] }]',
        'destinations: [{ name: x, kind: dicom, host: h, port: 0, calledAeTitle: A }]',
      ].join('\n'),
    );
    expect(issues.some((issue) => issue.startsWith('aeTitle: '))).toBe(true);
    expect(issues.some((issue) => issue.startsWith('dicom.port: '))).toBe(true);
    expect(issues).toContain('colour: is no option of this name');
    expect(issues.some((issue) => issue.startsWith('destinations[0].port: '))).toBe(true);
  });

  test('reports names that do not exist or exist twice', () => {
    const issues = issuesOf(
      [
        'acceptAnyPeer: true',
        'routes: [{ name: a, models: [nothing], destinations: [nowhere] }, { name: a, models: [], destinations: [] }]',
      ].join('\n'),
    );
    expect(issues).toEqual([
      'routes[1].name: "a" is used twice',
      'routes[0].models[0]: "nothing" is not in models.use',
      'routes[0].destinations[0]: "nowhere" is no destination',
    ]);
  });

  test('that nobody could send to is refused', () => {
    expect(issuesOf('aeTitle: A')).toEqual(['peers: is empty and acceptAnyPeer is false: nobody could send']);
  });

  test('that is no YAML is refused with its line', () => {
    expect(issuesOf('aeTitle: [')[0]).toMatch(/^line \d+: /);
  });

  test('with a pattern that is no regular expression is refused by path', () => {
    const issues = issuesOf('acceptAnyPeer: true\nroutes: [{ name: a, when: { modality: "(" }, models: [], destinations: [] }]');
    expect(issues).toEqual(['routes[0].when.modality: must be a regular expression']);
  });
});

describe('the generated pages', () => {
  const page = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

  test('match the tables they come from; node scripts/write-reference.ts writes them', async () => {
    expect(page('config/schema.json')).toBe(configJsonSchema());
    expect(page('docs/configuration.md')).toBe(configReference());
    expect(page('docs/errors.md')).toBe(errorReference());
    expect(page('docs/conformance-dicom.md').endsWith(dicomConformance())).toBe(true);
    expect(page('docs/conformance-fhir.md').endsWith(fhirConformance())).toBe(true);
    expect(page('docs/conformance-hl7.md').endsWith(hl7Conformance(await shippedTemplates()))).toBe(true);
  });
});
