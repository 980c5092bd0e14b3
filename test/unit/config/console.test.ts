// The console's options: off unless asked for, never in clear to other machines, and every fault by its path.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { probeUsers } from '../../../src/commands/probe-users.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { preflight } from '../../../src/config/preflight.ts';
import type { Config } from '../../../src/config/schema.ts';
import { fault } from '../../../src/kernel/errors.ts';
import { putUser, removeUser } from '../../../src/store/users.ts';

const load = (lines: string) =>
  loadConfig(`acceptAnyPeer: true\nspool: { minFreeMiB: 0 }\nmodels: { folder: ., use: [] }\n${lines}`);

function config(lines: string): Config {
  const loaded = load(lines);
  if (!loaded.ok) throw new Error(loaded.issues.map(({ path: where, problem }) => `${where}: ${problem}`).join('\n'));
  return loaded.config;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-console-'));
});
afterEach(() => rm(folder, { recursive: true }));

const issues = (one: Config, taken: readonly number[] = []) =>
  preflight(one, folder, {
    probePort: (host, port) =>
      taken.includes(port) ? Promise.reject(fault('port-in-use', `${host}:${port}`)) : Promise.resolve(),
    probeModel: () => Promise.resolve(),
    probeUsers,
  });

describe('the console', () => {
  test('is off unless it is asked for', () => {
    expect([config('').console, config('console: null').console]).toEqual([null, null]);
    expect(config('console: {}').console).toEqual({ host: '127.0.0.1', port: 8443, tls: null, usersFile: 'console-users.json' });
  });

  test.each(['0.0.0.0', '::', '192.0.2.1', 'node.example', '127.0.0.1.example', 'localhost.example'])(
    'is refused on %s without TLS, by path, and taken with it',
    (host) => {
      const loaded = load(`console: { host: "${host}" }`);
      expect(loaded.ok ? [] : loaded.issues).toEqual([
        { path: 'console.host', problem: 'is reached by other machines: set console.tls, or use 127.0.0.1' },
      ]);
      expect(load(`console: { host: "${host}", tls: { certificateFile: a, keyFile: b } }`).ok).toBe(true);
    },
  );

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('may speak plain HTTP on %s', (host) => {
    expect(load(`console: { host: "${host}" }`).ok).toBe(true);
  });

  test('is checked for a users file with somebody in it', async () => {
    const one = config('console: { usersFile: users.json }');
    const file = path.join(folder, 'users.json');
    const make = 'make it with "sonorelay console add-user NAME"';
    expect(await issues(one)).toEqual([{ path: 'console.usersFile', problem: `is not there: ${make}` }]);
    await putUser(file, 'anna', 'correct horse battery');
    expect(await issues(one)).toEqual([]);
    await removeUser(file, 'anna');
    expect(await issues(one)).toEqual([{ path: 'console.usersFile', problem: `holds nobody: ${make}` }]);
  });

  test('is checked for its port and its TLS files', async () => {
    await putUser(path.join(folder, 'console-users.json'), 'anna', 'correct horse battery');
    const tls = 'tls: { certificateFile: node.pem, keyFile: node.key, caFile: ca.pem }';
    const found = await issues(config(`console: { host: 0.0.0.0, port: 9443, ${tls} }`), [9443]);
    expect(found.map((issue) => issue.path)).toEqual([
      'console.tls.certificateFile',
      'console.tls.keyFile',
      'console.tls.caFile',
      'console.port',
    ]);
    expect(await issues(config('console: { port: 104 }\ndicom: { port: 104 }'))).toEqual([
      { path: 'console.port', problem: 'is dicom.port too' },
    ]);
  });
});
