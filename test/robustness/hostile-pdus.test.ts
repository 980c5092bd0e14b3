// Whatever arrives on the DICOM port, the listener answers with an A-ABORT or closes, says so once, keeps nothing and serves the next peer.
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { COMMAND, decodeCommand, encodeCommand } from '../../src/dicom/command.ts';
import { encodeAbort, encodePdu, encodeReleaseRequest, PDU, type PduPart } from '../../src/dicom/pdu.ts';
import { dimseEcho } from '../../src/edge/dimse-scu.ts';
import { destinationAt } from '../support/dimse-peers.ts';
import { type ReceivingScp, receivingScp, until } from '../support/dimse-scp.ts';
import {
  associationRequest,
  dataPdu,
  echoRequest,
  exchange,
  openWire,
  STORAGE_CONTEXT,
  storeRequest,
  VERIFICATION_CONTEXT,
  wholeConversation,
} from '../support/dimse-wire.ts';

const LIMITS = {
  maxPduLength: 65_536,
  maxAssociateLength: 65_536,
  maxCommandLength: 65_536,
  maxInstanceBytes: 1_000_000,
  artimTimeoutMs: 1_000,
  idleTimeoutMs: 1_000,
  stallTimeoutMs: 1_000,
  lingerMs: 100,
};

let peer: ReceivingScp;
let openFiles = 0;
const filesOpen = (): number => readdirSync('/proc/self/fd').length;

beforeAll(async () => {
  peer = await receivingScp({ limits: LIMITS });
  openFiles = filesOpen();
});
afterAll(() => peer.scp.stop(0));

const others: ReceivingScp[] = [];
/** A listener for one test, stopped after it. */
const another = async (limits: Parameters<typeof receivingScp>[0]): Promise<ReceivingScp> => {
  const other = await receivingScp(limits);
  others.push(other);
  return other;
};
afterEach(async () => {
  for (const other of others.splice(0)) await other.scp.stop(0);
});

/** The node as it was: nothing open, nothing leaked, the next peer served. */
async function expectUnharmed(): Promise<void> {
  await until(() => peer.scp.openAssociations() === 0, 'no association is open');
  await until(() => filesOpen() <= openFiles, `no more than ${openFiles} file descriptors are open`);
  expect(await dimseEcho(destinationAt(peer.scp.port))).toMatchObject({ kind: 'accepted' });
}

const words = (parts: readonly PduPart[]): readonly string[] =>
  parts.map((part) => {
    if (part.kind === 'abort') return `abort ${part.source}/${part.reason}`;
    if (part.kind !== 'data') return part.kind;
    const { CommandField, Status = -1 } = decodeCommand(part.bytes);
    return `${CommandField.toString(16)} ${Status.toString(16)}`;
  });

const header = (type: number, length: number): Buffer => {
  const bytes = Buffer.alloc(6);
  bytes[0] = type;
  bytes.writeUInt32BE(length, 2);
  return bytes;
};

describe('a connection without an association', () => {
  test.each([
    ['an HTTP request', Buffer.from('GET /wado HTTP/1.1\r\nHost: archive\r\n\r\n'), 'abort 2/1'],
    ['an HL7 message', Buffer.from('\x0bMSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5.1\r\x1c\r'), 'abort 2/1'],
    ['a TLS client hello', Buffer.from('1603010200010001fc0303', 'hex'), 'abort 2/1'],
    ['garbage', Buffer.from(Array.from({ length: 500 }, (_, index) => 255 - (index % 200))), 'abort 2/1'],
    ['zeros', Buffer.alloc(1000), 'abort 2/1'],
    ['an association request of 4 GiB', header(PDU.associateRequest, 0xffffffff), 'abort 2/6'],
    ['an association request over the limit', header(PDU.associateRequest, 65_537), 'abort 2/6'],
    ['an empty association request', header(PDU.associateRequest, 0), 'abort 2/6'],
    ['an association request without its fixed part', encodePdu(PDU.associateRequest, new Uint8Array(60)), 'abort 2/6'],
    ['an association request of random items', encodePdu(PDU.associateRequest, Buffer.alloc(500, 0x20)), 'abort 2/6'],
    ['data', dataPdu(1, Buffer.alloc(10), { isCommand: true }), 'abort 2/2'],
    ['a release', encodeReleaseRequest(), 'abort 2/2'],
    ['an acceptance', encodePdu(PDU.associateAccept, new Uint8Array(68)), 'abort 2/2'],
  ])('that brings %s is aborted, with one line in the log', async (_name, bytes, answer) => {
    peer.events.splice(0);
    const { parts } = await exchange(peer.scp.port, bytes);
    expect(words(parts)).toEqual([answer]);
    expect(peer.events.map(({ name }) => name)).toEqual(['connection.refused']);
    await expectUnharmed();
  });

  test('with another protocol version or application context is rejected as the standard has it', async () => {
    const version = Buffer.from(associationRequest());
    version.writeUInt16BE(2, 6);
    const context = Buffer.from(associationRequest());
    context.write('9', context.indexOf('1.2.840.10008.3.1.1.1'));
    expect((await exchange(peer.scp.port, version)).parts).toEqual([
      { kind: 'associate-reject', result: 1, source: 2, reason: 2 },
    ]);
    expect((await exchange(peer.scp.port, context)).parts).toEqual([
      { kind: 'associate-reject', result: 1, source: 1, reason: 2 },
    ]);
    await expectUnharmed();
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['half a header', header(PDU.associateRequest, 200).subarray(0, 4)],
    ['half an association request', Buffer.from(associationRequest()).subarray(0, 100)],
  ])('that brings %s and waits is closed when ARTIM runs out', async (_name, bytes) => {
    const { parts, ms } = await exchange(peer.scp.port, bytes);
    expect(parts).toEqual([]);
    expect(ms).toBeGreaterThan(900);
    await expectUnharmed();
  });

  test('that drips an association request byte by byte is closed all the same', async () => {
    const socket = await openWire(peer.scp.port);
    let isClosed = false;
    socket.once('close', () => {
      isClosed = true;
    });
    socket.resume();
    const started = performance.now();
    for (const byte of associationRequest()) {
      if (isClosed) break;
      socket.write(Uint8Array.of(byte));
      await pause(20);
    }
    expect(isClosed).toBe(true);
    expect(performance.now() - started).toBeLessThan(3_000);
    await expectUnharmed();
  });

  test('that goes on sending after the abort is not listened to', async () => {
    const patient = await another({ limits: { ...LIMITS, lingerMs: 500 } });
    const socket = await openWire(patient.scp.port, { allowHalfOpen: true });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const megabyte = Buffer.alloc(1024 ** 2, 0x47);
    const pump = (): void => {
      while (!socket.destroyed && socket.write(megabyte));
    };
    socket.on('drain', pump);
    socket.resume();
    pump();
    await closed;
    // What left our side is what the buffers of the system took, not what was read.
    expect(socket.bytesWritten - socket.writableLength).toBeLessThan(24 * 1024 ** 2);
    await patient.scp.stop(0);
    await expectUnharmed();
  });
});

describe('an association', () => {
  const data = (contextId: number, bytes: Uint8Array, isCommand: boolean): Uint8Array => dataPdu(contextId, bytes, { isCommand });

  test.each<[string, readonly Uint8Array[], string]>([
    ['a PDU of 4 GiB', [header(PDU.data, 0xffffffff)], 'abort 2/6'],
    ['a PDU one byte over what was advertised', [header(PDU.data, 65_537)], 'abort 2/6'],
    ['a PDU of an unknown type', [header(0x99, 4)], 'abort 2/1'],
    ['an empty PDU', [header(PDU.data, 0)], 'abort 2/6'],
    ['a PDV of length 0', [dataPdu(1, Buffer.alloc(8), { isCommand: true, length: 0 })], 'abort 2/6'],
    ['a PDV of length 1', [dataPdu(1, Buffer.alloc(8), { isCommand: true, length: 1 })], 'abort 2/6'],
    ['a PDV longer than its PDU', [dataPdu(1, Buffer.alloc(8), { isCommand: true, length: 11 })], 'abort 2/6'],
    ['a PDV of 4 GiB', [dataPdu(1, Buffer.alloc(8), { isCommand: true, length: 0xffffffff })], 'abort 2/6'],
    ['a context that was not accepted', [echoRequest(99)], 'abort 2/6'],
    ['data before a command', [data(1, Buffer.alloc(8), false)], 'abort 2/5'],
    ['a command that is none', [data(1, Buffer.alloc(50, 0xff), true)], 'abort 2/6'],
    ['an empty command', [data(1, Buffer.alloc(0), true)], 'abort 2/6'],
    ['a second association request', [associationRequest()], 'abort 2/2'],
    ['a release response', [encodePdu(PDU.releaseResponse, new Uint8Array(4))], 'abort 2/2'],
    ['a release of five bytes', [header(PDU.releaseRequest, 5)], 'abort 2/6'],
    ['a command inside a data set', [storeRequest(), echoRequest()], 'abort 2/5'],
    ['a data set in another context', [storeRequest(), data(VERIFICATION_CONTEXT, Buffer.alloc(8), false)], 'abort 2/6'],
    ['a release inside a data set', [storeRequest(), encodeReleaseRequest()], 'abort 2/2'],
    [
      'a command larger than allowed',
      Array.from({ length: 5 }, () => dataPdu(1, Buffer.alloc(16_000), { isCommand: true, isLast: false })),
      'abort 2/6',
    ],
    [
      'a data set without end',
      [
        storeRequest(),
        ...Array.from({ length: 35 }, () => dataPdu(STORAGE_CONTEXT, Buffer.alloc(60_000), { isCommand: false, isLast: false })),
      ],
      'abort 2/0',
    ],
  ])('with %s is aborted, with one line for its end', async (_name, bytes, answer) => {
    peer.events.splice(0);
    const { parts } = await exchange(peer.scp.port, Buffer.concat([associationRequest(), ...bytes]));
    expect(words(parts)).toEqual(['associate-accept', answer]);
    expect(peer.events.map(({ name }) => name).filter((name) => name !== 'instance.refused')).toEqual([
      'association.accepted',
      'association.ended',
    ]);
    expect(String(peer.events.at(-1)?.fields['how'])).toMatch(/^aborted: ./);
    await expectUnharmed();
  });

  test.each([
    ['an abort', { tail: encodeAbort(0, 0), end: false }],
    ['the end of the connection', { tail: Buffer.alloc(0), end: true }],
    ['silence', { tail: Buffer.alloc(0), end: false }],
  ])('with %s in the middle of a data set aborts the sink, and nothing is received', async (_name, { tail, end }) => {
    const [aborted, received] = [peer.aborted(), peer.received.length];
    const half = dataPdu(STORAGE_CONTEXT, Buffer.alloc(1000), { isCommand: false, isLast: false });
    await exchange(peer.scp.port, Buffer.concat([associationRequest(), storeRequest(), half, tail]), { end });
    await until(() => peer.aborted() === aborted + 1, 'the sink is aborted');
    expect(peer.received).toHaveLength(received);
    await expectUnharmed();
  });

  test('that is idle longer than allowed is aborted', async () => {
    const { parts } = await exchange(peer.scp.port, associationRequest());
    expect(words(parts)).toEqual(['associate-accept', 'abort 0/0']);
    await expectUnharmed();
  });

  test.each([
    ['a UID that is a path', { AffectedSOPInstanceUID: '../../etc/passwd' }, 'a900'],
    ['a UID of 65 characters', { AffectedSOPInstanceUID: '1'.repeat(65) }, 'a900'],
    ['no UID', { AffectedSOPInstanceUID: '' }, 'a900'],
    ['another SOP class than its context', { AffectedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2' }, 'a900'],
  ])('with %s refuses that instance, drains it and goes on', async (_name, differs, status) => {
    const received = peer.received.length;
    const dataSet = dataPdu(STORAGE_CONTEXT, Buffer.alloc(1000), { isCommand: false });
    const conversation = [associationRequest(), storeRequest(differs), dataSet, echoRequest(), encodeReleaseRequest()];
    const { parts } = await exchange(peer.scp.port, Buffer.concat(conversation));
    expect(words(parts)).toEqual(['associate-accept', `8001 ${status}`, '8030 0', 'release-response']);
    expect(peer.received).toHaveLength(received);
    await expectUnharmed();
  });

  test('with an instance that announces no data set, and an operation that is not served, goes on', async () => {
    const find = encodeCommand({ CommandField: 0x0020, MessageID: 9, CommandDataSetType: 1, AffectedSOPClassUID: '1.2.3' });
    const cancel = encodeCommand({
      CommandField: COMMAND.cancelRequest,
      MessageIDBeingRespondedTo: 9,
      CommandDataSetType: 0x0101,
    });
    const conversation = [
      associationRequest(),
      storeRequest({ CommandDataSetType: 0x0101 }),
      dataPdu(VERIFICATION_CONTEXT, find, { isCommand: true }),
      dataPdu(VERIFICATION_CONTEXT, Buffer.alloc(20), { isCommand: false }),
      dataPdu(VERIFICATION_CONTEXT, cancel, { isCommand: true }),
      echoRequest(),
      encodeReleaseRequest(),
    ];
    const { parts } = await exchange(peer.scp.port, Buffer.concat(conversation));
    expect(words(parts)).toEqual(['associate-accept', '8001 c000', '8020 211', '8030 0', 'release-response']);
    await expectUnharmed();
  });
});

describe('many connections', () => {
  test('a hundred that say nothing keep nobody out and are closed when ARTIM runs out', async () => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openWire(peer.scp.port)));
    for (const socket of sockets) socket.resume();
    expect(await dimseEcho(destinationAt(peer.scp.port))).toMatchObject({ kind: 'accepted' });
    await Promise.all(
      sockets.map((socket) => (socket.destroyed ? undefined : new Promise((resolve) => socket.once('close', resolve)))),
    );
    await expectUnharmed();
  });

  test('more than allowed are closed unread, and those that were there stay', async () => {
    const few = await another({ limits: { maxConnections: 3 } });
    const first = await Promise.all([1, 2, 3].map(() => openWire(few.scp.port)));
    const { parts } = await exchange(few.scp.port, associationRequest());
    expect(parts).toEqual([]);
    expect(few.events.map(({ name }) => name)).toEqual(['connection.refused']);
    expect(first.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
    for (const socket of first) socket.destroy();
  });

  test('that reset while they are rejected do no harm', async () => {
    const full = await another({ limits: { ...LIMITS, maxAssociations: 0 } });
    for (let round = 0; round < 30; round += 1) {
      const socket = await openWire(full.scp.port);
      socket.write(associationRequest());
      if (round % 2 === 0) await pause(1);
      socket.resetAndDestroy();
    }
    const { parts } = await exchange(full.scp.port, associationRequest());
    expect(parts).toEqual([{ kind: 'associate-reject', result: 2, source: 3, reason: 2 }]);
  });
});

/** Mulberry32: a small generator of numbers from 0 up to 1, the same for the same seed. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A conversation with up to eight bytes changed, and now and then a piece cut out, doubled or the rest left off. */
function mutated(conversation: Buffer, chance: () => number): Buffer {
  const bytes = Buffer.from(conversation);
  const place = (): number => Math.floor(chance() * bytes.length);
  for (let change = Math.ceil(chance() * 8); change > 0; change -= 1) bytes[place()] = Math.floor(chance() * 256);
  const [from, to] = [place(), place()].sort((a, b) => a - b) as [number, number];
  const way = chance();
  if (way < 0.15) return bytes.subarray(0, to);
  if (way < 0.25) return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  if (way < 0.35) return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  return bytes;
}

test('a well-formed conversation is answered in full', async () => {
  const { parts } = await exchange(peer.scp.port, wholeConversation());
  expect(words(parts)).toEqual(['associate-accept', '8030 0', '8001 0', 'release-response']);
  expect(peer.received.at(-1)?.bytes).toEqual(Buffer.concat([Buffer.alloc(300, 1), Buffer.alloc(200, 2)]));
  await expectUnharmed();
});

test('four hundred conversations with bytes changed end, each of them, and do no harm', async () => {
  const chance = chanceOf(20260102);
  const conversations = Array.from({ length: 400 }, () => mutated(wholeConversation(), chance));
  let ended = 0;
  const lane = async (start: number): Promise<void> => {
    for (let index = start; index < conversations.length; index += 8) {
      await exchange(peer.scp.port, conversations[index] ?? Buffer.alloc(0), { end: true });
      ended += 1;
    }
  };
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(lane));
  expect(ended).toBe(conversations.length);
  await expectUnharmed();
});
