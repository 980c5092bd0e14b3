// JPEG 2000 and High-Throughput JPEG 2000 frames: every layout of samples, JP2 files as frames, and codestreams that lie about themselves.
import { afterAll, describe, expect, test } from '@jest/globals';
import type { DecodedFrame } from '../../../src/dicom/decoded-frame.ts';
import { openFrames } from '../../../src/dicom/frames.ts';
import { decodeHtj2k, decodeJpeg2000 } from '../../../src/dicom/jpeg-2000.ts';
import type { PixelDescription } from '../../../src/dicom/pixel-description.ts';
import { HTJ2K_LOSSLESS_RPCL, JPEG_2000_LOSSLESS } from '../../../src/dicom/transfer-syntaxes.ts';
import { describing, htj2k, jpeg2000, samplesFor, shapeOf } from './encoders.ts';
import { colourModule, concat, LIMITS, latin, sampleFile, temporaryFolder } from './sample-files.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const KINDS = [
  ['JPEG 2000', jpeg2000, decodeJpeg2000],
  ['HTJ2K', htj2k, decodeHtj2k],
] as const;

describe.each(KINDS)('%s frames', (_kind, encode, decode) => {
  test.each([
    ['8 bits', shapeOf(37, 53)],
    ['12 bits', shapeOf(37, 53, { bitsPerSample: 12 })],
    ['16 bits', shapeOf(37, 53, { bitsPerSample: 16 })],
    ['12 bits and a sign', shapeOf(37, 53, { bitsPerSample: 12, isSigned: true })],
    ['three components', shapeOf(37, 53, { componentCount: 3 })],
    ['three components and a colour transform', shapeOf(37, 53, { componentCount: 3, isUsingColorTransform: true })],
  ])('of %s give their samples', async (_, shape) => {
    const samples = samplesFor(shape);
    const frame = await decode(await encode(samples, shape), describing(shape));
    expect(frame).toMatchObject({ channels: shape.componentCount, bytesPerSample: shape.bitsPerSample > 8 ? 2 : 1 });
    expect(Buffer.compare(frame.data, samples)).toBe(0);
  });

  const shape = shapeOf(48, 64);
  const original = samplesFor(shape);
  const damaged = async (damage: (stream: Uint8Array) => Uint8Array): Promise<DecodedFrame> =>
    decode(damage(await encode(original, shape)), describing(shape));
  const patched = (stream: Uint8Array, at: number, ...bytes: readonly number[]): Uint8Array => {
    const copy = Uint8Array.from(stream);
    copy.set(bytes, at);
    return copy;
  };

  test.each<[string, (stream: Uint8Array) => Uint8Array]>([
    ['cut in half', (stream) => stream.subarray(0, stream.length / 2)],
    ['cut near the end', (stream) => stream.subarray(0, stream.length - 10)],
    ['cut in the main header', (stream) => stream.subarray(0, 50)],
    ['cut in SIZ', (stream) => stream.subarray(0, 20)],
    ['of no components', (stream) => patched(stream.subarray(0, 42), 4, 0, 38, ...stream.subarray(6, 40), 0, 0)],
    ['empty', () => new Uint8Array(0)],
    ['no codestream', () => latin('not a picture at all')],
    ['divided in tiles of nothing', (stream) => patched(stream, 24, 0, 0, 0, 0)],
    ['without a coding style', (stream) => patched(stream, Buffer.from(stream).indexOf('ff52', 'hex') + 1, 0x64)],
  ])('that are %s are refused, and the next one is decoded', async (_, damage) => {
    await expect(damaged(damage)).rejects.toMatchObject({ code: 'frames-unreadable' });
    expect(Buffer.compare((await damaged((stream) => stream)).data, original)).toBe(0);
  });

  test.each<[string, Partial<PixelDescription>, string]>([
    ['other rows', { rows: 47 }, 'a JPEG stream of 64 x 48 pixels'],
    ['other columns', { columns: 65 }, 'a JPEG stream of 64 x 48 pixels'],
    ['other components', { samplesPerPixel: 3 }, 'a JPEG stream of 1 components'],
  ])('of %s than the header says are refused before they are decoded', async (_, differs, detail) => {
    const stream = await encode(original, shape);
    await expect(decode(stream, describing(shape, differs))).rejects.toMatchObject({ code: 'frames-unreadable', detail });
  });

  test('in more tiles or precincts than a picture needs are refused before they are decoded', async () => {
    const tiles = await encode(original, shape).then((stream) => patched(stream, 24, 0, 0, 0, 1, 0, 0, 0, 1));
    // 64 x 48 tiles of one pixel are let through; a larger picture in such tiles is not.
    const large = shapeOf(128, 128);
    const many = patched(await encode(samplesFor(large), large), 24, 0, 0, 0, 1, 0, 0, 0, 1);
    await expect(decode(tiles, describing(shape))).rejects.toMatchObject({ code: 'frames-unreadable' });
    await expect(decode(many, describing(large))).rejects.toMatchObject({
      code: 'pixel-limits-exceeded',
      detail: 'JPEG 2000 tiles',
    });
  });

  test('with precincts of a few pixels are refused before they are decoded', async () => {
    const large = shapeOf(768, 1024, { componentCount: 3 });
    const stream = Buffer.from(await encode(new Uint8Array(768 * 1024 * 3), large));
    const at = stream.indexOf('ff52', 0, 'hex');
    const levels = stream[at + 9] ?? 0;
    const style = Buffer.concat([stream.subarray(at, at + 14), Buffer.alloc(levels + 1, 0x11)]);
    style.writeUInt16BE(13 + levels, 2);
    style[4] = 1;
    const crafted = Buffer.concat([stream.subarray(0, at), style, stream.subarray(at + 14)]);
    await expect(decode(crafted, describing(large))).rejects.toMatchObject({
      code: 'pixel-limits-exceeded',
      detail: 'JPEG 2000 precincts',
    });
  });

  test('that the codec would get wrong are refused by name', async () => {
    const tiny = shapeOf(32, 32, { isSigned: true });
    await expect(decode(await encode(samplesFor(tiny), tiny), describing(tiny))).rejects.toMatchObject({
      code: 'transfer-syntax-not-decoded',
      detail: 'JPEG 2000 with 8 bits and a sign',
    });
    const offset = patched(await encode(original, shape), 16, 0, 0, 0, 1);
    await expect(decode(offset, describing(shape))).rejects.toMatchObject({ code: 'transfer-syntax-not-decoded' });
    const subsampled = patched(await encode(original, shape), 43, 2);
    await expect(decode(subsampled, describing(shape))).rejects.toMatchObject({ code: 'transfer-syntax-not-decoded' });
  });

  test('inside a JP2 file are taken out of it', async () => {
    const box = (type: string, bytes: Uint8Array, length = bytes.length + 8): Uint8Array => {
      const head = new DataView(new ArrayBuffer(4));
      head.setUint32(0, length);
      return concat(new Uint8Array(head.buffer), latin(type), bytes);
    };
    const stream = await encode(original, shape);
    const signature = box('jP  ', Uint8Array.of(0x0d, 0x0a, 0x87, 0x0a));
    const long = concat(Uint8Array.of(0, 0, 0, 0), new Uint8Array(Uint32Array.of(stream.length + 16).buffer).reverse(), stream);
    for (const codestream of [box('jp2c', stream), box('jp2c', stream, 0), box('jp2c', long, 1)]) {
      const frame = await decode(concat(signature, box('ftyp', latin('jp2 ')), codestream), describing(shape));
      expect(Buffer.compare(frame.data, original)).toBe(0);
    }
    const without = concat(signature, box('ftyp', latin('jp2 '), 3), box('jp2c', stream));
    await expect(decode(without, describing(shape))).rejects.toMatchObject({ code: 'frames-unreadable' });
  });
});

describe('colours of JPEG 2000', () => {
  const shape = shapeOf(20, 30, { componentCount: 3, isUsingColorTransform: true });
  const samples = samplesFor(shape);
  const shownAs = async (photometric: string, transferSyntaxUid: string, stream: Uint8Array): Promise<Uint8Array> => {
    const source = await openFrames(
      folder.write(sampleFile(colourModule(20, 30, photometric), [stream, stream], transferSyntaxUid)),
      LIMITS,
    );
    const frame = await source.frame(1);
    await source.close();
    return frame.data;
  };

  test.each(['RGB', 'YBR_RCT', 'YBR_ICT', 'YBR_FULL'])(
    'that the codec transformed back are not converted again: %s',
    async (photometric) => {
      for (const [encode, uid] of [
        [jpeg2000, JPEG_2000_LOSSLESS],
        [htj2k, HTJ2K_LOSSLESS_RPCL],
      ] as const) {
        expect(Buffer.compare(await shownAs(photometric, uid, await encode(samples, shape)), samples)).toBe(0);
      }
    },
  );

  test('that no codec transformed are what the tag says', async () => {
    const plain = await htj2k(samples, { ...shape, isUsingColorTransform: false });
    expect(Buffer.compare(await shownAs('RGB', HTJ2K_LOSSLESS_RPCL, plain), samples)).toBe(0);
    expect(Buffer.compare(await shownAs('YBR_FULL', HTJ2K_LOSSLESS_RPCL, plain), samples)).not.toBe(0);
  });
});
