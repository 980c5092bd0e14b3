import { beforeAll, describe, expect, test } from '@jest/globals';
import { graphicsMask, withoutGraphics } from '../../../src/analysis/mask.ts';
import { cineGraphics, withoutCineGraphics } from '../../../src/analysis/mask-cine.ts';
import { fillFromRim } from '../../../src/analysis/mask-fill.ts';
import { CINES, legStills, type Picture } from '../../support/clean-pictures.ts';
import { INKS, type Mark, STILL_MARKS, withMarks } from '../../support/drawn-marks.ts';
import { addCounts, type Cleaner, countLeft, leftShare, lostShare, type MaskCount } from '../../support/mask-shares.ts';

const SIZE = { rows: 240, columns: 320 };
const ALL: readonly Mark[] = ['text', 'callipers', 'ticks', 'focus', 'ecg'];
const NONE: MaskCount = { drawn: 0, left: 0, tissue: 0, lost: 0 };

let cines: readonly (readonly Picture[])[];
let stills: readonly Picture[];

beforeAll(() => {
  cines = [CINES['leg, pressed'], CINES['heart, apical']].map((cine) => cine(SIZE, [0, 8, 16]));
  stills = [
    ...cines.flatMap((pictures) => pictures.slice(0, 1)),
    ...legStills(SIZE, [11]),
    ...CINES['lung with B-lines'](SIZE, [0]),
  ];
}, 60_000);

const cleanStills: Cleaner = (pictures) => pictures.map(withoutGraphics);
const cleanCine: Cleaner = (pictures) => {
  const mask = cineGraphics(pictures);
  return mask === null ? pictures : pictures.map((picture) => withoutCineGraphics(picture, mask));
};

describe('pictures without marks', () => {
  test('of legs, hearts and lungs come back as they are, to the pixel', () => {
    for (const picture of stills) expect(withoutGraphics(picture)).toBe(picture);
  });

  test('of cines come back as they are, to the pixel', () => {
    for (const pictures of cines) {
      for (const [index, picture] of cleanCine(pictures).entries())
        expect(Buffer.compare(picture.data, pictures[index]?.data ?? picture.data)).toBe(0);
    }
  });

  test('of one grey, of one pixel and of a checkerboard come back as they are', () => {
    const even = { rows: 70, columns: 90, data: new Uint8Array(6300).fill(200) };
    const dot = { rows: 1, columns: 1, data: Uint8Array.from([255]) };
    const board = {
      rows: 64,
      columns: 64,
      data: Uint8Array.from({ length: 4096 }, (_, at) => (((at >> 6) + at) % 2 === 0 ? 90 : 110)),
    };
    for (const picture of [even, dot, board]) expect(withoutGraphics(picture)).toBe(picture);
  });
});

test('noise from black to white stays as it is, and costs no more than a picture', () => {
  let state = 1;
  const noise = Uint8Array.from({ length: 90_000 }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state >> 23;
  });
  const picture = { rows: 300, columns: 300, data: noise };
  expect(withoutGraphics(picture)).toBe(picture);
});

describe('what is drawn on stills', () => {
  // Shares of what can be seen: ink of the grey of the tissue below it differs from it by less than anybody sees, and is not counted.
  const limits = {
    white: { left: 0.01, lost: 0.01 },
    grey: { left: 0.03, lost: 0.012 },
    blended: { left: 0.04, lost: 0.01 },
    outlined: { left: 0.02, lost: 0.01 },
    fine: { left: 0.02, lost: 0.01 },
    'half seen': { left: 0.3, lost: 0.04 },
  } as const;
  for (const [name, ink] of Object.entries(INKS)) {
    test(`goes, in ${name} ink, and little tissue with it`, () => {
      const count = stills.map((picture) => countLeft([picture], cleanStills, { marks: ALL, ink })).reduce(addCounts, NONE);
      const most = limits[name as keyof typeof limits];
      expect(count.drawn).toBeGreaterThan(2000);
      expect(leftShare(count)).toBeLessThan(most.left);
      expect(lostShare(count)).toBeLessThan(most.lost);
    });
  }

  test.each(STILL_MARKS)('goes, in white, when it is one kind alone: %s', (mark) => {
    const count = stills
      .map((picture) => countLeft([picture], cleanStills, { marks: [mark], ink: INKS.white }))
      .reduce(addCounts, NONE);
    expect(count.drawn).toBeGreaterThan(200);
    expect(leftShare(count)).toBeLessThan(mark === 'guide' ? 0.06 : 0.02);
    expect(lostShare(count)).toBeLessThan(0.005);
  });

  test('takes up nearly no tissue when it is a word', () => {
    const count = stills
      .map((picture) => countLeft([picture], cleanStills, { marks: ['callipers'], ink: INKS.white }))
      .reduce(addCounts, NONE);
    expect(leftShare(count)).toBeLessThan(0.02);
    expect(lostShare(count)).toBeLessThan(0.002);
  });
});

describe('what is drawn on cines', () => {
  for (const [name, ink] of [
    ['white', INKS.white],
    ['blended', INKS.blended],
  ] as const) {
    test(`goes, in ${name} ink`, () => {
      const count = cines.map((pictures) => countLeft(pictures, cleanCine, { marks: ALL, ink })).reduce(addCounts, NONE);
      expect(leftShare(count)).toBeLessThan(name === 'blended' ? 0.04 : 0.01);
      expect(lostShare(count)).toBeLessThan(name === 'blended' ? 0.025 : 0.01);
    });
  }

  test('goes from frames between those that tell the mask, when it is a trace that is drawn on and digits that count', () => {
    for (const cine of [CINES['leg, pressed'], CINES['heart, apical']]) {
      const pictures = cine(SIZE, [0, 2, 4, 6, 8, 10, 12]);
      const between: Cleaner = (drawn) => {
        const mask = cineGraphics(drawn.filter((_, frame) => frame % 2 === 0));
        return mask === null ? drawn : drawn.map((picture) => withoutCineGraphics(picture, mask));
      };
      const count = countLeft(pictures, between, { marks: ['text', 'sweep', 'count'], ink: INKS.white });
      expect(leftShare(count)).toBeLessThan(0.02);
      expect(lostShare(count)).toBeLessThan(0.01);
    }
  });

  test('is searched for again only where it moves', () => {
    const drawn = (marks: readonly Mark[]) =>
      (cines[1] ?? []).map((picture, frame) => withMarks(picture, marks, INKS.white, frame).picture);
    expect(cineGraphics(drawn(['text', 'callipers', 'ecg']))?.moving).toEqual([]);
    const boxes = cineGraphics(drawn(['text', 'count']))?.moving ?? [];
    const area = boxes.reduce((sum, { top, left, bottom, right }) => sum + (bottom - top) * (right - left), 0);
    expect(area).toBeGreaterThan(0);
    expect(area).toBeLessThan(0.3 * SIZE.rows * SIZE.columns);
  });

  test('goes from every frame when it sweeps over the picture', () => {
    const [pictures] = cines;
    if (pictures === undefined) throw new Error('no cine was made');
    const cursor = (picture: Picture, column: number): Picture => {
      const data = Uint8Array.from(picture.data);
      for (let row = 200; row < 230; row++) data.fill(255, row * picture.columns + column, row * picture.columns + column + 2);
      return { ...picture, data };
    };
    const swept = pictures.map((picture, index) => cursor(withMarks(picture, ['ecg'], INKS.white).picture, 60 + 61 * index));
    const mask = cineGraphics(swept);
    expect(mask?.moving).not.toEqual([]);
    for (const [index, picture] of cleanCine(swept).entries()) {
      for (let row = 202; row < 228; row++) expect(picture.data[row * picture.columns + 60 + 61 * index]).toBeLessThan(255);
    }
  });
});

test('a grey bar beside the image goes, whatever its greys', () => {
  const [picture] = stills;
  if (picture === undefined) throw new Error('no still was made');
  const wide = { rows: picture.rows, columns: picture.columns + 60, data: new Uint8Array(picture.rows * (picture.columns + 60)) };
  for (let row = 0; row < picture.rows; row++) {
    wide.data.set(picture.data.subarray(row * picture.columns, (row + 1) * picture.columns), row * wide.columns);
    if (row > 20 && row < 200)
      wide.data.fill(255 - row, row * wide.columns + picture.columns + 30, row * wide.columns + picture.columns + 44);
  }
  const mask = graphicsMask(wide);
  expect(mask[100 * wide.columns + picture.columns + 36]).toBe(1);
  expect(mask.reduce((sum, drawn) => sum + drawn, 0)).toBeLessThan(180 * 14 + 1);
});

test('a hole is filled with the grey around it', () => {
  const data = new Uint8Array(49).fill(80);
  data.fill(255, 22, 27);
  const mask = data.map((grey) => (grey === 255 ? 1 : 0));
  expect([...new Set(fillFromRim({ rows: 7, columns: 7, data }, mask).data)]).toEqual([80]);
});
