// A hospital puts in a model of its own: another folder of the same kind runs without a change in src, and a wrong one is refused by name.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPacs } from '../../src/demo/receivers.ts';
import { runTool } from '../support/dcmtk.ts';
import { dcmsend, smallExamination } from '../support/examination.ts';
import { startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, type NodeUnderTest, nodeUnderTest, ROOT, until } from '../support/node-under-test.ts';

const SHIPPED = path.join(ROOT, 'models/vascular-sec');

/** Changes what a folder's manifest states of its head. */
async function changeHead(own: string, change: Readonly<Record<string, unknown>>): Promise<void> {
  const file = path.join(own, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { graphs: { head: object } };
  Object.assign(manifest.graphs.head, change);
  await writeFile(file, JSON.stringify(manifest));
}

describe('the models of an installation', () => {
  let folder: string;
  let installed: string;
  let place: NodeUnderTest;
  const models = (...args: readonly string[]) =>
    runTool(process.execPath, [path.join(ROOT, 'src/main.ts'), 'models', ...args, '--config', place.configFile], {
      timeoutMs: 60_000,
    });

  /** The shipped network under another name, version and threshold: what a site's own weights look like from outside. */
  const ownModel = async (id: string, change: (manifest: Record<string, unknown>) => void): Promise<string> => {
    const own = path.join(folder, id);
    await cp(SHIPPED, own, { recursive: true });
    const manifest = JSON.parse(await readFile(path.join(own, 'manifest.json'), 'utf8')) as Record<string, unknown>;
    manifest['id'] = id;
    change(manifest);
    await writeFile(path.join(own, 'manifest.json'), JSON.stringify(manifest));
    return own;
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-own-'));
    installed = path.join(folder, 'installed');
    await mkdir(installed);
    place = await nodeUnderTest({ pacsPort: 9, ehrPort: 9, modelsFolder: installed, models: ['site-sec'] });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await place.remove();
  });

  test('a folder of the same kind is added, listed, checked, and runs', async () => {
    const own = await ownModel('site-sec', (manifest) => {
      manifest['version'] = '7.1.0';
      manifest['name'] = 'SEC of the site';
    });
    const added = await models('add', own);
    expect([added.code, /site-sec is in/.test(added.output)]).toEqual([0, true]);
    expect((await models('list')).output).toMatch(/site-sec +7\.1\.0 +vascular-sec +live +yes/);
    const checked = await models('check');
    expect([checked.code, /site-sec 7\.1\.0: sound; every graph ran on cpu/.test(checked.output)]).toEqual([0, true]);

    const pacsFolder = await mkdtemp(path.join(folder, 'pacs-'));
    const [pacs, ehr, examination] = await Promise.all([
      startPacs(pacsFolder),
      startHl7Receiver(),
      smallExamination(71, { sections: [{ side: 'L', vein: 'FV', sec: 'mild', keyframes: 2 }] }),
    ]);
    const running = await nodeUnderTest({
      pacsPort: pacs.port,
      ehrPort: ehr.port,
      modelsFolder: installed,
      models: ['site-sec'],
    });
    const node = await running.start();
    try {
      expect((await dcmsend(examination.files, { port: node.dicomPort })).code).toBe(0);
      await until('the study is settled', 60_000, async () => isSettled(await running.overviews()));
      const [message = ''] = await ehr.messages();
      expect(message).toContain('SEC of the site 7.1.0');
    } finally {
      await node.end('SIGTERM');
      await Promise.all([pacs.stop(), ehr.stop(), running.remove()]);
    }
  });

  test('a folder that is not there is refused with the way to it, and so is a word too many', async () => {
    const gone = await models('add', path.join(folder, 'gone'));
    expect([gone.code, gone.output]).toEqual([78, expect.stringMatching(/there is no folder .*gone/)]);
    const unknown = await models('check', 'other-name');
    expect([unknown.code, unknown.output]).toEqual([
      78,
      expect.stringMatching(/other-name: .*there is no folder .*; there are: site-sec/),
    ]);
    const many = await models('list', 'site-sec');
    expect([many.code, many.output]).toEqual([64, expect.stringMatching(/list takes no other words/)]);
    const verb = await models('lost');
    expect([verb.code, verb.output]).toEqual([64, expect.stringMatching(/Say list, check or add, not "lost"/)]);
  });

  test('one that is there is never overwritten', async () => {
    const again = await models('add', path.join(folder, 'site-sec'));
    expect([again.code, /exists; remove it first/.test(again.output)]).toEqual([78, true]);
  });

  test.each([
    ['a wrong digest', 'wrong-digest', /SHA-256/, async (own: string) => writeFile(path.join(own, 'head.onnx'), 'x')],
    [
      'a graph that is no ONNX file',
      'no-onnx',
      /graphs\.head: .*protobuf/,
      async (own: string) => {
        await writeFile(path.join(own, 'head.onnx'), 'x');
        await changeHead(own, { sha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881' });
      },
    ],
    [
      'a graph of another opset than it states',
      'other-opset',
      /other-opset: graphs\.head: head\.onnx is of opset 15, the manifest states 17/,
      async (own: string) => changeHead(own, { opset: 17 }),
    ],
    [
      'a graph of another shape than it states',
      'other-shape',
      /other-shape: graphs\.head\.inputs\.features: shape \[k, 2048\] in the graph, the manifest states \[k, 512\]/,
      async (own: string) => changeHead(own, { inputs: [{ name: 'features', type: 'float32', shape: ['k', 512] }] }),
    ],
    [
      'a notice that pages have no letters for',
      'no-letters',
      /no-letters: manifest\.json: name: no letters on pages for: .+; notice: no letters on pages for: ./,
      async (own: string) => {
        const manifest = JSON.parse(await readFile(path.join(own, 'manifest.json'), 'utf8')) as Record<string, unknown>;
        Object.assign(manifest, { name: '\u0442\u0435\u0441\u0442', notice: 'Not for diagnosis. \u4e2d' });
        await writeFile(path.join(own, 'manifest.json'), JSON.stringify(manifest));
      },
    ],
    [
      'a manifest without its threshold rules',
      'no-outputs',
      /outputs/,
      async (own: string) => {
        const manifest = JSON.parse(await readFile(path.join(own, 'manifest.json'), 'utf8')) as Record<string, unknown>;
        manifest['outputs'] = 'none';
        await writeFile(path.join(own, 'manifest.json'), JSON.stringify(manifest));
      },
    ],
  ])('one with %s is refused by name and leaves nothing behind', async (_, id, words, spoil) => {
    const own = await ownModel(id, () => undefined);
    await spoil(own);
    const refused = await models('add', own);
    expect(refused.code).toBe(78);
    expect(refused.output).toMatch(words);
    expect((await models('list')).output).not.toContain(id);
  });
});
