// The listener on the wire: what it negotiates, and how it holds back a peer that sends faster than its sink takes.
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { decodeCommand } from '../../src/dicom/command.ts';
import { encodeReleaseRequest } from '../../src/dicom/pdu.ts';
import { decodeAssociateAccept } from '../../src/dicom/pdu-associate.ts';
import { type ReceivingScp, receivingScp, until } from '../support/dimse-scp.ts';
import { associationRequest, dataPdu, exchange, openWire, STORAGE_CONTEXT, storeRequest } from '../support/dimse-wire.ts';

const MIB = 1024 ** 2;

let peer: ReceivingScp | null = null;
const start = async (...differences: Parameters<typeof receivingScp>): Promise<ReceivingScp> => {
  peer = await receivingScp(...differences);
  return peer;
};
afterEach(async () => {
  await peer?.scp.stop(0);
  peer = null;
});

test('its own maximum PDU length is advertised, roles are answered and the titles repeated', async () => {
  const { scp } = await start();
  const roles = [
    { sopClassUid: '1.2.840.10008.5.1.4.1.1.6.1', scu: true, scp: true },
    { sopClassUid: '1.2.840.10008.1.20.1', scu: false, scp: true },
  ];
  const request = associationRequest({ roles, maxPduLength: 0 });
  const { parts } = await exchange(scp.port, Buffer.concat([request, encodeReleaseRequest()]));
  expect(parts.map(({ kind }) => kind)).toEqual(['associate-accept', 'release-response']);
  const [accept] = parts;
  if (accept?.kind !== 'associate-accept') throw new Error('not accepted');
  expect(decodeAssociateAccept(accept.body)).toEqual({
    applicationContext: '1.2.840.10008.3.1.1.1',
    contexts: [
      { id: 1, result: 0, transferSyntaxUid: '1.2.840.10008.1.2' },
      { id: 3, result: 0, transferSyntaxUid: '1.2.840.10008.1.2.1' },
    ],
    maxPduLength: 262_144,
    implementationClassUid: expect.stringMatching(/^2\.25\.\d+$/),
    implementationVersionName: expect.stringMatching(/^SONORELAY_/),
    roles: [
      { sopClassUid: '1.2.840.10008.5.1.4.1.1.6.1', scu: true, scp: false },
      { sopClassUid: '1.2.840.10008.1.20.1', scu: false, scp: false },
    ],
  });
  expect(Buffer.from(accept.body.subarray(4, 68)).equals(Buffer.from(request.subarray(10, 74)))).toBe(true);
});

test('syntaxes that are no UIDs are not offered to the admission, and their contexts are refused', async () => {
  const { scp, requests } = await start();
  const contexts = [
    { id: 1, abstractSyntaxUid: '../../etc', transferSyntaxUids: ['1.2.840.10008.1.2'] },
    { id: 3, abstractSyntaxUid: '1.2.3', transferSyntaxUids: ['/tmp/x'] },
    { id: 5, abstractSyntaxUid: '1.2.4', transferSyntaxUids: ['/tmp/x', '1.2.840.10008.1.2'] },
  ];
  const { parts } = await exchange(scp.port, Buffer.concat([associationRequest({ contexts }), encodeReleaseRequest()]));
  const [accept] = parts;
  if (accept?.kind !== 'associate-accept') throw new Error('not accepted');
  expect(decodeAssociateAccept(accept.body).contexts.map(({ id, result }) => [id, result])).toEqual([
    [1, 3],
    [3, 4],
    [5, 0],
  ]);
  expect(requests[0]?.contexts).toEqual([
    { id: 3, abstractSyntaxUid: '1.2.3', transferSyntaxUids: [] },
    { id: 5, abstractSyntaxUid: '1.2.4', transferSyntaxUids: ['1.2.840.10008.1.2'] },
  ]);
});

test('a peer that ends its side early still gets the answer to its last request', async () => {
  const stored: number[] = [];
  const { scp } = await start({
    openInstance: async () => ({
      write: async (chunk) => void stored.push(chunk.length),
      commit: async () => {
        await pause(100);
        return 0;
      },
      abort: async () => undefined,
    }),
  });
  const bytes = [associationRequest(), storeRequest(), dataPdu(STORAGE_CONTEXT, Buffer.alloc(1000), { isCommand: false })];
  const { parts } = await exchange(scp.port, Buffer.concat(bytes), { end: true });
  const answer = parts.at(-1);
  expect(answer?.kind === 'data' && decodeCommand(answer.bytes)).toMatchObject({ CommandField: 0x8001, Status: 0 });
  expect(stored).toEqual([1000]);
});

test('a sink that does not take more holds the sender back', async () => {
  let proceed: () => void = () => undefined;
  let written = 0;
  const { scp } = await start({
    openInstance: async () => ({
      write: async (chunk) => {
        written += chunk.length;
        if (written === chunk.length)
          await new Promise<void>((resolve) => {
            proceed = resolve;
          });
      },
      commit: async () => 0,
      abort: async () => undefined,
    }),
  });
  const socket = await openWire(scp.port);
  const count = 400;
  const fragment = dataPdu(STORAGE_CONTEXT, Buffer.alloc(250_000), { isCommand: false, isLast: false });
  const before = process.memoryUsage().rss;
  socket.write(Buffer.concat([associationRequest(), storeRequest()]));
  let sent = 0;
  const pump = (): void => {
    while (sent < count && socket.write(fragment)) sent += 1;
    sent += sent < count ? 1 : 0;
  };
  socket.on('drain', pump);
  pump();
  await pause(500);
  const taken = socket.bytesWritten - socket.writableLength;
  expect(written).toBeLessThan(0.3 * MIB);
  // What the buffers of the system hold on both sides; 100 MB would have gone out otherwise.
  expect(taken).toBeLessThan(32 * MIB);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
  proceed();
  await until(() => written >= 250_000 * (count - 1), 'the rest of the data set');
  socket.destroy();
});
