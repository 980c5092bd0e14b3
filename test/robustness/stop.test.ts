// SIGTERM while something would take for ever: the node ends within a bounded time, and the next start goes on where this one was.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { NodeProcess } from '../../src/demo/node-process.ts';
import { openLedger } from '../../src/store/ledger.ts';
import { openSpool } from '../../src/store/spool.ts';
import { completeStudy, recordInstance } from '../../src/store/studies.ts';
import { runTool } from '../support/dcmtk.ts';
import { type NodeUnderTest, nodeUnderTest, until } from '../support/node-under-test.ts';
import type { StoreForTest } from '../support/store.ts';
import { greyFrame, storeInstance } from '../unit/analysis/instances.ts';
import { writeTinyModel } from '../unit/analysis/tiny-model.ts';
import { renderedStudy } from '../unit/delivery/outbox-fixture.ts';

/** Grace for what is under way, the settling after it, and the end of the process on a busy machine. */
const STOPS_WITHIN_MS = 20_000;

let place: NodeUnderTest | null = null;
const nodes: NodeProcess[] = [];
const servers: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.end('SIGKILL');
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
  await place?.remove();
  place = null;
});

const started = async (from: NodeUnderTest): Promise<NodeProcess> => {
  const node = await from.start();
  nodes.push(node);
  return node;
};

/** A peer that takes every connection and never says a word. */
async function silentPeer(): Promise<{ readonly port: number; readonly heard: Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  servers.push({ server, sockets });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, heard: once(server, 'connection') };
}

/** The ledger and the spool of a node that is not running, for what it shall find at its start. */
async function before(from: NodeUnderTest, work: (store: Pick<StoreForTest, 'db' | 'spool'>) => Promise<void>): Promise<void> {
  const spool = await openSpool({ folder: path.join(from.folder, 'spool'), minFreeMiB: 0 });
  const db = await openLedger(spool.folder);
  try {
    await work({ db: () => db, spool: () => spool });
  } finally {
    await db.close();
  }
}

test('a PACS that is silent does not keep a node from ending, and it is tried again at once at the next start', async () => {
  const [pacs, second] = [await silentPeer(), await silentPeer()];
  place = await nodeUnderTest({ pacsPort: pacs.port, ehrPort: second.port, models: [] });
  await before(place, async (store) => {
    await renderedStudy(store, 1, { now: Date.now(), messages: 0 });
    await store.db().transact((tx) => tx.run("UPDATE delivery SET destination = 'pacs'", []));
  });
  const node = await started(place);
  await pacs.heard;
  const began = Date.now();
  expect(await node.end('SIGTERM')).toBe(0);
  expect(Date.now() - began).toBeLessThan(STOPS_WITHIN_MS);
  const [overview] = await place.overviews();
  expect(overview?.deliveries).toMatchObject([{ state: 'sending' }, { state: 'sending' }]);

  const sockets = servers[0]?.sockets.size ?? 0;
  const next = await started(place);
  const again = Date.now();
  while ((servers[0]?.sockets.size ?? 0) === sockets && Date.now() - again < 5000)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(servers[0]?.sockets.size).toBe(sockets + 1);
  await next.end('SIGKILL');
}, 90_000);

test('a job that never ends does not keep a node from ending: it goes back to the queue, and the attempt is not counted', async () => {
  const modelsFolder = await mkdtemp(path.join(tmpdir(), 'sonorelay-models-'));
  writeTinyModel(modelsFolder, 'hang');
  place = await nodeUnderTest({ pacsPort: 9, ehrPort: 9, modelsFolder });
  const { overviews } = place;
  const spoolFolder = path.join(place.folder, 'spool');
  await before(place, async ({ db }) => {
    const input = await storeInstance(spoolFolder, { uid: '2.25.2', frames: [greyFrame(200)] });
    const spoolPath = path.relative(spoolFolder, input.path);
    const now = Date.now();
    const { study, instanceKey } = await recordInstance(
      db(),
      { ...input.header, spoolPath, byteLength: input.byteLength, sha256: input.sha256, callingAeTitle: 'MODALITY' },
      now,
    );
    const step = { modelId: 'vascular-sec', modelVersion: '1', rule: 'r', instanceKeys: [instanceKey ?? 0], destinations: [] };
    await completeStudy(db(), study, { steps: [step], skipped: [] }, now);
  });
  const node = await started(place);
  await until('the job runs', 10_000, async () => (await overviews())[0]?.jobs[0]?.state === 'running');
  const began = Date.now();
  expect(await node.end('SIGTERM')).toBe(0);
  expect(Date.now() - began).toBeLessThan(STOPS_WITHIN_MS);
  await rm(modelsFolder, { recursive: true });
  const [overview] = await overviews();
  expect(overview?.jobs).toMatchObject([{ state: 'queued', attempts: 0 }]);
}, 90_000);

test('a ledger that is gone is no reason to sweep the studies away: the node does not start', async () => {
  place = await nodeUnderTest({ pacsPort: 9, ehrPort: 9, models: [] });
  const spool = await openSpool({ folder: path.join(place.folder, 'spool'), minFreeMiB: 0 });
  await spool.writeFile('studies/1/a.dcm', Buffer.from('DICM'));
  await expect(place.start()).rejects.toThrow(/ledger\.sqlite is gone/);
  expect(await spool.holdsStudies()).toBe(true);
}, 60_000);

test('one association is let in where one is allowed', async () => {
  place = await nodeUnderTest({ pacsPort: 9, ehrPort: 9, models: [], maxAssociations: 1 });
  const node = await started(place);
  const caller = ['-aet', 'MODALITY', '-aec', 'SONORELAY', '127.0.0.1', String(node.dicomPort)];
  expect(await runTool('echoscu', caller)).toMatchObject({ code: 0 });
  await node.end('SIGTERM');
}, 60_000);
