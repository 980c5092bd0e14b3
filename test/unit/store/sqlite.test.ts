import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from '../../../src/store/database.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { type StoreForTest, storeForTest } from '../../support/store.ts';

let store: StoreForTest;
let db: Database;
beforeEach(async () => {
  store = await storeForTest();
  db = store.db();
  await db.transact((tx) => tx.run('CREATE TABLE word (word TEXT UNIQUE)', []));
});
afterEach(() => store.end());

const add = (word: string): Promise<number> => db.transact((tx) => tx.run('INSERT INTO word VALUES (?)', [word]));
const words = (from: Database): Promise<unknown[]> =>
  from.transact(async (tx) => (await tx.all('SELECT word FROM word ORDER BY word', [])).map((row) => row['word']));

/** How often the write-ahead log was committed to: its frames whose "size after commit" field is not 0 (sqlite.org/fileformat.html 4.1). */
async function commitsIn(path: string): Promise<number> {
  const wal = await readFile(`${path}-wal`);
  const pageSize = wal.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + 24 + pageSize <= wal.length; at += 24 + pageSize) if (wal.readUInt32BE(at + 4) !== 0) commits += 1;
  return commits;
}

describe('the ledger', () => {
  test('syncs every commit to the disk and keeps foreign keys', async () => {
    const pragma = (name: string): Promise<unknown> =>
      db.transact(async (tx) => Object.values((await tx.get(`PRAGMA ${name}`, [])) ?? {})[0]);
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2);
    expect(await pragma('foreign_keys')).toBe(1);
  });

  test('writes closures that wait together in one commit', async () => {
    const before = await commitsIn(store.ledgerPath);
    await Promise.all(Array.from({ length: 100 }, (_, n) => add(`w${n}`)));
    expect(await commitsIn(store.ledgerPath)).toBe(before + 1);
    expect(await words(db)).toHaveLength(100);
  });

  test('has committed when a promise resolves: another connection sees the row', async () => {
    await add('told');
    const other = new DatabaseSync(store.ledgerPath, { readOnly: true });
    expect(other.prepare('SELECT word FROM word').all()).toEqual([{ word: 'told' }]);
    other.close();
  });

  test('undoes a closure that throws, and only that one', async () => {
    const fails = db.transact(async (tx) => {
      await tx.run('INSERT INTO word VALUES (?)', ['undone']);
      throw new Error('changed my mind');
    });
    const [a, failed, b] = await Promise.allSettled([add('a'), fails, add('b')]);
    expect([a?.status, failed?.status, b?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(fails).rejects.toThrow('changed my mind');
    expect(await words(db)).toEqual(['a', 'b']);
  });

  test('reports a broken constraint as a fault without the values', async () => {
    await add('DOE^JANE');
    const again = add('DOE^JANE');
    await expect(again).rejects.toMatchObject({ code: 'store-failed' });
    await expect(again).rejects.toThrow(/UNIQUE constraint failed: word.word$/);
  });

  test('refuses statements of a transaction that is over', async () => {
    const late = await db.transact(async (tx) => () => tx.run('INSERT INTO word VALUES (?)', ['late']));
    await expect(late()).rejects.toMatchObject({ code: 'store-failed' });
    expect(await words(db)).toEqual([]);
  });

  test('throws the whole group back as spool-full when the disk is, and works on when there is room again', async () => {
    const limit = (pages: number): Promise<unknown> => db.transact((tx) => tx.get(`PRAGMA max_page_count = ${pages}`, []));
    await limit(1);
    const long = 'x'.repeat(1_000_000);
    const settled = await Promise.allSettled([add('small'), add(long)]);
    expect(settled[1]).toMatchObject({ status: 'rejected', reason: { code: 'spool-full' } });
    await limit(1_000_000);
    await add(long);
    expect(await words(db)).toContain(long);
  });

  test('settles what was handed in before close, and nothing after', async () => {
    const before = add('before');
    const closed = db.close();
    await expect(add('after')).rejects.toMatchObject({ code: 'store-failed' });
    await closed;
    await before;
    await store.restart();
    expect(await words(store.db())).toEqual(['before']);
  });
});

describe('the lock', () => {
  test('lets one node at a time hold a ledger', async () => {
    await expect(openSqlite({ path: store.ledgerPath })).rejects.toMatchObject({ code: 'already-running' });
    await db.close();
    const second = await openSqlite({ path: store.ledgerPath });
    await second.close();
  });

  test('is no matter to a reader, who cannot write', async () => {
    await add('seen');
    const reader = await openSqlite({ path: store.ledgerPath, readOnly: true });
    expect(await words(reader)).toEqual(['seen']);
    await expect(reader.transact((tx) => tx.run('DELETE FROM word', []))).rejects.toMatchObject({ code: 'store-failed' });
    await reader.close();
  });

  test('is not needed to read a ledger that no node holds', async () => {
    await add('seen');
    await db.close();
    const reader = await openSqlite({ path: store.ledgerPath, readOnly: true });
    expect(await words(reader)).toEqual(['seen']);
    await reader.close();
  });

  test('is free again when the opening failed', async () => {
    await db.close();
    const ledger = new DatabaseSync(store.ledgerPath);
    ledger.exec('PRAGMA user_version = 999');
    ledger.close();
    await expect(openSqlite({ path: store.ledgerPath })).rejects.toMatchObject({ code: 'store-newer' });
    await expect(openSqlite({ path: store.ledgerPath })).rejects.toMatchObject({ code: 'store-newer' });
  });
});

test('a reader does not make a ledger', async () => {
  const path = `${store.folder}/none.sqlite`;
  await expect(openSqlite({ path, readOnly: true })).rejects.toMatchObject({ code: 'store-failed' });
  expect(existsSync(path)).toBe(false);
});
