// The pages of a landmark (`vascular-dvt`): the best open and the best closed frame with their class activation, and the course of every cine.
// In: a landmark. Out: pages, SVG. Pure.
import type { Compressibility, CompressionCourse, LandmarkResult, LumenFrame, RunFacts } from '../contracts/finding.ts';
import { heading, mapLegend, patchLegend } from './capture-frame.ts';
import { badge, gauge, type Weight } from './capture-gauge.ts';
import { type Arrangement, BODY, type Box, type Caption, cellsOf, frameLabel, type Page } from './capture-layout.ts';
import { atEnd, COLOUR, joined, middle, paragraph } from './capture-marks.ts';
import { type StripMark, strip } from './capture-strip.ts';
import { type PageParts, pageWords, placeTitle, sourceWords, wordsOr } from './capture-words.ts';
import { landmarkKey } from './statement-keys.ts';
import { capitalised, count, isTold, percent } from './words.ts';

type Verdict = { readonly badge: string; readonly short: string; readonly weight: Weight };

/** The verdicts on a vein in words, and how much each draws the eye. */
export const VERDICTS: Readonly<Record<Compressibility, Verdict>> = {
  fully: { badge: 'FULLY COMPRESSIBLE', short: 'full', weight: 'plain' },
  partially: { badge: 'PARTIALLY COMPRESSIBLE', short: 'part.', weight: 'raised' },
  'non-compressible': { badge: 'NON-COMPRESSIBLE', short: 'none', weight: 'raised' },
  indeterminate: { badge: 'INDETERMINATE', short: 'indet.', weight: 'open' },
};

/** What a verdict means for a thrombosis. */
export const MEANINGS: Readonly<Record<LandmarkResult['dvt'], string>> = {
  suspected: 'thrombosis suspected',
  absent: 'thrombosis unlikely here, not excluded',
  undetermined: 'no statement about thrombosis',
};

/** P(open) from which a frame counts as open when the model names no operating point for it. */
const EVEN_ODDS = 0.5;
/** P(open) from which a frame of a run counts as open. */
export const openThreshold = (run: RunFacts): number => run.outputs.find(({ id }) => id === 'open')?.threshold ?? EVEN_ODDS;

const GAUGE: Box = { x: 716, y: 112, width: 540, height: 14 };
const PICTURES: Box = { ...BODY, y: 166, height: 340 };
const STRIPS: Box = { ...BODY, y: 512, height: 326 };
const ALL: Box = { ...BODY, y: 180, height: 658 };
const NOTES_HEIGHT = 34;
const STRIPS_WITH_PICTURES = 2;
const STRIPS_ALONE = 4;
const TALLEST_STRIP = 290;
/** Without the curve of P(open). */
const TALLEST_BARE_STRIP = 128;
const STRIP_GAP = 8;

/**
 * The frames that are shown, under their letters: those that the analysis puts first, at rest and then pressed. They are chosen and explained by the state
 * of the lumen, so that there are none where that output is off.
 */
const shownFrames = ({ frames }: LandmarkResult, run: RunFacts): readonly StripMark[] =>
  isTold(run, 'open') ? frames.slice(0, 2).map((frame, index) => ({ tag: 'AB'.charAt(index), frame })) : [];

/** A vein that does not close has an open frame under pressure as well, which is told from the one at rest. */
function stateWords({ state, open }: LumenFrame, all: readonly LumenFrame[]): string {
  const isExtreme = all.every((other) => other.state !== state || (state === 'open' ? other.open <= open : other.open >= open));
  return `${isExtreme ? 'best' : 'least'} ${state} frame`;
}

function captionOf({ tag, frame }: StripMark, { landmark, frames }: LandmarkResult, run: RunFacts): Caption {
  const isOpen = frame.state === 'open';
  const share = isOpen ? frame.open : 1 - frame.open;
  return {
    tag,
    strong: stateWords(frame, frames),
    bar: { share, colour: isOpen ? COLOUR.open : COLOUR.closed },
    below: `P(${frame.state}) ${percent(share)} %${isTold(run, 'landmark') ? `, P(${landmark}) ${percent(frame.landmark)} %` : ''}`,
    emphasis: isOpen ? COLOUR.open : COLOUR.closed,
  };
}

function coursesOf(landmark: LandmarkResult, withPictures: boolean): readonly (readonly CompressionCourse[])[] {
  const { courses } = landmark;
  const first = courses.slice(0, withPictures ? STRIPS_WITH_PICTURES : STRIPS_ALONE);
  const pages = [first];
  for (let at = first.length; at < courses.length; at += STRIPS_ALONE) pages.push(courses.slice(at, at + STRIPS_ALONE));
  return pages;
}

// A single picture has room for the bare one beside it.
const arrangementOf = (count: number): Arrangement =>
  count === 1 ? { columns: 1, plain: 'beside' } : { columns: 2, plain: 'none' };

/** The pages of one landmark: pictures with the first courses, further courses on pages of their own. */
export function landmarkPages(landmark: LandmarkResult, run: RunFacts): readonly Page[] {
  const shown = shownFrames(landmark, run);
  const entries = shown.map((mark) => ({
    frame: mark.frame,
    text: captionOf(mark, landmark, run),
    scale: { frames: [mark.frame], kind: 'activation' as const },
  }));
  const chunks = coursesOf(landmark, shown.length > 0);
  const { short } = VERDICTS[landmark.compressibility];
  const key = landmarkKey(landmark);
  return chunks.map((courses, index) => ({
    key,
    label: frameLabel(`${key.slice('DVT '.length)} ${short} ${index + 1}/${chunks.length}`),
    cells: index === 0 ? cellsOf(entries, arrangementOf(entries.length), PICTURES) : [],
    content: { kind: 'landmark', landmark, courses, number: index + 1, of: chunks.length },
  }));
}

/** What the strips show, in words: the course of either output, or of none that may be told. */
function stripWords(run: RunFacts): string {
  const ofOpen = isTold(run, 'open') ? `P(open) over the cine, open from ${percent(openThreshold(run))} %` : '';
  const below = ofOpen === '' ? '' : 'below it ';
  const ofLandmark = isTold(run, 'landmark') ? `${below}the landmark that the model sees` : '';
  const words = [ofOpen, ofLandmark].filter((one) => one !== '').join('; ');
  return words === '' ? 'strip: the frames that were judged' : `strip: ${words}`;
}

const STATES = [
  [COLOUR.open, 'open'],
  [COLOUR.closed, 'closed'],
] as const;

/** Heading, verdict, courses and legend of a page of a landmark. */
export function landmarkSvg(
  page: {
    readonly landmark: LandmarkResult;
    readonly courses: readonly CompressionCourse[];
    readonly number: number;
    readonly of: number;
  },
  parts: PageParts,
): string {
  const { run, names, template } = parts;
  const { page: own } = template.capture.words;
  const { landmark, courses, number, of } = page;
  const verdict = VERDICTS[landmark.compressibility];
  const isStated = landmark.compressibility !== 'indeterminate';
  const marks = number === 1 ? shownFrames(landmark, run) : [];
  const whole = marks.length > 0 ? STRIPS : ALL;
  const area: Box = { ...whole, height: whole.height - (landmark.notes.length > 0 ? NOTES_HEIGHT : 0) };
  const notes: Box = { ...BODY, y: BODY.y + BODY.height - NOTES_HEIGHT + 4, height: NOTES_HEIGHT - 4 };
  const threshold = isTold(run, 'open') ? openThreshold(run) : null;
  const tallest = threshold === null ? TALLEST_BARE_STRIP : TALLEST_STRIP;
  const step = Math.min(tallest, area.height / Math.max(1, courses.length));
  const strips = courses.map((course, index) =>
    strip(
      course,
      { ...area, y: area.y + index * step, height: step - STRIP_GAP },
      {
        name: names.get(course.cine.sopInstanceUid) ?? '',
        threshold,
        landmark: isTold(run, 'landmark') ? landmark.landmark : null,
        marks: marks.filter(({ frame }) => frame.sopInstanceUid === course.cine.sopInstanceUid),
      },
    ),
  );
  const sources = `${sourceWords('side', landmark.sideSource)}, ${sourceWords('landmark', landmark.landmarkSource)}`;
  const meaning = MEANINGS[isStated ? landmark.dvt : 'undetermined'];
  const certainty =
    landmark.certainty === null || !isStated
      ? ''
      : gauge(
          {
            label: `certainty ${percent(landmark.certainty)} %`,
            share: landmark.certainty,
            threshold: null,
            weight: verdict.weight,
            size: 15,
          },
          GAUGE,
        );
  const ink = { size: 13, colour: isStated && landmark.dvt === 'suspected' ? COLOUR.highlight : COLOUR.text };
  const words = wordsOr(own.below, stripWords(run));
  return (
    heading({
      title: placeTitle(landmarkKey(landmark), parts),
      about: joined(own.about, capitalised(landmark.because)),
      detail: `${count(landmark.courses.length, 'cine')}${pageWords(number, of)}; ${sources}`,
    }) +
    badge(verdict.badge, verdict.weight) +
    (certainty === ''
      ? atEnd(meaning, GAUGE.x + GAUGE.width, { y: 124, ...ink })
      : middle(meaning, GAUGE.x + GAUGE.width / 2, { y: 148, ...ink })) +
    certainty +
    strips.join('') +
    (landmark.notes.length === 0
      ? ''
      : paragraph(landmark.notes.join(' '), notes, { size: 10, colour: COLOUR.faint, leading: 17 })) +
    (marks.length > 0 ? mapLegend(own.map, words) : patchLegend(threshold === null ? [] : STATES, words))
  );
}
