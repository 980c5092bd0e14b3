// The attention pages: which keyframes stand on which page, where, and the SVG of everything but the pictures. In: a result. Out: plans and SVG. Pure.
import type { ResultOf, KeyframeResult, RunFacts, SectionResult } from '../contracts/finding.ts';
import { blend, colourAt } from './colour-map.ts';
import { fitText, textSvg, textWidth, wrapText } from './stroke-text.ts';
import type { OutputTemplate } from './templates.ts';
import { capitalised, gateOf, isStated, percent, ranked, siteKey, siteName, skippedLines, statementLines } from './wording.ts';

/** Every page has this size, because all frames of an instance must (PS3.3 C.7.6.3). Pixels. */
export const PAGE = { width: 1280, height: 960 } as const;

/** Keyframes on one page. */
export const CELLS_PER_PAGE = 6;

const COLOUR = {
  background: '#07090c',
  panel: '#10151b',
  line: '#2b3540',
  text: '#c8d0d8',
  faint: '#8793a0',
  warning: '#f5b14c',
  highlight: '#ffd166',
  bar: '#5b8fb9',
} as const;

export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** One keyframe on a page; `picture` holds the picture with its map, `plain` the bare picture where there is room for both. */
export type Cell = {
  readonly keyframe: KeyframeResult;
  readonly rank: number;
  readonly picture: Box;
  readonly plain: Box | null;
  readonly caption: Box;
};

export type Page = {
  readonly section: SectionResult | null;
  /** 1-based number of this page among the pages of its section. */
  readonly number: number;
  readonly of: number;
  readonly cells: readonly Cell[];
};

const BODY: Box = { x: 24, y: 172, width: 1232, height: 664 };
const GAP = 16;
const CAPTION_HEIGHT = 60;

// Columns by number of keyframes; one or two get the plain picture beside the overlay.
const COLUMNS: readonly number[] = [1, 2, 2, 3, 2, 3, 3];

function cellsOf(keyframes: readonly { readonly keyframe: KeyframeResult; readonly rank: number }[]): readonly Cell[] {
  const columns = COLUMNS[keyframes.length] ?? 3;
  const paired = keyframes.length <= 2;
  const rows = paired ? keyframes.length : Math.ceil(keyframes.length / columns);
  const width = (BODY.width - GAP * (columns - 1)) / columns;
  const height = (BODY.height - GAP * (rows - 1)) / rows;
  const box = (row: number, column: number): Box => ({
    x: Math.round(BODY.x + column * (width + GAP)),
    y: Math.round(BODY.y + row * (height + GAP)),
    width: Math.floor(width),
    height: Math.floor(height) - CAPTION_HEIGHT,
  });
  return keyframes.map((entry, index) => {
    const row = paired ? index : Math.floor(index / columns);
    const picture = box(row, paired ? 1 : index % columns);
    const plain = paired ? box(row, 0) : null;
    const left = plain ?? picture;
    const caption = {
      x: left.x,
      y: picture.y + picture.height,
      width: picture.x + picture.width - left.x,
      height: CAPTION_HEIGHT,
    };
    return { ...entry, picture, plain, caption };
  });
}

/** The pages of a result: for each section its keyframes, highest attention first; one page that says why when there is no section. */
export function pagesOf(result: ResultOf<'vascular-sec'>): readonly Page[] {
  if (result.sections.length === 0) return [{ section: null, number: 1, of: 1, cells: [] }];
  return result.sections.flatMap((section) => {
    const entries = ranked(section).map((keyframe, index) => ({ keyframe, rank: index + 1 }));
    const of = Math.max(1, Math.ceil(entries.length / CELLS_PER_PAGE));
    return Array.from({ length: of }, (_, page) => ({
      section,
      number: page + 1,
      of,
      cells: cellsOf(entries.slice(page * CELLS_PER_PAGE, (page + 1) * CELLS_PER_PAGE)),
    }));
  });
}

/** Frame Label Vector value of a page (SH, at most 16 characters), e.g. `L CFV 71.2% 1/2`. */
export const pageLabel = (page: Page): string =>
  page.section === null
    ? 'no statement'
    : `${siteKey(page.section)} ${isStated(page.section) ? `${percent(page.section.secProbability)}%` : 'undet.'} ${page.number}/${page.of}`.slice(
        0,
        16,
      );

/** Largest box of the given aspect inside another, centred, whole pixels. */
export function fitted(aspect: number, into: Box): Box {
  const width = Math.max(1, Math.min(into.width, Math.floor(into.height * aspect)));
  const height = Math.max(1, Math.min(into.height, Math.round(width / aspect)));
  return { x: into.x + Math.floor((into.width - width) / 2), y: into.y + Math.floor((into.height - height) / 2), width, height };
}

const rectangle = (box: Box, style: string): string =>
  `<rect x="${box.x}" y="${box.y}" width="${box.width.toFixed(1)}" height="${box.height.toFixed(1)}" ${style}/>`;

const line = (text: string, x: number, y: number, size: number, colour: string): string => textSvg(text, x, { y, size, colour });
const bold = (text: string, x: number, y: number, size: number, colour: string): string =>
  textSvg(text, x, { y, size, colour, bold: true });

function watermark(text: string): string {
  const strip: Box = { x: 0, y: 0, width: PAGE.width, height: 40 };
  return (
    rectangle(strip, `fill="#2a1c05"`) +
    rectangle({ ...strip, y: 38, height: 2 }, `fill="${COLOUR.warning}"`) +
    textSvg(text, PAGE.width / 2, { y: 27, size: 15, colour: COLOUR.warning, bold: true, anchor: 'middle' })
  );
}

function gauge(section: SectionResult, run: RunFacts, template: OutputTemplate): string {
  const bar: Box = { x: 716, y: 112, width: 540, height: 14 };
  const at = (share: number): number => bar.x + bar.width * Math.min(1, Math.max(0, share));
  const mark = at((run.statement.threshold ?? 0));
  const label = `P(${template.findingShort}) ${percent(section.secProbability)} %`;
  const threshold = `threshold ${percent((run.statement.threshold ?? 0))} %`;
  const half = textWidth(threshold, 10) / 2;
  const labelX = Math.min(PAGE.width - 24 - half, Math.max(bar.x + half, mark));
  return (
    rectangle(bar, `fill="${COLOUR.panel}" stroke="${COLOUR.line}"`) +
    rectangle(
      { ...bar, width: at(section.secProbability) - bar.x },
      `fill="${section.sec === 'present' ? COLOUR.highlight : COLOUR.bar}"`,
    ) +
    `<path d="M${mark.toFixed(1)} ${bar.y - 5}V${bar.y + bar.height + 6}" stroke="${COLOUR.text}" stroke-width="2"/>` +
    textSvg(label, bar.x, { y: 98, size: 20, colour: COLOUR.text, bold: true }) +
    textSvg(threshold, labelX, { y: bar.y + bar.height + 21, size: 10, colour: COLOUR.faint, anchor: 'middle' }) +
    line('0', bar.x, bar.y + bar.height + 21, 10, labelX - half < bar.x + 20 ? 'none' : COLOUR.faint) +
    textSvg('1', bar.x + bar.width, {
      y: bar.y + bar.height + 21,
      size: 10,
      colour: labelX + half > bar.x + bar.width - 20 ? 'none' : COLOUR.faint,
      anchor: 'end',
    })
  );
}

function flagBadge(section: SectionResult, template: OutputTemplate): string {
  const text = `${template.findingShort} ${section.sec.toUpperCase()}`;
  const width = textWidth(text, 16, true) + 36;
  const colour = section.sec === 'present' ? COLOUR.highlight : COLOUR.text;
  const dashes = section.sec === 'undetermined' ? 'stroke-dasharray="8 6"' : '';
  const box: Box = { x: PAGE.width - 24 - width, y: 60, width, height: 38 };
  return (
    rectangle(
      box,
      `rx="6" fill="${section.sec === 'present' ? '#33270a' : COLOUR.panel}" stroke="${colour}" stroke-width="2" ${dashes}`,
    ) + textSvg(text, box.x + width / 2, { y: 87, size: 16, colour, bold: true, anchor: 'middle' })
  );
}

function heading(page: Page, run: RunFacts, template: OutputTemplate): string {
  const { section } = page;
  if (section === null) return bold('No statement', 24, 90, 26, COLOUR.text);
  const pages = page.of > 1 ? `, page ${page.number} of ${page.of}` : '';
  const frames = `${section.keyframes.length} key frame${section.keyframes.length === 1 ? '' : 's'}${pages}, highest attention first`;
  const source = (kind: string, from: string): string =>
    from === 'none'
      ? `${kind} unknown`
      : `${kind} from ${from === 'model' ? 'the model' : from === 'coded' ? 'code' : 'description'}`;
  return (
    bold(fitText(capitalised(siteName(section)), 24, 640), 24, 86, 24, COLOUR.text) +
    line(`${capitalised(template.findingName)}: attention of the model`, 24, 114, 13, COLOUR.text) +
    line(
      fitText(`${frames}; ${source('side', section.sideSource)}, ${source('vein', section.veinSource)}`, 11, 670),
      24,
      137,
      11,
      COLOUR.faint,
    ) +
    flagBadge(section, template) +
    (isStated(section) ? gauge(section, run, template) : '')
  );
}

function captions(page: Page, names: ReadonlyMap<string, string>): string {
  return page.cells
    .map(({ keyframe, rank, picture, plain, caption }) => {
      const top = rank === 1;
      const colour = top ? COLOUR.highlight : COLOUR.text;
      const share = `${percent(keyframe.attention)} %`;
      const below = picture.y + picture.height;
      const bar: Box = { x: caption.x, y: below + 8, width: caption.width, height: 7 };
      const name = names.get(keyframe.sopInstanceUid) ?? '';
      const frame = keyframe.numberOfFrames > 1 ? `frame ${keyframe.frameNumber} of ${keyframe.numberOfFrames}` : '';
      const view =
        keyframe.longitudinal >= 0.5
          ? `longitudinal ${percent(keyframe.longitudinal)} %`
          : `transverse ${percent(1 - keyframe.longitudinal)} %`;
      const compression = keyframe.compression >= 0.5 ? `compression ${percent(keyframe.compression)} %` : '';
      const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' \u00b7 ');
      const shareX = caption.x + textWidth(`#${rank}`, 13) + 12;
      const whereX = shareX + textWidth(share, 13, true) + 16;
      const frameStyle = top
        ? `fill="none" stroke="${COLOUR.highlight}" stroke-width="4"`
        : `fill="none" stroke="${COLOUR.line}" stroke-width="1"`;
      return (
        rectangle({ x: picture.x - 1, y: picture.y - 1, width: picture.width + 2, height: picture.height + 2 }, frameStyle) +
        (plain === null
          ? ''
          : rectangle(
              { x: plain.x - 1, y: plain.y - 1, width: plain.width + 2, height: plain.height + 2 },
              `fill="none" stroke="${COLOUR.line}"`,
            )) +
        rectangle(bar, `fill="${COLOUR.panel}"`) +
        rectangle(
          { ...bar, width: bar.width * Math.min(1, Math.max(0, keyframe.attention)) },
          `fill="${top ? COLOUR.highlight : COLOUR.bar}"`,
        ) +
        line(`#${rank}`, caption.x, below + 36, 13, COLOUR.faint) +
        bold(share, shareX, below + 36, 13, colour) +
        line(fitText(joined(name, frame), 10, caption.x + caption.width - whereX), whereX, below + 35, 10, COLOUR.faint) +
        line(fitText(joined(view, compression), 10, caption.width), caption.x, below + 55, 10, COLOUR.faint)
      );
    })
    .join('');
}

function legend(template: OutputTemplate): string {
  const bar: Box = { x: 24, y: 862, width: 300, height: 14 };
  const steps = 60;
  const cells = Array.from({ length: steps }, (_, index) => {
    const value = (index + 0.5) / steps;
    const [red, green, blue] = blend(96, value);
    return rectangle(
      { x: bar.x + (bar.width * index) / steps, y: bar.y, width: bar.width / steps + 0.5, height: bar.height },
      `fill="rgb(${red},${green},${blue})"`,
    );
  });
  const [red, green, blue] = colourAt(1);
  return (
    cells.join('') +
    rectangle(bar, `fill="none" stroke="${COLOUR.line}"`) +
    line('0', bar.x, 894, 10, COLOUR.faint) +
    textSvg('0.5', bar.x + bar.width / 2, { y: 894, size: 10, colour: COLOUR.faint, anchor: 'middle' }) +
    textSvg('1', bar.x + bar.width, { y: 894, size: 10, colour: `rgb(${red},${green},${blue})`, anchor: 'end' }) +
    line(
      `class activation for ${template.findingShort}: 1 = strongest place of this section, 0 = median or less`,
      bar.x + bar.width + 20,
      874,
      10,
      COLOUR.faint,
    ) +
    line('bar and percent: share of attention of the key frame', bar.x + bar.width + 20, 894, 10, COLOUR.faint)
  );
}

function footer(page: Page, run: RunFacts, template: OutputTemplate): string {
  const right = PAGE.width - 24;
  const notice = wrapText(run.notice, 12, { width: PAGE.width - 48, mostLines: 2 });
  const model = fitText(`${run.modelName} ${run.modelVersion}`, 12, 420);
  return (
    `<path d="M24 846H${right}" stroke="${COLOUR.line}"/>` +
    (page.section === null ? '' : legend(template)) +
    textSvg(model, right, { y: 874, size: 12, colour: COLOUR.text, anchor: 'end' }) +
    textSvg(`model ${run.modelDigest.slice(0, 12)}`, right, { y: 894, size: 10, colour: COLOUR.faint, anchor: 'end' }) +
    notice.map((text, index) => bold(text, 24, 914 + 20 * index, 12, COLOUR.warning)).join('') +
    line(fitText(template.scope, 12, PAGE.width - 48), 24, 914 + 20 * notice.length, 12, COLOUR.text)
  );
}

function explanation(result: ResultOf<'vascular-sec'>, template: OutputTemplate): string {
  const lines = [...statementLines(result, template), ...skippedLines(result.skipped)].flatMap((text) =>
    wrapText(text, 15, { width: BODY.width, mostLines: 3 }),
  );
  return lines
    .slice(0, 18)
    .map((text, index) => line(text, BODY.x, BODY.y + 20 + index * 34, 15, COLOUR.text))
    .join('');
}

/** Ground beneath the pictures. */
export const groundSvg = (): string => svg(rectangle({ x: 0, y: 0, ...PAGE }, `fill="${COLOUR.background}"`));

/** Everything over the pictures. `names` gives a short name per SOP Instance UID, e.g. `image 12`. */
export function pageSvg(
  page: Page,
  parts: { readonly result: ResultOf<'vascular-sec'>; readonly template: OutputTemplate; readonly names: ReadonlyMap<string, string> },
): string {
  const { run } = parts.result;
  const body = page.section === null ? explanation(parts.result, parts.template) : captions(page, parts.names);
  return svg(
    watermark(parts.template.watermark[gateOf(run)]) +
      heading(page, run, parts.template) +
      body +
      footer(page, run, parts.template),
  );
}

const svg = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${PAGE.width}" height="${PAGE.height}" viewBox="0 0 ${PAGE.width} ${PAGE.height}">${content}</svg>`;
