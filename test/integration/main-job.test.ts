// The whole way with real peers: DCMTK sends, Orthanc is the PACS, an HL7 receiver that is not ours is the EHR.
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { NodeProcess } from '../../src/demo/node-process.ts';
import { findings } from '../support/dciodvfy.ts';
import { runTool, startTool } from '../support/dcmtk.ts';
import { dataSetBytes, dcmsend, type Examination, smallExamination } from '../support/examination.ts';
import { type Hl7Receiver, startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, type NodeUnderTest, nodeUnderTest, ROOT, until } from '../support/node-under-test.ts';
import { type Orthanc, type StoredByOrthanc, startOrthanc } from '../support/orthanc.ts';

const SR = '1.2.840.10008.5.1.4.1.1.88.33';
const CAPTURE = '1.2.840.10008.5.1.4.1.1.7.4';

const fieldsOf = (message: string, segment: string): readonly (readonly string[])[] =>
  message
    .split('\r')
    .filter((line) => line.startsWith(`${segment}|`))
    .map((line) => line.split('|'));

/** OBR-25, and OBX-11 of the rows without repetition. */
const statusesOf = (message: string): readonly (string | undefined)[] => [
  fieldsOf(message, 'OBR')[0]?.[25],
  ...new Set(fieldsOf(message, 'OBX').map((row) => row[11])),
];

const filesBelow = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

describe('a study that a PACS routes to the node', () => {
  test('is taken from Orthanc, analysed, and its results come back to Orthanc beside the images', async () => {
    const [pacs, ehr, examination] = await Promise.all([
      startOrthanc({ aeTitle: 'PACS' }),
      startHl7Receiver(),
      smallExamination(12),
    ]);
    const place = await nodeUnderTest({
      pacsPort: pacs.dicomPort,
      ehrPort: ehr.port,
      peers: '[{ aeTitle: PACS, addresses: [127.0.0.1] }]',
    });
    const node = await place.start();
    try {
      for (const file of examination.files) await pacs.upload(file);
      await pacs.sendAll({ aeTitle: 'SONORELAY', port: node.dicomPort });
      await until('the study is settled', 60_000, async () => isSettled(await place.overviews()));
      const stored = await pacs.instances();
      expect(stored).toHaveLength(examination.files.length + 2);
      expect(new Set(stored.map(({ tags }) => tags['StudyInstanceUID']))).toEqual(new Set([examination.labels.studyInstanceUid]));
      expect(await ehr.messages()).toHaveLength(1);
    } finally {
      await node.end('SIGTERM');
      await Promise.all([pacs.stop(), ehr.stop()]);
      await place.remove();
    }
  });
});

describe('a simulated leg examination', () => {
  let pacs: Orthanc;
  let ehr: Hl7Receiver;
  let place: NodeUnderTest;
  let node: NodeProcess;
  let examination: Examination;
  let late: string;
  let received: readonly StoredByOrthanc[];
  let files: readonly string[];
  let modelsFolder: string;

  const settled = () => until('the study is settled', 90_000, async () => isSettled(await place.overviews()));
  const cli = (...args: readonly string[]) =>
    runTool(process.execPath, [path.join(ROOT, 'src/main.ts'), ...args, '--config', place.configFile]);
  const fetched = async (stored: readonly StoredByOrthanc[]): Promise<readonly string[]> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-fetched-'));
    return Promise.all(
      stored.map(async ({ id }) => {
        const file = path.join(folder, `${id}.dcm`);
        await writeFile(file, await pacs.file(id));
        return file;
      }),
    );
  };

  beforeAll(async () => {
    [pacs, ehr, examination] = await Promise.all([
      startOrthanc({ aeTitle: 'PACS' }),
      startHl7Receiver(),
      smallExamination(11, { cines: 1 }),
    ]);
    modelsFolder = await mkdtemp(path.join(tmpdir(), 'sonorelay-models-'));
    await cp(path.join(ROOT, 'models/vascular-sec'), path.join(modelsFolder, 'vascular-sec'), { recursive: true });
    place = await nodeUnderTest({ pacsPort: pacs.dicomPort, ehrPort: ehr.port, modelsFolder });
    node = await place.start();
    const [last, ...first] = examination.files.toReversed();
    late = last ?? '';
    const sent = await dcmsend(first, { port: node.dicomPort });
    expect(sent.code).toBe(0);
    await settled();
    received = await pacs.instances();
    files = await fetched(received);
  });

  afterAll(async () => {
    await node.end('SIGTERM');
    await Promise.all([pacs.stop(), ehr.stop()]);
    await Promise.all([place.remove(), rm(modelsFolder, { recursive: true })]);
  });

  test('is kept byte for byte as DCMTK sends it: storescp in its bit-preserving mode keeps the same bytes', async () => {
    const [overview] = await place.overviews();
    const folder = path.join(place.folder, 'spool/studies');
    const kept = (await filesBelow(folder)).filter((name) => name.endsWith('.dcm'));
    expect(kept).toHaveLength(examination.files.length - 1);
    expect(overview?.study.instanceCount).toBe(kept.length);
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'sonorelay-storescp-'));
    const storescp = await startTool('storescp', (port) => ['+B', '+xa', '-aet', 'SONORELAY', '-od', elsewhere, String(port)]);
    const sent = await dcmsend(
      examination.files.filter((file) => file !== late),
      { port: storescp.port },
    );
    await storescp.stop();
    expect(sent.code).toBe(0);
    const digests = async (files: readonly string[]): Promise<readonly string[]> =>
      (
        await Promise.all(
          files.map(async (file) =>
            createHash('sha256')
              .update(await dataSetBytes(file))
              .digest('hex'),
          ),
        )
      ).toSorted();
    expect(await digests(kept)).toEqual(await digests(await filesBelow(elsewhere)));
  });

  test('comes back to the PACS as one report and one capture in its own study', () => {
    expect(received.map(({ tags }) => tags['SOPClassUID']).toSorted()).toEqual([CAPTURE, SR].toSorted());
    expect(new Set(received.map(({ tags }) => tags['StudyInstanceUID']))).toEqual(new Set([examination.labels.studyInstanceUid]));
    expect(new Set(received.map(({ tags }) => tags['AccessionNumber']))).toEqual(new Set([examination.labels.accessionNumber]));
    expect(new Set(received.map(({ tags }) => tags['PatientName']))).toEqual(new Set(['PHANTOM^LEG 11']));
    for (const { tags } of received) expect(tags['SOPInstanceUID']).toMatch(/^2\.25\.\d+$/);
  });

  test('gives objects in which dciodvfy finds nothing but the listed false positives, and that dsrdump reads', async () => {
    for (const file of files) expect(await findings(file)).toEqual([]);
    const report = files[received.findIndex(({ tags }) => tags['SOPClassUID'] === SR)] ?? '';
    const dump = await runTool('dsrdump', ['+Pc', '+Pt', '+Pu', '+Pl', report]);
    expect(dump.code).toBe(0);
    expect(dump.output).toContain('Spontaneous echo contrast');
    expect(dump.output).toContain('Reference weights, trained on simulated images');
    expect(dump.output.match(/Certainty of Finding/g)).toHaveLength(2);
  });

  test('gives the EHR one message with a coded flag for each section', async () => {
    const messages = await ehr.messages();
    expect(messages).toHaveLength(1);
    const [message = ''] = messages;
    expect(fieldsOf(message, 'OBR')[0]?.[18]).toBe(examination.labels.accessionNumber);
    const observations = fieldsOf(message, 'OBX');
    expect(observations[0]?.[3]).toBe('113014^DICOM Study^DCM');
    expect(observations[0]?.[5]).toBe(examination.labels.studyInstanceUid);
    const flags = observations.filter((observation) => observation[3]?.startsWith('SEC001^'));
    expect(flags.map((flag) => flag[4])).toEqual(['2', '7']);
    for (const flag of flags) {
      expect(flag[5]).toMatch(/^(52101004\^Present|272519000\^Absent)\^SCT$/);
      expect(Number(flag[9])).toBeGreaterThanOrEqual(0);
      expect(Number(flag[9])).toBeLessThanOrEqual(1);
    }
  });

  test('is shown by status, for people and as JSON', async () => {
    const shown = await cli('status', '--accession', examination.labels.accessionNumber);
    expect(shown.code).toBe(0);
    expect(shown.output).toContain(`Accession ${examination.labels.accessionNumber}`);
    expect(shown.output).toMatch(/vascular-sec \S+: analysed and reported/);
    expect(shown.output).toMatch(/sr to pacs: sent at/);
    expect(shown.output).toMatch(/oru to ehr: sent at/);
    const json = await cli('status', '--json');
    expect(JSON.parse(json.output)).toHaveLength(1);
    expect(shown.output + json.output).not.toContain('PHANTOM^LEG');
  });

  test('that gets a late image is analysed again, and the new report names the one it replaces', async () => {
    const sent = await dcmsend([late], { port: node.dicomPort });
    expect(sent.code).toBe(0);
    await until('revision 2 is there', 30_000, async () => (await place.overviews())[0]?.study.revision === 2);
    await settled();
    const reports = (await pacs.instances()).filter(({ tags }) => tags['SOPClassUID'] === SR);
    expect(reports).toHaveLength(2);
    const first = received.find(({ tags }) => tags['SOPClassUID'] === SR);
    const second = reports.filter(({ id }) => id !== first?.id);
    const [file = ''] = await fetched(second);
    const dump = await runTool('dcmdump', ['--search', 'PredecessorDocumentsSequence', file]);
    expect(dump.output).toContain('PredecessorDocumentsSequence');
    expect((await runTool('dcmdump', ['--search', 'ReferencedSOPInstanceUID', file])).output).toContain(
      first?.tags['SOPInstanceUID'],
    );
    expect(await findings(file)).toEqual([]);
    const messages = await ehr.messages();
    expect(messages).toHaveLength(2);
    expect(messages.map(statusesOf)).toEqual([
      ['P', 'O', 'P'],
      ['C', 'O', 'C'],
    ]);
    const [before, after] = messages.map((message) => new Set(fieldsOf(message, 'OBX').map((row) => `${row[3]} ${row[4]}`)));
    expect([...(before ?? [])].filter((key) => after?.has(key) !== true)).toEqual([]);
  });

  test('that is planned anew after a new version of the model gets a corrected report, once', async () => {
    const before = (await pacs.instances()).filter(({ tags }) => tags['SOPClassUID'] === SR);
    const manifest = path.join(modelsFolder, 'vascular-sec/manifest.json');
    await node.end('SIGTERM');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/"version": "[^"]+"/, '"version": "7.1.0"'));
    node = await place.start();
    const asked = await cli('reanalyse', '--accession', examination.labels.accessionNumber);
    expect([asked.code, /planned anew at revision 3/.test(asked.output)]).toEqual([0, true]);
    const planned = async (revision: number) => {
      await until(`revision ${revision} is complete`, 30_000, async () => {
        const study = (await place.overviews())[0]?.study;
        return study?.revision === revision && study.state === 'complete';
      });
      await settled();
    };
    await planned(3);
    const known = new Set(before.map(({ id }) => id));
    const added = (await pacs.instances()).filter(({ id, tags }) => tags['SOPClassUID'] === SR && !known.has(id));
    expect(added).toHaveLength(1);
    const [file = ''] = await fetched(added);
    const dump = (await runTool('dcmdump', ['--search', 'ReferencedSOPInstanceUID', file])).output;
    const replaced = before.filter(({ id }) => received.every((first) => first.id !== id));
    expect(replaced).toHaveLength(1);
    expect(dump).toContain(replaced[0]?.tags['SOPInstanceUID']);
    const messages = await ehr.messages();
    expect(messages).toHaveLength(3);
    expect(statusesOf(messages[2] ?? '')).toEqual(['C', 'O', 'C']);
    // The same version again: its report stands, nothing is sent.
    await cli('reanalyse', '--all');
    await planned(4);
    expect(await ehr.messages()).toHaveLength(3);
    expect((await pacs.instances()).filter(({ tags }) => tags['SOPClassUID'] === SR)).toHaveLength(before.length + 1);
  });

  test('that the PACS sends back to the node starts nothing again', async () => {
    const before = await place.overviews();
    const back = await dcmsend(files, { port: node.dicomPort });
    expect(back.code).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect((await place.overviews()).map(({ study }) => [study.revision, study.state, study.instanceCount])).toEqual(
      before.map(({ study }) => [study.revision, study.state, study.instanceCount]),
    );
  });
});
