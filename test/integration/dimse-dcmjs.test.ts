// dcmjs-dimse as a third implementation: its client against our listener, its server against our sender.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import dcmjsDimse, { type association, type requests as requestTypes, type responses as responseTypes } from 'dcmjs-dimse';
import { dimseEcho, dimseSender } from '../../src/edge/dimse-scu.ts';
import { freePort } from '../support/dcmtk.ts';
import { type WrittenFile, writeImage } from '../support/dimse-files.ts';
import { destinationAt, itemOf } from '../support/dimse-peers.ts';
import { keepingLog, receivingScp } from '../support/dimse-scp.ts';

const { Client, Dataset, Scp, Server, constants, log, requests, responses } = dcmjsDimse;

let folder = '';
let image: WrittenFile;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dimse-dcmjs-'));
  image = await writeImage(path.join(folder, 'image.dcm'), {
    sopInstanceUid: '1.2.3.4',
    rows: 300,
    columns: 300,
    // The client drops private elements, and complains of each.
    hasPrivateBlock: false,
  });
  log.setLevel('silent');
});
const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
  await rm(folder, { recursive: true });
});

test('its client is echoed and stores over one association, with asynchronous operations and a user identity proposed', async () => {
  const { scp, received, requests: associations } = await receivingScp();
  stops.push(() => scp.stop(0));
  const statuses: number[] = [];
  const client = new Client();
  const echo = new requests.CEchoRequest();
  echo.on('response', (response: InstanceType<typeof responseTypes.CEchoResponse>) => statuses.push(response.getStatus()));
  const store = new requests.CStoreRequest(image.path);
  store.on('response', (response: InstanceType<typeof responseTypes.CStoreResponse>) => statuses.push(response.getStatus()));
  client.addRequest(echo);
  client.addRequest(store);
  await new Promise<void>((resolve, reject) => {
    client.on('closed', () => resolve());
    client.on('networkError', reject);
    client.send('127.0.0.1', scp.port, 'DCMJS', 'SONORELAY', {
      asyncOps: { maxAsyncOpsInvoked: 4, maxAsyncOpsPerformed: 4 },
      userIdentity: { type: 1, positiveResponseRequested: false, primaryField: 'someone', secondaryField: '' },
    });
  });
  await scp.stop(1_000);
  expect(statuses).toEqual([0, 0]);
  expect(associations).toMatchObject([{ callingAeTitle: 'DCMJS', calledAeTitle: 'SONORELAY' }]);
  expect(received.map(({ incoming: { sopInstanceUid } }) => sopInstanceUid)).toEqual([image.sopInstanceUid]);
  // The client decodes and encodes anew; the pixels, at the end of the data set, are as they were.
  expect(received[0]?.bytes.subarray(-90_000).equals(image.dataSet.subarray(-90_000))).toBe(true);
});

test('its server is given a data set byte for byte, and answers C-ECHO', async () => {
  const chunks: Uint8Array[] = [];

  class Receiver extends Scp {
    override associationRequested(requested: InstanceType<typeof association.Association>): void {
      for (const { id, context } of requested.getPresentationContexts())
        requested
          .getPresentationContext(id)
          .setResult(constants.PresentationContextResult.Accept, context.getTransferSyntaxUids()[0]);
      this.sendAssociationAccept();
    }

    override createStoreWritableStream(): Writable {
      return new Writable({
        write: (chunk: Uint8Array, _encoding, done) => {
          chunks.push(Uint8Array.from(chunk));
          done();
        },
      });
    }

    override createDatasetFromStoreWritableStream(
      _stream: Writable,
      _context: unknown,
      callback: (dataset: InstanceType<typeof Dataset>) => void,
    ): void {
      callback(new Dataset({}));
    }

    override cEchoRequest(
      request: InstanceType<typeof requestTypes.CEchoRequest>,
      callback: (response: InstanceType<typeof responseTypes.CEchoResponse>) => void,
    ): void {
      const response = responses.CEchoResponse.fromRequest(request);
      response.setStatus(constants.Status.Success);
      callback(response);
    }

    override cStoreRequest(
      request: InstanceType<typeof requestTypes.CStoreRequest>,
      callback: (response: InstanceType<typeof responseTypes.CStoreResponse>) => void,
    ): void {
      const response = responses.CStoreResponse.fromRequest(request);
      response.setStatus(constants.Status.Success);
      callback(response);
    }

    override associationReleaseRequested(): void {
      this.sendAssociationReleaseResponse();
    }
  }

  const port = await freePort();
  const server = new Server(Receiver);
  server.listen(port);
  try {
    const destination = destinationAt(port);
    expect(await dimseEcho(destination)).toEqual({ kind: 'accepted', words: '0000 Success' });
    expect(await dimseSender({ log: keepingLog().log })(destination, [itemOf(image)])).toEqual([
      { kind: 'accepted', words: '0000 Success' },
    ]);
    expect(Buffer.concat(chunks).equals(image.dataSet)).toBe(true);
  } finally {
    server.close();
  }
});
