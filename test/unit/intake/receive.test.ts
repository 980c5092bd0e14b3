import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import {
  DEFLATED_EXPLICIT_LITTLE_ENDIAN,
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
} from '../../../src/dicom/transfer-syntaxes.ts';
import { type ReceiverParts, receiver } from '../../../src/intake/receive.ts';
import { claimDoneJob, claimQueuedJob, finishJob } from '../../../src/store/jobs.ts';
import { recordRendering } from '../../../src/store/outbox.ts';
import { studyOverviews } from '../../../src/store/overview.ts';
import { completeStudy, instancesOf, loadStudy } from '../../../src/store/studies.ts';
import { announced, dataSetBytes, image, keptLog, type LoggedEvent, stream } from '../../support/incoming.ts';
import { planOf, type StoreForTest, storeForTest } from '../../support/store.ts';

let store: StoreForTest;
let events: LoggedEvent[];
let hinted: number[];
let receive: ReturnType<typeof receiver>;

function open(changes: Partial<ReceiverParts> = {}): void {
  const kept = keptLog();
  events = kept.events;
  hinted = [];
  receive = receiver({
    db: store.db(),
    spool: store.spool(),
    clock: () => 1_000,
    log: kept.log,
    maxInstanceBytes: 1_000_000,
    onStored: (studyKey) => hinted.push(studyKey),
    onConflict: 'refuse',
    ...changes,
  });
}

beforeEach(async () => {
  store = await storeForTest();
  open();
});
afterEach(() => store.end());

async function send(attributes: Dataset, transferSyntaxUid = EXPLICIT_LITTLE_ENDIAN, fill = 7): Promise<number> {
  const sink = await receive(announced(attributes, transferSyntaxUid));
  return stream(sink, dataSetBytes(attributes, transferSyntaxUid, fill));
}

async function filesIn(...folders: string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(path.join(store.spool().folder, folder), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    }),
  );
  return found.flat();
}

describe('an instance', () => {
  test('is stored byte for byte behind a Part 10 head, with its row, before Success', async () => {
    const attributes = image(1, 1);
    expect(await send(attributes)).toBe(0x0000);
    const [instance] = await instancesOf(store.db(), 1);
    const dataSet = dataSetBytes(attributes);
    expect(instance).toMatchObject({
      sopInstanceUid: '1.2.3.1.1.1',
      seriesDescription: 'LT FV TRANS',
      callingAeTitle: 'SCANNER',
      byteLength: dataSet.length,
      sha256: createHash('sha256').update(dataSet).digest('hex'),
      receivedAt: 1_000,
    });
    const file = await store.spool().readFile(instance?.spoolPath ?? '');
    expect(file.subarray(128, 132).toString()).toBe('DICM');
    expect(file.subarray(file.length - dataSet.length).equals(dataSet)).toBe(true);
    expect(await filesIn('incoming')).toEqual([]);
    expect(hinted).toEqual([1]);
    expect(events).toEqual([expect.objectContaining({ name: 'instance.stored', study: 1, instance: 1, revision: 1 })]);
  });

  test.each([IMPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN, DEFLATED_EXPLICIT_LITTLE_ENDIAN])(
    'is understood in %s',
    async (syntax) => {
      expect(await send(image(1, 1), syntax)).toBe(0x0000);
      expect((await instancesOf(store.db(), 1))[0]).toMatchObject({
        studyInstanceUid: '1.2.3.1',
        modality: 'US',
        transferSyntaxUid: syntax,
      });
    },
  );

  test.each([0, 900_000])(
    'is known by the same header with %d bytes more after it, whether in memory or on the disk',
    async (more) => {
      const attributes = image(1, 1);
      const sink = await receive(announced(attributes));
      const bytes = Buffer.concat([dataSetBytes(attributes), Buffer.alloc(more)]);
      expect(await stream(sink, bytes, 60_000)).toBe(0x0000);
      expect((await instancesOf(store.db(), 1))[0]).toMatchObject({
        studyInstanceUid: '1.2.3.1',
        seriesDescription: 'LT FV TRANS',
        accessionNumber: 'ACC1',
        rows: 8,
        byteLength: bytes.length,
      });
    },
  );

  test('is not there before it is committed, and not at all when the peer goes away', async () => {
    const sink = await receive(announced(image(1, 1)));
    await sink.write(dataSetBytes(image(1, 1)));
    expect(await loadStudy(store.db(), 1)).toBeNull();
    await sink.abort();
    expect(await filesIn('incoming', 'studies')).toEqual([]);
    expect(events).toEqual([]);
  });

  test('sent again with the same bytes is stored once and answered Success', async () => {
    expect(await send(image(1, 1))).toBe(0x0000);
    expect(await send(image(1, 1))).toBe(0x0000);
    expect(await instancesOf(store.db(), 1)).toHaveLength(1);
    expect(await filesIn('incoming', 'studies')).toHaveLength(1);
    expect(events.map((event) => event.name)).toEqual(['instance.stored', 'instance.repeated']);
    expect(hinted).toEqual([1]);
  });

  test('with the UID of another and other bytes is refused with 0111, and overwrites nothing', async () => {
    await send(image(1, 1));
    const [path0] = await filesIn('studies');
    const before = await readFile(path0 ?? '');
    expect(await send(image(1, 1), EXPLICIT_LITTLE_ENDIAN, 9)).toBe(0x0111);
    expect(await filesIn('incoming', 'studies')).toEqual([path0]);
    expect((await readFile(path0 ?? '')).equals(before)).toBe(true);
    expect(events.at(-1)).toMatchObject({ name: 'instance.refused', code: 'instance-differs', status: '0111' });
  });

  test('with the UID of another is answered Success where the policy keeps the first, and flagged all the same', async () => {
    open({ onConflict: 'keep-first' });
    await send(image(1, 1));
    expect(await send(image(1, 1), EXPLICIT_LITTLE_ENDIAN, 9)).toBe(0x0000);
    expect(events.at(-1)).toMatchObject({ name: 'instance.refused', code: 'instance-differs' });
    expect(await filesIn('studies')).toHaveLength(1);
  });

  test('that is a report of ours coming back opens no revision', async () => {
    await send(image(1, 1));
    const study = await loadStudy(store.db(), 1);
    if (study === null) throw new Error('no study');
    await completeStudy(store.db(), study, planOf([1]), 2_000);
    await claimQueuedJob(store.db(), { owner: 'me', now: 2_000, leaseMs: 1_000 });
    await finishJob(store.db(), 1, { owner: 'me', resultPath: 'r', now: 2_000 });
    const job = await claimDoneJob(store.db(), { owner: 'me', now: 2_000, leaseMs: 1_000 });
    if (job === null) throw new Error('no job');
    const artifact = {
      kind: 'sr' as const,
      sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
      sopInstanceUid: '2.25.5',
      transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN,
      controlId: '',
      spoolPath: 'artifacts/1/sr.dcm',
      sha256: 'a'.repeat(64),
      destinations: ['PACS'],
    };
    await recordRendering(store.db(), job, { owner: 'me', artifacts: [artifact], now: 2_000 });
    expect(await send(image(1, 9, { SOPInstanceUID: '2.25.5' }))).toBe(0x0000);
    expect(await loadStudy(store.db(), 1)).toMatchObject({ state: 'complete', revision: 1, instanceCount: 1 });
    expect(await filesIn('incoming', 'studies')).toHaveLength(1);
  });

  test('leaves no patient in the ledger or the log', async () => {
    await send(image(1, 1));
    const rows = JSON.stringify([await instancesOf(store.db(), 1), await studyOverviews(store.db(), { limit: 10 }), events]);
    expect(rows).not.toMatch(/CANARY|19010203/);
  });
});

describe('sixteen first instances of one new study, over as many sinks at once', () => {
  test('make one study, and every Success is a row and a file', async () => {
    const images = Array.from({ length: 16 }, (_, number) => image(1, number));
    const sinks = await Promise.all(images.map((attributes) => receive(announced(attributes))));
    const statuses = await Promise.all(sinks.map((sink, at) => stream(sink, dataSetBytes(images[at] ?? {}), 64)));
    expect(statuses).toEqual(images.map(() => 0x0000));
    expect(await loadStudy(store.db(), 1)).toMatchObject({ instanceCount: 16, revision: 1 });
    expect(await loadStudy(store.db(), 2)).toBeNull();
    expect(await filesIn('studies')).toHaveLength(16);
  });

  test('that are all the same are stored once', async () => {
    const statuses = await Promise.all(Array.from({ length: 16 }, () => send(image(1, 1))));
    expect(new Set(statuses)).toEqual(new Set([0x0000]));
    expect(await filesIn('incoming', 'studies')).toHaveLength(1);
    expect(events.filter((event) => event.name === 'instance.stored')).toHaveLength(1);
  });
});

describe('a refusal', () => {
  const nothingKept = async (): Promise<void> => {
    expect(await filesIn('incoming', 'studies')).toEqual([]);
    expect(await loadStudy(store.db(), 1)).toBeNull();
    expect(hinted).toEqual([]);
  };

  test.each([
    ['SOP instance', { SOPInstanceUID: '1.2.3.99' }],
    ['SOP class', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' }],
  ])('with A900 when another %s was announced', async (_what, inside) => {
    const sink = await receive(announced(image(1, 1)));
    expect(await stream(sink, dataSetBytes(image(1, 1, inside)))).toBe(0xa900);
    expect(events.at(-1)).toMatchObject({ code: 'identifiers-mismatch', status: 'a900' });
    await nothingKept();
  });

  test.each(['StudyInstanceUID', 'SeriesInstanceUID'])('with A900 without a %s', async (keyword) => {
    const attributes = Object.fromEntries(Object.entries(image(1, 1)).filter(([name]) => name !== keyword));
    expect(await send(attributes)).toBe(0xa900);
    expect(events.at(-1)).toMatchObject({ code: 'invalid-uid', detail: `${keyword}.` });
    await nothingKept();
  });

  test.each([
    ['noise', Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 97 + 13) & 0xff))],
    ['nothing', Buffer.alloc(0)],
    ['a web page', Buffer.from('<!DOCTYPE html><html><body>hello</body></html>')],
  ])('with C000 of %s in place of a data set', async (_what, bytes) => {
    const sink = await receive(announced(image(1, 1)));
    expect(await stream(sink, bytes)).toBe(0xc000);
    await nothingKept();
  });

  test('with A900 before the data set when the announced UID is none', async () => {
    await expect(receive(announced(image(1, 1, { SOPInstanceUID: '../../etc/passwd' })))).rejects.toMatchObject({
      code: 'invalid-uid',
    });
    expect(events.at(-1)).toMatchObject({ name: 'instance.refused', status: 'a900' });
    await nothingKept();
  });

  test('with A700 of what is larger than allowed, and the rest is dropped as it comes', async () => {
    open({ maxInstanceBytes: 500 });
    const sink = await receive(announced(image(1, 1)));
    await sink.write(new Uint8Array(400));
    await sink.write(new Uint8Array(400));
    expect(await filesIn('incoming')).toEqual([]);
    await sink.write(new Uint8Array(400));
    expect(await sink.commit()).toBe(0xc000);
    expect(events.at(-1)).toMatchObject({ code: 'instance-too-large' });
    await nothingKept();
  });

  test('with 0110 when the ledger cannot be written, and the peer’s next try succeeds', async () => {
    await store.db().close();
    expect(await send(image(1, 1))).toBe(0x0110);
    expect(events.at(-1)).toMatchObject({ code: 'store-failed', status: '0110' });
    await store.restart();
    open();
    expect(await send(image(1, 1))).toBe(0x0000);
    expect(await filesIn('incoming', 'studies')).toHaveLength(1);
  });
});

test('a spool without room refuses with A700 before a byte is taken', async () => {
  await store.end();
  store = await storeForTest({ minFreeMiB: 1_000_000_000 });
  open();
  await expect(receive(announced(image(1, 1)))).rejects.toMatchObject({ code: 'spool-full' });
  expect(events.map((event) => event.name)).toEqual(['spool.low', 'instance.refused']);
  expect(events.at(-1)).toMatchObject({ status: 'a700' });
  expect(await filesIn('incoming')).toEqual([]);
});
