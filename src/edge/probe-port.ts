// Whether a port can be opened: opens it and closes it at once. In: host and port. Out: nothing, or the fault `port-in-use` with the system's words.
import { createServer } from 'node:net';
import { errorText, fault } from '../kernel/errors.ts';

/** Resolves when `host`:`port` can be listened on. */
export function probePort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(fault('port-in-use', `${host}:${port}: ${errorText(error)}`, error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}
