// DICOM over TLS, both ways, with DCMTK as the other side and an authority made for the test.
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { TlsClient } from '../../src/contracts/delivery.ts';
import { dimseEcho, dimseSender } from '../../src/edge/dimse-scu.ts';
import { type Certificate, makeAuthority, makeCertificate } from '../support/certificates.ts';
import { runTool, startTool } from '../support/dcmtk.ts';
import { type WrittenFile, writeImage } from '../support/dimse-files.ts';
import { destinationAt, itemOf } from '../support/dimse-peers.ts';
import { keepingLog, type ReceivingScp, receivingScp, until } from '../support/dimse-scp.ts';

let folder = '';
let authority: Certificate;
let stranger: Certificate;
let ours: Certificate;
let theirs: Certificate;
let foreign: Certificate;
let image: WrittenFile;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dimse-tls-'));
  authority = await makeAuthority(folder, 'authority');
  stranger = await makeAuthority(folder, 'stranger');
  ours = await makeCertificate(folder, 'node', { authority });
  theirs = await makeCertificate(folder, 'scanner', { authority });
  foreign = await makeCertificate(folder, 'foreign', { authority: stranger });
  image = await writeImage(path.join(folder, 'image.dcm'), { sopInstanceUid: '1.2.3.4', rows: 500, columns: 500 });
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const listen = async (...differences: Parameters<typeof receivingScp>): Promise<ReceivingScp> => {
  const receiving = await receivingScp(...differences);
  stops.push(() => receiving.scp.stop(0));
  return receiving;
};

describe('the listener over TLS', () => {
  test('answers echoscu and receives from storescu, byte for byte', async () => {
    const { scp, received, events } = await listen({ tls: { ...ours, ca: null } });
    const anonymous = ['+tla', '+cf', authority.certificatePath, '127.0.0.1', String(scp.port)];
    expect(await runTool('echoscu', anonymous)).toMatchObject({ code: 0 });
    expect(await runTool('storescu', ['-R', ...anonymous, image.path])).toMatchObject({ code: 0 });
    expect(received[0]?.bytes.equals(image.dataSet)).toBe(true);
    expect(events[0]).toMatchObject({ name: 'association.accepted', fields: { tls: true } });
  });

  test('with an authority of its own takes a peer with a certificate of that authority', async () => {
    const { scp } = await listen({ tls: { ...ours, ca: authority.certificate } });
    const known = ['+tls', theirs.keyPath, theirs.certificatePath, '+cf', authority.certificatePath];
    expect(await runTool('echoscu', [...known, '127.0.0.1', String(scp.port)])).toMatchObject({ code: 0 });
  });

  test('refuses a peer without a certificate, or with one of another authority, and lives on', async () => {
    const { scp, events } = await listen({ tls: { ...ours, ca: authority.certificate } });
    const to = ['127.0.0.1', String(scp.port)];
    const none = await runTool('echoscu', ['+tla', '+cf', authority.certificatePath, ...to]);
    const other = await runTool('echoscu', [
      '+tls',
      foreign.keyPath,
      foreign.certificatePath,
      '+cf',
      authority.certificatePath,
      ...to,
    ]);
    expect([none.code, other.code]).not.toContain(0);
    await until(() => events.length === 2, 'two refusals');
    expect(events.map(({ name }) => name)).toEqual(['connection.refused', 'connection.refused']);
    const known = ['+tls', theirs.keyPath, theirs.certificatePath, '+cf', authority.certificatePath];
    expect(await runTool('echoscu', [...known, ...to])).toMatchObject({ code: 0 });
  });

  test('closes a connection whose handshake does not come to an end', async () => {
    const { scp, events } = await listen({ tls: { ...ours, ca: null }, limits: { tlsHandshakeTimeoutMs: 100 } });
    const socket = connect({ host: '127.0.0.1', port: scp.port });
    socket.on('error', () => undefined);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(events).toEqual([
      {
        name: 'connection.refused',
        fields: { address: expect.any(String), because: 'TLS handshake: ERR_TLS_HANDSHAKE_TIMEOUT' },
      },
    ]);
  });

  test('closes a connection of a peer that speaks without TLS', async () => {
    const { scp, events } = await listen({ tls: { ...ours, ca: null } });
    expect((await runTool('echoscu', ['127.0.0.1', String(scp.port)])).code).not.toBe(0);
    await until(() => events.length === 1, 'a refusal');
    expect(events[0]?.name).toBe('connection.refused');
  });
});

describe('the sender over TLS', () => {
  const client = (differs: Partial<TlsClient> = {}): TlsClient => ({
    ca: authority.certificate,
    certificate: theirs.certificate,
    key: theirs.key,
    serverName: 'localhost',
    ...differs,
  });
  const send = dimseSender({ log: keepingLog().log });

  test('delivers to storescp, each side with its certificate', async () => {
    const options = ['--ignore', '+tls', ours.keyPath, ours.certificatePath, '+cf', authority.certificatePath];
    const peer = await startTool('storescp', (port) => [...options, String(port)]);
    stops.push(peer.stop);
    expect(await send(destinationAt(peer.port, { tls: client() }), [itemOf(image)])).toEqual([
      { kind: 'accepted', words: '0000 Success' },
    ]);
    expect(await dimseEcho(destinationAt(peer.port, { tls: client() }))).toMatchObject({ kind: 'accepted' });
  });

  test('speaks to no peer whose certificate is of another authority or another name', async () => {
    const { scp, requests } = await listen({ tls: { ...ours, ca: null } });
    const [other] = await send(destinationAt(scp.port, { tls: client({ ca: stranger.certificate }) }), [itemOf(image)]);
    const [wrongName] = await send(destinationAt(scp.port, { tls: client({ serverName: 'archive.example' }) }), [itemOf(image)]);
    expect([other, wrongName]).toMatchObject([
      { kind: 'transient', code: 'peer-unreachable' },
      { kind: 'transient', code: 'peer-unreachable' },
    ]);
    expect(wrongName?.words).toContain('archive.example');
    expect(requests).toEqual([]);
    expect(await send(destinationAt(scp.port, { tls: client({ certificate: null, key: null }) }), [itemOf(image)])).toMatchObject(
      [{ kind: 'accepted' }],
    );
  });
});
