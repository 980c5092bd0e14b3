// Frames in order, some decoded ahead: which are asked for, how many at once, and what becomes of those that nobody waits for any more.
import { describe, expect, test } from '@jest/globals';
import { framesInOrder } from '../../../src/analysis/decoding.ts';
import { stopwatch } from '../../../src/analysis/stopwatch.ts';
import type { FrameSource } from '../../../src/dicom/frames.ts';
import { fault } from '../../../src/kernel/errors.ts';

const watch = stopwatch(() => 0);

/** A source whose frames take the longer the earlier they stand, and hold their number; it counts what is under way. */
function source(atOnce: number, trouble: ReadonlyMap<number, Error> = new Map()) {
  const asked: number[] = [];
  let underWay = 0;
  let most = 0;
  const frames: FrameSource = {
    rows: 1,
    columns: 1,
    frameCount: 300,
    lossy: false,
    atOnce,
    frame: async (index) => {
      asked.push(index);
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 5 - (asked.length % 5)));
      underWay -= 1;
      const error = trouble.get(index);
      if (error !== undefined) throw error;
      return { rows: 1, columns: 1, channels: 1, data: Uint8Array.of(index) };
    },
    encoded: () => Promise.reject(fault('frames-unreadable', 'not asked for')),
    samples: () => Promise.reject(fault('frames-unreadable', 'not asked for')),
    close: () => Promise.resolve(),
  };
  return { frames, asked, most: () => most, underWay: () => underWay };
}

const systemError = (): Error => Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'read' });

describe('frames in order', () => {
  test.each([1, 3])('come as they were asked for, with %i under way at once', async (atOnce) => {
    const { frames, asked, most } = source(atOnce);
    const wanted = [5, 0, 7, 9, 11, 250, 3];
    const seen: number[] = [];
    for await (const { index, frame } of framesInOrder(frames, wanted, watch)) {
      expect('reason' in frame ? frame : [...frame.data]).toEqual([index]);
      seen.push(index);
    }
    expect(seen).toEqual(wanted);
    expect(asked).toEqual(wanted);
    expect(most()).toBe(atOnce);
  });

  test('tell in its place why one cannot be decoded', async () => {
    const { frames } = source(3, new Map([[1, fault('frames-unreadable', 'damaged')]]));
    const reasons: unknown[] = [];
    for await (const { frame } of framesInOrder(frames, [0, 1, 2], watch)) reasons.push('reason' in frame ? frame.reason : null);
    expect(reasons).toEqual([null, 'frames-unreadable', null]);
  });

  test('throw trouble of the machine in its turn, and leave nothing under way', async () => {
    const { frames, underWay } = source(4, new Map([[2, systemError()]]));
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const { index } of framesInOrder(frames, [0, 1, 2, 3, 4, 5, 6], watch)) seen.push(index);
    };
    await expect(read()).rejects.toMatchObject({ code: 'EIO' });
    expect(seen).toEqual([0, 1]);
    expect(underWay()).toBe(0);
  });

  test('leave nothing under way when the reader stops early, and ask for no more than was under way', async () => {
    const { frames, asked, underWay } = source(4, new Map([[2, systemError()]]));
    for await (const { index } of framesInOrder(frames, [0, 1, 2, 3, 4, 5, 6], watch)) if (index === 0) break;
    expect(underWay()).toBe(0);
    expect(asked).toEqual([0, 1, 2, 3]);
  });
});
