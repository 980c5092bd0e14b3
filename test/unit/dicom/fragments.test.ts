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

  test('are grouped by the start of streams before an offset table that is wrong in the same number', async () => {
    const pixelData = concat(table(0, 18), piece(10, true), piece(20), piece(30, true), END);
    expect(await lengths(pixelData, 2)).toEqual([[10, 20], [30]]);
    expect(await lengths(pixelData, 2, { extendedOffsets: [0, 18] })).toEqual([[10, 20], [30]]);
  });

  test('may be cut anywhere, inside the mark of a stream too', async () => {
    const marks = [
      ['jpeg-ls', [0xff, 0xd8, 0xff, 0xf7, 1, 2, 3]],
      ['jpeg-2000', [0xff, 0x4f, 0xff, 0x51, 1, 2, 3]],
      ['high-throughput-jpeg-2000', [0, 0, 0, 12, 0x6a, 0x50, 0x20]],
    ] as const;
    for (const [family, stream] of marks) {
      const frame = Uint8Array.from(stream);
      for (const cut of [1, 2, 3, 5]) {
        const parts = [frame.subarray(0, cut), frame.subarray(cut)];
        const pixelData = concat(table(), ...[...parts, ...parts, ...parts].map((part) => item(part)), END);
        expect(await lengths(pixelData, 3, { family })).toEqual(Array(3).fill([cut, 7 - cut]));
      }
      const bytes = [...frame, ...frame].map((byte) => item(Uint8Array.of(byte)));
      expect(await lengths(concat(table(), ...bytes, END), 2, { family })).toEqual(Array(2).fill(Array(7).fill(1)));
    }
  });

  test('before the end of a file that is cut off give the first frames, the others are empty', async () => {
    const pixelData = concat(table(), piece(10, true), piece(20), piece(30, true), piece(40, true));
    const cut = pixelData.subarray(0, pixelData.length - 20);
    expect(await lengths(cut, 5)).toEqual([[10, 20], [30], [40], [], []]);
    expect(await lengths(cut, 6, { family: 'rle' })).toEqual([[10], [20], [30], [40], [], []]);
    await expect(lengths(concat(pixelData, END), 5)).rejects.toMatchObject({ code: 'frames-unreadable' });
  });

  test('before damage give the first frames, the others are empty', async () => {
    const pixelData = concat(table(), piece(10, true), piece(30, true), new Uint8Array(8), piece(40, true), END);
    expect(await lengths(pixelData, 3)).toEqual([[10], [30], []]);
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
