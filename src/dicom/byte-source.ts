// In: a file, or bytes in memory. Out: its bytes by offset, so that readers touch only what they need.
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createInflateRaw } from 'node:zlib';
import { fault } from '../kernel/errors.ts';

/** Random access to bytes. `read` gives fewer bytes than asked for only at the end. */
export type ByteSource = {
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
};

/** Bytes in memory as a source. */
export const memorySource = (bytes: Uint8Array): ByteSource => ({
  read: async (offset, length) => bytes.subarray(offset, offset + length),
  close: async () => {},
});

/** A file as a source; keeps it open until closed. */
export const fileSource = async (path: string): Promise<ByteSource> => {
  const handle = await open(path, 'r');
  const { size } = await handle.stat();
  return {
    read: async (offset, length) => {
      const wanted = Math.max(0, Math.min(length, size - offset));
      const bytes = new Uint8Array(wanted);
      let filled = 0;
      while (filled < wanted) {
        const { bytesRead } = await handle.read(bytes, filled, wanted - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    close: () => handle.close(),
  };
};

const CHUNK = 64 * 1024;

async function* chunksFrom(source: ByteSource, start: number): AsyncGenerator<Uint8Array> {
  for (let at = start; ; at += CHUNK) {
    const chunk = await source.read(at, CHUNK);
    if (chunk.length > 0) yield chunk;
    if (chunk.length < CHUNK) return;
  }
}

const isZlibError = (problem: unknown): boolean =>
  problem instanceof Error && 'code' in problem && typeof problem.code === 'string' && problem.code.startsWith('Z_');

/** Inflates from `start` until `wanted` bytes are there or the stream ends; never holds more than that and one block. */
const inflatePrefix = async (source: ByteSource, start: number, wanted: number): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  // Z_SYNC_FLUSH: a stream that is cut off gives what it holds; its reader sees that the data set ends early.
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  try {
    await pipeline(Readable.from(chunksFrom(source, start)), inflate, async (inflated: AsyncIterable<Uint8Array>) => {
      for await (const part of inflated) {
        parts.push(part);
        length += part.length;
        if (length >= wanted) return;
      }
    });
  } catch (problem) {
    // A pipeline whose consumer stops early ends with an AbortError; that is no failure when the bytes are there.
    if (length < wanted)
      throw isZlibError(problem) ? fault('dataset-not-understood', 'the deflated data set is damaged', problem) : problem;
  }
  return Buffer.concat(parts, length).subarray(0, wanted);
};

/**
 * The inflated view of a deflated data set (PS3.5 A.5) that begins at `start` of `source`. The longest prefix inflated so far is kept;
 * reading beyond `limitBytes` throws Fault `pixel-limits-exceeded`, so that a small file cannot fill the memory.
 */
export const inflatedSource = (source: ByteSource, start: number, limitBytes: number): ByteSource => {
  let prefix: Uint8Array = new Uint8Array(0);
  let ended = false;
  return {
    read: async (offset, length) => {
      const wanted = offset + length;
      if (wanted > limitBytes) throw fault('pixel-limits-exceeded', 'deflated data set');
      if (!ended && wanted > prefix.length) {
        prefix = await inflatePrefix(source, start, wanted);
        ended = prefix.length < wanted;
      }
      return prefix.subarray(offset, wanted);
    },
    close: source.close,
  };
};
