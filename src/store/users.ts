// The people who may open the console. In: the users file, a name, a password. Out: hashes of passwords, kept durably in a file of mode 600.
// scrypt with N = 2^15, r = 8, p = 3 and a salt of its own for each: as hard as OWASP's Password Storage Cheat Sheet asks for, in 32 MiB.
import { randomBytes, randomUUID, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorText, fault } from '../kernel/errors.ts';
import { isMissing, publishFile, spoolFault } from './durable-file.ts';

/** `salt` and `hash` in base64. */
export type ConsoleUser = {
  readonly name: string;
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly hash: string;
};

/** `version` changes whenever the file does. */
export type ConsoleUsers = { readonly users: readonly ConsoleUser[]; readonly version: string };

/** 1 to 64 characters; a colon ends the name in HTTP Basic (RFC 7617 section 2). */
const USER_NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/i;
export const SHORTEST_PASSWORD = 12;
/** In bytes of UTF-8. */
export const LONGEST_PASSWORD = 256;

const COST = { n: 2 ** 15, r: 8, p: 3 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MOST_USERS = 1000;
const LARGEST_FILE = 1024 * 1024;

/** What a name that nobody has is compared with, so that it takes as long as one that somebody has. */
export const NOBODY: ConsoleUser = {
  name: '',
  ...COST,
  salt: Buffer.alloc(SALT_BYTES).toString('base64'),
  hash: Buffer.alloc(HASH_BYTES).toString('base64'),
};

function derived(password: string, user: Omit<ConsoleUser, 'name' | 'hash'>): Promise<Buffer> {
  const { n, r, p, salt } = user;
  const options: ScryptOptions = { N: n, r, p, maxmem: 256 * n * r };
  return new Promise((resolve, reject) => {
    // NFC: the same password from another keyboard is the same bytes (RFC 8265 section 4.2.1).
    scrypt(password.normalize('NFC'), Buffer.from(salt, 'base64'), HASH_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** Whether the password is this user's; about a quarter of a second on a thread of its own. */
export async function isPasswordOf(user: ConsoleUser, password: string): Promise<boolean> {
  const hash = Buffer.from(user.hash, 'base64');
  const key = await derived(password, user);
  return hash.length === key.length && timingSafeEqual(hash, key);
}

const isPowerOfTwo = (value: number): boolean => value > 1 && (value & (value - 1)) === 0;
const isCount = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;

function isUser(value: unknown): value is ConsoleUser {
  const { name, n, r, p, salt, hash } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    USER_NAME.test(name) &&
    isCount(n, 2 ** 17) &&
    isPowerOfTwo(n) &&
    isCount(r, 16) &&
    isCount(p, 16) &&
    typeof salt === 'string' &&
    Buffer.from(salt, 'base64').length >= SALT_BYTES &&
    typeof hash === 'string' &&
    Buffer.from(hash, 'base64').length === HASH_BYTES
  );
}

function usersIn(text: string): readonly ConsoleUser[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw fault('console-users-invalid', 'It is no JSON.', error);
  }
  const { schema, users } = (parsed ?? {}) as { readonly schema?: unknown; readonly users?: unknown };
  if (schema !== 1 || !Array.isArray(users) || users.length > MOST_USERS || !users.every(isUser))
    throw fault('console-users-invalid', 'It was not written by "sonorelay console add-user".');
  return users;
}

/** Reads the file; one that is missing holds nobody. Fault 'console-users-invalid' for one that cannot be read or is none. */
export async function readUsers(file: string): Promise<ConsoleUsers> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    if (size > LARGEST_FILE) throw fault('console-users-invalid', 'It is too large.');
    return { users: usersIn(await readFile(file, 'utf8')), version: `${ino} ${size} ${mtimeMs}` };
  } catch (error) {
    if (isMissing(error)) return { users: [], version: '' };
    if (error instanceof Error && 'syscall' in error) throw fault('console-users-invalid', errorText(error), error);
    throw error;
  }
}

/** Reads the file when it was first asked and whenever it changed since. */
export function usersReader(file: string): () => Promise<ConsoleUsers> {
  let known: ConsoleUsers | null = null;
  return async () => {
    try {
      const { ino, size, mtimeMs } = await stat(file);
      if (known !== null && known.version === `${ino} ${size} ${mtimeMs}`) return known;
    } catch (error) {
      if (!isMissing(error)) throw fault('console-users-invalid', errorText(error), error);
    }
    known = await readUsers(file);
    return known;
  };
}

async function write(file: string, users: readonly ConsoleUser[]): Promise<void> {
  const folder = path.dirname(file);
  const from = path.join(folder, `.${path.basename(file)}-${randomUUID().slice(0, 8)}`);
  try {
    const handle = await open(from, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ schema: 1, users }, null, 2)}\n`);
    } catch (error) {
      await handle.close();
      throw error;
    }
    await publishFile(handle, { root: folder, from, to: file });
  } catch (error) {
    await rm(from, { force: true });
    throw spoolFault(error);
  }
}

/** Adds a user, or gives one that is there another password; resolves true when the user is new. Fault 'console-user-refused' for a name or password that will not do. */
export async function putUser(file: string, name: string, password: string): Promise<boolean> {
  if (!USER_NAME.test(name))
    throw fault('console-user-refused', 'A name is 1 to 64 letters, digits and . _ @ -, and begins with a letter or a digit.');
  if ([...password].length < SHORTEST_PASSWORD || Buffer.byteLength(password) > LONGEST_PASSWORD)
    throw fault(
      'console-user-refused',
      `A password has ${SHORTEST_PASSWORD} characters or more, and at most ${LONGEST_PASSWORD} bytes.`,
    );
  const { users } = await readUsers(file);
  const others = users.filter((one) => one.name !== name);
  const salt = randomBytes(SALT_BYTES).toString('base64');
  const hash = (await derived(password, { ...COST, salt })).toString('base64');
  await write(file, [...others, { name, ...COST, salt, hash }]);
  return others.length === users.length;
}

/** Takes a user out; resolves false when there is none of that name. */
export async function removeUser(file: string, name: string): Promise<boolean> {
  const { users } = await readUsers(file);
  const others = users.filter((one) => one.name !== name);
  if (others.length === users.length) return false;
  await write(file, others);
  return true;
}
