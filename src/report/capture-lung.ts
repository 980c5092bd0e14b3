// The pages of a lung examination (`lung-score`): the chest with its areas and the total, then a page a cine. In: a result. Out: pages, SVG. Pure.
import type { FramePicture, LungCineResult, LungScore, ResultOf } from '../contracts/finding.ts';
import type { ImageNames } from './capture-cell.ts';
import { heading, mapLegend } from './capture-frame.ts';
import { badge, classBars } from './capture-gauge.ts';
import {
  type Arrangement,
  BODY,
  type Box,
  type Caption,
  cellsOf,
  frameLabel,
  GAP,
  MARGIN,
  type MapScale,
  PAGE,
  type Page,
} from './capture-layout.ts';
import { atEnd, bold, COLOUR, joined, line, paragraph, SCORE_COLOURS } from './capture-marks.ts';
import { AREA_COUNT, scoreLegend, thorax } from './capture-thorax.ts';
import { type PageParts, placeTitle, sourceWords } from './capture-words.ts';
import { LUNG_TOTAL_KEY, lungCineKeys } from './statement-keys.ts';
import { count } from './words.ts';

type LungResult = ResultOf<'lung-score'>;

const HIGHEST_SCORE = 3;

const PICTURES: Box = { ...BODY, width: 824 };
const SIDE: Box = { ...BODY, x: MARGIN + 856, width: 376 };
const SCORES: readonly LungScore[] = [0, 1, 2, 3];

/** Highest score of each area; cines of an unknown area and those without a score do not count. */
function scoresByArea(cines: readonly LungCineResult[]): ReadonlyMap<number, LungScore> {
  const highest = new Map<number, LungScore>();
  for (const { area, score } of cines) {
    if (area === null || score === null) continue;
    const earlier = highest.get(area);
    if (earlier === undefined || score > earlier) highest.set(area, score);
  }
  return highest;
}

/** First, middle and last of what was kept. */
function shownFrames({ frames }: LungCineResult): readonly FramePicture[] {
  const wanted = new Set([0, Math.floor((frames.length - 1) / 2), frames.length - 1]);
  return frames.filter((_, index) => wanted.has(index));
}

const timeWords = ({ frameNumber }: FramePicture, framesPerSecond: number | null): string =>
  framesPerSecond === null || framesPerSecond <= 0 ? '' : `${((frameNumber - 1) / framesPerSecond).toFixed(1)} s`;

const captionOf = (frame: FramePicture, { cine }: LungCineResult): Caption => ({
  tag: '',
  strong: timeWords(frame, cine.framesPerSecond),
  bar: null,
  below: '',
  emphasis: null,
});

/** `07`, `07/2` for the second cine of an area, `?/1` for a cine of no known area. */
function shortKey(key: string): string {
  const [area = '', cine] = key.slice('LUS area '.length).split(' cine ');
  return `${area === 'unknown' ? '?' : area}${cine === undefined ? '' : `/${cine}`}`;
}

function cinePage(cine: LungCineResult, key: string): Page {
  const frames = shownFrames(cine);
  const scale: MapScale = { frames, kind: 'share' };
  const entries = frames.map((frame) => ({ frame, text: captionOf(frame, cine), scale }));
  const paired: Arrangement = { columns: 1, plain: 'beside' };
  const height = (PICTURES.height - GAP) / 2;
  const cells =
    entries.length < 3
      ? cellsOf(entries, paired, PICTURES)
      : [
          ...cellsOf(entries.slice(1, 2), paired, { ...PICTURES, height }),
          ...cellsOf(
            [...entries.slice(0, 1), ...entries.slice(2)],
            { columns: 2, plain: 'none' },
            { ...PICTURES, y: PICTURES.y + height + GAP, height },
          ),
        ];
  return {
    key,
    label: frameLabel(`area ${shortKey(key)} ${cine.score === null ? 'no sc.' : `sc. ${cine.score}`}`),
    cells,
    content: { kind: 'lung-cine', cine },
  };
}

/** The page of the examination, then the cines by area, those of no known area last. */
export function lungPages(result: LungResult): readonly Page[] {
  const { cines, total } = result;
  const keys = lungCineKeys(cines);
  const sorted = cines
    .map((cine, index) => ({ cine, key: keys[index] ?? '' }))
    .sort((one, other) => (one.cine.area ?? AREA_COUNT + 1) - (other.cine.area ?? AREA_COUNT + 1));
  const exam: Page = {
    key: LUNG_TOTAL_KEY,
    label: frameLabel(`total ${total.total} (${total.areasScored}/${AREA_COUNT})`),
    cells: [],
    content: { kind: 'lung-exam', result },
  };
  return [exam, ...sorted.map(({ cine, key }) => cinePage(cine, key))];
}

const scoreBadge = (score: LungScore | null): string =>
  score === null ? badge('NO SCORE', 'open') : badge(`SCORE ${score}`, 'plain', SCORE_COLOURS[score]);

/** Heading, score, place and legend of the page of one cine. */
export function lungCineSvg(cine: LungCineResult, key: string, parts: PageParts): string {
  const { run, names, template } = parts;
  const { page: words } = template.capture.words;
  const { area, score, probabilities } = cine;
  const { threshold } = run.statement;
  const bars: Box = { ...SIDE, y: 208, height: 136 };
  const diagram: Box = { ...SIDE, y: 402, height: 178 };
  const notes: Box = { ...SIDE, y: 606, height: 230 };
  const own: ReadonlyMap<number, LungScore> = area === null || score === null ? new Map() : new Map([[area, score]]);
  const { cine: source } = cine;
  const rate = source.framesPerSecond === null ? '' : `${Number(source.framesPerSecond.toFixed(1))} frames a second`;
  return (
    heading({
      title: placeTitle(key, parts),
      about: words.about,
      detail: `${joined(names.get(source.sopInstanceUid) ?? '', count(source.numberOfFrames, 'frame'), rate)}; ${sourceWords('area', cine.areaSource)}, ${sourceWords('side', cine.sideSource)}`,
    }) +
    scoreBadge(score) +
    (score === null
      ? paragraph('No score is given for this cine.', bars, { size: 13, colour: COLOUR.text, leading: 20 })
      : bold('probability of each score', SIDE.x, { y: 192, size: 11, colour: COLOUR.faint }) +
        classBars(
          SCORES.map((one) => ({
            name: String(one),
            share: probabilities[one],
            fill: SCORE_COLOURS[one].fill,
            chosen: one === score,
          })),
          bars,
          threshold,
        ) +
        (threshold === null
          ? ''
          : line(`dashed: a score is given from ${Number((100 * threshold).toFixed(1))} %`, SIDE.x, {
              y: 366,
              size: 10,
              colour: COLOUR.faint,
            }))) +
    thorax(diagram, { scores: own, marked: area, isLarge: false }) +
    paragraph(cine.notes.join(' '), notes, { size: 10, colour: COLOUR.faint, leading: 18 }) +
    mapLegend(words.map, words.below)
  );
}

/** Cines that a page of the examination has to name, because the diagram cannot: those of no known area. */
function strayLine(result: LungResult, names: ImageNames): string {
  const strays = result.cines.filter(({ area }) => area === null);
  if (strays.length === 0) return '';
  const list = strays.map(
    ({ cine, score }) => `${names.get(cine.sopInstanceUid) || 'a cine'} ${score === null ? 'no score' : `score ${score}`}`,
  );
  return `Not part of the total, because the images do not say which area they show: ${list.join('; ')}.`;
}

/** What the total is out of; it is never stretched to areas that have no score. */
function totalWords({ areasScored }: LungResult['total']): string {
  if (areasScored === 0) return 'no area has a score';
  const most = HIGHEST_SCORE * areasScored;
  return areasScored === AREA_COUNT ? `at most ${most}` : `INCOMPLETE: at most ${most} for the areas that have a score`;
}

/** Heading, chest and legend of the page of the examination. */
export function lungExamSvg(result: LungResult, { names, template }: PageParts): string {
  const { overview } = template.capture.words;
  const { total, areasScored, areasUnscored } = result.total;
  const unscored =
    areasUnscored.length === 0
      ? ''
      : `Without a score, and nothing is added for them: area${areasUnscored.length === 1 ? '' : 's'} ${areasUnscored.join(', ')}.`;
  const below: Box = { ...BODY, y: 764, height: 72 };
  return (
    heading({
      title: overview.title,
      about: overview.about,
      detail: `${count(result.cines.length, 'cine')}; the total is the sum over the areas that have a score`,
    }) +
    badge(
      areasScored === 0 ? 'NO TOTAL' : `TOTAL ${total}, ${areasScored} OF ${AREA_COUNT} AREAS`,
      areasScored === 0 ? 'open' : 'plain',
    ) +
    atEnd(totalWords(result.total), PAGE.width - MARGIN, {
      y: 126,
      size: 13,
      colour: areasScored < AREA_COUNT ? COLOUR.highlight : COLOUR.text,
    }) +
    thorax({ ...BODY, y: 176, height: 570 }, { scores: scoresByArea(result.cines), marked: null, isLarge: true }) +
    paragraph([unscored, strayLine(result, names)].filter((one) => one !== '').join(' '), below, {
      size: 12,
      colour: COLOUR.text,
      leading: 22,
    }) +
    scoreLegend(MARGIN, 855)
  );
}
