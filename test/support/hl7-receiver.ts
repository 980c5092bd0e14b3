// Starts and stops the EHR stand-in of hl7-receiver.py. In: how it shall answer. Out: its port and the messages it stored.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export type Hl7Receiver = {
  readonly port: number;
  readonly folder: string;
  /** The stored messages in the order of their coming, decoded as UTF-8; segments end with CR. */
  readonly messages: () => Promise<readonly string[]>;
  /** The stored messages as they came. */
  readonly bytes: () => Promise<readonly Buffer[]>;
  readonly stop: () => Promise<void>;
};

export type Hl7ReceiverOptions = {
  /** One answer a message, the last one for ever; see hl7-receiver.py. */
  readonly answers?: readonly string[];
  /** 0 (any free port) unless a receiver comes back at the place of an earlier one. */
  readonly port?: number;
  /** Where the messages are stored; when absent, in a new folder that goes with the receiver. */
  readonly folder?: string;
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa?: string };
};

const SCRIPT = path.join(import.meta.dirname, 'hl7-receiver.py');
/** Debian's own interpreter: its packages are not seen by another one that stands earlier in the PATH. */
const PYTHON = '/usr/bin/python3';

/** Starts a receiver on the loopback address; fails with the install line when Python or python3-hl7 is missing. */
export async function startHl7Receiver(options: Hl7ReceiverOptions = {}): Promise<Hl7Receiver> {
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'sonorelay-hl7-')));
  const { tls } = options;
  const child = spawn(
    PYTHON,
    [
      SCRIPT,
      ...['--folder', folder, '--port', String(options.port ?? 0), '--answers', (options.answers ?? ['AA']).join(',')],
      ...(tls === undefined ? [] : ['--certificate', tls.certificate, '--key', tls.key]),
      ...(tls?.clientCa === undefined ? [] : ['--client-ca', tls.clientCa]),
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      complaint += `${PYTHON} cannot be started (${error.message}); install the test peers with: npm run set-up`;
      resolve();
    });
    child.once('close', () => resolve());
  });
  const lines = createInterface({ input: child.stdout });
  const port = await new Promise<number>((resolve, reject) => {
    lines.on('line', (line) => {
      const [word, value] = line.split(' ');
      if (word === 'port') resolve(Number(value));
    });
    void ended.then(() => reject(new Error(`The HL7 receiver ended: ${complaint.trim()}`)));
  });

  const bytes = async (): Promise<readonly Buffer[]> => {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.hl7')).sort();
    return Promise.all(names.map((name) => readFile(path.join(folder, name))));
  };
  const messages = async (): Promise<readonly string[]> => (await bytes()).map((message) => message.toString('utf8'));
  const stop = async (): Promise<void> => {
    child.stdin.end();
    const impatience = setTimeout(() => child.kill('SIGKILL'), 2000);
    await ended;
    clearTimeout(impatience);
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  return { port, folder, messages, bytes, stop };
}
