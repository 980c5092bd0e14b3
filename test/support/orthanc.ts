// Orthanc as the hospital's PACS. In: nothing. Out: its ports, and what it holds, over its REST interface.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
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
const DICOM_WEB = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';

/** Starts Orthanc on loopback with an empty folder; fails with the install line when it is missing. `ports` puts it where an earlier one was. */
export async function startOrthanc(options: {
  readonly aeTitle: string;
  readonly dicomPort?: number;
  /** With its DICOMweb plug-in, at /dicom-web/ of the HTTP port. */
  readonly dicomWeb?: boolean;
}): Promise<Orthanc> {
  const plugins = options.dicomWeb === true ? [DICOM_WEB] : [];
  for (const file of [PROGRAM, ...plugins])
    if (!existsSync(file)) throw new Error(`${file} is missing. Install the test peers with: npm run set-up`);
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-orthanc-'));
  const dicomPort = options.dicomPort ?? (await freePort());
  const httpPort = await freePort();
  const configuration = {
    Name: 'PACS',
    StorageDirectory: path.join(folder, 'storage'),
    IndexDirectory: path.join(folder, 'storage'),
    Plugins: plugins,
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

  // node:http with a connection of its own for each request: fetch re-uses connections that Orthanc is closing, and asserts when it meets one.
  const ask = (method: string, route: string, body: Buffer | string = ''): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port: httpPort,
          path: route,
          method,
          agent: false,
          headers: { 'Content-Length': Buffer.byteLength(body) },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.once('error', reject);
          response.once('end', () => {
            const status = response.statusCode ?? 0;
            if (status >= 200 && status < 300) resolve(Buffer.concat(parts));
            else reject(new Error(`Orthanc answered ${status} to ${method} ${route}: ${Buffer.concat(parts).toString()}`));
          });
        },
      );
      asked.once('error', reject);
      asked.end(body);
    });
  const json = async (route: string): Promise<unknown> => JSON.parse((await ask('GET', route)).toString());
  const ready = async (): Promise<boolean> => {
    try {
      await json('/system');
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
      const ids = (await json('/instances')) as readonly string[];
      return Promise.all(
        ids.map(async (id) => ({ id, tags: (await json(`/instances/${id}/simplified-tags`)) as Record<string, string> })),
      );
    },
    upload: async (file) => void (await ask('POST', '/instances', await readFile(file))),
    sendAll: async ({ aeTitle, port }) => {
      await ask('PUT', '/modalities/peer', JSON.stringify({ AET: aeTitle, Host: '127.0.0.1', Port: port }));
      const studies = (await json('/studies')) as readonly string[];
      await ask('POST', '/modalities/peer/store', JSON.stringify({ Resources: studies, Synchronous: true }));
    },
    file: (id) => ask('GET', `/instances/${id}/file`),
    stop: async () => {
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(impatience);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
