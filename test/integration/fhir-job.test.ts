// The main job with an EHR that speaks FHIR: a study comes in over DICOM, its result stands at the FHIR server and is taken back there by a person.
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { startPacs } from '../../src/demo/receivers.ts';
import { bundleText } from '../../src/fhir/json.ts';
import { makeAuthority, makeCertificate } from '../support/certificates.ts';
import { runTool } from '../support/dcmtk.ts';
import { dcmsend, smallExamination } from '../support/examination.ts';
import { startFhirServer } from '../support/fhir-server.ts';
import { startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, nodeUnderTest, ROOT, until } from '../support/node-under-test.ts';

const TOKEN = 'CANARYTOKEN.abc-123';

test('a study becomes resources at a FHIR server that is busy at first, and a person takes them back', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-fhir-job-'));
  const authority = await makeAuthority(folder, 'authority');
  const certificate = await makeCertificate(folder, 'server', { authority });
  await writeFile(path.join(folder, 'token'), TOKEN);
  const [server, pacs, ehr, examination] = await Promise.all([
    startFhirServer({
      answers: [{ status: 503, headers: { 'Retry-After': '1' } }, 'accept'],
      token: TOKEN,
      tls: { key: certificate.key, certificate: certificate.certificate },
    }),
    startPacs(folder),
    startHl7Receiver(),
    smallExamination(61, { sections: [{ side: 'L', vein: 'FV', sec: 'marked', keyframes: 2 }] }),
  ]);
  const place = await nodeUnderTest({
    pacsPort: pacs.port,
    ehrPort: ehr.port,
    more: ['log: { level: debug }'],
    fhir: `baseUrl: "${server.baseUrl}", tokenFile: "${path.join(folder, 'token')}", tls: { caFile: "${authority.certificatePath}" }`,
  });
  const cli = (...args: readonly string[]) =>
    runTool(process.execPath, [path.join(ROOT, 'src/main.ts'), ...args, '--config', place.configFile]);
  const node = await place.start();
  const events: string[] = [];
  node.onEvent((event) => events.push(JSON.stringify(event)));
  const settled = () => until('the study is settled', 90_000, async () => isSettled(await place.overviews()));
  const resources = () => [...server.resources.values()].map(({ resource }) => resource);
  try {
    await dcmsend(examination.files, { port: node.dicomPort });
    await settled();
    const { studyInstanceUid } = examination.labels;
    expect(resources().map(({ resourceType, status }) => `${resourceType} ${status}`)).toEqual([
      'Observation preliminary',
      'DiagnosticReport preliminary',
    ]);
    expect(JSON.stringify(resources())).toContain(`urn:oid:${studyInstanceUid}`);
    const [overview] = await place.overviews();
    const delivery = overview?.deliveries.find(({ kind }) => kind === 'fhir');
    expect(delivery).toMatchObject({ destination: 'fhir', state: 'sent', attempts: 2 });
    const spooled = path.join(place.folder, 'spool/artifacts/1/fhir-fhir.json');
    expect(bundleText(server.requests[1]?.bundle ?? { resourceType: 'Bundle', type: 'transaction', entry: [] })).toBe(
      await readFile(spooled, 'utf8'),
    );
    // The others are as without it: nothing of FHIR goes to the PACS.
    expect((await readdir(folder)).filter((name) => name.endsWith('.dcm'))).toHaveLength(2);
    expect(await ehr.messages()).toHaveLength(1);

    expect((await cli('retract', '--study', studyInstanceUid, '--reason', 'safety')).code).toBe(0);
    await settled();
    expect(new Set(resources().map(({ status }) => status))).toEqual(new Set(['entered-in-error']));
    expect([...server.resources.values()].map(({ version }) => version)).toEqual([2, 2]);

    const subject = resources()[0]?.subject;
    const told = [...events, (await cli('status', '--history')).output].join('\n');
    expect(told).toContain('fhir');
    for (const secret of [TOKEN, subject?.identifier?.value, subject?.display]) expect(told).not.toContain(secret);
  } finally {
    await node.end('SIGTERM');
    await Promise.all([server.stop(), pacs.stop(), ehr.stop()]);
    await place.remove();
  }
});
