// The console's HTTP server by itself: what it refuses before anybody is asked who they are, and what every reply carries.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ConsoleRequest, SignInAnswer } from '../../../src/contracts/console.ts';
import { credentialsIn, hostIn, placeOf } from '../../../src/edge/http-peer.ts';
import { rateLimit } from '../../../src/edge/http-rate.ts';
import { type HttpServer, type HttpServerOptions, startHttpServer } from '../../../src/edge/http-server.ts';
import { fault } from '../../../src/kernel/errors.ts';
import { makeAuthority, makeCertificate } from '../../support/certificates.ts';

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(100);
});

/** A server that lets anna in and answers with what was asked. */
async function started(changes: Partial<HttpServerOptions> = {}) {
  const logged: unknown[] = [];
  const asked: ConsoleRequest[] = [];
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    answer: (request) => {
      asked.push(request);
      if (request.path === '/fails') return Promise.reject(fault('store-failed', 'busy'));
      if (request.path === '/1.png')
        return Promise.resolve({ status: 200, type: 'image/png', body: PNG, view: { page: 'picture', study: 3 } });
      return Promise.resolve({ status: 200, type: 'text/html', body: '<p>hello', view: { page: 'studies', study: null } });
    },
    signIn: ({ name, password }) =>
      Promise.resolve<SignInAnswer>(
        name === 'held'
          ? { ok: false, because: 'held', waitMs: 61_000 }
          : name === 'anna' && password === 'pass:word'
            ? { ok: true, user: 'anna' }
            : { ok: false, because: 'wrong' },
      ),
    log: (name, fields) => void logged.push({ name, ...fields }),
    ...changes,
  });
  servers.push(server);
  return { port: server.port, logged, asked };
}

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const ANNA = { authorization: basic('anna', 'pass:word') };

function ask(
  port: number,
  options: RequestOptions & {
    readonly ca?: string;
    readonly servername?: string;
    readonly maxVersion?: 'TLSv1.1';
    readonly body?: string;
  } = {},
): Promise<Answer> {
  const { ca, body, ...rest } = options;
  const send = ca === undefined ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port, agent: false, ...(ca === undefined ? {} : { ca }), ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

describe('the HTTP server', () => {
  test('asks for a name and a password, and logs neither when they are wrong', async () => {
    const { port, logged, asked } = await started();
    const none = await ask(port);
    expect([none.status, none.headers['www-authenticate']]).toEqual([401, 'Basic realm="Sonorelay", charset="UTF-8"']);
    expect((await ask(port, { headers: { authorization: basic('hunter2', 'swordfish') } })).status).toBe(401);
    expect((await ask(port, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    const held = await ask(port, { headers: { authorization: basic('held', '') } });
    expect([held.status, held.headers['retry-after']]).toEqual([429, '61']);
    expect(asked).toEqual([]);
    expect(logged).toEqual([
      { name: 'console.refused', address: '127.0.0.1', because: 'wrong name or password' },
      { name: 'console.refused', address: '127.0.0.1', because: 'too many wrong names or passwords' },
    ]);
  });

  test('gives who signed in what is asked for, and logs who looked at what', async () => {
    const { port, logged, asked } = await started();
    const page = await ask(port, { path: '/?q=A%201&q=B&x', headers: ANNA });
    expect([page.status, page.body.toString(), page.headers['content-type']]).toEqual([
      200,
      '<p>hello',
      'text/html; charset=utf-8',
    ]);
    expect(asked).toEqual([{ path: '/', query: { q: 'A 1', x: '' }, user: 'anna' }]);
    const picture = await ask(port, { path: '/1.png', headers: ANNA });
    expect([picture.headers['content-type'], [...picture.body]]).toEqual(['image/png', [...PNG]]);
    const head = await ask(port, { path: '/1.png', method: 'HEAD', headers: ANNA });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '4', 0]);
    expect(logged).toEqual([
      { name: 'console.viewed', user: 'anna', page: 'studies' },
      { name: 'console.viewed', user: 'anna', page: 'picture', study: 3 },
      { name: 'console.viewed', user: 'anna', page: 'picture', study: 3 },
    ]);
  });

  test('sends headers that keep a page from running scripts, being framed, or being kept', async () => {
    const { port } = await started();
    for (const headers of [ANNA, {}]) {
      const answer = await ask(port, { headers });
      expect(answer.headers['content-security-policy']).toBe(
        "default-src 'none';img-src 'self';style-src 'self';form-action 'self';frame-ancestors 'none';base-uri 'none'",
      );
      expect(answer.headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
      });
      for (const name of ['x-powered-by', 'strict-transport-security', 'set-cookie', 'etag', 'access-control-allow-origin'])
        expect(answer.headers[name]).toBeUndefined();
    }
  });

  test('refuses a Host that is none of its own before anything else: a name that was made to point here', async () => {
    const { port, asked } = await started();
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', '10.0.0.1', 'localhost@evil.example'])
      expect([host, (await ask(port, { headers: { ...ANNA, host } })).status]).toEqual([host, 421]);
    expect(asked).toEqual([]);
    for (const host of ['localhost', `LOCALHOST:${port}`, '127.0.0.1:9', '[::1]:8443'])
      expect((await ask(port, { headers: { ...ANNA, host } })).status).toBe(200);
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('refuses %s', async (method) => {
    const { port, asked } = await started();
    const answer = await ask(port, { method, headers: ANNA });
    expect([answer.status, answer.headers['allow'], asked]).toEqual([405, 'GET, HEAD', []]);
  });

  test('refuses a request with a body, and one with more header than it reads', async () => {
    const { port, asked } = await started();
    expect((await ask(port, { headers: { ...ANNA, 'content-length': '5' }, body: 'hello' })).status).toBe(413);
    expect((await ask(port, { headers: { ...ANNA, 'transfer-encoding': 'chunked' } })).status).toBe(413);
    expect((await ask(port, { headers: { ...ANNA, 'x-long': 'x'.repeat(20_000) } })).status).toBe(431);
    expect(asked).toEqual([]);
  });

  test('turns an address away that asks too much, once in the log', async () => {
    const { port, logged } = await started({ rate: { burst: 4, perSecond: 0.001 } });
    const answers: Answer[] = [];
    for (let times = 0; times < 7; times++) answers.push(await ask(port));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 429, 429, 429]);
    expect(answers.at(-1)?.headers['retry-after']).toBe('1');
    expect(logged).toEqual([{ name: 'console.refused', address: '127.0.0.1', because: 'too many requests' }]);
  });

  test('tells no more of a fault than that there was one', async () => {
    const { port, logged } = await started();
    const answer = await ask(port, { path: '/fails', headers: ANNA });
    expect([answer.status, answer.body.toString()]).toEqual([503, 'The page could not be made; the log of the node says why.\n']);
    expect(logged).toEqual([{ name: 'console.failed', page: 'fails', code: 'store-failed', detail: 'busy' }]);
  });

  test('survives bytes that are no HTTP', async () => {
    const { port } = await started();
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end('\x16\x03\x01\x00\xff garbage\r\n\r\n'));
      socket.on('close', () => resolve());
      socket.on('error', () => undefined);
      socket.resume();
    });
    expect((await ask(port, { headers: ANNA })).status).toBe(200);
  });

  test('stops although a browser keeps its connection', async () => {
    const { port } = await started();
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => undefined);
    await servers.splice(0)[0]?.stop(100);
    await expect(ask(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    socket.destroy();
  });

  test('names the port that is taken', async () => {
    const { port } = await started();
    await expect(started({ port })).rejects.toMatchObject({ code: 'port-in-use' });
  });

  test('speaks TLS 1.2 or newer, to the names of its certificate', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-http-'));
    try {
      const authority = await makeAuthority(folder, 'ca');
      const own = await makeCertificate(folder, 'node', { authority });
      const ca = await readFile(authority.certificatePath, 'utf8');
      const { port } = await started({ tls: { certificate: own.certificate, key: own.key, ca: null }, host: '127.0.0.1' });
      expect((await ask(port, { ca, headers: ANNA })).status).toBe(200);
      expect((await ask(port, { ca, servername: 'localhost', headers: { ...ANNA, host: 'evil.example' } })).status).toBe(421);
      await expect(ask(port, { ca, headers: ANNA, maxVersion: 'TLSv1.1' })).rejects.toThrow();
      await expect(ask(port, { headers: ANNA })).rejects.toThrow();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('who asks', () => {
  test('is read from a header of Basic authentication, a password with colons and letters of all kinds included', () => {
    expect(credentialsIn(basic('anna', 'a:b:ü€'))).toEqual({ name: 'anna', password: 'a:b:ü€' });
    expect(credentialsIn(`basic ${Buffer.from('a:').toString('base64')}`)).toEqual({ name: 'a', password: '' });
    for (const header of [
      undefined,
      '',
      'Basic',
      'Basic !!',
      'Bearer abc',
      basic('x', 'y'.repeat(2000)),
      `Basic ${Buffer.from('nocolon').toString('base64')}`,
    ])
      expect(credentialsIn(header)).toBeNull();
  });

  test('is counted by address, and by the block of an IPv6 address', () => {
    expect(placeOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(placeOf('2001:db8:1:2:3:4:5:6')).toBe(placeOf('2001:db8:1:2::9'));
    expect(placeOf('2001:db8:1:3::1')).not.toBe(placeOf('2001:db8:1:2::1'));
    expect(placeOf('fe80::1%eth0')).toBe(placeOf('fe80::2'));
  });

  test('names a host with or without a port', () => {
    expect(['Node.Example:8443', 'localhost', '[::1]:1', '::1', 'a b', undefined, 'x:y', 'a/b'].map(hostIn)).toEqual([
      'node.example',
      'localhost',
      '::1',
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  test('may ask some times at once and then steadily', () => {
    let now = 0;
    const takes = rateLimit({ burst: 3, perSecond: 2 }, () => now);
    expect(['a', 'a', 'a', 'a', 'a', 'b'].map(takes)).toEqual([
      'taken',
      'taken',
      'taken',
      'over for the first time',
      'over',
      'taken',
    ]);
    now = 1000;
    expect(['a', 'a', 'a'].map(takes)).toEqual(['taken', 'taken', 'over for the first time']);
  });
});
