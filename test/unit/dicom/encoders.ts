// Compressed frames for the tests of the decoders, made by the encoders of the same packages.
import { createRequire } from 'node:module';
import type { PixelDescription } from '../../../src/dicom/pixel-description.ts';

/** What an encoder must be told of the samples it gets: interleaved, one byte each up to 8 bits, else two in little endian order. */
export type SampleShape = {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: 1 | 3;
  readonly isSigned: boolean;
  /** HTJ2K only; OpenJPEG always transforms three components. */
  readonly isUsingColorTransform: boolean;
};

type Encoder = {
  readonly getDecodedBuffer: (shape: SampleShape) => { readonly set: (bytes: Uint8Array) => void };
  readonly encode: () => void;
  readonly getEncodedBuffer: () => Uint8Array;
  readonly delete: () => void;
  readonly setNearLossless: (near: number) => void;
  /** 0 planes, 1 lines, 2 pixels. */
  readonly setInterleaveMode: (mode: number) => void;
  readonly setDecompositions: (levels: number) => void;
  readonly setQuality: (lossless: boolean, layersOrStep: number) => void;
  readonly setTileSize: (size: { readonly width: number; readonly height: number }) => void;
};
type Settings = (encoder: Encoder) => void;

const quiet = (): void => {};

const encoderOf =
  (entry: string, name: string, usual: Settings) =>
  async (samples: Uint8Array, shape: SampleShape, settings: Settings = quiet): Promise<Uint8Array> => {
    const load = createRequire(import.meta.url)(entry);
    const codec = await load({ print: quiet, printErr: quiet });
    const encoder: Encoder = new codec[name]();
    encoder.getDecodedBuffer(shape).set(samples);
    usual(encoder);
    settings(encoder);
    encoder.encode();
    const encoded = new Uint8Array(encoder.getEncodedBuffer());
    encoder.delete();
    return encoded;
  };

/** JPEG-LS, lossless unless told otherwise. */
export const jpegLs = encoderOf('@cornerstonejs/codec-charls/wasmjs', 'JpegLSEncoder', (encoder) => encoder.setNearLossless(0));

/** JPEG 2000 of two decompositions, lossless. */
export const jpeg2000 = encoderOf('@cornerstonejs/codec-openjpeg/wasmjs', 'J2KEncoder', (encoder) =>
  encoder.setDecompositions(2),
);

/** High-Throughput JPEG 2000, lossless. */
export const htj2k = encoderOf('@cornerstonejs/codec-openjph/wasmjs', 'HTJ2KEncoder', (encoder) => encoder.setQuality(true, 0));

/** The shape of `columns` x `rows` unsigned samples. */
export const shapeOf = (rows: number, columns: number, differs: Partial<SampleShape> = {}): SampleShape => ({
  width: columns,
  height: rows,
  bitsPerSample: 8,
  componentCount: 1,
  isSigned: false,
  isUsingColorTransform: false,
  ...differs,
});

/** Samples that differ from pixel to pixel and component to component, over the whole range. */
export const samplesFor = ({ width, height, bitsPerSample, componentCount, isSigned }: SampleShape): Uint8Array => {
  const lowest = isSigned ? -(2 ** (bitsPerSample - 1)) : 0;
  const value = (index: number): number =>
    ((Math.floor(index / componentCount) * 7 + (index % componentCount) * 31 + (index % 5)) % 2 ** bitsPerSample) + lowest;
  const count = width * height * componentCount;
  if (bitsPerSample <= 8) return Uint8Array.from({ length: count }, (_, index) => value(index) & 0xff);
  const stretch = 2 ** (bitsPerSample - 8);
  const words = Uint16Array.from(
    { length: count },
    (_, index) => ((((value(index) - lowest) * stretch) % 2 ** bitsPerSample) + lowest) & 0xffff,
  );
  return new Uint8Array(words.buffer);
};

/** The description of a file with one frame of that shape. */
export const describing = (shape: SampleShape, differs: Partial<PixelDescription> = {}): PixelDescription => ({
  rows: shape.height,
  columns: shape.width,
  frameCount: 1,
  samplesPerPixel: shape.componentCount,
  bitsAllocated: shape.bitsPerSample > 8 ? 16 : 8,
  bitsStored: shape.bitsPerSample,
  shift: 0,
  signed: shape.isSigned,
  planar: false,
  photometric: shape.componentCount === 3 ? 'RGB' : 'MONOCHROME2',
  window: null,
  rescale: { slope: 1, intercept: 0 },
  ...differs,
});
