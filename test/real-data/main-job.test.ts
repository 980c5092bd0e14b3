// Every real ultrasound file through the whole way: DCMTK sends, Orthanc is the PACS, an HL7 receiver that is not ours is the EHR.
// None is of the model's domain (or only by chance), so nothing is asserted of what the model says: only that each file ends in a result that
// says what it is of, or in a reason, and that no process dies.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ResultOf } from '../../src/contracts/finding.ts';
import type { LoggedEvent, NodeProcess } from '../../src/demo/node-process.ts';
import { findings, isInherited } from '../support/dciodvfy.ts';
import { runTool } from '../support/dcmtk.ts';
import { dcmsend } from '../support/examination.ts';
import { type Hl7Receiver, startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, type NodeUnderTest, nodeUnderTest, until } from '../support/node-under-test.ts';
import { type Orthanc, type StoredByOrthanc, startOrthanc } from '../support/orthanc.ts';
import { dataPath, dicomFiles } from './data.ts';

/** Files whose SOP Instance UID is there and their own, and the others. */
async function bySopInstanceUid(
  files: readonly string[],
): Promise<{ readonly sendable: readonly string[]; readonly others: readonly string[] }> {
  const seen = new Set<string>();
  const sendable: string[] = [];
  const others: string[] = [];
  for (const file of files) {
    const uid = /\(0008,0018\) UI \[([^\]]+)\]/.exec((await runTool('dcmdump', ['+P', '0008,0018', file])).output)?.[1];
    if (uid === undefined || seen.has(uid)) others.push(file);
    else sendable.push(file);
    if (uid !== undefined) seen.add(uid);
  }
  return { sendable, others };
}

async function withNewUid(file: string): Promise<string> {
  const copy = path.join(await mkdtemp(path.join(tmpdir(), 'sonorelay-copy-')), path.basename(file));
  await writeFile(copy, await readFile(file));
  const made = await runTool('dcmodify', ['-nb', '-gin', copy]);
  expect(made.code).toBe(0);
  return copy;
}

describe('the real files of several vendors', () => {
  let pacs: Orthanc;
  let ehr: Hl7Receiver;
  let place: NodeUnderTest;
  let node: NodeProcess;
  let stored: readonly StoredByOrthanc[];
  let sent: number;
  const events: LoggedEvent[] = [];

  beforeAll(async () => {
    [pacs, ehr] = await Promise.all([startOrthanc({ aeTitle: 'PACS' }), startHl7Receiver()]);
    place = await nodeUnderTest({ pacsPort: pacs.dicomPort, ehrPort: ehr.port, quietSeconds: 2 });
    node = await place.start();
    node.onEvent((event) => events.push(event));
    const files = dicomFiles('us').map((name) => dataPath('us', name));
    sent = files.length;
    // DCMTK does not send a file without SOP Instance UID; files that carry another one's UID are refused once that one is stored.
    // Both kinds are sent as copies with a UID of their own.
    const { sendable, others } = await bySopInstanceUid(files);
    const said = await dcmsend(sendable, { port: node.dicomPort });
    expect(said.output).toMatch(new RegExp(`with status SUCCESS\\s+: ${sendable.length}\\b`));
    const repeated = await dcmsend(
      others.filter((file) => !file.includes('sonoque')),
      { port: node.dicomPort },
    );
    // Other pixels under the same UID are refused; a big endian file that DCMTK sends as little endian is the very instance that is stored.
    expect(repeated.output.match(/Received C-STORE Response \(Unknown Status: 0x111\)/g)).toHaveLength(2);
    expect(repeated.output.match(/Received C-STORE Response \(Success\)/g)).toHaveLength(others.length - 3);
    const copies = await Promise.all(others.map(withNewUid));
    const copied = await dcmsend(copies, { port: node.dicomPort });
    expect(copied.output).toMatch(new RegExp(`with status SUCCESS\\s+: ${copies.length}\\b`));
    await until('every study is settled', 150_000, async () => isSettled(await place.overviews()));
    stored = await pacs.instances();
  });

  afterAll(async () => {
    await node.end('SIGTERM');
    await Promise.all([pacs.stop(), ehr.stop()]);
    await place.remove();
  });

  test('are all accepted and all settled, and no process died of them', async () => {
    expect(sent).toBeGreaterThanOrEqual(20);
    const overviews = await place.overviews();
    expect(overviews.reduce((sum, { study }) => sum + study.instanceCount, 0)).toBe(sent);
    expect(overviews.flatMap(({ jobs }) => jobs).filter(({ state }) => state === 'parked')).toEqual([]);
    expect(
      events.filter(({ message }) => message === 'analyser.ended' || message === 'job.failed' || message === 'loop.failed'),
    ).toEqual([]);
  });

  test('each end in key frames of a section or in a reason', async () => {
    const outcomes: string[] = [];
    for (const { study, jobs } of await place.overviews()) {
      for (const job of jobs) {
        if (job.state === 'skipped') {
          expect(job.detail.length).toBeGreaterThan(20);
          outcomes.push(`study of ${study.instanceCount}: ${job.reason}`);
          continue;
        }
        const result = JSON.parse(
          await readFile(path.join(place.folder, 'spool/results', String(job.jobKey), 'result.json'), 'utf8'),
        ) as ResultOf<'vascular-sec'>;
        const read = new Set(result.sections.flatMap((section) => section.keyframes.map((keyframe) => keyframe.sopInstanceUid)));
        const skipped = new Set(result.skipped.map((skip) => skip.sopInstanceUid));
        for (const input of result.inputs) expect(read.has(input.sopInstanceUid) || skipped.has(input.sopInstanceUid)).toBe(true);
        for (const skip of result.skipped) expect(skip.sentence.length).toBeGreaterThan(20);
        outcomes.push(
          `study of ${study.instanceCount}: ${result.sections.length} sections, ${result.skipped.map(({ reason }) => reason).join(' ') || 'nothing left out'}`,
        );
      }
    }
    process.stdout.write(
      `What became of the real files (reference weights, domain shift; printed, not asserted):\n${outcomes.map((line) => `  ${line}`).join('\n')}\n`,
    );
    expect(outcomes.length).toBeGreaterThan(0);
  });

  test('give objects in which dciodvfy finds nothing but the listed false positives, that dsrdump reads, and that say what weights they are of', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-real-'));
    expect(stored.length).toBeGreaterThan(0);
    const found: string[] = [];
    const sources = (await runTool('dcmdump', ['+L', ...dicomFiles('us').map((name) => dataPath('us', name))])).output;
    for (const { id, tags } of stored) {
      const file = path.join(folder, `${id}.dcm`);
      await writeFile(file, await pacs.file(id));
      const own = (await findings(file)).filter((finding) => !isInherited(finding, sources));
      found.push(...own.map((finding) => `${tags['Modality']} of ${tags['StudyInstanceUID']}: ${finding}`));
      if (tags['Modality'] !== 'SR') continue;
      const dump = await runTool('dsrdump', ['+Pl', file]);
      expect(dump.code).toBe(0);
      expect(dump.output).toContain('Reference weights, trained on simulated images');
    }
    expect(found).toEqual([]);
  });

  test('give the EHR one message for each report', async () => {
    const reports = stored.filter(({ tags }) => tags['Modality'] === 'SR');
    const messages = await ehr.messages();
    expect(messages.map((message) => /\|113014\^DICOM Study\^DCM\|\|([\d.]+)/.exec(message)?.[1]).toSorted()).toEqual(
      reports.map(({ tags }) => tags['StudyInstanceUID']).toSorted(),
    );
  });
});
