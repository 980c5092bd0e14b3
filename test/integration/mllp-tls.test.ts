// The HL7 sender over TLS, with a certificate authority made for the test by openssl.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Hl7Destination, TlsClient } from '../../src/contracts/delivery.ts';
import { mllpSender } from '../../src/edge/mllp-client.ts';
import { type Hl7Receiver, startHl7Receiver } from '../support/hl7-receiver.ts';

const run = promisify(execFile);
const MESSAGE = 'MSH|^~\\&|SONORELAY|AI|RIS|HOSP|20261122||ORU^R01^ORU_R01|M1|T|2.5.1\rPID|1||SIM-1\r';

async function makeAuthority(folder: string, name: string): Promise<void> {
  const [key, ca] = [path.join(folder, `${name}.key`), path.join(folder, `${name}.pem`)];
  const new509 = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await run('openssl', [...new509, '-subj', `/CN=${name}`, '-keyout', key, '-out', ca]);
}

async function makeCertificate(folder: string, options: { name: string; authority: string; subject: string }): Promise<void> {
  const at = (file: string): string => path.join(folder, file);
  const { name, authority, subject } = options;
  const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`];
  await run('openssl', [...request, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`)]);
  await writeFile(at(`${name}.ext`), `subjectAltName=${subject}\n`);
  const sign = ['x509', '-req', '-days', '2', '-CA', at(`${authority}.pem`), '-CAkey', at(`${authority}.key`), '-CAcreateserial'];
  await run('openssl', [...sign, '-in', at(`${name}.csr`), '-extfile', at(`${name}.ext`), '-out', at(`${name}.pem`)]);
}

describe('HL7 over TLS', () => {
  let folder = '';
  let peer: Hl7Receiver;
  const pem = (file: string): Promise<string> => readFile(path.join(folder, file), 'utf8');

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-tls-'));
    await makeAuthority(folder, 'authority');
    await makeAuthority(folder, 'stranger');
    await makeCertificate(folder, { name: 'ehr', authority: 'authority', subject: 'DNS:ehr.hospital.example,IP:127.0.0.1' });
    await makeCertificate(folder, { name: 'node', authority: 'authority', subject: 'DNS:node.hospital.example' });
    const at = (file: string): string => path.join(folder, file);
    peer = await startHl7Receiver({ tls: { certificate: at('ehr.pem'), key: at('ehr.key'), clientCa: at('authority.pem') } });
  });
  afterAll(async () => {
    await peer.stop();
    await rm(folder, { recursive: true });
  });

  const send = async (over: Partial<TlsClient>): ReturnType<ReturnType<typeof mllpSender>> => {
    const destination: Hl7Destination = {
      name: 'ehr',
      kind: 'hl7',
      host: '127.0.0.1',
      port: peer.port,
      tls: {
        ca: await pem('authority.pem'),
        certificate: await pem('node.pem'),
        key: await pem('node.key'),
        serverName: 'ehr.hospital.example',
        ...over,
      },
      receivingApplication: 'RIS',
      receivingFacility: 'HOSP',
      sendingApplication: 'SONORELAY',
      sendingFacility: 'AI',
      version: '2.5.1',
      processingId: 'T',
      characterSet: 'ASCII',
      connectTimeoutMs: 5000,
      acknowledgementTimeoutMs: 5000,
      retry: { firstDelayMs: 10, longestDelayMs: 10, mostAttempts: 0 },
    };
    return mllpSender({ log: () => undefined })(destination, MESSAGE, 'M1');
  };

  test.each(['ehr.hospital.example', '127.0.0.1'])('with certificates on both sides is accepted (%s)', async (serverName) => {
    const before = (await peer.messages()).length;
    expect(await send({ serverName })).toMatchObject({ kind: 'accepted' });
    expect((await peer.messages()).slice(before)).toEqual([MESSAGE]);
  });

  test.each(['other.hospital.example', '127.0.0.2'])('nothing is sent to a receiver of another name (%s)', async (serverName) => {
    const before = (await peer.messages()).length;
    expect(await send({ serverName })).toMatchObject({ kind: 'transient', code: 'peer-unreachable' });
    expect(await peer.messages()).toHaveLength(before);
  });

  test('nothing is sent to a receiver that our authority did not sign', async () => {
    const before = (await peer.messages()).length;
    expect(await send({ ca: await pem('stranger.pem') })).toMatchObject({ kind: 'transient', code: 'peer-unreachable' });
    expect(await peer.messages()).toHaveLength(before);
  });

  test('a receiver that wants our certificate and gets none is no success', async () => {
    const before = (await peer.messages()).length;
    expect((await send({ certificate: null, key: null })).kind).not.toBe('accepted');
    expect(await peer.messages()).toHaveLength(before);
  });

  test('a certificate that is no PEM is told as such', async () => {
    expect(await send({ certificate: 'no PEM' })).toMatchObject({ kind: 'transient', words: expect.stringMatching(/PEM/i) });
  });
});
