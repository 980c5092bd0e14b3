// In: a codec built as WebAssembly, and compressed streams. Out: their samples, in bounded time. Keeps one instance in memory, and lets go
// of it when it has failed or grown.
import { createRequire } from 'node:module';
import { createContext, Script } from 'node:vm';
import { fault } from '../kernel/errors.ts';

type Decoder = {
  /** A view of the codec's memory to write the stream to. */
  readonly getEncodedBuffer: (length: number) => { readonly set: (bytes: Uint8Array, at: number) => void };
  readonly decode: () => void;
  /** A view of the codec's memory, or a copy: copied again before the decoder is freed. */
  readonly getDecodedBuffer: () => Uint8Array | Uint8ClampedArray;
  readonly getFrameInfo: () => { readonly width: number; readonly height: number; readonly componentCount: number };
  /** JPEG-LS only: 0 when the components stand one after another. */
  readonly getInterleaveMode?: () => number;
  readonly delete: () => void;
};
type Module = { readonly HEAPU8: Uint8Array; readonly decoder: () => Decoder; readonly errors: () => number };
type Line = (line: string) => void;
type Instantiate = (options: {
  print: Line;
  printErr: Line;
}) => Promise<Record<string, unknown> & { readonly HEAPU8: Uint8Array }>;

/** Decoded samples as the codec gives them: interleaved unless `planar`, one byte each up to 8 bits, else two in little endian order. */
export type CodedSamples = {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly planar: boolean;
  readonly data: Uint8Array;
};

/** Memory of WebAssembly only grows. Beyond this an instance is not kept for the next frame. */
const MOST_KEPT_BYTES = 192 * 1024 * 1024;

/** Many times what the slowest codec needs on a slow machine, where it must share. */
export const limitMs = (samples: number): number => Math.round(5_000 + samples / 2_500);

const workbench: { work: () => unknown } = { work: () => null };
const context = createContext(workbench);
const WORK = new Script('work()');

/**
 * Does work that is stopped after a time: CharLS 2.4 goes round for ever on a stream that is cut off. A timeout of `node:vm` is the one thing
 * that stops WebAssembly from outside without a thread or a process for each codec; it costs 0.3 ms.
 */
const within = <Result>(timeoutMs: number, work: () => Result): Result => {
  workbench.work = work;
  try {
    return WORK.runInContext(context, { timeout: timeoutMs });
  } finally {
    workbench.work = () => null;
  }
};

const isTimeout = (problem: unknown): boolean =>
  typeof problem === 'object' && problem !== null && 'code' in problem && problem.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

const isConstructor = (value: unknown): value is new () => Decoder => typeof value === 'function';

const instantiated = async (entry: string, decoderName: string): Promise<Module> => {
  let errors = 0;
  // OpenJPEG and OpenJPH report what they cannot read on the output only, and give what they have.
  const count: Line = (line) => {
    if (/\berror\b/i.test(line)) errors += 1;
  };
  const instantiate: Instantiate = createRequire(import.meta.url)(entry);
  const module = await instantiate({ print: count, printErr: count });
  const Constructor = module[decoderName];
  if (!isConstructor(Constructor)) throw new Error(`${entry} has no ${decoderName}`);
  return {
    get HEAPU8() {
      return module.HEAPU8;
    },
    decoder: () => new Constructor(),
    errors: () => errors,
  };
};

const run = (module: Module, parts: readonly Uint8Array[]): CodedSamples | null => {
  const errorsBefore = module.errors();
  const decoder = module.decoder();
  const buffer = decoder.getEncodedBuffer(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    buffer.set(part, at);
    at += part.length;
  }
  decoder.decode();
  const { width, height, componentCount } = decoder.getFrameInfo();
  const planar = componentCount > 1 && decoder.getInterleaveMode?.() === 0;
  const data = new Uint8Array(decoder.getDecodedBuffer());
  decoder.delete();
  return module.errors() > errorsBefore ? null : { width, height, channels: componentCount, planar, data };
};

/** Decodes a stream given in parts, of so many samples by its own header; null means that the codec refuses it. */
export type StreamDecoder = (parts: readonly Uint8Array[], samples: number) => Promise<CodedSamples | null>;

/**
 * The decoder `decoderName` of the package entry `entry`, loaded when first used. It throws Fault `frames-unreadable` when the codec breaks
 * down or does not come to an end.
 */
export const webAssemblyDecoder = (entry: string, decoderName: string): StreamDecoder => {
  let loading: Promise<Module> | null = null;
  return async (parts, samples) => {
    loading ??= instantiated(entry, decoderName);
    const module = await loading;
    try {
      const decoded = within(limitMs(samples), () => run(module, parts));
      if (module.HEAPU8.length > MOST_KEPT_BYTES) loading = null;
      return decoded;
    } catch (problem) {
      // What a C++ exception left allocated is never freed, and after a trap nothing in the memory can be relied on: the next frame
      // gets a new instance, and this one is not even asked to free its decoder.
      loading = null;
      // A C++ exception arrives as a number, its address.
      if (typeof problem === 'number') return null;
      throw fault('frames-unreadable', isTimeout(problem) ? 'decoding takes too long' : 'the decoder gave up', problem);
    }
  };
};
