// What a radiologist sees: studies with their results in OHIF, served beside Orthanc's DICOMweb, in headless Chromium. Screenshots are kept in
// var/browser-tests, for people.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeDvtStudy, writeEchoStudy, writeLungStudy } from '../../src/phantom/write.ts';
import { dcmsend, smallExamination } from '../support/examination.ts';
import { type Hl7Receiver, startHl7Receiver } from '../support/hl7-receiver.ts';
import { isSettled, nodeUnderTest, ROOT, until } from '../support/node-under-test.ts';
import { type Ohif, startOhif } from '../support/ohif.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';

const SCREENSHOTS = path.join(ROOT, 'var/browser-tests');
const CAPTURE = '1.2.840.10008.5.1.4.1.1.7.4';
const VIEW_TIMEOUT_MS = 60_000;
const PICTURE = { rows: 208, columns: 288 } as const;

type Written = { readonly files: readonly string[]; readonly labels: { readonly studyInstanceUid: string } };

/** An examination of each family: who reads it, and the words that the report must show on a frame. */
const CASES: readonly {
  readonly name: string;
  readonly model: string;
  readonly study: string;
  readonly short: string;
  /** Attention cines that come back. */
  readonly played: number;
  readonly words: readonly RegExp[];
  readonly write: (folder: string) => Promise<Written>;
}[] = [
  {
    name: 'leg',
    model: 'vascular-sec',
    study: 'VENOUS',
    short: 'SEC',
    played: 0,
    words: [/Research AI: left femoral vein SEC present/u, /Certainty of Finding: \d+(\.\d+)? %/u, /Femoral vein/u],
    write: () => smallExamination(41, { cines: 1 }),
  },
  {
    name: 'compression',
    model: 'vascular-dvt',
    study: 'VENOUS',
    short: 'compressibility',
    played: 1,
    words: [/Research AI: left SFJ/u],
    write: (folder) =>
      writeDvtStudy(folder, {
        seed: 42,
        picture: PICTURE,
        cines: [{ side: 'L', route: 'LM1', compressibility: 'full', pressing: 'full', frames: 60 }],
      }),
  },
  {
    name: 'lung',
    model: 'lung-score',
    study: 'LUNG',
    short: 'lung score',
    played: 2,
    words: [/Research AI: lung score, total over [12] of 14 areas/u],
    write: (folder) =>
      writeLungStudy(folder, {
        seed: 43,
        picture: PICTURE,
        frames: 20,
        areas: [
          { area: 1, score: 3 },
          { area: 7, score: 0 },
        ],
      }),
  },
  {
    name: 'echo',
    model: 'echo-cmr',
    study: 'ECHO',
    short: 'wall motion',
    played: 2,
    words: [/Research AI: .*wall motion/iu],
    write: (folder) => writeEchoStudy(folder, { seed: 44, picture: PICTURE, views: ['A4C', 'A2C'], wallMotionAbnormality: true }),
  },
];

let pacs: Orthanc;
let ehr: Hl7Receiver;
let viewer: Ohif;
let folder: string;
const studies = new Map<string, string>();

const thumbnails = (text: RegExp) => viewer.page.locator('[data-cy^="study-browser-thumbnail"]').filter({ hasText: text });
/** The first that matches: of the attention images the pages, whose instance number is the lowest. */
const thumbnail = (text: RegExp) => thumbnails(text).first();
const view = () => viewer.page.locator('[data-cy="viewport-grid"]');
const keep = (name: string) => viewer.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
/** Texts of the viewport whose places overlap, two by two. */
const wordsOverWords = (): Promise<readonly string[]> =>
  view()
    .locator('svg text')
    .evaluateAll((texts) => {
      const places = texts.map((text) => ({ words: text.textContent ?? '', box: text.getBoundingClientRect() }));
      return places.flatMap(({ words, box }, index) =>
        places.slice(index + 1).flatMap((other) => {
          const apart =
            box.right <= other.box.left ||
            other.box.right <= box.left ||
            box.bottom <= other.box.top ||
            other.box.bottom <= box.top;
          return apart ? [] : [`${words} | ${other.words}`];
        }),
      );
    });
const shown = async (text: RegExp): Promise<string> => {
  await view().getByText(text).first().waitFor({ timeout: VIEW_TIMEOUT_MS });
  return view().innerText();
};

/** The attention images of an examination that the archive holds, pages and cines, by instance number. */
async function capturesOf(name: string) {
  const study = studies.get(name);
  return (await pacs.instances())
    .map(({ tags }) => tags)
    .filter((tags) => tags['SOPClassUID'] === CAPTURE && tags['StudyInstanceUID'] === study)
    .toSorted((one, other) => Number(one['InstanceNumber']) - Number(other['InstanceNumber']));
}

beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true });
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-browser-'));
  [pacs, ehr] = await Promise.all([startOrthanc({ aeTitle: 'PACS', dicomWeb: true }), startHl7Receiver()]);
  const place = await nodeUnderTest({
    pacsPort: pacs.dicomPort,
    ehrPort: ehr.port,
    models: [...new Set(CASES.map(({ model }) => model))],
    routes: [
      '  - { name: legs, when: { modality: "^US$", studyDescription: VENOUS }, models: [vascular-sec, vascular-dvt], destinations: [pacs, ehr] }',
      '  - { name: lungs, when: { modality: "^US$", studyDescription: LUNG }, models: [lung-score], destinations: [pacs, ehr] }',
      '  - { name: heart, when: { modality: "^US$", studyDescription: ECHO }, models: [echo-cmr], destinations: [pacs, ehr] }',
    ],
  });
  const node = await place.start();
  try {
    for (const { name, write } of CASES) {
      const { files, labels } = await write(path.join(folder, name));
      studies.set(name, labels.studyInstanceUid);
      for (const file of files) await pacs.upload(file);
      await dcmsend(files, { port: node.dicomPort });
    }
    await until('the studies are settled', 200_000, async () => {
      const overviews = await place.overviews();
      return overviews.length === CASES.length && isSettled(overviews);
    });
  } finally {
    await node.end('SIGTERM');
    await place.remove();
  }
  viewer = await startOhif(pacs.httpPort);
}, 400_000);

afterAll(async () => {
  // What did not start, because the set-up failed before it, cannot be stopped.
  await Promise.all([viewer?.stop(), pacs?.stop(), ehr?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

describe.each(CASES)('OHIF, with the $name examination', ({ name, short, words, played }) => {
  test('lists report and attention images beside the images of the study', async () => {
    await viewer.open(studies.get(name) ?? '');
    await thumbnail(new RegExp(`AI ${short} (attention|pages) - RESEARCH USE ONLY`, 'u')).waitFor({ timeout: VIEW_TIMEOUT_MS });
    await thumbnail(new RegExp(`AI ${short} report - RESEARCH USE ONLY`, 'u')).waitFor({ timeout: VIEW_TIMEOUT_MS });
    await keep(`${name}-study`);
  });

  test('shows the attention images and pages through them', async () => {
    await thumbnail(/ (attention|pages) - /u).dblclick();
    await shown(/ (attention|pages) - /u);
    const capture = (await capturesOf(name)).find(({ FrameTime }) => FrameTime === undefined);
    const pages = Number(capture?.['NumberOfFrames']);
    expect(pages).toBeGreaterThanOrEqual(1);
    // The viewer counts only where there is more than one.
    if (pages > 1) expect(await shown(/\(1\/\d+\)/u)).toContain(`(1/${pages})`);
    await viewer.page.waitForTimeout(1000);
    await keep(`${name}-attention-1`);
    if (pages === 1) return;
    await view().hover();
    await viewer.page.mouse.wheel(0, 120);
    expect(await shown(/\(2\/\d+\)/u)).toContain(`(2/${pages})`);
    await keep(`${name}-attention-2`);
  });

  test('plays the cines of lungs, veins and hearts, with all their frames', async () => {
    const cines = (await capturesOf(name)).filter(({ FrameTime }) => FrameTime !== undefined);
    expect(cines).toHaveLength(played);
    for (const [index, cine] of cines.entries()) {
      await thumbnails(/ (attention|pages) - /u)
        .nth(index + 1)
        .dblclick();
      const words = `I:${cine['InstanceNumber']} (1/${cine['NumberOfFrames']})`;
      await until(`the viewer shows ${words}`, VIEW_TIMEOUT_MS, async () => (await view().innerText()).includes(words));
      expect(await view().innerText()).toContain('FPS');
      await keep(`${name}-cine-${index + 1}`);
    }
  });

  test('draws the findings of the report on the frames that they rest on, in words that no other words lie over', async () => {
    await thumbnail(/ report - /u).dblclick();
    const [first = /./u, ...more] = words;
    const text = await shown(first);
    for (const word of more) expect(text).toMatch(word);
    expect(await wordsOverWords()).toEqual([]);
    await keep(`${name}-report`);
  });
});
