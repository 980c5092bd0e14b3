// Whether anybody could sign in to the console. In: the users file. Out: nothing, or a sentence that says what to do.
import { readUsers } from '../store/users.ts';

/** Rejects when the file is missing, is none, or holds nobody. */
export async function probeUsers(usersFile: string): Promise<void> {
  const { users, version } = await readUsers(usersFile);
  if (users.length > 0) return;
  const state = version === '' ? 'is not there' : 'holds nobody';
  throw new Error(`${state}: make it with "sonorelay console add-user NAME"`);
}
