// The attention pages of every family: which pages a result has, and the SVG of everything but the pictures. In: a result. Out: pages and SVG. Pure.
import type { AnalysisResult } from '../contracts/finding.ts';
import { cellsSvg, type ImageNames } from './capture-cell.ts';
import { landmarkPages, landmarkSvg } from './capture-dvt.ts';
import { echoGlobalSvg, echoPages, echoViewSvg } from './capture-echo.ts';
import { footer, watermark } from './capture-frame.ts';
import { MARGIN, PAGE, type Page } from './capture-layout.ts';
import { lungCineSvg, lungExamSvg, lungPages } from './capture-lung.ts';
import { atEnd, COLOUR, svg } from './capture-marks.ts';
import { NOTHING_PAGE, nothingSvg } from './capture-nothing.ts';
import { sectionPages, sectionSvg } from './capture-sec.ts';
import type { PageParts } from './capture-words.ts';
import { contentOf } from './statements.ts';
import type { OutputTemplate } from './templates.ts';
import { count, gateOf } from './words.ts';

/** Pages of one capture: a page is 3.7 MB in the object, and a study may have any number of cines. */
export const MOST_PAGES = 24;

function familyPages(result: AnalysisResult): readonly Page[] {
  switch (result.family) {
    case 'vascular-sec':
      return result.sections.flatMap((section) => sectionPages(section, result.run));
    case 'vascular-dvt':
      return result.landmarks.flatMap((landmark) => landmarkPages(landmark, result.run));
    case 'lung-score':
      return result.cines.length === 0 ? [] : lungPages(result);
    case 'echo-cmr':
      return echoPages(result);
    case 'echo-view':
      return [];
  }
}

/**
 * The pages of a result, at most MOST_PAGES; where there are more, the first page of each statement goes before further ones. One page that says why
 * when there is nothing to show.
 */
export function pagesOf(result: AnalysisResult): readonly Page[] {
  const pages = familyPages(result);
  if (pages.length === 0) return [NOTHING_PAGE];
  if (pages.length <= MOST_PAGES) return pages;
  const firsts = pages.filter((page, index) => pages.findIndex(({ key }) => key === page.key) === index);
  const kept = new Set([...new Set([...firsts, ...pages])].slice(0, MOST_PAGES));
  return pages.filter((page) => kept.has(page));
}

function contentSvg({ content, key }: Page, result: AnalysisResult, parts: PageParts & { readonly nothing: string }): string {
  switch (content.kind) {
    case 'nothing':
      return nothingSvg(parts.template, { nothing: parts.nothing, skipped: result.skipped });
    case 'section':
      return sectionSvg(content, parts);
    case 'landmark':
      return landmarkSvg(content, parts);
    case 'lung-cine':
      return lungCineSvg(content.cine, key ?? '', parts);
    case 'lung-exam':
      return lungExamSvg(content.result, parts);
    case 'echo-view':
      return echoViewSvg(content, parts);
    case 'echo-global':
      return echoGlobalSvg(content, parts);
  }
}

function omittedSvg(result: AnalysisResult): string {
  const omitted = familyPages(result).length - MOST_PAGES;
  if (omitted <= 0) return '';
  return atEnd(`${count(omitted, 'further page')} left out`, PAGE.width - MARGIN, { y: 167, size: 10, colour: COLOUR.warning });
}

/** Everything over the pictures; the boxes of the page's cells are those of the drawn pictures. `names` gives a short name per SOP Instance UID. */
export function pageSvg(
  page: Page,
  parts: { readonly result: AnalysisResult; readonly template: OutputTemplate; readonly names: ImageNames },
): string {
  const { result, template, names } = parts;
  const { run } = result;
  const { statements, nothing } = contentOf(result, template);
  const byKey = new Map(statements.map((statement) => [statement.key, statement]));
  return svg(
    watermark(template.watermark[gateOf(run)]) +
      contentSvg(page, result, { run, template, names, statements: byKey, nothing }) +
      cellsSvg(page.cells, names) +
      omittedSvg(result) +
      footer(run, template),
  );
}
