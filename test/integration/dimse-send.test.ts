// The sender in conversation with storescp and with peers that misbehave: every file arrives as it is, and every way to fail has its outcome.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { InstanceSink } from '../../src/contracts/association.ts';
import type { Outcome, StoreItem } from '../../src/contracts/delivery.ts';
import { encodeAbort, encodeReject } from '../../src/dicom/pdu.ts';
import { dimseEcho, dimseSender } from '../../src/edge/dimse-scu.ts';
import { freePort, runTool, startTool } from '../support/dcmtk.ts';
import { dataSetOf, EXPLICIT_LITTLE, ULTRASOUND_IMAGE, writeImage } from '../support/dimse-files.ts';
import { acceptAssociation, destinationAt, itemOf, scriptedPeer } from '../support/dimse-peers.ts';
import { keepingLog, receivingScp } from '../support/dimse-scp.ts';

const { log, events } = keepingLog();
const send = dimseSender({ log });

let folder = '';
let image: StoreItem;
let second: StoreItem;
let third: StoreItem;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dimse-send-'));
  const write = async (index: number): Promise<StoreItem> =>
    itemOf(
      await writeImage(path.join(folder, `${index}.dcm`), { sopInstanceUid: `1.2.3.4.5.${index}`, rows: 300, columns: 300 }),
    );
  [image, second, third] = [await write(1), await write(2), await write(3)];
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  events.splice(0);
});

const kinds = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes.map((outcome) => (outcome.kind === 'accepted' ? 'accepted' : `${outcome.kind} ${outcome.code}`));

const scripted = async (...script: Parameters<typeof scriptedPeer>): Promise<number> => {
  const peer = await scriptedPeer(...script);
  stops.push(peer.stop);
  return peer.port;
};

/** A listener of ours whose sink commits the given statuses one after the other. */
async function answering(...statuses: readonly number[]): Promise<number> {
  const rest = [...statuses];
  const openInstance = async (): Promise<InstanceSink> => ({
    write: async () => undefined,
    commit: async () => rest.shift() ?? 0,
    abort: async () => undefined,
  });
  const { scp } = await receivingScp({ openInstance });
  stops.push(() => scp.stop(0));
  return scp.port;
}

describe('storescp', () => {
  test('receives files of several transfer syntaxes and a private class in one association, bytes untouched', async () => {
    const archive = path.join(folder, 'archive');
    await mkdir(archive);
    const peer = await startTool('storescp', (port) => ['-v', '-pm', '+B', '+xa', '-od', archive, String(port)]);
    stops.push(peer.stop);

    const convert = async (
      tool: string,
      options: readonly string[],
      name: string,
      transferSyntaxUid: string,
    ): Promise<StoreItem> => {
      const source = await writeImage(path.join(folder, `${name}-source.dcm`), { sopInstanceUid: `1.2.3.4.6.${name.length}` });
      const file = path.join(folder, `${name}.dcm`);
      const { code, output } = await runTool(tool, [...options, source.path, file]);
      if (code !== 0) throw new Error(output);
      return { ...itemOf(source), path: file, transferSyntaxUid };
    };
    const items: readonly StoreItem[] = [
      image,
      await convert('dcmconv', ['+ti'], 'implicit', '1.2.840.10008.1.2'),
      await convert('dcmconv', ['+tb'], 'big', '1.2.840.10008.1.2.2'),
      await convert('dcmcrle', [], 'rl-e', '1.2.840.10008.1.2.5'),
      await convert('dcmcjpeg', ['+eb'], 'baseline-jpeg', '1.2.840.10008.1.2.4.50'),
      itemOf(
        await writeImage(path.join(folder, 'private.dcm'), { sopInstanceUid: '1.2.3.7', sopClassUid: '1.3.46.670589.2.5.1.1' }),
      ),
    ];
    expect(kinds(await send(destinationAt(peer.port), items))).toEqual(items.map(() => 'accepted'));
    expect(peer.output().match(/Association Acknowledged/g)).toHaveLength(1);

    const stored = await readdir(archive);
    expect(stored).toHaveLength(items.length);
    for (const { path: file, sopInstanceUid } of items) {
      const name = stored.find((candidate) => candidate.endsWith(sopInstanceUid)) ?? 'missing';
      expect(dataSetOf(await readFile(path.join(archive, name))).equals(dataSetOf(await readFile(file)))).toBe(true);
    }
    expect(events).toEqual([
      {
        name: 'association.ended',
        fields: { association: 'archive', how: 'released', instances: 6, megabytes: expect.any(Number) },
      },
    ]);
  });

  test('answers C-ECHO', async () => {
    const peer = await startTool('storescp', (port) => ['-v', String(port)]);
    stops.push(peer.stop);
    expect(await dimseEcho(destinationAt(peer.port))).toEqual({ kind: 'accepted', words: '0000 Success' });
  });

  test('that does not take a syntax refuses that item alone', async () => {
    const peer = await startTool('storescp', (port) => ['--ignore', String(port)]);
    stops.push(peer.stop);
    const jpeg = { ...second, transferSyntaxUid: '1.2.840.10008.1.2.4.90' };
    const outcomes = await send(destinationAt(peer.port), [image, jpeg, third]);
    expect(kinds(outcomes)).toEqual(['accepted', 'permanent context-refused', 'accepted']);
    expect(outcomes[1]?.words).toBe('Presentation context not accepted: transfer syntaxes not supported');
  });

  test('that aborts while it receives leaves that item ambiguous and the others unsent', async () => {
    const peer = await startTool('storescp', (port) => ['--abort-during', String(port)]);
    stops.push(peer.stop);
    const outcomes = await send(destinationAt(peer.port), [image, second]);
    expect(kinds(outcomes)).toEqual(['ambiguous association-aborted', 'transient association-aborted']);
    expect(outcomes[1]?.words).toContain('Not sent');
  });

  test('that refuses associations is told in the words of the standard', async () => {
    const peer = await startTool('storescp', (port) => ['--refuse', String(port)]);
    stops.push(peer.stop);
    const [outcome] = await send(destinationAt(peer.port), [image]);
    expect(outcome).toEqual({
      kind: 'permanent',
      code: 'association-rejected',
      words: 'Rejected permanently by the service user: no reason given (1/1/1)',
    });
    expect(events.map(({ name }) => name)).toEqual(['association.rejected']);
  });
});

describe('an answer', () => {
  test.each([
    ['0000', 'accepted', '0000 Success'],
    ['B000', 'accepted', 'B000 Coercion of data elements'],
    ['B006', 'accepted', 'B006 Elements discarded'],
    ['B007', 'accepted', 'B007 Data set does not match SOP class, stored all the same'],
    ['0111', 'accepted', '0111 Duplicate SOP instance: already there'],
    ['A700', 'transient peer-busy', 'A700 Out of resources'],
    ['A900', 'permanent peer-refused', 'A900 Data set does not match SOP class'],
    ['C001', 'permanent peer-refused', 'C001 Cannot understand'],
  ])('of status %s is its outcome, and the next item goes on', async (status, kind, words) => {
    const outcomes = await send(destinationAt(await answering(Number.parseInt(status, 16), 0)), [image, second]);
    expect(kinds(outcomes)).toEqual([kind, 'accepted']);
    expect(outcomes[0]?.words).toBe(words);
  });
});

describe('a peer', () => {
  test('that nobody listens for is unreachable', async () => {
    const port = await freePort();
    const outcomes = await send(destinationAt(port), [image, second]);
    expect(kinds(outcomes)).toEqual(['transient peer-unreachable', 'transient peer-unreachable']);
    expect(outcomes[0]?.words).toContain('ECONNREFUSED');
    expect(await dimseEcho(destinationAt(port))).toMatchObject({ kind: 'transient', code: 'peer-unreachable' });
  });

  test('that rejects for now may be asked again', async () => {
    const port = await scripted(async (connection) => {
      await connection.next(5_000);
      await connection.close(encodeReject({ result: 2, source: 3, reason: 2 }), 50);
    });
    const [outcome] = await send(destinationAt(port), [image]);
    expect(outcome).toMatchObject({ kind: 'transient', code: 'association-rejected-transient' });
    expect(outcome?.words).toContain('local limit exceeded (2/3/2)');
  });

  test('that never answers the association request has been given nothing', async () => {
    const port = await scripted(async (connection) => {
      await connection.next(5_000);
      await connection.next(5_000);
    });
    const outcomes = await send(destinationAt(port, { responseTimeoutMs: 150 }), [image]);
    expect(kinds(outcomes)).toEqual(['transient peer-silent']);
  });

  test('that is no DICOM peer has been given nothing', async () => {
    const port = await scripted(async (connection) => {
      await connection.next(5_000);
      await connection.close(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 50);
    });
    expect(kinds(await send(destinationAt(port), [image]))).toEqual(['transient pdu-invalid']);
  });

  test('that takes an instance and falls silent leaves it ambiguous', async () => {
    const port = await scripted(async (connection) => {
      await acceptAssociation(connection);
      while ((await connection.next(5_000)) !== null);
    });
    const outcomes = await send(destinationAt(port, { responseTimeoutMs: 1_000 }), [image, second]);
    expect(kinds(outcomes)).toEqual(['ambiguous peer-silent', 'transient association-aborted']);
  });

  test('that stops reading in the middle leaves it ambiguous', async () => {
    const large = itemOf(
      await writeImage(path.join(folder, 'large.dcm'), { sopInstanceUid: '1.2.3.8', rows: 4_000, columns: 5_000 }),
    );
    const port = await scripted(async (connection, socket) => {
      await acceptAssociation(connection);
      await connection.next(5_000);
      await new Promise((resolve) => socket.once('close', resolve));
    });
    const outcomes = await send(destinationAt(port, { responseTimeoutMs: 1_000 }), [large]);
    expect(kinds(outcomes)).toEqual(['ambiguous peer-silent']);
  });

  test('that drops the connection after the request leaves it ambiguous', async () => {
    const port = await scripted(async (connection, socket) => {
      await acceptAssociation(connection);
      await connection.next(5_000);
      socket.destroy();
    });
    const outcomes = await send(destinationAt(port), [image, second]);
    expect(kinds(outcomes)).toEqual(['ambiguous association-aborted', 'transient association-aborted']);
  });

  test('that aborts is quoted', async () => {
    const port = await scripted(async (connection) => {
      await acceptAssociation(connection);
      await connection.next(5_000);
      await connection.write(encodeAbort(2, 6), 1_000);
      while ((await connection.next(5_000)) !== null);
    });
    const [outcome] = await send(destinationAt(port), [image]);
    expect(outcome).toEqual({
      kind: 'ambiguous',
      code: 'association-aborted',
      words: 'aborted by the service provider: invalid PDU parameter value',
    });
  });

  test('with the smallest of maximum PDU lengths gets no larger PDU', async () => {
    let largest = 0;
    let bytes = 0;
    const port = await scripted(async (connection) => {
      await acceptAssociation(connection, 128);
      for (;;) {
        const part = await connection.next(5_000);
        if (part?.kind !== 'data') return;
        largest = Math.max(largest, part.bytes.length);
        if (!part.isCommand) bytes += part.bytes.length;
        if (part.ends && !part.isCommand) return;
      }
    });
    const small = await writeImage(path.join(folder, 'small.dcm'), { sopInstanceUid: '1.2.3.10' });
    expect(kinds(await send(destinationAt(port), [itemOf(small)]))).toEqual(['ambiguous association-aborted']);
    expect(largest).toBe(122);
    expect(bytes).toBe(small.dataSet.length);
  });
});

describe('a set', () => {
  test('of nothing opens no association', async () => {
    let connections = 0;
    const port = await scripted(async () => {
      connections += 1;
    });
    expect(await send(destinationAt(port), [])).toEqual([]);
    expect(connections).toBe(0);
  });

  test('with a file that is gone and one that is no DICOM file sends the rest', async () => {
    const text = path.join(folder, 'text.dcm');
    await writeFile(text, 'not DICOM');
    const items = [{ ...image, path: path.join(folder, 'gone.dcm') }, { ...second, path: text }, third];
    const outcomes = await send(destinationAt(await answering()), items);
    expect(kinds(outcomes)).toEqual(['permanent dataset-not-understood', 'permanent dataset-not-understood', 'accepted']);
  });

  test('of more than 128 kinds of object goes over as many associations as that takes', async () => {
    const { scp, requests, received } = await receivingScp();
    stops.push(() => scp.stop(0));
    const items = Array.from({ length: 130 }, (_, index) => ({ ...image, sopClassUid: `1.2.3.${index + 1}` }));
    expect(new Set(kinds(await send(destinationAt(scp.port), items)))).toEqual(new Set(['accepted']));
    expect(requests.map(({ contexts }) => contexts.length)).toEqual([128, 2]);
    expect(received).toHaveLength(130);
  });

  test('proposes for each item its own syntax and nothing else', async () => {
    const { scp, requests } = await receivingScp();
    stops.push(() => scp.stop(0));
    await send(destinationAt(scp.port), [image, second, { ...third, transferSyntaxUid: '1.2.840.10008.1.2.4.50' }]);
    expect(requests[0]?.contexts).toEqual([
      { id: 1, abstractSyntaxUid: ULTRASOUND_IMAGE, transferSyntaxUids: [EXPLICIT_LITTLE] },
      { id: 3, abstractSyntaxUid: ULTRASOUND_IMAGE, transferSyntaxUids: ['1.2.840.10008.1.2.4.50'] },
    ]);
  });
});
