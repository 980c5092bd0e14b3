// The folder of a site's templates, as `sonorelay check` sees it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { probeModel } from '../../../src/commands/probe-model.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { preflight } from '../../../src/config/preflight.ts';

const MODELS = path.resolve(import.meta.dirname, '../../../models');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-check-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function issues(templatesFolder: string): Promise<readonly string[]> {
  const text = `{ acceptAnyPeer: true, spool: { minFreeMiB: 0 }, models: { folder: "${MODELS}", use: [vascular-sec] }, reports: { templatesFolder: ${templatesFolder} } }`;
  const loaded = loadConfig(text);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.issues));
  const found = await preflight(loaded.config, folder, { probePort: () => Promise.resolve(), probeModel });
  return found.map(({ path: at, problem }) => `${at}: ${problem}`);
}

test('may be left out, or hold a part of the templates', async () => {
  expect(await issues('null')).toEqual([]);
  await mkdir(path.join(folder, 'site/capture'), { recursive: true });
  expect(await issues('site')).toEqual([]);
});

test('that is not there is told by its option', async () => {
  expect(await issues('none')).toEqual([expect.stringMatching(/^reports\.templatesFolder: ENOENT/u)]);
});

test('with a fault in a template is told with the model, the file and the place', async () => {
  await mkdir(path.join(folder, 'site/hl7'), { recursive: true });
  await writeFile(path.join(folder, 'site/hl7/fields.json'), '{ "OBR-18": ["accession"] }');
  expect(await issues('site')).toEqual([
    expect.stringMatching(
      /^models\.use\[0\]: The configuration is not valid\. templates\/hl7\/fields\.json: OBR-18\.0: one of patientIdentifier/u,
    ),
  ]);
});
