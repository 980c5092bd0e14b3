import { describe, expect, test } from '@jest/globals';
import type { AnalysisResult, ResultOf, SectionResult } from '../../../src/contracts/finding.ts';
import { text } from '../../../src/dicom/dataset.ts';
import { BODY, type Box, cellBoxes, fitted, MARGIN, PAGE, type Page } from '../../../src/report/capture-layout.ts';
import { MOST_PAGES, pageSvg, pagesOf } from '../../../src/report/capture-page.ts';
import { CELLS_PER_PAGE } from '../../../src/report/capture-sec.ts';
import { contentOf } from '../../../src/report/statements.ts';
import { type OutputTemplate, openTemplate } from '../../../src/report/templates.ts';
import { CANARY, DVT_RESULT, ECHO_RESULT, LUNG_RESULT, NAMES } from '../../support/capture-fixtures.ts';
import { mentions, timesSaid, wordsOf } from '../../support/page-words.ts';
import { EMPTY_RESULT, RESULT, SOURCE_HEADER, section } from '../../support/report-fixture.ts';

const RESULTS: readonly AnalysisResult[] = [RESULT, DVT_RESULT, LUNG_RESULT, ECHO_RESULT];
const templateOf = (result: AnalysisResult): Promise<OutputTemplate> =>
  openTemplate({ id: result.run.modelId, family: result.family });
const [SEC, DVT, LUNG, ECHO] = await Promise.all(RESULTS.map(templateOf));

const drawn = (page: Page, result: AnalysisResult, template: OutputTemplate | undefined): string => {
  if (template === undefined) throw new Error('no template');
  return pageSvg(page, { result, template, names: NAMES });
};
const allDrawn = (result: AnalysisResult, template: OutputTemplate | undefined): string =>
  pagesOf(result)
    .map((page) => drawn(page, result, template))
    .join('');

const only = (one: SectionResult): ResultOf<'vascular-sec'> => ({ ...RESULT, sections: [one] });
const apart = (one: Box, other: Box): boolean =>
  one.x + one.width <= other.x ||
  other.x + other.width <= one.x ||
  one.y + one.height <= other.y ||
  other.y + other.height <= one.y;

describe('the pages of every family', () => {
  const cases = RESULTS.map((result, index) => [result.family, result, [SEC, DVT, LUNG, ECHO][index]] as const);

  test.each(cases)('%s: each statement has a page under its key, and each page a statement', (_, result, template) => {
    if (template === undefined) throw new Error('no template');
    const keys = contentOf(result, template).statements.map(({ key }) => key);
    const pages = pagesOf(result).map(({ key }) => key);
    expect(new Set(pages)).toEqual(new Set(keys));
  });

  test.each(cases)('%s: labels fit SH, say something, and differ', (_, result) => {
    const labels = pagesOf(result).map(({ label }) => label);
    for (const label of labels) expect(label.length).toBeLessThanOrEqual(16);
    expect(new Set(labels).size).toBe(labels.length);
  });

  test.each(cases)('%s: pictures lie inside the page and apart from one another', (_, result) => {
    for (const { cells } of pagesOf(result)) {
      const boxes = cells.flatMap(({ overlay, plain }) => [overlay, ...(plain === null ? [] : [plain])]);
      for (const [index, box] of boxes.entries()) {
        expect(box.x).toBeGreaterThanOrEqual(MARGIN);
        expect(box.x + box.width).toBeLessThanOrEqual(PAGE.width - MARGIN);
        expect(box.y).toBeGreaterThanOrEqual(160);
        expect(box.y + box.height).toBeLessThanOrEqual(BODY.y + BODY.height);
        for (const other of boxes.slice(index + 1)) expect(apart(box, other)).toBe(true);
      }
    }
  });

  test.each(cases)(
    '%s: every page has the research notice, the model with its version and digest, and the scope',
    (_, result, template) => {
      for (const page of pagesOf(result)) {
        const svg = drawn(page, result, template);
        for (const words of [
          template?.watermark.research ?? '?',
          result.run.notice,
          result.run.modelName,
          `version ${result.run.modelVersion}, model ${result.run.modelDigest.slice(0, 12)}`,
          template?.scope ?? '?',
        ])
          expect(mentions(svg, words)).toBe(true);
      }
    },
  );

  test.each(cases)('%s: no text of the source comes onto a page', (_, result, template) => {
    const svg = allDrawn(result, template);
    for (const words of [
      CANARY,
      ...['PatientName', 'PatientID', 'AccessionNumber'].map((keyword) => text(SOURCE_HEADER, keyword)),
    ])
      expect(mentions(svg, words)).toBe(false);
    expect(svg).not.toContain('<text');
  });

  test.each(cases)('%s: the source image and frame of every picture are named', (_, result, template) => {
    for (const page of pagesOf(result)) {
      const svg = drawn(page, result, template);
      for (const { frame } of page.cells) {
        if (frame.numberOfFrames === 1) continue;
        const name = NAMES.get(frame.sopInstanceUid);
        const words = `frame ${frame.frameNumber} of ${frame.numberOfFrames}`;
        expect(mentions(svg, name === undefined ? words : `${name} \u00b7 ${words}`)).toBe(true);
      }
    }
  });

  test('a result without statements has one page that says why', () => {
    for (const empty of [
      EMPTY_RESULT,
      { ...DVT_RESULT, landmarks: [] },
      { ...LUNG_RESULT, cines: [] },
      { ...ECHO_RESULT, views: [], global: null },
    ]) {
      const pages = pagesOf(empty);
      expect(pages.map(({ key, label }) => [key, label])).toEqual([[null, 'no statement']]);
    }
    const [page] = pagesOf(EMPTY_RESULT);
    if (page === undefined) throw new Error('no page');
    expect(
      mentions(
        drawn(page, EMPTY_RESULT, SEC),
        'Not analysed: 2 inputs (colour-doppler): Colour Doppler is not read by this model.',
      ),
    ).toBe(true);
  });

  test('a study of very many cines has a bounded number of pages, which say how many were left out', () => {
    const cine = LUNG_RESULT.cines[0];
    if (cine === undefined) throw new Error('no cine');
    const many = { ...LUNG_RESULT, cines: Array.from({ length: 100 }, () => cine) };
    const pages = pagesOf(many);
    expect(pages).toHaveLength(MOST_PAGES);
    expect(mentions(drawn(pages[0] as Page, many, LUNG), `${101 - MOST_PAGES} further pages left out`)).toBe(true);
    expect(mentions(allDrawn(LUNG_RESULT, LUNG), 'further page')).toBe(false);
  });

  test('where pages must be left out, every statement keeps its first', () => {
    const long = Array.from({ length: 30 }, () =>
      section('left', 'FV', { first: 1, weights: Array.from({ length: 13 }, () => 0.07) }),
    );
    const sections = long.map((one, index) => ({ ...one, side: index % 2 === 0 ? ('left' as const) : ('right' as const) }));
    const keys = new Set(pagesOf({ ...RESULT, sections }).map(({ key }) => key));
    expect(keys).toEqual(new Set(['SEC L FV', 'SEC R FV']));
  });
});

describe('the pages of a vein section', () => {
  test('hold six key frames at most, highest attention first, one section a page', () => {
    const pages = pagesOf(RESULT);
    expect(pages.map(({ label }) => label)).toEqual(['L CFV 71.2% 1/2', 'L CFV 71.2% 2/2', 'R POP 11.2% 1/1']);
    expect(pages.map(({ cells }) => cells.length)).toEqual([CELLS_PER_PAGE, 1, 1]);
    const weights = pages.slice(0, 2).flatMap(({ cells }) => cells.map(({ text: { strong } }) => Number.parseFloat(strong)));
    expect(weights).toEqual([...weights].sort((one, other) => other - one));
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 12, 17])('%p key frames lie inside the page and do not overlap', (count) => {
    const weights = Array.from({ length: count }, () => 1 / count);
    for (const { cells } of pagesOf(only(section('left', 'FV', { first: 1, weights })))) {
      const boxes = cells.flatMap(({ overlay, plain }) => [overlay, ...(plain === null ? [] : [plain])]);
      for (const [index, box] of boxes.entries()) {
        expect(box.y + box.height).toBeLessThanOrEqual(BODY.y + BODY.height);
        for (const other of boxes.slice(index + 1)) expect(apart(box, other)).toBe(true);
      }
    }
  });

  test('without a statement shows no probability', () => {
    const undetermined = only(section('left', 'FV', { first: 1, weights: [1], sec: 'undetermined' }));
    const stated = only(section('left', 'FV', { first: 1, weights: [1] }));
    expect(pagesOf(undetermined).map(({ label }) => label)).toEqual(['L FV undet. 1/1']);
    expect(mentions(allDrawn(undetermined, SEC), 'P(SEC) 71.2 %')).toBe(false);
    expect(mentions(allDrawn(stated, SEC), 'P(SEC) 71.2 %')).toBe(true);
  });
});

describe('an output whose gate is off', () => {
  const shut = (result: AnalysisResult, ...ids: readonly string[]): AnalysisResult => ({
    ...result,
    run: { ...result.run, outputs: ids.map((id) => ({ ...result.run.statement, id, reporting: 'off' })) },
  });

  test('is on no page of a vein section', () => {
    for (const words of ['46.0 %', 'longitudinal 97.0 %', 'compression 91.0 %', 'share of attention']) {
      expect(mentions(allDrawn(RESULT, SEC), words)).toBe(true);
      expect(mentions(allDrawn(shut(RESULT, 'attention', 'longitudinal', 'compression'), SEC), words)).toBe(false);
    }
  });

  test('is on no page of a landmark', () => {
    for (const words of ['P(SFJ) 84.0 %', 'neither', 'the landmark that the model sees']) {
      expect(mentions(allDrawn(DVT_RESULT, DVT), words)).toBe(true);
      expect(mentions(allDrawn(shut(DVT_RESULT, 'landmark'), DVT), words)).toBe(false);
    }
    for (const words of ['P(open)', 'P(closed) 97.0 %', 'open from', 'best closed frame']) {
      expect(mentions(allDrawn(DVT_RESULT, DVT), words)).toBe(true);
      expect(mentions(allDrawn(shut(DVT_RESULT, 'open'), DVT), words)).toBe(false);
    }
    const withoutStates = shut(DVT_RESULT, 'open');
    expect(mentions(allDrawn(withoutStates, DVT), 'strip: the landmark that the model sees')).toBe(true);
    expect(mentions(allDrawn(withoutStates, DVT), 'FULLY COMPRESSIBLE')).toBe(true);
    expect(pagesOf(withoutStates).flatMap(({ cells }) => cells)).toEqual([]);
    expect(mentions(allDrawn(shut(DVT_RESULT, 'open', 'landmark'), DVT), 'strip: the frames that were judged')).toBe(true);
  });
});

describe('the pages of a landmark', () => {
  test('say the verdict in words, with the best open and the best closed frame', () => {
    const pages = pagesOf(DVT_RESULT);
    expect(pages.map(({ label }) => label)).toEqual(['L SFJ full 1/1', 'L GSV part. 1/1', 'R SFJ none 1/1', 'R GSV indet. 1/1']);
    expect(pages.map(({ cells }) => cells.map(({ text: { strong } }) => strong))).toEqual([
      ['best open frame', 'best closed frame'],
      ['best open frame', 'best closed frame'],
      ['best open frame'],
      [],
    ]);
    const [fully = '', partially = '', , indeterminate = ''] = pages.map((page) => drawn(page, DVT_RESULT, DVT));
    expect(mentions(fully, 'FULLY COMPRESSIBLE')).toBe(true);
    expect(mentions(fully, 'thrombosis unlikely here, not excluded')).toBe(true);
    expect(mentions(partially, 'thrombosis suspected')).toBe(true);
    expect(mentions(indeterminate, 'no statement about thrombosis')).toBe(true);
    expect(mentions(fully, 'certainty 93.0 %')).toBe(true);
    expect(mentions(indeterminate, 'certainty')).toBe(false);
  });

  test('that is indeterminate shows no certainty and no suspicion, whatever stands beside it', () => {
    const [landmark] = DVT_RESULT.landmarks;
    if (landmark === undefined) throw new Error('no landmark');
    const odd = {
      ...DVT_RESULT,
      landmarks: [{ ...landmark, compressibility: 'indeterminate' as const, dvt: 'suspected' as const }],
    };
    const svg = allDrawn(odd, DVT);
    expect(mentions(svg, 'certainty 93.0 %')).toBe(false);
    expect(mentions(svg, 'thrombosis suspected')).toBe(false);
  });

  test('of a vein that does not close show the frame at rest and the one under pressure, both open', () => {
    const [landmark] = DVT_RESULT.landmarks;
    const [rest, pressed] = landmark?.frames ?? [];
    if (landmark === undefined || rest === undefined || pressed === undefined) throw new Error('no frames');
    const frames = [rest, { ...pressed, state: 'open' as const, open: 0.81 }];
    const [page] = pagesOf({ ...DVT_RESULT, landmarks: [{ ...landmark, frames }] });
    expect(page?.cells.map(({ text: { tag, strong, below } }) => [tag, strong, below])).toEqual([
      ['A', 'best open frame', 'P(open) 98.0 %, P(SFJ) 84.0 %'],
      ['B', 'least open frame', 'P(open) 81.0 %, P(SFJ) 84.0 %'],
    ]);
  });

  test('with many cines go on to further pages under the same key', () => {
    const [landmark] = DVT_RESULT.landmarks;
    const course = landmark?.courses[0];
    if (landmark === undefined || course === undefined) throw new Error('no landmark');
    const long = { ...DVT_RESULT, landmarks: [{ ...landmark, courses: Array.from({ length: 7 }, () => course) }] };
    const pages = pagesOf(long);
    expect(pages.map(({ label, key }) => [label, key])).toEqual([
      ['L SFJ full 1/3', 'DVT L SFJ'],
      ['L SFJ full 2/3', 'DVT L SFJ'],
      ['L SFJ full 3/3', 'DVT L SFJ'],
    ]);
    expect(timesSaid(allDrawn(long, DVT), 'image 1')).toBe(7);
  });
});

describe('the pages of a lung examination', () => {
  test('begin with the total, then the cines by area', () => {
    const labels = pagesOf(LUNG_RESULT).map(({ label }) => label);
    expect(labels.slice(0, 3)).toEqual(['total 13 (12/14)', 'area 01 sc. 3', 'area 02 sc. 2']);
    expect(labels.slice(-2)).toEqual(['area 14 no sc.', 'area ?/1 sc. 1']);
    expect(labels).toContain('area 07/2 sc. 1');
  });

  test('the total stands with its number of areas and is called incomplete, areas without a score are named', () => {
    const [exam] = pagesOf(LUNG_RESULT);
    if (exam === undefined) throw new Error('no page');
    const svg = drawn(exam, LUNG_RESULT, LUNG);
    expect(mentions(svg, 'TOTAL 13, 12 OF 14 AREAS')).toBe(true);
    expect(mentions(svg, 'INCOMPLETE: at most 36 for the areas that have a score')).toBe(true);
    expect(timesSaid(svg, 'no score')).toBe(2);
  });

  test('an examination without any score has no total', () => {
    const none = {
      ...LUNG_RESULT,
      cines: LUNG_RESULT.cines.map((cine) => ({ ...cine, score: null })),
      total: { total: 0, areasScored: 0, areasUnscored: Array.from({ length: 14 }, (_, index) => index + 1) },
    };
    const [exam] = pagesOf(none);
    if (exam === undefined) throw new Error('no page');
    expect(mentions(drawn(exam, none, LUNG), 'NO TOTAL')).toBe(true);
  });

  test('a cine without a score shows no probabilities', () => {
    const page = pagesOf(LUNG_RESULT).find(({ label }) => label === 'area 14 no sc.');
    if (page === undefined) throw new Error('no page');
    const svg = drawn(page, LUNG_RESULT, LUNG);
    expect(mentions(svg, 'NO SCORE')).toBe(true);
    expect(mentions(svg, '31.0 %')).toBe(false);
    expect(mentions(svg, '34.0 %')).toBe(false);
  });
});

describe('the pages of an echocardiogram', () => {
  test('begin with all views, then each view, and name the view that was not read', () => {
    expect(pagesOf(ECHO_RESULT).map(({ label, key }) => [label, key])).toEqual([
      ['global 61.2%', 'WMA global'],
      ['A4C 73.4%', 'WMA A4C'],
      ['PLAX 28.1%', 'WMA PLAX'],
    ]);
    expect(mentions(allDrawn(ECHO_RESULT, ECHO), 'no cine of this view was read')).toBe(true);
  });

  test('never show a tissue value', () => {
    const said = wordsOf(allDrawn(ECHO_RESULT, ECHO));
    expect(said).toContain('P(WMA)73.4%');
    for (const words of [
      '71.23',
      '71.2%',
      '61.23',
      '51.2',
      '41.2',
      '1357',
      '53.7',
      '29.3',
      'T1',
      'T2',
      'ECV',
      'LGE',
      'enhancement',
    ])
      expect(said.filter((one) => one.includes(words))).toEqual([]);
  });

  test('cines without an image number are called cines', () => {
    const [exam] = pagesOf(LUNG_RESULT);
    if (exam === undefined || LUNG === undefined || ECHO === undefined) throw new Error('no page');
    const names = new Map([...NAMES.keys()].map((uid) => [uid, '']));
    const strays = pageSvg(exam, { result: LUNG_RESULT, template: LUNG, names });
    expect(mentions(strays, 'a cine score 1')).toBe(true);
    const [global] = pagesOf(ECHO_RESULT);
    if (global === undefined) throw new Error('no page');
    const svg = pageSvg(global, { result: ECHO_RESULT, template: ECHO, names });
    expect(mentions(svg, 'mean of 2 cines: a cine 68.4 %, a cine 78.4 %')).toBe(true);
  });

  test('an undetermined view shows no probability, and none of its cines', () => {
    const views = ECHO_RESULT.views.map((view) => ({ ...view, wallMotionAbnormality: 'undetermined' as const }));
    const svg = allDrawn({ ...ECHO_RESULT, views, global: null }, ECHO);
    expect(mentions(svg, 'WMA UNDETERMINED')).toBe(true);
    expect(mentions(svg, 'P(WMA) 73.4 %')).toBe(false);
    expect(mentions(svg, '68.4 %')).toBe(false);
  });
});

describe('the geometry', () => {
  test('a picture keeps its aspect and stays in its box', () => {
    for (const aspect of [0.2, 1, 1.38, 6]) {
      const into = { x: 10, y: 20, width: 300, height: 200 };
      const box = fitted(aspect, into);
      expect(box.width / box.height).toBeCloseTo(aspect, 0);
      expect(box.x >= into.x && box.y >= into.y).toBe(true);
      expect(box.x + box.width <= 310 && box.y + box.height <= 220).toBe(true);
    }
  });

  test.each(['none', 'beside', 'above'] as const)('cells with the bare picture %p do not overlap', (plain) => {
    const boxes = cellBoxes(4, { columns: 2, plain }, BODY).flatMap((cell) => [
      cell.overlay,
      cell.caption,
      ...(cell.plain === null ? [] : [cell.plain]),
    ]);
    for (const [index, one] of boxes.entries()) for (const other of boxes.slice(index + 1)) expect(apart(one, other)).toBe(true);
  });
});
