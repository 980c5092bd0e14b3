// In: a family. Out: the contact sheet of its attention pages, drawn over simulated pictures with maps made from formulas.

import sharp from 'sharp';
import type { AnalysisResult } from '../src/contracts/finding.ts';
import { compressionCine, compressionPicture } from '../src/phantom/compression-cine.ts';
import { echoClip, echoPictures } from '../src/phantom/echo-clip.ts';
import { drawEchoProbe } from '../src/phantom/echo-probe.ts';
import { examinedHeart } from '../src/phantom/echo-study.ts';
import { keyframePicture, legSection } from '../src/phantom/leg-section.ts';
import { drawLungProbe } from '../src/phantom/lung-probe.ts';
import { lungPictures, lungScan } from '../src/phantom/lung-scan.ts';
import { drawProbe } from '../src/phantom/probe.ts';
import { randomFrom } from '../src/phantom/random.ts';
import type { GreyPicture } from '../src/phantom/speckle.ts';
import { cinesOf } from '../src/report/capture-cine.ts';
import { cineFrames } from '../src/report/capture-cine-frames.ts';
import { CINE } from '../src/report/capture-cine-layout.ts';
import { captureFrames } from '../src/report/capture-frames.ts';
import { PAGE } from '../src/report/capture-layout.ts';
import { pagesOf } from '../src/report/capture-page.ts';
import { contentOf } from '../src/report/statements.ts';
import { openTemplate } from '../src/report/templates.ts';
import { NAMES as CINE_NAMES, DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../test/support/capture-fixtures.ts';
import { DVT_WITH_CINES, ECHO_WITH_CINES, KEPT_SIZE, LUNG_WITH_CINES } from '../test/support/cine-fixtures.ts';
import { EMPTY_RESULT, RESULT } from '../test/support/report-fixture.ts';
import type { Sheet } from './contact-sheet.ts';

const SIZE = { rows: 313, columns: 433 };

const NAMES = new Map([
  ...CINE_NAMES,
  ...RESULT.inputs.map(({ sopInstanceUid }, index): [string, string] => [sopInstanceUid, `image ${index + 1}`]),
]);

type Drawn = { readonly picture: GreyPicture; readonly at: readonly [across: number, down: number] };

/** `dvt/<verdict>-<state>`: a groin at rest or pressed; with a frame of 100 for the state, at that moment. */
function groin(name: string): Drawn {
  const [verdict = '', state = ''] = name.split('-');
  const compressibility = verdict === 'fully' ? 'full' : verdict === 'partially' ? 'partial' : 'none';
  const cine = compressionCine({ seed: 507, route: 'LM1', compressibility, pressing: 'full', frames: 60 });
  const probe = drawProbe('gamma', randomFrom(cine.seed, 'pages'));
  const moment = state === 'open' ? 2 : state === 'closed' ? 31 : Math.min(59, Math.round(Number(state) * 0.6));
  return { picture: compressionPicture(cine, moment, { probe, size: SIZE }), at: [0.42, 0.45] };
}

/** `lung/<score>-<instance>-<frame>`. */
function lung(name: string): Drawn {
  const [score = 0, instance = 0, frame = 0] = name.split('-').map(Number);
  const scan = drawLungProbe('convex', 'gamma', randomFrom(instance, 'pages'));
  const known = ([0, 1, 2, 3] as const).find((one) => one === score) ?? 0;
  const cine = lungScan({ seed: 40 + instance, score: known, scan, frames: 48 });
  const picture = lungPictures(cine, SIZE, [frame])[0];
  if (picture === undefined) throw new RangeError('one frame was asked for');
  return { picture, at: [0.35 + 0.1 * (instance % 4), 0.5] };
}

/** `echo/<view>-<frame>`. */
function heart(name: string): Drawn {
  const [view = 'A4C', frame = '1'] = name.split('-');
  const chance = randomFrom(31, 'pages', view);
  const clip = echoClip(examinedHeart(31, true), view === 'PLAX' ? 'PLAX' : 'A4C', { chance, heartRate: 66, frameRate: 50 });
  const { frame: pictureAt } = echoPictures(clip, { probe: drawEchoProbe('gamma', chance), size: SIZE });
  return { picture: pictureAt(Number(frame) - 1), at: view === 'PLAX' ? [0.4, 0.6] : [0.4, 0.35] };
}

/** `results/1/<instance>-<frame>`: a femoral vein. */
function leg(name: string): Drawn {
  const number = [...name].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7) % 5;
  const section = legSection({ seed: 43, vein: 'FV', grade: 'marked', keyframes: 5 });
  const keyframe = section.keyframes[number];
  if (keyframe === undefined) throw new RangeError('five keyframes were asked for');
  const probe = drawProbe('gamma', randomFrom(43, 'pages'));
  return { picture: keyframePicture(section, keyframe, { probe, size: SIZE }), at: [0.5, 0.45] };
}

const painters: Readonly<Record<string, (name: string) => Drawn>> = { dvt: groin, lung, echo: heart, results: leg };

function drawn(spoolPath: string): Drawn {
  const [folder = '', ...rest] = spoolPath.split('/');
  const paint = painters[folder];
  if (paint === undefined) throw new RangeError(`nobody draws ${spoolPath}`);
  return paint((rest.at(-1) ?? '').replace(/(\.map)?\.(png|json)$/u, ''));
}

const places: Readonly<Record<string, readonly [number, number]>> = { lung: [0.5, 0.55] };

/** A hill of activation at the place that the painter names, over a little unrest. */
function mapAt([across, down]: readonly [number, number], seed: number): Uint8Array {
  const [rows, columns] = [10, 14];
  const values = Array.from({ length: rows * columns }, (_, index) => {
    const x = ((index % columns) + 0.5) / columns;
    const y = (Math.floor(index / columns) + 0.5) / rows;
    const hill = Math.exp(-((x - across) ** 2 + (y - down) ** 2) / 0.018);
    return Number((0.05 + 0.85 * hill + 0.04 * Math.sin(index * 2.1 + seed)).toFixed(4));
  });
  return Buffer.from(JSON.stringify({ rows, columns, values }));
}

async function read(spoolPath: string): Promise<Uint8Array> {
  const { picture, at } = drawn(spoolPath);
  if (spoolPath.endsWith('.json')) return mapAt(places[spoolPath.split('/')[0] ?? ''] ?? at, spoolPath.length);
  const { rows, columns, pixels } = picture;
  return sharp(pixels, { raw: { width: columns, height: rows, channels: 1 } })
    .png()
    .toBuffer();
}

/** Pages of a family that tell most, by their number from 1. */
const families: Readonly<Record<string, { readonly result: AnalysisResult; readonly pages: readonly number[] }>> = {
  'vascular-sec': { result: RESULT, pages: [1, 3] },
  'vascular-dvt': { result: DVT_RESULT, pages: [1, 2, 3, 4] },
  'lung-score': { result: LUNG_RESULT, pages: [1, 2, 9, 15] },
  'echo-cmr': { result: ECHO_RESULT, pages: [1, 2, 3] },
  nothing: { result: EMPTY_RESULT, pages: [1] },
};

/** Names of the families that have pages. */
export const captureKinds: readonly string[] = [...Object.keys(families), 'cines'];

/** The pages of a family as pictures at full size: RGB, PAGE.width x PAGE.height. */
export async function capturePages(kind: string): Promise<readonly { readonly label: string; readonly pixels: Uint8Array }[]> {
  const family = families[kind];
  if (family === undefined) throw new RangeError(`no family ${kind}: ${captureKinds.join(', ')}`);
  const { result } = family;
  const template = await openTemplate({ id: result.run.modelId, family: result.family });
  const pages = pagesOf(result).filter((_, index) => family.pages.includes(index + 1));
  const frames = await Array.fromAsync(captureFrames(pages, { result, template, names: NAMES, read }));
  return pages.map(({ label }, index) => ({ label, pixels: frames[index] ?? new Uint8Array(0) }));
}

/** Pictures of a kept cine below one another, each at the place of its frame number, and the maps to them. */
const readKept =
  (frameNumbers: readonly number[]) =>
  async (spoolPath: string): Promise<Uint8Array> => {
    const stem = spoolPath.replace(/-played\.(png|maps\.json)$/u, '');
    const names = frameNumbers.map((number) => `${stem}-${number}.png`);
    if (spoolPath.endsWith('.json')) {
      const maps = names.map((name, index) => mapAt(places[name.split('/')[0] ?? ''] ?? drawn(name).at, index));
      return Buffer.from(`[${maps.map((map) => Buffer.from(map).toString('utf8')).join(',')}]`);
    }
    const { rows, columns } = KEPT_SIZE;
    const small = async (name: string): Promise<Uint8Array> =>
      sharp(await read(name))
        .greyscale()
        .resize(columns, rows, { fit: 'fill' })
        .raw()
        .toBuffer();
    const data = Buffer.concat(await Promise.all(names.map(small)));
    return sharp(data, { raw: { width: columns, height: rows * names.length, channels: 1 } })
      .png()
      .toBuffer();
  };

/** First, middle and last frame of a cine of each family that has some: RGB, CINE.width x CINE.height. */
export async function captureCines(): Promise<readonly { readonly label: string; readonly pixels: Uint8Array }[]> {
  const shown: { label: string; pixels: Uint8Array }[] = [];
  for (const result of [DVT_WITH_CINES, LUNG_WITH_CINES, ECHO_WITH_CINES]) {
    const template = await openTemplate({ id: result.run.modelId, family: result.family });
    const statements = new Map(contentOf(result, template).statements.map((statement) => [statement.key, statement]));
    const [play] = cinesOf(result);
    if (play === undefined) throw new RangeError('a cine was kept');
    const { frameNumbers } = play.kept;
    const read = readKept(frameNumbers);
    const frames = await Array.fromAsync(cineFrames(play, { run: result.run, template, names: NAMES, statements, read }));
    for (const at of [0, Math.floor(frames.length / 2), frames.length - 1])
      shown.push({ label: `${play.key}, frame ${at + 1} of ${frames.length}`, pixels: frames[at] ?? new Uint8Array(0) });
  }
  return shown;
}

/** The pages of a family side by side, or the cines of all. */
export async function captureSheet(kind: string): Promise<Sheet> {
  if (kind === 'cines') {
    const tiles = (await captureCines()).map(({ label, pixels }) => ({
      rows: CINE.height,
      columns: CINE.width,
      samplesPerPixel: 3 as const,
      pixels,
      caption: label,
    }));
    return { tiles, perRow: 3, tile: { rows: CINE.height, columns: CINE.width } };
  }
  const tiles = (await capturePages(kind)).map(({ label, pixels }) => ({
    rows: PAGE.height,
    columns: PAGE.width,
    samplesPerPixel: 3 as const,
    pixels,
    caption: label,
  }));
  return {
    tiles,
    perRow: tiles.length === 1 ? 1 : 2,
    tile: tiles.length < 4 ? { rows: 540, columns: 720 } : { rows: 480, columns: 640 },
  };
}
