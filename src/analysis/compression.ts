// What the course of one cine says of a vein's compressibility. In: whether the veins are open in each answered frame and how far the tissue is pressed.
// Out: the statement with the reason, as a sentence. Pure rules with named thresholds; where they do not decide, the statement is `indeterminate`.
import type { Compressibility } from '../contracts/finding.ts';

/** Answers that a landmark must be seen for. */
const FEWEST_ANSWERS = 15;
/** Answers in a row that make a closed state sustained, and an open one before and after it. */
const CLOSED_RUN = 5;
const OPEN_RUN = 3;
/**
 * Share of the operating point of closed below which an answer is sure. A vein pressed nearly flat around a clot looks much like a closed one, and to call
 * that compressible is the error that harms; so a closed run has to hold sure answers. Set on simulated cines of the families that the reference weights
 * were trained on: clotted veins reached 0.5 of the operating point for so many answers, healthy ones less than 0.4 in three of four cines.
 */
const SURE_SHARE = 0.4;
/** Median of P(open) under pressure below which a vein counts as narrowed; set on the same cines. */
const NARROWED_BELOW = 0.78;
/** Thinning of the tissue from which a vein counts as pressed, and for how many answers in a row. */
const PRESSED_FROM = 0.12;
const PRESSED_RUN = 5;
/** Answers over which the course is smoothed by the median. */
const SMOOTH = 5;

/** One landmark of one cine: answers in time order. `thinning` is null where it could not be measured. */
export type Course = {
  readonly open: readonly number[];
  readonly thinning: readonly (number | null)[];
  /** What the description says of compression; null when it says nothing. */
  readonly described: boolean | null;
};

export type Verdict = {
  readonly compressibility: Compressibility;
  readonly because: string;
  /** How sure the network was of the states that decided, 0..1; null when indeterminate. */
  readonly certainty: number | null;
  /** Answers that show the vein best at rest, and closed or under pressure. */
  readonly restAt: number | null;
  readonly pressedAt: number | null;
};

type Run = { readonly first: number; readonly last: number };

const lengthOf = ({ first, last }: Run): number => last - first + 1;

/** Runs of answers for which `is` holds. */
export function runsOf(count: number, is: (at: number) => boolean): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < count; at++) {
    if (!is(at)) continue;
    const first = at;
    while (at + 1 < count && is(at + 1)) at += 1;
    runs.push({ first, last: at });
  }
  return runs;
}

/** The upper one of two in the middle; 0 of none. */
const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

/** Median over a window around each value; at the ends over what there is. */
export function smoothed(values: readonly number[], width = SMOOTH): number[] {
  const reach = (width - 1) / 2;
  return values.map((_, at) => median(values.slice(Math.max(0, at - reach), at + reach + 1)));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const placeOfMost = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.indexOf(Math.max(...values));

/** The median over what could be measured near an answer. */
function thinningAt(thinning: Course['thinning'], at: number): number {
  return median(thinning.slice(Math.max(0, at - 2), at + 3).filter((value) => value !== null));
}

const SAID = {
  short: `The landmark is seen in fewer than ${FEWEST_ANSWERS} frames in a row.`,
  closedAlways: 'The vein is closed all the time; that it opens is not seen.',
  closedAtStart: 'The vein is closed when the course begins; that it was open before is not seen.',
  closedAtEnd: 'The vein closes, but that it opens again is not seen.',
  flicker: 'The vein is seen closed only for moments; the course is ambiguous.',
  unsure: 'The vein looks closed, but not surely; it may be pressed flat around a clot.',
  described: 'The description says that no compression was applied, and the vein stays open.',
  unseen: 'The vein stays open, and the tissue is not seen to be pressed; compression may not have been applied.',
  light: 'The vein stays open, but the tissue is pressed too lightly or too shortly to tell.',
  fully: 'Open, closed under pressure for several frames, and open again.',
  partially: 'Under pressure the vein becomes narrower and does not close.',
  none: 'Under pressure the vein stays as it is.',
} as const;

const indeterminate = (because: string, restAt: number | null): Verdict => ({
  compressibility: 'indeterminate',
  because,
  certainty: null,
  restAt,
  pressedAt: null,
});

/**
 * The rules, in this order. Too few answers: indeterminate. A sustained, sure closed run between open ones: fully compressible. Closed otherwise: indeterminate.
 * Never closed: only where the tissue is seen pressed is there a statement, partially compressible if the vein becomes narrower, else non-compressible.
 */
export function compressionVerdict(course: Course, closedBelow: number): Verdict {
  const count = course.open.length;
  if (count < FEWEST_ANSWERS) return indeterminate(SAID.short, placeOfMost(course.open));
  const open = smoothed(course.open);
  const restAt = placeOfMost(open);
  const closedRuns = runsOf(count, (at) => (open[at] ?? 1) < closedBelow);
  if (closedRuns.length === 0) return stayedOpen(course, open);
  const sustained = closedRuns.filter((run) => lengthOf(run) >= CLOSED_RUN);
  if (sustained.length === 0) return indeterminate(SAID.flicker, restAt);
  const openRuns = runsOf(count, (at) => (open[at] ?? 0) >= closedBelow).filter((run) => lengthOf(run) >= OPEN_RUN);
  const framed = sustained.filter(
    (run) => openRuns.some(({ last }) => last < run.first) && openRuns.some(({ first }) => first > run.last),
  );
  const [best] = framed.toSorted((one, other) => lengthOf(other) - lengthOf(one));
  if (best === undefined) {
    if (openRuns.length === 0) return indeterminate(SAID.closedAlways, null);
    const before = openRuns.some(({ last }) => sustained.some(({ first }) => last < first));
    return indeterminate(before ? SAID.closedAtEnd : SAID.closedAtStart, restAt);
  }
  const values = open.slice(best.first, best.last + 1);
  if (values.filter((value) => value < SURE_SHARE * closedBelow).length < CLOSED_RUN) return indeterminate(SAID.unsure, restAt);
  const opened = openRuns.flatMap(({ first, last }) => open.slice(first, last + 1));
  return {
    compressibility: 'fully',
    because: SAID.fully,
    certainty: Math.min(1 - mean(values), mean(opened)),
    restAt,
    pressedAt: best.first + values.indexOf(Math.min(...values)),
  };
}

function stayedOpen({ thinning, described }: Course, open: readonly number[]): Verdict {
  const restAt = placeOfMost(open);
  const measured = open.map((_, at) => thinningAt(thinning, at));
  const pressed = runsOf(open.length, (at) => (measured[at] ?? 0) >= PRESSED_FROM).filter((run) => lengthOf(run) >= PRESSED_RUN);
  if (described === false) return indeterminate(SAID.described, restAt);
  if (pressed.length === 0) {
    const touched = measured.some((share) => share >= PRESSED_FROM / 3);
    return indeterminate(touched ? SAID.light : SAID.unseen, restAt);
  }
  const places = pressed.flatMap(({ first, last }) => Array.from({ length: lengthOf({ first, last }) }, (_, n) => first + n));
  const values = places.map((at) => open[at] ?? 1);
  const least = Math.min(...values);
  const isNarrowed = median(values) < NARROWED_BELOW;
  return {
    compressibility: isNarrowed ? 'partially' : 'non-compressible',
    because: isNarrowed ? SAID.partially : SAID.none,
    certainty: mean(values),
    restAt,
    pressedAt: places[values.indexOf(least)] ?? null,
  };
}
