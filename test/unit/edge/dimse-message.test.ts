// Messages out of PDU parts, from a connection that a test writes out: order, context and size are held to, and every end has its words.
import { describe, expect, test } from '@jest/globals';
import { COMMAND, encodeCommand, NO_DATA_SET } from '../../../src/dicom/command.ts';
import { PduFault, type PduPart } from '../../../src/dicom/pdu.ts';
import type { DimseConnection } from '../../../src/edge/dimse-connection.ts';
import { type Dialogue, nextCommand, nextData, roomFor } from '../../../src/edge/dimse-message.ts';

const ECHO = encodeCommand({ CommandField: COMMAND.echoRequest, MessageID: 1, CommandDataSetType: NO_DATA_SET });

const data = (bytes: Uint8Array, differs: Partial<Extract<PduPart, { kind: 'data' }>> = {}): PduPart => ({
  kind: 'data',
  contextId: 1,
  isCommand: true,
  ends: true,
  bytes,
  ...differs,
});

/** A dialogue whose peer sends `parts` and then closes; contexts 1 and 3 are accepted. */
function dialogueOf(...parts: readonly PduPart[]): Dialogue {
  const rest = [...parts];
  const connection: DimseConnection = {
    next: async () => rest.shift() ?? null,
    write: async () => undefined,
    close: async () => undefined,
  };
  const limits = { maxCommandLength: 200, idleTimeoutMs: 1_000, stallTimeoutMs: 1_000 };
  return { connection, contextIds: new Set([1, 3]), room: 1_000, limits };
}

describe('a command set', () => {
  test('is put together from its fragments', async () => {
    const dialogue = dialogueOf(data(ECHO.subarray(0, 9), { ends: false }), data(ECHO.subarray(9)));
    expect(await nextCommand(dialogue)).toMatchObject({ kind: 'command', contextId: 1, command: { MessageID: 1 } });
  });

  test.each<[string, PduPart[]]>([
    ['that is larger than allowed', [data(Buffer.alloc(150), { ends: false }), data(Buffer.alloc(51))]],
    ['in a context that was not accepted', [data(ECHO, { contextId: 5 })]],
    ['spread over two contexts', [data(ECHO.subarray(0, 9), { ends: false }), data(ECHO.subarray(9), { contextId: 3 })]],
    ['that is a data set', [data(ECHO, { isCommand: false })]],
    ['with a release in the middle', [data(ECHO.subarray(0, 9), { ends: false }), { kind: 'release-request' }]],
    ['that is a second association request', [{ kind: 'associate-request', body: new Uint8Array(0) }]],
  ])('%s is refused', async (_name, parts) => {
    await expect(nextCommand(dialogueOf(...parts))).rejects.toBeInstanceOf(PduFault);
  });

  test('may be followed by a release, an abort or silence', async () => {
    expect(await nextCommand(dialogueOf({ kind: 'release-request' }))).toMatchObject({ kind: 'release' });
    expect(await nextCommand(dialogueOf({ kind: 'abort', source: 0, reason: 0 }))).toMatchObject({ kind: 'abort' });
    expect(await nextCommand(dialogueOf())).toMatchObject({ kind: 'drop' });
  });
});

describe('a data set', () => {
  test('is given piece by piece', async () => {
    const dialogue = dialogueOf(data(Buffer.of(1), { isCommand: false, ends: false }), data(Buffer.of(2), { isCommand: false }));
    expect(await nextData(dialogue, 1)).toMatchObject({ ends: false, bytes: Buffer.of(1) });
    expect(await nextData(dialogue, 1)).toMatchObject({ ends: true, bytes: Buffer.of(2) });
    expect(await nextData(dialogue, 1)).toMatchObject({ kind: 'drop' });
  });

  test.each<[string, PduPart]>([
    ['in another context than its command set', data(Buffer.of(1), { isCommand: false, contextId: 3 })],
    ['with a command set in the middle', data(ECHO)],
    ['with a release in the middle', { kind: 'release-request' }],
  ])('%s is refused', async (_name, part) => {
    await expect(nextData(dialogueOf(part), 1)).rejects.toBeInstanceOf(PduFault);
  });
});

test('a peer whose maximum PDU length has no room for anything is refused', () => {
  expect(() => roomFor(16)).toThrow(PduFault);
  expect(roomFor(128)).toBe(122);
  expect(roomFor(0)).toBe(256 * 1024 - 6);
});
