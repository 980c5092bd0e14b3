// A peer that writes whatever bytes a test wants: in, bytes; out, what came back until the connection was closed. With the pieces of a
// well-formed conversation to start from.
import { connect, type Socket } from 'node:net';
import { COMMAND, encodeCommand, NO_DATA_SET } from '../../src/dicom/command.ts';
import { encodePdu, encodeReleaseRequest, PDU, type PduPart, pduReader } from '../../src/dicom/pdu.ts';
import { encodeAssociateRequest } from '../../src/dicom/pdu-associate.ts';
import { ULTRASOUND_IMAGE } from './dimse-files.ts';

export const VERIFICATION_CONTEXT = 1;
export const STORAGE_CONTEXT = 3;

export const associationRequest = (differs: Partial<Parameters<typeof encodeAssociateRequest>[0]> = {}): Uint8Array =>
  encodeAssociateRequest({
    calledAeTitle: 'SONORELAY',
    callingAeTitle: 'WIRE',
    contexts: [
      { id: VERIFICATION_CONTEXT, abstractSyntaxUid: '1.2.840.10008.1.1', transferSyntaxUids: ['1.2.840.10008.1.2'] },
      { id: STORAGE_CONTEXT, abstractSyntaxUid: ULTRASOUND_IMAGE, transferSyntaxUids: ['1.2.840.10008.1.2.1'] },
    ],
    maxPduLength: 16384,
    implementationClassUid: '1.2.3.4',
    implementationVersionName: 'WIRE',
    roles: [],
    ...differs,
  });

/** A P-DATA-TF with one PDV. `length` is what the PDV claims, if not the truth. */
export function dataPdu(
  contextId: number,
  data: Uint8Array,
  options: { isCommand: boolean; isLast?: boolean; length?: number },
): Uint8Array {
  const header = Buffer.alloc(6);
  header.writeUInt32BE(options.length ?? data.length + 2);
  header[4] = contextId;
  header[5] = (options.isCommand ? 1 : 0) | (options.isLast === false ? 0 : 2);
  return encodePdu(PDU.data, Buffer.concat([header, data]));
}

export const echoRequest = (contextId = VERIFICATION_CONTEXT): Uint8Array =>
  dataPdu(
    contextId,
    encodeCommand({
      CommandField: COMMAND.echoRequest,
      MessageID: 1,
      CommandDataSetType: NO_DATA_SET,
      AffectedSOPClassUID: '1.2.840.10008.1.1',
    }),
    { isCommand: true },
  );

export const storeRequest = (differs: Partial<Parameters<typeof encodeCommand>[0]> = {}): Uint8Array =>
  dataPdu(
    STORAGE_CONTEXT,
    encodeCommand({
      CommandField: COMMAND.storeRequest,
      MessageID: 2,
      Priority: 0,
      CommandDataSetType: 1,
      AffectedSOPClassUID: ULTRASOUND_IMAGE,
      AffectedSOPInstanceUID: '1.2.3.4',
      ...differs,
    }),
    { isCommand: true },
  );

/** An association, an echo, an instance in three fragments, a release: all well-formed. */
export const wholeConversation = (): Buffer =>
  Buffer.concat([
    associationRequest(),
    echoRequest(),
    storeRequest(),
    dataPdu(STORAGE_CONTEXT, Buffer.alloc(300, 1), { isCommand: false, isLast: false }),
    dataPdu(STORAGE_CONTEXT, Buffer.alloc(0), { isCommand: false, isLast: false }),
    dataPdu(STORAGE_CONTEXT, Buffer.alloc(200, 2), { isCommand: false }),
    encodeReleaseRequest(),
  ]);

/** Connects; errors of the connection are expected and end it. With `allowHalfOpen` the peer's end does not end our side. */
export const openWire = (port: number, options: { allowHalfOpen?: boolean } = {}): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ...options }, () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });

export type Exchange = { readonly parts: readonly PduPart[]; readonly ms: number };

/** Writes `bytes`, ends when told to, and gives what came back until the other side closed. */
export async function exchange(port: number, bytes: Uint8Array, options: { end?: boolean } = {}): Promise<Exchange> {
  const socket = await openWire(port);
  const started = performance.now();
  const { read } = pduReader({ maxPduLength: 1024 ** 2, maxAssociateLength: 1024 ** 2 });
  const parts: PduPart[] = [];
  socket.on('data', (chunk: Buffer) => parts.push(...read(chunk)));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (options.end === true) socket.end(bytes);
  else socket.write(bytes);
  await closed;
  return { parts, ms: performance.now() - started };
}
