import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { ResultOf, SectionResult } from '../../../src/contracts/finding.ts';
import { items, text, texts } from '../../../src/dicom/dataset.ts';
import { captureFrames, readMap } from '../../../src/report/capture-frames.ts';
import { CELLS_PER_PAGE, PAGE, pageLabel, pageSvg, pagesOf } from '../../../src/report/capture-page.ts';
import { alphaAt, blend, colourAt, LARGEST_ALPHA, onOneScale, overlay } from '../../../src/report/colour-map.ts';
import { fitText, textSvg, textWidth, wrapText } from '../../../src/report/stroke-text.ts';
import { EMPTY_RESULT, RESULT, readFixture, SOURCE_HEADER, section } from '../../support/report-fixture.ts';
import { captureOf, TEMPLATE } from '../../support/report-objects.ts';

const only = (one: SectionResult): ResultOf<'vascular-sec'> => ({ ...RESULT, sections: [one] });
const luminance = ([red, green, blue]: readonly [number, number, number]): number =>
  0.2126 * red + 0.7152 * green + 0.0722 * blue;

describe('the colours', () => {
  test('grow lighter all the way, so that they read without colour vision', () => {
    const steps = Array.from({ length: 50 }, (_, index) => luminance(colourAt(index / 49)));
    for (const [index, value] of steps.entries()) if (index > 0) expect(value).toBeGreaterThan(steps[index - 1] ?? 0);
  });

  test('never cover more than two fifths of the picture, and nothing where the value is zero', () => {
    expect(LARGEST_ALPHA).toBeLessThanOrEqual(0.4);
    for (const value of [-1, 0, 0.3, 1, 7]) expect(alphaAt(value)).toBeLessThanOrEqual(LARGEST_ALPHA);
    expect(blend(123, 0)).toEqual([123, 123, 123]);
  });

  test('the maps of a section share one scale: the median of all places is 0, the largest 1', () => {
    const maps = onOneScale([
      { rows: 1, columns: 3, values: [-3, -2, -1] },
      { rows: 1, columns: 2, values: [0, 2] },
    ]);
    expect(maps.map((map) => map.values)).toEqual([
      [0, 0, 0],
      [1 / 3, 1],
    ]);
  });

  test('a map that is the same everywhere is not drawn', () => {
    expect(onOneScale([{ rows: 1, columns: 2, values: [-0.4, -0.4] }])[0]?.values).toEqual([0, 0]);
    expect(onOneScale([])).toEqual([]);
  });

  test('a map lies over the whole picture and goes over smoothly from cell to cell', () => {
    const black = new Uint8Array(40);
    const drawn = overlay(black, { width: 40, height: 1 }, { rows: 1, columns: 2, values: [0, 1] });
    const green = Array.from({ length: 40 }, (_, index) => drawn[index * 3 + 1] ?? 0);
    expect([green[0], green[9], green[39], green[30]]).toEqual([0, 0, 101, 101]);
    for (const [index, value] of green.entries()) if (index > 0) expect(value).toBeGreaterThanOrEqual(green[index - 1] ?? 0);
  });

  test('a picture without a map stays grey', () => {
    expect([...overlay(Uint8Array.of(0, 90, 255, 7), { width: 2, height: 2 }, null)]).toEqual([
      0, 0, 0, 90, 90, 90, 255, 255, 255, 7, 7, 7,
    ]);
  });
});

describe('the lettering', () => {
  test('names no font and writes no text element', () => {
    const svg = textSvg('P(SEC) 71.2 %', 0, { y: 10, size: 10, colour: '#fff' });
    expect(svg).not.toMatch(/<text|font/u);
    expect(svg).toContain('<path');
  });

  test('grows with the text and its size', () => {
    expect(textWidth('ab', 20)).toBeCloseTo(2 * textWidth('ab', 10));
    expect(textWidth('abc', 10)).toBeGreaterThan(textWidth('ab', 10));
  });

  test('drops accents rather than drawing boxes', () => {
    expect(textSvg('\u00e9', 0, { y: 0, size: 10, colour: '#fff' })).toBe(textSvg('e', 0, { y: 0, size: 10, colour: '#fff' }));
  });

  test('keeps long texts inside their box', () => {
    const long = 'A sentence that is much too long for the place it has been given on this page';
    expect(textWidth(fitText(long, 12, 200), 12)).toBeLessThanOrEqual(200);
    const lines = wrapText(long.repeat(3), 12, { width: 200, mostLines: 3 });
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(200);
  });
});

describe('the pages', () => {
  test('hold six keyframes at most, highest attention first, one section a page', () => {
    const pages = pagesOf(RESULT);
    expect(pages.map(pageLabel)).toEqual(['L CFV 71.2% 1/2', 'L CFV 71.2% 2/2', 'R POP 11.2% 1/1']);
    expect(pages.map((page) => page.cells.length)).toEqual([CELLS_PER_PAGE, 1, 1]);
    const weights = pages.slice(0, 2).flatMap((page) => page.cells.map((cell) => cell.keyframe.attention));
    expect(weights).toEqual([...weights].sort((one, other) => other - one));
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 12, 17])('%p keyframes lie inside the page and do not overlap', (count) => {
    for (const page of pagesOf(
      only(section('left', 'FV', { first: 1, weights: Array.from({ length: count }, () => 1 / count) })),
    )) {
      const boxes = page.cells.flatMap((cell) => [cell.picture, cell.caption, ...(cell.plain === null ? [] : [cell.plain])]);
      for (const box of boxes) {
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(PAGE.width);
        expect(box.y + box.height).toBeLessThanOrEqual(PAGE.height);
      }
      const pictures = page.cells.map((cell) => cell.picture);
      for (const [index, one] of pictures.entries()) {
        for (const other of pictures.slice(index + 1)) {
          const apart =
            one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y;
          expect(apart).toBe(true);
        }
      }
    }
  });

  test('labels fit SH for every section and number of pages', () => {
    for (const one of [
      section('unknown', 'unknown', { first: 1, weights: Array.from({ length: 17 }, () => 0.05), secProbability: 1 }),
    ]) {
      for (const page of pagesOf(only(one))) expect(pageLabel(page).length).toBeLessThanOrEqual(16);
    }
  });

  test('a result without sections still has a page', () => {
    expect(pagesOf(EMPTY_RESULT).map(pageLabel)).toEqual(['no statement']);
  });

  test('carry nothing of the patient', () => {
    const svg = pagesOf(RESULT)
      .map((page) => pageSvg(page, { result: RESULT, template: TEMPLATE, names: new Map() }))
      .join('');
    for (const keyword of ['PatientName', 'PatientID', 'AccessionNumber', 'PatientBirthDate'])
      expect(svg).not.toContain(text(SOURCE_HEADER, keyword));
  });
});

describe('the frames', () => {
  const parts = { result: RESULT, template: TEMPLATE, names: new Map<string, string>(), read: readFixture };

  test('have one size, carry the strip, frame the top key frame in its colour, and come out alike twice', async () => {
    const pages = pagesOf(RESULT).slice(1);
    const [first, second] = [await captureFrames(pages, parts), await captureFrames(pages, parts)];
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
    const [frame] = await captureFrames(pages, { ...parts, read });
    const box = pages[0]?.cells[0]?.picture;
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

describe('the capture', () => {
  test('is a Multi-frame True Color SC of the study with a label a frame', () => {
    const capture = captureOf(RESULT);
    expect(capture).toMatchObject({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.7.4',
      Modality: 'US',
      ConversionType: 'WSD',
      BurnedInAnnotation: 'YES',
      PhotometricInterpretation: 'RGB',
      NumberOfFrames: '3',
      FrameIncrementPointer: '00182002',
      Rows: 960,
      Columns: 1280,
      LossyImageCompression: '01',
    });
    expect(texts(capture, 'FrameLabelVector')).toHaveLength(3);
  });

  test('names the frames it was made from', () => {
    const sources = items(captureOf(RESULT), 'SourceImageSequence').map((item) => texts(item, 'ReferencedFrameNumber').join(' '));
    expect(sources).toEqual(['12 26 40 54', '19 33 47', '']);
  });

  test('a single page has no frame increment and without lossy inputs no lossy flag', () => {
    const capture = captureOf({
      ...RESULT,
      sections: RESULT.sections.slice(1),
      inputs: RESULT.inputs.filter((input) => !input.lossy),
    });
    for (const keyword of ['FrameIncrementPointer', 'FrameLabelVector', 'LossyImageCompression'])
      expect(capture).not.toHaveProperty(keyword);
  });

  test.each([
    ['left', 'left', 'L'],
    ['right', 'unknown', 'R'],
    ['left', 'right', 'B'],
    ['unknown', 'unknown', 'U'],
  ] as const)('of the sides %s and %s has ImageLaterality for both', (one, other, laterality) => {
    const sections = [section(one, 'FV', { first: 1, weights: [1] }), section(other, 'POP', { first: 1, weights: [1] })];
    expect(captureOf({ ...RESULT, sections })['ImageLaterality']).toBe(laterality);
  });
});

describe('what the pages claim', () => {
  const undetermined = only(section('left', 'FV', { first: 1, weights: [1], sec: 'undetermined' }));

  test('a section without a statement shows no probability', () => {
    const [page] = pagesOf(undetermined);
    if (page === undefined) throw new Error('no page');
    expect(pageLabel(page)).toBe('L FV undet. 1/1');
    const drawn = pageSvg(page, { result: undetermined, template: TEMPLATE, names: new Map() });
    const withNumber = textSvg('P(SEC) 71.2 %', 716, { y: 98, size: 20, colour: '#c8d0d8', bold: true });
    expect(drawn).not.toContain(withNumber);
    expect(
      pageSvg(
        { ...page, section: { ...section('left', 'FV', { first: 1, weights: [1] }) } },
        {
          result: undetermined,
          template: TEMPLATE,
          names: new Map(),
        },
      ),
    ).toContain(withNumber);
  });

  test('every page says what the finding is not about', () => {
    for (const page of [...pagesOf(RESULT), ...pagesOf(EMPTY_RESULT)]) {
      const drawn = pageSvg(page, { result: RESULT, template: TEMPLATE, names: new Map() });
      expect(drawn).toContain(textSvg(TEMPLATE.scope, 24, { y: 934, size: 12, colour: '#c8d0d8' }));
    }
  });

  test('the body part is the model\u2019s only where a vein is named, else the source\u2019s own', () => {
    expect(text(captureOf(RESULT), 'BodyPartExamined')).toBe('LEG');
    const unnamed = only(section('left', 'unknown', { first: 1, weights: [1], sec: 'undetermined' }));
    expect(captureOf(unnamed)).not.toHaveProperty('BodyPartExamined');
    expect(text(captureOf(unnamed, { source: { ...SOURCE_HEADER, BodyPartExamined: 'NECK' } }), 'BodyPartExamined')).toBe('NECK');
  });

  test('nothing of one revision stands among the attributes of the series', () => {
    expect(captureOf(RESULT)).not.toHaveProperty('SeriesDate');
    expect(captureOf(RESULT)).not.toHaveProperty('SeriesTime');
  });
});
