// The listener in conversation with DCMTK: what the tools send is what reaches the sink, byte for byte, and every refusal is one that they
// can read.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { fault } from '../../src/kernel/errors.ts';
import { runTool } from '../support/dcmtk.ts';
import { dataSetOf, ULTRASOUND_IMAGE, type WrittenFile, writeImage } from '../support/dimse-files.ts';
import { type ReceivingScp, receivingScp, until } from '../support/dimse-scp.ts';

let folder = '';
let image: WrittenFile;
let peer: ReceivingScp | null = null;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dimse-receive-'));
  image = await writeImage(path.join(folder, 'image.dcm'), { sopInstanceUid: '1.2.3.4.5.6.1' });
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  await peer?.scp.stop(0);
  peer = null;
});

const start = async (...differences: Parameters<typeof receivingScp>): Promise<ReceivingScp> => {
  peer = await receivingScp(...differences);
  return peer;
};

const to = ({ scp }: ReceivingScp): readonly string[] => ['127.0.0.1', String(scp.port)];

/** The image in another transfer syntax, made by DCMTK. */
async function converted(tool: string, options: readonly string[], name: string): Promise<string> {
  const file = path.join(folder, name);
  const { code, output } = await runTool(tool, [...options, image.path, file]);
  if (code !== 0) throw new Error(`${tool}: ${output}`);
  return file;
}

describe('C-ECHO', () => {
  test('is answered, and the association is released', async () => {
    const { scp, events } = await start();
    const { code, output } = await runTool('echoscu', ['-v', '-aet', 'SCANNER', '--repeat', '3', '127.0.0.1', String(scp.port)]);
    expect(code).toBe(0);
    expect(output.match(/Received Echo Response \(Success\)/g)).toHaveLength(3);
    await until(() => events.length === 2, 'both association events');
    expect(events).toEqual([
      {
        name: 'association.accepted',
        fields: { association: 'A1', callingAeTitle: 'SCANNER', address: '127.0.0.1', contexts: 1, tls: false },
      },
      { name: 'association.ended', fields: { association: 'A1', how: 'released', instances: 0, megabytes: 0 } },
    ]);
    expect(scp.openAssociations()).toBe(0);
  });

  test('is given up by an aborting peer without harm', async () => {
    const receiving = await start();
    await runTool('echoscu', ['--abort', ...to(receiving)]);
    await until(() => receiving.events.length === 2, 'both association events');
    expect(receiving.events[1]?.fields['how']).toBe('aborted by the service user');
    expect((await runTool('echoscu', to(receiving))).code).toBe(0);
  });
});

describe('C-STORE by storescu', () => {
  test.each([
    ['Explicit VR Little Endian', '1.2.840.10008.1.2.1', 'dcmconv', ['+te'], '-xe'],
    ['Implicit VR Little Endian', '1.2.840.10008.1.2', 'dcmconv', ['+ti'], '-xi'],
    ['Explicit VR Big Endian', '1.2.840.10008.1.2.2', 'dcmconv', ['+tb'], '-xb'],
    ['RLE', '1.2.840.10008.1.2.5', 'dcmcrle', [], '-xr'],
    ['JPEG lossless', '1.2.840.10008.1.2.4.70', 'dcmcjpeg', ['+e1'], '-xs'],
    ['JPEG baseline', '1.2.840.10008.1.2.4.50', 'dcmcjpeg', ['+eb'], '-xy'],
    ['JPEG-LS lossless', '1.2.840.10008.1.2.4.80', 'dcmcjpls', ['+el'], '-xt'],
  ])('delivers %s byte for byte', async (name, uid, tool, options, proposal) => {
    const receiving = await start();
    const file = await converted(tool, options, `${uid}.dcm`);
    const { code, output } = await runTool('storescu', ['-v', '-R', proposal, ...to(receiving), file]);
    expect({ name, code, output: code === 0 ? '' : output }).toEqual({ name, code: 0, output: '' });
    const [{ incoming, bytes }] = receiving.received as [(typeof receiving.received)[number]];
    expect(incoming).toMatchObject({ transferSyntaxUid: uid, sopClassUid: ULTRASOUND_IMAGE });
    expect(bytes.equals(dataSetOf(await readFile(file)))).toBe(true);
  });

  test('delivers a deflated data set, compressed as the sender did', async () => {
    const receiving = await start();
    const file = await converted('dcmconv', ['+td'], 'deflated.dcm');
    expect((await runTool('storescu', ['-R', '-xd', ...to(receiving), file])).code).toBe(0);
    const [{ incoming, bytes }] = receiving.received as [(typeof receiving.received)[number]];
    expect(incoming.transferSyntaxUid).toBe('1.2.840.10008.1.2.1.99');
    // storescu deflates anew, so that only what is inside can be compared with the file.
    expect(inflateRawSync(bytes).equals(inflateRawSync(dataSetOf(await readFile(file))))).toBe(true);
  });

  test('tells what the request said of the peer', async () => {
    const receiving = await start();
    await runTool('storescu', ['-aet', 'SCANNER', '-aec', 'SONORELAY', '-pdu', '32768', ...to(receiving), image.path]);
    expect(receiving.received[0]?.incoming.association).toMatchObject({
      key: 'A1',
      callingAeTitle: 'SCANNER',
      calledAeTitle: 'SONORELAY',
      remoteAddress: '127.0.0.1',
      tls: false,
      maxPduLength: 32768,
      implementationVersionName: 'OFFIS_DCMTK_367',
    });
  });

  test('gets the status that the sink commits with', async () => {
    const receiving = await start({
      openInstance: async () => ({ write: async () => undefined, commit: async () => 0xb000, abort: async () => undefined }),
    });
    const { output } = await runTool('storescu', ['-v', ...to(receiving), image.path]);
    expect(output).toContain('Warning: CoercionOfDataElements');
  });

  test('is refused with the status of the fault, and the association goes on', async () => {
    let asked = 0;
    const stored: string[] = [];
    const receiving = await start({
      openInstance: async ({ sopInstanceUid }) => {
        asked += 1;
        if (asked === 1) throw fault('spool-full', 'Less than 100 MiB are free.');
        return {
          write: async () => undefined,
          commit: async () => {
            stored.push(sopInstanceUid);
            return 0;
          },
          abort: async () => undefined,
        };
      },
    });
    const other = await writeImage(path.join(folder, 'other.dcm'), { sopInstanceUid: '1.2.3.4.5.6.2' });
    const { output } = await runTool('storescu', ['-d', '-nh', ...to(receiving), image.path, other.path]);
    expect(output).toContain('0xa700: Refused: Out of resources');
    expect(output).toContain('The spool folder has too little free space.');
    expect(stored).toEqual([other.sopInstanceUid]);
    expect(receiving.events.filter(({ name }) => name === 'instance.refused')).toEqual([
      {
        name: 'instance.refused',
        fields: { association: 'A1', code: 'spool-full', detail: 'Less than 100 MiB are free.', status: 0xa700 },
      },
    ]);
  });

  test('is refused when it is larger than allowed, and its sink is aborted', async () => {
    const receiving = await start({ limits: { maxInstanceBytes: 3000 } });
    const { output } = await runTool('storescu', ['-v', ...to(receiving), image.path]);
    expect(output).toContain('CannotUnderstand');
    expect(receiving.aborted()).toBe(1);
    expect(receiving.received).toHaveLength(0);
  });

  test('is answered as a failure of ours when a sink cannot write, without a word of the file in the log', async () => {
    let aborted = 0;
    const receiving = await start({
      openInstance: async () => ({
        write: async () => {
          throw Object.assign(new Error('ENOSPC: no space left on device, write /spool/1.2.3'), { code: 'ENOSPC' });
        },
        commit: async () => 0,
        abort: async () => {
          aborted += 1;
        },
      }),
    });
    const { output } = await runTool('storescu', ['-v', ...to(receiving), image.path]);
    expect(output).toContain('Unknown Status: 0x110');
    expect(aborted).toBe(1);
    expect(receiving.events.find(({ name }) => name === 'instance.refused')?.fields).toEqual({
      association: 'A1',
      code: 'store-failed',
      detail: 'ENOSPC',
      status: 0x0110,
    });
  });

  test('that is aborted after the answer leaves the instance where it is', async () => {
    const receiving = await start();
    await runTool('storescu', ['--abort', ...to(receiving), image.path]);
    await until(() => receiving.events.some(({ name }) => name === 'association.ended'), 'the end of the association');
    expect(receiving.received).toHaveLength(1);
    expect(receiving.aborted()).toBe(0);
  });
});

describe('C-STORE by dcmsend', () => {
  test('delivers a private SOP class and an ultrasound image in one association', async () => {
    const receiving = await start();
    const privateImage = await writeImage(path.join(folder, 'private.dcm'), {
      sopInstanceUid: '1.2.3.4.5.6.3',
      sopClassUid: '1.3.46.670589.2.5.1.1',
    });
    const { code } = await runTool('dcmsend', ['-v', ...to(receiving), image.path, privateImage.path]);
    expect(code).toBe(0);
    expect(receiving.requests).toHaveLength(1);
    expect(receiving.received.map(({ incoming: { sopClassUid } }) => sopClassUid)).toEqual([
      ULTRASOUND_IMAGE,
      '1.3.46.670589.2.5.1.1',
    ]);
    expect(receiving.received[1]?.bytes.equals(privateImage.dataSet)).toBe(true);
  });

  test('runs four associations at once, each with its own instances whole', async () => {
    const receiving = await start();
    const lanes = await Promise.all(
      [1, 2, 3, 4].map((lane) =>
        Promise.all(
          [1, 2, 3, 4, 5].map((index) =>
            writeImage(path.join(folder, `lane-${lane}-${index}.dcm`), {
              sopInstanceUid: `1.2.3.4.${lane}.${index}`,
              rows: 128 * lane,
              columns: 512,
            }),
          ),
        ),
      ),
    );
    const results = await Promise.all(
      lanes.map((files) => runTool('dcmsend', [...to(receiving), ...files.map((file) => file.path)])),
    );
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const bytes = new Map(receiving.received.map((one) => [one.incoming.sopInstanceUid, one.bytes]));
    expect(bytes.size).toBe(20);
    expect(lanes.flat().filter((file) => bytes.get(file.sopInstanceUid)?.equals(file.dataSet) !== true)).toEqual([]);
    await until(() => receiving.scp.openAssociations() === 0, 'the end of the associations');
  });
});

describe('an association', () => {
  test('is rejected with the result, source and reason of the admission', async () => {
    const receiving = await start({
      admit: async () => ({
        accept: false,
        because: 'The called AE title is not ours.',
        rejection: { result: 1, source: 1, reason: 7 },
      }),
    });
    const { code, output } = await runTool('echoscu', ['-v', ...to(receiving)]);
    expect(code).not.toBe(0);
    expect(output).toContain('Called AE Title Not Recognized');
    expect(receiving.events).toEqual([
      {
        name: 'association.rejected',
        fields: {
          association: 'A1',
          callingAeTitle: 'ECHOSCU',
          calledAeTitle: 'ANY-SCP',
          address: '127.0.0.1',
          because: 'The called AE title is not ours.',
        },
      },
    ]);
  });

  test('is rejected for the fault that admission throws', async () => {
    const receiving = await start({
      admit: async () => {
        throw fault('spool-full');
      },
    });
    const { output } = await runTool('echoscu', ['-v', ...to(receiving)]);
    expect(output).toContain('Temporary Congestion');
  });

  test('over the limit is rejected for now, and taken when there is room again', async () => {
    let proceed: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const receiving = await start({
      limits: { maxAssociations: 1 },
      openInstance: async () => ({
        write: async () => undefined,
        commit: async () => {
          await held;
          return 0;
        },
        abort: async () => undefined,
      }),
    });
    const first = runTool('storescu', [...to(receiving), image.path]);
    await until(() => receiving.scp.openAssociations() === 1, 'the first association');
    const { output } = await runTool('echoscu', ['-v', ...to(receiving)]);
    expect(output).toContain('Local Limit Exceeded');
    proceed();
    expect((await first).code).toBe(0);
    await until(() => receiving.scp.openAssociations() === 0, 'the end of the first association');
    expect((await runTool('echoscu', to(receiving))).code).toBe(0);
  });

  test('whose contexts are all refused is accepted, and nothing can be sent over it', async () => {
    const receiving = await start({
      admit: async ({ contexts }) => ({ accept: true, contexts: contexts.map(({ id }) => ({ id, result: 3 })) }),
    });
    const { code, output } = await runTool('storescu', ['-v', ...to(receiving), image.path]);
    expect(code).not.toBe(0);
    expect(output).toContain('No Acceptable Presentation Contexts');
  });

  test('under way is let end by a stop that has the patience, and aborted by one that has not', async () => {
    for (const [graceMs, isStored] of [
      [5_000, true],
      [50, false],
    ] as const) {
      let aborted = 0;
      let committed = 0;
      let isWriting = false;
      const receiving = await start({
        openInstance: async () => ({
          write: async () => {
            isWriting = true;
            await new Promise((resolve) => setTimeout(resolve, 300));
          },
          commit: async () => {
            committed += 1;
            return 0;
          },
          abort: async () => {
            aborted += 1;
          },
        }),
      });
      const large = await writeImage(path.join(folder, 'large.dcm'), { sopInstanceUid: '1.2.3.9', rows: 600, columns: 600 });
      const sending = runTool('storescu', [...to(receiving), large.path]);
      await until(() => isWriting, 'the first bytes');
      await receiving.scp.stop(graceMs);
      expect((await sending).code === 0).toBe(isStored);
      expect({ committed, aborted }).toEqual(isStored ? { committed: 1, aborted: 0 } : { committed: 0, aborted: 1 });
      expect(receiving.events.at(-1)?.fields['how']).toBe(isStored ? 'released' : 'aborted: the node stops');
      expect(receiving.scp.openAssociations()).toBe(0);
      await expect(runTool('echoscu', to(receiving))).resolves.toMatchObject({ code: 1 });
    }
  });
});

test('a port that is taken is a fault of its own', async () => {
  const { scp } = await start();
  await expect(receivingScp({ port: scp.port })).rejects.toMatchObject({ code: 'port-in-use' });
});
