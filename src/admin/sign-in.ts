// Who may look: names and passwords against the users file. In: credentials and the place they came from. Out: let in, wrong, busy, or held off.
// A password that was right is not asked for its hash again for some minutes: every picture of a page carries it, and the hash takes a quarter of a second.
import { createHmac } from 'node:crypto';
import type { Credentials, SignInAnswer } from '../contracts/console.ts';
import type { Clock } from '../kernel/clock.ts';
import { type ConsoleUser, type ConsoleUsers, NOBODY } from '../store/users.ts';

export type SignInParts = {
  readonly users: () => Promise<ConsoleUsers>;
  /** Slow, and the same for every user. */
  readonly isPasswordOf: (user: ConsoleUser, password: string) => Promise<boolean>;
  readonly clock: Clock;
  /** Random bytes of this process: what is remembered of a password is of no use outside it. */
  readonly key: Uint8Array;
  readonly pause: (ms: number) => Promise<void>;
};

/** `place`: an address, or a block of those that one machine has. */
export type SignIn = (credentials: Credentials, place: string) => Promise<SignInAnswer>;

const REMEMBERED_MS = 5 * 60_000;
const MOST_REMEMBERED = 1000;
/** From one place, and for how long they count. */
const MOST_FAILURES = 10;
const FAILURES_COUNT_MS = 15 * 60_000;
const MOST_PLACES = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;
/** Hashes are made one after the other, since each takes 32 MiB and a thread that the receiver needs too; more than these do not wait for it. */
const MOST_WAITING = 16;

/** Keeps a map at its bound by letting its oldest entry go. */
function bound<K, V>(map: Map<K, V>, most: number): void {
  while (map.size > most) {
    const oldest = map.keys().next();
    if (oldest.done === true) return;
    map.delete(oldest.value);
  }
}

/** A sign-in with its memory: who signed in lately, and which places were wrong how often. */
export function signIn(parts: SignInParts): SignIn {
  const { clock } = parts;
  const remembered = new Map<string, number>();
  const failures = new Map<string, { readonly number: number; readonly lastAt: number }>();
  let rememberedVersion = '';
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const failuresOf = (place: string): { readonly number: number; readonly lastAt: number } => {
    const known = failures.get(place);
    return known === undefined || clock() - known.lastAt >= FAILURES_COUNT_MS ? { number: 0, lastAt: 0 } : known;
  };
  const held = (place: string): SignInAnswer | null => {
    const { number, lastAt } = failuresOf(place);
    return number < MOST_FAILURES ? null : { ok: false, because: 'held', waitMs: lastAt + FAILURES_COUNT_MS - clock() };
  };
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };

  const check = async (credentials: Credentials, place: string, known: ConsoleUsers, token: string): Promise<SignInAnswer> => {
    const refused = held(place);
    if (refused !== null) return refused;
    const user = known.users.find(({ name }) => name === credentials.name);
    const isRight = await parts.isPasswordOf(user ?? NOBODY, credentials.password);
    if (user !== undefined && isRight) {
      failures.delete(place);
      // Somebody who was taken out meanwhile is not remembered.
      if (known.version === rememberedVersion) remembered.set(token, clock() + REMEMBERED_MS);
      bound(remembered, MOST_REMEMBERED);
      return { ok: true, user: user.name };
    }
    const number = failuresOf(place).number + 1;
    failures.delete(place);
    failures.set(place, { number, lastAt: clock() });
    bound(failures, MOST_PLACES);
    return { ok: false, because: 'wrong' };
  };

  return async (credentials, place) => {
    const known = await parts.users();
    if (known.version !== rememberedVersion) {
      remembered.clear();
      rememberedVersion = known.version;
    }
    const token = createHmac('sha256', parts.key).update(`${credentials.name}\0${credentials.password}`).digest('base64');
    const until = remembered.get(token);
    if (until !== undefined && clock() < until) return { ok: true, user: credentials.name };
    remembered.delete(token);
    const refused = held(place);
    if (refused !== null) return refused;
    if (waiting >= MOST_WAITING) return { ok: false, because: 'busy' };
    waiting += 1;
    let answer: SignInAnswer;
    try {
      answer = await inTurn(() => check(credentials, place, known, token));
    } finally {
      waiting -= 1;
    }
    if (!answer.ok && answer.because === 'wrong')
      await parts.pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failuresOf(place).number - 1)));
    return answer;
  };
}
