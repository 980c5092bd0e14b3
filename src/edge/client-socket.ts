// The way out to a configured peer: a TCP connection, with TLS when configured. In: host, port, TLS. Out: a socket that is still connecting.
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { checkServerIdentity, connect as tlsConnect } from 'node:tls';
import type { TlsClient } from '../contracts/delivery.ts';
import { errorText, isFault } from '../kernel/errors.ts';

/** The event of `socket` after which the peer can be spoken to. */
export type Connecting = { readonly socket: Socket; readonly ready: 'connect' | 'secureConnect' };

/** Begins to connect. Small writes leave at once: answers are awaited one by one, and Nagle's algorithm would delay each. */
export function connectTo({
  host,
  port,
  tls,
}: {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsClient | null;
}): Connecting {
  if (tls === null) return { socket: netConnect({ host, port, noDelay: true }), ready: 'connect' };
  const socket = tlsConnect({
    host,
    port,
    ca: tls.ca,
    ...(tls.certificate === null ? {} : { cert: tls.certificate }),
    ...(tls.key === null ? {} : { key: tls.key }),
    // RFC 6066 section 3 allows no address as server name; the certificate is checked against the configured name or address all the same.
    ...(isIP(tls.serverName) === 0 ? { servername: tls.serverName } : {}),
    checkServerIdentity: (_name, certificate) => checkServerIdentity(tls.serverName, certificate),
    minVersion: 'TLSv1.2',
  });
  socket.setNoDelay(true);
  return { socket, ready: 'secureConnect' };
}

/** Why a connection failed. Connecting to a name with several addresses fails with an error whose message is empty; its code still says why. */
export const causeOf = (error: unknown): string => {
  const text = isFault(error) ? error.detail : errorText(error);
  if (text !== '') return text;
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
};
