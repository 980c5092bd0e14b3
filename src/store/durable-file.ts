// Making files outlive a power cut. In: open files and folders. Out: the same, synced; errors of the disk as faults of the registry.
// A rename is durable only once the folder that holds the new name is synced too (POSIX fsync speaks of one file; ext4, XFS and Btrfs agree).
import { closeSync, fsync, openSync } from 'node:fs';
import { type FileHandle, mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Fault, fault, isFault } from '../kernel/errors.ts';

const RENAME_ATTEMPTS = 3;
const OUT_OF_SPACE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

const systemCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

export const isMissing = (error: unknown): boolean => systemCode(error) === 'ENOENT';

/** 'spool-full' when the disk or the quota is, else 'spool-write-failed'. The detail is the system's code, never a path. */
export const spoolFault = (error: unknown): Fault => {
  if (isFault(error)) return error;
  const code = systemCode(error);
  return fault(OUT_OF_SPACE.has(code) ? 'spool-full' : 'spool-write-failed', code, error);
};

const fsyncOf = promisify(fsync);

/**
 * fsync of a folder: the names in it are on the disk. A folder is opened and closed from the system's memory in microseconds; a way
 * through the thread pool for each would cost an instance more than both.
 */
export async function syncFolder(folder: string): Promise<void> {
  const descriptor = openSync(folder, 'r');
  try {
    await fsyncOf(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes `folder` under `root` with every folder between, each synced into its parent. Readable by the node's own user only. */
export async function makeFolder(root: string, folder: string): Promise<void> {
  if (folder === root) return;
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return;
    if (!isMissing(error)) throw error;
    await makeFolder(root, path.dirname(folder));
    return makeFolder(root, folder);
  }
  await syncFolder(path.dirname(folder));
}

/** Gives a written file its final name: data synced, renamed over whatever has the name, folder synced. Closes `handle`. */
export async function publishFile(
  handle: FileHandle,
  paths: { readonly root: string; readonly from: string; readonly to: string },
): Promise<void> {
  try {
    await handle.datasync();
  } catch (error) {
    await handle.close();
    throw error;
  }
  // Synced, the file needs nothing of its closing: that goes on beside the rename.
  await Promise.all([handle.close(), renameInto(paths)]);
  await syncFolder(path.dirname(paths.to));
}

async function renameInto(paths: { readonly root: string; readonly from: string; readonly to: string }): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rename(paths.from, paths.to);
    } catch (error) {
      // The folder is new, or the sweep took it away empty since.
      if (!isMissing(error) || attempt > RENAME_ATTEMPTS) throw error;
      await makeFolder(paths.root, path.dirname(paths.to));
    }
  }
}
