// A FHIR destination from the text of a configuration to what delivery works with.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDestinations } from '../../../src/config/destinations.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { preflight } from '../../../src/config/preflight.ts';
import type { Config } from '../../../src/config/schema.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-config-'));
  for (const name of ['ca.pem', 'own.pem', 'own.key']) await writeFile(path.join(folder, name), name);
});
afterAll(() => rm(folder, { recursive: true }));

const textOf = (lines: string): string =>
  ['acceptAnyPeer: true', 'models: { use: [] }', `destinations: [{ name: ehr, kind: fhir, ${lines} }]`].join('\n');

function configOf(lines: string): Config {
  const loaded = loadConfig(textOf(lines));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.issues));
  return loaded.config;
}

const issuesOf = (lines: string): readonly string[] => {
  const loaded = loadConfig(textOf(lines));
  return loaded.ok ? [] : loaded.issues.map(({ path: at, problem }) => `${at}: ${problem}`);
};

describe('the base URL', () => {
  test.each([
    'https://ehr.example/fhir',
    'https://ehr.example:8443/',
    'http://localhost:8080/fhir',
    'http://127.0.0.1/fhir',
    'http://[::1]:8080/fhir',
  ])('%s may be used', (baseUrl) => {
    expect(issuesOf(`baseUrl: "${baseUrl}"`)).toEqual([]);
  });

  test.each([
    'ehr.example',
    'ftp://ehr.example/fhir',
    'https://user:secret@ehr.example/fhir',
    'https://ehr.example/fhir?x=1',
    'https://ehr.example/fhir#x',
    'https://ehr.example/a b',
  ])('%s is none', (baseUrl) => {
    expect(issuesOf(`baseUrl: "${baseUrl}"`)).toEqual([
      'destinations[0].baseUrl: must be an https URL without user, query and fragment',
    ]);
  });

  test.each(['http://ehr.example/fhir', 'http://127.0.0.1.ehr.example/fhir', 'http://10.0.0.1/fhir'])(
    '%s is in clear to another machine: only where that is said',
    (baseUrl) => {
      expect(issuesOf(`baseUrl: "${baseUrl}"`)).toEqual([
        'destinations[0].baseUrl: is http to another machine: use https, or set allowInsecure',
      ]);
      expect(issuesOf(`baseUrl: "${baseUrl}", allowInsecure: true`)).toEqual([]);
    },
  );
});

describe('a FHIR destination', () => {
  test('has its files read, its times in milliseconds and no slash at the end of its URL', async () => {
    const lines =
      'baseUrl: "https://ehr.example/fhir//", tokenFile: token, tls: { caFile: ca.pem, certificateFile: own.pem, keyFile: own.key }';
    expect(await openDestinations(configOf(lines), folder)).toEqual([
      {
        name: 'ehr',
        kind: 'fhir',
        baseUrl: 'https://ehr.example/fhir',
        tokenFile: path.join(folder, 'token'),
        tls: { ca: 'ca.pem', certificate: 'own.pem', key: 'own.key' },
        patientIdentifierSystem: null,
        accessionNumberSystem: null,
        connectTimeoutMs: 10_000,
        responseTimeoutMs: 60_000,
        retry: { firstDelayMs: 5000, longestDelayMs: 300_000, mostAttempts: 0 },
      },
    ]);
  });

  test('over http has no TLS', async () => {
    const [destination] = await openDestinations(configOf('baseUrl: "http://localhost/fhir"'), folder);
    expect(destination).toMatchObject({ kind: 'fhir', tls: null });
  });

  test('with a certificate and no key is refused', () => {
    expect(issuesOf('baseUrl: "https://ehr.example", tls: { certificateFile: own.pem }')).toEqual([
      'destinations[0].tls: certificateFile and keyFile go together',
    ]);
  });

  test('names identifier systems as URIs', () => {
    expect(issuesOf('baseUrl: "https://ehr.example", patientIdentifierSystem: mrn')).toHaveLength(1);
    expect(issuesOf('baseUrl: "https://ehr.example", patientIdentifierSystem: "urn:oid:1.2.3"')).toEqual([]);
  });

  test('has its missing files told by path before the node starts', async () => {
    const config = configOf('baseUrl: "https://ehr.example", tokenFile: none, tls: { caFile: none.pem }');
    const issues = await preflight(
      { ...config, spool: { folder: 'spool', minFreeMiB: 0 }, models: { ...config.models, folder: '.' } },
      folder,
      { probePort: () => Promise.resolve(), probeModel: () => Promise.resolve() },
    );
    expect(issues.map((issue) => issue.path)).toEqual(['destinations[0].tokenFile', 'destinations[0].tls.caFile']);
  });
});
