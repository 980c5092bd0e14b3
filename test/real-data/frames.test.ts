// Frames of real files against what an independent decoder made of them; and that nothing odd ends in anything but frames or a named fault.
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type GreyOrRgb, openFrames } from '../../src/dicom/frames.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import { transferSyntax } from '../../src/dicom/transfer-syntaxes.ts';
import { isFault } from '../../src/kernel/errors.ts';
import { allFiles, dataPath, dicomFiles, readMatrixTruth, readTruth } from './data.ts';

const LIMITS = { maxPixels: 16_000_000, maxFrames: 2_000, maxFrameBytes: 64_000_000 };
const truth = readTruth();
const matrix = readMatrixTruth();

type Sum = { readonly sha256: string; readonly mean: number; readonly invertedSha256: string };

/** Hash and mean of all samples of all frames; the hash of their complement too, for MONOCHROME1. */
const samplesOf = async (path: string): Promise<Sum> => {
  const source = await openFrames(path, LIMITS);
  const hash = createHash('sha256');
  const inverted = createHash('sha256');
  let sum = 0;
  let count = 0;
  try {
    for (let index = 0; index < source.frameCount; index += 1) {
      const { data, bytesPerSample } = await source.samples(index);
      hash.update(data);
      inverted.update(data.map((value) => 255 - value));
      for (let at = 0; at < data.length; at += 1) sum += (data[at] ?? 0) * (bytesPerSample === 2 && at % 2 === 1 ? 256 : 1);
      count += data.length / bytesPerSample;
    }
  } finally {
    await source.close();
  }
  return { sha256: hash.digest('hex'), invertedSha256: inverted.digest('hex'), mean: sum / count };
};

const firstFrame = async (path: string): Promise<GreyOrRgb> => {
  const source = await openFrames(path, LIMITS);
  const frame = await source.frame(0);
  await source.close();
  return frame;
};

const syntaxOf = async (path: string): Promise<string> => {
  const file = await openPart10(path);
  await file.close();
  return file.transferSyntaxUid;
};

/** Families that are stored and passed on only. */
const NOT_DECODED: ReadonlySet<string> = new Set(['video']);
const familyOf = async (path: string): Promise<string> => transferSyntax(await syntaxOf(path))?.family ?? 'unknown';

const refusal = async (path: string): Promise<string> => {
  try {
    await samplesOf(path);
  } catch (problem) {
    if (isFault(problem)) return problem.code;
    throw problem;
  }
  return 'decoded';
};

/** The hash of this file was taken before its pairs of pixels were swapped back; swapped, it is the little endian file's. */
const SAME_PIXELS: ReadonlyMap<string, string> = new Map([['us/OBXXXX1A_expb.dcm', 'us/OBXXXX1A.dcm']]);

describe('real ultrasound files', () => {
  test.each(dicomFiles('us'))('%s decodes to the samples of the reference decoder', async (name) => {
    const path = dataPath('us', name);
    const expected = truth.get(SAME_PIXELS.get(`us/${name}`) ?? `us/${name}`);
    const found = await samplesOf(path);
    if (expected?.lossless === true) expect(found.sha256).toBe(expected.sha256);
    else expect(Math.abs(found.mean - (expected?.mean ?? Number.NaN))).toBeLessThan(1);
  });
});

/** Mean of the clip in YCbCr, for its JPEG encodings. */
const CLIP_MEAN_YBR = 88.75;

/** How far the RGB samples of an encoding may lie from the clip's: JPEG-LS says it in its name, the loss of JPEG 2000 was measured. */
const BOUNDS: ReadonlyMap<string, { readonly largest: number; readonly mean: number }> = new Map([
  ['a4c10_jpegls_near2_rgb.dcm', { largest: 2, mean: 1 }],
  ['a4c10_j2k_lossy.dcm', { largest: 24, mean: 1.2 }],
]);

/** Largest and mean difference between the samples of two files, frame by frame. */
const differences = async (path: string, other: string): Promise<{ readonly largest: number; readonly mean: number }> => {
  const [one, two] = [await openFrames(path, LIMITS), await openFrames(other, LIMITS)];
  let largest = 0;
  let sum = 0;
  let count = 0;
  try {
    expect(one.frameCount).toBe(two.frameCount);
    for (let index = 0; index < one.frameCount; index += 1) {
      const [samples, expected] = [(await one.samples(index)).data, (await two.samples(index)).data];
      expect(samples.length).toBe(expected.length);
      for (let at = 0; at < samples.length; at += 1) {
        const difference = Math.abs((samples[at] ?? 0) - (expected[at] ?? 0));
        largest = Math.max(largest, difference);
        sum += difference;
      }
      count += samples.length;
    }
  } finally {
    await one.close();
    await two.close();
  }
  return { largest, mean: sum / count };
};

describe('one clip in many encodings', () => {
  test.each(dicomFiles('syntax-matrix'))('%s decodes to the same clip, or says why not', async (name) => {
    const path = dataPath('syntax-matrix', name);
    const family = await familyOf(path);
    if (NOT_DECODED.has(family)) {
      expect(await refusal(path)).toBe('transfer-syntax-not-decoded');
      return;
    }
    const bounds = BOUNDS.get(name);
    if (bounds !== undefined) {
      const { largest, mean } = await differences(path, dataPath('syntax-matrix', 'a4c10_rle_rgb.dcm'));
      expect(largest).toBeLessThanOrEqual(bounds.largest);
      expect(mean).toBeLessThan(bounds.mean);
      return;
    }
    const found = await samplesOf(path);
    if (name.includes('mono1')) expect(found.invertedSha256).toBe(matrix.mono2);
    else if (name.includes('mono2')) expect(found.sha256).toBe(matrix.mono2);
    else if (family === 'jpeg') expect(Math.abs(found.mean - CLIP_MEAN_YBR)).toBeLessThan(1);
    else expect(found.sha256).toBe(matrix.rgb);
  });

  test('the lossy and lossless encodings show the same picture', async () => {
    const lossless = await firstFrame(dataPath('syntax-matrix', 'a4c10_rle_rgb.dcm'));
    for (const name of [
      'a4c10_jpeg_baseline_ybr422.dcm',
      'a4c10_jpeg_baseline_no_bot.dcm',
      'a4c10_jpeg_baseline_multifragment.dcm',
    ]) {
      const lossy = await firstFrame(dataPath('syntax-matrix', name));
      const error =
        lossy.data.reduce((sum, value, at) => sum + Math.abs(value - (lossless.data[at] ?? 0)), 0) / lossy.data.length;
      expect(error).toBeLessThan(1);
    }
  });
});

const channelMeans = (frame: GreyOrRgb): readonly number[] =>
  Array.from({ length: frame.channels }, (_, channel) => {
    let sum = 0;
    for (let at = channel; at < frame.data.length; at += frame.channels) sum += frame.data[at] ?? 0;
    return sum / (frame.rows * frame.columns);
  });

describe('colours of real files', () => {
  test('a phantom whose tag says RGB and whose JPEG is YCbCr is grey, not green', async () => {
    const [red = 0, green = 0, blue = 0] = channelMeans(await firstFrame(dataPath('us', 'sonoque_anechoic-3mm-3mm.dcm')));
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(0.1);
    expect(green).toBeGreaterThan(30);
  });

  test('a palette image is the same in big and in little endian, and in RLE', async () => {
    const little = await firstFrame(dataPath('us', 'OBXXXX1A.dcm'));
    const big = await firstFrame(dataPath('us', 'OBXXXX1A_expb.dcm'));
    const packed = await firstFrame(dataPath('us', 'OBXXXX1A_rle_2frame.dcm'));
    expect(Buffer.compare(little.data, big.data)).toBe(0);
    expect(Buffer.compare(little.data, packed.data)).toBe(0);
  });

  test('a segmented palette of 16 bits shows tissue in grey and the marker in green', async () => {
    const frame = await firstFrame(dataPath('us', 'gdcm-US-ALOKA-16.dcm'));
    const pixel = (x: number, y: number): readonly number[] => [...frame.data.subarray((y * 640 + x) * 3, (y * 640 + x) * 3 + 3)];
    let grey = 0;
    let green = 0;
    for (let y = 24; y < 415; y += 1) {
      for (let x = 32; x < 640; x += 1) {
        const [r = 0, g = 0, b = 0] = pixel(x, y);
        if (r === g && g === b) grey += 1;
        else if (g > 150 && r < 60 && b < 60) green += 1;
      }
    }
    expect(grey).toBeGreaterThan(0.99 * 608 * 391);
    expect(green).toBeGreaterThan(50);
  });

  test('JPEG 2000 with its colours transformed is the uncompressed image, and close to it when lossy', async () => {
    const [exact, lossless, lossy] = await Promise.all(
      ['US1_UNCR.dcm', 'US1_J2KR.dcm', 'US1_J2KI.dcm'].map((name) => firstFrame(dataPath('us', name))),
    );
    expect(Buffer.compare(lossless?.data ?? new Uint8Array(0), exact?.data ?? new Uint8Array(1))).toBe(0);
    const error =
      exact?.data.reduce((sum, value, at) => sum + Math.abs(value - (lossy?.data[at] ?? Number.NaN)), 0) ?? Number.NaN;
    expect(error / (exact?.data.length ?? 0)).toBeLessThan(3);
  });

  test('the encodings of one test picture have one brightness', async () => {
    const names = [
      'RGB',
      'Palette',
      'Palette_16',
      'JPEG-Baseline_YBR422',
      'JPEG-Baseline_YBRFull',
      'JPEG-Lossless_RGB',
      'JPEG-LS-Lossless',
      'JPEG-LS-NearLossless',
    ];
    for (const name of names) {
      const means = channelMeans(await firstFrame(dataPath('odd', `TestPattern_${name}.dcm`)));
      [119.96, 119.9, 115.26].forEach((mean, channel) => {
        expect(Math.abs((means[channel] ?? 0) - mean)).toBeLessThan(0.2);
      });
    }
  });
});

describe('odd files', () => {
  test('every one ends in frames or in a named fault', async () => {
    const outcomes = new Map<string, number>();
    for (const name of allFiles('odd')) {
      const outcome = await refusal(dataPath('odd', name));
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect([...outcomes.keys()].sort()).toEqual([
      'dataset-not-understood',
      'decoded',
      'frames-unreadable',
      'transfer-syntax-not-decoded',
    ]);
    expect(outcomes.get('decoded')).toBeGreaterThanOrEqual(47);
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(allFiles('odd').length);
  });
});
