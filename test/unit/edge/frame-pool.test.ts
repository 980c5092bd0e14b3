// Decoding and reading regions in threads beside the same here: equal pixels, equal refusals, and threads that die, hang or cannot be had.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { regionsHere } from '../../../src/analysis/regions.ts';
import type { CineGraphics, RegionWish } from '../../../src/contracts/analyser.ts';
import type { PixelRectangle } from '../../../src/contracts/finding.ts';
import {
  DECODING_HERE,
  decodeHere,
  type EncodedFrame,
  type FrameCoding,
  type FrameDecoding,
} from '../../../src/dicom/frame-decoding.ts';
import { openFrames } from '../../../src/dicom/frames.ts';
import { type FramePool, framePool, frameThread } from '../../../src/edge/frame-pool.ts';
import { isFault } from '../../../src/kernel/errors.ts';
import { CINES } from '../../support/clean-pictures.ts';
import { COMPRESSIONS, writeCompressedCines } from '../../support/compressed-cine.ts';
import { INKS, withMarks } from '../../support/drawn-marks.ts';
import { describing, samplesFor, shapeOf } from '../dicom/encoders.ts';

const LIMITS = { maxPixels: 1_000_000, maxFrames: 100, maxFrameBytes: 4_000_000 };
const FRAMES = 12;
/** So many frames are decoded before threads are started. */
const FIRST = 6;

let folder: string;
let cines: Awaited<ReturnType<typeof writeCompressedCines>>;
let pool: FramePool | null = null;
/** A pool with warm threads for the tests that leave them as they are. */
let lasting: FramePool;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-decoding-'));
  cines = await writeCompressedCines(folder, { rows: 60, columns: 80, frames: FRAMES });
  lasting = (await warmPool(2)).made;
  pool = null;
}, 60_000);
afterAll(async () => {
  await lasting.close();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  await pool?.close();
  pool = null;
});

/** Uncompressed bytes as a frame: the smallest work that a thread can be given. */
const shape = shapeOf(8, 8);
const coding: FrameCoding = { family: 'native', description: describing(shape), palette: null };
const samples = samplesFor(shape);
const decode = ({ decode: one }: FrameDecoding): Promise<readonly number[]> =>
  one(Uint8Array.from(samples), coding).then(({ data }) => [...data]);

/** Threads that were started, and the pool that has them ready. */
async function warmPool(threads: number, patience?: number) {
  const workers: Worker[] = [];
  const start = (): Worker => {
    const worker = frameThread();
    workers.push(worker);
    return worker;
  };
  const made = framePool(threads, { readRegions: regionsHere, start, ...(patience === undefined ? {} : { patience }) });
  pool = made;
  for (let asked = 0; asked < FIRST; asked++) await decode(made);
  await Promise.all(workers.map(ready));
  return { made, workers };
}

const ready = (worker: Worker): Promise<unknown> => new Promise((resolve) => worker.once('message', resolve));

/** The frames of a file as arrays, or the code and detail of their fault. */
async function framesOf(file: string, decoding: FrameDecoding): Promise<readonly unknown[]> {
  const source = await openFrames(file, LIMITS, { decoding });
  const all = Array.from({ length: source.frameCount }, (_, index) =>
    source.frame(index).then(
      ({ channels, data }) => ({ channels, hex: Buffer.from(data).toString('hex') }),
      (error: unknown) => (isFault(error) ? { code: error.code, detail: error.detail } : error),
    ),
  );
  const frames = await Promise.all(all);
  await source.close();
  return frames;
}

describe('frames decoded in threads', () => {
  test.each(COMPRESSIONS)('of %s are those decoded here, to the last pixel and in order', async (compression) => {
    const here = await framesOf(cines[compression], DECODING_HERE);
    expect(new Set(here.map((frame) => JSON.stringify(frame))).size).toBe(FRAMES);
    expect(await framesOf(cines[compression], lasting)).toEqual(here);
  });

  test('are refused as here, one damaged frame among others and streams of another size', async () => {
    const bytes = readFileSync(cines['JPEG baseline']);
    const starts: number[] = [];
    for (let at = bytes.indexOf('ffd8ff', 0, 'hex'); at >= 0; at = bytes.indexOf('ffd8ff', at + 1, 'hex')) starts.push(at);
    expect(starts).toHaveLength(FRAMES);
    // Behind the quantisation tables stands the frame header, whose rows are the bytes 5 and 6.
    const header = bytes.indexOf('ffc0', starts[3], 'hex');
    bytes.writeUInt16BE(60_000, header + 5);
    const table = bytes.indexOf('ffc4', starts[7], 'hex');
    bytes.fill(0xff, table + 4, table + 30);
    const damaged = path.join(folder, 'damaged.dcm');
    writeFileSync(damaged, bytes);
    const here = await framesOf(damaged, DECODING_HERE);
    expect(here[3]).toEqual({ code: 'frames-unreadable', detail: 'a JPEG stream of 80 x 60000 pixels' });
    expect(here[7]).toMatchObject({ code: 'frames-unreadable' });
    expect(here.filter((frame) => typeof frame === 'object' && frame !== null && 'hex' in frame)).toHaveLength(FRAMES - 2);
    expect(await framesOf(damaged, lasting)).toEqual(here);
  });

  test('keep the bytes of whoever lent a part of a larger buffer', async () => {
    const larger = Uint8Array.from([7, ...samples, 7]);
    const { data } = await lasting.decode(larger.subarray(1, -1), coding);
    expect([...data]).toEqual([...samples]);
    expect([...larger]).toEqual([7, ...samples, 7]);
  });
});

/** A picture with marks on it as uncompressed frames: grey, with a coloured mark, and half of it in the colours of flow. */
function framesToRead(): readonly EncodedFrame[] {
  const rows = 120;
  const columns = 160;
  const [picture] = CINES['leg, pressed']({ rows, columns }, [0]);
  if (picture === undefined) throw new Error('no picture was made');
  const { data } = withMarks(picture, ['text'], INKS.white).picture;
  const grey: FrameCoding = { family: 'native', description: describing(shapeOf(rows, columns)), palette: null };
  const inColour = (from: number, to: number): EncodedFrame => {
    const rgb = new Uint8Array(3 * data.length);
    for (const [at, level] of data.entries()) {
      const column = at % columns;
      const colour = column % 40 < 20 ? [250, 30, 10] : [10, 30, 250];
      rgb.set(column < from || column > to ? [level, level, level] : colour, 3 * at);
    }
    const description = { ...grey.description, samplesPerPixel: 3, photometric: 'RGB' } as const;
    return { encoded: rgb, coding: { ...grey, description } };
  };
  return [{ encoded: Uint8Array.from(data), coding: grey }, inColour(70, 70), inColour(60, columns)];
}

/** As if the last columns of a cine had been found drawn on. */
function drawnRight({ x0, y0, x1, y1 }: PixelRectangle): CineGraphics {
  const columns = x1 - x0 + 1;
  const still = Uint8Array.from({ length: columns * (y1 - y0 + 1) }, (_, at) => (at % columns > columns - 6 ? 1 : 0));
  const places = Int32Array.from([...still.keys()].filter((at) => still[at] === 1));
  return { still, places, moving: [], ink: { known: new Uint8Array(256), exact: new Uint8Array(256) } };
}

const lent = ({ encoded, coding }: EncodedFrame): EncodedFrame => ({ encoded: Uint8Array.from(encoded), coding });

describe('regions read in threads', () => {
  const rectangle = { x0: 10, y0: 5, x1: 149, y1: 114 };
  const covered = [{ x0: 10, y0: 100, x1: 149, y1: 114 }];
  const wishes: readonly RegionWish[] = [
    { places: [{ rectangle }], graphics: 'find' },
    {
      places: [{ rectangle, covered, grid: { rows: 11, columns: 14 } }, { rectangle: covered[0] ?? rectangle }],
      graphics: 'find',
    },
    { places: [{ rectangle, grid: { rows: 24, columns: 32, fit: 'pad', canvas: 200 } }], graphics: 'keep' },
    { places: [{ rectangle }], graphics: drawnRight(rectangle) },
  ];

  test('are those read here, to the last pixel', async () => {
    const kinds = new Set<string>();
    for (const frame of framesToRead()) {
      for (const wish of wishes) {
        const { regions: here } = await regionsHere(lent(frame), wish);
        const there = await lasting.readRegions(lent(frame), wish);
        expect(there.regions).toEqual(here);
        expect(Math.min(there.decodeMs, there.regionMs)).toBeGreaterThanOrEqual(0);
        for (const { kind } of here) kinds.add(kind);
      }
    }
    expect([...kinds].sort()).toEqual(['flow', 'none', 'overlay']);
  });

  test('of a thread that is ended are told as lost by name', async () => {
    const { made, workers } = await warmPool(2);
    const [frame] = framesToRead();
    const [wish] = wishes;
    if (frame === undefined || wish === undefined) throw new Error('nothing to read');
    const give = () => made.readRegions(lent(frame), wish);
    const asked = Array.from({ length: FRAMES }, () => give().catch((error: unknown) => error));
    await workers[0]?.terminate();
    const lost = (await Promise.all(asked)).filter((reading) => isFault(reading));
    expect(lost).toMatchObject([{ code: 'frames-unreadable', detail: 'the decoder gave up' }]);
    expect((await give()).regions).toEqual((await regionsHere(lent(frame), wish)).regions);
  });
});

describe('threads', () => {
  test('are not started for a few frames, and not for uncompressed ones', async () => {
    let started = 0;
    const start = (): Worker => {
      started += 1;
      return frameThread();
    };
    const made = framePool(2, { readRegions: regionsHere, start });
    pool = made;
    for (let asked = 0; asked < FIRST - 1; asked++) await decode(made);
    await framesOf(path.join(folder, 'native.dcm'), made);
    expect(started).toBe(0);
    await decode(made);
    expect(started).toBe(2);
  });

  test('are none where there is one core', () => {
    expect(framePool(1, { readRegions: regionsHere })).toMatchObject(DECODING_HERE);
  });

  test('that are ended in the middle of a frame cost that frame, and others take their place', async () => {
    const { made, workers } = await warmPool(2);
    const asked = Array.from({ length: FRAMES }, () => decode(made).catch((error: unknown) => error));
    await workers[0]?.terminate();
    const frames = await Promise.all(asked);
    const lost = frames.filter((frame) => !Array.isArray(frame));
    expect(lost).toMatchObject([{ code: 'frames-unreadable', detail: 'the decoder gave up' }]);
    expect(frames.filter((frame) => Array.isArray(frame))).toEqual(Array(FRAMES - 1).fill([...samples]));
    expect(workers).toHaveLength(3);
    expect(await decode(made)).toEqual([...samples]);
  });

  test('that do not answer are ended in bounded time, and the frame is given up', async () => {
    // Says that it is ready, then runs for ever on the first frame.
    const source = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => { for (;;); });
      parentPort.postMessage({ kind: 'ready' });`;
    const started: Worker[] = [];
    const start = (): Worker => {
      const worker = started.length < 2 ? new Worker(source, { eval: true }) : frameThread();
      started.push(worker);
      return worker;
    };
    const made = framePool(2, { readRegions: regionsHere, start, patience: 0.02 });
    pool = made;
    for (let asked = 0; asked < FIRST; asked++) await decode(made);
    await Promise.all(started.map(ready));
    for (let hung = 0; hung < 2; hung++)
      await expect(decode(made)).rejects.toMatchObject({ code: 'frames-unreadable', detail: 'decoding takes too long' });
    expect(started.length).toBeGreaterThan(2);
  });

  test.each<[string, () => Worker]>([
    ['cannot be started', () => new Worker('')],
    ['end before they are ready', () => new Worker('process.exit(1)', { eval: true })],
    ['fail when they start', () => new Worker('throw new Error("no memory")', { eval: true })],
  ])('that %s leave the work to the thread that asks', async (_, start) => {
    const made = framePool(2, { readRegions: regionsHere, start });
    pool = made;
    for (let asked = 0; asked < 3 * FIRST; asked++) {
      expect(await decode(made)).toEqual([...samples]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });

  test('end with the pool, and what waits for them is refused', async () => {
    const { made, workers } = await warmPool(2);
    const asked = Array.from({ length: FRAMES }, () => decode(made).catch((error: unknown) => error));
    await made.close();
    const frames = await Promise.all(asked);
    expect(frames.filter((frame) => isFault(frame, 'frames-unreadable')).length).toBeGreaterThan(0);
    expect(workers.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  });
});

test('decoding here and in a thread refuse a family that is only stored by name', async () => {
  const video: FrameCoding = { ...coding, family: 'video' };
  for (const one of [decodeHere, lasting.decode])
    await expect(one(Uint8Array.of(1), video)).rejects.toMatchObject({ code: 'transfer-syntax-not-decoded', detail: 'video' });
});
