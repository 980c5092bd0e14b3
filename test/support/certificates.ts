// Certificates for tests of TLS: in, a folder; out, a certificate authority and certificates that it signed, made by openssl.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runTool } from './dcmtk.ts';

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export type Certificate = {
  readonly keyPath: string;
  readonly certificatePath: string;
  readonly key: string;
  readonly certificate: string;
};

async function openssl(args: readonly string[]): Promise<void> {
  const { code, output } = await runTool('openssl', args);
  if (code !== 0) throw new Error(`openssl ${args[0]}: ${output}`);
}

const readCertificate = async (keyPath: string, certificatePath: string): Promise<Certificate> => ({
  keyPath,
  certificatePath,
  key: await readFile(keyPath, 'utf8'),
  certificate: await readFile(certificatePath, 'utf8'),
});

/** A self-signed certificate authority. */
export async function makeAuthority(folder: string, name: string): Promise<Certificate> {
  const [key, certificate] = [path.join(folder, `${name}.key`), path.join(folder, `${name}.pem`)];
  await openssl(['req', '-x509', ...CURVE, '-days', '2', '-subj', `/CN=${name}`, '-keyout', key, '-out', certificate]);
  return readCertificate(key, certificate);
}

/** A certificate for `localhost` and 127.0.0.1, signed by `authority`. */
export async function makeCertificate(folder: string, name: string, options: { authority: Certificate }): Promise<Certificate> {
  const at = (suffix: string): string => path.join(folder, `${name}${suffix}`);
  const { authority } = options;
  await openssl(['req', ...CURVE, '-subj', `/CN=${name}`, '-keyout', at('.key'), '-out', at('.csr')]);
  await writeFile(at('.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const signing = ['-CA', authority.certificatePath, '-CAkey', authority.keyPath, '-CAcreateserial', '-extfile', at('.ext')];
  await openssl(['x509', '-req', '-days', '2', '-in', at('.csr'), ...signing, '-out', at('.pem')]);
  return readCertificate(at('.key'), at('.pem'));
}
