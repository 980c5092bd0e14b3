// A frame of an attention cine: what stands still around the picture, and what moves below it. In: a cine, words, facts of a run. Out: SVG. Pure.
import type { LungScore, RunFacts } from '../contracts/finding.ts';
import { scaleBar } from './capture-cell.ts';
import { CINE, type CinePlay } from './capture-cine.ts';
import { gauge, weightOf } from './capture-gauge.ts';
import { type Box, fitted } from './capture-layout.ts';
import { atEnd, bold, COLOUR, line, middle, paragraph, rectangle, SCORE_COLOURS } from './capture-marks.ts';
import { type PageParts, placeTitle } from './capture-words.ts';
import { blend } from './colour-map.ts';
import { fitText, textWidth, wrapText } from './stroke-text.ts';
import { gateOf, percent } from './words.ts';

const MARGIN = 10;
const RIGHT = CINE.width - MARGIN;
/** Where the picture stands; it shrinks to its own aspect. */
const PICTURE: Box = { x: MARGIN, y: 66, width: 320, height: 256 };
const SIDE: Box = { x: 342, y: 66, width: RIGHT - 342, height: 256 };
/** The part of a frame that changes beside the picture: the place in the cine, and the words for it. */
export const MOVING: Box = { x: MARGIN, y: 326, width: 330, height: 32 };
const TRACK = { y: 5, height: 6 };
const SCORES: readonly LungScore[] = [0, 1, 2, 3];

export const pictureBox = ({ rows, columns }: CinePlay['kept']): Box => fitted(columns / rows, PICTURE);

/** An SVG document of the size of a box, with its corner at the box's. */
const document = ({ x, y, width, height }: Box, content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}">${content}</svg>`;

type Badge = {
  readonly text: string;
  readonly fill: string;
  readonly ink: string;
  readonly border: string;
  readonly open: boolean;
};

function badgeOf(play: CinePlay, { template }: PageParts): Badge {
  const open = { fill: COLOUR.panel, ink: COLOUR.text, border: COLOUR.text, open: true };
  if (play.kind === 'lung') {
    const { score } = play.cine;
    if (score === null) return { text: 'NO SCORE', ...open };
    const { fill, ink } = SCORE_COLOURS[score];
    return { text: `SCORE ${score}`, fill, ink, border: fill, open: false };
  }
  const { wallMotionAbnormality: state } = play.view;
  const text = `${template.findingShort} ${state.toUpperCase()}`;
  const weight = weightOf(state);
  if (weight !== 'raised') return { text, ...open, open: weight === 'open' };
  return { text, fill: COLOUR.highlightGround, ink: COLOUR.highlight, border: COLOUR.highlight, open: false };
}

function badgeSvg({ text, fill, ink, border, open }: Badge): string {
  const width = textWidth(text, 11, true) + 18;
  const box: Box = { x: RIGHT - width, y: 31, width, height: 26 };
  const dashes = open ? 'stroke-dasharray="6 4"' : '';
  return (
    rectangle(box, `rx="4" fill="${fill}" stroke="${border}" stroke-width="1.5" ${dashes}`) +
    middle(text, box.x + width / 2, { y: 49.5, size: 11, colour: ink, bold: true })
  );
}

/** The probability of every score of a lung, or why there is none. */
function scoreBars({ score, probabilities }: Extract<CinePlay, { readonly kind: 'lung' }>['cine']): string {
  if (score === null)
    return paragraph('No score is given for this cine.', { ...SIDE, height: 60 }, { size: 8, colour: COLOUR.text, leading: 14 });
  const bar = { x: SIDE.x + 14, width: SIDE.width - 58 };
  return (
    line('probability of each', SIDE.x, { y: SIDE.y + 8, size: 7.5, colour: COLOUR.faint }) +
    SCORES.map((one, index) => {
      const y = SIDE.y + 18 + index * 20;
      const chosen = one === score;
      const ink = { y: y + 10.5, size: 8.5, colour: chosen ? COLOUR.text : COLOUR.faint };
      const place: Box = { x: bar.x, y, width: bar.width, height: 12 };
      return (
        line(String(one), SIDE.x, ink) +
        rectangle(place, `fill="${COLOUR.panel}" stroke="${chosen ? COLOUR.text : COLOUR.line}"`) +
        rectangle({ ...place, width: bar.width * Math.min(1, probabilities[one]) }, `fill="${SCORE_COLOURS[one].fill}"`) +
        (chosen ? bold : line)(`${Math.round(100 * probabilities[one])} %`, place.x + place.width + 6, ink)
      );
    }).join('')
  );
}

function viewGauge({ view, key }: Extract<CinePlay, { readonly kind: 'echo' }>, { template, statements }: PageParts): string {
  if (view.wallMotionAbnormality === 'undetermined')
    return paragraph(
      'No statement is made of this view.',
      { ...SIDE, height: 60 },
      { size: 8, colour: COLOUR.text, leading: 14 },
    );
  const label = `P(${template.findingShort}) ${percent(view.probability)} %`;
  const threshold = statements.get(key)?.threshold ?? null;
  const weight = weightOf(view.wallMotionAbnormality);
  return gauge({ label, share: view.probability, threshold, weight, size: 9 }, { ...SIDE, y: SIDE.y + 26, height: 10 });
}

const LEGENDS: Readonly<Record<CinePlay['kind'], string>> = {
  lung: 'mask of the model: 1 counts in full, 0 is left out',
  echo: 'class activation: 1 is the strongest place of this beat, 0 median or less',
};

function legend(kind: CinePlay['kind']): string {
  const bar: Box = { x: SIDE.x, y: SIDE.y + 178, width: SIDE.width, height: 10 };
  const steps = 32;
  const cells = Array.from({ length: steps }, (_, index) => {
    const [red, green, blue] = blend(96, (index + 0.5) / steps);
    const x = bar.x + (bar.width * index) / steps;
    return rectangle({ ...bar, x, width: bar.width / steps + 0.4 }, `fill="rgb(${red},${green},${blue})"`);
  });
  const ends = { y: bar.y + 21, size: 7.5, colour: COLOUR.faint };
  const words: Box = { ...bar, y: bar.y + 27, height: 44 };
  return (
    cells.join('') +
    rectangle(bar, `fill="none" stroke="${COLOUR.line}"`) +
    line('0', bar.x, ends) +
    atEnd('1', bar.x + bar.width, ends) +
    paragraph(LEGENDS[kind], words, { size: 7.5, colour: COLOUR.faint, leading: 13 })
  );
}

function footer(run: RunFacts): string {
  const width = CINE.width - 2 * MARGIN;
  const notice = wrapText(run.notice, 7.5, { width, mostLines: 2, bold: true });
  const model = `${run.modelName}, version ${run.modelVersion}, model ${run.modelDigest.slice(0, 12)}`;
  return (
    line(fitText(model, 7.5, width), MARGIN, { y: 370, size: 7.5, colour: COLOUR.faint }) +
    notice.map((text, index) => bold(text, MARGIN, { y: 383 + 12 * index, size: 7.5, colour: COLOUR.warning })).join('')
  );
}

/** What is the same in every frame of a cine: notice, place, answer, legend, model; the ground is opaque. */
export function stillSvg(play: CinePlay, parts: PageParts): string {
  const { template, run, names } = parts;
  const picture = pictureBox(play.kept);
  const strip: Box = { x: 0, y: 0, width: CINE.width, height: 24 };
  const detail = [
    names.get(play.kept.sopInstanceUid) ?? '',
    `${play.kept.frameNumbers.length} of ${play.kept.numberOfFrames} frames`,
  ];
  const answer = badgeOf(play, parts);
  const room = RIGHT - MARGIN - textWidth(answer.text, 11, true) - 32;
  return document(
    { x: 0, y: 0, ...CINE },
    rectangle({ x: 0, y: 0, ...CINE }, `fill="${COLOUR.background}"`) +
      rectangle(strip, `fill="${COLOUR.warningGround}"`) +
      rectangle({ ...strip, y: 22.5, height: 1.5 }, `fill="${COLOUR.warning}"`) +
      middle(template.watermark[gateOf(run)], CINE.width / 2, { y: 16, size: 10, colour: COLOUR.warning, bold: true }) +
      bold(fitText(placeTitle(play.key, parts), 12, room, true), MARGIN, { y: 44, size: 12, colour: COLOUR.text }) +
      line(detail.filter((word) => word !== '').join(' \u00b7 '), MARGIN, { y: 58, size: 7.5, colour: COLOUR.faint }) +
      badgeSvg(answer) +
      rectangle(
        { x: picture.x - 1, y: picture.y - 1, width: picture.width + 2, height: picture.height + 2 },
        `fill="none" stroke="${COLOUR.line}"`,
      ) +
      (play.kind === 'lung' ? scoreBars(play.cine) : viewGauge(play, parts)) +
      legend(play.kind) +
      footer(run),
  );
}

/** The bar of centimetres over the picture, on a clear ground of the picture's size; null when the source does not say how large a pixel is. */
export function scaleSvg({ kept }: CinePlay): string | null {
  const picture = pictureBox(kept);
  const bar = scaleBar(kept, picture);
  return bar === '' ? null : document(picture, bar);
}

/** Where in the cine a frame (from 0) is; on an opaque ground, to be put at MOVING. */
export function movingSvg({ kept }: CinePlay, index: number): string {
  const { frameNumbers, frameTimeMs, numberOfFrames } = kept;
  const width = PICTURE.width;
  const share = frameNumbers.length < 2 ? 1 : index / (frameNumbers.length - 1);
  const track: Box = { x: 0, y: TRACK.y, width, height: TRACK.height };
  const seconds = ((index * frameTimeMs) / 1000).toFixed(2);
  return document(
    { ...MOVING, x: 0, y: 0 },
    rectangle({ x: 0, y: 0, width: MOVING.width, height: MOVING.height }, `fill="${COLOUR.background}"`) +
      rectangle(track, `rx="2" fill="${COLOUR.panel}" stroke="${COLOUR.line}"`) +
      rectangle({ ...track, width: width * share }, `rx="2" fill="${COLOUR.bar}"`) +
      rectangle(
        { x: Math.max(0, width * share - 2), y: TRACK.y - 3, width: 4, height: TRACK.height + 6 },
        `fill="${COLOUR.text}"`,
      ) +
      bold(`${seconds} s`, 0, { y: 27, size: 9, colour: COLOUR.text }) +
      atEnd(`frame ${frameNumbers[index] ?? 0} of ${numberOfFrames}`, width, { y: 27, size: 9, colour: COLOUR.faint }),
  );
}
