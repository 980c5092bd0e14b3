// The page of a result without any statement: it says so and why, because silence must not be read as a negative. In: a result. Out: a page, SVG. Pure.
import type { SkippedInput } from '../contracts/finding.ts';
import { heading } from './capture-frame.ts';
import { BODY, MARGIN, type Page } from './capture-layout.ts';
import { COLOUR, line } from './capture-marks.ts';
import { wrapText } from './stroke-text.ts';
import type { OutputTemplate } from './templates.ts';
import { capitalised, skippedLines } from './words.ts';

export const NOTHING_PAGE: Page = { key: null, label: 'no statement', cells: [], content: { kind: 'nothing' } };

const MOST_LINES = 18;

/** What could not be stated, and the reasons by number of inputs. */
export function nothingSvg(
  { findingName }: OutputTemplate,
  { nothing, skipped }: { readonly nothing: string; readonly skipped: readonly SkippedInput[] },
): string {
  const lines = [nothing, ...skippedLines(skipped)].flatMap((text) => wrapText(text, 15, { width: BODY.width, mostLines: 3 }));
  return (
    heading({ title: 'No statement', about: capitalised(findingName), detail: '' }) +
    lines
      .slice(0, MOST_LINES)
      .map((text, index) => line(text, MARGIN, { y: BODY.y + 20 + index * 34, size: 15, colour: COLOUR.text }))
      .join('')
  );
}
