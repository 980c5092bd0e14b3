// The console's HTTP server. In: requests from browsers and programs. Out: replies of the pages behind it, to whoever signed in; nothing else is told to anybody.
// Only GET and HEAD of addresses without a body: there is nothing here that a request could change.
import { X509Certificate } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isIP } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { ConsoleReply, ConsoleRequest, Credentials, SignInAnswer } from '../contracts/console.ts';
import { errorText, fault, isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { credentialsIn, hostIn, isLoopbackName, placeOf, plainAddress } from './http-peer.ts';
import { rateLimit } from './http-rate.ts';

/** PEM texts. With `ca`, a browser has to show a certificate that it signed. */
export type HttpTls = { readonly certificate: string; readonly key: string; readonly ca: string | null };

export type HttpServerOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** null: plain HTTP, which is for this machine alone. */
  readonly tls: HttpTls | null;
  readonly answer: (request: ConsoleRequest) => Promise<ConsoleReply>;
  /** `place`: an address, or the block of those that one machine has. */
  readonly signIn: (credentials: Credentials, place: string) => Promise<SignInAnswer>;
  readonly log: Log;
  /** How much one place may ask: so many requests at once, and then so many a second. A page with pictures asks for dozens at once. */
  readonly rate?: { readonly burst: number; readonly perSecond: number };
};

export type HttpServer = {
  readonly port: number;
  /** Takes no new request, gives those under way `graceMs`, and resolves when every connection is closed. */
  readonly stop: (graceMs: number) => Promise<void>;
};

const MOST_HEADER_BYTES = 16 * 1024;
const MOST_CONNECTIONS = 100;
const MOST_REQUESTS_A_CONNECTION = 1000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 5_000;
/** A browser that takes nothing of a reply for so long is gone. */
const IDLE_MS = 60_000;
const RATE = { burst: 300, perSecond: 10 } as const;

const LOGGED = {
  host: 'the Host header is none of ours',
  method: 'a method that changes things',
  body: 'a request with a body',
  rate: 'too many requests',
  wrong: 'wrong name or password',
  held: 'too many wrong names or passwords',
  busy: 'too many sign-ins at once',
} as const;

/** No script runs and nothing is fetched from elsewhere, whatever stands in a page (CSP Level 3). */
const HEADERS = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      imgSrc: ["'self'"],
      styleSrc: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
  },
  crossOriginEmbedderPolicy: true,
  referrerPolicy: { policy: 'no-referrer' },
  // It would bind every port of this host name to HTTPS, also those of other programs (RFC 6797 section 8.3).
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
});

/** Whether a Host header names this server: a page of elsewhere whose name was made to point here (DNS rebinding) does not. */
function hostCheck(options: HttpServerOptions): (header: string | undefined) => boolean {
  const certificate = options.tls === null ? null : new X509Certificate(options.tls.certificate);
  return (header) => {
    const host = hostIn(header);
    if (host === null) return false;
    if (isLoopbackName(host) || host === options.host.toLowerCase()) return true;
    if (certificate === null) return false;
    return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
  };
}

/** A short answer of the server itself; what it says is no secret. */
function refuse(response: Response, status: number, words: string): void {
  response.status(status).type('text/plain').send(`${words}\n`);
}

function ask(response: Response): void {
  response.set('WWW-Authenticate', 'Basic realm="Sonorelay", charset="UTF-8"');
  refuse(response, 401, 'Sign in with a name and password of "sonorelay console add-user".');
}

const retryAfter = (response: Response, ms: number): void => {
  response.set('Retry-After', String(Math.max(1, Math.ceil(ms / 1000))));
};

/** The parameters of an address, each once; a repeated one counts the first time. */
const queryOf = (request: Request): Readonly<Record<string, string>> => {
  const parsed = new URLSearchParams(request.originalUrl.split('?').slice(1).join('?'));
  return Object.fromEntries([...new Set(parsed.keys())].map((name) => [name, parsed.get(name) ?? '']));
};

/** The signed-in person; null when the response said something else. */
async function signedIn(request: Request, response: Response, options: HttpServerOptions): Promise<string | null> {
  const { log, signIn } = options;
  const address = plainAddress(request.socket.remoteAddress ?? '');
  const credentials = credentialsIn(request.get('authorization'));
  if (credentials === null) {
    ask(response);
    return null;
  }
  const answer = await signIn(credentials, placeOf(address));
  if (answer.ok) return answer.user;
  log('console.refused', { address, because: LOGGED[answer.because] });
  if (answer.because === 'wrong') {
    ask(response);
    return null;
  }
  retryAfter(response, answer.because === 'held' ? answer.waitMs : 1000);
  refuse(response, answer.because === 'held' ? 429 : 503, `Not now: ${LOGGED[answer.because]}.`);
  return null;
}

async function serve(request: Request, response: Response, options: HttpServerOptions): Promise<void> {
  const user = await signedIn(request, response, options);
  if (user === null) return;
  const reply = await options.answer({ path: request.path, query: queryOf(request), user });
  if (reply.view !== null) {
    const { page, study } = reply.view;
    options.log('console.viewed', { user, page, ...(study === null ? {} : { study }) });
  }
  const body = typeof reply.body === 'string' ? reply.body : Buffer.from(reply.body);
  response.status(reply.status).type(reply.type).send(body);
}

/** What is decided before anybody is asked who they are. */
function gate(options: HttpServerOptions): (request: Request, response: Response, next: NextFunction) => void {
  const { log } = options;
  const isOurs = hostCheck(options);
  const takes = rateLimit(options.rate ?? RATE, () => performance.now());
  return (request, response, next) => {
    const address = plainAddress(request.socket.remoteAddress ?? '');
    const turnAway = (because: keyof typeof LOGGED, status: number): void => {
      log('console.refused', { address, because: LOGGED[because] });
      // What may still come of this request is not read.
      response.set('Connection', 'close');
      refuse(response, status, `Refused: ${LOGGED[because]}.`);
    };
    response.set('Cache-Control', 'no-store');
    const taken = takes(placeOf(address));
    if (taken !== 'taken') {
      retryAfter(response, 1000);
      if (taken === 'over for the first time') return turnAway('rate', 429);
      return refuse(response, 429, `Refused: ${LOGGED.rate}.`);
    }
    if (!isOurs(request.get('host'))) return turnAway('host', 421);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.set('Allow', 'GET, HEAD');
      return turnAway('method', 405);
    }
    if (request.get('transfer-encoding') !== undefined || Number(request.get('content-length') ?? 0) > 0)
      return turnAway('body', 413);
    next();
  };
}

function application(options: HttpServerOptions): RequestListener {
  const { log } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', false);
  app.use(HEADERS);
  app.use(gate(options));
  app.use((request: Request, response: Response) => serve(request, response, options));
  // Express tells an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const isAddress = error instanceof URIError;
    if (!isAddress)
      log('console.failed', {
        page: request.path.split('/')[1] ?? '',
        code: isFault(error) ? error.code : 'unknown',
        detail: isFault(error) ? error.detail : errorText(error),
      });
    if (response.headersSent) response.destroy();
    else if (isAddress) refuse(response, 400, 'This is no address.');
    else refuse(response, 503, 'The page could not be made; the log of the node says why.');
  });
  return app;
}

function createFor(options: HttpServerOptions): Server {
  const limits = {
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 2_000,
  };
  const { tls } = options;
  if (tls === null) return createServer(limits, application(options));
  const { certificate, key, ca } = tls;
  return createTlsServer(
    {
      ...limits,
      cert: certificate,
      key,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HEADERS_TIMEOUT_MS,
      ...(ca === null ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
    },
    application(options),
  );
}

/** Listens; resolves once it does. Fault 'port-in-use' when it cannot. */
export function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port } = options;
  const server = createFor(options);
  server.maxConnections = MOST_CONNECTIONS;
  server.maxRequestsPerSocket = MOST_REQUESTS_A_CONNECTION;
  server.timeout = IDLE_MS;
  const stop = (graceMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      server.closeIdleConnections();
    });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(fault('port-in-use', `${host}:${port}: ${errorText(error)}`, error)));
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve({ port: typeof address === 'object' && address !== null ? address.port : port, stop });
    });
  });
}
