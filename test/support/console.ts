// The console of a node under test: its users file before the start, and requests as a program makes them.
import path from 'node:path';
import { putUser } from '../../src/store/users.ts';
import type { NodeUnderTest } from './node-under-test.ts';

export const USER = 'anna';
export const PASSWORD = 'correct horse battery';

/** Options of a node with the console on, at any free port. */
export const CONSOLE_ON = 'console: { port: 0, usersFile: users.json }';

/** Lets anna in. */
export const makeUser = async (place: NodeUnderTest): Promise<void> => {
  await putUser(path.join(place.folder, 'users.json'), USER, PASSWORD);
};

export const authorization = (password = PASSWORD): { readonly authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${USER}:${password}`).toString('base64')}`,
});

/** A page as text; throws for any status but 200. */
export async function page(port: number | null, address: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${address}`, { headers: authorization() });
  if (response.status !== 200) throw new Error(`${address}: ${response.status}`);
  return response.text();
}

/** What a reader reads of a page: without tags, white space as one blank. */
export const wordsOf = (text: string): string => text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
