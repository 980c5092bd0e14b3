// In: a JPEG stream. Out: its decoded samples. The only file that touches the libjpeg-turbo build, which runs as WebAssembly.
import { createRequire } from 'node:module';
import { fault } from '../kernel/errors.ts';

type Decoder = {
  readonly getEncodedBuffer: (length: number) => { readonly set: (bytes: Uint8Array, at: number) => void };
  readonly decode: () => void;
  /** A view of the codec's memory: copy it before the next call. */
  readonly getDecodedBuffer: () => Uint8ClampedArray;
  readonly getFrameInfo: () => { readonly width: number; readonly height: number; readonly componentCount: number };
  readonly delete: () => void;
};
type Codec = { readonly JPEGDecoder: new () => Decoder };
type LoadCodec = (options: { print: (line: string) => void; printErr: (line: string) => void }) => Promise<Codec>;

let loading: Promise<Codec> | null = null;

const codec = (): Promise<Codec> => {
  if (loading === null) {
    const load: LoadCodec = createRequire(import.meta.url)('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs');
    const quiet = (): void => {};
    loading = load({ print: quiet, printErr: quiet });
  }
  return loading;
};

/** Decoded samples as libjpeg gives them: 1 or 3 channels interleaved; null when it refuses the stream. */
export type JpegSamples = {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
};

/** Decodes a stream given in parts. The codec throws a number (the address of a C++ exception) for a stream it cannot read. */
export const decodeJpegStream = async (parts: readonly Uint8Array[]): Promise<JpegSamples | null> => {
  const { JPEGDecoder } = await codec();
  const decoder = new JPEGDecoder();
  try {
    const buffer = decoder.getEncodedBuffer(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      buffer.set(part, at);
      at += part.length;
    }
    decoder.decode();
    const { width, height, componentCount } = decoder.getFrameInfo();
    return { width, height, channels: componentCount, data: new Uint8Array(decoder.getDecodedBuffer()) };
  } catch (problem) {
    if (typeof problem === 'number') return null;
    // Anything else is a trap of WebAssembly, after which the instance cannot be relied on: the next frame gets a new one.
    loading = null;
    throw fault('frames-unreadable', 'the JPEG decoder gave up', problem);
  } finally {
    decoder.delete();
  }
};
