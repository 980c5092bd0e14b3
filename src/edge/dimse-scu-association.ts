// An association as requestor (PS3.8 7): in, a destination and presentation contexts; out, the open association, or the outcome that every
// object meant for it has. Up to here the peer has been given no object, so that a failure that may pass is always `transient`.
import type { Socket } from 'node:net';
import type { ProposedContext } from '../contracts/association.ts';
import type { DicomDestination, Outcome } from '../contracts/delivery.ts';
import { ABORT_REASON, encodeReleaseRequest, PduFault } from '../dicom/pdu.ts';
import { type ContextResult, decodeAssociateAccept, encodeAssociateRequest } from '../dicom/pdu-associate.ts';
import { abortWords, rejectionWords } from '../dicom/status.ts';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../dicom/uids.ts';
import { type FaultCode, isFault } from '../kernel/errors.ts';
import { causeOf, connectTo } from './client-socket.ts';
import { abortFor, type DimseConnection, dimseConnection } from './dimse-connection.ts';
import { type Dialogue, roomFor } from './dimse-message.ts';

export type OpenAssociation = {
  readonly dialogue: Dialogue;
  /** The peer's answers by context ID. */
  readonly results: ReadonlyMap<number, ContextResult>;
  /** A-RELEASE and closing; never throws, since nothing hangs on it any more. */
  readonly release: () => Promise<void>;
  /** A-ABORT, for the reason of `error`, and closing; never throws. */
  readonly abort: (error: unknown) => Promise<void>;
};

export type Opening =
  | { readonly opened: true; readonly association: OpenAssociation }
  | { readonly opened: false; readonly rejected: boolean; readonly outcome: Outcome };

const MAX_ASSOCIATE_LENGTH = 256 * 1024;
const MAX_COMMAND_LENGTH = 64 * 1024;
const RELEASE_TIMEOUT_MS = 5_000;
const LINGER_MS = 500;

/** A failure as an outcome. */
export const failed = (kind: 'transient' | 'ambiguous' | 'permanent', code: FaultCode, words: string): Outcome => ({
  kind,
  code,
  words,
});

function connected(destination: DicomDestination): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { socket, ready } = connectTo(destination);
    const timer = setTimeout(
      () => socket.destroy(new Error(`No connection within ${destination.connectTimeoutMs} ms.`)),
      destination.connectTimeoutMs,
    );
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once('error', fail);
    socket.once(ready, () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

async function release(connection: DimseConnection, timeoutMs: number): Promise<void> {
  try {
    await connection.write(encodeReleaseRequest(), timeoutMs);
    // Whatever comes, A-RELEASE-RP or a collision, there is nothing left to say.
    await connection.next(timeoutMs);
    await connection.close(null, LINGER_MS);
  } catch (error) {
    await connection.close(abortFor(error), LINGER_MS);
  }
}

function rejectionOutcome(part: { readonly result: number; readonly source: number; readonly reason: number }): Outcome {
  const words = rejectionWords(part);
  return part.result === 1
    ? failed('permanent', 'association-rejected', words)
    : failed('transient', 'association-rejected-transient', words);
}

/** Requests an association. Does not throw for what a peer does. */
export async function openAssociation(
  destination: DicomDestination,
  contexts: readonly ProposedContext[],
  options: { readonly maxPduLength: number },
): Promise<Opening> {
  let connection: DimseConnection;
  try {
    connection = dimseConnection(await connected(destination), { ...options, maxAssociateLength: MAX_ASSOCIATE_LENGTH });
  } catch (error) {
    return { opened: false, rejected: false, outcome: failed('transient', 'peer-unreachable', causeOf(error)) };
  }
  const { calledAeTitle, callingAeTitle, responseTimeoutMs } = destination;
  try {
    const request = encodeAssociateRequest({
      calledAeTitle,
      callingAeTitle,
      contexts,
      maxPduLength: options.maxPduLength,
      implementationClassUid: IMPLEMENTATION_CLASS_UID,
      implementationVersionName: IMPLEMENTATION_VERSION_NAME,
      roles: [],
    });
    await connection.write(request, responseTimeoutMs);
    const part = await connection.next(responseTimeoutMs);
    if (part?.kind === 'associate-accept') {
      const accept = decodeAssociateAccept(part.body);
      const results = new Map(accept.contexts.map((context) => [context.id, context]));
      const dialogue: Dialogue = {
        connection,
        contextIds: new Set(accept.contexts.filter(({ result }) => result === 0).map(({ id }) => id)),
        room: roomFor(accept.maxPduLength),
        limits: { maxCommandLength: MAX_COMMAND_LENGTH, idleTimeoutMs: responseTimeoutMs, stallTimeoutMs: responseTimeoutMs },
      };
      const association: OpenAssociation = {
        dialogue,
        results,
        release: () => release(connection, Math.min(RELEASE_TIMEOUT_MS, responseTimeoutMs)),
        abort: (error) => connection.close(abortFor(error), LINGER_MS),
      };
      return { opened: true, association };
    }
    await connection.close(null, LINGER_MS);
    if (part === null)
      return {
        opened: false,
        rejected: false,
        outcome: failed('transient', 'association-aborted', 'The peer closed the connection instead of an answer.'),
      };
    if (part.kind === 'associate-reject') return { opened: false, rejected: true, outcome: rejectionOutcome(part) };
    if (part.kind === 'abort')
      return {
        opened: false,
        rejected: false,
        outcome: failed('transient', 'association-aborted', abortWords(part.source, part.reason)),
      };
    throw new PduFault(ABORT_REASON.unexpectedPdu, `The answer to an association request was ${part.kind}.`);
  } catch (error) {
    await connection.close(abortFor(error), LINGER_MS);
    const code: FaultCode = isFault(error) ? error.code : 'association-aborted';
    return { opened: false, rejected: false, outcome: failed('transient', code, causeOf(error)) };
  }
}
