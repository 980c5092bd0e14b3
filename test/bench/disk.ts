// What the disk itself asks for one durable file, so that figures of a receiver can be read against it. In: a folder. Out: milliseconds.
import { randomFillSync } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { median } from './figures.ts';

const FILES = 20;

/** Median milliseconds to write a file of `bytes`, sync it, rename it and sync its folder. */
export async function durableFileMs(folder: string, bytes: number): Promise<number> {
  const content = randomFillSync(Buffer.alloc(bytes));
  const times: number[] = [];
  for (let index = 0; index < FILES; index += 1) {
    const file = path.join(folder, `durable-${index}`);
    const begun = performance.now();
    const handle = await open(`${file}.part`, 'w');
    await handle.writeFile(content);
    await handle.datasync();
    await handle.close();
    await rename(`${file}.part`, file);
    const inside = await open(folder, 'r');
    await inside.sync();
    await inside.close();
    times.push(performance.now() - begun);
  }
  return median(times);
}
