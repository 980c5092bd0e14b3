// Which fragments make a frame: by count, by the offset tables, by the start of streams.
import { describe, expect, test } from '@jest/globals';
import { memorySource } from '../../../src/dicom/byte-source.ts';
import { fragmentsOfFrames } from '../../../src/dicom/fragments.ts';
import type { PixelFamily } from '../../../src/dicom/transfer-syntaxes.ts';
import { concat } from './sample-files.ts';

const item = (bytes: Uint8Array, tag = 0xe000): Uint8Array => {
  const head = new DataView(new ArrayBuffer(8));
  head.setUint16(0, 0xfffe, true);
  head.setUint16(2, tag, true);
  head.setUint32(4, bytes.length, true);
  return concat(new Uint8Array(head.buffer), bytes);
};
const END = item(new Uint8Array(0), 0xe0dd);
const table = (...offsets: readonly number[]): Uint8Array => item(new Uint8Array(Uint32Array.from(offsets).buffer));
/** A fragment of `length` bytes; one that starts a JPEG stream begins with SOI. */
const piece = (length: number, starts = false): Uint8Array => {
  const bytes = new Uint8Array(length);
  if (starts) bytes.set([0xff, 0xd8]);
  return item(bytes);
};

/** Lengths of the fragments of every frame. */
const lengths = async (
  pixelData: Uint8Array,
  frameCount: number,
  options: { family?: PixelFamily; extendedOffsets?: readonly number[] } = {},
): Promise<readonly (readonly number[])[]> => {
  const frames = await fragmentsOfFrames(memorySource(concat(new Uint8Array(10), pixelData)), {
    start: 10,
    frameCount,
    family: options.family ?? 'jpeg',
    extendedOffsets: options.extendedOffsets ?? [],
  });
  return frames.map((frame) => frame.map((range) => range.length));
};

describe('fragments', () => {
  test('are frames when there are as many', async () => {
    const pixelData = concat(table(), piece(10), piece(20), piece(30), END);
    expect(await lengths(pixelData, 3)).toEqual([[10], [20], [30]]);
    expect(await lengths(pixelData, 3, { family: 'rle' })).toEqual([[10], [20], [30]]);
  });

  test('all belong to a single frame', async () => {
    expect(await lengths(concat(table(), piece(10), piece(20), END), 1)).toEqual([[10, 20]]);
  });

  test('are grouped by the Basic Offset Table', async () => {
    expect(await lengths(concat(table(0, 46), piece(10), piece(20), piece(30), END), 2)).toEqual([[10, 20], [30]]);
  });

  test('are grouped by the Extended Offset Table before any other', async () => {
    const pixelData = concat(table(0, 46), piece(10), piece(20), piece(30), END);
    expect(await lengths(pixelData, 2, { extendedOffsets: [0, 18] })).toEqual([[10], [20, 30]]);
  });

  test('are grouped by the start of streams when the offset table is empty or wrong', async () => {
    for (const offsets of [[], [0, 47], [0], [0, 18, 46]]) {
      const pixelData = concat(table(...offsets), piece(10, true), piece(20), piece(30, true), piece(40), END);
      expect(await lengths(pixelData, 2)).toEqual([
        [10, 20],
        [30, 40],
      ]);
    }
  });

  test('that are empty are no frames', async () => {
    expect(await lengths(concat(table(), piece(10), piece(0), piece(20), END), 2)).toEqual([[10], [20]]);
  });

  test('are found without a delimiter at the end of the file', async () => {
    expect(await lengths(concat(table(), piece(10), piece(20)), 2)).toEqual([[10], [20]]);
  });

  test('lie where the file has them', async () => {
    const [frame] = await fragmentsOfFrames(memorySource(concat(table(0), piece(10), END)), {
      start: 0,
      frameCount: 1,
      family: 'rle',
      extendedOffsets: [],
    });
    expect(frame).toEqual([expect.objectContaining({ offset: 20, length: 10 })]);
  });

  test.each<[string, Uint8Array, number, string]>([
    ['that cannot be told apart', concat(table(), piece(10), piece(20), piece(30), END), 2, 'frames-unreadable'],
    ['of which there are none', concat(table(), END), 1, 'frames-unreadable'],
    ['that are no items', new Uint8Array(40), 1, 'frames-unreadable'],
    ['behind an offset table without end', table(...Array(5000).fill(0)), 1, 'pixel-limits-exceeded'],
    ['in any number', concat(table(), ...Array.from({ length: 5000 }, () => piece(0))), 1, 'pixel-limits-exceeded'],
  ])('%s are refused', async (_, pixelData, frameCount, code) => {
    await expect(lengths(pixelData, frameCount)).rejects.toMatchObject({ code });
  });
});
