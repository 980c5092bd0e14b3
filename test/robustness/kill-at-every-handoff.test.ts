// SIGKILL between any two steps of a study's way, then a restart: every object arrives, and nothing arrives as a second object.
// The node is a real process; the moment is taken from its log or from the peer that it is talking to.
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LoggedEvent, NodeProcess } from '../../src/demo/node-process.ts';
import { startPacs } from '../../src/demo/receivers.ts';
import { dcmsend, type Examination, smallExamination } from '../support/examination.ts';
import { type Hl7Receiver, startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, type NodeUnderTest, nodeUnderTest, until } from '../support/node-under-test.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';

const SECTIONS = [{ side: 'L', vein: 'FV', sec: 'marked', keyframes: 2 }] as const;

/** Where the process dies: at an event of its log. A sender that got no Success sends again, as modalities do. */
const HAND_OFFS: readonly {
  readonly where: string;
  readonly event: string;
  readonly fits?: (event: LoggedEvent) => boolean;
  readonly sendAgain: boolean;
}[] = [
  { where: 'when an association has begun', event: 'association.accepted', sendAgain: true },
  { where: 'when the first object is stored', event: 'instance.stored', sendAgain: true },
  { where: 'when all objects are stored and the study is quiet', event: 'association.ended', sendAgain: false },
  { where: 'when the study is complete and planned', event: 'study.complete', sendAgain: false },
  { where: 'in the middle of the analysis', event: 'job.started', sendAgain: false },
  { where: 'between analysis and report', event: 'job.done', sendAgain: false },
  { where: 'between report and delivery', event: 'job.rendered', sendAgain: false },
  {
    where: 'when the PACS has the first object',
    event: 'delivery.sent',
    fits: (event) => event['destination'] === 'pacs',
    sendAgain: false,
  },
  {
    where: 'when the EHR has its message',
    event: 'delivery.sent',
    fits: (event) => event['destination'] === 'ehr',
    sendAgain: false,
  },
];

describe('a node that is killed', () => {
  let pacs: Orthanc;
  let ehr: Hl7Receiver;
  const running: NodeProcess[] = [];
  const places: NodeUnderTest[] = [];

  const start = async (place: NodeUnderTest): Promise<NodeProcess> => {
    const node = await place.start();
    running.push(node);
    return node;
  };

  beforeAll(async () => {
    [pacs, ehr] = await Promise.all([startOrthanc({ aeTitle: 'PACS' }), startHl7Receiver()]);
  });

  afterAll(async () => {
    await Promise.all(running.map((node) => node.end('SIGKILL')));
    await Promise.all([pacs.stop(), ehr.stop(), ...places.map((place) => place.remove())]);
  });

  /** Every object once at the PACS, one message (by MSH-10) at the EHR, every row settled. */
  const expectEverythingOnce = async (place: NodeUnderTest, { labels, files }: Examination): Promise<void> => {
    await until('the study is settled', 90_000, async () => isSettled(await place.overviews()));
    const overviews = await place.overviews();
    expect(overviews).toHaveLength(1);
    expect(overviews[0]?.study.instanceCount).toBe(files.length);
    expect(overviews[0]?.study.revision).toBe(1);
    expect(overviews[0]?.deliveries.map(({ kind, state }) => `${kind} ${state}`).toSorted()).toEqual([
      'capture sent',
      'oru sent',
      'sr sent',
    ]);
    const stored = (await pacs.instances()).filter(({ tags }) => tags['StudyInstanceUID'] === labels.studyInstanceUid);
    expect(stored.map(({ tags }) => tags['SOPInstanceUID']).toSorted()).toEqual(
      overviews[0]?.deliveries
        .filter(({ kind }) => kind !== 'oru')
        .map(({ sopInstanceUid }) => sopInstanceUid)
        .toSorted(),
    );
    const controlIds = (await ehr.messages())
      .filter((message) => message.includes(labels.studyInstanceUid))
      .map((message) => message.split('|')[9]);
    expect(new Set(controlIds).size).toBe(1);
  };

  test.each(HAND_OFFS.map((handOff, index) => ({ ...handOff, seed: 100 + index })))(
    '$where loses nothing and repeats nothing',
    async ({ event, fits, sendAgain, seed }) => {
      const examination = await smallExamination(seed, { sections: SECTIONS });
      const place = await nodeUnderTest({ pacsPort: pacs.dicomPort, ehrPort: ehr.port, quietSeconds: sendAgain ? 3 : 1 });
      places.push(place);
      const first = await start(place);
      const moment = first
        .waitFor(event, { timeoutMs: 60_000, ...(fits === undefined ? {} : { fits }) })
        .then(() => first.end('SIGKILL'));
      const sending = dcmsend(examination.files, { port: first.dicomPort });
      await Promise.all([moment, sending]);

      const second = await start(place);
      if (sendAgain) expect((await dcmsend(examination.files, { port: second.dicomPort })).code).toBe(0);
      await expectEverythingOnce(place, examination);
      await second.end('SIGTERM');
    },
  );

  test('after the EHR took the message and before it answered sends the same message again', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-silent-'));
    const silent = await startHl7Receiver({ answers: ['silent'], folder });
    const examination = await smallExamination(120, { sections: SECTIONS });
    const place = await nodeUnderTest({ pacsPort: pacs.dicomPort, ehrPort: silent.port });
    places.push(place);
    const first = await start(place);
    expect((await dcmsend(examination.files, { port: first.dicomPort })).code).toBe(0);
    await until('the message is at the EHR', 60_000, async () => (await silent.messages()).length > 0);
    await first.end('SIGKILL');
    await silent.stop();
    const answering = await startHl7Receiver({ port: silent.port, folder });
    const second = await start(place);
    await until('the study is settled', 60_000, async () => isSettled(await place.overviews()));
    const messages = await answering.messages();
    expect(messages.length).toBeGreaterThanOrEqual(2);
    expect(new Set(messages)).toHaveProperty('size', 1);
    await second.end('SIGTERM');
    await answering.stop();
  });

  test('while the PACS takes an object, before its answer, sends the same object again, byte for byte', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-pacs-'));
    const standIn = await startPacs(folder);
    const examination = await smallExamination(121, { sections: SECTIONS });
    const place = await nodeUnderTest({ pacsPort: standIn.port, ehrPort: ehr.port });
    places.push(place);
    const first = await start(place);
    expect((await dcmsend(examination.files, { port: first.dicomPort })).code).toBe(0);
    const names = async (): Promise<readonly string[]> => (await readdir(folder)).toSorted();
    const complete = async (): Promise<readonly string[]> => (await names()).filter((name) => name.endsWith('.dcm'));
    await until('the first bytes of an object are at the PACS', 60_000, async () => (await names()).length > 0);
    await first.end('SIGKILL');
    const before = new Map(
      await Promise.all(
        (await complete()).map(async (name) => [name, await readFile(path.join(folder, name), 'base64')] as const),
      ),
    );
    const second = await start(place);
    await until('the study is settled', 60_000, async () => isSettled(await place.overviews()));
    expect(await names()).toHaveLength(2);
    for (const [name, bytes] of before) expect((await readFile(path.join(folder, name), 'base64')) === bytes).toBe(true);
    await second.end('SIGTERM');
    await standIn.stop();
  });
});
