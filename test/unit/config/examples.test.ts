// The example configurations stay valid while the schema moves on, and hold what their opening comments promise.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const EXAMPLES = readdirSync(path.join(ROOT, 'config/examples')).map((name) => `config/examples/${name}`);

/** The checked configuration; fails with every problem by path. */
function load(file: string): Config {
  const loaded = loadConfig(readFileSync(path.join(ROOT, file), 'utf8'));
  if (!loaded.ok) throw new Error(loaded.issues.map((issue) => `${file}: ${issue.path}: ${issue.problem}`).join('\n'));
  return loaded.config;
}

describe('an example configuration', () => {
  test.each([...EXAMPLES, 'docker/sonorelay.yaml'])(
    '%s is valid, restricts who may send, and routes to a destination',
    (file) => {
      const config = load(file);
      expect(config.acceptAnyPeer).toBe(false);
      expect(config.peers.length).toBeGreaterThan(0);
      expect(config.routes.some(({ models, destinations }) => models.length > 0 && destinations.length > 0)).toBe(true);
    },
  );

  test.each(EXAMPLES)('%s names the models folder of the project', (file) => {
    const models = load(file).models;
    const folder = path.resolve(ROOT, path.dirname(file), models.folder);
    for (const id of models.use) expect(readdirSync(path.join(folder, id))).toContain('manifest.json');
  });

  test('config/examples/tls.yaml has TLS with certificates of both sides on every way in and out', () => {
    const { dicom, destinations } = load('config/examples/tls.yaml');
    expect(dicom.tls?.caFile).toEqual(expect.any(String));
    expect(destinations.map(({ kind }) => kind).toSorted()).toEqual(['dicom', 'hl7']);
    for (const { tls } of destinations) {
      expect(tls).toEqual({
        caFile: expect.any(String),
        certificateFile: expect.any(String),
        keyFile: expect.any(String),
        serverName: expect.any(String),
      });
    }
  });

  test('docker/orthanc.json and docker/sonorelay.yaml name each other as they are', () => {
    const orthanc: unknown = JSON.parse(readFileSync(path.join(ROOT, 'docker/orthanc.json'), 'utf8'));
    const { aeTitle, dicom, peers, destinations } = load('docker/sonorelay.yaml');
    const [destination] = destinations;
    expect(orthanc).toMatchObject({
      DicomAet: destination?.kind === 'dicom' ? destination.calledAeTitle : '',
      DicomPort: destination?.kind === 'dicom' ? destination.port : 0,
      DicomModalities: { sonorelay: [aeTitle, 'node', dicom.port] },
    });
    expect(peers.map((peer) => peer.aeTitle)).toEqual([(orthanc as { DicomAet: string }).DicomAet]);
  });
});
