// The pages of a vein section (`vascular-sec`): its key frames, highest attention first, with the class activation. In: a section. Out: pages, SVG. Pure.
import type { KeyframeResult, RunFacts, SectionResult } from '../contracts/finding.ts';
import { heading, mapLegend } from './capture-frame.ts';
import { badge, gauge, weightOf } from './capture-gauge.ts';
import { type Arrangement, BODY, type Caption, cellsOf, frameLabel, type MapScale, type Page } from './capture-layout.ts';
import { COLOUR, joined } from './capture-marks.ts';
import { type PageParts, pageWords, placeTitle, sourceWords, wordsOr } from './capture-words.ts';
import { sectionKey } from './statement-keys.ts';
import { isStated, ranked } from './statements-vascular-sec.ts';
import { capitalised, count, isTold, percent, portion } from './words.ts';

/** Key frames on one page. */
export const CELLS_PER_PAGE = 6;

const arrangementOf = (count: number): Arrangement =>
  count <= 2 ? { columns: 1, plain: 'beside' } : { columns: count === 4 ? 2 : 3, plain: 'none' };

/** An output whose gate is off stays off the page as well. */
function captionOf(keyframe: KeyframeResult, rank: number, run: RunFacts): Caption {
  const colour = rank === 1 ? COLOUR.highlight : COLOUR.bar;
  const view =
    keyframe.longitudinal >= 0.5
      ? `longitudinal ${percent(keyframe.longitudinal)} %`
      : `transverse ${percent(1 - keyframe.longitudinal)} %`;
  return {
    tag: `#${rank}`,
    ...(isTold(run, 'attention')
      ? { strong: `${portion(keyframe.attention)} %`, bar: { share: keyframe.attention, colour } }
      : { strong: '', bar: null }),
    below: joined(
      isTold(run, 'longitudinal') ? view : '',
      keyframe.compression >= 0.5 && isTold(run, 'compression') ? `compression ${percent(keyframe.compression)} %` : '',
    ),
    emphasis: rank === 1 ? COLOUR.highlight : null,
  };
}

const labelOf = (section: SectionResult, page: string): string =>
  frameLabel(
    `${sectionKey(section).slice('SEC '.length)} ${isStated(section) ? `${percent(section.secProbability)}%` : 'undet.'} ${page}`,
  );

/** The pages of one section; its maps share one scale over all of them. */
export function sectionPages(section: SectionResult, run: RunFacts): readonly Page[] {
  const scale: MapScale = { frames: section.keyframes, kind: 'activation' };
  const entries = ranked(section).map((frame, index) => ({ frame, text: captionOf(frame, index + 1, run), scale }));
  const of = Math.max(1, Math.ceil(entries.length / CELLS_PER_PAGE));
  return Array.from({ length: of }, (_, page) => {
    const own = entries.slice(page * CELLS_PER_PAGE, (page + 1) * CELLS_PER_PAGE);
    return {
      key: sectionKey(section),
      label: labelOf(section, `${page + 1}/${of}`),
      cells: cellsOf(own, arrangementOf(own.length), BODY),
      content: { kind: 'section', section, number: page + 1, of },
    };
  });
}

/** Heading, answer and legend of a page of a section. */
export function sectionSvg(
  { section, number, of }: { readonly section: SectionResult; readonly number: number; readonly of: number },
  parts: PageParts,
): string {
  const { findingName, findingShort: short, capture } = parts.template;
  const words = capture.words.page;
  const frames = `${count(section.keyframes.length, 'key frame')}${pageWords(number, of)}, highest attention first`;
  const weight = weightOf(section.sec);
  return (
    heading({
      title: placeTitle(sectionKey(section), parts),
      about: wordsOr(words.about, capitalised(findingName)),
      detail: `${frames}; ${sourceWords('side', section.sideSource)}, ${sourceWords('vein', section.veinSource)}`,
    }) +
    badge(`${short} ${section.sec.toUpperCase()}`, weight) +
    (isStated(section)
      ? gauge(
          {
            label: `P(${short}) ${percent(section.secProbability)} %`,
            share: section.secProbability,
            threshold: parts.run.statement.threshold,
            weight,
          },
          { x: 716, y: 112, width: 540, height: 14 },
        )
      : '') +
    mapLegend(words.map, isTold(parts.run, 'attention') ? words.below : '')
  );
}
