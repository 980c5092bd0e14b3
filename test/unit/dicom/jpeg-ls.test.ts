// JPEG-LS frames: those of another encoder, every layout of samples, and streams that lie about themselves.
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { DecodedFrame } from '../../../src/dicom/decoded-frame.ts';
import { openFrames } from '../../../src/dicom/frames.ts';
import { decodeJpegLs } from '../../../src/dicom/jpeg-ls.ts';
import { decodeJpegLsStream } from '../../../src/dicom/jpeg-ls-codec.ts';
import type { PixelDescription } from '../../../src/dicom/pixel-description.ts';
import { JPEG_LS_LOSSLESS, JPEG_LS_NEAR_LOSSLESS } from '../../../src/dicom/transfer-syntaxes.ts';
import { describing, jpegLs, samplesFor, shapeOf } from './encoders.ts';
import { colourModule, LIMITS, sampleFile, temporaryFolder } from './sample-files.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const largestDifference = (one: Uint8Array, other: Uint8Array): number =>
  one.reduce((most, value, at) => Math.max(most, Math.abs(value - (other[at] ?? Number.NaN))), 0);

/** DCMTK's encoder: the path of the compressed file. */
const dcmcjpls = (file: Uint8Array, ...options: readonly string[]): string => {
  const from = folder.write(file);
  const to = `${from}.jls`;
  try {
    execFileSync('dcmcjpls', [...options, from, to], { stdio: 'pipe', timeout: 20_000 });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new Error('dcmcjpls is missing: npm run set-up');
    throw error;
  }
  return to;
};

const framesOf = async (path: string): Promise<{ readonly frames: readonly DecodedFrame[]; readonly lossy: boolean }> => {
  const source = await openFrames(path, LIMITS);
  try {
    const frames: DecodedFrame[] = [];
    for (let index = 0; index < source.frameCount; index += 1) frames.push(await source.samples(index));
    return { frames, lossy: source.lossy };
  } finally {
    await source.close();
  }
};

describe('JPEG-LS frames of DCMTK', () => {
  const shape = shapeOf(33, 47, { componentCount: 3 });
  const pixels = [samplesFor(shape), samplesFor(shape).reverse()];
  const file = sampleFile(colourModule(33, 47), pixels);

  test.each([
    ['by line', ['+il']],
    ['by sample', ['+is']],
    ['by component', ['+in']],
    ['padded with a zero', ['+il', '+pz']],
    ['in fragments of a kilobyte', ['+fs', '1']],
  ])('lossless, %s, are what was compressed', async (_, options) => {
    const { frames, lossy } = await framesOf(dcmcjpls(file, '+el', ...options));
    expect(frames.map(({ data }, index) => Buffer.compare(data, pixels[index] ?? new Uint8Array(0)))).toEqual([0, 0]);
    expect(lossy).toBe(false);
  });

  test('near-lossless, differ by no more than was allowed', async () => {
    const { frames, lossy } = await framesOf(dcmcjpls(file, '+en', '+md', '3'));
    const [first, second] = frames.map(({ data }, index) => largestDifference(data, pixels[index] ?? new Uint8Array(0)));
    expect([first, second]).toEqual([3, 3]);
    expect(lossy).toBe(true);
  });
});

describe('JPEG-LS frames', () => {
  test.each([
    ['8 bits', shapeOf(21, 19)],
    ['10 bits', shapeOf(21, 19, { bitsPerSample: 10 })],
    ['12 bits', shapeOf(21, 19, { bitsPerSample: 12 })],
    ['16 bits', shapeOf(21, 19, { bitsPerSample: 16 })],
    ['three components of 8 bits', shapeOf(21, 19, { componentCount: 3 })],
    ['three components of 12 bits', shapeOf(21, 19, { componentCount: 3, bitsPerSample: 12 })],
  ])('of %s give their samples interleaved, whatever the interleaving of the stream', async (_, shape) => {
    const samples = samplesFor(shape);
    const modes = shape.componentCount === 3 ? [1, 2] : [0];
    for (const mode of modes) {
      const stream = await jpegLs(samples, shape, (encoder) => encoder.setInterleaveMode(mode));
      const frame = await decodeJpegLs(stream, describing(shape));
      expect(frame).toMatchObject({
        channels: shape.componentCount,
        bytesPerSample: shape.bitsPerSample > 8 ? 2 : 1,
        colour: 'tag',
      });
      expect(Buffer.compare(frame.data, samples)).toBe(0);
    }
  });

  test('of 8 bits in 16 allocated are one byte a sample', async () => {
    const shape = shapeOf(4, 4);
    const frame = await decodeJpegLs(await jpegLs(samplesFor(shape), shape), describing(shape, { bitsAllocated: 16 }));
    expect(frame.bytesPerSample).toBe(1);
    expect([...frame.data]).toEqual([...samplesFor(shape)]);
  });

  const shape = shapeOf(24, 32);
  const damaged = async (damage: (stream: Uint8Array) => Uint8Array): Promise<DecodedFrame> =>
    decodeJpegLs(damage(await jpegLs(samplesFor(shape), shape)), describing(shape));

  test.each<[string, (stream: Uint8Array) => Uint8Array]>([
    ['cut off', (stream) => stream.subarray(0, stream.length / 2)],
    ['without an end', (stream) => stream.subarray(0, stream.length - 2)],
    ['empty', () => new Uint8Array(0)],
    ['without a frame header', (stream) => Uint8Array.of(0xff, 0xd8, ...stream.subarray(stream.length - 40))],
  ])('that are %s are refused, and the next one is decoded', async (_, damage) => {
    await expect(damaged(damage)).rejects.toMatchObject({ code: 'frames-unreadable' });
    expect(Buffer.compare((await damaged((stream) => stream)).data, samplesFor(shape))).toBe(0);
  });

  test.each<[string, Partial<PixelDescription>, string]>([
    ['more rows', { rows: 23 }, 'a JPEG stream of 32 x 24 pixels'],
    ['other columns', { columns: 33 }, 'a JPEG stream of 32 x 24 pixels'],
    ['other components', { samplesPerPixel: 3 }, 'a JPEG stream of 1 components'],
  ])('of %s than the header says are refused before they are decoded', async (_, differs, detail) => {
    const stream = await jpegLs(samplesFor(shape), shape);
    await expect(decodeJpegLs(stream, describing(shape, differs))).rejects.toMatchObject({ code: 'frames-unreadable', detail });
  });

  test('of more bits than are allocated are refused', async () => {
    const deep = shapeOf(8, 8, { bitsPerSample: 12 });
    await expect(
      decodeJpegLs(await jpegLs(samplesFor(deep), deep), describing(deep, { bitsAllocated: 8 })),
    ).rejects.toMatchObject({
      code: 'frames-unreadable',
      detail: 'a JPEG stream of 12 bits a sample',
    });
  });

  test('that keep the codec busy without end are given up, and the next one is decoded', async () => {
    const stream = await jpegLs(samplesFor(shape), shape);
    const startedAt = performance.now();
    await expect(decodeJpegLsStream([stream.subarray(0, 334)], 24 * 32)).rejects.toMatchObject({
      code: 'frames-unreadable',
      detail: 'decoding takes too long',
    });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect((await decodeJpegLsStream([stream], 24 * 32))?.data).toEqual(samplesFor(shape));
  });

  test('say whether they are lossy as their transfer syntax does, unless the file does', async () => {
    const frames = [await jpegLs(samplesFor(shape), shape)];
    const image = { ...colourModule(24, 32), SamplesPerPixel: 1, PhotometricInterpretation: 'MONOCHROME2' };
    const lossy = async (uid: string, declared: string | null): Promise<boolean> =>
      (await framesOf(folder.write(sampleFile({ ...image, LossyImageCompression: declared }, frames, uid)))).lossy;
    expect(await lossy(JPEG_LS_LOSSLESS, null)).toBe(false);
    expect(await lossy(JPEG_LS_NEAR_LOSSLESS, null)).toBe(true);
    expect(await lossy(JPEG_LS_NEAR_LOSSLESS, '00')).toBe(false);
  });
});
