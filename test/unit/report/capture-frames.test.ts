// The golden hashes are of whole pages: `UPDATE_GOLDEN=1` writes them anew; look at the pages (scripts/contact-sheets.ts) before that is kept.
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { AnalysisResult } from '../../../src/contracts/finding.ts';
import { captureFrames, readMap } from '../../../src/report/capture-frames.ts';
import { PAGE } from '../../../src/report/capture-layout.ts';
import { pagesOf } from '../../../src/report/capture-page.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT, NAMES, readCapture } from '../../support/capture-fixtures.ts';
import { expectGolden } from '../../support/golden.ts';
import { EMPTY_RESULT, RESULT } from '../../support/report-fixture.ts';
import { TEMPLATE, TEMPLATES } from '../../support/report-objects.ts';

describe('the frames', () => {
  const parts = { result: RESULT, template: TEMPLATE, names: new Map<string, string>(), read: readCapture };

  test('have one size, carry the strip, frame the top key frame in its colour, and come out alike twice', async () => {
    const pages = pagesOf(RESULT).slice(1);
    const [first, second] = [
      await Array.fromAsync(captureFrames(pages, parts)),
      await Array.fromAsync(captureFrames(pages, parts)),
    ];
    expect(first.map((frame) => frame.length)).toEqual([PAGE.width * PAGE.height * 3, PAGE.width * PAGE.height * 3]);
    expect(first.every((frame, index) => Buffer.compare(frame, second[index] ?? new Uint8Array(0)) === 0)).toBe(true);
    const last = first[1] ?? new Uint8Array(0);
    const count = (near: (red: number, green: number, blue: number) => boolean): number => {
      let found = 0;
      for (let at = 0; at < last.length; at += 3) if (near(last[at] ?? 0, last[at + 1] ?? 0, last[at + 2] ?? 0)) found += 1;
      return found;
    };
    expect(count((red, green, blue) => red === 0xff && green === 0xd1 && blue === 0x66)).toBeGreaterThan(2000);
    expect(count((red, green, blue) => red === 0xf5 && green === 0xb1 && blue === 0x4c)).toBeGreaterThan(2000);
  });

  test('show the picture itself: what is dark in the source is dark on the page', async () => {
    const half = await sharp({ create: { width: 100, height: 100, channels: 3, background: '#000' } })
      .composite([{ input: { create: { width: 50, height: 100, channels: 3, background: '#fff' } }, left: 50, top: 0 }])
      .png()
      .toBuffer();
    const read = async (path: string): Promise<Uint8Array> =>
      path.endsWith('.png') ? half : Buffer.from('{"rows":1,"columns":1,"values":[0]}');
    const pages = pagesOf(RESULT).slice(2);
    const [frame] = await Array.fromAsync(captureFrames(pages, { ...parts, read }));
    const box = pages[0]?.cells[0]?.overlay;
    if (frame === undefined || box === undefined) throw new Error('no frame');
    const at = (x: number, y: number): number => frame[(y * PAGE.width + x) * 3] ?? -1;
    const [middle, across] = [box.y + Math.round(box.height / 2), box.x + Math.round(box.width / 2)];
    expect([at(across - 60, middle), at(across + 60, middle)]).toEqual([0, 255]);
  });

  test.each([
    '{}',
    '{"rows":2,"columns":2,"values":[1]}',
    '{"rows":0,"columns":0,"values":[]}',
    '{"rows":1,"columns":1,"values":[null]}',
    'null',
  ])('the map %s is refused', (json) => {
    expect(() => readMap(Buffer.from(json))).toThrow(/shape/u);
  });
});

/** Pages by their number from 1; of a lung examination some of many. */
const GOLDEN: readonly (readonly [string, Exclude<AnalysisResult, { family: 'echo-view' }>, readonly number[]])[] = [
  ['vascular-sec', RESULT, [1, 2, 3]],
  ['nothing', EMPTY_RESULT, [1]],
  ['vascular-dvt', DVT_RESULT, [1, 2, 3, 4]],
  ['lung-score', LUNG_RESULT, [1, 2, 9, 15, 16]],
  ['echo-cmr', ECHO_RESULT, [1, 2, 3]],
];

describe('the reviewed pages', () => {
  test('are drawn as they were when they were looked at', async () => {
    const lines: string[] = [];
    for (const [name, result, numbers] of GOLDEN) {
      const pages = pagesOf(result).filter((_, index) => numbers.includes(index + 1));
      const template = TEMPLATES[result.family];
      const frames = await Array.fromAsync(captureFrames(pages, { result, template, names: NAMES, read: readCapture }));
      for (const [index, frame] of frames.entries())
        lines.push(`${name} | ${pages[index]?.label} | ${createHash('sha256').update(frame).digest('hex')}`);
    }
    await expectGolden('capture-pages.txt', `${lines.join('\n')}\n`);
  });

  test('take from a picture nothing but its own pixels: with black pictures nothing of the source is left', async () => {
    const black = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    const read = async (path: string): Promise<Uint8Array> =>
      path.endsWith('.png') ? black : Buffer.from('{"rows":1,"columns":1,"values":[0]}');
    const pages = pagesOf(DVT_RESULT).slice(2, 3);
    const template = TEMPLATES['vascular-dvt'];
    const [frame] = await Array.fromAsync(captureFrames(pages, { result: DVT_RESULT, template, names: NAMES, read }));
    const box = pages[0]?.cells[0]?.overlay;
    if (frame === undefined || box === undefined) throw new Error('no frame');
    const middle = ((box.y + Math.round(box.height / 2)) * PAGE.width + box.x + Math.round(box.width / 2)) * 3;
    expect([...frame.subarray(middle, middle + 3)]).toEqual([0, 0, 0]);
  });
});
