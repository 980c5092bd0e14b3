// sonorelay models list|check|add: the model folders of an installation. In: a sub-command. Out: a table, or what is wrong by name, or a copied folder.
import { cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CatalogueEntry, loadCatalogue, loadEntry } from '../analysis/catalogue.ts';
import { parseManifest } from '../analysis/manifest.ts';
import { resolved } from '../config/preflight.ts';
import { startAnalyserPool } from '../edge/analyser-pool.ts';
import { errorText, fault, isFault } from '../kernel/errors.ts';
import { checkTemplates } from '../report/check-templates.ts';
import { configFileOf, openConfig, parseOptions } from './arguments.ts';
import { tableText } from './table.ts';

const HELP = `Usage: sonorelay models list  [--config FILE]
       sonorelay models check [ID ...] [--config FILE]
       sonorelay models add FOLDER [--config FILE]

list   the folders below models.folder: version, mode, whether the node uses them, and what their outputs may be reported as
check  manifest, SHA-256 of every file, output template, and a probe run of every graph; all folders unless some are named
add    checks a model folder and copies it to models.folder; an existing folder of that name is never overwritten. Models that it uses are there
       already. The node runs it once models.use and a route name it.`;

type Place = { readonly folder: string; readonly use: readonly string[]; readonly templates: string | null };
const PROBE_TIMEOUT_MS = 120_000;
const OPTIONS = { config: { type: 'string', short: 'c' } } as const;

export async function models(args: readonly string[]): Promise<number> {
  const [verb, ...rest] = args;
  const names = rest.filter((word, index) => !word.startsWith('-') && !['--config', '-c'].includes(rest[index - 1] ?? ''));
  const options = rest.filter((word) => !names.includes(word));
  const isVerb = verb === 'list' || verb === 'check' || verb === 'add';
  const values = parseOptions(isVerb || verb?.startsWith('-') === false ? options : args, OPTIONS, HELP);
  if (values === null) return 0;
  if (!isVerb) throw fault('usage', `Say list, check or add${verb === undefined ? '' : `, not "${verb}"`}.\n\n${HELP}`);
  if (verb === 'list' && names.length > 0) throw fault('usage', `list takes no other words, such as "${names[0]}".\n\n${HELP}`);
  const { config, baseFolder } = await openConfig(configFileOf(values));
  const { templatesFolder } = config.reports;
  const place = {
    folder: resolved(baseFolder, config.models.folder),
    use: config.models.use,
    templates: templatesFolder === null ? null : resolved(baseFolder, templatesFolder),
  };
  if (verb === 'list') return list(place);
  if (verb === 'check') return check(names.length > 0 ? names : await idsIn(place.folder), place);
  const [source, ...others] = names;
  if (source === undefined || others.length > 0) throw fault('usage', `add takes one folder.\n\n${HELP}`);
  return add(path.resolve(source), place);
}

/** What lies in a folder of models. Fault `model-invalid` where there is none. */
async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw fault('model-invalid', `there is no folder ${folder} (${errorText(error)})`, error);
  }
}

/** Folders that hold a manifest. */
async function idsIn(folder: string): Promise<readonly string[]> {
  const entries = await entriesOf(folder);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const held = await Promise.all(folders.map(async (name) => (await readdir(path.join(folder, name))).includes('manifest.json')));
  return folders.filter((_, index) => held[index]).toSorted();
}

async function list(place: Place): Promise<number> {
  const ids = await idsIn(place.folder);
  const entries = await Promise.all(ids.map((id) => loadEntry(place.folder, id).catch((error: unknown) => errorText(error))));
  /** The models in use whose analysis runs another. */
  const usersOf = (id: string): readonly string[] =>
    entries.flatMap((entry) =>
      typeof entry !== 'string' && place.use.includes(entry.manifest.id) && entry.manifest.uses?.includes(id) === true
        ? [entry.manifest.id]
        : [],
    );
  const problems: string[] = [];
  const rows = ids.map((id, index): readonly string[] => {
    const users = usersOf(id);
    const used = place.use.includes(id) ? 'yes' : users.length > 0 ? `by ${users.join(', ')}` : 'no';
    const entry = entries[index];
    if (entry === undefined || typeof entry === 'string') {
      problems.push(`${id}: ${entry ?? ''}`);
      return [id, '?', '?', '?', used, '?', 'cannot be read, see below'];
    }
    const { version, family, mode, referenceWeights, outputs } = entry.manifest;
    const gates = outputs.map((output) => `${output.id} ${output.reporting}`).join(', ');
    return [id, version, family, mode, used, referenceWeights ? 'reference' : 'own', gates];
  });
  process.stdout.write(`${tableText(['Model', 'Version', 'Family', 'Mode', 'Used', 'Weights', 'Outputs'], rows)}\n`);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return problems.length === 0 ? 0 : 78;
}

/** Everything that the node checks at its start, and a run of every graph in an analysis process. */
async function probe(
  id: string,
  place: Pick<Place, 'folder' | 'templates'>,
): Promise<{ readonly entry: CatalogueEntry; readonly provider: string }> {
  const modelsFolder = place.folder;
  if (!(await entriesOf(modelsFolder)).some((entry) => entry.name === id))
    throw fault('model-invalid', `there is no folder ${path.join(modelsFolder, id)}`);
  const entry = (await loadCatalogue(modelsFolder, [id])).get(id);
  if (entry === undefined) throw fault('model-invalid', `${id} is not there`);
  await checkTemplates(entry.manifest, place.templates);
  const spoolFolder = await mkdtemp(path.join(tmpdir(), 'sonorelay-probe-'));
  const pool = startAnalyserPool({
    models: [id],
    modelsFolder,
    spoolFolder,
    providers: ['cuda', 'cpu'],
    threadsPerChild: 1,
    jobTimeoutMs: PROBE_TIMEOUT_MS,
    children: 1,
    log: () => undefined,
  });
  try {
    return { entry, provider: (await pool.ready())[id] ?? '' };
  } finally {
    await pool.stop();
    await rm(spoolFolder, { recursive: true, force: true });
  }
}

async function check(ids: readonly string[], place: Place): Promise<number> {
  const known = await idsIn(place.folder);
  let wrong = 0;
  for (const id of ids) {
    try {
      const { entry, provider } = await probe(id, place);
      process.stdout.write(
        `${id} ${entry.manifest.version}: sound; every graph ran on ${provider}; model sha256 ${entry.digest}\n`,
      );
    } catch (error) {
      wrong += 1;
      const there = known.includes(id) ? '' : `; there are: ${known.join(', ')}`;
      process.stderr.write(`${id}: ${errorText(error)}${there}\n`);
    }
  }
  return wrong === 0 ? 0 : 78;
}

/** The models that a folder says it uses; none when its manifest cannot be read, which the probe puts in words. */
async function usesOf(source: string): Promise<readonly string[]> {
  try {
    return parseManifest(JSON.parse(await readFile(path.join(source, 'manifest.json'), 'utf8')), source).uses ?? [];
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}

async function add(source: string, place: Place): Promise<number> {
  const id = path.basename(source);
  const installed = (await entriesOf(place.folder)).map(({ name }) => name);
  if (installed.includes(id))
    throw fault(
      'model-invalid',
      `${path.join(place.folder, id)} exists; remove it first, or give the new model an id of its own`,
    );
  if (!(await entriesOf(path.dirname(source))).some(({ name }) => name === id))
    throw fault('model-invalid', `there is no folder ${source}`);
  const uses = await usesOf(source);
  const lacking = uses.find((used) => !installed.includes(used));
  if (lacking !== undefined)
    throw fault('model-invalid', `${id} uses ${lacking}, which is not in ${place.folder}; add that one first`);
  // Copied under another name first, so that a copy that is cut short never looks like a model. What it uses is tried beside it, as the node will have it.
  const partial = await mkdtemp(path.join(place.folder, '.adding-'));
  try {
    await cp(source, path.join(partial, id), { recursive: true });
    for (const used of uses) await cp(path.join(place.folder, used), path.join(partial, used), { recursive: true });
    await probe(id, { ...place, folder: partial });
    await rename(path.join(partial, id), path.join(place.folder, id));
  } catch (error) {
    // Told with the folder that was named, not with that of the copy.
    throw isFault(error) ? fault(error.code, error.detail.replaceAll(partial, path.dirname(source)), error) : error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  process.stdout.write(`${id} is in ${place.folder}. Name it in models.use and in a route, then start the node anew.\n`);
  return 0;
}
