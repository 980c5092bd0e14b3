// What stands beside the picture of an attention cine: the place, the answer at a glance, how sure the model is, what the colours mean. In: a cine, words,
// facts of a run. Out: SVG. Pure.
import type { LungScore } from '../contracts/finding.ts';
import type { CinePlay } from './capture-cine.ts';
import { SIDE } from './capture-cine-layout.ts';
import { MEANINGS, VERDICTS } from './capture-dvt.ts';
import { gauge, type Weight, weightOf } from './capture-gauge.ts';
import type { Box } from './capture-layout.ts';
import { atEnd, bold, COLOUR, joined, line, middle, paragraph, rectangle, SCORE_COLOURS } from './capture-marks.ts';
import { type PageParts, placeTitle } from './capture-words.ts';
import { blend } from './colour-map.ts';
import { wrapText } from './stroke-text.ts';
import { isTold, percent } from './words.ts';

const FAINT = { size: 7.5, colour: COLOUR.faint } as const;
const SAID = { size: 8.5, colour: COLOUR.text, leading: 13 } as const;
const SCORES: readonly LungScore[] = [0, 1, 2, 3];
const BADGE: Box = { ...SIDE, y: 82, height: 40 };
/** What a line of a badge takes at most, and the size of its letters. */
export const BADGE_LINE = { width: BADGE.width - 8, mostLines: 2, bold: true } as const;
export const BADGE_SIZE = 11;
const ANSWER: Box = { ...SIDE, y: 130, height: 72 };
const LEGEND: Box = { ...SIDE, y: 210, height: 8 };

type Look = { readonly fill: string; readonly ink: string; readonly border: string; readonly open: boolean };
type Badge = Look & { readonly text: string };

const LOOKS: Readonly<Record<Weight, Look>> = {
  raised: { fill: COLOUR.highlightGround, ink: COLOUR.highlight, border: COLOUR.highlight, open: false },
  plain: { fill: COLOUR.panel, ink: COLOUR.text, border: COLOUR.text, open: false },
  open: { fill: COLOUR.panel, ink: COLOUR.text, border: COLOUR.text, open: true },
};

function badgeOf(play: CinePlay, { template }: PageParts): Badge {
  switch (play.kind) {
    case 'lung': {
      const { score } = play.cine;
      if (score === null) return { text: 'NO SCORE', ...LOOKS.open };
      const { fill, ink } = SCORE_COLOURS[score];
      return { text: `SCORE ${score}`, fill, ink, border: fill, open: false };
    }
    case 'dvt': {
      const { badge, weight } = VERDICTS[play.landmark.compressibility];
      return { text: badge, ...LOOKS[weight] };
    }
    case 'echo': {
      const { wallMotionAbnormality: state } = play.view;
      return { text: `${template.findingShort} ${state.toUpperCase()}`, ...LOOKS[weightOf(state)] };
    }
  }
}

function badgeSvg({ text, fill, ink, border, open }: Badge): string {
  const lines = wrapText(text, BADGE_SIZE, BADGE_LINE);
  const dashes = open ? 'stroke-dasharray="6 4"' : '';
  const first = BADGE.y + BADGE.height / 2 + 5.5 - (lines.length - 1) * 8;
  return (
    rectangle(BADGE, `rx="4" fill="${fill}" stroke="${border}" stroke-width="1.5" ${dashes}`) +
    lines
      .map((one, index) =>
        middle(one, BADGE.x + BADGE.width / 2, { y: first + 16 * index, size: BADGE_SIZE, colour: ink, bold: true }),
      )
      .join('')
  );
}

/** The probability of every score of a lung, or why there is none. */
function scoreBars({ score, probabilities }: Extract<CinePlay, { readonly kind: 'lung' }>['cine']): string {
  if (score === null) return paragraph('No score is given for this cine.', ANSWER, SAID);
  const bar = { x: ANSWER.x + 14, width: ANSWER.width - 54 };
  return (
    line('probability of each', ANSWER.x, { ...FAINT, y: ANSWER.y + 7 }) +
    SCORES.map((one, index) => {
      const y = ANSWER.y + 13 + index * 15;
      const chosen = one === score;
      const ink = { y: y + 9.5, size: 8.5, colour: chosen ? COLOUR.text : COLOUR.faint };
      const place: Box = { x: bar.x, y, width: bar.width, height: 11 };
      return (
        line(String(one), ANSWER.x, ink) +
        rectangle(place, `fill="${COLOUR.panel}" stroke="${chosen ? COLOUR.text : COLOUR.line}"`) +
        rectangle({ ...place, width: bar.width * Math.min(1, probabilities[one]) }, `fill="${SCORE_COLOURS[one].fill}"`) +
        (chosen ? bold : line)(`${Math.round(100 * probabilities[one])} %`, place.x + place.width + 6, ink)
      );
    }).join('')
  );
}

/** What the verdict on a vein means, and how sure the model was of the states behind it. */
function certainty({ landmark }: Extract<CinePlay, { readonly kind: 'dvt' }>): string {
  const isStated = landmark.compressibility !== 'indeterminate';
  const meaning = paragraph(MEANINGS[isStated ? landmark.dvt : 'undetermined'], { ...ANSWER, height: 34 }, SAID);
  if (!isStated || landmark.certainty === null) return meaning;
  const label = `certainty ${percent(landmark.certainty)} %`;
  const { weight } = VERDICTS[landmark.compressibility];
  const bar: Box = { ...ANSWER, y: ANSWER.y + 54, height: 8 };
  return meaning + gauge({ label, share: landmark.certainty, threshold: null, weight, size: 8.5, ends: false }, bar);
}

function viewGauge({ view, key }: Extract<CinePlay, { readonly kind: 'echo' }>, { template, statements }: PageParts): string {
  if (view.wallMotionAbnormality === 'undetermined') return paragraph('No statement is made of this view.', ANSWER, SAID);
  const label = `P(${template.findingShort}) ${percent(view.probability)} %`;
  const threshold = statements.get(key)?.threshold ?? null;
  const weight = weightOf(view.wallMotionAbnormality);
  return gauge({ label, share: view.probability, threshold, weight, size: 9 }, { ...ANSWER, y: ANSWER.y + 28, height: 10 });
}

function answerSvg(play: CinePlay, parts: PageParts): string {
  switch (play.kind) {
    case 'lung':
      return scoreBars(play.cine);
    case 'dvt':
      return certainty(play);
    case 'echo':
      return viewGauge(play, parts);
  }
}

const legendWords = (text: string): string =>
  paragraph(text, { ...LEGEND, y: LEGEND.y + 22, height: 32 }, { ...FAINT, leading: 11.5 });

/** The colours of a map from 0 to 1. */
function mapLegend(words: string): string {
  const steps = 16;
  const cells = Array.from({ length: steps }, (_, index) => {
    const [red, green, blue] = blend(96, (index + 0.5) / steps);
    const [from, to] = [index, index + 1].map((step) => Math.round((LEGEND.width * step) / steps));
    const cell: Box = { ...LEGEND, x: LEGEND.x + (from ?? 0), width: (to ?? 0) - (from ?? 0) };
    return rectangle(cell, `fill="rgb(${red},${green},${blue})"`);
  });
  const ends = { ...FAINT, y: LEGEND.y + 19 };
  return cells.join('') + line('0', LEGEND.x, ends) + atEnd('1', LEGEND.x + LEGEND.width, ends) + legendWords(words);
}

/** The colours of the states of a vein. */
function stateLegend(words: string): string {
  const patches = (['open', 'closed'] as const).map((state, index) => {
    const x = LEGEND.x + (index * LEGEND.width) / 2;
    const ink = { size: 8.5, colour: COLOUR.text, y: LEGEND.y + 8 };
    return rectangle({ ...LEGEND, x, width: 14 }, `fill="${COLOUR[state]}"`) + line(state, x + 20, ink);
  });
  return patches.join('') + paragraph(words, { ...LEGEND, y: LEGEND.y + 15, height: 38 }, { ...FAINT, leading: 11.5 });
}

function legend(play: CinePlay, { run, template }: PageParts): string {
  const { cine: words } = template.capture.words;
  switch (play.kind) {
    case 'lung':
      return mapLegend(words);
    case 'dvt': {
      const lane = isTold(run, 'landmark') ? `; bright below it: ${play.landmark.landmark} in view` : '';
      return stateLegend(`${words}${lane}`);
    }
    case 'echo':
      return mapLegend(words);
  }
}

/** The column to the right of the picture; all of it is the same in every frame. */
export function sideSvg(play: CinePlay, parts: PageParts): string {
  const { kept } = play;
  const title = wrapText(placeTitle(play.key, parts), 10, { width: SIDE.width, mostLines: 3, bold: true });
  const detail = joined(
    parts.names.get(kept.sopInstanceUid) ?? '',
    `${kept.frameNumbers.length} of ${kept.numberOfFrames} frames`,
  );
  return (
    title.map((text, index) => bold(text, SIDE.x, { y: SIDE.y + 10 + 14 * index, size: 10, colour: COLOUR.text })).join('') +
    line(detail, SIDE.x, { ...FAINT, y: SIDE.y + 9 + 14 * title.length }) +
    badgeSvg(badgeOf(play, parts)) +
    answerSvg(play, parts) +
    legend(play, parts)
  );
}
