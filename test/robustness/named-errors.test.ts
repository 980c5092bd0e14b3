// What goes wrong on a hospital network, each with its clear, named error, and nothing that was acknowledged lost.
import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LoggedEvent, NodeProcess } from '../../src/demo/node-process.ts';
import { freePort, runTool, startTool } from '../support/dcmtk.ts';
import { dcmsend, type Examination, smallExamination } from '../support/examination.ts';
import { type Hl7Receiver, startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, type NodeUnderTest, nodeUnderTest, ROOT, until } from '../support/node-under-test.ts';
import { startOrthanc } from '../support/orthanc.ts';

const main = (...args: readonly string[]) => runTool(process.execPath, [path.join(ROOT, 'src/main.ts'), ...args]);

describe('a node among peers that go wrong', () => {
  let ehr: Hl7Receiver;
  let examination: Examination;
  let pacsPort: number;
  const places: NodeUnderTest[] = [];
  const nodes: NodeProcess[] = [];

  const startAt = async (place: NodeUnderTest): Promise<{ readonly node: NodeProcess; readonly events: LoggedEvent[] }> => {
    const node = await place.start();
    nodes.push(node);
    const events: LoggedEvent[] = [];
    node.onEvent((event) => events.push(event));
    return { node, events };
  };
  const place = async (options: Partial<Parameters<typeof nodeUnderTest>[0]> = {}): Promise<NodeUnderTest> => {
    const made = await nodeUnderTest({ pacsPort, ehrPort: ehr.port, ...options });
    places.push(made);
    return made;
  };
  const wait = (events: readonly LoggedEvent[], name: string): Promise<void> =>
    until(`the event ${name}`, 20_000, () => Promise.resolve(events.some((event) => event.message === name)));

  beforeAll(async () => {
    pacsPort = await freePort();
    [ehr, examination] = await Promise.all([
      startHl7Receiver(),
      smallExamination(31, { sections: [{ side: 'L', vein: 'CFV', sec: 'mild', keyframes: 2 }] }),
    ]);
  });

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.end('SIGKILL')));
    await ehr.stop();
    await Promise.all(places.map((made) => made.remove()));
  });

  test('rejects an unknown calling AE title, an unknown called one, and a known one from elsewhere, each in the words of PS3.8', async () => {
    const { node, events } = await startAt(
      await place({ peers: '[{ aeTitle: DCMSEND }, { aeTitle: FARAWAY, addresses: [192.0.2.0/24] }]' }),
    );
    const echo = (calling: string, called: string) =>
      runTool('echoscu', ['-v', '-aet', calling, '-aec', called, '127.0.0.1', String(node.dicomPort)]);
    const stranger = await echo('STRANGER', 'SONORELAY');
    expect([stranger.code === 0, /Calling AE Title Not Recognized/.test(stranger.output)]).toEqual([false, true]);
    const misdirected = await echo('DCMSEND', 'ELSEWHERE');
    expect([misdirected.code === 0, /Called AE Title Not Recognized/.test(misdirected.output)]).toEqual([false, true]);
    const faraway = await echo('FARAWAY', 'SONORELAY');
    expect([faraway.code === 0, /Calling AE Title Not Recognized/.test(faraway.output)]).toEqual([false, true]);
    expect((await echo('DCMSEND', 'SONORELAY')).code).toBe(0);
    expect(events.filter(({ message }) => message === 'association.rejected').map((event) => event['because'])).toEqual([
      'calling-ae-unknown',
      'called-ae-unknown',
      'calling-address-unknown',
    ]);
    await node.end('SIGTERM');
  });

  test('closes a connection that brings no DICOM, says so in one line, and goes on', async () => {
    const { node, events } = await startAt(await place());
    for (const noise of ['GET / HTTP/1.1\r\nHost: node\r\n\r\n', '\x0bMSH|^~\\&|A\r\x1c\r', Buffer.alloc(70_000, 0xff)]) {
      await new Promise<void>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: node.dicomPort }, () => socket.write(noise));
        socket.on('error', () => undefined);
        socket.on('data', () => undefined);
        socket.on('close', () => resolve());
      });
    }
    await until('three refusals in the log', 20_000, () =>
      Promise.resolve(events.filter(({ message }) => message === 'connection.refused').length === 3),
    );
    expect((await runTool('echoscu', ['-aet', 'DCMSEND', '-aec', 'SONORELAY', '127.0.0.1', String(node.dicomPort)])).code).toBe(
      0,
    );
    await node.end('SIGTERM');
  });

  test('keeps what was acknowledged while the PACS is down, over a restart, and delivers it once the PACS is up', async () => {
    const down = await place();
    const first = await startAt(down);
    expect((await dcmsend(examination.files, { port: first.node.dicomPort })).code).toBe(0);
    await wait(first.events, 'delivery.delayed');
    const delayed = first.events.find(({ message }) => message === 'delivery.delayed');
    expect(delayed).toMatchObject({ destination: 'pacs', code: 'peer-unreachable' });
    await until('status says what it waits for', 20_000, async () =>
      /sr to pacs: (waits \d+ s after \d+ attempts:|being sent, attempt \d+ after) peer-unreachable/.test(
        (await main('status', '--config', down.configFile)).output,
      ),
    );
    await first.node.end('SIGTERM');

    const second = await startAt(down);
    const pacs = await startOrthanc({ aeTitle: 'PACS', dicomPort: pacsPort });
    await until('the study is settled', 60_000, async () => isSettled(await down.overviews()));
    expect(await pacs.instances()).toHaveLength(2);
    await second.node.end('SIGTERM');
    await pacs.stop();
  });

  test('parks nothing silently: a PACS that refuses the class is shown with its words', async () => {
    // storescp with only one known syntax for images and no SR: its profile file accepts Verification alone.
    const profile = path.join(await mkdtemp(path.join(tmpdir(), 'sonorelay-profile-')), 'storescp.cfg');
    await writeFile(
      profile,
      [
        '[[TransferSyntaxes]]',
        '[Uncompressed]',
        'TransferSyntax1 = LittleEndianImplicit',
        '[[PresentationContexts]]',
        '[VerificationOnly]',
        'PresentationContext1 = VerificationSOPClass\\Uncompressed',
        '[[Profiles]]',
        '[Default]',
        'PresentationContexts = VerificationOnly',
        '',
      ].join('\n'),
    );
    const unwilling = await startTool('storescp', (port) => ['-aet', 'PACS', '-xf', profile, 'Default', String(port)]);
    const refusing = await place({ pacsPort: unwilling.port });
    const { node } = await startAt(refusing);
    expect((await dcmsend(examination.files, { port: node.dicomPort })).code).toBe(0);
    await until('the study is settled', 60_000, async () => isSettled(await refusing.overviews()));
    const shown = await main('status', '--config', refusing.configFile);
    expect(shown.output).toMatch(/sr to pacs: REFUSED: context-refused/);
    expect(shown.output).toMatch(/oru to ehr: sent/);

    // The administrator mends the PACS and says so; the running node takes it up.
    await unwilling.stop();
    const willing = await startOrthanc({ aeTitle: 'PACS', dicomPort: unwilling.port });
    const said = await main('retry', '--accession', examination.labels.accessionNumber, '--config', refusing.configFile);
    expect([said.code, said.output.match(/queued again$/gm)?.length]).toEqual([0, 2]);
    await until('the objects are at the PACS', 30_000, async () => (await willing.instances()).length === 2);
    await willing.stop();
    await node.end('SIGTERM');
  });

  test('takes nothing that it could not keep: when the room runs out it rejects for now, and takes again when there is room', async () => {
    const freeMiB = async (): Promise<number> => {
      const { bavail, bsize } = await statfs(tmpdir());
      return Math.floor((bavail * bsize) / 2 ** 20);
    };
    const ballast = path.join(await mkdtemp(path.join(tmpdir(), 'sonorelay-ballast-')), 'ballast');
    const filling = await place({ minFreeMiB: (await freeMiB()) - 3000 });
    const { node, events } = await startAt(filling);
    expect((await runTool('fallocate', ['-l', '6G', ballast])).code).toBe(0);
    const refused = await dcmsend(examination.files, { port: node.dicomPort });
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('Association Rejected');
    expect(events.find(({ message }) => message === 'association.rejected')).toMatchObject({ because: 'spool-full' });
    await rm(ballast);
    await until(
      'the node takes again',
      10_000,
      async () => (await dcmsend(examination.files, { port: node.dicomPort })).code === 0,
    );
    await node.end('SIGTERM');
  });

  test('does not start with a spool folder that has no room, and check names it', async () => {
    const full = await place({ minFreeMiB: 9_000_000 });
    const checked = await main('check', '--config', full.configFile);
    expect(checked.code).toBe(78);
    expect(checked.output).toMatch(/spool\.folder: \d+ MiB are free, spool\.minFreeMiB asks for 9000000/);
    const run = await main('run', '--config', full.configFile);
    expect(run.code).toBe(78);
  });

  test('does not start with a model file whose digest is not that of the manifest, and names file and digests', async () => {
    const models = await mkdtemp(path.join(tmpdir(), 'sonorelay-models-'));
    await cp(path.join(ROOT, 'models/vascular-sec'), path.join(models, 'vascular-sec'), { recursive: true });
    await writeFile(path.join(models, 'vascular-sec/head.onnx'), 'another network');
    const wrong = await place({ modelsFolder: models });
    for (const command of ['check', 'run']) {
      const said = await main(command, '--config', wrong.configFile);
      expect(said.code).toBe(78);
      expect(said.output).toMatch(
        /models\.use\[0\]: A model file does not have the SHA-256 .*head\.onnx.*[0-9a-f]{64}.*[0-9a-f]{64}/,
      );
    }
    await rm(models, { recursive: true });
  });

  test('goes on when whoever read its log is gone', async () => {
    const port = await freePort();
    const alone = await place({ dicomPort: port });
    const child = spawn(process.execPath, [path.join(ROOT, 'src/main.ts'), 'run', '--config', alone.configFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    const echo = async (): Promise<boolean> =>
      (await runTool('echoscu', ['-aet', 'DCMSEND', '-aec', 'SONORELAY', '127.0.0.1', String(port)])).code === 0;
    await until('the node listens', 30_000, echo);
    child.stderr.destroy();
    for (let times = 0; times < 3; times += 1) expect(await echo()).toBe(true);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('does not start beside another node on the same spool folder', async () => {
    const shared = await place();
    const { node } = await startAt(shared);
    const second = await main('run', '--config', shared.configFile);
    expect(second.code).toBe(69);
    expect(second.output).toContain('Another node holds this spool folder.');
    await node.end('SIGTERM');
  });

  test('says what it does not understand of a command line, and helps', async () => {
    const unknown = await main('frobnicate');
    expect([unknown.code, /there is no command "frobnicate"/.test(unknown.output)]).toEqual([64, true]);
    const option = await main('status', '--colour');
    expect([option.code, /--colour/.test(option.output), /Usage: sonorelay status/.test(option.output)]).toEqual([
      64,
      true,
      true,
    ]);
    for (const command of ['run', 'check', 'status', 'retry', 'demo']) expect((await main(command, '--help')).code).toBe(0);
  });
});
