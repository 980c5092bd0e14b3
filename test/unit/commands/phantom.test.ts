// What the command says of a wish that it cannot fulfil, before anything is simulated.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { phantom } from '../../../src/commands/phantom.ts';
import { isFault } from '../../../src/kernel/errors.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-phantom-'));
  writeFileSync(path.join(folder, 'labels.json'), '{}');
});
afterAll(() => rmSync(folder, { recursive: true }));

const detailOf = async (...args: readonly string[]): Promise<string> => {
  const error = await phantom(args).then(
    () => null,
    (problem: unknown) => problem,
  );
  if (!isFault(error, 'usage')) throw new Error(`no fault of usage: ${String(error)}`);
  return error.detail;
};

describe('sonorelay phantom', () => {
  test('names the kinds that there are when it does not know one', async () => {
    expect(await detailOf()).toMatch(/^Say which kind: leg, compression, lung, echo\./);
    expect(await detailOf('liver', '--out', 'x')).toMatch(/^Say which kind: .*, not "liver"\./);
    expect(await detailOf('constructor', '--out', 'x')).toMatch(/^Say which kind/);
  });

  test('takes a whole number as seed, and needs a place', async () => {
    for (const seed of ['', '1.5', 'x']) expect(await detailOf('lung', `--seed=${seed}`, '--out', 'x')).toMatch(/^--seed takes/);
    expect(await detailOf('lung')).toMatch(/^Say where to/);
  });

  test('writes into no folder that holds anything, so that labels and files are of one examination', async () => {
    expect(await detailOf('lung', '--out', folder)).toMatch(/is not empty/);
    expect(await detailOf('lung', '--out', path.join(folder, 'labels.json'))).toMatch(/EEXIST|ENOTDIR/);
    expect(readdirSync(folder)).toEqual(['labels.json']);
  });
});
