// Lines of writing in a picture. In: a frame. Out: the rows of letters in it, most likely ones first.
import type { GreyOrRgb } from '../dicom/frames.ts';
import { type Ink, inkOf, type Stroke } from './annotation-ink.ts';

/** A row of strokes of one height and level: bounds inclusive, the height of its letters. */
export type TextLine = {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly letterHeight: number;
  readonly level: number;
  readonly strokes: readonly Stroke[];
};

/** A gap between strokes of one line, in letter heights: wider than a blank, narrower than a column of the screen. */
const WIDEST_GAP = 1.7;
const MOST_UNLIKE = 1.9;
/** Levels of one line differ by no more. */
const LEVEL_SPREAD = 46;
/** Share of the letter height by which tops and bottoms stray. */
const STRAY = 0.34;

const heightOf = ({ y0, y1 }: Stroke): number => y1 - y0 + 1;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

function alongside(left: Stroke, right: Stroke): boolean {
  const [one, other] = [heightOf(left), heightOf(right)];
  const high = Math.max(one, other);
  const low = Math.min(one, other);
  if (high > MOST_UNLIKE * low) return false;
  if (right.x0 - left.x1 > WIDEST_GAP * high) return false;
  if (Math.abs(left.level - right.level) > LEVEL_SPREAD) return false;
  const shared = Math.min(left.y1, right.y1) - Math.max(left.y0, right.y0) + 1;
  return shared >= 0.6 * low;
}

/** Chains strokes from left to right, each to the nearest one that continues a chain. */
function chains(strokes: readonly Stroke[]): Stroke[][] {
  const ordered = strokes.toSorted((a, b) => a.x0 - b.x0);
  const open: Stroke[][] = [];
  const done: Stroke[][] = [];
  for (const stroke of ordered) {
    let best: Stroke[] | null = null;
    let bestGap = Number.POSITIVE_INFINITY;
    for (let at = open.length - 1; at >= 0; at--) {
      const chain = open[at] ?? [];
      const last = chain.at(-1);
      if (last === undefined) continue;
      const gap = stroke.x0 - last.x1;
      if (gap > WIDEST_GAP * 48) {
        done.push(...open.splice(at, 1));
      } else if (gap < bestGap && alongside(last, stroke)) {
        best = chain;
        bestGap = gap;
      }
    }
    if (best === null) open.push([stroke]);
    else best.push(stroke);
  }
  return [...done, ...open];
}

function lineOf(strokes: readonly Stroke[]): TextLine | null {
  const letterHeight = median(strokes.map(heightOf));
  const x0 = Math.min(...strokes.map((stroke) => stroke.x0));
  const x1 = Math.max(...strokes.map((stroke) => stroke.x1));
  const y0 = Math.min(...strokes.map((stroke) => stroke.y0));
  const y1 = Math.max(...strokes.map((stroke) => stroke.y1));
  const wide = x1 - x0 + 1;
  if (wide < 1.1 * letterHeight || y1 - y0 + 1 > 2.2 * letterHeight) return null;
  const [top, bottom] = [median(strokes.map((stroke) => stroke.y0)), median(strokes.map((stroke) => stroke.y1))];
  const straight = strokes.filter(
    (stroke) =>
      Math.abs(stroke.y1 - bottom) <= STRAY * letterHeight + 1 && Math.abs(stroke.y0 - top) <= 1.2 * STRAY * letterHeight + 1,
  );
  if (straight.length < 0.6 * strokes.length) return null;
  return { x0, x1, y0, y1, letterHeight, level: median(strokes.map((stroke) => stroke.level)), strokes };
}

/** How likely a line is writing: many letters of one level, one height, one base. */
function likeness({ strokes, letterHeight, level }: TextLine): number {
  const spread = (values: readonly number[]): number => {
    const middle = median(values);
    return median(values.map((value) => Math.abs(value - middle)));
  };
  const uneven =
    (spread(strokes.map((stroke) => stroke.y1)) + spread(strokes.map((stroke) => stroke.y0))) / letterHeight +
    spread(strokes.map((stroke) => stroke.level)) / 20;
  return Math.min(12, strokes.length) + level / 40 - 6 * uneven;
}

/** Lines of one ink. */
const linesOf = (ink: Ink): TextLine[] => chains(ink.strokes).flatMap((chain) => (chain.length < 2 ? [] : (lineOf(chain) ?? [])));

/** The letters of a line from left to right, each as a line of its own. */
export const lettersOf = (line: TextLine): TextLine[] =>
  line.strokes.toSorted((a, b) => a.x0 - b.x0).map((stroke) => ({ ...line, x0: stroke.x0, x1: stroke.x1, strokes: [stroke] }));

/** A letter is at least this high and at most this wide, in letter heights. */
const LOWEST_LETTER = 0.75;
const WIDEST_LETTER = 1.4;

/** Whether letters, each a line of one stroke, have the shape of letters and digits. */
export const haveLetterShape = (letters: readonly TextLine[]): boolean =>
  letters.every(
    ({ strokes, x0, x1, letterHeight }) =>
      strokes.every((stroke) => heightOf(stroke) >= LOWEST_LETTER * letterHeight) && x1 - x0 + 1 <= WIDEST_LETTER * letterHeight,
  );

/** Those after the widest gap. */
export function lastWord(letters: readonly TextLine[]): readonly TextLine[] {
  let [from, widest] = [0, 0];
  for (const [at, { x0 }] of letters.entries()) {
    const gap = at === 0 ? 0 : x0 - (letters[at - 1]?.x1 ?? 0);
    if (gap > widest) [from, widest] = [at, gap];
  }
  return letters.slice(from);
}

/**
 * A line with the ink that it was found in, and the level up to which its place is surround; `overTissue` when bright specks may stand between its strokes.
 */
export type Place = { readonly ink: Ink; readonly line: TextLine; readonly surround: number; readonly overTissue: boolean };

/** A surround from which a line stands over tissue, and how uneven it is at least: a panel of the screen is even. */
const TISSUE = 60;
const UNEVEN = 12;
/** The surround is what lies so many pixels off the bounds of the line: nearer by are the soft rims of its letters. */
const NEAR = 2;
const FAR = 4;
/** Letters over tissue are no wider than this, in letter heights, with what parts them: what is wider is a string of echoes. */
const WIDEST_OVER_TISSUE = 2.2;

/** Levels of what is no ink in a frame around the line, lowest first. */
function levelsAround({ levels, mask, rows, columns }: Ink, { x0, y0, x1, y1 }: TextLine): number[] {
  const around: number[] = [];
  for (let y = Math.max(0, y0 - FAR); y <= Math.min(rows - 1, y1 + FAR); y++) {
    const isBeside = y > y0 - NEAR && y < y1 + NEAR;
    for (let x = Math.max(0, x0 - FAR); x <= Math.min(columns - 1, x1 + FAR); x++) {
      const at = y * columns + x;
      if (mask[at] === 0 && !(isBeside && x > x0 - NEAR && x < x1 + NEAR)) around.push(levels[at] ?? 0);
    }
  }
  return around.sort((a, b) => a - b);
}

function placeOf(ink: Ink, line: TextLine): Place {
  const around = levelsAround(ink, line);
  const levelAt = (share: number): number => around[Math.floor(share * around.length)] ?? 0;
  const surround = levelAt(0.8);
  return { ink, line, surround, overTissue: surround > TISSUE && surround - levelAt(0.2) > UNEVEN };
}

const mayBeLetters = ({ line, overTissue }: Place): boolean =>
  !overTissue || line.x1 - line.x0 + 1 <= WIDEST_OVER_TISSUE * line.letterHeight * line.strokes.length;

const shared = (from: number, to: number, from2: number, to2: number): number =>
  Math.max(0, Math.min(to, to2) - Math.max(from, from2) + 1);

/** Whether more than half of a line lies in another. */
const liesIn = (line: TextLine, other: TextLine): boolean =>
  2 * shared(line.x0, line.x1, other.x0, other.x1) > line.x1 - line.x0 + 1 &&
  2 * shared(line.y0, line.y1, other.y0, other.y1) > line.y1 - line.y0 + 1;

/**
 * Lines of a frame, most likely ones first, `most` at most. Over tissue, where writing that stands off runs together with bright specks, writing of full
 * brightness is taken instead: where all of it lies over tissue, and where it has more letters than what stands off in its place.
 */
export function textPlaces(frame: GreyOrRgb, most: number): Place[] {
  const { full, standingOff } = inkOf(frame);
  const others = standingOff.flatMap((ink) => linesOf(ink).map((line) => ({ ink, line })));
  const overTissue = linesOf(full)
    .map((line) => placeOf(full, line))
    .filter((place) => {
      const beside = others.filter(({ line }) => liesIn(line, place.line));
      return place.overTissue || beside.some(({ line }) => line.strokes.length < place.line.strokes.length);
    })
    .map((place) => ({ ...place, overTissue: true }));
  const apart = others.filter(({ line }) => !overTissue.some((place) => liesIn(line, place.line)));
  const ranked = [
    ...overTissue.map((place) => ({ likely: likeness(place.line), place: () => place })),
    ...apart.map(({ ink, line }) => ({ likely: likeness(line), place: () => placeOf(ink, line) })),
  ].toSorted((a, b) => b.likely - a.likely);
  return ranked
    .map(({ place }) => place())
    .filter(mayBeLetters)
    .slice(0, most);
}
