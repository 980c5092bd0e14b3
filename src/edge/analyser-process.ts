// Entry of the analysis process, and the composition root of what runs in it: the one file of `edge` that knows `analysis`.
// In: messages of the pool. Out: answers; results and pictures go to the spool, pixels never cross the process border.
import { availableParallelism } from 'node:os';
import sharp from 'sharp';
import { analyserOf } from '../analysis/analysers.ts';
import { readVocabulary } from '../analysis/annotation-file.ts';
import { type CatalogueEntry, loadEntry, readGraph } from '../analysis/catalogue.ts';
import type { RunningModel } from '../analysis/family.ts';
import { inferStudy } from '../analysis/infer-study.ts';
import { VOCABULARY, type Vocabulary } from '../analysis/label-words.ts';
import type { GreyPicture } from '../analysis/picture.ts';
import { regionsHere } from '../analysis/regions.ts';
import { stopwatch } from '../analysis/stopwatch.ts';
import type { AnalysisAnswer, AnalysisRequest } from '../contracts/analyser.ts';
import { systemClock } from '../kernel/clock.ts';
import { errorText, fault, isFault } from '../kernel/errors.ts';
import { writeDurably } from './analyser-files.ts';
import type { FromAnalyser, ToAnalyser } from './analyser-protocol.ts';
import { endWithParent } from './analyser-watchdog.ts';
import { framePool } from './frame-pool.ts';
import { type OpenModel, openModel } from './onnx.ts';
import { textReader } from './text-reader.ts';

type LoadedModel = OpenModel & { readonly entry: CatalogueEntry };
type Opening = Extract<ToAnalyser, { readonly kind: 'open' }>;

/** The models that are served, and all that are open: those that others use as well. */
const loaded = new Map<string, LoadedModel>();
const opened = new Map<string, LoadedModel>();
let spoolFolder = '';
let vocabulary: Vocabulary = VOCABULARY;
/** Its thread starts with the first picture that is read. */
const texts = textReader();
/** Its threads start with the first frames, and live as long as this process. */
const frames = framePool(availableParallelism(), { readRegions: regionsHere });

const say = (message: FromAnalyser): void => {
  process.send?.(message);
};

/** Several models are opened: a fault says which one it is about. */
function rethrowNamed(id: string, error: unknown): never {
  if (isFault(error) && !error.detail.startsWith(id)) throw fault(error.code, `${id}: ${error.detail}`, error);
  throw error;
}

/** A model that is served by itself and used by another is opened once. */
async function openOnce(opening: Opening, entry: CatalogueEntry): Promise<LoadedModel> {
  const { id } = entry.manifest;
  const model = opened.get(id) ?? (await openEntry(opening, entry).catch((error: unknown) => rethrowNamed(id, error)));
  opened.set(id, model);
  return model;
}

async function openEntry(opening: Opening, entry: CatalogueEntry): Promise<LoadedModel> {
  const graphs: Record<string, Uint8Array> = {};
  for (const key of Object.keys(entry.manifest.graphs)) graphs[key] = await readGraph(entry, key);
  const model = await openModel({
    graphs,
    stated: entry.manifest.graphs,
    providers: opening.providers,
    threads: opening.threads,
    verify: (run) => analyserOf(entry.manifest).probe(entry.manifest, run),
  });
  return { ...model, entry };
}

async function open(opening: Opening): Promise<void> {
  spoolFolder = opening.spoolFolder;
  vocabulary = await readVocabulary(opening.annotationsFile);
  // One picture at a time, on one thread: the cores belong to inference.
  sharp.concurrency(1);
  sharp.cache(false);
  for (const id of opening.models) {
    const entry = await loadEntry(opening.modelsFolder, id);
    loaded.set(id, await openOnce(opening, entry));
    for (const companion of entry.companions) await openOnce(opening, companion);
  }
  const models = [...loaded.values()];
  say({
    kind: 'ready',
    models: models.map(({ entry, provider }) => ({ id: entry.manifest.id, version: entry.manifest.version, provider })),
    unavailable: [...opened.values()].flatMap((model) => model.unavailable),
  });
}

/** Packed lightly: at level 6 a speckled picture takes twice the time for a seventh less. */
const encodePicture = (picture: GreyPicture): Promise<Uint8Array> =>
  sharp(picture.data, { raw: { width: picture.columns, height: picture.rows, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 1 })
    .toBuffer();

const companionsOf = ({ companions }: CatalogueEntry): ReadonlyMap<string, RunningModel> =>
  new Map(
    companions.flatMap(({ manifest }) => {
      const model = opened.get(manifest.id);
      return model === undefined ? [] : [[manifest.id, { manifest, run: model.run }]];
    }),
  );

async function analyse(request: AnalysisRequest): Promise<AnalysisAnswer> {
  const model = loaded.get(request.modelId);
  if (model === undefined) throw fault('model-invalid', `${request.modelId}: not loaded`);
  return await inferStudy(request, {
    entry: model.entry,
    provider: model.provider,
    run: model.run,
    companions: companionsOf(model.entry),
    clock: systemClock,
    watch: stopwatch(() => performance.now()),
    encodePicture,
    decoding: frames,
    readRegions: frames.readRegions,
    readText: texts.read,
    vocabulary,
    writeFile: (path, bytes) => writeDurably(spoolFolder, path, bytes),
  });
}

async function obey(message: ToAnalyser): Promise<void> {
  try {
    if (message.kind === 'open') await open(message);
    else say({ kind: 'answer', answer: await analyse(message.request) });
  } catch (error) {
    if (isFault(error)) say({ kind: 'fault', code: error.code, detail: error.detail });
    else say({ kind: 'fault', code: 'analyser-crashed', detail: errorText(error).slice(0, 300) });
  }
}

endWithParent();
// The node decides when this process ends; a Ctrl-C in its terminal reaches the whole group.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  void obey(message as ToAnalyser);
});
