import { describe, expect, test } from '@jest/globals';
import type { Verdict } from '../../../src/analysis/compression.ts';
import { contradicted, disagreement, dvtOf, LONGEST_GAP, staysOf, worst } from '../../../src/analysis/dvt-landmarks.ts';
import type { FrameAnswer } from '../../../src/analysis/vascular-dvt.ts';
import type { Compressibility } from '../../../src/contracts/finding.ts';

const SHARES = { background: [0.9, 0.05, 0.05], SFJ: [0.05, 0.9, 0.05], GSV: [0.05, 0.05, 0.9] } as const;

const answers = (...stretches: readonly (readonly [keyof typeof SHARES, number])[]): FrameAnswer[] =>
  stretches
    .flatMap(([place, count]) => new Array<keyof typeof SHARES>(count).fill(place))
    .map((place, index) => ({ index: index + 8, landmarks: SHARES[place], open: 1 }));

const verdictOf = (compressibility: Compressibility, certainty: number | null): { readonly verdict: Verdict } => ({
  verdict: { compressibility, certainty, because: '', restAt: null, pressedAt: null },
});

describe('stays at a landmark', () => {
  test('a short gap does not end a stay, a long one does', () => {
    expect(staysOf(answers(['SFJ', 20], ['background', LONGEST_GAP], ['SFJ', 20]), 0.5)).toHaveLength(1);
    expect(staysOf(answers(['SFJ', 20], ['background', LONGEST_GAP + 15], ['SFJ', 20]), 0.5)).toHaveLength(2);
  });

  test('another landmark ends a stay', () => {
    const stays = staysOf(answers(['SFJ', 20], ['GSV', 20]), 0.5);
    expect(stays.map(({ landmark }) => landmark)).toEqual(['SFJ', 'GSV']);
    expect(stays[0]?.probability).toBeGreaterThan(0.8);
  });

  test('background is none', () => {
    expect(staysOf(answers(['background', 60]), 0.5)).toEqual([]);
  });
});

describe('statements of several courses', () => {
  test('the least compressible counts, of equals the surest, and no statement only when there is no other', () => {
    const [fully, surer, partially, none, unknown] = [
      verdictOf('fully', 0.7),
      verdictOf('fully', 0.9),
      verdictOf('partially', 0.6),
      verdictOf('non-compressible', 0.5),
      verdictOf('indeterminate', null),
    ];
    expect(worst([unknown, fully, surer])).toBe(surer);
    expect(worst([fully, partially, unknown])).toBe(partially);
    expect(worst([none, partially])).toBe(none);
    expect(worst([unknown])).toBe(unknown);
    expect(worst([])).toBeNull();
    expect(disagreement([fully.verdict, partially.verdict])).toContain('disagree');
    expect(disagreement([fully.verdict, unknown.verdict])).toBeNull();
  });

  test('suspicion follows from a vein that does not close, and from nothing else', () => {
    expect((['fully', 'partially', 'non-compressible', 'indeterminate'] as const).map(dvtOf)).toEqual([
      'absent',
      'suspected',
      'suspected',
      'undetermined',
    ]);
  });
});

test('a picture that the network takes for the other landmark makes no statement', () => {
  const stay = { landmark: 'GSV', first: 0, last: 40, probability: 0.9 } as const;
  expect(contradicted(stay, { value: 'SFJ' })?.compressibility).toBe('indeterminate');
  expect(contradicted(stay, { value: 'GSV' })).toBeNull();
  expect(contradicted(stay, { value: null })).toBeNull();
});
