// The two receivers that are measured, each as a process of its own with an empty folder. In: a folder. Out: where it listens, and its end.
import { spawn } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startNodeProcess } from '../../src/demo/node-process.ts';
import { freePort, runTool } from '../support/dcmtk.ts';
import { memoryMiB, watchTree } from './process-figures.ts';

export type Receiver = {
  readonly pid: number;
  readonly port: number;
  readonly aeTitle: string;
  /** Begins to look at memory; the function it gives ends that with the peak in MiB. */
  readonly watchMemory: () => () => number;
  /** How many instances it holds. */
  readonly held: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

export type ReceiverKind = 'node' | 'storescp';
export const SENDER_AE_TITLE = 'DCMSEND';

const filesIn = async (folder: string): Promise<number> =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;

/** No models and no routes: it receives and keeps, and nothing else. What it peaks at is the receiving process; its analysis process is idle. */
async function startNode(folder: string): Promise<Receiver> {
  const configFile = path.join(folder, 'sonorelay.yaml');
  await writeFile(
    configFile,
    [
      'aeTitle: SONORELAY',
      'spool: { folder: spool, minFreeMiB: 256 }',
      'dicom: { host: 127.0.0.1, port: 0 }',
      `peers: [{ aeTitle: ${SENDER_AE_TITLE}, addresses: [127.0.0.1] }]`,
      'study: { quietSeconds: 3600 }',
      `models: { folder: ${JSON.stringify(path.resolve(import.meta.dirname, '../../models'))}, use: [] }`,
      'analysis: { providers: [cpu] }',
      '',
    ].join('\n'),
  );
  const node = await startNodeProcess(configFile, { timeoutMs: 60_000 });
  return {
    pid: node.pid,
    port: node.dicomPort,
    aeTitle: 'SONORELAY',
    watchMemory: () => () => memoryMiB(node.pid, 'VmHWM'),
    held: () => filesIn(path.join(folder, 'spool', 'studies')),
    stop: async () => void (await node.end('SIGTERM')),
  };
}

/**
 * storescp at its best: the data set written as it comes (bit preserving), PDUs as large as it takes, no Nagle, and a process a sender when
 * there are several, since alone it serves one association after the other. It answers Success before anything is on the disk.
 */
async function startStorescp(folder: string, senders: number): Promise<Receiver> {
  const port = await freePort();
  const store = path.join(folder, 'store');
  await mkdir(store);
  const several = senders > 1 ? ['--fork'] : [];
  const child = spawn(
    'storescp',
    ['--quiet', '+B', '--max-pdu', '131072', ...several, '-aet', 'STORESCP', '-od', store, String(port)],
    { stdio: 'ignore', env: { ...process.env, TCP_NODELAY: '1' } },
  );
  let failure: Error | null = null;
  child.once('error', (error) => {
    failure = error;
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  for (let tries = 0; tries < 100; tries += 1) {
    if (failure !== null) throw new Error('storescp is not installed. Install what the benchmarks talk to with: npm run set-up');
    const echo = await runTool('echoscu', ['-aec', 'STORESCP', '127.0.0.1', String(port)]);
    if (echo.code === 0) {
      const pid = child.pid ?? 0;
      return { pid, port, aeTitle: 'STORESCP', watchMemory: () => watchTree(pid).stop, held: () => filesIn(store), stop };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  throw new Error('storescp answered no C-ECHO.');
}

/** Starts a receiver in an empty folder. */
export const startReceiver = (kind: ReceiverKind, folder: string, senders: number): Promise<Receiver> =>
  kind === 'node' ? startNode(folder) : startStorescp(folder, senders);
