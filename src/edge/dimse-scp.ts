// The DICOM listener: in, a port, limits and the two decisions the node takes (who may associate, where an instance goes); out, a running
// SCP for C-ECHO and C-STORE over TCP or TLS. Nothing a peer sends ends the process; every queue here has a bound.
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Admission, AssociationRequest } from '../contracts/association.ts';
import { encodeAbort } from '../dicom/pdu.ts';
import { errorText, fault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { type DimseConnection, dimseConnection, peerAddress } from './dimse-connection.ts';
import { type ScpHost, type ScpLimits, serveConnection } from './dimse-scp-association.ts';
import type { OpenInstance } from './dimse-scp-store.ts';

/** Modalities keep an association open from one image of an examination to the next: minutes of silence between messages are normal. */
export const DEFAULT_SCP_LIMITS: ScpLimits = {
  maxAssociations: 64,
  maxConnections: 256,
  maxPduLength: 256 * 1024,
  maxAssociateLength: 256 * 1024,
  maxCommandLength: 64 * 1024,
  maxInstanceBytes: 8 * 1024 ** 3,
  artimTimeoutMs: 10_000,
  idleTimeoutMs: 600_000,
  stallTimeoutMs: 60_000,
  tlsHandshakeTimeoutMs: 10_000,
  lingerMs: 1_000,
};

/** PEM texts. With `ca`, a peer has to show a certificate that it signed (mutual TLS). */
export type ScpTls = { readonly certificate: string; readonly key: string; readonly ca: string | null };

export type DimseScpOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly tls: ScpTls | null;
  readonly limits: ScpLimits;
  readonly admit: (request: AssociationRequest) => Promise<Admission>;
  /** May throw a Fault whose row has a `status`: the data set is drained and that status answered. */
  readonly openInstance: OpenInstance;
  readonly newAssociationKey: () => string;
  readonly log: Log;
};

export type DimseScp = {
  readonly port: number;
  readonly openAssociations: () => number;
  /** Takes no new connection, lets associations end for `graceMs`, aborts those left, and resolves when every connection is closed. */
  readonly stop: (graceMs: number) => Promise<void>;
};

type Connections = {
  readonly serve: (socket: Socket) => void;
  readonly stop: (graceMs: number) => Promise<void>;
  readonly open: () => number;
};

/** The connections of one server and the associations on them. */
function connections(options: DimseScpOptions): Connections {
  const { limits, log } = options;
  /** Connection → whether it has an association. */
  const serving = new Map<DimseConnection, { associated: boolean; readonly done: Promise<void> }>();
  let associations = 0;
  let stopping = false;

  const serve = (socket: Socket): void => {
    const peer = { address: peerAddress(socket), tls: options.tls !== null };
    const connection = dimseConnection(socket, limits);
    const host: ScpHost = {
      ...options,
      enter: () => {
        if (associations >= limits.maxAssociations) return false;
        associations += 1;
        const entry = serving.get(connection);
        if (entry !== undefined) entry.associated = true;
        return true;
      },
      leave: () => {
        associations -= 1;
      },
      isStopping: () => stopping,
    };
    const done = serveConnection(connection, peer, host)
      .catch((error: unknown) => {
        // A fault of ours in the serving itself; this connection is lost, the others are not.
        log('connection.refused', { address: peer.address, because: errorText(error) });
        socket.destroy();
      })
      .finally(() => serving.delete(connection));
    serving.set(connection, { associated: false, done });
  };

  const allDone = (): Promise<unknown> => Promise.all([...serving.values()].map(({ done }) => done));

  const within = async (work: Promise<unknown>, ms: number): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([work, late]);
    clearTimeout(timer);
  };

  const stop = async (graceMs: number): Promise<void> => {
    for (const [connection, { associated }] of serving) if (!associated) void connection.close(null, 0);
    await within(allDone(), graceMs);
    stopping = true;
    for (const connection of serving.keys()) void connection.close(encodeAbort(0, 0), limits.lingerMs);
    // A sink may still be writing what it has; it is given the time that a peer is given.
    await within(allDone(), 2 * limits.lingerMs);
  };
  return { serve, stop, open: () => associations };
}

function createListener(options: DimseScpOptions, serve: (socket: Socket) => void): Server {
  const { tls, limits, log } = options;
  // A peer that has ended its side may still be owed the answer to its last request; `serveConnection` closes every connection itself.
  if (tls === null) return createServer({ allowHalfOpen: true }, serve);
  const server = createTlsServer(
    {
      allowHalfOpen: true,
      cert: tls.certificate,
      key: tls.key,
      ...(tls.ca === null ? {} : { ca: tls.ca, requestCert: true, rejectUnauthorized: true }),
      // BCP 195 as PS3.15 B.9 to B.11 want it: nothing below TLS 1.2.
      minVersion: 'TLSv1.2',
      handshakeTimeout: limits.tlsHandshakeTimeoutMs,
    },
    serve,
  );
  server.on('tlsClientError', (error, socket) => {
    const code = 'code' in error ? String(error.code) : error.name;
    log('connection.refused', { address: peerAddress(socket), because: `TLS handshake: ${code}` });
    socket.destroy();
  });
  return server;
}

/** Starts to listen. @throws Fault 'port-in-use' when the port cannot be opened, or Node's error for a certificate that is none. */
export async function startDimseScp(options: DimseScpOptions): Promise<DimseScp> {
  const { host, limits, log } = options;
  const { serve, stop, open } = connections(options);
  const server = createListener(options, serve);
  /** Also those that a TLS handshake is under way on. */
  const sockets = new Set<Socket>();
  server.maxConnections = limits.maxConnections;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('drop', (data) => {
    log('connection.refused', { address: data?.remoteAddress ?? 'unknown', because: 'As many connections as allowed are open.' });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(fault('port-in-use', `${host}:${options.port}: ${errorText(error)}`, error)));
    server.listen({ host, port: options.port }, resolve);
  });
  // For instance no file descriptor is left for a connection; those that are open go on.
  server.on('error', (error) => log('connection.refused', { address: 'unknown', because: errorText(error) }));

  const address = server.address();
  let stopped: Promise<void> | null = null;
  const stopOnce = async (graceMs: number): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    await stop(graceMs);
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port: address !== null && typeof address === 'object' ? address.port : options.port,
    openAssociations: open,
    stop: (graceMs) => {
      stopped ??= stopOnce(graceMs);
      return stopped;
    },
  };
}
