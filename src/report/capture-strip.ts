// The course of a compression cine as a strip: P(open) over time with open and closed told apart, the landmark below it, an axis in seconds or frames.
// In: a course and a box. Out: SVG. Pure.
import type { CompressionCourse, Landmark, LumenFrame } from '../contracts/finding.ts';
import type { Box } from './capture-layout.ts';
import { atEnd, bold, COLOUR, line, middle, rectangle } from './capture-marks.ts';
import { fitText, textWidth } from './stroke-text.ts';

/** A frame of the course that stands on the page as a picture, under a letter. */
export type StripMark = { readonly tag: string; readonly frame: LumenFrame };

export type StripParts = {
  /** The source image, e.g. `image 4`. */
  readonly name: string;
  /** P(open) from which a frame counts as open; null draws no states. */
  readonly threshold: number | null;
  /** The landmark of the page: its lane is drawn brightly; null draws no lanes. */
  readonly landmark: Landmark | null;
  readonly marks: readonly StripMark[];
};

const LABELS = 104;
const TITLE = 22;
const LANE = 11;
const AXIS = 22;
const BAND = 12;
const FAINT = { size: 9, colour: COLOUR.faint } as const;
/** In the order of the network's answers, and from top to bottom. */
const LANES = ['neither', 'SFJ', 'GSV'] as const;
const LANE_ORDER = ['SFJ', 'GSV', 'neither'] as const;

/** Index of the largest share. */
const largest = (shares: readonly number[]): number => shares.indexOf(Math.max(...shares));

/** Neighbours with the same value: from and to are indices, `to` exclusive. */
export function runs<T>(values: readonly T[]): readonly { readonly value: T; readonly from: number; readonly to: number }[] {
  const found: { value: T; from: number; to: number }[] = [];
  for (const [index, value] of values.entries()) {
    const last = found.at(-1);
    if (last !== undefined && last.value === value) last.to = index + 1;
    else found.push({ value, from: index, to: index + 1 });
  }
  return found;
}

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60] as const;
const STEPS_FRAMES = [5, 10, 20, 50, 100, 200, 500, 1000] as const;
const MOST_TICKS = 12;

/** Ticks of the time axis: seconds from the first frame where the rate is known, else frame numbers. Places are frame numbers (1-based). */
export function ticks(
  numberOfFrames: number,
  framesPerSecond: number | null,
): readonly { readonly frame: number; readonly words: string }[] {
  const isTimed = framesPerSecond !== null && framesPerSecond > 0;
  const length = isTimed ? (numberOfFrames - 1) / framesPerSecond : numberOfFrames;
  const steps: readonly number[] = isTimed ? STEPS_S : STEPS_FRAMES;
  const step = steps.find((one) => length / one <= MOST_TICKS) ?? length / MOST_TICKS;
  const count = Math.floor(length / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => {
    const at = index * step;
    if (isTimed) return { frame: 1 + at * framesPerSecond, words: `${Number(at.toFixed(1))} s` };
    return { frame: Math.max(1, at), words: index === 0 ? 'frame 1' : String(Math.round(at)) };
  });
}

/** Where things stand in a strip: the curve, and pixels of frame numbers (1-based) and shares. */
type Plot = {
  readonly course: CompressionCourse;
  readonly box: Box;
  readonly curve: Box;
  readonly lanesY: number;
  readonly axisY: number;
  readonly x: (frame: number) => number;
  readonly y: (share: number) => number;
};

function plotOf(course: CompressionCourse, box: Box, lanes: number): Plot {
  const top = box.y + TITLE + BAND + 4;
  const below = lanes * LANE + 6;
  const curve: Box = { x: box.x + LABELS, y: top, width: box.width - LABELS, height: box.y + box.height - AXIS - below - top };
  const span = Math.max(1, course.cine.numberOfFrames - 1);
  const end = curve.y + curve.height;
  return {
    course,
    box,
    curve,
    lanesY: end + 6,
    axisY: end + below,
    x: (frame) => Math.min(curve.x + curve.width, Math.max(curve.x, curve.x + (curve.width * (frame - 1)) / span)),
    y: (share) => end - curve.height * Math.min(1, Math.max(0, share)),
  };
}

/** Left and right end of the answers `from` to `to` (exclusive): each stands for the time half-way to its neighbours. */
function extent({ course: { frameNumbers }, x }: Plot, from: number, to: number): readonly [number, number] {
  const frameAt = (index: number): number => frameNumbers[index] ?? 1;
  const half = (index: number): number => {
    const next = frameNumbers[index + 1];
    return (
      ((next ?? frameAt(index)) - (next === undefined ? (frameNumbers[index - 1] ?? frameAt(index) - 1) : frameAt(index))) / 2
    );
  };
  return [x(frameAt(from) - half(Math.max(0, from - 1))), x(frameAt(to - 1) + half(to - 1))];
}

const point = (plot: Plot, index: number): string =>
  `${plot.x(plot.course.frameNumbers[index] ?? 1).toFixed(1)} ${plot.y(plot.course.open[index] ?? 0).toFixed(1)}`;

/** A run of one state: its band with its name, and the area under the curve. */
function stateSvg(
  plot: Plot,
  { value, from, to }: { readonly value: boolean; readonly from: number; readonly to: number },
): string {
  const { box, curve, y, course } = plot;
  const [left, right] = extent(plot, from, to);
  const colour = value ? COLOUR.open : COLOUR.closed;
  const words = value ? 'open' : 'closed';
  const floor = (curve.y + curve.height).toFixed(1);
  const points = Array.from({ length: to - from }, (_, index) => `L${point(plot, from + index)}`).join('');
  const [first, last] = [y(course.open[from] ?? 0).toFixed(1), y(course.open[to - 1] ?? 0).toFixed(1)];
  const hasRoom = right - left > textWidth(words, 8, true) + 8;
  return (
    `<path d="M${left.toFixed(1)} ${floor}V${first}${points}L${right.toFixed(1)} ${last}V${floor}Z" fill="${colour}" fill-opacity="0.35"/>` +
    rectangle({ x: left, y: box.y + TITLE, width: right - left, height: BAND }, `fill="${colour}"`) +
    (hasRoom ? middle(words, (left + right) / 2, { y: box.y + TITLE + 10, size: 8, colour: COLOUR.background, bold: true }) : '')
  );
}

/** A lane for each landmark and one for neither, filled where the network sees it most. */
function lanesSvg(plot: Plot, landmark: Landmark): string {
  const { course, curve, lanesY } = plot;
  const inkOf = (name: (typeof LANES)[number], other: string): string => (name === landmark ? COLOUR.highlight : other);
  const blocks = runs(course.landmarks.map((shares) => LANES[largest(shares)] ?? 'neither')).map(({ value, from, to }) => {
    const [left, right] = extent(plot, from, to);
    const y = lanesY + LANE_ORDER.indexOf(value) * LANE + 2;
    const colour = inkOf(value, value === 'neither' ? COLOUR.line : COLOUR.faint);
    return rectangle({ x: left, y, width: right - left, height: LANE - 4 }, `fill="${colour}"`);
  });
  const names = LANE_ORDER.map((name, index) =>
    atEnd(name, curve.x - 8, { y: lanesY + index * LANE + 9, size: 8, colour: inkOf(name, COLOUR.faint) }),
  );
  return [...blocks, ...names].join('');
}

function axisSvg({ course: { cine }, curve, axisY, x }: Plot): string {
  const end = curve.x + curve.width;
  const marks = ticks(cine.numberOfFrames, cine.framesPerSecond).map(({ frame, words }) => {
    const at = x(frame);
    const half = textWidth(words, 9) / 2;
    const place = at - half < curve.x ? line : at + half > end ? atEnd : middle;
    return `<path d="M${at.toFixed(1)} ${axisY}v5" stroke="${COLOUR.faint}"/>${place(words, at, { y: axisY + 18, ...FAINT })}`;
  });
  return `<path d="M${curve.x} ${axisY}H${end}" stroke="${COLOUR.faint}"/>${marks.join('')}`;
}

/** P(open) over time, with its states and its operating point. */
function statesSvg(plot: Plot, threshold: number): string {
  const { course, box, curve } = plot;
  const thresholdY = plot.y(threshold).toFixed(1);
  const trace = course.open.map((_, index) => `${index === 0 ? 'M' : 'L'}${point(plot, index)}`).join('');
  return (
    runs(course.open.map((share) => share >= threshold))
      .map((run) => stateSvg(plot, run))
      .join('') +
    `<path d="M${curve.x} ${thresholdY}H${curve.x + curve.width}" stroke="${COLOUR.faint}" stroke-dasharray="2 4"/>` +
    `<path d="${trace}" fill="none" stroke="${COLOUR.text}" stroke-width="1.5"/>` +
    line('P(open)', box.x, { y: curve.y + curve.height / 2 + 4, ...FAINT }) +
    atEnd('1', curve.x - 8, { y: curve.y + 9, ...FAINT }) +
    atEnd('0', curve.x - 8, { y: curve.y + curve.height, ...FAINT })
  );
}

/** One course. The box should be at least 120 high. */
export function strip(course: CompressionCourse, box: Box, parts: StripParts): string {
  const { landmark, threshold, name } = parts;
  const plot = plotOf(course, box, landmark === null ? 0 : LANES.length);
  const { curve, axisY } = plot;
  const marks = parts.marks.map(({ tag, frame }) => {
    const x = plot.x(frame.frameNumber);
    return (
      `<path d="M${x.toFixed(1)} ${box.y + 17}V${axisY}" stroke="${COLOUR.text}" stroke-width="1.5" stroke-dasharray="4 3"/>` +
      middle(tag, x, { y: box.y + 13, size: 11, colour: COLOUR.text, bold: true })
    );
  });
  return (
    rectangle({ ...curve, y: box.y + TITLE, height: axisY - box.y - TITLE }, `fill="${COLOUR.panel}"`) +
    (threshold === null ? '' : statesSvg(plot, threshold)) +
    (landmark === null ? '' : lanesSvg(plot, landmark)) +
    axisSvg(plot) +
    marks.join('') +
    bold(fitText(name, 11, LABELS - 12, true), box.x, { y: box.y + TITLE + 11, size: 11, colour: COLOUR.text })
  );
}
