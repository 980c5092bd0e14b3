// Unique strings in every patient field of an examination: none of them may come out of the log, the status, the console or the ledger, and all that belong there into the results.
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { NodeProcess } from '../../src/demo/node-process.ts';
import { startPacs } from '../../src/demo/receivers.ts';
import { CONSOLE_ON, makeUser, page } from '../support/console.ts';
import { runTool } from '../support/dcmtk.ts';
import { dcmsend, smallExamination } from '../support/examination.ts';
import { type Hl7Receiver, startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, type NodeUnderTest, nodeUnderTest, ROOT, until } from '../support/node-under-test.ts';

/** Attribute → canary. Fields that belong into a report are named in IN_REPORT. */
const CANARIES: Readonly<Record<string, string>> = {
  PatientName: 'CANARYNAME^ONE',
  PatientID: 'CANARYID2',
  PatientBirthDate: '19010203',
  OtherPatientIDs: 'CANARYOTHER4',
  PatientAddress: 'CANARYADDRESS5',
  PatientMotherBirthName: 'CANARYMOTHER6',
  PatientComments: 'CANARYCOMMENT7',
  AdditionalPatientHistory: 'CANARYHISTORY8',
  ReferringPhysicianName: 'CANARYDOCTOR^NINE',
  PatientTelephoneNumbers: 'CANARYPHONE10',
  OperatorsName: 'CANARYOPERATOR^ELEVEN',
};
const IN_REPORT = ['PatientName', 'PatientID', 'PatientBirthDate', 'ReferringPhysicianName'];

describe('patient data', () => {
  let node: NodeProcess | undefined;
  let place: NodeUnderTest;
  let ehr: Hl7Receiver;
  let pacsFolder: string;
  let pacs: Awaited<ReturnType<typeof startPacs>>;
  const lines: string[] = [];

  beforeAll(async () => {
    pacsFolder = await mkdtemp(path.join(tmpdir(), 'sonorelay-canary-'));
    [pacs, ehr] = await Promise.all([startPacs(pacsFolder), startHl7Receiver()]);
    const examination = await smallExamination(51, { sections: [{ side: 'L', vein: 'FV', sec: 'mild', keyframes: 2 }] });
    const changes = Object.entries(CANARIES).flatMap(([keyword, value]) => [
      '-i',
      `${keyword === 'OtherPatientIDs' ? '(0010,1000)' : keyword}=${value}`,
    ]);
    expect((await runTool('dcmodify', ['-nb', ...changes, ...examination.files])).code).toBe(0);
    // One file that cannot be analysed and one that is refused, so that the error paths are heard too.
    const broken = path.join(examination.folder, 'broken.dcm');
    await writeFile(broken, (await readFile(examination.files[0] ?? '')).subarray(0, 2200));
    place = await nodeUnderTest({ pacsPort: pacs.port, ehrPort: ehr.port, more: ['log: { level: debug }', CONSOLE_ON] });
    await makeUser(place);
    node = await place.start();
    const { dicomPort } = node;
    node.onEvent((event) => lines.push(JSON.stringify(event)));
    await dcmsend([...examination.files], { port: dicomPort });
    await runTool('storescu', ['-aet', 'STORESCU', '-aec', 'SONORELAY', '127.0.0.1', String(dicomPort), broken]);
    await until('the study is settled', 60_000, async () => isSettled(await place.overviews()));
  });

  afterAll(async () => {
    await node?.end('SIGTERM');
    await Promise.all([pacs.stop(), ehr.stop()]);
    await place?.remove();
  });

  const canariesIn = (text: string): readonly string[] => Object.values(CANARIES).filter((canary) => text.includes(canary));

  test('never reach the log, not even at level debug', () => {
    expect(lines.length).toBeGreaterThan(8);
    expect(canariesIn(lines.join('\n'))).toEqual([]);
  });

  test('never reach the ledger', async () => {
    const folder = path.join(place.folder, 'spool');
    const ledger = (await readdir(folder)).filter((name) => name.startsWith('ledger'));
    expect(ledger).toContain('ledger.sqlite');
    for (const name of ledger) expect(canariesIn(await readFile(path.join(folder, name), 'latin1'))).toEqual([]);
  });

  test('never reach status', async () => {
    const main = path.join(ROOT, 'src/main.ts');
    for (const form of ['--history', '--json']) {
      const shown = await runTool(process.execPath, [main, 'status', form, '--config', place.configFile]);
      expect(shown.code).toBe(0);
      expect(canariesIn(shown.output)).toEqual([]);
    }
  });

  test('never reach the console, neither its pages nor what it logs of them', async () => {
    const port = node?.consolePort ?? null;
    const [overview] = await place.overviews();
    const key = overview?.study.studyKey;
    const addresses = ['/', `/studies/${key}`, '/destinations', '/waiting'];
    for (const address of [...addresses, '/api/studies', `/api/studies/${key}`, '/api/destinations', '/api/waiting']) {
      const shown = await page(port, address);
      expect(canariesIn(shown)).toEqual([]);
      expect(shown.length).toBeGreaterThan(20);
    }
    expect(lines.some((line) => line.includes('console.viewed'))).toBe(true);
    expect(canariesIn(lines.join('\n'))).toEqual([]);
  });

  test('reach the report and the message as far as these need them, and no further', async () => {
    const expected = IN_REPORT.map((keyword) => CANARIES[keyword]).toSorted();
    const files = (await readdir(pacsFolder)).filter((name) => name.endsWith('.dcm'));
    expect(files).toHaveLength(2);
    for (const name of files)
      expect(canariesIn(await readFile(path.join(pacsFolder, name), 'latin1')).toSorted()).toEqual(expected);
    const [message = ''] = await ehr.messages();
    expect(canariesIn(message).toSorted()).toEqual(expected);
  });

  test('lie in files that the node alone can read', async () => {
    const modes = await runTool('find', [path.join(place.folder, 'spool'), '-perm', '/077']);
    expect(modes.output.trim()).toBe('');
  });
});
