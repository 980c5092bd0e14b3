import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isPasswordOf, NOBODY, putUser, readUsers, removeUser, usersReader } from '../../../src/store/users.ts';

const PASSWORD = 'correct horse battery';
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-users-'));
  file = path.join(folder, 'users.json');
});
afterEach(() => rm(folder, { recursive: true }));

const names = async (): Promise<readonly string[]> => (await readUsers(file)).users.map(({ name }) => name);

describe('the users file', () => {
  test('holds a hash of its own for everybody, for their user alone to read, and no password', async () => {
    expect(await putUser(file, 'anna', PASSWORD)).toBe(true);
    expect(await putUser(file, 'bert', PASSWORD)).toBe(true);
    const { users } = await readUsers(file);
    expect(new Set(users.map(({ hash }) => hash)).size).toBe(2);
    expect((await readFile(file, 'utf8')).includes(PASSWORD)).toBe(false);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['users.json']);
    const [anna = NOBODY] = users;
    expect([await isPasswordOf(anna, PASSWORD), await isPasswordOf(anna, `${PASSWORD}.`)]).toEqual([true, false]);
    expect(await isPasswordOf(NOBODY, PASSWORD)).toBe(false);
  });

  test('keeps one password a name, takes one out, and tells a reader that it changed', async () => {
    const read = usersReader(file);
    expect((await read()).users).toEqual([]);
    await putUser(file, 'anna', PASSWORD);
    const first = await read();
    expect(await putUser(file, 'anna', 'another one entirely')).toBe(false);
    const second = await read();
    expect(second.version).not.toBe(first.version);
    expect(await isPasswordOf(second.users[0] ?? NOBODY, PASSWORD)).toBe(false);
    expect([await removeUser(file, 'bert'), await removeUser(file, 'anna')]).toEqual([false, true]);
    expect([(await read()).users, await names()]).toEqual([[], []]);
  });

  test('takes the same password in composed and decomposed characters', async () => {
    await putUser(file, 'anna', 'gr\u00fcne Wiesen im Mai');
    const [anna = NOBODY] = (await readUsers(file)).users;
    expect(await isPasswordOf(anna, 'gru\u0308ne Wiesen im Mai')).toBe(true);
  });

  test.each([
    ['a name with a colon', 'an:na', PASSWORD],
    ['an empty name', '', PASSWORD],
    ['a name that looks like an option', '-anna', PASSWORD],
    ['a short password', 'anna', 'elevenchars'],
    ['a password of more than 256 bytes', 'anna', 'x'.repeat(257)],
  ])('refuses %s and writes nothing', async (_what, name, password) => {
    await expect(putUser(file, name, password)).rejects.toMatchObject({ code: 'console-user-refused' });
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['no JSON', '{'],
    ['another schema', '{"schema":2,"users":[]}'],
    ['a hash that is cut', JSON.stringify({ schema: 1, users: [{ ...NOBODY, name: 'anna', hash: 'AAAA' }] })],
    ['a cost beyond all memory', JSON.stringify({ schema: 1, users: [{ ...NOBODY, name: 'anna', n: 2 ** 30 }] })],
    ['a cost that is no whole number', JSON.stringify({ schema: 1, users: [{ ...NOBODY, name: 'anna', r: 1.5 }] })],
  ])('is refused by name with %s in it, rather than letting everybody or nobody in', async (_what, text) => {
    await writeFile(file, text);
    await expect(readUsers(file)).rejects.toMatchObject({ code: 'console-users-invalid' });
    await expect(putUser(file, 'anna', PASSWORD)).rejects.toMatchObject({ code: 'console-users-invalid' });
  });
});
