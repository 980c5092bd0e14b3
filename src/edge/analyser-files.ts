// Durable files of an analysis. In: a path relative to the spool folder and bytes. Out: the file, whole or not at all, on the disc.
// Apart from `store/durable-file.ts`, because Node's permission model, under which the analysis runs, refuses fsync of a bare descriptor.
import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../kernel/errors.ts';

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes beside, fsyncs, renames, fsyncs the folder. Fault `spool-full` when the disc is full; a path out of the spool is refused. */
export async function writeDurably(spoolFolder: string, relativePath: string, bytes: Uint8Array): Promise<void> {
  const target = path.resolve(spoolFolder, relativePath);
  if (!target.startsWith(path.resolve(spoolFolder) + path.sep))
    throw fault('spool-write-failed', `${relativePath}: outside the spool`);
  const folder = path.dirname(target);
  const partial = `${target}.part`;
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(partial, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(partial, target);
    await syncFolder(folder);
  } catch (error) {
    const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
    throw fault(full ? 'spool-full' : 'spool-write-failed', relativePath, error);
  }
}
