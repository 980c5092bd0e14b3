// In: a header and limits. Out: the shape of its pixel data, checked before a byte of it is read.
import { fault } from '../kernel/errors.ts';
import { attributesOf } from './attributes.ts';
import { type Dataset, number, text } from './dataset.ts';
import type { DicomHeader } from './part10.ts';

/** Bounds on what one instance may ask for. `maxFrameBytes` holds for a decoded frame and for its encoded bytes. */
export type PixelLimits = { readonly maxPixels: number; readonly maxFrames: number; readonly maxFrameBytes: number };

/** The Image Pixel module (PS3.3 C.7.6.3) as far as decoding goes. */
export type PixelDescription = {
  readonly rows: number;
  readonly columns: number;
  readonly frameCount: number;
  readonly samplesPerPixel: 1 | 3;
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  /** Bits to the right of the stored ones: HighBit + 1 - BitsStored. */
  readonly shift: number;
  readonly signed: boolean;
  /** PlanarConfiguration 1: all of one colour after all of another. */
  readonly planar: boolean;
  readonly photometric: string;
  readonly window: { readonly centre: number; readonly width: number } | null;
  readonly rescale: { readonly slope: number; readonly intercept: number };
};

const unreadable = (detail: string): Error => fault('frames-unreadable', detail);

const wholeNumber = (attributes: Dataset, keyword: string, otherwise: number | null = null): number => {
  const value = number(attributes, keyword) ?? otherwise;
  if (value === null || !Number.isInteger(value)) throw unreadable(`${keyword} is missing or no whole number`);
  return value;
};

const checkLimits = (description: PixelDescription, limits: PixelLimits): void => {
  const { rows, columns, frameCount, samplesPerPixel, bitsAllocated } = description;
  const pixels = rows * columns;
  if (pixels > limits.maxPixels) throw fault('pixel-limits-exceeded', `${columns} x ${rows} pixels`);
  if (frameCount > limits.maxFrames) throw fault('pixel-limits-exceeded', `${frameCount} frames`);
  const frameBytes = pixels * samplesPerPixel * (bitsAllocated / 8);
  if (frameBytes > limits.maxFrameBytes) throw fault('pixel-limits-exceeded', `${frameBytes} bytes a frame`);
};

const windowOf = (attributes: Dataset): PixelDescription['window'] => {
  const centre = number(attributes, 'WindowCenter');
  const width = number(attributes, 'WindowWidth');
  return centre === null || width === null || width < 1 ? null : { centre, width };
};

/** Throws Fault `frames-unreadable` for pixel data that is absent or of a shape not decoded, `pixel-limits-exceeded` beyond the limits. */
export const describePixels = (header: DicomHeader, limits: PixelLimits): PixelDescription => {
  if (header.pixelData === null) throw unreadable('no pixel data');
  if (header.pixelData.tag !== '7fe00010') throw unreadable('floating point pixel data');
  const attributes = attributesOf(header);
  const samplesPerPixel = wholeNumber(attributes, 'SamplesPerPixel', 1);
  const bitsAllocated = wholeNumber(attributes, 'BitsAllocated', 8);
  if (samplesPerPixel !== 1 && samplesPerPixel !== 3) throw unreadable(`${samplesPerPixel} samples per pixel`);
  if (bitsAllocated !== 8 && bitsAllocated !== 16) throw unreadable(`${bitsAllocated} bits allocated`);
  const bitsStored = wholeNumber(attributes, 'BitsStored', bitsAllocated);
  const shift = wholeNumber(attributes, 'HighBit', bitsStored - 1) + 1 - bitsStored;
  if (bitsStored < 1 || shift < 0 || shift + bitsStored > bitsAllocated) throw unreadable('BitsStored and HighBit do not fit');
  const rows = wholeNumber(attributes, 'Rows');
  const columns = wholeNumber(attributes, 'Columns');
  if (rows < 1 || columns < 1) throw unreadable('no rows or no columns');
  const frameCount = wholeNumber(attributes, 'NumberOfFrames', 1);
  if (frameCount < 1) throw unreadable(`${frameCount} frames`);
  const description: PixelDescription = {
    rows,
    columns,
    frameCount,
    samplesPerPixel,
    bitsAllocated,
    bitsStored,
    shift,
    signed: number(attributes, 'PixelRepresentation') === 1,
    planar: samplesPerPixel === 3 && number(attributes, 'PlanarConfiguration') === 1,
    photometric: text(attributes, 'PhotometricInterpretation').toUpperCase(),
    window: windowOf(attributes),
    rescale: { slope: number(attributes, 'RescaleSlope') ?? 1, intercept: number(attributes, 'RescaleIntercept') ?? 0 },
  };
  checkLimits(description, limits);
  return description;
};
