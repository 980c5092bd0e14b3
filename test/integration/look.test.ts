// `sonorelay look` as a person runs it: on a picture with marks, on a cine, on what is left out, and on nonsense.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { CINES, type Picture } from '../support/clean-pictures.ts';
import { runTool } from '../support/dcmtk.ts';
import { INKS, withMarks } from '../support/drawn-marks.ts';
import { ROOT } from '../support/node-under-test.ts';
import { COLUMNS, greyFrame, ROWS, region, ultrasoundFile } from '../unit/analysis/instances.ts';

/** Where the picture lies on the screens of this test. */
const AT = { x: 40, y: 30 };
const SIZE = { rows: 190, columns: 240 };

describe('sonorelay look', () => {
  let folder: string;
  let pictures: readonly Picture[];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-look-'));
    pictures = CINES['leg, pressed'](SIZE, [0, 8, 16]).map((picture) => withMarks(picture, ['callipers'], INKS.white).picture);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const look = (...args: readonly string[]) =>
    runTool(process.execPath, [path.join(ROOT, 'src/main.ts'), 'look', ...args], { timeoutMs: 60_000 });

  /** The picture on a black screen. */
  const screenOf = (picture: Picture): Uint8Array => {
    const screen = new Uint8Array(ROWS * COLUMNS);
    for (let row = 0; row < picture.rows; row++) {
      const line = picture.data.subarray(row * picture.columns, (row + 1) * picture.columns);
      screen.set(line, (AT.y + row) * COLUMNS + AT.x);
    }
    return screen;
  };

  const write = async (name: string, options: Parameters<typeof ultrasoundFile>[0]): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, ultrasoundFile(options));
    return file;
  };

  test('tells regions, images, frames, labels and what is drawn, and shows it', async () => {
    const file = await write('cine.dcm', {
      uid: '2.25.1',
      frames: pictures.map(screenOf),
      attributes: { SeriesDescription: 'LT CFV TRANS' },
    });
    const out = path.join(folder, 'cine.png');
    const { code, output } = await look(file, '--out', out);
    expect(code).toBe(0);
    expect(output).toContain('Regions       2D tissue, x 40-279, y 30-219, 0.1000 mm/pixel');
    expect(output).toMatch(
      /Images {8}x 40-279, y 30-219, 0\.1000 x 0\.1000 mm\/pixel; drawn on frame 2 and taken out: [0-9.]+ % of the pixels/,
    );
    expect(output).toContain('Frames        3 in 0.07 s, 30.30 a second, evenly');
    expect(output).toMatch(/side +left +description/);
    expect(output).toMatch(/vein +CFV +description/);
    expect(output).toMatch(/echo-view +cines +can be read/);
    expect(output).toMatch(/lung-score +cines +too-few-frames: /);
    // Nothing of the patient is told.
    expect(output).not.toContain('TEST');
    const { data, info } = await sharp(await readFile(out))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([COLUMNS, ROWS, 3]);
    const colourAt = (x: number, y: number): number[] => [...data.subarray((y * COLUMNS + x) * 3, (y * COLUMNS + x) * 3 + 3)];
    // The middle of the first calliper, and the frame around the image.
    expect(colourAt(AT.x + Math.round(0.42 * SIZE.columns), AT.y + Math.round(0.42 * SIZE.rows))).toEqual([255, 120, 0]);
    expect(colourAt(AT.x - 1, 100)).toEqual([60, 220, 90]);
  });

  test('says of a still why the readers of cines leave it out, and of a trace why all do', async () => {
    const still = await look(await write('still.dcm', { uid: '2.25.2', frames: [greyFrame(90)] }));
    expect(still.output).toMatch(/vascular-sec +stills and cines +can be read/);
    expect(still.output).toMatch(/echo-view +cines +not-a-cine: The image is a still/);
    const flow = new Uint8Array(ROWS * COLUMNS * 3).fill(80);
    for (let at = 60 * COLUMNS * 3; at < 120 * COLUMNS * 3; at += 3) flow[at] = 220;
    const coloured = await look(await write('flow.dcm', { uid: '2.25.5', frames: [flow], rgb: true }));
    expect(coloured.output).toMatch(/vascular-sec +stills and cines +colour-in-region: /);
    const vessel = await write('vessel.dcm', { uid: '2.25.6', frames: [greyFrame(90)], attributes: { ImageComments: 'LT PTV' } });
    expect((await look(vessel)).output).toMatch(/vascular-sec +stills and cines +other-vessel: /);
    const trace = await write('trace.dcm', {
      uid: '2.25.3',
      frames: [greyFrame(90)],
      regions: [region(40, 30, 279, 219, { RegionSpatialFormat: 3, RegionDataType: 3 })],
    });
    const { code, output } = await look(trace, '--out', path.join(folder, 'no.png'));
    expect(code).toBe(0);
    expect(output).toContain('Left out      spectral: The image is a spectral Doppler trace');
    expect(output).toContain('No picture was written');
  });

  test('shows where sources disagree, and reads the abbreviations of a site', async () => {
    const file = await write('other.dcm', {
      uid: '2.25.4',
      frames: [greyFrame(90)],
      attributes: {
        ImageComments: 'LT SFJ COMP',
        SeriesDescription: 'RT SFJ NO COMP',
        ProtocolName: 'KNEEPIT A4C',
        ViewName: 'AP2',
      },
    });
    const { output } = await look(file);
    expect(output).toContain('SeriesDescription says side right, ImageComments says left; ImageComments was taken.');
    expect(output).toContain('SeriesDescription says compression without, ImageComments says with; ImageComments was taken.');
    expect(output).toContain('ProtocolName says view A4C, ViewName says A2C; ViewName was taken.');
    expect(output).toMatch(/vein +unknown +none/);
    const own = { phrases: [{ says: { vein: 'POP' }, words: ['KNEEPIT', 'SFJ'] }] };
    await writeFile(path.join(folder, 'annotations.json'), JSON.stringify(own));
    expect((await look(file, '--templates', folder)).output).toMatch(/vein +POP +description/);
    await writeFile(path.join(folder, 'annotations.json'), '{"phrases": 7}');
    expect((await look(file, '--templates', folder)).output).toContain('phrases: expected a list');
  });

  test('refuses what is no DICOM and what it does not know by a sentence', async () => {
    const text = path.join(folder, 'text.txt');
    await writeFile(text, 'no DICOM');
    const wrong = await look(text);
    expect(wrong.code).not.toBe(0);
    expect(wrong.output).toMatch(/^sonorelay: .+/);
    expect((await look()).code).toBe(64);
    expect((await look('--help')).output).toContain('Usage: sonorelay look FILE [--out PNG] [--templates FOLDER]');
  });
});
