// One TCP or TLS connection that speaks DICOM: in, a socket; out, PDU parts on demand and writes that wait for the peer. Bytes are read off
// the socket only when the next part is asked for, which is all the back-pressure there is and all that is needed.
import type { Socket } from 'node:net';
import { encodeAbort, PduFault, type PduLimits, type PduPart, pduReader } from '../dicom/pdu.ts';
import { fault } from '../kernel/errors.ts';

export type DimseConnection = {
  /** The next part; null when the peer has ended the connection. @throws Fault 'peer-silent' after `timeoutMs`, PduFault, or the socket's error. */
  readonly next: (timeoutMs: number) => Promise<PduPart | null>;
  /** Resolves when the bytes are handed to the system, so that the buffer may be used again. @throws Fault 'peer-silent', or the socket's error. */
  readonly write: (bytes: Uint8Array, timeoutMs: number) => Promise<void>;
  /** Writes `last`, ends our side and resolves when the connection is closed, at the latest after `lingerMs`. Never throws; may be called twice. */
  readonly close: (last: Uint8Array | null, lingerMs: number) => Promise<void>;
};

/** What a peer may still send while it closes; one that keeps talking after an abort is not listened to. */
const MOST_BYTES_AFTER_CLOSE = 64 * 1024;
const KEEP_ALIVE_MS = 60_000;

/** Peer address without the prefix of an IPv4-mapped address. */
export const peerAddress = (socket: Socket): string => (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');

/** Takes over a connected socket, error events included. */
export function dimseConnection(socket: Socket, limits: PduLimits): DimseConnection {
  const closed = new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
  // The error itself reaches whoever reads or writes; without a listener it would end the process.
  socket.on('error', () => undefined);
  socket.setNoDelay(true);
  // Finds the peers that vanished without a word, long before the idle time-out does.
  socket.setKeepAlive(true, KEEP_ALIVE_MS);

  const chunks = socket[Symbol.asyncIterator]();
  const reader = pduReader(limits);
  let parts: Iterator<PduPart, void> | null = null;
  let waiting: NodeJS.Timeout | null = null;
  let ending = false;

  const partAtHand = (): PduPart | null => {
    const step = parts?.next();
    if (step !== undefined && !step.done) return step.value;
    parts = null;
    return null;
  };

  const pull = async (): Promise<PduPart | null> => {
    for (;;) {
      const chunk: IteratorResult<Uint8Array> = await chunks.next();
      if (chunk.done === true) return null;
      parts = reader.read(chunk.value);
      const part = partAtHand();
      if (part !== null) return part;
    }
  };

  const next = async (timeoutMs: number): Promise<PduPart | null> => {
    const part = partAtHand();
    if (part !== null) return part;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(fault('peer-silent', `Nothing was received for ${timeoutMs} ms.`)), timeoutMs);
      waiting = timer;
    });
    try {
      return await Promise.race([pull(), silence]);
    } finally {
      clearTimeout(timer);
      waiting = null;
    }
  };

  const write = (bytes: Uint8Array, timeoutMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(fault('peer-silent', `Nothing was taken for ${timeoutMs} ms.`));
        // The bytes are still queued on the socket and point into a buffer that the caller may fill anew.
        socket.destroy();
      }, timeoutMs);
      socket.write(bytes, (error) => {
        clearTimeout(timer);
        // While we are sending, the peer has no reason to answer yet: its time starts with our last byte.
        waiting?.refresh();
        if (error) reject(error);
        else resolve();
      });
    });

  const hearOut = async (): Promise<void> => {
    let heard = 0;
    while (heard < MOST_BYTES_AFTER_CLOSE) {
      const chunk: IteratorResult<Uint8Array> = await chunks.next();
      if (chunk.done === true) return;
      heard += chunk.value.length;
    }
  };

  const close = async (last: Uint8Array | null, lingerMs: number): Promise<void> => {
    if (ending || socket.destroyed) return closed;
    ending = true;
    const linger = setTimeout(() => socket.destroy(), lingerMs);
    if (last === null) socket.end();
    else socket.end(last);
    // Reading on until the peer closes keeps the system from answering its bytes with a reset, which would take `last` away from it.
    hearOut().then(
      () => undefined,
      () => socket.destroy(),
    );
    await closed;
    clearTimeout(linger);
  };

  return { next, write, close };
}

/** The A-ABORT that answers `error`: the provider's, with its reason, to bytes that are no protocol; else the user's. */
export const abortFor = (error: unknown): Uint8Array =>
  error instanceof PduFault ? encodeAbort(2, error.abortReason) : encodeAbort(0, 0);
