// The lock of a ledger is held by a living process and by nothing else.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { openSqlite } from '../../src/store/sqlite.ts';

test('a ledger that another process holds is refused, and is free at once when that process is killed', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-lock-'));
  const ledger = path.join(folder, 'ledger.sqlite');
  const holder = spawn(process.execPath, [path.join(import.meta.dirname, '../support/hold-ledger.ts'), ledger], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  try {
    const [said] = await once(holder.stdout, 'data');
    expect(String(said)).toBe('held\n');
    await expect(openSqlite({ path: ledger })).rejects.toMatchObject({ code: 'already-running' });
    const reader = await openSqlite({ path: ledger, readOnly: true });
    await reader.close();
    holder.kill('SIGKILL');
    await ended;
    const next = await openSqlite({ path: ledger });
    await next.close();
  } finally {
    holder.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true });
  }
});
