// Reviewed texts of outputs: in, a name and what came out; out, a failure with the difference. `UPDATE_GOLDEN=1` writes them anew, to be reviewed.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from '@jest/globals';

const FOLDER = path.resolve(import.meta.dirname, '../golden');

/** Compares with `test/golden/<name>`. */
export async function expectGolden(name: string, text: string): Promise<void> {
  const file = path.join(FOLDER, name);
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(file, text);
  expect(text).toBe(await readFile(file, 'utf8'));
}
