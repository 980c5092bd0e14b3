// In: arguments: first seed, probe families, count and window of simulated cines, or a folder of DICOM files with labels.json. Out: compression cines
// with their labels on standard output.
//
// One message a window, little-endian int32: frames, rows, columns, probe family (negative: the part of a folder, `patient-part.ts`), then for each
// frame landmark (0 background, 1, 2) and area of the veins in thousandths of that at rest (-1 no vein in view), then the grey bytes. Pictures are a
// quarter of a screen's in each direction, as the network reads them; `dvt_clips.py` puts them on its canvas. Files go through the reading and
// preprocessing of the node.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openCine } from '../../src/analysis/cine.ts';
import { atScale } from '../../src/analysis/clip-planes.ts';
import { clipParameters } from '../../src/analysis/family.ts';
import { parseManifest } from '../../src/analysis/manifest.ts';
import { readCine } from '../../src/analysis/read-cine.ts';
import { stopwatch } from '../../src/analysis/stopwatch.ts';
import { filesBelow, readCohort } from '../../src/evaluation/cohort.ts';
import { type DvtFrameTruth, parseDvtLabels } from '../../src/evaluation/dvt-labels.ts';
import { type CompressionCine, compressionCine, compressionPicture } from '../../src/phantom/compression-cine.ts';
import { drawProbe, type ProbeFamily, probeFamilies } from '../../src/phantom/probe.ts';
import { type Random, randomFrom } from '../../src/phantom/random.ts';
import { isOfPart, patientPart } from './patient-part.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1000000' },
    families: { type: 'string', default: 'alpha,beta' },
    count: { type: 'string', default: '1000' },
    window: { type: 'string', default: '20' },
    native: { type: 'string', default: '0.35' },
    clotted: { type: 'boolean', default: false },
    data: { type: 'string', default: '' },
    part: { type: 'string', default: 'all' },
    manifest: { type: 'string', default: path.join(import.meta.dirname, '../vascular-dvt/manifest.json') },
  },
});
const families = values.families
  .split(',')
  .filter((name): name is ProbeFamily => probeFamilies.some((family) => family === name));
const landmarks = ['background', 'LM1', 'LM2'];
const firstSeed = Number(values.seed);
const frameCount = Number(values.window);

/**
 * Closed frames are fewer than open ones, so that pressing and healthy veins are taken more often than they would come. `--clotted` gives the hard
 * cases alone: pressed veins that become flat around a clot and do not close.
 */
function drawCine(seed: number, chance: Random): CompressionCine {
  if (values.clotted)
    return compressionCine({
      seed,
      route: chance.pick(['LM1', 'LM2', 'sweep', 'thigh', 'iliac']),
      compressibility: chance.pick(['partial', 'partial', 'none']),
      pressing: 'full',
    });
  return compressionCine({
    seed,
    compressibility: chance.pick(['full', 'full', 'full', 'full', 'partial', 'none']),
    pressing: chance.pick(['full', 'full', 'full', 'full', 'full', 'full', 'full', 'light', 'not applied']),
  });
}

type Labelled = { readonly landmark: number; readonly openThousandths: number };

/** One message: all frames of one size. */
function message(
  frames: readonly Uint8Array[],
  labels: readonly Labelled[],
  { rows, columns, family }: { readonly rows: number; readonly columns: number; readonly family: number },
): Buffer {
  const header = Buffer.alloc(16 + 8 * frames.length);
  [frames.length, rows, columns, family].forEach((value, n) => {
    header.writeInt32LE(value, 4 * n);
  });
  labels.forEach(({ landmark, openThousandths }, n) => {
    header.writeInt32LE(landmark, 16 + 8 * n);
    header.writeInt32LE(openThousandths, 20 + 8 * n);
  });
  return Buffer.concat([header, ...frames]);
}

function simulated(seed: number): Buffer {
  const chance = randomFrom(seed, 'window');
  const cine = drawCine(seed, chance);
  const family = chance.pick(families);
  const probe = drawProbe(family, chance);
  const frames = frameCount > 0 ? Math.min(frameCount, cine.moments.length) : cine.moments.length;
  const first = chance.integer(0, cine.moments.length - frames);
  const size = {
    rows: chance.integer(98, 116),
    columns: chance.integer(136, 150),
    fromNative: chance.chance(Number(values.native)),
  };
  const moments = cine.moments.slice(first, first + frames);
  return message(
    moments.map((_, n) => compressionPicture(cine, first + n, { probe, size }).pixels),
    moments.map(({ truth: { landmark, openShare } }) => ({
      landmark: landmarks.indexOf(landmark),
      openThousandths: openShare === null ? -1 : Math.round(1000 * openShare),
    })),
    { ...size, family: probeFamilies.indexOf(family) },
  );
}

const places: readonly DvtFrameTruth['landmark'][] = ['background', 'SFJ', 'GSV'];

const labelled = ({ landmark, open, openShare }: DvtFrameTruth): Labelled => ({
  landmark: places.indexOf(landmark),
  openThousandths: openShare !== null ? Math.round(1000 * openShare) : open === null ? -1 : 1000 * Number(open),
});

const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));

/** The labelled cines of a folder, read as the node reads them: regions, colour, canvas and averaging by the manifest. */
async function* fromFiles(folder: string): AsyncGenerator<Buffer> {
  const parameters = clipParameters(parseManifest(await json(values.manifest), values.manifest));
  const files = await filesBelow(folder);
  const truths = (
    await Promise.all(
      files.filter((file) => path.basename(file) === 'labels.json').map(async (file) => parseDvtLabels(await json(file), file)),
    )
  ).flat();
  const looking = {
    limits: { maxPixels: 4096 * 4096, maxFrames: 2000, maxFrameBytes: 3 * 4096 * 4096 },
    watch: stopwatch(() => performance.now()),
  };
  const { studies } = await readCohort(files, () => undefined);
  const part = patientPart(values.part);
  for (const study of studies) {
    const truth = truths.find((one) => one.studyInstanceUid === study.studyInstanceUid);
    if (!(await isOfPart(study, part))) continue;
    for (const file of study.files) {
      const label = truth?.cines.get(file.header.sopInstanceUid);
      const { cine } = await openCine({ ...file, sha256: '', byteLength: 0 }, looking);
      if (label === undefined || cine === null) continue;
      const wanted = label.frames.map((_, index) => index).slice(0, cine.frameCount);
      const scaled = atScale(parameters, cine.place.spacingMm);
      const { read } = await readCine(cine, wanted, {
        ...looking,
        grid: scaled,
        use: ({ plane }) => Uint8Array.from(plane, Math.round),
      });
      const known = read.flatMap(({ frame, value }) =>
        label.frames.slice(frame, frame + 1).map((one) => ({ value, label: labelled(one) })),
      );
      yield message(
        known.map(({ value }) => value),
        known.map((one) => one.label),
        { rows: parameters.rows, columns: parameters.columns, family: part.family },
      );
    }
  }
}

async function* fromSeeds(): AsyncGenerator<Buffer> {
  for (let n = 0; n < Number(values.count); n++) yield simulated(firstSeed + n);
}

for await (const one of values.data === '' ? fromSeeds() : fromFiles(values.data)) {
  if (!process.stdout.write(one)) await once(process.stdout, 'drain');
}
