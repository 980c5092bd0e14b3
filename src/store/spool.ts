// The spool folder: every byte the node keeps outside the ledger. In: bytes. Out: paths relative to the folder, durable before they are told.
//   incoming/  being received   studies/<study>/  as received   results/<job>/  of analysis   artifacts/<job>/  to deliver
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rm, rmdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../kernel/errors.ts';
import { isMissing, makeFolder, publishFile, spoolFault } from './durable-file.ts';

const INCOMING = 'incoming';
const KEPT = ['studies', 'results', 'artifacts'] as const;
const MIB = 1024 * 1024;
/** Small writes are gathered to this size; larger ones go straight to the file. Bounds the memory of one file that is being received. */
const BUFFER_BYTES = 512 * 1024;
/** Buffers kept for the next files: a new one for each would make the garbage collector run every few instances. */
const MOST_SPARE_BUFFERS = 8;
/** How long the file system is believed about its room. What fills up within it fails as 'spool-full' when it is written. */
const ROOM_BELIEVED_MS = 250;
/** Files that are asked about at the same time, so that their queries share a transaction. */
const SWEPT_TOGETHER = 64;

/**
 * A file being written, one call after the other. Exactly one of `publish` and `discard` ends it. Faults: 'spool-full',
 * 'spool-write-failed'.
 */
export type IncomingFile = {
  /** Takes a chunk; the caller may reuse its memory once this resolves. */
  readonly write: (chunk: Uint8Array) => Promise<void>;
  /** All that was written, while none of it had to leave the memory; else null. Valid until the next call. */
  readonly held: () => Uint8Array | null;
  /** Absolute path of the file with all that was written so far, to read before it is published. */
  readonly written: () => Promise<string>;
  /** Makes the file durable under `spoolPath`, replacing what has that name; resolves with `spoolPath`. */
  readonly publish: (spoolPath: string) => Promise<string>;
  readonly discard: () => Promise<void>;
};

export type Spool = {
  /** Absolute path. */
  readonly folder: string;
  readonly freeMiB: () => Promise<number>;
  /** False when less than the configured reserve is free: nothing new may be received. */
  readonly hasRoom: () => Promise<boolean>;
  /** Absolute path of a spool path; Fault 'spool-write-failed' for one that leaves the folder. */
  readonly absolute: (spoolPath: string) => string;
  readonly openIncoming: () => Promise<IncomingFile>;
  /** Durable when it resolves; a second write to the same path replaces the first at once and whole. */
  readonly writeFile: (spoolPath: string, bytes: Uint8Array) => Promise<void>;
  readonly readFile: (spoolPath: string) => Promise<Buffer>;
  /** True when a received object lies in it, named by a row or not. */
  readonly holdsStudies: () => Promise<boolean>;
  /** Removes a file; one that is missing is fine. */
  readonly remove: (spoolPath: string) => Promise<void>;
  /**
   * Removes what a crash left behind: files that `isNamed` does not know and that this opening of the spool did not write.
   * Once, at the start; later calls find nothing. Resolves with the number of files removed.
   */
  readonly sweep: (isNamed: (spoolPath: string) => Promise<boolean>) => Promise<number>;
};

/** Opens the spool, made when missing. `minFreeMiB`: the reserve below which `hasRoom` is false. Faults: 'spool-full', 'spool-write-failed'. */
export async function openSpool(options: { readonly folder: string; readonly minFreeMiB: number }): Promise<Spool> {
  const folder = path.resolve(options.folder);
  // Names of this opening begin alike, so that a sweep tells them from those of a process that died.
  const opening = randomUUID().slice(0, 8);
  let sequence = 0;
  let written: Set<string> | null = new Set();
  let room: { readonly askedAt: number; readonly enough: Promise<boolean> } | null = null;
  const buffers = bufferPool();

  const absolute = (spoolPath: string): string => {
    const resolved = path.resolve(folder, spoolPath);
    if (!resolved.startsWith(`${folder}${path.sep}`)) throw fault('spool-write-failed', 'A path leaves the spool folder.');
    return resolved;
  };

  try {
    await makeFolder(path.parse(folder).root, folder);
    for (const name of [INCOMING, ...KEPT]) await makeFolder(folder, absolute(name));
  } catch (error) {
    throw spoolFault(error);
  }

  const freeMiB = async (): Promise<number> => {
    const { bavail, bsize } = await statfs(folder);
    return Math.floor((bavail * bsize) / MIB);
  };

  const hasRoom = (): Promise<boolean> => {
    const now = performance.now();
    if (room === null || now - room.askedAt > ROOM_BELIEVED_MS) {
      room = { askedAt: now, enough: freeMiB().then((free) => free >= options.minFreeMiB) };
    }
    return room.enough;
  };

  const openIncoming = async (): Promise<IncomingFile> => {
    sequence += 1;
    const from = absolute(`${INCOMING}/${opening}-${sequence}`);
    try {
      const handle = await open(from, 'wx', 0o600);
      const publish = async (spoolPath: string): Promise<string> => {
        const to = absolute(spoolPath);
        written?.add(spoolPath);
        await publishFile(handle, { root: folder, from, to });
        return spoolPath;
      };
      const discard = async (): Promise<void> => {
        await handle.close();
        await rm(from, { force: true });
      };
      return bufferedFile(handle, buffers, { from, publish, discard });
    } catch (error) {
      throw spoolFault(error);
    }
  };

  const writeFile = async (spoolPath: string, bytes: Uint8Array): Promise<void> => {
    const file = await openIncoming();
    try {
      await file.write(bytes);
      await file.publish(spoolPath);
    } catch (error) {
      await file.discard();
      throw error;
    }
  };

  const remove = (spoolPath: string): Promise<void> => rm(absolute(spoolPath), { force: true });

  const sweep = async (isNamed: (spoolPath: string) => Promise<boolean>): Promise<number> => {
    if (written === null) return 0;
    const ours = written;
    const unfinished = (await filesUnder(absolute(INCOMING))).filter((name) => !name.startsWith(`${opening}-`));
    let swept = unfinished.length;
    for (const name of unfinished) await remove(`${INCOMING}/${name}`);
    for (const kept of KEPT) {
      const files = (await filesUnder(absolute(kept))).map((name) => `${kept}/${name}`);
      for (let at = 0; at < files.length; at += SWEPT_TOGETHER) {
        const together = files.slice(at, at + SWEPT_TOGETHER);
        const removed = await Promise.all(
          together.map(async (spoolPath) => {
            if (ours.has(spoolPath) || (await isNamed(spoolPath))) return false;
            // Asked again: it may have been written while the ledger was looked at.
            if (ours.has(spoolPath)) return false;
            await remove(spoolPath);
            const left = path.dirname(spoolPath);
            if (left !== kept) await removeIfEmpty(absolute(left));
            return true;
          }),
        );
        swept += removed.filter((gone) => gone).length;
      }
    }
    written = null;
    return swept;
  };

  return {
    folder,
    freeMiB,
    hasRoom,
    absolute,
    openIncoming,
    writeFile,
    readFile: (spoolPath) => readFile(absolute(spoolPath)),
    holdsStudies: async () => (await filesUnder(absolute('studies'))).length > 0,
    remove,
    sweep,
  };
}

type BufferPool = { readonly take: () => Buffer; readonly giveBack: (buffer: Buffer) => void };

function bufferPool(): BufferPool {
  const spare: Buffer[] = [];
  return {
    take: () => spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES),
    giveBack: (buffer) => {
      if (spare.length < MOST_SPARE_BUFFERS) spare.push(buffer);
    },
  };
}

/** Gathers small writes; turns errors into faults; ends once. */
function bufferedFile(
  handle: FileHandle,
  buffers: BufferPool,
  ends: {
    readonly from: string;
    readonly publish: (spoolPath: string) => Promise<string>;
    readonly discard: () => Promise<void>;
  },
): IncomingFile {
  let buffer = buffers.take();
  /** The other buffer, on its way to the disk while `buffer` fills: the sender need not wait for each write. */
  let writing: { readonly bytes: Buffer; readonly done: Promise<void> } | null = null;
  let filled = 0;
  let position = 0;
  let ended = false;

  const append = async (bytes: Uint8Array): Promise<void> => {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position);
      done += bytesWritten;
      position += bytesWritten;
    }
  };
  /** Resolves when nothing is on its way any more; rejects with what went wrong with it. */
  const settle = async (): Promise<void> => {
    if (writing === null) return;
    const { bytes, done } = writing;
    writing = null;
    await done;
    buffers.giveBack(bytes);
  };
  const flush = async (): Promise<void> => {
    await settle();
    if (filled === 0) return;
    const done = append(buffer.subarray(0, filled));
    // A failure is told by the next `settle`; until then it must not count as unhandled.
    done.catch(() => undefined);
    writing = { bytes: buffer, done };
    buffer = buffers.take();
    filled = 0;
  };
  const flushAll = async (): Promise<void> => {
    await flush();
    await settle();
  };
  const asFault = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (error) {
      throw spoolFault(error);
    }
  };

  const write = (chunk: Uint8Array): Promise<void> =>
    asFault(async () => {
      if (filled + chunk.length > BUFFER_BYTES) await flush();
      if (chunk.length > BUFFER_BYTES) {
        await settle();
        return append(chunk);
      }
      buffer.set(chunk, filled);
      filled += chunk.length;
    });
  const held = (): Uint8Array | null => (position === 0 && writing === null ? buffer.subarray(0, filled) : null);
  const written = (): Promise<string> =>
    asFault(async () => {
      await flushAll();
      return ends.from;
    });
  const publish = (spoolPath: string): Promise<string> =>
    asFault(async () => {
      await flushAll();
      const published = await ends.publish(spoolPath);
      ended = true;
      buffers.giveBack(buffer);
      return published;
    });
  const discard = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    // The file goes away whatever became of the write; closing it under a write would hand the descriptor to another file.
    await settle().catch(() => undefined);
    await ends.discard();
    buffers.giveBack(buffer);
  };
  return { write, held, written, publish, discard };
}

async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && !isMissing(error)) throw error;
  }
}
