// The models that this node runs. In: the models folder and the ids of the configuration. Out: checked manifests with the bytes' digests verified,
// or a Fault that names the file, what was expected and what was found.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ModelManifest } from '../contracts/model.ts';
import { errorText, fault } from '../kernel/errors.ts';
import { companionProblems, familyProblems } from './families.ts';
import { modelDigest, parseManifest } from './manifest.ts';
import { opsetOf } from './onnx-opset.ts';

export type CatalogueEntry = {
  readonly manifest: ModelManifest;
  /** Absolute path of the model's folder. */
  readonly folder: string;
  /** `modelDigest` of the manifest. */
  readonly digest: string;
  /** The models that it uses, in the order of its manifest. */
  readonly companions: readonly CatalogueEntry[];
};

/** Checked models by id, in the order asked for. */
export type Catalogue = ReadonlyMap<string, CatalogueEntry>;

const LARGEST_MANIFEST_BYTES = 1 << 20;

async function readJson(file: string): Promise<unknown> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw fault('model-invalid', `${file}: ${errorText(error)}`, error);
  }
  if (bytes.length > LARGEST_MANIFEST_BYTES) throw fault('model-invalid', `${file}: larger than ${LARGEST_MANIFEST_BYTES} bytes`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw fault('model-invalid', `${file}: not JSON (${errorText(error)})`, error);
  }
}

/** The path of a graph file, links resolved, when it lies inside the model's folder. */
async function graphPath(folder: string, file: string): Promise<string> {
  let real: string;
  try {
    real = await realpath(path.join(folder, file));
  } catch (error) {
    throw fault('model-invalid', `${path.join(folder, file)}: ${errorText(error)}`, error);
  }
  if (!real.startsWith((await realpath(folder)) + path.sep)) {
    throw fault('model-invalid', `${path.join(folder, file)}: lies outside the model folder`);
  }
  return real;
}

/** Throws Fault `model-digest-mismatch` when `found` is not what the manifest states. */
function requireDigest(file: string, expected: string, found: string): void {
  if (expected !== found) throw fault('model-digest-mismatch', `${file}: expected ${expected}, found ${found}`);
}

/** A graph file as faults name it: several models may have one of the same name. */
const named = (folder: string, file: string): string => `${path.basename(folder)}/${file}`;

async function checkGraphFile(folder: string, file: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(await graphPath(folder, file)), hash);
  requireDigest(named(folder, file), expected, hash.digest('hex'));
}

/**
 * The bytes of one graph, digest and opset verified on these very bytes, so that what runs is what was checked.
 * Faults: `model-invalid` (no such file, outside the folder, of another opset), `model-digest-mismatch`.
 */
export async function readGraph(entry: CatalogueEntry, key: string): Promise<Uint8Array> {
  const graph = entry.manifest.graphs[key];
  if (graph === undefined) throw fault('model-invalid', `${entry.manifest.id}: graphs.${key}: missing`);
  const bytes = await readFile(await graphPath(entry.folder, graph.file));
  requireDigest(named(entry.folder, graph.file), graph.sha256, createHash('sha256').update(bytes).digest('hex'));
  const opset = opsetOf(bytes);
  if (opset !== null && opset !== graph.opset)
    throw fault('model-invalid', `graphs.${key}: ${graph.file} is of opset ${opset}, the manifest states ${graph.opset}`);
  return bytes;
}

type Read = Pick<CatalogueEntry, 'manifest' | 'folder'> & { readonly file: string };

async function readFolder(modelsFolder: string, id: string): Promise<Read> {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id)) throw fault('model-invalid', `"${id}" is no model id`);
  const folder = path.resolve(modelsFolder, id);
  const file = path.join(folder, 'manifest.json');
  const manifest = parseManifest(await readJson(file), file);
  const problems = familyProblems(manifest);
  if (manifest.id !== id) problems.push(`id: is ${manifest.id}, the folder is ${id}`);
  if (problems.length > 0) throw fault('model-invalid', `${file}: ${problems.join('; ')}`);
  return { manifest, folder, file };
}

/** Reads one model folder and its manifest, and those of the models that it uses, without the graph files. Fault `model-invalid`. */
export async function loadEntry(modelsFolder: string, id: string): Promise<CatalogueEntry> {
  const { manifest, folder, file } = await readFolder(modelsFolder, id);
  const companions: CatalogueEntry[] = [];
  for (const used of manifest.uses ?? []) {
    const companion = await readFolder(modelsFolder, used);
    if (companion.manifest.uses !== undefined) throw fault('model-invalid', `${file}: uses: ${used} uses models itself`);
    const digest = modelDigest(companion.manifest, []);
    companions.push({ manifest: companion.manifest, folder: companion.folder, digest, companions: [] });
  }
  const problems = companionProblems(
    manifest,
    companions.map((companion) => companion.manifest),
  );
  if (problems.length > 0) throw fault('model-invalid', `${file}: ${problems.join('; ')}`);
  const digests = companions.map(({ digest }) => digest);
  return { manifest, folder, digest: modelDigest(manifest, digests), companions };
}

/** Loads and verifies the models `ids` of a models folder. Faults: `model-invalid`, `model-digest-mismatch`. */
export async function loadCatalogue(modelsFolder: string, ids: readonly string[]): Promise<Catalogue> {
  const catalogue = new Map<string, CatalogueEntry>();
  for (const id of ids) {
    const entry = await loadEntry(modelsFolder, id);
    for (const { manifest, folder } of [entry, ...entry.companions]) {
      for (const graph of Object.values(manifest.graphs)) await checkGraphFile(folder, graph.file, graph.sha256);
    }
    catalogue.set(id, entry);
  }
  return catalogue;
}
