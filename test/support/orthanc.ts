// Orthanc as the hospital's PACS. In: nothing. Out: its ports, and what it holds, over its REST interface.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './dcmtk.ts';

export type Orthanc = {
  readonly dicomPort: number;
  readonly httpPort: number;
  /** SOP Instance UID, SOP Class UID, Modality and study of every stored instance. */
  readonly instances: () => Promise<readonly StoredByOrthanc[]>;
  /** Stores a file as if an archive had it already. */
  readonly upload: (file: string) => Promise<void>;
  /** Sends everything it holds to a DICOM peer on this machine, as a route of a PACS does. */
  readonly sendAll: (peer: { readonly aeTitle: string; readonly port: number }) => Promise<void>;
  /** The stored file, byte for byte. */
  readonly file: (orthancId: string) => Promise<Buffer>;
  readonly stop: () => Promise<void>;
};

export type StoredByOrthanc = { readonly id: string; readonly tags: Readonly<Record<string, string>> };

const PROGRAM = '/usr/sbin/Orthanc';

/** Starts Orthanc on loopback with an empty folder; fails with the install line when it is missing. `ports` puts it where an earlier one was. */
export async function startOrthanc(options: { readonly aeTitle: string; readonly dicomPort?: number }): Promise<Orthanc> {
  if (!existsSync(PROGRAM)) throw new Error('Orthanc is missing. Install the test peers with: npm run set-up');
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-orthanc-'));
  const dicomPort = options.dicomPort ?? (await freePort());
  const httpPort = await freePort();
  const configuration = {
    Name: 'PACS',
    StorageDirectory: path.join(folder, 'storage'),
    IndexDirectory: path.join(folder, 'storage'),
    Plugins: [],
    DicomAet: options.aeTitle,
    DicomPort: dicomPort,
    DicomServerEnabled: true,
    DicomCheckCalledAet: true,
    DicomAlwaysAllowStore: true,
    HttpPort: httpPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    OverwriteInstances: false,
    StableAge: 60,
    // A kept connection that Orthanc closes while it is being used again fails the request.
    KeepAlive: false,
  };
  await writeFile(path.join(folder, 'orthanc.json'), JSON.stringify(configuration));
  const child = spawn(PROGRAM, [path.join(folder, 'orthanc.json')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TCP_NODELAY: '1' },
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4000);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));

  const base = `http://127.0.0.1:${httpPort}`;
  const get = async (route: string): Promise<Response> => {
    const response = await fetch(base + route);
    if (!response.ok) throw new Error(`Orthanc answered ${response.status} to ${route}`);
    return response;
  };
  const ready = async (): Promise<boolean> => {
    try {
      await get('/system');
      return true;
    } catch {
      return false; // Not listening yet; the deadline below ends the waiting.
    }
  };
  const deadline = Date.now() + 30_000;
  while (!(await ready())) {
    if (Date.now() > deadline || child.exitCode !== null) {
      child.kill('SIGKILL');
      throw new Error(`Orthanc did not start: ${complaint}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    dicomPort,
    httpPort,
    instances: async () => {
      const ids = (await (await get('/instances')).json()) as readonly string[];
      return Promise.all(
        ids.map(async (id) => ({
          id,
          tags: (await (await get(`/instances/${id}/simplified-tags`)).json()) as Record<string, string>,
        })),
      );
    },
    upload: async (file) => {
      const response = await fetch(`${base}/instances`, { method: 'POST', body: await readFile(file) });
      if (!response.ok) throw new Error(`Orthanc answered ${response.status} to an upload`);
    },
    sendAll: async ({ aeTitle, port }) => {
      const send = (method: string, route: string, body: unknown): Promise<Response> =>
        fetch(base + route, { method, body: JSON.stringify(body) });
      await send('PUT', '/modalities/peer', { AET: aeTitle, Host: '127.0.0.1', Port: port });
      const studies = (await (await get('/studies')).json()) as readonly string[];
      const response = await send('POST', '/modalities/peer/store', { Resources: studies, Synchronous: true });
      if (!response.ok) throw new Error(`Orthanc could not send: ${response.status} ${await response.text()}`);
    },
    file: async (id) => Buffer.from(await (await get(`/instances/${id}/file`)).arrayBuffer()),
    stop: async () => {
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(impatience);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
