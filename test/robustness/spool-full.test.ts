// The operating system refuses to write on, in the middle of an instance: the real error, from a file size limit on a process of its own.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const LIMIT_KIB = 2048;

test('a file that cannot grow is answered A700 and leaves nothing; what comes before and after is stored', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-full-'));
  try {
    const child = path.join(import.meta.dirname, '../support/receive-under-limit.ts');
    // With SIGXFSZ ignored a write past the limit fails with EFBIG instead of ending the process (setrlimit(2)).
    const command = `trap '' XFSZ; ulimit -f ${LIMIT_KIB}; exec "$0" "$@"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', command, process.execPath, child, folder], { timeout: 60_000 });
    expect(JSON.parse(stdout)).toEqual({
      statuses: [0x0000, 0xa700, 0x0000],
      left: [],
      stored: 2,
      refused: [expect.objectContaining({ code: 'spool-full', detail: 'EFBIG', status: 'a700' })],
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
