// Peers for the DICOM sender: in, what a test wants of them; out, a destination that points at one, or a peer that follows a script.
import { createServer, type Socket } from 'node:net';
import type { DicomDestination, StoreItem } from '../../src/contracts/delivery.ts';
import { decodeAssociateRequest, encodeAssociateAccept } from '../../src/dicom/pdu-associate.ts';
import { type DimseConnection, dimseConnection } from '../../src/edge/dimse-connection.ts';
import type { WrittenFile } from './dimse-files.ts';

/** A destination on the loopback interface. */
export const destinationAt = (port: number, differs: Partial<DicomDestination> = {}): DicomDestination => ({
  name: 'archive',
  kind: 'dicom',
  host: '127.0.0.1',
  port,
  calledAeTitle: 'ARCHIVE',
  callingAeTitle: 'SONORELAY',
  tls: null,
  connectTimeoutMs: 2_000,
  responseTimeoutMs: 5_000,
  retry: { firstDelayMs: 1, longestDelayMs: 1, mostAttempts: 1 },
  ...differs,
});

export const itemOf = ({ path, sopClassUid, sopInstanceUid, transferSyntaxUid }: WrittenFile): StoreItem => ({
  path,
  sopClassUid,
  sopInstanceUid,
  transferSyntaxUid,
});

export type ScriptedPeer = { readonly port: number; readonly connections: () => number; readonly stop: () => Promise<void> };

/** A listener that hands each connection to `script` and closes it after. Errors of a script reject `stop`. */
export async function scriptedPeer(
  script: (connection: DimseConnection, socket: Socket) => Promise<void>,
): Promise<ScriptedPeer> {
  const sockets = new Set<Socket>();
  const scripts: Promise<void>[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    const connection = dimseConnection(socket, { maxPduLength: 1024 ** 2, maxAssociateLength: 1024 ** 2 });
    scripts.push(script(connection, socket).then(() => connection.close(null, 50)));
  });
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('no port');
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await Promise.all(scripts);
  };
  return { port: address.port, connections: () => sockets.size, stop };
}

/** Takes the association request and accepts every context with its first transfer syntax. */
export async function acceptAssociation(connection: DimseConnection, maxPduLength = 16384): Promise<void> {
  const part = await connection.next(5_000);
  if (part?.kind !== 'associate-request') throw new Error(`expected an association request, got ${part?.kind}`);
  const request = decodeAssociateRequest(part.body);
  const accept = encodeAssociateAccept({
    toRepeat: request.toRepeat,
    contexts: request.contexts.map(({ id, transferSyntaxUids }) => ({
      id,
      result: 0,
      transferSyntaxUid: transferSyntaxUids[0] ?? '',
    })),
    maxPduLength,
    implementationClassUid: '1.2.3.4',
    implementationVersionName: 'SCRIPT',
    roles: [],
  });
  await connection.write(accept, 5_000);
}
