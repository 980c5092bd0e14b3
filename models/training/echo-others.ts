// In: arguments (first seed, probe families, count). Out: pictures that show no heart, as clips in the format of `echo-clips.ts`, for the class `other` of
// echo-view: legs, lungs, organs of belly and neck, plain speckle, and screens without an image. Their view is 6 or above, the other labels are unknown.

import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { planeOf } from '../../src/analysis/clip-planes.ts';
import type { ClipPreprocessing } from '../../src/contracts/model.ts';
import { drawEchoProbe } from '../../src/phantom/echo-probe.ts';
import { keyframePicture, legSection } from '../../src/phantom/leg-section.ts';
import { lungScores } from '../../src/phantom/lung-anatomy.ts';
import { drawLungProbe } from '../../src/phantom/lung-probe.ts';
import { lungPictures, lungScan } from '../../src/phantom/lung-scan.ts';
import { drawProbe, type ProbeFamily, probeFamilies } from '../../src/phantom/probe.ts';
import { type Random, randomFrom } from '../../src/phantom/random.ts';
import { alongBeams, beamGrid, type Sector, scanConversion, sectorFrame } from '../../src/phantom/sector.ts';
import { type GreyPicture, picture } from '../../src/phantom/speckle.ts';
import { roughNoise } from '../../src/phantom/texture.ts';
import { type Body, tissueMap } from '../../src/phantom/tissue.ts';
import { drawOrganBody } from './organ-body.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1600000' },
    families: { type: 'string', default: 'alpha,beta' },
    count: { type: 'string', default: '100' },
    frames: { type: 'string', default: '3' },
  },
});
const families = values.families
  .split(',')
  .filter((name): name is ProbeFamily => probeFamilies.some((family) => family === name));
const count = Number(values.frames);

const PLANE: ClipPreprocessing = {
  ...{ rows: 112, columns: 112, channels: 1, fit: 'cut', canvas: 0, mean: [0], deviation: [1] },
  ...{ minFrames: 1, maxFrames: 1, framesPerSecond: 0, frameStep: 1 },
};
/** Labels behind the view in the order of `labelNames` of echo-clips.ts. */
const UNKNOWN = 22;

type Wish = { readonly seed: number; readonly family: ProbeFamily; readonly chance: Random };

/** A picture's size: landscape, square or upright, as regions on screens are. */
function drawSize(chance: Random): { readonly rows: number; readonly columns: number } {
  const rows = chance.integer(150, 250);
  return { rows, columns: Math.round(rows * chance.pick([0.8, 1, 1.38, 1.38, 1.38])) };
}

function leg({ seed, family, chance }: Wish): readonly GreyPicture[] {
  const section = legSection({ seed, keyframes: count });
  const view = { probe: drawProbe(family, chance), size: drawSize(chance) };
  return section.keyframes.map((keyframe) => keyframePicture(section, keyframe, view));
}

function lung({ seed, family, chance }: Wish): readonly GreyPicture[] {
  const scan = drawLungProbe(chance.pick(['convex', 'convex', 'linear']), family, chance);
  const cine = lungScan({ seed, score: chance.pick(lungScores), scan });
  const frames = Array.from({ length: count }, (_, n) => Math.floor((n * (cine.frames - 1)) / Math.max(1, count - 1)));
  return lungPictures(cine, drawSize(chance), frames);
}

/** A body seen by a phased, curved or linear array. */
function seen(bodies: readonly Body[], { seed, family, chance }: Wish, depthMm: number): readonly GreyPicture[] {
  const kind = chance.pick(['phased', 'phased', 'curved', 'curved', 'linear'] as const);
  const size = drawSize(chance);
  const exposure = (n: number) => ({ scattererSeed: seed, electronicSeed: seed + n, reverberationMm: 4 });
  if (kind === 'linear') {
    const pixelMm = depthMm / size.rows;
    const probe = { ...drawProbe(family, chance), widthMm: size.columns * pixelMm };
    const grid = { ...size, pixelMm, originColumn: size.columns / 2 };
    return bodies.map((body, n) => picture(tissueMap(body, grid), probe, exposure(n)));
  }
  const sector: Sector =
    kind === 'phased'
      ? { faceRadiusMm: chance.uniform(5, 9), halfAngle: chance.uniform(0.6, 0.8), depthMm }
      : { faceRadiusMm: chance.uniform(40, 62), halfAngle: chance.uniform(0.4, 0.62), depthMm };
  const grid = beamGrid(sector, { samples: 200, beams: 88 });
  const convert = scanConversion(sector, { rows: grid.rows, columns: grid.columns }, sectorFrame(sector, size));
  const probe = drawEchoProbe(family, chance);
  return bodies.map((body, n) => convert(picture(tissueMap(alongBeams(body, sector, grid), grid), probe, exposure(n))));
}

function organ(wish: Wish): readonly GreyPicture[] {
  const depthMm = wish.chance.uniform(60, 200);
  const draw = drawOrganBody(depthMm, wish.chance);
  const stepMm = wish.chance.uniform(0, 6);
  return seen(
    Array.from({ length: count }, (_, n) => draw(n * stepMm)),
    wish,
    depthMm,
  );
}

/** Scatterers of one level, or of clouds without a shape. */
function speckle(wish: Wish): readonly GreyPicture[] {
  const { chance } = wish;
  const [levelDb, cloudDb, size] = [chance.uniform(-50, -15), chance.uniform(0, 40), chance.uniform(5, 60)];
  const body: Body = (x, z, sample) => {
    sample.level = levelDb + cloudDb * (roughNoise(x / size + wish.seed, z / size) - 0.5);
    sample.specular = 0;
    sample.loss = 0.05;
    sample.restX = x;
    sample.restZ = z;
  };
  return seen(
    Array.from({ length: count }, () => body),
    wish,
    chance.uniform(60, 200),
  );
}

type Painted = { readonly rows: number; readonly columns: number; readonly pixels: Uint8Array };

function box(
  on: Painted,
  at: { readonly x: number; readonly y: number; readonly w: number; readonly h: number },
  grey: number,
): void {
  for (let y = Math.max(0, at.y); y < Math.min(on.rows, at.y + at.h); y++)
    on.pixels.fill(grey, y * on.columns + Math.max(0, at.x), y * on.columns + Math.min(on.columns, at.x + at.w));
}

/** Black or grey screens, boxes as of colour or menus, lines of letters, a spectrum of blood or a depth drawn over time. */
function screen({ chance, seed }: Wish): readonly GreyPicture[] {
  const size = drawSize(chance);
  const on: Painted = {
    ...size,
    pixels: new Uint8Array(size.rows * size.columns).fill(chance.chance(0.7) ? 0 : chance.integer(0, 255)),
  };
  const kind = chance.pick(['empty', 'boxes', 'letters', 'spectrum', 'depth'] as const);
  const noise = (x: number, y: number): number => roughNoise(x + seed, y);
  const [base, beat, gain] = [chance.uniform(0.4, 0.7) * size.rows, chance.uniform(30, 90), chance.uniform(80, 260)];
  if (kind === 'boxes')
    for (let n = chance.integer(1, 9); n > 0; n--)
      box(
        on,
        {
          ...{ x: chance.integer(0, size.columns), y: chance.integer(0, size.rows) },
          ...{ w: chance.integer(5, 120), h: chance.integer(5, 120) },
        },
        chance.integer(20, 255),
      );
  if (kind === 'letters')
    for (let n = chance.integer(40, 500); n > 0; n--)
      box(
        on,
        { x: 5 * chance.integer(0, 60), y: 9 * chance.integer(0, 26), w: chance.integer(1, 4), h: chance.integer(1, 6) },
        220,
      );
  if (kind === 'spectrum' || kind === 'depth')
    for (let y = 0; y < size.rows; y++) {
      for (let x = 0; x < size.columns; x++) {
        const pulse = 0.25 + 0.75 * Math.exp(-(((x % beat) / beat - 0.3) ** 2) / 0.02);
        const inFlow = y < base && base - y < pulse * 0.8 * base;
        const layer = noise((y + 6 * pulse) / 12, 3) * (0.7 + 0.3 * noise(x / 2, y / 3));
        const share = kind === 'spectrum' ? (inFlow ? 0.3 + 0.7 * noise(x / 1.5, y / 2) : 0.08) : Math.max(0, 1.7 * layer - 0.45);
        on.pixels[y * size.columns + x] = Math.min(255, Math.round(gain * share));
      }
    }
  return Array.from({ length: count }, () => on);
}

/** In the order of their views from 6 on. */
const kinds = [leg, lung, organ, organ, organ, speckle, screen] as const;
const viewOf = [6, 7, 8, 8, 8, 9, 10] as const;

for (let n = 0; n < Number(values.count); n++) {
  const seed = Number(values.seed) + n;
  const chance = randomFrom(seed, 'no heart');
  const which = n % kinds.length;
  const family = chance.pick(families);
  const pictures = (kinds[which] ?? organ)({ seed, family, chance });
  const planes = pictures.map(({ rows, columns, pixels }) =>
    Uint8Array.from(planeOf({ rows, columns, data: pixels }, PLANE), Math.round),
  );
  const labels = [viewOf[which] ?? 8, ...new Array<number>(UNKNOWN - 1).fill(-1)];
  [labels[3], labels[4]] = [seed, probeFamilies.indexOf(family)];
  const head = Int32Array.of(planes.length, PLANE.rows, PLANE.columns, ...labels);
  if (!process.stdout.write(Buffer.concat([Buffer.from(head.buffer), ...planes]))) await once(process.stdout, 'drain');
}
