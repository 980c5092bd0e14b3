// The console of a node as a process: a study goes through it, falls down to what its archive takes, is taken back, and every step is told to whoever signed in.
import { mkdtemp, readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { LoggedEvent, NodeProcess } from '../../src/demo/node-process.ts';
import { makeAuthority, makeCertificate } from '../support/certificates.ts';
import { type ChoosyArchive, startChoosyArchive } from '../support/choosy-archive.ts';
import { authorization, CONSOLE_ON, makeUser, PASSWORD, page, wordsOf } from '../support/console.ts';
import { runTool } from '../support/dcmtk.ts';
import { dcmsend, type Examination, smallExamination } from '../support/examination.ts';
import { type Hl7Receiver, startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, type NodeUnderTest, nodeUnderTest, ROOT, until } from '../support/node-under-test.ts';

describe('the console of a node', () => {
  let archive: ChoosyArchive;
  let ehr: Hl7Receiver;
  let examination: Examination;
  let place: NodeUnderTest;
  let node: NodeProcess;
  const events: LoggedEvent[] = [];
  const ask = (address: string, init: RequestInit = { headers: authorization() }) =>
    fetch(`http://127.0.0.1:${node.consolePort}${address}`, init);
  const words = async (address: string): Promise<string> => wordsOf(await page(node.consolePort, address));
  const cli = (...args: readonly string[]) =>
    runTool(process.execPath, [path.join(ROOT, 'src/main.ts'), ...args, '--config', place.configFile]);

  beforeAll(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-console-'));
    [archive, ehr, examination] = await Promise.all([
      startChoosyArchive(folder, ['BasicTextSRStorage', 'SecondaryCaptureImageStorage', 'KeyObjectSelectionDocumentStorage']),
      startHl7Receiver(),
      smallExamination(61, { sections: [{ side: 'L', vein: 'FV', sec: 'mild', keyframes: 2 }] }),
    ]);
    place = await nodeUnderTest({ pacsPort: archive.port, ehrPort: ehr.port, more: [CONSOLE_ON] });
    await makeUser(place);
    node = await place.start();
    node.onEvent((event) => events.push(event));
  });

  afterAll(async () => {
    await node?.end('SIGTERM');
    await Promise.all([archive?.stop(), ehr?.stop()]);
    await place?.remove();
  });

  test('tells nothing to whoever does not sign in, and is slower after each wrong password', async () => {
    expect((await ask('/', {})).status).toBe(401);
    expect((await ask('/console.css', {})).status).toBe(401);
    const times: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const began = performance.now();
      expect((await ask('/', { headers: authorization('wrong horse battery') })).status).toBe(401);
      times.push(performance.now() - began);
    }
    expect(times[0]).toBeGreaterThan(250);
    expect(times[2]).toBeGreaterThan(1000);
    expect(events.filter(({ message }) => message === 'console.refused')).toHaveLength(3);
    expect((await ask('/')).status).toBe(200);
  });

  test('refuses a Host of elsewhere and methods that change things', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { ...authorization(), host: 'evil.example' };
      httpRequest({ host: '127.0.0.1', port: node.consolePort, headers, agent: false }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
    expect((await ask('/', { method: 'POST', headers: authorization() })).status).toBe(405);
  });

  test('follows a study to what its archive takes, with the finding and the attention pages', async () => {
    expect(await words('/')).toContain('No study has come yet.');
    await dcmsend(examination.files, { port: node.dicomPort });
    await until('the study is settled', 90_000, async () => isSettled(await place.overviews()));
    const [overview] = await place.overviews();
    const { accessionNumber, studyInstanceUid, studyKey } = overview?.study ?? {
      accessionNumber: '',
      studyInstanceUid: '',
      studyKey: 0,
    };

    expect(await words(`/?q=${accessionNumber}`)).toMatch(
      new RegExp(`${accessionNumber} ${studyInstanceUid} ✓ done .*vascular-sec ✓ reported`),
    );
    const shown = await words(`/studies/${studyKey}`);
    expect(shown).toMatch(/Left femoral vein: spontaneous echo contrast (PRESENT|ABSENT|UNDETERMINED)/);
    expect(shown).toContain('Reference weights, trained on simulated images. Research use only. Not for diagnosis.');
    expect(shown).toMatch(/Study date and time \d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/);
    expect(shown).toContain('Basic Text SR, since Comprehensive SR and Enhanced SR were refused ✓ sent');
    expect(shown).toContain('Secondary Capture Image, since Multi-frame True Color Secondary Capture Image was refused ✓ sent');
    expect(await words('/destinations')).toMatch(/pacs ✓ fine .*What it does not take .*Comprehensive SR Storage/);
    expect(await words('/waiting')).toContain('Nothing waits for a person.');

    const [address = ''] =
      (await page(node.consolePort, `/studies/${studyKey}`)).match(/\/studies\/\d+\/pages\/\d+\/1\.png/) ?? [];
    const picture = await ask(address);
    expect(picture.headers.get('content-type')).toBe('image/png');
    const { width, height, channels } = await sharp(Buffer.from(await picture.arrayBuffer())).metadata();
    expect([width, height, channels]).toEqual([1280, 960, 3]);
    expect(JSON.parse(await page(node.consolePort, `/api/studies/${studyKey}`))).toMatchObject({
      study: { studyKey, accessionNumber },
      standing: 'fine',
    });

    const viewed = events.filter(({ message }) => message === 'console.viewed');
    expect(viewed).toContainEqual(expect.objectContaining({ user: 'anna', page: 'study', study: studyKey }));
    expect(viewed).toContainEqual(expect.objectContaining({ user: 'anna', page: 'picture', study: studyKey }));
    expect(JSON.stringify(events)).not.toContain(PASSWORD);
    expect(JSON.stringify(events)).not.toContain(accessionNumber);
  });

  test('tells that a result was taken back, and the rejection note and the withdrawn message', async () => {
    const [overview] = await place.overviews();
    const address = `/studies/${overview?.study.studyKey}`;
    expect((await cli('retract', '--study', overview?.study.studyInstanceUid ?? '', '--reason', 'safety')).code).toBe(0);
    await until('the retraction is settled', 60_000, async () => isSettled(await place.overviews()));
    const shown = await words(address);
    expect(shown).toContain('↩ taken back');
    expect(shown).toContain('Taken back for patient safety: nothing of this stands any more.');
    expect(shown).toMatch(/pacs taking back: rejection note vascular-sec Key Object Selection Document ✓ sent/);
    expect(shown).toMatch(/ehr taking back: HL7 message vascular-sec ORU\^R01 ✓ sent/);
  });

  test('lets nobody in any more who was taken out of the users file', async () => {
    expect((await cli('console', 'list-users')).output).toContain('anna');
    expect((await cli('console', 'remove-user', 'anna')).code).toBe(0);
    expect((await ask('/')).status).toBe(401);
    expect((await cli('check')).output).toContain('console.usersFile: holds nobody');
  });
});

test('the console speaks TLS where it is told to, and a node without one opens no page', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-console-tls-'));
  const authority = await makeAuthority(folder, 'ca');
  const own = await makeCertificate(folder, 'node', { authority });
  const tls = `tls: { certificateFile: ${own.certificatePath}, keyFile: ${own.keyPath} }`;
  const places = await Promise.all([
    nodeUnderTest({ pacsPort: 1, ehrPort: 1, more: [`console: { port: 0, host: 0.0.0.0, usersFile: users.json, ${tls} }`] }),
    nodeUnderTest({ pacsPort: 1, ehrPort: 1 }),
  ]);
  const [secure, without] = places;
  await makeUser(secure);
  const nodes = await Promise.all([secure.start(), without.start()]);
  try {
    const ca = await readFile(authority.certificatePath, 'utf8');
    const options = { host: '127.0.0.1', port: nodes[0].consolePort ?? 0, ca, headers: authorization(), agent: false };
    const status = await new Promise((resolve, reject) => {
      request(options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    expect(nodes[1].consolePort).toBeNull();
  } finally {
    await Promise.all(nodes.map((node) => node.end('SIGTERM')));
    await Promise.all(places.map((one) => one.remove()));
  }
});
