import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openCine } from '../../../src/analysis/cine.ts';
import { openClip, readKeyframes } from '../../../src/analysis/clip.ts';
import type { GreyPicture } from '../../../src/analysis/picture.ts';
import { type LookedAt, readCine } from '../../../src/analysis/read-cine.ts';
import { regionsHere } from '../../../src/analysis/regions.ts';
import { type Stopwatch, stopwatch } from '../../../src/analysis/stopwatch.ts';
import { type DecodeFrame, decodeHere, type ReadRegions } from '../../../src/dicom/frame-decoding.ts';
import { rleFrame } from '../../../src/dicom/rle-encode.ts';
import { RLE_LOSSLESS } from '../../../src/dicom/transfer-syntaxes.ts';
import { CINES, type Picture } from '../../support/clean-pictures.ts';
import { INKS, withMarks } from '../../support/drawn-marks.ts';
import { COLUMNS, ROWS, region, storeInstance } from './instances.ts';

const LIMITS = { maxPixels: 1_000_000, maxFrames: 400, maxFrameBytes: 1_000_000 };
/** The region of test instances. */
const AT = { x: 40, y: 30 };
const SIZE = { rows: 190, columns: 240 };
const FRAMES = 40;
const gridOf = (rows: number, columns: number) => ({ rows: rows / 2, columns: columns / 2 });

let folder: string;
let clean: readonly Picture[];

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-reading-'));
  clean = CINES['leg, pressed'](SIZE, [0, 10, 20, 30]);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function screenOf(picture: Picture): Uint8Array {
  const screen = new Uint8Array(ROWS * COLUMNS);
  for (let row = 0; row < SIZE.rows; row++)
    screen.set(picture.data.subarray(row * SIZE.columns, (row + 1) * SIZE.columns), (AT.y + row) * COLUMNS + AT.x);
  return screen;
}

const marked = (picture: Picture): Picture => withMarks(picture, ['text', 'callipers'], INKS.white).picture;
const white = ({ data }: GreyPicture): number => data.reduce((sum, grey) => sum + (grey === 255 ? 1 : 0), 0);

/** A watch that counts how many frames were decoded. */
function countingWatch(): { readonly watch: Stopwatch; readonly decoded: () => number } {
  let count = 0;
  const inner = stopwatch(() => 0);
  const watch: Stopwatch = {
    ...inner,
    timeAsync: (part, work) => {
      if (part === 'decode') count += 1;
      return inner.timeAsync(part, work);
    },
  };
  return { watch, decoded: () => count };
}

describe('what a network is given', () => {
  test('of a cine is without what was drawn, and only the frames asked for are decoded, each once', async () => {
    const frames = Array.from({ length: FRAMES }, (_, frame) => clean[frame % clean.length]).flatMap((picture) =>
      picture === undefined ? [] : [screenOf(marked(picture))],
    );
    const input = await storeInstance(folder, { uid: '2.25.1', frames });
    const opening = countingWatch();
    const { cine } = await openCine(input, { limits: LIMITS, watch: opening.watch });
    if (cine === null) throw new Error('the cine was not opened');
    expect(opening.decoded()).toBe(3);
    const reading = countingWatch();
    const use = ({ picture }: LookedAt): GreyPicture => picture;
    const { read, lost } = await readCine(cine, [0, 1, 2, 3, 3, 8, 9, 10, 11], { limits: LIMITS, watch: reading.watch, use });
    expect(lost).toBeNull();
    expect(read.map(({ index, frame }) => [index, frame])).toEqual(
      [0, 1, 2, 3, 3, 8, 9, 10, 11].map((frame, index) => [index, frame]),
    );
    expect(reading.decoded()).toBe(8);
    for (const { value, frame } of read) {
      const before = clean[frame % clean.length];
      if (before === undefined) throw new Error('no such picture');
      expect(white(value)).toBeLessThan(white(before) + 10);
    }
  });

  test('of a compressed cine of 300 frames is 32 decoded ones, when a model asks for 32 of them', async () => {
    const frames = Array.from({ length: 300 }, (_, frame) => clean[frame % clean.length]).flatMap((picture) =>
      picture === undefined ? [] : [rleFrame(screenOf(picture), COLUMNS, 1)],
    );
    const input = await storeInstance(folder, { uid: '2.25.6', frames, transferSyntaxUid: RLE_LOSSLESS });
    let decoded = 0;
    const decode: DecodeFrame = (encoded, coding) => {
      decoded += 1;
      return decodeHere(encoded, coding);
    };
    const readRegions: ReadRegions = (frame, wish) => {
      decoded += 1;
      return regionsHere(frame, wish);
    };
    const looking = { limits: LIMITS, watch: stopwatch(() => 0), decoding: { decode, atOnce: 3 }, readRegions };
    const { cine } = await openCine(input, looking);
    if (cine === null) throw new Error('the cine was not opened');
    expect(decoded).toBe(3);
    decoded = 0;
    const wanted = Array.from({ length: 32 }, (_, nth) => 9 * nth);
    const { read } = await readCine(cine, wanted, { ...looking, use: ({ picture }) => picture.data });
    expect(decoded).toBe(32);
    expect(read.map(({ frame }) => frame)).toEqual(wanted);
    for (const { frame, value } of read) expect(Buffer.compare(value, clean[frame % clean.length]?.data ?? value)).toBe(0);
  });

  test('of a cine without anything drawn is what was stored, to the pixel', async () => {
    const input = await storeInstance(folder, { uid: '2.25.2', frames: clean.map(screenOf) });
    const { cine } = await openCine(input, { limits: LIMITS, watch: stopwatch(() => 0) });
    if (cine === null) throw new Error('the cine was not opened');
    const use = ({ picture }: LookedAt): Uint8Array => picture.data;
    const { read } = await readCine(cine, [0, 1, 2, 3], { limits: LIMITS, watch: stopwatch(() => 0), use });
    for (const [index, { value }] of read.entries()) expect(Buffer.compare(value, clean[index]?.data ?? value)).toBe(0);
  });

  test('of a still is without what was drawn', async () => {
    const [first] = clean;
    if (first === undefined) throw new Error('no picture was made');
    const input = await storeInstance(folder, { uid: '2.25.3', frames: [screenOf(marked(first))] });
    const looking = { limits: LIMITS, watch: stopwatch(() => 0) };
    const { clip } = await openClip(input, { ...looking, mostKeyframes: 4 });
    if (clip === null) throw new Error('the still was not opened');
    const picks = clip.views.map((view) => ({ clip, view, frame: 0 }));
    const { pictures } = await readKeyframes(picks, { ...looking, gridOf });
    expect(pictures).toHaveLength(1);
    for (const { picture } of pictures) expect(white(picture)).toBeLessThan(white(first) + 10);
  });

  test('of an image that an ECG strip covers in part is black there', async () => {
    const [first] = clean;
    if (first === undefined) throw new Error('no picture was made');
    const strip = region(40, 190, 279, 219, { RegionSpatialFormat: 4, RegionDataType: 10 });
    const regions = [region(40, 30, 279, 219), strip];
    const input = await storeInstance(folder, { uid: '2.25.5', frames: [screenOf(first)], regions });
    const looking = { limits: LIMITS, watch: stopwatch(() => 0) };
    const { clip } = await openClip(input, { ...looking, mostKeyframes: 4 });
    if (clip === null) throw new Error('the still was not opened');
    const { pictures } = await readKeyframes(
      clip.views.map((view) => ({ clip, view, frame: 0 })),
      { ...looking, gridOf },
    );
    const data = pictures[0]?.picture.data ?? new Uint8Array(0);
    expect(Buffer.compare(data.subarray(0, 160 * 240), first.data.subarray(0, 160 * 240))).toBe(0);
    expect(data.subarray(160 * 240).every((grey) => grey === 0)).toBe(true);
  });

  test('of a screen of two images that names no region is both of them', async () => {
    const [first] = CINES['leg, pressed']({ rows: 150, columns: 150 }, [0]);
    if (first === undefined) throw new Error('no picture was made');
    const screen = new Uint8Array(ROWS * COLUMNS);
    for (let row = 0; row < 150; row++) {
      screen.set(first.data.subarray(row * 150, (row + 1) * 150), (40 + row) * COLUMNS + 5);
      screen.set(first.data.subarray(row * 150, (row + 1) * 150).toReversed(), (40 + row) * COLUMNS + 165);
    }
    const input = await storeInstance(folder, { uid: '2.25.4', frames: [screen], regions: [] });
    const { clip } = await openClip(input, { limits: LIMITS, watch: stopwatch(() => 0), mostKeyframes: 4 });
    expect(clip?.views.map(({ rectangle }) => rectangle.x0 > 155)).toEqual([false, true]);
    expect(clip?.notes.join(' ')).toContain('the part that looks like echoes was taken');
  });
});
