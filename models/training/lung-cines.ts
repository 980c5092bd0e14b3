// In: arguments (first seed, count of cines, frames a cine, probe families, scales; or a folder of labelled DICOM files). Out: lung cines with their scores on
// standard output, as raw bytes: simulated ones, or those of the folder as the node reads them.
//
// One message a cine, little-endian int32: frames, rows, columns, score, seed (its number in a folder), probe family (negative: the part of a
// folder, `patient-part.ts`), probe kind (-1), rendered native; then the grey bytes.

import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { lungScores } from '../../src/phantom/lung-anatomy.ts';
import { drawLungProbe, type LungProbeKind, lungProbeKinds } from '../../src/phantom/lung-probe.ts';
import { type LungScan, lungPictures, lungScan } from '../../src/phantom/lung-scan.ts';
import { type ProbeFamily, probeFamilies } from '../../src/phantom/probe.ts';
import { type Random, randomFrom } from '../../src/phantom/random.ts';
import { labelledCines } from './lung-folder.ts';
import { patientPart } from './patient-part.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    part: { type: 'string', default: 'all' },
    seed: { type: 'string', default: '1000000' },
    count: { type: 'string', default: '16' },
    frames: { type: 'string', default: '4' },
    pick: { type: 'string', default: 'spread' },
    families: { type: 'string', default: 'alpha,beta' },
    native: { type: 'string', default: '0.1' },
    smallest: { type: 'string', default: '0.52' },
    largest: { type: 'string', default: '0.72' },
  },
});
const families = values.families
  .split(',')
  .filter((name): name is ProbeFamily => probeFamilies.some((family) => family === name));

/** Size of a picture on the phantoms' screens. */
const NATIVE = { rows: 418, columns: 578 } as const;
const kinds: readonly LungProbeKind[] = ['convex', 'convex', 'convex', 'linear', 'linear'];

/** Which frames of a cine are rendered: `spread` over the whole of it, `run` of neighbours at one step, or `all`. */
const picks: Readonly<Record<string, (cine: LungScan, most: number, chance: Random) => readonly number[]>> = {
  spread: (cine, most, chance) => {
    const offset = chance.next();
    return Array.from({ length: most }, (_, n) => Math.floor(((n + offset) / most) * cine.frames));
  },
  run: (cine, most, chance) => {
    const step = chance.integer(1, 3);
    const count = Math.min(most, Math.floor(cine.frames / step));
    const first = chance.integer(0, cine.frames - 1 - (count - 1) * step);
    return Array.from({ length: count }, (_, n) => first + n * step);
  },
  all: (cine) => Array.from({ length: cine.frames }, (_, n) => n),
};

type Picture = { readonly rows: number; readonly columns: number };

function messageOf(pictures: readonly Picture[], bytes: readonly Uint8Array[], labels: readonly number[]): Buffer {
  const header = Buffer.alloc(32);
  [pictures.length, pictures[0]?.rows ?? 0, pictures[0]?.columns ?? 0, ...labels].forEach((value, i) => {
    header.writeInt32LE(value, 4 * i);
  });
  return Buffer.concat([header, ...bytes]);
}

function simulated(seed: number): Buffer {
  const chance = randomFrom(seed, 'lung training cine');
  const score = chance.pick(lungScores);
  const family = chance.pick(families);
  const kind = chance.pick(kinds);
  const cine = lungScan({ seed, score, scan: drawLungProbe(kind, family, randomFrom(seed, 'probe')) });
  const native = chance.chance(Number(values.native));
  const scale = native ? 1 : chance.uniform(Number(values.smallest), Number(values.largest));
  const size = { rows: Math.round(NATIVE.rows * scale), columns: Math.round(NATIVE.columns * scale) };
  const pick = picks[values.pick];
  if (pick === undefined) throw new RangeError(`--pick is one of ${Object.keys(picks).join(', ')}`);
  const pictures = lungPictures(cine, size, pick(cine, Number(values.frames), chance));
  const labels = [score, seed, probeFamilies.indexOf(family), lungProbeKinds.indexOf(kind), native ? 1 : 0];
  return messageOf(
    pictures,
    pictures.map(({ pixels }) => pixels),
    labels,
  );
}

async function* messages(): AsyncGenerator<Buffer> {
  if (values.data === undefined) {
    for (let n = 0; n < Number(values.count); n++) yield simulated(Number(values.seed) + n);
    return;
  }
  let number = 0;
  const part = patientPart(values.part);
  for await (const { score, pictures } of labelledCines(values.data, { part, most: Number(values.frames) })) {
    yield messageOf(
      pictures,
      pictures.map(({ data }) => data),
      [score, number, part.family, -1, 1],
    );
    number += 1;
  }
}

for await (const message of messages()) {
  if (!process.stdout.write(message)) await once(process.stdout, 'drain');
}
