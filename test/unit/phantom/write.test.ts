// A simulated study is planned whole and drawn image by image: what is on the disk while it is written, and when its writing ends early.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { legExamination } from '../../../src/phantom/leg-examination.ts';
import type { PhantomStudy } from '../../../src/phantom/phantom-image.ts';
import { type Amount, amountOf, writeStudy } from '../../../src/phantom/write.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'phantom-write-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Two stills, another screen, a cine of the section and a compression cine. */
const small = () =>
  legExamination({
    seed: 3,
    style: 'south',
    sections: [{ side: 'L', vein: 'FV', sec: 'absent', keyframes: 2 }],
    cines: 1,
    screens: ['2x1'],
    compression: [{ side: 'L', route: 'LM1', frames: 9 }],
    picture: { rows: 64, columns: 80 },
  });

const stopped = (): never => {
  throw new Error('stopped');
};

describe('a simulated study', () => {
  test('is told of from nothing to all of it, its amount known before, each file on the disk as it is told', async () => {
    const study = small();
    const all = amountOf(study);
    expect(all.files).toBe(5);
    expect(all.frames).toBe(2 + (study.labels.instances.at(-1)?.frames ?? 0) + 1 + 9);
    const out = join(folder, 'told');
    const told: Amount[] = [];
    const onDisk: number[] = [];
    await writeStudy(out, study, {
      onProgress: (done) => {
        told.push(done);
        onDisk.push(readdirSync(out).length);
      },
    });
    expect(told[0]).toEqual({ files: 0, frames: 1 });
    expect(told.at(-1)).toEqual(all);
    for (const [n, { files }] of told.entries()) expect(onDisk[n]).toBeGreaterThanOrEqual(files);
    // While the last image is drawn, those before it are there, and nothing else.
    expect(onDisk.at(-2)).toBe(4);
    expect(readdirSync(out).toSorted()).toEqual(['0001.dcm', '0002.dcm', '0003.dcm', '0004.dcm', '0005.dcm', 'labels.json']);
  });

  test('draws a frame when it is asked for, and none while it is planned', () => {
    const [image] = legExamination({
      seed: 4,
      style: 'south',
      sections: [],
      compression: [{ side: 'R', route: 'LM2', frames: 500 }],
    }).images;
    // Five hundred frames of this size would take far longer than a test may.
    const [first] = image?.screens() ?? [];
    expect([first?.rows, first?.columns, image?.frames]).toEqual([600, 800, 500]);
  });

  test('that ends early leaves the files before, whole, and no labels', async () => {
    const { images, labels } = small();
    const broken: PhantomStudy<unknown> = {
      labels,
      images: images.map((image, n) => (n < 2 ? image : { ...image, screens: stopped })),
    };
    const out = join(folder, 'early');
    await expect(writeStudy(out, broken)).rejects.toThrow('stopped');
    expect(readdirSync(out).toSorted()).toEqual(['0001.dcm', '0002.dcm']);
    expect(existsSync(join(out, 'labels.json'))).toBe(false);
  });
});
