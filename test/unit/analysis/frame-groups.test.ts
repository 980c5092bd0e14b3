// Frames read in groups: how large a group is, in which order its answers come, and what becomes of a frame or a region that cannot be read.
import { describe, expect, test } from '@jest/globals';
import { groupsOf, readGroup } from '../../../src/analysis/frame-groups.ts';
import { regionsHere } from '../../../src/analysis/regions.ts';
import { stopwatch } from '../../../src/analysis/stopwatch.ts';
import type { FrameCoding, ReadRegions } from '../../../src/dicom/frame-decoding.ts';
import type { FrameSource } from '../../../src/dicom/frames.ts';
import { fault } from '../../../src/kernel/errors.ts';
import { describing, shapeOf } from '../dicom/encoders.ts';

const PLACES = [{ rectangle: { x0: 0, y0: 0, x1: 1, y1: 1 }, spacingMm: null }];
const looking = { watch: stopwatch(() => 0), graphics: 'find' as const, gridOf: () => ({ rows: 1, columns: 1 }) };
const coding: FrameCoding = { family: 'native', description: describing(shapeOf(2, 2)), palette: null };
const notAsked = () => Promise.reject(fault('frames-unreadable', 'not asked for'));

/** Uncompressed frames of 2 x 2 pixels that hold their number; `trouble` by number. */
function source(trouble: ReadonlyMap<number, Error> = new Map()): FrameSource {
  return {
    rows: 2,
    columns: 2,
    frameCount: 100,
    lossy: false,
    atOnce: 1,
    frame: notAsked,
    encoded: async (index) => {
      const error = trouble.get(index);
      if (error !== undefined) throw error;
      return { encoded: new Uint8Array(4).fill(index), coding };
    },
    samples: notAsked,
    close: () => Promise.resolve(),
  };
}

const wanted = (frames: readonly number[], from = source()) => frames.map((frame) => ({ source: from, frame, places: PLACES }));

describe('groups', () => {
  const numbers = Array.from({ length: 14 }, (_, index) => index);

  test('hold every item once, in order, twice as many as are under way at once', () => {
    expect(groupsOf(numbers, () => 1, 3)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10, 11],
      [12, 13],
    ]);
    expect(groupsOf([], () => 1, 3)).toEqual([]);
  });

  test('are single items without threads', () => {
    expect(groupsOf([1, 2], () => 1, 1)).toEqual([[1], [2]]);
  });

  test('hold no more than sixteen million pixels, or one frame that is larger', () => {
    expect(groupsOf([6, 6, 6, 40, 2], (millions) => millions * 1_000_000, 3)).toEqual([[6, 6], [6], [40], [2]]);
  });
});

describe('a group', () => {
  test('is answered in its order, each place with its average', async () => {
    const slowFirst: ReadRegions = async (frame, wish) => {
      await new Promise((resolve) => setTimeout(resolve, 8 - (frame.encoded[0] ?? 0)));
      return regionsHere(frame, wish);
    };
    const read = await readGroup(wanted([1, 4, 7]), { ...looking, readRegions: slowFirst });
    expect(read.map((regions) => ('reason' in regions ? regions : [...(regions[0]?.average?.values ?? [])]))).toEqual([
      [1],
      [4],
      [7],
    ]);
  });

  test('shares out what is waited for by how long decoding and reading took, wherever that was', async () => {
    let now = 0;
    const watch = stopwatch(() => now);
    const readRegions: ReadRegions = async (frame, wish) => {
      const reading = await regionsHere(frame, wish);
      now += 10;
      return { ...reading, decodeMs: 9, regionMs: 3 };
    };
    await readGroup(wanted([1, 4]), { ...looking, watch, readRegions });
    expect(watch.parts()).toMatchObject({ decode: 15, region: 5 });
  });

  test('tells in its place which frame cannot be decoded, and whose regions cannot be read', async () => {
    const from = source(new Map([[2, fault('frames-unreadable', 'damaged')]]));
    const readRegions: ReadRegions = (frame, wish) =>
      frame.encoded[0] === 5 ? Promise.reject(fault('frames-unreadable', 'the decoder gave up')) : regionsHere(frame, wish);
    const read = await readGroup(wanted([1, 2, 5, 6], from), { ...looking, readRegions });
    expect(read.map((regions) => ('reason' in regions ? regions.sentence : 'read'))).toEqual([
      'read',
      expect.stringContaining('damaged'),
      expect.stringContaining('the decoder gave up'),
      'read',
    ]);
  });

  test('throws trouble of the machine when nothing of it is under way any more', async () => {
    const trouble = Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'read' });
    let open = 0;
    const from = source(new Map([[1, trouble]]));
    const slow: FrameSource = {
      ...from,
      encoded: async (index) => {
        open += 1;
        await new Promise((resolve) => setTimeout(resolve, 5 * index));
        open -= 1;
        return from.encoded(index);
      },
    };
    await expect(readGroup(wanted([1, 3], slow), looking)).rejects.toBe(trouble);
    expect(open).toBe(0);
  });
});
