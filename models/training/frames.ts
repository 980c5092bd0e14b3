// In: arguments (mode, first seed, probe families, count, batch). Out: simulated leg keyframes with their labels on standard output, as raw bytes.
//
// One message a batch, little-endian int32: frames, rows, columns; for each frame longitudinal, compression (-1 not applicable),
// popliteal, witness of contrast, grade of the section, seed of the section, probe family, rendered native; then the grey bytes.

import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { contrastGrades, type Keyframe, keyframePicture, legSection, type Section } from '../../src/phantom/leg-section.ts';
import { drawProbe, type ProbeFamily, probeFamilies } from '../../src/phantom/probe.ts';
import { type Random, randomFrom } from '../../src/phantom/random.ts';

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'frames' },
    seed: { type: 'string', default: '1000000' },
    families: { type: 'string', default: 'alpha,beta' },
    count: { type: 'string', default: '0' },
    batch: { type: 'string', default: '16' },
    native: { type: 'string', default: '0.15' },
  },
});
const families = values.families
  .split(',')
  .filter((name): name is ProbeFamily => probeFamilies.some((family) => family === name));
const firstSeed = Number(values.seed);
const count = Number(values.count) > 0 ? Number(values.count) : Number.POSITIVE_INFINITY;
const nativeShare = Number(values.native);

type Job = { readonly section: Section; readonly keyframe: Keyframe; readonly family: ProbeFamily };

/** One keyframe of a section of its own; witnesses are taken more often than they occur, so that the frame task is balanced. */
function singleFrame(seed: number, chance: Random): Job {
  const section = legSection({ seed, grade: chance.pick(['absent', 'mild', 'marked'] as const) });
  const witnesses = section.keyframes.filter((keyframe) => keyframe.witness);
  const keyframe = witnesses.length > 0 && chance.chance(0.75) ? chance.pick(witnesses) : chance.pick(section.keyframes);
  return { section, keyframe, family: chance.pick(families) };
}

function wholeSection(seed: number, chance: Random): readonly Job[] {
  const section = legSection({ seed });
  const family = chance.pick(families);
  return section.keyframes.map((keyframe) => ({ section, keyframe, family }));
}

function message(jobs: readonly Job[], chance: Random): Buffer {
  const rows = chance.integer(188, 228);
  const columns = chance.integer(264, 316);
  const header = Buffer.alloc(12 + 32 * jobs.length);
  [jobs.length, rows, columns].forEach((value, i) => {
    header.writeInt32LE(value, 4 * i);
  });
  const pictures = jobs.map(({ section, keyframe, family }, i) => {
    const fromNative = chance.chance(nativeShare);
    const compression = keyframe.compression === 'with' ? 1 : keyframe.compression === 'without' ? 0 : -1;
    const labels = [
      keyframe.orientation === 'longitudinal' ? 1 : 0,
      compression,
      section.vein === 'POP' ? 1 : 0,
      keyframe.witness ? 1 : 0,
      contrastGrades.indexOf(section.grade),
      section.seed,
      probeFamilies.indexOf(family),
      fromNative ? 1 : 0,
    ];
    labels.forEach((value, n) => {
      header.writeInt32LE(value, 12 + 32 * i + 4 * n);
    });
    // One examination, one setting: the probe of a section comes from its seed alone.
    const probe = drawProbe(family, randomFrom(section.seed, 'probe'));
    return keyframePicture(section, keyframe, { probe, size: { rows, columns, fromNative } }).pixels;
  });
  return Buffer.concat([header, ...pictures]);
}

for (let n = 0; n < count; n++) {
  const chance = randomFrom(firstSeed, values.mode, n);
  const batch = Number(values.batch);
  const jobs =
    values.mode === 'sections'
      ? wholeSection(firstSeed + n, chance)
      : Array.from({ length: batch }, (_, i) => singleFrame(firstSeed + n * batch + i, chance));
  if (!process.stdout.write(message(jobs, chance))) await once(process.stdout, 'drain');
}
