import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as SQL from '../../../src/store/statements.ts';
import { type StoreForTest, storeForTest } from '../../support/store.ts';

let store: StoreForTest;
beforeEach(async () => {
  store = await storeForTest();
});
afterEach(() => store.end());

const statements: readonly (readonly [string, string])[] = Object.entries(SQL).flatMap(([name, sql]) =>
  typeof sql === 'string' ? [[name, sql] as const] : Object.entries(sql).map(([key, one]) => [`${name}.${key}`, one] as const),
);

const planOf = (sql: string): Promise<readonly string[]> =>
  store.db().transact(async (tx) => {
    const parameters = Array.from({ length: (sql.match(/\?/g) ?? []).length }, () => 0);
    return (await tx.all(`EXPLAIN QUERY PLAN ${sql}`, parameters)).map((row) => String(row['detail']));
  });

/** A walk through every row of a table; through a partial or covering index is fine. */
const isFullScan = (detail: string): boolean =>
  /^SCAN (?!.*INDEX)/.test(detail) && !/^SCAN (CONSTANT|\(|CO-ROUTINE)/.test(detail);

test.each(statements)('%s does not walk through a whole table', async (_name, sql) => {
  expect((await planOf(sql)).filter(isFullScan)).toEqual([]);
});

test('a walk through a whole table would be seen', async () => {
  expect((await planOf('SELECT * FROM job WHERE detail = ?')).filter(isFullScan)).toHaveLength(1);
});
