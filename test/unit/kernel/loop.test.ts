// The polling loop: it drains on stop, wakes on a hint, and survives a throwing turn.
import { expect, test } from '@jest/globals';
import { startLoop } from '../../../src/kernel/loop.ts';

const settings = { idleMs: 60_000, errorPauseMs: 1, lanes: 1, onError: () => undefined };

test('a loop takes work until there is none, then sleeps until it is woken', async () => {
  let waiting = 2;
  let turns = 0;
  let idle: () => void = () => undefined;
  const becameIdle = (): Promise<void> => new Promise((resolve) => (idle = resolve));
  const first = becameIdle();
  const loop = startLoop(async () => {
    turns += 1;
    if (waiting === 0) {
      setImmediate(idle);
      return false;
    }
    waiting -= 1;
    return true;
  }, settings);
  await first;
  expect(turns).toBe(3);
  const second = becameIdle();
  waiting = 1;
  loop.wake();
  await second;
  expect(turns).toBe(5);
  await loop.stop();
});

test('a loop that is stopped waits for the turn under way and takes no more', async () => {
  let finish: () => void = () => undefined;
  let settled = false;
  let turns = 0;
  const started = new Promise<void>((begun) => {
    const loop = startLoop(async () => {
      turns += 1;
      begun();
      await new Promise<void>((resolve) => (finish = resolve));
      settled = true;
      return true;
    }, settings);
    stop = () => loop.stop();
  });
  await started;
  const stopped = stop();
  finish();
  await stopped;
  expect([settled, turns]).toEqual([true, 1]);
});
let stop: () => Promise<void> = () => Promise.resolve();

test('a turn that throws is reported and the loop goes on', async () => {
  const errors: unknown[] = [];
  let turns = 0;
  const twice = new Promise<void>((resolve) => {
    const loop = startLoop(
      () => {
        turns += 1;
        if (turns === 1) throw new Error('first');
        resolve();
        return Promise.resolve(false);
      },
      { ...settings, onError: (error) => errors.push(error) },
    );
    stop = () => loop.stop();
  });
  await twice;
  await stop();
  expect(errors.map(String)).toEqual(['Error: first']);
});
