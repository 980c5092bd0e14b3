// The chest with its fourteen scanning areas (Soldati and others, J Ultrasound Med 2020;39:1413), seen from behind, from both sides and from the front.
// In: scores by area and a box. Out: SVG. Pure.
import type { LungScore } from '../contracts/finding.ts';
import type { Box } from './capture-layout.ts';
import { bold, COLOUR, line, middle, rectangle, SCORE_COLOURS } from './capture-marks.ts';

type Panel = 'back' | 'right side' | 'left side' | 'front';
type AreaPlace = { readonly panel: Panel; readonly column: number; readonly row: number };

const at = (panel: Panel, column: number, row: number): AreaPlace => ({ panel, column, row });

// From behind, the patient's left is to the viewer's left; from the front it is to the right.
/** Where area 1 to 14 lies, in that order; row 0 is the uppermost. */
const AREA_PLACES: readonly AreaPlace[] = [
  at('back', 1, 2),
  at('back', 1, 1),
  at('back', 1, 0),
  at('back', 0, 2),
  at('back', 0, 1),
  at('back', 0, 0),
  at('right side', 0, 1),
  at('right side', 0, 0),
  at('left side', 0, 1),
  at('left side', 0, 0),
  at('front', 0, 1),
  at('front', 0, 0),
  at('front', 1, 1),
  at('front', 1, 0),
];

/** Number of scanning areas. */
export const AREA_COUNT = AREA_PLACES.length;

type PanelForm = {
  readonly start: number;
  readonly width: number;
  readonly columns: number;
  readonly rows: number;
  readonly outline: string;
  /** Which side of the patient lies to the viewer's left and right. */
  readonly sides: readonly [string, string];
};

// Outlines in a unit square, y downwards.
const TRUNK =
  'M.42 0V.04C.42 .09 .3 .09 .18 .12C.07 .15 .03 .21 .02 .33L0 .6H.1L.135 .4C.14 .6 .17 .76 .14 1H.86C.83 .76 .86 .6 .865 .4L.9 .6H1L.98 .33C.97 .21 .93 .15 .82 .12C.7 .09 .58 .09 .58 .04V0';
const FLANK = 'M.36 0V.05C.24 .1 .12 .17 .1 .32C.07 .52 .15 .76 .14 1H.86C.88 .76 .95 .52 .9 .32C.87 .17 .76 .1 .64 .05V0';

const PANELS: Readonly<Record<Panel, PanelForm>> = {
  back: { start: 0, width: 0.31, columns: 2, rows: 3, outline: TRUNK, sides: ['L', 'R'] },
  'right side': { start: 0.345, width: 0.15, columns: 1, rows: 2, outline: FLANK, sides: ['', ''] },
  'left side': { start: 0.51, width: 0.15, columns: 1, rows: 2, outline: FLANK, sides: ['', ''] },
  front: { start: 0.69, width: 0.31, columns: 2, rows: 2, outline: TRUNK, sides: ['R', 'L'] },
};

// Where the areas lie within a panel, as shares of it.
const LUNGS = { left: 0.19, right: 0.81, top: 0.17, bottom: 0.94 } as const;

const panelBox = ({ start, width }: PanelForm, box: Box, below: number): Box => ({
  x: box.x + box.width * start,
  y: box.y,
  width: box.width * width,
  height: box.height - below,
});

function areaBox(place: AreaPlace, panel: Box): Box {
  const { columns, rows } = PANELS[place.panel];
  const gap = panel.height * 0.018;
  const width = ((LUNGS.right - LUNGS.left) * panel.width) / columns;
  const height = ((LUNGS.bottom - LUNGS.top) * panel.height) / rows;
  return {
    x: panel.x + LUNGS.left * panel.width + place.column * width + gap,
    y: panel.y + LUNGS.top * panel.height + place.row * height + gap,
    width: width - 2 * gap,
    height: height - 2 * gap,
  };
}

export type ThoraxParts = {
  /** Highest score of each area that has one. */
  readonly scores: ReadonlyMap<number, LungScore>;
  /** The area that the page is about. */
  readonly marked: number | null;
  /** Large areas show their score with the number small beside it; small ones only their number. */
  readonly isLarge: boolean;
};

/** The four views of the chest side by side. An area without a score is drawn dashed and empty. */
export function thorax(box: Box, { scores, marked, isLarge }: ThoraxParts): string {
  const size = isLarge ? 12 : 8;
  const below = 3 * size;
  const panels = Object.entries(PANELS).map(([name, form]) => {
    const panel = panelBox(form, box, below);
    const [left, right] = form.sides;
    const scale = `translate(${panel.x.toFixed(1)} ${panel.y.toFixed(1)}) scale(${panel.width.toFixed(2)} ${panel.height.toFixed(2)})`;
    const style = { size, colour: COLOUR.faint };
    const y = panel.y + panel.height * 0.1;
    return (
      `<path d="${form.outline}" transform="${scale}" fill="${COLOUR.panel}" stroke="${COLOUR.line}" stroke-width="2" vector-effect="non-scaling-stroke"/>` +
      middle(name, panel.x + panel.width / 2, { y: box.y + box.height - size * 0.6, ...style }) +
      middle(left, panel.x + panel.width * 0.08, { y, ...style, bold: true }) +
      middle(right, panel.x + panel.width * 0.92, { y, ...style, bold: true })
    );
  });
  const areas = AREA_PLACES.map((place, index) => {
    const area = index + 1;
    const own = areaBox(place, panelBox(PANELS[place.panel], box, below));
    const score = scores.get(area);
    const { fill, ink } = score === undefined ? { fill: 'none', ink: COLOUR.faint } : SCORE_COLOURS[score];
    const isMarked = area === marked;
    const isFaded = marked !== null && !isMarked;
    const stroke = isMarked
      ? `stroke="${COLOUR.text}" stroke-width="3"`
      : score === undefined
        ? `stroke="${COLOUR.faint}" stroke-dasharray="4 4"`
        : 'stroke="none"';
    const [x, y] = [own.x + own.width / 2, own.y + own.height / 2];
    const words = isLarge
      ? line(String(area), own.x + 7, { y: own.y + 18, size: 11, colour: ink }) +
        (score === undefined
          ? middle('no score', x, { y: y + 5, size: 10, colour: ink })
          : middle(String(score), x, { y: y + 19, size: 30, colour: ink, bold: true }))
      : (isMarked ? markedNumber : plainNumber)(String(area), x, y, isFaded ? COLOUR.text : ink);
    return rectangle(own, `rx="4" fill="${fill}" ${isFaded ? 'fill-opacity="0.45"' : ''} ${stroke}`) + words;
  });
  return panels.join('') + areas.join('');
}

const plainNumber = (text: string, x: number, y: number, colour: string): string =>
  middle(text, x, { y: y + 4, size: 8, colour });
const markedNumber = (text: string, x: number, y: number, colour: string): string =>
  middle(text, x, { y: y + 5, size: 11, colour, bold: true });

/** What the scores mean (Soldati and others 2020), in the footer beneath the page. */
const SCORE_MEANINGS: readonly (readonly [LungScore, string])[] = [
  [0, 'even pleura, A-lines'],
  [1, 'uneven pleura, single vertical artefacts'],
  [2, 'broken pleura, small consolidations'],
  [3, 'white lung, with or without consolidations'],
];

/** The colours of the scores with their meanings, two rows of two from the given corner. */
export const scoreLegend = (x: number, y: number): string =>
  SCORE_MEANINGS.map(([score, words], index) => {
    const left = x + (index % 2) * 265;
    const top = y + Math.floor(index / 2) * 19;
    const { fill, ink } = SCORE_COLOURS[score];
    return (
      rectangle({ x: left, y: top, width: 22, height: 15 }, `rx="3" fill="${fill}"`) +
      bold(String(score), left + 8, { y: top + 12, size: 9, colour: ink }) +
      line(words, left + 30, { y: top + 12, size: 9, colour: COLOUR.faint })
    );
  }).join('');
