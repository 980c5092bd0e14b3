import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const GOLDEN = path.join(import.meta.dirname, 'annotations.json');
const PROGRAM = path.join(import.meta.dirname, 'read-annotations.ts');

describe('text on real pictures', () => {
  // `UPDATE_GOLDEN=1` writes the list anew, to be reviewed against the pictures.
  test('says what the reviewed list tells, and no more', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM], { timeout: 170_000 });
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(GOLDEN, stdout);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(await readFile(GOLDEN, 'utf8')));
  });
});
