import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type AnnotationReader, annotationReader } from '../../../src/analysis/annotation.ts';
import { openCine } from '../../../src/analysis/cine.ts';
import { VOCABULARY } from '../../../src/analysis/label-words.ts';
import { labelsOfImage } from '../../../src/analysis/labels-image.ts';
import { stopwatch } from '../../../src/analysis/stopwatch.ts';
import type { ReadText } from '../../../src/contracts/analyser.ts';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import type { FrameSource, GreyOrRgb } from '../../../src/dicom/frames.ts';
import { fault } from '../../../src/kernel/errors.ts';
import { type Canvas, grey, write } from '../../../src/phantom/canvas.ts';
import { header } from './clips.ts';
import { greyFrame, storeInstance } from './instances.ts';

const ROWS = 200;
const COLUMNS = 400;

/** A black screen with lines of white writing, one under the other. */
function screen(...lines: readonly string[]): GreyOrRgb {
  const canvas: Canvas = { rows: ROWS, columns: COLUMNS, samplesPerPixel: 1, pixels: new Uint8Array(ROWS * COLUMNS) };
  for (const [at, line] of lines.entries()) write(canvas, line, { at: { x: 20, y: 20 + at * 40 }, colour: grey(230), scale: 2 });
  return { rows: ROWS, columns: COLUMNS, channels: 1, data: canvas.pixels };
}

const source = (frame: GreyOrRgb): FrameSource => ({
  rows: ROWS,
  columns: COLUMNS,
  frameCount: 1,
  lossy: false,
  atOnce: 1,
  frame: () => Promise.resolve(frame),
  encoded: () => Promise.reject(fault('frames-unreadable', 'not asked for')),
  samples: () => Promise.reject(fault('frames-unreadable', 'not asked for')),
  close: () => Promise.resolve(),
});

/** A recognition that answers with the same line whatever it is given, and counts. */
function always(text: string, confidence = 90) {
  const asked: number[] = [];
  const readText: ReadText = ({ columns }) => {
    asked.push(columns);
    return Promise.resolve([{ text, confidence }]);
  };
  return { asked, readText };
}

const read = (readText: ReadText, attributes: Dataset = {}, changes = {}) =>
  labelsOfImage(
    header(changes),
    { attributes, source: source(screen('LT CFV TRANS')) },
    { texts: annotationReader(readText, { wanted: ['side', 'vein'], vocabulary: VOCABULARY }), watch: stopwatch(() => 0) },
  );

describe('text on a picture', () => {
  test('gives the labels that the header leaves open, as a source of its own', async () => {
    const labels = await read(always('LT CFV TRANS').readText);
    expect([labels.side, labels.sideSource, labels.vein, labels.veinSource]).toEqual(['left', 'text', 'CFV', 'text']);
  });

  test('comes after codes and descriptions, and a conflict is noted', async () => {
    const labels = await read(always('LT CFV').readText, {}, { seriesDescription: 'RT LEG' });
    expect([labels.side, labels.sideSource, labels.vein, labels.veinSource]).toEqual(['right', 'description', 'CFV', 'text']);
    expect(labels.notes).toEqual([
      'The text on the picture says side left, SeriesDescription says right; SeriesDescription was taken.',
    ]);
  });

  test('is compared with a header that says everything, and one that says another is a conflict that is noted', async () => {
    const region = { value: '56849005', scheme: 'SCT', meaning: 'x' };
    const complete = { laterality: 'L', anatomicRegion: [region] };
    const conflict = await read(always('RT POP').readText, {}, complete);
    expect([conflict.side, conflict.sideSource, conflict.vein, conflict.veinSource]).toEqual(['left', 'coded', 'POP', 'coded']);
    expect(conflict.sideNotes).toEqual(['The text on the picture says side right, Laterality says left; Laterality was taken.']);
    expect((await read(always('LT POP').readText, {}, complete)).notes).toEqual([]);
    expect((await read(always('RT POP LT POP').readText, {}, complete)).notes).toEqual([]);
  });

  test('is not read where two attributes say the side alike and one says the vein', async () => {
    const region = { value: '56849005', scheme: 'SCT', meaning: 'x' };
    const coded = { laterality: 'L', anatomicRegion: [region] } as const;
    const asked = async (header: Parameters<typeof read>[2]): Promise<number> => {
      const reader = always('RT POP');
      await read(reader.readText, {}, header);
      return reader.asked.length;
    };
    expect(await asked({ ...coded, seriesDescription: 'LT POP' })).toBe(0);
    expect(await asked({ ...coded, seriesDescription: 'LT CFV' })).toBe(1);
    expect(await asked({ laterality: 'L', seriesDescription: 'LT POP' })).toBe(0);
    expect(await asked({ laterality: 'L', seriesDescription: 'RT POP' })).toBe(1);
    expect(await asked({ laterality: 'L', seriesDescription: 'LT LEG' })).toBe(1);
    expect(await asked({ ...coded, seriesDescription: 'POP' })).toBe(1);
    expect(await asked({ ...coded, seriesDescription: 'POP', studyDescription: 'LEFT LEG' })).toBe(1);
  });

  test('that names two sides decides nothing', async () => {
    const labels = await read(always('LT CFV RT CFV').readText);
    expect([labels.side, labels.vein]).toEqual(['unknown', 'CFV']);
    expect(labels.notes).toEqual(['The text on the picture names more than one side (left, right).']);
  });

  test('that is recognised with little confidence says nothing', async () => {
    expect((await read(always('LT CFV', 12).readText)).side).toBe('unknown');
  });

  test('is not taken from the words of a name in the header', async () => {
    expect((await read(always('LEFT').readText)).side).toBe('left');
    expect((await read(always('LEFT').readText, { PatientName: 'LEFT^ANNA' })).side).toBe('unknown');
    expect((await read(always('LEFT').readText, { InstitutionName: 'Left Bank Clinic' })).side).toBe('unknown');
  });

  test('that cannot be read is noted, and the labels of the header stay', async () => {
    const labels = await read(() => Promise.reject(fault('text-unreadable', 'x')), {}, { laterality: 'R' });
    expect([labels.side, labels.vein, labels.notes]).toEqual([
      'right',
      'unknown',
      ['The text on the picture could not be read.'],
    ]);
  });

  test('is read once where pictures of a study carry the same line', async () => {
    const { asked, readText } = always('VENOUS');
    const reader = annotationReader(readText, { wanted: ['side'], vocabulary: VOCABULARY });
    await reader.read(screen('PHANTOM HOSPITAL', 'LT CFV'), []);
    await reader.read(screen('PHANTOM HOSPITAL', 'RT POP'), []);
    await reader.read(screen('PHANTOM HOSPITAL', 'LT CFV'), []);
    expect(asked).toHaveLength(3);
  });

  test('is looked for in a bounded number of lines', async () => {
    const { asked, readText } = always('');
    const noise = new Uint8Array(ROWS * COLUMNS).map((_, at) => (Math.imul(at, 2654435761) >>> 24 > 150 ? 255 : 0));
    const reader = annotationReader(readText, { wanted: ['side'], vocabulary: VOCABULARY });
    await reader.read({ rows: ROWS, columns: COLUMNS, channels: 1, data: noise }, []);
    expect(asked.length).toBeLessThanOrEqual(28);
  });

  test('of a cine is that of its middle frame, and gives the area of a lung', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-cine-'));
    try {
      const frames = [20, 120, 20].map((level) => greyFrame(level));
      const input = await storeInstance(folder, { uid: '2.25.31', frames });
      const levels: number[] = [];
      const texts: AnnotationReader = {
        wanted: ['lungArea'],
        vocabulary: VOCABULARY,
        read: ({ data }) => {
          levels.push(data.reduce((sum, value) => sum + value, 0) / data.length);
          return Promise.resolve([{ area: 7 }]);
        },
      };
      const limits = { maxPixels: 4_000_000, maxFrames: 100, maxFrameBytes: 16_000_000 };
      const { cine } = await openCine(input, { limits, watch: stopwatch(() => 0), texts });
      expect(cine?.labels.lungArea).toMatchObject({ area: 7, areaSource: 'text', side: 'right', sideSource: 'text' });
      expect(levels).toHaveLength(1);
      expect(levels[0]).toBeGreaterThan(100);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
