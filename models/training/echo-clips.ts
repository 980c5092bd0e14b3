// In: arguments (first seed, probe families, count, views, frame step). Out: simulated echo clips with their labels on standard output, as raw bytes.
//
// One message a clip, little-endian int32: frames, rows, columns, then the labels in the order of `labelNames`; then the grey bytes, frame by
// frame. Pictures are cut to a square and averaged down as `ClipPreprocessing` with fit `cut` does.

import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { wantedFrames } from '../../src/analysis/cine.ts';
import { type EchoClip, type ExaminedHeart, echoClip, echoPictures } from '../../src/phantom/echo-clip.ts';
import { abnormalSegments, drawTissueNumbers } from '../../src/phantom/echo-labels.ts';
import { drawEchoProbe } from '../../src/phantom/echo-probe.ts';
import { examinedHeart } from '../../src/phantom/echo-study.ts';
import { type EchoView, echoViews, wallsOfView } from '../../src/phantom/heart-segments.ts';
import { type ProbeFamily, probeFamilies } from '../../src/phantom/probe.ts';
import { type Random, randomFrom } from '../../src/phantom/random.ts';
import { placeInFrame, sectorFrame } from '../../src/phantom/sector.ts';
import { labelledClips } from './echo-folder.ts';
import { patientPart } from './patient-part.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1000000' },
    families: { type: 'string', default: 'alpha,beta' },
    count: { type: 'string', default: '0' },
    /** Views to draw from; with `--whole` every heart is shown in all of them. */
    views: { type: 'string', default: 'A4C,A2C,PLAX' },
    whole: { type: 'boolean', default: false },
    /** Frames are taken by time at this rate, from the first on. With 0: eight moments around a systole, closer together or farther apart. */
    rate: { type: 'string', default: '15' },
    /** Most frames of a clip. */
    frames: { type: 'string', default: '16' },
    /** Samples along a beam; 0: as many as a study of this size has. */
    samples: { type: 'string', default: '0' },
    /** Share of hearts with a wall that moves abnormally. */
    abnormal: { type: 'string', default: '0.6' },
    /** Share of clips made at the size of a real screen and averaged down from there. */
    native: { type: 'string', default: '0.05' },
    /** A folder of DICOM files with labels.json files in place of simulation; only `part`, `rate` and `frames` count then. */
    data: { type: 'string', default: '' },
    /** Which of the folder's patients: all, train, validation or held-out. */
    part: { type: 'string', default: 'all' },
  },
});

/** view is an index of `echoViews`; shares are per mille. */
export const labelNames =
  'view,visible,patient,seed,family,heartRate,frameRate,native,intervalMs,ventricleColumn,ventricleRow,t1Ms,t2Tenths,ecvTenths,lateEnhancement,shares0..6'.split(
    ',',
  );

const side = 112;
/** Columns of a picture before the cut: the aspect of the phantom's screens. */
const columns = 156;
/** A whole multiple of `side` near the size of a real screen's picture. */
const nativeFactor = 4;

const families = values.families
  .split(',')
  .filter((name): name is ProbeFamily => probeFamilies.some((family) => family === name));
const views = values.views.split(',').filter((name): name is EchoView => echoViews.some((view) => view === name));
const firstSeed = Number(values.seed);
const rate = Number(values.rate);
const most = Number(values.frames);
const count = Number(values.count) > 0 ? Number(values.count) : Number.POSITIVE_INFINITY;

/** Per mille of normal motion of the walls a view cuts: left wall from the base on, right wall from the base on, apex; 0 where a view has none. */
function sharesOf(heart: ExaminedHeart, view: EchoView): readonly number[] {
  if (view === 'PSAX') return Array.from({ length: 7 }, () => 0);
  const walls = wallsOfView[view];
  const share = (segment: number | undefined | null): number =>
    segment === undefined || segment === null ? 0 : Math.round(1000 * (heart.ventriculogram.shares[segment - 1] ?? 1));
  return [0, 1, 2].flatMap((n) => [share(walls.left[n]), share(walls.right[n])]).concat(share(walls.apex));
}

/** Takes the middle columns of a picture, so that it is square, and averages blocks of `factor` pixels. */
function squared(picture: { readonly columns: number; readonly pixels: Uint8Array }, factor: number): Uint8Array {
  const result = new Uint8Array(side * side);
  const first = (picture.columns - side * factor) / 2;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let sum = 0;
      for (let y = 0; y < factor; y++) {
        const start = (row * factor + y) * picture.columns + first + column * factor;
        for (let x = 0; x < factor; x++) sum += picture.pixels[start + x] ?? 0;
      }
      result[row * side + column] = Math.round(sum / (factor * factor));
    }
  }
  return result;
}

/** Where the middle of the ventricle's long axis lies in the squared picture, in pixels. */
function middleOf(clip: EchoClip): { readonly column: number; readonly row: number } {
  const { x, z, angle } = clip.placement;
  const along = clip.view === 'PSAX' ? 0 : clip.heart.anatomy.ventricle.lengthMm / 2;
  const body = { x: x + along * Math.sin(angle), z: z + along * Math.cos(angle) };
  const { column, row } = placeInFrame(sectorFrame(clip.sector, { rows: side, columns }), clip.sector, body);
  return { column: column - (columns - side) / 2, row };
}

/** A clip, the frame numbers to make (fractions are moments between frames) and the time between them. */
type Moments = { readonly clip: EchoClip; readonly frames: readonly number[]; readonly intervalMs: number };

/** The frames nearest to moments of an even rate. */
function byTime(clip: EchoClip, wish: { readonly framesPerSecond: number; readonly most: number }): Moments {
  const timesMs = Array.from({ length: clip.frames }, (_, n) => (1000 * n) / clip.frameRate);
  const frames = wantedFrames({ frameCount: clip.frames, timesMs }, { ...wish, frameStep: 1 }, wish.most);
  return { clip, frames, intervalMs: 1000 / wish.framesPerSecond };
}

/** Eight moments, 40 to 120 ms apart, that hold most of a systole: the least that shows how walls move. */
function aroundSystole(clip: EchoClip, chance: Random): Moments {
  const intervalMs = 40 * 3 ** chance.next();
  const beatMs = 60_000 / clip.rhythm.heartRate;
  const spare = Math.max(0, 8 * intervalMs - 0.42 * beatMs) / beatMs;
  const startPhase = (2.02 - chance.uniform(0, 1) * spare) % 1;
  const frames = Array.from({ length: 8 }, (_, n) => (n * intervalMs * clip.frameRate) / 1000);
  return { clip: { ...clip, rhythm: { ...clip.rhythm, startPhase } }, frames, intervalMs };
}

function message(seed: number, wanted: EchoClip, settings: { readonly family: ProbeFamily; readonly chance: Random }): Buffer {
  const { family, chance } = settings;
  const { heart, view } = wanted;
  const probe = drawEchoProbe(family, chance);
  const native = chance.chance(Number(values.native));
  const factor = native ? nativeFactor : 2;
  const { clip, frames, intervalMs } = rate > 0 ? byTime(wanted, { framesPerSecond: rate, most }) : aroundSystole(wanted, chance);
  const samples = native ? 0 : Number(values.samples);
  const size = { rows: side * factor, columns: columns * factor, ...(samples > 0 ? { samples } : {}) };
  const { frame } = echoPictures(clip, { probe, size });
  const tissue = drawTissueNumbers(randomFrom(seed, 'tissue'));
  const middle = middleOf(clip);
  const labels = [
    echoViews.indexOf(view),
    abnormalSegments(heart.ventriculogram, view).length > 0 ? 1 : 0,
    abnormalSegments(heart.ventriculogram).length > 0 ? 1 : 0,
    seed,
    probeFamilies.indexOf(family),
    Math.round(clip.rhythm.heartRate),
    clip.frameRate,
    native ? 1 : 0,
    Math.round(intervalMs),
    Math.round(middle.column),
    Math.round(middle.row),
    tissue.t1Ms,
    Math.round(10 * tissue.t2Ms),
    Math.round(10 * tissue.ecvPercent),
    tissue.lateEnhancement ? 1 : 0,
    ...sharesOf(heart, view),
  ];
  const head = Int32Array.of(frames.length, side, side, ...labels);
  const pictures = frames.map((n) => squared(frame(n), factor));
  return Buffer.concat([Buffer.from(head.buffer), ...pictures]);
}

async function send(bytes: Buffer): Promise<void> {
  if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
}

if (values.data !== '') {
  const unknown = new Array<number>(7).fill(0);
  const part = patientPart(values.part);
  for await (const { study, view, visible, patient, tissue, planes } of labelledClips(values.data, {
    part,
    framesPerSecond: rate,
    most,
    side,
  })) {
    const facts = [
      echoViews.indexOf(view === 'other' ? 'A5C' : view),
      visible,
      patient,
      study,
      part.family,
      0,
      0,
      1,
      Math.round(1000 / rate),
    ];
    const labels = [...facts, side / 2, side / 2, ...tissue, ...unknown];
    await send(Buffer.concat([Buffer.from(Int32Array.of(planes.length, side, side, ...labels).buffer), ...planes]));
  }
} else {
  for (let n = 0; n < count; n++) {
    const seed = firstSeed + n;
    const chance = randomFrom(seed, 'training clip');
    const heart = examinedHeart(seed, chance.chance(Number(values.abnormal)));
    const heartRate = chance.integer(52, 96);
    const family = chance.pick(families);
    for (const view of values.whole ? views : [chance.pick(views)]) {
      const clip = echoClip(heart, view, { chance, heartRate });
      await send(message(seed, clip, { family, chance }));
    }
  }
}
