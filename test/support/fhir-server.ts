// A FHIR server for tests: HTTPS (or HTTP) on loopback, resources in memory, transactions all or nothing. In: how it answers, one answer a request, the
// last for ever. Out: what it was sent and what it holds.
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Resource, TransactionBundle } from '../../src/fhir/resources.ts';

/**
 * `accept`: stores and answers. `store-and-drop`: stores, then dies in the middle of the answer. `drop`: dies before it looks. `silent`: never
 * answers. `drip`: a byte now and then, for ever. `huge`: a success of more bytes than anybody wants, `huge-header`: in its head. `garbage`: no HTTP.
 */
export type FhirAnswer =
  | 'accept'
  | 'store-and-drop'
  | 'drop'
  | 'silent'
  | 'drip'
  | 'huge'
  | 'huge-header'
  | 'garbage'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

export type FhirServerOptions = {
  readonly answers?: readonly FhirAnswer[];
  readonly port?: number;
  /** Demanded in Authorization; any when not given. */
  readonly token?: string;
  /** PEM texts; HTTP when not given. `clientCa`: a client certificate is demanded. */
  readonly tls?: { readonly key: string; readonly certificate: string; readonly clientCa?: string };
};

export type FhirRequest = {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly bundle: TransactionBundle;
};

export type FhirServer = {
  readonly port: number;
  readonly baseUrl: string;
  readonly requests: FhirRequest[];
  /** By `ResourceType/id`. */
  readonly resources: Map<string, { readonly version: number; readonly resource: Resource }>;
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const reply = (response: ServerResponse, status: number, body: string, headers: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(status, { 'Content-Type': 'application/fhir+json', ...headers }).end(body);
};

export async function startFhirServer(options: FhirServerOptions = {}): Promise<FhirServer> {
  const { answers = ['accept'], tls, token } = options;
  const requests: FhirRequest[] = [];
  const resources: FhirServer['resources'] = new Map();
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let connections = 0;

  const store = ({ entry }: TransactionBundle): string => {
    const responses = entry.map(({ request, resource }) => {
      const version = (resources.get(request.url)?.version ?? 0) + 1;
      resources.set(request.url, { version, resource });
      return { response: { status: version === 1 ? '201 Created' : '200 OK', location: `${request.url}/_history/${version}` } };
    });
    return JSON.stringify({ resourceType: 'Bundle', type: 'transaction-response', entry: responses });
  };

  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = answers[Math.min(requests.length, answers.length - 1)] ?? 'accept';
    const bundle = JSON.parse(await bodyOf(request)) as TransactionBundle;
    requests.push({ path: request.url ?? '', headers: request.headers, bundle });
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return reply(response, 401, '');
    if (answer === 'accept') return reply(response, 200, store(bundle));
    if (answer === 'drop') return void request.socket.destroy();
    if (answer === 'silent') return;
    if (answer === 'store-and-drop') {
      const body = store(bundle);
      response.writeHead(200, { 'Content-Length': String(body.length) });
      response.write(body.slice(0, body.length / 2), () => request.socket.destroy());
      return;
    }
    if (answer === 'drip') {
      response.writeHead(200);
      timers.add(setInterval(() => response.write(' '), 20));
      return;
    }
    if (answer === 'huge') return reply(response, 200, ' '.repeat(5 * 2 ** 20));
    if (answer === 'huge-header') return reply(response, 200, store(bundle), { 'X-Long': 'x'.repeat(2 ** 16) });
    if (answer === 'garbage') return void request.socket.end('SSH-2.0-server\r\n');
    reply(response, answer.status, answer.body ?? '', answer.headers);
  };

  const listener: RequestListener = (request, response) => {
    answerTo(request, response).catch((error: unknown) => reply(response, 400, String(error)));
  };
  const server =
    tls === undefined
      ? createHttpServer(listener)
      : createHttpsServer(
          {
            key: tls.key,
            cert: tls.certificate,
            ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
          },
          listener,
        );
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    baseUrl: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/fhir`,
    requests,
    resources,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearInterval(timer);
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
