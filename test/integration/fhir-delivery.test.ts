// FHIR results on their way from the ledger to a server over HTTPS: the server refuses, is busy, dies and comes back; the clock is moved by hand.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FhirDestination, Outcome } from '../../src/contracts/delivery.ts';
import { deliverTo } from '../../src/delivery/deliver.ts';
import { fhirSender } from '../../src/edge/fhir-client.ts';
import { bundleText } from '../../src/fhir/json.ts';
import type { Turn } from '../../src/kernel/loop.ts';
import { type Certificate, makeAuthority, makeCertificate } from '../support/certificates.ts';
import { bundleOf, FHIR_DESTINATION } from '../support/fhir-objects.ts';
import { type FhirServer, type FhirServerOptions, startFhirServer } from '../support/fhir-server.ts';
import { RESULT } from '../support/report-fixture.ts';
import { type StoreForTest, storeForTest } from '../support/store.ts';
import { deliveriesOf, renderedFhir } from '../unit/delivery/outbox-fixture.ts';

const SECOND = 1000;
const TOKEN = 'CANARYTOKEN.abc-123';
const signal = new AbortController().signal;

let folder: string;
let authority: Certificate;
let server: Certificate;
let client: Certificate;
let store: StoreForTest;
let now = 0;
let started: FhirServer[] = [];
let logged: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-fhir-'));
  authority = await makeAuthority(folder, 'authority');
  server = await makeCertificate(folder, 'server', { authority });
  client = await makeCertificate(folder, 'client', { authority });
  await writeFile(path.join(folder, 'token'), `${TOKEN}\n`);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  store = await storeForTest();
  now = 1_000_000;
  started = [];
  logged = [];
});
afterEach(async () => {
  await store.end();
  await Promise.all(started.map((one) => one.stop()));
});

const start = async (options: FhirServerOptions = {}): Promise<FhirServer> => {
  const tls = { key: server.key, certificate: server.certificate };
  const one = await startFhirServer({ tls, ...options });
  started.push(one);
  return one;
};

const to = (peer: Pick<FhirServer, 'baseUrl'>, over: Partial<FhirDestination> = {}): FhirDestination => ({
  ...FHIR_DESTINATION,
  baseUrl: peer.baseUrl,
  tls: { ca: authority.certificate, certificate: null, key: null },
  ...over,
});

/** The turn of a node that has just started with this ledger. */
const freshNode = (destination: FhirDestination): Turn =>
  deliverTo(destination, {
    db: store.db(),
    spool: store.spool(),
    clock: () => now,
    chance: () => 1,
    owner: 'node',
    leaseMs: 60 * SECOND,
    sendDicom: () => Promise.reject(new Error('There is no DICOM destination here.')),
    sendHl7: () => Promise.reject(new Error('There is no HL7 destination here.')),
    sendFhir: fhirSender({ clock: () => now }),
    log: (name, fields) => void logged.push(JSON.stringify({ name, fields })),
    onDelivered: () => undefined,
  });

const bundle = bundleOf(RESULT);
const text = bundleText(bundle);
const urls = bundle.entry.map(({ request }) => request.url);

const send = (destination: FhirDestination): Promise<Outcome> =>
  fhirSender({ clock: () => now })(destination, text, { requestId: 'REQ-1', entries: bundle.entry.length });

const outbox = () => deliveriesOf(store, 1, FHIR_DESTINATION.name);

describe('a result', () => {
  test('is one transaction over HTTPS with the bearer token, and every resource stands at the server', async () => {
    const peer = await start({ token: TOKEN });
    await renderedFhir(store, 1, { now, text });
    const turn = freshNode(to(peer, { tokenFile: path.join(folder, 'token') }));
    while (await turn(signal));
    expect(await outbox()).toMatchObject([{ state: 'sent', attempts: 1, lastOutcome: { words: 'HTTP 200, 3 entries' } }]);
    expect([...peer.resources.keys()]).toEqual(urls);
    expect(peer.requests).toHaveLength(1);
    expect(peer.requests[0]).toMatchObject({
      path: '/fhir',
      bundle,
      headers: {
        'content-type': 'application/fhir+json',
        accept: 'application/fhir+json',
        prefer: 'return=minimal',
        'x-request-id': 'REQ-1',
      },
    });
  });

  test('sent again is the next version of the same resources', async () => {
    const peer = await start();
    expect((await send(to(peer))).kind).toBe('accepted');
    expect((await send(to(peer))).kind).toBe('accepted');
    expect([...peer.resources.values()].map(({ version }) => version)).toEqual([2, 2, 2]);
    expect(peer.connections()).toBe(2);
  });

  test('goes over plain HTTP where the destination has no TLS', async () => {
    const peer = await startFhirServer();
    started.push(peer);
    expect((await send(to(peer, { tls: null }))).kind).toBe('accepted');
  });
});

describe('who is spoken to', () => {
  test('is only a server whose certificate an authority of ours signed', async () => {
    const peer = await start();
    const stranger = await makeAuthority(folder, 'stranger');
    for (const ca of [stranger.certificate, null]) {
      const outcome = await send(to(peer, { tls: { ca, certificate: null, key: null } }));
      expect(outcome).toMatchObject({ kind: 'transient', code: 'peer-unreachable' });
    }
    expect(peer.requests).toEqual([]);
  });

  test('may ask for our certificate', async () => {
    const tls = { key: server.key, certificate: server.certificate, clientCa: authority.certificate };
    const peer = await start({ tls });
    const ca = authority.certificate;
    const ours = { ca, certificate: client.certificate, key: client.key };
    expect((await send(to(peer, { tls: ours }))).kind).toBe('accepted');
    expect((await send(to(peer, { tls: { ca, certificate: null, key: null } }))).kind).not.toBe('accepted');
    expect(peer.requests).toHaveLength(1);
  });

  test('is named by a certificate that is no PEM: told, and nothing is sent', async () => {
    const peer = await start();
    const outcome = await send(to(peer, { tls: { ca: authority.certificate, certificate: 'no PEM', key: 'no PEM' } }));
    expect(outcome).toMatchObject({ kind: 'transient', code: 'peer-unreachable' });
  });
});

describe('a token', () => {
  test('that the server does not know is refused for a person, with where to look, and is in no log', async () => {
    const peer = await start({ token: 'another' });
    await renderedFhir(store, 1, { now, text });
    const turn = freshNode(to(peer, { tokenFile: path.join(folder, 'token') }));
    while (await turn(signal));
    expect(await outbox()).toMatchObject([
      {
        state: 'refused',
        attempts: 1,
        lastOutcome: { code: 'fhir-unauthorised', words: expect.stringContaining('check the token') },
      },
    ]);
    expect(logged.join('\n')).toContain('check the token');
    expect(`${logged.join('\n')}${JSON.stringify(await outbox())}`).not.toContain(TOKEN);
  });

  test('is read anew for every attempt', async () => {
    const tokenFile = path.join(folder, 'renewed');
    await writeFile(tokenFile, 'old');
    const peer = await start({ token: 'new' });
    expect(await send(to(peer, { tokenFile }))).toMatchObject({ code: 'fhir-unauthorised' });
    await writeFile(tokenFile, 'new');
    expect((await send(to(peer, { tokenFile }))).kind).toBe('accepted');
  });

  test('that is missing is waited for; what is no token is not sent', async () => {
    const peer = await start();
    const missing = await send(to(peer, { tokenFile: path.join(folder, 'none') }));
    expect(missing).toMatchObject({ kind: 'transient', code: 'peer-unreachable' });
    const tokenFile = path.join(folder, 'bad-token');
    await writeFile(tokenFile, 'two\r\nX-Evil: 1');
    expect(await send(to(peer, { tokenFile }))).toMatchObject({ kind: 'permanent', code: 'fhir-unauthorised' });
    expect(peer.requests).toEqual([]);
  });
});

describe('a server', () => {
  test('that is busy is left alone as long as it asks, and then gets the result once', async () => {
    const peer = await start({ answers: [{ status: 503, headers: { 'Retry-After': '30' } }, 'accept'] });
    await renderedFhir(store, 1, { now, text });
    const turn = freshNode(to(peer));
    while (await turn(signal));
    expect(await outbox()).toMatchObject([{ state: 'queued', dueAt: now + 30 * SECOND, lastOutcome: { code: 'fhir-busy' } }]);
    now += 30 * SECOND - 1;
    expect(await turn(signal)).toBe(false);
    now += 1;
    while (await turn(signal));
    expect(await outbox()).toMatchObject([{ state: 'sent', attempts: 2 }]);
    expect(peer.requests).toHaveLength(2);
  });

  test('that asks for a day is asked again after the longest delay of the destination', async () => {
    const peer = await start({ answers: [{ status: 429, headers: { 'Retry-After': '86400' } }] });
    await renderedFhir(store, 1, { now, text });
    await freshNode(to(peer))(signal);
    expect(await outbox()).toMatchObject([{ state: 'queued', dueAt: now + 60 * SECOND }]);
  });

  test('that refuses is not asked again; its words are kept and not logged', async () => {
    const body = JSON.stringify({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'invalid', diagnostics: 'Patient CANARYNAME is unknown' }],
    });
    const peer = await start({ answers: [{ status: 422, body }] });
    await renderedFhir(store, 1, { now, text });
    const turn = freshNode(to(peer));
    while (await turn(signal));
    expect(await outbox()).toMatchObject([
      { state: 'refused', lastOutcome: { code: 'fhir-refused', words: 'HTTP 422: invalid: Patient CANARYNAME is unknown' } },
    ]);
    expect(logged.join('\n')).not.toContain('CANARYNAME');
    now += 3600 * SECOND;
    expect(await turn(signal)).toBe(false);
    expect(peer.requests).toHaveLength(1);
  });

  test.each(['store-and-drop', 'drop', 'silent', 'drip', 'huge', 'huge-header', 'garbage'] as const)(
    'whose first answer is "%s" gets the same resources again, and holds each once',
    async (answer) => {
      const peer = await start({ answers: [answer, 'accept'] });
      await renderedFhir(store, 1, { now, text });
      const turn = freshNode(to(peer, { responseTimeoutMs: 400 }));
      while (await turn(signal));
      expect(await outbox()).toMatchObject([{ state: 'queued', attempts: 1, lastOutcome: { kind: 'ambiguous' } }]);
      now += SECOND;
      while (await turn(signal));
      expect(await outbox()).toMatchObject([{ state: 'sent', attempts: 2 }]);
      expect([...peer.resources.keys()]).toEqual(urls);
    },
  );

  test('that is down gets the result when it is back, whatever restart lies between', async () => {
    const gone = await start();
    await gone.stop();
    await renderedFhir(store, 1, { now, text });
    await freshNode(to(gone))(signal);
    expect(await outbox()).toMatchObject([{ state: 'queued', dueAt: now + SECOND, lastOutcome: { code: 'peer-unreachable' } }]);
    await store.restart();
    now += SECOND;
    const back = await start({ port: gone.port });
    while (await freshNode(to(back))(signal));
    expect(await outbox()).toMatchObject([{ state: 'sent', attempts: 2 }]);
  });

  test('that takes the connection and never ends the handshake was sent nothing', async () => {
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const outcome = await send(to({ baseUrl: `https://127.0.0.1:${port}/fhir` }, { connectTimeoutMs: 200 }));
    mute.close();
    expect(outcome).toMatchObject({ kind: 'transient', code: 'peer-unreachable', words: 'No connection within 200 ms.' });
  });
});

test('the results of a study keep their order: a later one waits for one that must be repeated', async () => {
  const peer = await start({ answers: [{ status: 500 }, 'accept'] });
  await renderedFhir(store, 1, { now, text, copies: 2 });
  const turn = freshNode(to(peer));
  while (await turn(signal));
  expect(await outbox()).toMatchObject([
    { state: 'queued', attempts: 1 },
    { state: 'queued', attempts: 0 },
  ]);
  now += SECOND;
  while (await turn(signal));
  expect((await outbox()).map(({ state }) => state)).toEqual(['sent', 'sent']);
  expect(peer.requests.map(({ headers }) => headers['x-request-id'])).toEqual(['REQ-1', 'REQ-1', 'REQ-2']);
});
