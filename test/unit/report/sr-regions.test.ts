import { describe, expect, test } from '@jest/globals';
import type { AnalysisResult, ResultOf } from '../../../src/contracts/finding.ts';
import { reportTree } from '../../../src/report/sr.ts';
import { drawnApart } from '../../../src/report/sr-regions.ts';
import { type ContentItem, itemsIn } from '../../../src/report/sr-tree.ts';
import { contentOf } from '../../../src/report/statements.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { RESULT } from '../../support/report-fixture.ts';
import { reportParts } from '../../support/report-objects.ts';

/** The frame that each group of a report is drawn on, by its tracking identifier. */
function framesOf(result: AnalysisResult): ReadonlyMap<string, string> {
  const groups = itemsIn(reportTree(reportParts(result))).filter(({ concept }) => concept?.value === '125007');
  const child = (group: ContentItem, concept: string) => group.children.find((one) => one.concept?.value === concept);
  return new Map(
    groups.map((group) => {
      const key = child(group, '112039')?.value;
      const image = child(group, '111030')?.children[0]?.value;
      const at = image?.type === 'IMAGE' ? `${image.sopInstanceUid.slice(-2)}/${image.frames.join(' ')}` : 'nowhere';
      return [key?.type === 'TEXT' ? key.text : '', at] as const;
    }),
  );
}

describe.each([RESULT, DVT_RESULT, LUNG_RESULT, ECHO_RESULT])('in a report of $family', (result) => {
  test('no two groups are drawn on one frame, where a viewer would print their words over each other', () => {
    const frames = [...framesOf(result).values()];
    expect(frames.length).toBeGreaterThan(1);
    expect(frames).not.toContain('nowhere');
    expect(new Set(frames).size).toBe(frames.length);
  });
});

test('a section is drawn on its top key frame, which has no group beside it', () => {
  expect(Object.fromEntries(framesOf(RESULT))).toEqual({
    'SEC L CFV': '01/40',
    'SEC L CFV key frame 2': '02/19',
    'SEC L CFV key frame 3': '02/47',
    'SEC R POP': '03/',
  });
});

test('a landmark gives way to its frames of the open and the closed vein, to the frame beside', () => {
  const frames = framesOf(DVT_RESULT);
  expect(['DVT L SFJ', 'DVT L SFJ key frame 1', 'DVT L SFJ key frame 2'].map((key) => frames.get(key))).toEqual([
    '01/13',
    '01/14',
    '01/57',
  ]);
});

test('what sums up the others gives way to them, to another frame that was read', () => {
  const lung = framesOf(LUNG_RESULT);
  expect([lung.get('LUS exam total'), lung.get('LUS area 01')]).toEqual(['01/24', '01/9']);
  const echo = framesOf(ECHO_RESULT);
  expect([echo.get('WMA global'), echo.get('WMA A4C')]).toEqual(['01/8', '01/1']);
});

test('two landmarks of one cine that name no frame are drawn on two', () => {
  const [, , , indeterminate] = DVT_RESULT.landmarks;
  if (indeterminate === undefined) throw new Error('no landmark');
  const landmarks = [{ ...indeterminate, landmark: 'SFJ' as const }, indeterminate];
  const result: ResultOf<'vascular-dvt'> = { ...DVT_RESULT, landmarks };
  expect([...framesOf(result).values()]).toEqual(['05/1', '05/2']);
});

test('a still is drawn on twice rather than not at all', () => {
  const { statements } = contentOf(RESULT, reportParts(RESULT).template);
  const still = statements[1];
  if (still === undefined) throw new Error('no statement');
  const drawn = drawnApart([still, { ...still, keyFrames: [] }]);
  expect(drawn.map(({ region }) => region?.frameNumber)).toEqual([1, 1]);
});
