// A result taken back: Orthanc has the rejection note beside the report, an HL7 receiver that is not ours has the withdrawal, and nobody gets what was
// not sent yet.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { attributesOf } from '../../src/dicom/attributes.ts';
import { codes, type Dataset, items, text } from '../../src/dicom/dataset.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import { findings } from '../support/dciodvfy.ts';
import { runTool } from '../support/dcmtk.ts';
import { dcmsend, smallExamination } from '../support/examination.ts';
import { startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, nodeUnderTest, ROOT, until } from '../support/node-under-test.ts';
import { startOrthanc } from '../support/orthanc.ts';

const KEY_OBJECT_SELECTION = '1.2.840.10008.5.1.4.1.1.88.59';

const observations = (message: string): readonly (readonly string[])[] =>
  message
    .split('\r')
    .filter((line) => line.startsWith('OBX|'))
    .map((line) => line.split('|'));

async function attributesIn(file: string): Promise<Dataset> {
  const opened = await openPart10(file);
  try {
    return attributesOf(opened);
  } finally {
    await opened.close();
  }
}

test('a reported result is taken back at the PACS and at the EHR, once', async () => {
  const [pacs, ehr, examination] = await Promise.all([
    startOrthanc({ aeTitle: 'PACS' }),
    startHl7Receiver(),
    smallExamination(31),
  ]);
  const place = await nodeUnderTest({ pacsPort: pacs.dicomPort, ehrPort: ehr.port });
  const cli = (...args: readonly string[]) =>
    runTool(process.execPath, [path.join(ROOT, 'src/main.ts'), ...args, '--config', place.configFile]);
  const node = await place.start();
  const settled = () => until('the study is settled', 90_000, async () => isSettled(await place.overviews()));
  try {
    await dcmsend(examination.files, { port: node.dicomPort });
    await settled();
    const reported = (await pacs.instances()).map(({ tags }) => tags['SOPInstanceUID']);
    const { studyInstanceUid } = examination.labels;

    const wrong = await cli('retract', '--study', studyInstanceUid, '--model', 'lung-score');
    expect([wrong.code, /no reported result like that/.test(wrong.output)]).toEqual([1, true]);
    expect((await cli('retract', '1.2.3.4')).code).toBe(1);
    // The result by one of its objects.
    const said = await cli('retract', reported[0] ?? '', '--reason', 'safety');
    expect([said.code, /vascular-sec, revision 1: taken back/.test(said.output)]).toEqual([0, true]);
    await settled();

    const notes = (await pacs.instances()).filter(({ tags }) => tags['SOPClassUID'] === KEY_OBJECT_SELECTION);
    expect(notes).toHaveLength(1);
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'sonorelay-note-')), 'note.dcm');
    await writeFile(file, await pacs.file(notes[0]?.id ?? ''));
    expect(await findings(file)).toEqual([]);
    expect(await runTool('dsrdump', [file])).toMatchObject({ code: 0 });
    const note = await attributesIn(file);
    expect(codes(note, 'ConceptNameCodeSequence')[0]).toMatchObject({ value: '113037', scheme: 'DCM' });
    expect([text(note, 'StudyInstanceUID'), text(note, 'Modality')]).toEqual([studyInstanceUid, 'KO']);
    const referenced = items(note, 'ContentSequence')
      .flatMap((item) => items(item, 'ReferencedSOPSequence'))
      .map((item) => text(item, 'ReferencedSOPInstanceUID'));
    const sent = (await place.overviews()).flatMap(({ deliveries }) =>
      deliveries.filter(({ kind }) => kind === 'sr' || kind === 'capture').map(({ sopInstanceUid }) => sopInstanceUid),
    );
    expect(referenced.toSorted()).toEqual(sent.toSorted());
    for (const uid of referenced) expect(reported).toContain(uid);

    const [first, second, ...more] = await ehr.messages();
    expect(more).toEqual([]);
    const [before, after] = [observations(first ?? ''), observations(second ?? '')];
    expect(after.map((fields) => [fields[3], fields[4]])).toEqual(before.map((fields) => [fields[3], fields[4]]));
    expect(new Set(after.map((fields) => fields[11]))).toEqual(new Set(['W']));

    expect((await cli('status', '--study', studyInstanceUid)).output).toContain('RETRACTED (safety)');
    for (const uid of [studyInstanceUid, ...reported]) expect((await cli('retract', uid ?? '')).code).toBe(1);
    expect(await ehr.messages()).toHaveLength(2);
  } finally {
    await node.end('SIGTERM');
    await Promise.all([pacs.stop(), ehr.stop()]);
    await place.remove();
  }
});

test('what was not sent yet is withdrawn and needs no note', async () => {
  const examination = await smallExamination(32);
  // Nobody listens at port 1.
  const place = await nodeUnderTest({ pacsPort: 1, ehrPort: 1 });
  const node = await place.start();
  try {
    await dcmsend(examination.files, { port: node.dicomPort });
    await until('the study is reported', 60_000, async () =>
      (await place.overviews()).some(({ jobs }) => jobs.some(({ state }) => state === 'rendered')),
    );
    const { code } = await runTool(process.execPath, [
      path.join(ROOT, 'src/main.ts'),
      'retract',
      '--study',
      examination.labels.studyInstanceUid,
      '--config',
      place.configFile,
    ]);
    expect(code).toBe(0);
    await until('nothing waits', 30_000, async () => isSettled(await place.overviews()));
    const [overview] = await place.overviews();
    expect(overview?.jobs.map(({ state }) => state)).toEqual(['retracted']);
    expect(new Set(overview?.deliveries.map(({ kind, state }) => `${kind} ${state}`))).toEqual(
      new Set(['sr withdrawn', 'capture withdrawn', 'oru withdrawn']),
    );
  } finally {
    await node.end('SIGTERM');
    await place.remove();
  }
});
