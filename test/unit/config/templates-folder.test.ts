// The folder of a site's templates, as `sonorelay check` sees it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { probeModel } from '../../../src/commands/probe-model.ts';
import { probeTemplates } from '../../../src/commands/probe-templates.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { preflight } from '../../../src/config/preflight.ts';

const MODELS = path.resolve(import.meta.dirname, '../../../models');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-check-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function issues(templatesFolder: string, ports: object = { probeTemplates }): Promise<readonly string[]> {
  const text = `{ acceptAnyPeer: true, spool: { minFreeMiB: 0 }, models: { folder: "${MODELS}", use: [vascular-sec] }, reports: { templatesFolder: ${templatesFolder} } }`;
  const loaded = loadConfig(text);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.issues));
  const found = await preflight(loaded.config, folder, { probePort: () => Promise.resolve(), probeModel, ...ports });
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

test('with a file that fits no model is told with the file; notes of people, other models and families are left alone', async () => {
  const write = async (file: string, content = '{}'): Promise<void> => {
    await mkdir(path.dirname(path.join(folder, 'site', file)), { recursive: true });
    await writeFile(path.join(folder, 'site', file), content);
  };
  for (const file of ['README.md', '.git/config', 'sr/lung-score.json', 'hl7/.swp']) await write(file);
  expect(await issues('site')).toEqual([]);
  for (const file of [
    'sr/vascular_sec.json',
    'capture/echo-view.json',
    'hl7/vascular-sec.json.bak',
    'hl7/old/lung-score.json',
    'feilds.json',
  ])
    await write(file);
  expect(await issues('site')).toEqual([
    'reports.templatesFolder: capture/echo-view.json fits no model: no model and no family is called "echo-view".',
    'reports.templatesFolder: feilds.json is no template: nothing reads it.',
    'reports.templatesFolder: hl7/old/lung-score.json is no template: nothing reads it.',
    'reports.templatesFolder: hl7/vascular-sec.json.bak is no template: nothing reads it.',
    'reports.templatesFolder: sr/vascular_sec.json fits no model: no model and no family is called "vascular_sec".',
  ]);
  expect(await issues('site', {})).toEqual([]);
});
