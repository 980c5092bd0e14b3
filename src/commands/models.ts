// sonorelay models list|check|add: the model folders of an installation. In: a sub-command. Out: a table, or what is wrong by name, or a copied folder.
import { cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CatalogueEntry, loadCatalogue, loadEntry } from '../analysis/catalogue.ts';
import { resolved } from '../config/preflight.ts';
import { startAnalyserPool } from '../edge/analyser-pool.ts';
import { errorText, fault } from '../kernel/errors.ts';
import { checkTemplates } from '../report/check-templates.ts';
import { configFileOf, openConfig, parseOptions } from './arguments.ts';
import { tableText } from './table.ts';

const HELP = `Usage: sonorelay models list  [--config FILE]
       sonorelay models check [ID ...] [--config FILE]
       sonorelay models add FOLDER [--config FILE]

list   the folders below models.folder: version, mode, whether the node uses them, and what their outputs may be reported as
check  manifest, SHA-256 of every file, output template, and a probe run of every graph; all folders unless some are named
add    checks a model folder and copies it to models.folder; an existing folder of that name is never overwritten.
       The node runs it once models.use and a route name it.`;

type Place = { readonly folder: string; readonly use: readonly string[]; readonly templates: string | null };
const PROBE_TIMEOUT_MS = 120_000;

export async function models(args: readonly string[]): Promise<number> {
  const [verb, ...rest] = args;
  const names = rest.filter((word, index) => !word.startsWith('-') && !['--config', '-c'].includes(rest[index - 1] ?? ''));
  const options = rest.filter((word) => !names.includes(word));
  const isVerb = verb === 'list' || verb === 'check' || verb === 'add';
  const values = parseOptions(isVerb ? options : args, { config: { type: 'string', short: 'c' } }, HELP);
  if (values === null) return 0;
  if (!isVerb) throw fault('usage', `Say list, check or add.\n\n${HELP}`);
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

/** Folders that hold a manifest. */
async function idsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const held = await Promise.all(folders.map(async (name) => (await readdir(path.join(folder, name))).includes('manifest.json')));
  return folders.filter((_, index) => held[index]).toSorted();
}

async function list(place: Place): Promise<number> {
  const rows: string[][] = [];
  for (const id of await idsIn(place.folder)) {
    const used = place.use.includes(id) ? 'yes' : 'no';
    try {
      const { manifest } = await loadEntry(place.folder, id);
      const gates = manifest.outputs.map((output) => `${output.id} ${output.reporting}`).join(', ');
      rows.push([
        id,
        manifest.version,
        manifest.family,
        manifest.mode,
        used,
        manifest.referenceWeights ? 'reference' : 'own',
        gates,
      ]);
    } catch (error) {
      rows.push([id, '?', errorText(error).split('\n')[0] ?? '', '', used, '', '']);
    }
  }
  process.stdout.write(`${tableText(['Model', 'Version', 'Family', 'Mode', 'Used', 'Weights', 'Outputs'], rows)}\n`);
  return 0;
}

/** Everything that the node checks at its start, and a run of every graph in an analysis process. */
async function probe(
  id: string,
  place: Pick<Place, 'folder' | 'templates'>,
): Promise<{ readonly entry: CatalogueEntry; readonly provider: string }> {
  const modelsFolder = place.folder;
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
  let wrong = 0;
  for (const id of ids) {
    try {
      const { entry, provider } = await probe(id, place);
      process.stdout.write(
        `${id} ${entry.manifest.version}: sound; every graph ran on ${provider}; model sha256 ${entry.digest}\n`,
      );
    } catch (error) {
      wrong += 1;
      process.stderr.write(`${id}: ${errorText(error)}\n`);
    }
  }
  return wrong === 0 ? 0 : 78;
}

async function add(source: string, place: Place): Promise<number> {
  const id = path.basename(source);
  if ((await readdir(place.folder)).includes(id))
    throw fault(
      'model-invalid',
      `${path.join(place.folder, id)} exists; remove it first, or give the new model an id of its own`,
    );
  await probe(id, { ...place, folder: path.dirname(source) });
  // Copied under another name first, so that a copy that is cut short never looks like a model.
  const partial = await mkdtemp(path.join(place.folder, '.adding-'));
  try {
    await cp(source, path.join(partial, id), { recursive: true });
    await loadCatalogue(partial, [id]);
    await rename(path.join(partial, id), path.join(place.folder, id));
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  process.stdout.write(`${id} is in ${place.folder}. Name it in models.use and in a route, then start the node anew.\n`);
  return 0;
}
