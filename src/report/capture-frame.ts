// What every attention page has around its pictures: the strip with the research notice, the heading, the legend, the model and its notices.
// In: words and facts of a run. Out: SVG. Pure.
import type { RunFacts } from '../contracts/finding.ts';
import { type Box, MARGIN, PAGE } from './capture-layout.ts';
import { atEnd, bold, COLOUR, line, middle, rectangle } from './capture-marks.ts';
import { blend, colourAt } from './colour-map.ts';
import { fitText, wrapText } from './stroke-text.ts';
import type { OutputTemplate } from './templates.ts';

const RIGHT = PAGE.width - MARGIN;
const HEADING_WIDTH = 660;

/** The strip over every page. */
export function watermark(text: string): string {
  const strip: Box = { x: 0, y: 0, width: PAGE.width, height: 40 };
  return (
    rectangle(strip, `fill="${COLOUR.warningGround}"`) +
    rectangle({ ...strip, y: 38, height: 2 }, `fill="${COLOUR.warning}"`) +
    middle(text, PAGE.width / 2, { y: 27, size: 15, colour: COLOUR.warning, bold: true })
  );
}

/** What the page is about, to the left: title, one or two lines, and where it comes from. */
export function heading(words: { readonly title: string; readonly about: string; readonly detail: string }): string {
  const about = wrapText(words.about, 13, { width: HEADING_WIDTH, mostLines: 2 });
  const detailY = 137 + 18 * (about.length - 1);
  return (
    bold(fitText(words.title, 24, HEADING_WIDTH, true), MARGIN, { y: 86, size: 24, colour: COLOUR.text }) +
    about.map((text, index) => line(text, MARGIN, { y: 114 + 20 * index, size: 13, colour: COLOUR.text })).join('') +
    line(fitText(words.detail, 11, HEADING_WIDTH + 10), MARGIN, { y: detailY, size: 11, colour: COLOUR.faint })
  );
}

const LEGEND: Box = { x: MARGIN, y: 858, width: 300, height: 14 };
const LEGEND_WORDS = 590;
const MODEL_WIDTH = 310;

/** Words beside a legend, two lines. */
const legendWords = (first: string, second: string, x: number): string =>
  line(fitText(first, 10, LEGEND_WORDS), x, { y: 870, size: 10, colour: COLOUR.faint }) +
  line(fitText(second, 10, LEGEND_WORDS), x, { y: 889, size: 10, colour: COLOUR.faint });

/** The colours of the maps from 0 to 1 as they look over middle grey, and what they mean. */
export function mapLegend(first: string, second: string): string {
  const steps = 60;
  const cells = Array.from({ length: steps }, (_, index) => {
    const [red, green, blue] = blend(96, (index + 0.5) / steps);
    const x = LEGEND.x + (LEGEND.width * index) / steps;
    return rectangle({ ...LEGEND, x, width: LEGEND.width / steps + 0.5 }, `fill="rgb(${red},${green},${blue})"`);
  });
  const [red, green, blue] = colourAt(1);
  const ends = { y: 889, size: 10, colour: COLOUR.faint };
  return (
    cells.join('') +
    rectangle(LEGEND, `fill="none" stroke="${COLOUR.line}"`) +
    line('0', LEGEND.x, ends) +
    middle('0.5', LEGEND.x + LEGEND.width / 2, ends) +
    atEnd('1', LEGEND.x + LEGEND.width, { ...ends, colour: `rgb(${red},${green},${blue})` }) +
    legendWords(first, second, LEGEND.x + LEGEND.width + 20)
  );
}

/** Patches of plain colours with their names, and a line of words beneath. */
export function patchLegend(patches: readonly (readonly [colour: string, name: string])[], words: string): string {
  const drawn = patches.map(([colour, name], index) => {
    const x = LEGEND.x + index * 110;
    return (
      rectangle({ ...LEGEND, x, width: 24 }, `rx="3" fill="${colour}"`) +
      line(name, x + 32, { y: 870, size: 10, colour: COLOUR.faint })
    );
  });
  return drawn.join('') + line(fitText(words, 10, 2 * LEGEND_WORDS), LEGEND.x, { y: 889, size: 10, colour: COLOUR.faint });
}

/** Below a legend: which model, its notice, and what the finding is not about. */
export function footer(run: RunFacts, words: Pick<OutputTemplate, 'scope'>): string {
  const width = PAGE.width - 2 * MARGIN;
  const notice = wrapText(run.notice, 12, { width, mostLines: 2, bold: true });
  const version = `version ${fitText(run.modelVersion, 10, MODEL_WIDTH / 3)}, model ${run.modelDigest.slice(0, 12)}`;
  return (
    `<path d="M${MARGIN} 846H${RIGHT}" stroke="${COLOUR.line}"/>` +
    atEnd(fitText(run.modelName, 12, MODEL_WIDTH), RIGHT, { y: 871, size: 12, colour: COLOUR.text }) +
    atEnd(version, RIGHT, { y: 889, size: 10, colour: COLOUR.faint }) +
    notice.map((text, index) => bold(text, MARGIN, { y: 913 + 20 * index, size: 12, colour: COLOUR.warning })).join('') +
    line(fitText(words.scope, 12, width), MARGIN, { y: 913 + 20 * notice.length, size: 12, colour: COLOUR.text })
  );
}
