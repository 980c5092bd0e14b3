// An instance of half a gigabyte goes through the sender and the listener without either of them holding it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { dimseSender } from '../../src/edge/dimse-scu.ts';
import { EXPLICIT_LITTLE, ULTRASOUND_IMAGE, writeSparseImage } from '../support/dimse-files.ts';
import { destinationAt } from '../support/dimse-peers.ts';
import { keepingLog } from '../support/dimse-scp.ts';

const PIXEL_BYTES = 500_000_000;
const RECEIVER = path.resolve(import.meta.dirname, '../support/dimse-receiver-process.ts');

async function sha256Of(file: string, from: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { start: from, highWaterMark: 1024 ** 2 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

test('500 MB are received with less than 100 MiB more memory, byte for byte, from a sender that grows as little', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dimse-large-'));
  const receiver = spawn(process.execPath, [RECEIVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const lines = createInterface({ input: receiver.stdout })[Symbol.asyncIterator]();
    const line = async (): Promise<Record<string, unknown>> =>
      JSON.parse(String((await lines.next()).value)) as Record<string, unknown>;
    const { port } = await line();

    const file = path.join(folder, 'large.dcm');
    const length = await writeSparseImage(file, { sopInstanceUid: '1.2.3.4', pixelBytes: PIXEL_BYTES });
    const item = { path: file, sopClassUid: ULTRASOUND_IMAGE, sopInstanceUid: '1.2.3.4', transferSyntaxUid: EXPLICIT_LITTLE };
    const before = process.memoryUsage().rss;
    let highest = before;
    const watch = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage().rss);
    }, 20);
    const outcomes = await dimseSender({ log: keepingLog().log })(destinationAt(Number(port), { responseTimeoutMs: 20_000 }), [
      item,
    ]);
    clearInterval(watch);
    expect(outcomes).toEqual([{ kind: 'accepted', words: '0000 Success' }]);

    const { size } = await stat(file);
    const received = await line();
    expect(received).toEqual({ bytes: length, sha256: await sha256Of(file, size - length), grownMiB: expect.any(Number) });
    expect(received['grownMiB']).toBeLessThan(100);
    expect((highest - before) / 1024 ** 2).toBeLessThan(100);
  } finally {
    receiver.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
});
