// Frames of files built here: every layout of samples, palettes, windows, and pixel data that lies about itself.
import { deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import { decodeHere } from '../../../src/dicom/frame-decoding.ts';
import { type GreyOrRgb, grey, openFrames } from '../../../src/dicom/frames.ts';
import { part10Head } from '../../../src/dicom/part10-write.ts';
import type { PixelLimits } from '../../../src/dicom/pixel-description.ts';
import {
  DEFLATED_EXPLICIT_LITTLE_ENDIAN,
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  JPEG_BASELINE,
  RLE_LOSSLESS,
} from '../../../src/dicom/transfer-syntaxes.ts';
import {
  colourModule,
  concat,
  element,
  greyModule,
  LIMITS,
  latin,
  sampleFile,
  shortElement,
  temporaryFolder,
} from './sample-files.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const framesOf = async (bytes: Uint8Array, limits: PixelLimits = LIMITS): Promise<readonly GreyOrRgb[]> => {
  const source = await openFrames(folder.write(bytes), limits);
  try {
    const frames: GreyOrRgb[] = [];
    for (let index = 0; index < source.frameCount; index += 1) frames.push(await source.frame(index));
    return frames;
  } finally {
    await source.close();
  }
};

const shown = async (
  image: Dataset,
  frames: readonly Uint8Array[],
  transferSyntaxUid = EXPLICIT_LITTLE_ENDIAN,
): Promise<number[][]> => (await framesOf(sampleFile(image, frames, transferSyntaxUid))).map((frame) => [...frame.data]);

const words = (...values: readonly number[]): Uint8Array =>
  new Uint8Array(Uint16Array.from(values, (value) => value & 0xffff).buffer);

describe('grey frames', () => {
  test('of 8 bits are shown as they are, MONOCHROME1 turned over', async () => {
    const frames = [Uint8Array.of(0, 100, 200, 255), Uint8Array.of(1, 2, 3, 4)];
    expect(await shown(greyModule(2, 2), frames)).toEqual([
      [0, 100, 200, 255],
      [1, 2, 3, 4],
    ]);
    expect(await shown({ ...greyModule(2, 2), PhotometricInterpretation: 'MONOCHROME1' }, frames)).toEqual([
      [255, 155, 55, 0],
      [254, 253, 252, 251],
    ]);
  });

  test('of 16 bits are spread over their range', async () => {
    const image = { ...greyModule(1, 4, 16), BitsStored: 12, HighBit: 11 };
    expect(await shown(image, [words(0, 2048, 4095, 0xf000)])).toEqual([[0, 128, 255, 0]]);
    expect(await shown({ ...image, PixelRepresentation: 1 }, [words(-2048, 0, 2047, -1)])).toEqual([[0, 128, 255, 127]]);
    expect(await shown({ ...image, HighBit: 15 }, [words(0, 2048 << 4, 4095 << 4, 15)])).toEqual([[0, 128, 255, 0]]);
  });

  test('of 16 bits are windowed after rescaling', async () => {
    const image = { ...greyModule(1, 5, 16), RescaleSlope: 2, RescaleIntercept: -100, WindowCenter: 100.5, WindowWidth: 101 };
    expect(await shown(image, [words(0, 75, 100, 125, 1000)])).toEqual([[0, 0, 128, 255, 255]]);
  });
});

describe('colour frames', () => {
  const rgb = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7);

  test('come interleaved, whatever their planar configuration', async () => {
    const planes = Uint8Array.of(255, 0, 0, 9, 0, 255, 0, 8, 0, 0, 255, 7);
    expect(await shown(colourModule(2, 2), [rgb])).toEqual([[...rgb]]);
    expect(await shown(colourModule(2, 2, 'RGB', 1), [planes, planes])).toEqual([[...rgb], [...rgb]]);
  });

  test('in YBR_FULL are converted to RGB', async () => {
    const ybr = Uint8Array.of(76, 85, 255, 150, 44, 21, 29, 255, 107, 128, 128, 128);
    const [data = []] = await shown(colourModule(2, 2, 'YBR_FULL'), [ybr]);
    [254, 0, 0, 0, 255, 1, 0, 0, 254, 128, 128, 128].forEach((value, at) => {
      expect(Math.abs((data[at] ?? -9) - value)).toBeLessThanOrEqual(1);
    });
  });

  test('in YBR_FULL_422 share their chrominance in pairs, unless every pixel has its own', async () => {
    const halved = Uint8Array.of(10, 20, 128, 128, 30, 40, 128, 128);
    const expected = [[10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40]];
    expect(await shown(colourModule(2, 2, 'YBR_FULL_422'), [halved])).toEqual(expected);
    const full = Uint8Array.of(10, 128, 128, 20, 128, 128, 30, 128, 128, 40, 128, 128);
    expect(await shown(colourModule(2, 2, 'YBR_FULL_422'), [full])).toEqual(expected);
  });

  test('in an unknown interpretation are refused', async () => {
    await expect(shown(colourModule(2, 2, 'CMYK'), [rgb])).rejects.toMatchObject({ code: 'frames-unreadable' });
  });

  test('have the luma of BT.601', () => {
    expect([...grey({ rows: 1, columns: 3, channels: 3, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 77, 77, 77) })]).toEqual([
      76, 150, 77,
    ]);
  });
});

describe('palettes', () => {
  const image = { ...greyModule(1, 4), PhotometricInterpretation: 'PALETTE COLOR' };
  const tables = (descriptor: number[], data: readonly [Uint8Array, Uint8Array, Uint8Array], kind = ''): Dataset =>
    Object.fromEntries(
      ['Red', 'Green', 'Blue'].flatMap((colour, index) => [
        [`${colour}PaletteColorLookupTableDescriptor`, descriptor],
        [`${kind}${colour}PaletteColorLookupTableData`, data[index] ?? new Uint8Array(0)],
      ]),
    );

  test('of 16 bits give the upper byte, and their ends to values outside', async () => {
    const palette = tables([2, 10, 16], [words(0x1000, 0x2000), words(0x3000, 0x4000), words(0x5000, 0x6000)]);
    expect(await shown({ ...image, ...palette }, [Uint8Array.of(0, 10, 11, 200)])).toEqual([
      [0x10, 0x30, 0x50, 0x10, 0x30, 0x50, 0x20, 0x40, 0x60, 0x20, 0x40, 0x60],
    ]);
  });

  test('of 8 bits are found with two entries to a word and with one', async () => {
    const packed = tables([4, 0, 8], [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8), Uint8Array.of(9, 10, 11, 12)]);
    const loose = tables([4, 0, 8], [words(1, 2, 3, 4), words(5, 6, 7, 8), words(9, 10, 11, 12)]);
    const expected = [[1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12]];
    for (const palette of [packed, loose]) {
      expect(await shown({ ...image, ...palette }, [Uint8Array.of(0, 1, 2, 3)])).toEqual(expected);
    }
  });

  test('of greys give grey frames', async () => {
    const ramp = words(0, 0x4000, 0x8000, 0xff00);
    const frames = await framesOf(
      sampleFile({ ...image, ...tables([4, 0, 16], [ramp, ramp, ramp]) }, [Uint8Array.of(0, 1, 2, 3)]),
    );
    expect(frames[0]?.channels).toBe(1);
    expect([...(frames[0]?.data ?? [])]).toEqual([0, 0x40, 0x80, 0xff]);
  });

  test('in segments are expanded: discrete, linear and repeated', async () => {
    const red = words(0, 2, 0x0100, 0x0200, 1, 2, 0x0600);
    const green = words(0, 1, 0x0300, 2, 1, 0, 0, 0, 2, 0x0500, 0x0700);
    const blue = words(0, 4, 0x0900, 0x0a00, 0x0b00, 0x0c00);
    const palette = tables([4, 0, 16], [red, green, blue], 'Segmented');
    expect(await shown({ ...image, ...palette }, [Uint8Array.of(0, 1, 2, 3)])).toEqual([[1, 3, 9, 2, 3, 10, 4, 5, 11, 6, 7, 12]]);
  });

  test.each<[string, Dataset]>([
    ['are missing', {}],
    ['are shorter than they say', tables([4, 0, 16], [words(1), words(1), words(1)])],
    ['have segments of an unknown kind', tables([4, 0, 16], [words(7, 1, 1), words(7, 1, 1), words(7, 1, 1)], 'Segmented')],
    [
      'have empty segments without end',
      tables([0, 0, 16], Array(3).fill(words(2, 60_000, 0, 0, ...Array(60_000).fill(0))) as never, 'Segmented'),
    ],
  ])('that %s are refused', async (_, palette) => {
    await expect(shown({ ...image, ...palette }, [new Uint8Array(4)])).rejects.toMatchObject({ code: 'frames-unreadable' });
  });
});

describe('big endian frames', () => {
  const bigEndianFile = (vr: 'OB' | 'OW', bits: 8 | 16, pixels: Uint8Array): Uint8Array => {
    const big = true;
    const short = (tag: number, value: number): Uint8Array => shortElement(tag, value, big);
    return concat(
      part10Head({ sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid: EXPLICIT_BIG_ENDIAN, sourceAeTitle: '' }),
      element({ tag: 0x00080060, vr: 'CS', value: latin('US'), bigEndian: big }),
      short(0x00280002, 1),
      element({ tag: 0x00280004, vr: 'CS', value: latin('MONOCHROME2 '), bigEndian: big }),
      element({ tag: 0x00280008, vr: 'IS', value: latin('2 '), bigEndian: big }),
      short(0x00280010, 1),
      short(0x00280011, 3),
      short(0x00280100, bits),
      short(0x00280101, bits),
      short(0x00280102, bits - 1),
      short(0x00280103, 0),
      element({ tag: 0x7fe00010, vr, value: pixels, long: true, bigEndian: big }),
    );
  };

  test('of 8 bits are swapped in pairs in OW, also across frames, and not in OB', async () => {
    const stored = Uint8Array.of(2, 1, 4, 3, 6, 5);
    const swapped = await framesOf(bigEndianFile('OW', 8, stored));
    expect(swapped.map(({ data }) => [...data])).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const plain = await framesOf(bigEndianFile('OB', 8, stored));
    expect(plain.map(({ data }) => [...data])).toEqual([
      [2, 1, 4],
      [3, 6, 5],
    ]);
  });

  test('of 16 bits are swapped', async () => {
    const stored = Uint8Array.of(0xff, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0xff, 0xff);
    const frames = await framesOf(bigEndianFile('OW', 16, stored));
    expect(frames.map(({ data }) => [...data])).toEqual([
      [254, 128, 0],
      [0, 0, 255],
    ]);
  });
});

describe('deflated frames', () => {
  test('are read from the inflated data set', async () => {
    const file = sampleFile(greyModule(1, 4), [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8)]);
    const dataSet = file.subarray(144 + new DataView(file.buffer, file.byteOffset).getUint32(140, true));
    const head = part10Head({
      sopClassUid: '1',
      sopInstanceUid: '1',
      transferSyntaxUid: DEFLATED_EXPLICIT_LITTLE_ENDIAN,
      sourceAeTitle: '',
    });
    const frames = await framesOf(concat(head, deflateRawSync(dataSet)));
    expect(frames.map(({ data }) => [...data])).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });
});

/** One RLE frame from the PackBits of its segments. */
const rleFrame = (...segments: readonly Uint8Array[]): Uint8Array => {
  const header = new DataView(new ArrayBuffer(64));
  header.setUint32(0, segments.length, true);
  let offset = 64;
  segments.forEach((segment, index) => {
    header.setUint32(4 + 4 * index, offset, true);
    offset += segment.length;
  });
  return concat(new Uint8Array(header.buffer), ...segments);
};

describe('RLE frames', () => {
  test('hold runs, copies and no-operations, one segment for each colour', async () => {
    const red = Uint8Array.of(253, 7);
    const green = Uint8Array.of(128, 3, 1, 2, 3, 4);
    const blue = Uint8Array.of(255, 9, 1, 5, 6);
    expect(await shown(colourModule(2, 2, 'RGB', 1), [rleFrame(red, green, blue)], RLE_LOSSLESS)).toEqual([
      [7, 1, 9, 7, 2, 9, 7, 3, 5, 7, 4, 6],
    ]);
  });

  test('of 16 bits hold their upper bytes first', async () => {
    const frame = rleFrame(Uint8Array.of(1, 0xff, 0x80), Uint8Array.of(1, 0xff, 0));
    expect(await shown(greyModule(1, 2, 16), [frame], RLE_LOSSLESS)).toEqual([[255, 128]]);
  });

  test.each<[string, Uint8Array]>([
    ['no header', new Uint8Array(10)],
    ['too few segments', rleFrame()],
    ['too many segments', rleFrame(Uint8Array.of(253, 7), Uint8Array.of(253, 7))],
    ['a segment that ends early', rleFrame(Uint8Array.of(1, 7, 7))],
    ['a segment outside', concat(Uint8Array.of(1, 0, 0, 0, 255, 255, 0, 0), new Uint8Array(60))],
  ])('with %s are refused', async (_, frame) => {
    await expect(shown(greyModule(2, 2), [frame], RLE_LOSSLESS)).rejects.toMatchObject({ code: 'frames-unreadable' });
  });
});

/** A JPEG of one colour in YCbCr 4:2:0, without a marker that says so. */
const jpeg = (colour: { r: number; g: number; b: number }, columns = 32, rows = 16): Promise<Buffer> =>
  sharp({ create: { width: columns, height: rows, channels: 3, background: colour } })
    .jpeg({ quality: 95, chromaSubsampling: '4:2:0' })
    .toBuffer();

const mean = (frame: GreyOrRgb | undefined, channel: number): number => {
  const values = [...(frame?.data ?? [])].filter((_, at) => at % (frame?.channels ?? 1) === channel);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
};

const JFIF = Buffer.from('ffe000104a46494600010100000100010000', 'hex');
const ADOBE_RGB = Buffer.from('ffee000e41646f626500640000000000', 'hex');
/** The stream with markers behind its start. */
const marked = (stream: Buffer, ...markers: readonly Buffer[]): Buffer =>
  Buffer.concat([stream.subarray(0, 2), ...markers, stream.subarray(2)]);

describe('JPEG frames', () => {
  const orange = { r: 200, g: 100, b: 50 };

  test.each(['RGB', 'YBR_FULL_422', 'MONOCHROME2'])(
    'with a JFIF marker are YCbCr though the tag says %s',
    async (photometric) => {
      const [frame] = await framesOf(
        sampleFile(colourModule(16, 32, photometric), [marked(await jpeg(orange), JFIF)], JPEG_BASELINE),
      );
      expect(frame?.channels).toBe(3);
      [200, 100, 50].forEach((value, channel) => {
        expect(Math.abs(mean(frame, channel) - value)).toBeLessThan(2);
      });
    },
  );

  test('with an Adobe marker of transform 0 are shown unconverted, also beside a JFIF marker', async () => {
    const stream = marked(await jpeg(orange), JFIF, ADOBE_RGB);
    const [frame] = await framesOf(sampleFile(colourModule(16, 32, 'YBR_FULL'), [stream], JPEG_BASELINE));
    expect(Math.abs(mean(frame, 0) - 124)).toBeLessThan(2);
    expect(Math.abs(mean(frame, 2) - 182)).toBeLessThan(2);
  });

  test('without a marker are what the tag says', async () => {
    const bare = await jpeg(orange);
    const [asTagged] = await framesOf(sampleFile(colourModule(16, 32, 'RGB'), [bare], JPEG_BASELINE));
    expect(Math.abs(mean(asTagged, 0) - 124)).toBeLessThan(2);
    const [converted] = await framesOf(sampleFile(colourModule(16, 32, 'YBR_FULL_422'), [bare], JPEG_BASELINE));
    expect(Math.abs(mean(converted, 0) - 200)).toBeLessThan(2);
  });

  test('give their samples before conversion', async () => {
    const source = await openFrames(
      folder.write(sampleFile(colourModule(16, 32), [marked(await jpeg(orange), JFIF)], JPEG_BASELINE)),
      LIMITS,
    );
    const samples = await source.samples(0);
    await source.close();
    expect(samples).toMatchObject({ channels: 3, bytesPerSample: 1, colour: 'ybr-full' });
    expect(Math.abs((samples.data[0] ?? 0) - 124)).toBeLessThanOrEqual(1);
    expect(source.lossy).toBe(true);
  });

  test.each<[string, (stream: Buffer) => Buffer]>([
    ['cut off', (stream) => stream.subarray(0, stream.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['no JPEG', () => Buffer.from('not a picture at all')],
    ['without an image', (stream) => Buffer.concat([stream.subarray(0, 20), Buffer.from('ffd9', 'hex')])],
  ])('that are %s are refused', async (_, damage) => {
    const file = sampleFile(colourModule(16, 32), [damage(await jpeg(orange))], JPEG_BASELINE);
    await expect(framesOf(file)).rejects.toMatchObject({ code: 'frames-unreadable' });
  });

  test('of more or fewer components than the header says are refused before they are decoded', async () => {
    const file = sampleFile(greyModule(16, 32), [await jpeg(orange)], JPEG_BASELINE);
    await expect(framesOf(file)).rejects.toMatchObject({
      code: 'frames-unreadable',
      detail: 'a JPEG stream of 3 components',
    });
  });

  test('with a thousand scans are refused before they are decoded', async () => {
    const stream = await jpeg(orange);
    const scan = stream.subarray(stream.indexOf('ffda', 'hex'), -2);
    const scans = Buffer.concat([stream.subarray(0, -2), ...Array(1000).fill(scan), stream.subarray(-2)]);
    await expect(framesOf(sampleFile(colourModule(16, 32), [scans], JPEG_BASELINE))).rejects.toMatchObject({
      code: 'pixel-limits-exceeded',
    });
  });

  test('before the end of a file that is cut off are given, those after it are refused', async () => {
    const stream = await jpeg(orange);
    const file = sampleFile(colourModule(16, 32), [stream, stream, stream], JPEG_BASELINE);
    const source = await openFrames(folder.write(file.subarray(0, file.length - stream.length - 40)), LIMITS);
    expect((await source.frame(0)).data).toHaveLength(16 * 32 * 3);
    for (const index of [1, 2]) await expect(source.frame(index)).rejects.toMatchObject({ code: 'frames-unreadable' });
    await source.close();
  });

  test('of another size than the header says are refused before they are decoded', async () => {
    const file = sampleFile(colourModule(16, 32), [await jpeg(orange, 640, 480)], JPEG_BASELINE);
    await expect(framesOf(file)).rejects.toMatchObject({
      code: 'frames-unreadable',
      detail: 'a JPEG stream of 640 x 480 pixels',
    });
  });
});

describe('frames are refused', () => {
  const image = greyModule(10, 10);
  const file = sampleFile(image, [new Uint8Array(100), new Uint8Array(100)]);

  test.each([
    ['pixels', { ...LIMITS, maxPixels: 99 }],
    ['frames', { ...LIMITS, maxFrames: 1 }],
    ['bytes', { ...LIMITS, maxFrameBytes: 99 }],
  ])('beyond the limit of %s', async (_, limits) => {
    await expect(openFrames(folder.write(file), limits)).rejects.toMatchObject({ code: 'pixel-limits-exceeded' });
  });

  test('in encoded form too, beyond the limit of bytes', async () => {
    const encoded = sampleFile(image, [new Uint8Array(5000)], RLE_LOSSLESS);
    await expect(framesOf(encoded, { ...LIMITS, maxFrameBytes: 1000 })).rejects.toMatchObject({ code: 'pixel-limits-exceeded' });
  });

  test('in transfer syntaxes that are only stored, by the name of the syntax', async () => {
    const video = sampleFile(image, [new Uint8Array(10)], '1.2.840.10008.1.2.4.102');
    await expect(openFrames(folder.write(video), LIMITS)).rejects.toMatchObject({
      code: 'transfer-syntax-not-decoded',
      detail: 'MPEG-4 AVC/H.264 High Profile / Level 4.1',
    });
  });

  test.each<[string, Dataset]>([
    ['no rows', { Rows: 0 }],
    ['two samples', { SamplesPerPixel: 2 }],
    ['one bit', { BitsAllocated: 1 }],
    ['more bits than fit', { BitsStored: 16 }],
    ['a negative number of frames', { NumberOfFrames: -1 }],
  ])('with %s', async (_, differs) => {
    const odd = sampleFile({ ...image, ...differs }, [new Uint8Array(100)]);
    await expect(framesOf(odd)).rejects.toMatchObject({ code: 'frames-unreadable' });
  });

  test('when the file ends before them, those before the end are given', async () => {
    const source = await openFrames(folder.write(file.subarray(0, file.length - 50)), LIMITS);
    expect((await source.frame(0)).data).toHaveLength(100);
    await expect(source.frame(1)).rejects.toMatchObject({ code: 'frames-unreadable' });
    await expect(source.frame(2)).rejects.toMatchObject({ code: 'frames-unreadable' });
    await source.close();
  });

  test('when there are none', async () => {
    const report = sampleFile({}, [new Uint8Array(2)]).slice(0, -14);
    await expect(framesOf(report)).rejects.toMatchObject({ code: 'frames-unreadable', detail: 'no pixel data' });
  });
});

describe('frames under way at once', () => {
  const elsewhere = { decoding: { decode: decodeHere, atOnce: 9 } };
  const limits = { ...LIMITS, maxPixels: 100_000_000, maxFrameBytes: 400_000_000 };
  const atOnce = async (image: Dataset, transferSyntaxUid: string, options = {}): Promise<number> => {
    const frames = [new Uint8Array(100), new Uint8Array(100)];
    const source = await openFrames(folder.write(sampleFile(image, frames, transferSyntaxUid)), limits, options);
    await source.close();
    return source.atOnce;
  };

  test('are one where the frames are decoded by whoever asks, and of uncompressed frames', async () => {
    expect(await atOnce(greyModule(10, 10), RLE_LOSSLESS)).toBe(1);
    expect(await atOnce(greyModule(10, 10), EXPLICIT_LITTLE_ENDIAN, elsewhere)).toBe(1);
  });

  test('are the fewer the larger they are, so that memory is bounded', async () => {
    expect(await atOnce(greyModule(600, 800), RLE_LOSSLESS, elsewhere)).toBe(9);
    expect(await atOnce(greyModule(8000, 8000), RLE_LOSSLESS, elsewhere)).toBe(2);
    expect(await atOnce(colourModule(8000, 8000), RLE_LOSSLESS, elsewhere)).toBe(1);
  });
});
