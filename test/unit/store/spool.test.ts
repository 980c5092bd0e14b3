import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSpool, type Spool } from '../../../src/store/spool.ts';
import { type StoreForTest, storeForTest } from '../../support/store.ts';

let store: StoreForTest;
let spool: Spool;
beforeEach(async () => {
  store = await storeForTest();
  spool = store.spool();
});
afterEach(() => store.end());

const bytes = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 31 + seed) & 0xff);
const incoming = (): Promise<string[]> => readdir(path.join(spool.folder, 'incoming'));

describe('a file', () => {
  test('is published whole under its name, whatever the sizes of its chunks', async () => {
    const chunks = [bytes(3, 1), bytes(300_000, 2), bytes(0, 3), bytes(200_000, 4), bytes(100_000, 5), bytes(7, 6)];
    const file = await spool.openIncoming();
    for (const chunk of chunks) await file.write(chunk);
    expect(await file.publish('studies/a/1.dcm')).toBe('studies/a/1.dcm');
    expect((await readFile(spool.absolute('studies/a/1.dcm'))).equals(Buffer.concat(chunks))).toBe(true);
    expect(await incoming()).toEqual([]);
  });

  test('lets its chunks be reused once a write resolved', async () => {
    const chunk = bytes(10, 1);
    const file = await spool.openIncoming();
    await file.write(chunk);
    chunk.fill(0);
    await file.publish('studies/a/1.dcm');
    expect((await spool.readFile('studies/a/1.dcm')).equals(bytes(10, 1))).toBe(true);
  });

  test('is held in memory as long as it fits, without its memory being shared with another file', async () => {
    const [one, other] = [await spool.openIncoming(), await spool.openIncoming()];
    await one.write(bytes(1_000, 1));
    await other.write(bytes(1_000, 2));
    await one.write(bytes(500, 3));
    expect(Buffer.from(one.held() ?? []).equals(Buffer.concat([bytes(1_000, 1), bytes(500, 3)]))).toBe(true);
    await one.publish('studies/a/1.dcm');
    const next = await spool.openIncoming();
    await next.write(bytes(10, 4));
    expect(Buffer.from(other.held() ?? []).equals(bytes(1_000, 2))).toBe(true);
    for (let count = 0; count < 8; count += 1) await next.write(bytes(100_000, 5));
    expect(next.held()).toBeNull();
    await Promise.all([next.discard(), other.discard()]);
    expect(await incoming()).toEqual([]);
  });

  test('leaves nothing when it is discarded, twice too', async () => {
    const file = await spool.openIncoming();
    await file.write(bytes(1_000, 1));
    await file.discard();
    await file.discard();
    expect(await incoming()).toEqual([]);
  });

  test('that is written again replaces the first', async () => {
    await spool.writeFile('artifacts/1/sr.dcm', bytes(5, 1));
    await spool.writeFile('artifacts/1/sr.dcm', bytes(9, 2));
    expect((await spool.readFile('artifacts/1/sr.dcm')).equals(bytes(9, 2))).toBe(true);
  });

  test('is readable by the user of the node only', async () => {
    await spool.writeFile('studies/a/1.dcm', bytes(5, 1));
    expect((await stat(spool.absolute('studies/a/1.dcm'))).mode & 0o077).toBe(0);
    expect((await stat(spool.absolute('studies/a'))).mode & 0o077).toBe(0);
  });

  test('never lies outside the spool folder', async () => {
    for (const outside of ['../x', '/etc/passwd', 'studies/../../x', '.', '']) {
      expect(() => spool.absolute(outside)).toThrow(expect.objectContaining({ code: 'spool-write-failed' }));
    }
    await expect(spool.writeFile('../x', bytes(1, 1))).rejects.toMatchObject({ code: 'spool-write-failed' });
    expect(await incoming()).toEqual([]);
  });

  test('published by many at once makes its folder once', async () => {
    const names = Array.from({ length: 16 }, (_, n) => `studies/new/${n}.dcm`);
    await Promise.all(names.map((name, n) => spool.writeFile(name, bytes(10, n))));
    expect(await readdir(spool.absolute('studies/new'))).toHaveLength(16);
  });
});

test('there is no room when less is free than the reserve', async () => {
  expect(await spool.hasRoom()).toBe(true);
  const full = await openSpool({ folder: spool.folder, minFreeMiB: (await spool.freeMiB()) + 1_000_000 });
  expect(await full.hasRoom()).toBe(false);
});

describe('the sweep', () => {
  test('removes what a crash left and keeps what a row names', async () => {
    await spool.writeFile('studies/a/named.dcm', bytes(5, 1));
    await spool.writeFile('studies/a/orphan.dcm', bytes(5, 2));
    await spool.writeFile('results/7/result.json', bytes(5, 3));
    await writeFile(path.join(spool.folder, 'incoming', 'half'), 'half');
    const next = await openSpool({ folder: spool.folder, minFreeMiB: 0 });
    expect(await next.sweep(async (spoolPath) => spoolPath === 'studies/a/named.dcm')).toBe(3);
    expect(await readdir(spool.absolute('studies/a'))).toEqual(['named.dcm']);
    expect(await readdir(spool.absolute('results'))).toEqual([]);
    expect(await incoming()).toEqual([]);
  });

  test('leaves alone what this process writes, before and during it', async () => {
    const next = await openSpool({ folder: spool.folder, minFreeMiB: 0 });
    await spool.writeFile('studies/a/orphan.dcm', bytes(5, 1));
    await next.writeFile('studies/b/fresh.dcm', bytes(5, 2));
    const unfinished = await next.openIncoming();
    const isNamed = async (spoolPath: string): Promise<boolean> => {
      if (spoolPath === 'studies/a/orphan.dcm') await next.writeFile(spoolPath, bytes(6, 3));
      return false;
    };
    expect(await next.sweep(isNamed)).toBe(0);
    expect(await next.readFile('studies/a/orphan.dcm')).toHaveLength(6);
    await unfinished.publish('studies/b/late.dcm');
    expect(await readdir(spool.absolute('studies/b'))).toEqual(['fresh.dcm', 'late.dcm']);
  });

  test('leaves the standing folders when they are empty', async () => {
    await spool.writeFile('studies/orphan.dcm', bytes(5, 1));
    const next = await openSpool({ folder: spool.folder, minFreeMiB: 0 });
    expect(await next.sweep(async () => false)).toBe(1);
    expect(await readdir(spool.folder)).toEqual(expect.arrayContaining(['artifacts', 'incoming', 'results', 'studies']));
  });
});
