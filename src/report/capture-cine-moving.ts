// The part of an attention cine that goes on below the picture: the place in the cine, and for a compression the state of the vein over it. In: a cine and
// one of its frames. Out: SVG. Pure.
import type { CompressionCourse, Landmark, RunFacts } from '../contracts/finding.ts';
import type { CinePlay } from './capture-cine.ts';
import { movingBox } from './capture-cine-layout.ts';
import { openThreshold } from './capture-dvt.ts';
import type { Box } from './capture-layout.ts';
import { atEnd, bold, COLOUR, line, middle, rectangle } from './capture-marks.ts';
import { runs } from './capture-strip.ts';
import { textWidth } from './stroke-text.ts';
import { isTold, percent } from './words.ts';

type DvtPlay = Extract<CinePlay, { readonly kind: 'dvt' }>;

const TRACK = { y: 4, height: 6 } as const;
const BAND = { y: 4, height: 14 } as const;
const LANE = { y: 22, height: 6 } as const;
const SHARES: Readonly<Record<Landmark, 1 | 2>> = { SFJ: 1, GSV: 2 };

/** Left edge of a source frame (1-based) in a bar of `width` pixels for the whole cine. */
const edgeOf = (frame: number, { kept }: CinePlay, width: number): number =>
  Math.min(width, Math.max(0, Math.round(((frame - 1) / Math.max(1, kept.numberOfFrames)) * width)));

function cursor(play: CinePlay, frame: number, { width, y, height }: { width: number; y: number; height: number }): string {
  const x = (edgeOf(frame, play, width) + edgeOf(frame + 1, play, width)) / 2;
  const at: Box = { x: Math.min(width - 3, Math.max(0, Math.round(x) - 1)), y, width: 3, height };
  return rectangle({ ...at, x: at.x - 1, width: 5 }, `fill="#000"`) + rectangle(at, `fill="#fff"`);
}

/** Where in the whole cine the played stretch is, and how far it has come. */
function track(play: CinePlay, index: number, width: number): string {
  const { frameNumbers } = play.kept;
  const [first = 1, frame = 1, last = 1] = [frameNumbers[0], frameNumbers[index], frameNumbers.at(-1)];
  const [from, to, now] = [edgeOf(first, play, width), edgeOf(last + 1, play, width), edgeOf(frame, play, width)];
  return (
    rectangle({ x: 0, ...TRACK, width }, `fill="${COLOUR.panel}"`) +
    rectangle({ x: from, ...TRACK, width: to - from }, `fill="${COLOUR.line}"`) +
    rectangle({ x: from, ...TRACK, width: now - from }, `fill="${COLOUR.bar}"`) +
    cursor(play, frame, { width, y: TRACK.y - 3, height: TRACK.height + 6 })
  );
}

/** From the first of neighbouring answers to the next after the last, as pixels: an answer stands until the next one. */
function extent({ frameNumbers }: CompressionCourse, play: DvtPlay, place: { from: number; to: number; width: number }): Box {
  const { from, to, width } = place;
  const x = edgeOf(frameNumbers[from] ?? 1, play, width);
  const end = edgeOf(frameNumbers[to] ?? (frameNumbers.at(-1) ?? 0) + 1, play, width);
  return { x, y: 0, width: end - x, height: 0 };
}

/** The state of the vein over the whole cine, and below it where the landmark is what the model sees most. */
function courseSvg(play: DvtPlay, run: RunFacts, width: number): string {
  const { course, landmark } = play;
  const threshold = openThreshold(run);
  const states = runs(course.open.map((share) => share >= threshold)).map(({ value, from, to }) => {
    const words = value ? 'open' : 'closed';
    const box = { ...extent(course, play, { from, to, width }), ...BAND };
    const isWide = box.width > textWidth(words, 7.5, true) + 8;
    const ink = { y: BAND.y + 10.5, size: 7.5, colour: '#000', bold: true };
    return rectangle(box, `fill="${COLOUR[words]}"`) + (isWide ? middle(words, box.x + box.width / 2, ink) : '');
  });
  const seen = course.landmarks.map((shares) => shares[SHARES[landmark.landmark]] === Math.max(...shares));
  const lanes = runs(seen).map(({ value, from, to }) =>
    value ? rectangle({ ...extent(course, play, { from, to, width }), ...LANE }, `fill="${COLOUR.highlight}"`) : '',
  );
  return (
    rectangle({ x: 0, ...BAND, width }, `fill="${COLOUR.panel}"`) +
    states.join('') +
    (isTold(run, 'landmark') ? rectangle({ x: 0, ...LANE, width }, `fill="${COLOUR.panel}"`) + lanes.join('') : '')
  );
}

/** What the model says of the frame in view; nothing where it says nothing: it needs some frames before the first answer. */
function stateWords(
  { course, landmark }: DvtPlay,
  frame: number,
  run: RunFacts,
): { words: string; rest: string; colour: string } {
  const at = course.frameNumbers.findLastIndex((one) => one <= frame);
  const open = course.open[at];
  if (open === undefined) return { words: 'no answer yet', rest: '', colour: COLOUR.faint };
  const isOpen = open >= openThreshold(run);
  const sees = course.landmarks[at]?.[SHARES[landmark.landmark]] ?? 0;
  return {
    words: isOpen ? 'OPEN' : 'CLOSED',
    rest: `P(open) ${percent(open)} %${isTold(run, 'landmark') ? `, P(${landmark.landmark}) ${percent(sees)} %` : ''}`,
    colour: isOpen ? COLOUR.open : COLOUR.closed,
  };
}

/** An SVG document of the size of a box. */
const document = ({ width, height }: Box, content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>`;

/** What stands below the picture of the `index`-th frame (from 0) that is played; on an opaque ground, to be put at `movingBox`. */
export function movingSvg(play: CinePlay, index: number, run: RunFacts): string {
  const { frameNumbers, frameTimeMs, numberOfFrames } = play.kept;
  const box = movingBox(play.kind);
  const { width, height } = box;
  const frame = frameNumbers[index] ?? 1;
  const seconds = `${((index * frameTimeMs) / 1000).toFixed(2)} s`;
  const place = `frame ${frame} of ${numberOfFrames}`;
  const faint = { y: height - 2, size: 7.5, colour: COLOUR.faint };
  const ground = rectangle({ x: 0, y: 0, width, height }, `fill="#000"`);
  if (play.kind !== 'dvt') {
    const time = bold(seconds, 0, { y: height - 2, size: 8, colour: COLOUR.text });
    return document(box, ground + track(play, index, width) + time + atEnd(place, width, faint));
  }
  const { words, rest, colour } = stateWords(play, frame, run);
  const said = { y: height - 14, size: 8.5, colour };
  return document(
    box,
    ground +
      courseSvg(play, run, width) +
      cursor(play, frame, { width, y: BAND.y - 4, height: LANE.y + LANE.height - BAND.y + 6 }) +
      bold(words, 0, said) +
      line(rest, textWidth(words, said.size, true) + 10, { ...said, size: 7.5, colour: COLOUR.text }) +
      line(seconds, 0, faint) +
      atEnd(place, width, faint),
  );
}
