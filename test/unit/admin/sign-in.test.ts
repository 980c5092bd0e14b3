import { describe, expect, test } from '@jest/globals';
import { type SignIn, type SignInParts, signIn } from '../../../src/admin/sign-in.ts';
import type { ConsoleUser, ConsoleUsers } from '../../../src/store/users.ts';
import { NOBODY } from '../../../src/store/users.ts';

const ANNA: ConsoleUser = { ...NOBODY, name: 'anna' };
const MINUTE = 60_000;

/** A sign-in whose only password is `right`, with a clock by hand. */
function made(changes: Partial<SignInParts> = {}) {
  const state = {
    now: 1_000_000,
    checks: [] as string[],
    pauses: [] as number[],
    file: { users: [ANNA], version: '1' } as ConsoleUsers,
  };
  const asked: SignIn = signIn({
    users: () => Promise.resolve(state.file),
    isPasswordOf: (user, password) => {
      state.checks.push(user.name);
      return Promise.resolve(password === 'right');
    },
    clock: () => state.now,
    key: new Uint8Array(32),
    pause: (ms) => {
      state.pauses.push(ms);
      return Promise.resolve();
    },
    ...changes,
  });
  return { state, asked };
}

const RIGHT = { name: 'anna', password: 'right' };
const WRONG = { name: 'anna', password: 'wrong' };

describe('signing in', () => {
  test('lets in who is in the file with the right password, and nobody else', async () => {
    const { asked } = made();
    expect(await asked(RIGHT, 'a')).toEqual({ ok: true, user: 'anna' });
    expect(await asked(WRONG, 'a')).toEqual({ ok: false, because: 'wrong' });
    expect(await asked({ name: 'bert', password: 'right' }, 'a')).toEqual({ ok: false, because: 'wrong' });
    expect(await asked({ name: '', password: 'right' }, 'a')).toEqual({ ok: false, because: 'wrong' });
  });

  test('works as long for a name that nobody has as for one that somebody has', async () => {
    const { state, asked } = made();
    await asked({ name: 'bert', password: 'wrong' }, 'a');
    expect(state.checks).toEqual(['']);
  });

  test('asks for the hash of a right password once in some minutes', async () => {
    const { state, asked } = made();
    for (let times = 0; times < 5; times++) await asked(RIGHT, 'a');
    expect(state.checks).toHaveLength(1);
    state.now += 5 * MINUTE;
    await asked(RIGHT, 'a');
    expect(state.checks).toHaveLength(2);
  });

  test('forgets who signed in when the users file changes', async () => {
    const { state, asked } = made();
    await asked(RIGHT, 'a');
    state.file = { users: [], version: '2' };
    expect(await asked(RIGHT, 'a')).toEqual({ ok: false, because: 'wrong' });
  });

  test('does not remember who was taken out while the password was checked', async () => {
    const { state, asked } = made({
      isPasswordOf: async (_user, password) => {
        if (password === 'right') state.file = { users: [], version: '2' };
        return password === 'right';
      },
    });
    const [first] = await Promise.all([asked(RIGHT, 'a'), asked(WRONG, 'b')]);
    expect(first.ok).toBe(true);
    expect((await asked(RIGHT, 'a')).ok).toBe(false);
  });

  test('is slower after each wrong password, up to four seconds', async () => {
    const { state, asked } = made();
    for (let times = 0; times < 7; times++) await asked(WRONG, 'a');
    expect(state.pauses).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
  });

  test('holds an address off after ten wrong passwords, for a quarter of an hour, and no other address', async () => {
    const { state, asked } = made();
    for (let times = 0; times < 10; times++) await asked(WRONG, 'a');
    expect(await asked(RIGHT, 'a')).toEqual({ ok: false, because: 'held', waitMs: 15 * MINUTE });
    expect(state.checks).toHaveLength(10);
    expect((await asked(RIGHT, 'b')).ok).toBe(true);
    state.now += 15 * MINUTE;
    expect(await asked(WRONG, 'a')).toEqual({ ok: false, because: 'wrong' });
  });

  test('holds off guesses that come all at once as well', async () => {
    const { asked } = made();
    const answers = await Promise.all(Array.from({ length: 16 }, () => asked(WRONG, 'a')));
    expect(answers.filter((answer) => !answer.ok && answer.because === 'wrong')).toHaveLength(10);
    expect(answers.filter((answer) => !answer.ok && answer.because === 'held')).toHaveLength(6);
  });

  test('still lets in who signed in lately from an address that is held off', async () => {
    const { asked } = made();
    await asked(RIGHT, 'a');
    for (let times = 0; times < 10; times++) await asked(WRONG, 'a');
    expect((await asked(RIGHT, 'a')).ok).toBe(true);
  });

  test('makes one hash after the other, and tells those beyond sixteen to come back', async () => {
    let running = 0;
    let most = 0;
    const { asked } = made({
      isPasswordOf: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return true;
      },
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => asked({ name: 'anna', password: `p${index}` }, 'a')),
    );
    expect(most).toBe(1);
    expect(answers.filter((answer) => !answer.ok && answer.because === 'busy')).toHaveLength(4);
  });

  test('begins to count anew after a right password', async () => {
    const { asked } = made();
    for (let times = 0; times < 9; times++) await asked(WRONG, 'a');
    await asked(RIGHT, 'a');
    expect(await asked(WRONG, 'a')).toEqual({ ok: false, because: 'wrong' });
    expect(await asked(WRONG, 'a')).toEqual({ ok: false, because: 'wrong' });
  });
});
