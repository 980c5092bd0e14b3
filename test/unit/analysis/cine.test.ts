import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cineReference, frameReference, openCine, wantedFrames } from '../../../src/analysis/cine.ts';
import { stopwatch } from '../../../src/analysis/stopwatch.ts';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import { greyFrame, type InstanceOptions, region, storeInstance } from './instances.ts';

const even = (frameCount: number, framesPerSecond: number) => ({
  frameCount,
  timesMs: Array.from({ length: frameCount }, (_, frame) => (frame * 1000) / framesPerSecond),
});
const wish = (framesPerSecond: number, frameStep = 1) => ({ framesPerSecond, frameStep });

describe('the frames that a model wants of a cine', () => {
  test('are every other one of a cine of twice its rate', () => {
    expect(wantedFrames(even(10, 50), wish(25), 100)).toEqual([0, 2, 4, 6, 8]);
  });

  test('are each taken twice of a cine of half its rate', () => {
    const frames = wantedFrames(even(5, 25), wish(50), 100);
    expect(frames).toHaveLength(9);
    expect([...new Set(frames)]).toEqual([0, 1, 2, 3, 4]);
  });

  test('are the nearest in time, whatever their number, where a cine was taken unevenly', () => {
    const timesMs = [0, 10, 20, 30, 40, 140, 240, 340, 440];
    const frames = wantedFrames({ frameCount: timesMs.length, timesMs }, wish(10), 100);
    expect(frames).toEqual([0, 5, 6, 7, 8]);
    const nearest = frames.map((frame, nth) => Math.abs((timesMs[frame] ?? 0) - nth * 100));
    expect(Math.max(...nearest)).toBeLessThanOrEqual(50);
  });

  test('are every n-th of that rate for a model that leaves out some', () => {
    expect(wantedFrames(even(12, 50), wish(50, 3), 100)).toEqual([0, 3, 6, 9]);
    expect(wantedFrames(even(13, 100), wish(50, 3), 100)).toEqual([0, 6, 12]);
  });

  test('are those that were taken where the cine or the model names no rate', () => {
    expect(wantedFrames({ frameCount: 5, timesMs: null }, wish(50, 2), 100)).toEqual([0, 2, 4]);
    expect(wantedFrames(even(4, 17), wish(0), 100)).toEqual([0, 1, 2, 3]);
  });

  test('are no more than asked for, from the beginning', () => {
    expect(wantedFrames(even(1000, 50), wish(50), 3)).toEqual([0, 1, 2]);
  });
});

describe('a cine', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-cine-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const limits = { maxPixels: 4_000_000, maxFrames: 100, maxFrameBytes: 16_000_000 };
  const FRAMES = [0, 1, 2].map((shift) => greyFrame(90, shift));
  let uids = 0;
  const opened = async (attributes: Dataset, changes: Partial<InstanceOptions> = {}) => {
    uids += 1;
    const input = await storeInstance(folder, { uid: `2.25.${uids}`, frames: FRAMES, attributes, ...changes });
    const { cine } = await openCine(input, { limits, watch: stopwatch(() => 0) });
    if (cine === null) throw new Error('a cine of three frames can be opened');
    return cine;
  };

  test('carries its scale and its place on the screen to every reference of a result', async () => {
    const cine = await opened({}, { regions: [region(40, 30, 279, 219, { PhysicalDeltaX: -0.02, PhysicalDeltaY: 0.03 })] });
    const place = { region: { x0: 40, y0: 30, x1: 279, y1: 219 }, spacingMm: { x: 0.2, y: 0.3 } };
    expect(cineReference(cine)).toMatchObject({ ...place, numberOfFrames: 3 });
    expect(frameReference(cine, 2)).toMatchObject({ ...place, frameNumber: 3 });
  });

  test('has the times of its vector, and says where nothing tells how fast it was taken', async () => {
    const timed = await opened({ FrameTimeVector: [0, 10, 30] });
    expect([timed.timesMs, timed.framesPerSecond, timed.notes]).toEqual([[0, 10, 40], 50, []]);
    const untimed = await opened({ FrameTime: null });
    expect([untimed.timesMs, untimed.framesPerSecond]).toEqual([null, null]);
    expect(untimed.notes).toEqual(['The cine does not say how fast it was taken; its frames were read as acquired.']);
  });

  test('of several images is the largest of them, and says so', async () => {
    const cine = await opened({}, { regions: [region(0, 30, 119, 219), region(120, 30, 319, 219)] });
    expect(cine.place.rectangle.x0).toBe(120);
    expect(cine.notes).toEqual(['The screen shows several images side by side; the largest was read.']);
  });
});
