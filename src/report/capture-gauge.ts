// The answers of a page at a glance: a badge in words, a gauge with its threshold, bars for several classes. In: numbers and words. Out: SVG. Pure.
import { type Box, MARGIN, PAGE } from './capture-layout.ts';
import { atEnd, bold, COLOUR, line, middle, rectangle } from './capture-marks.ts';
import { textWidth } from './stroke-text.ts';
import { percent } from './words.ts';

/** `raised` draws the eye, `plain` does not, `open` (dashed) says that nothing is stated. */
export type Weight = 'raised' | 'plain' | 'open';

export const weightOf = (flag: 'present' | 'absent' | 'undetermined'): Weight =>
  flag === 'present' ? 'raised' : flag === 'absent' ? 'plain' : 'open';

const clamped = (share: number): number => Math.min(1, Math.max(0, share));

/** A badge at the upper right of a page, or lower with its top at `top`. */
export function badge(
  text: string,
  weight: Weight,
  place: { readonly top?: number; readonly fill?: string; readonly ink?: string } = {},
): string {
  const { top = 60 } = place;
  const right = PAGE.width - MARGIN;
  const width = textWidth(text, 16, true) + 36;
  const ink = place.ink ?? (weight === 'raised' ? COLOUR.highlight : COLOUR.text);
  const fill = place.fill ?? (weight === 'raised' ? COLOUR.highlightGround : COLOUR.panel);
  const dashes = weight === 'open' ? 'stroke-dasharray="8 6"' : '';
  const border = place.fill === undefined ? ink : place.fill;
  return (
    rectangle(
      { x: right - width, y: top, width, height: 38 },
      `rx="6" fill="${fill}" stroke="${border}" stroke-width="2" ${dashes}`,
    ) + middle(text, right - width / 2, { y: top + 27, size: 16, colour: ink, bold: true })
  );
}

/** A probability as a bar from 0 to 1 with its label above and its threshold, if any, as a mark. `bar` is the bar itself. */
export function gauge(
  given: {
    readonly label: string;
    readonly share: number;
    readonly threshold: number | null;
    readonly weight: Weight;
    readonly size?: number;
    /** Whether 0 and 1 stand below the ends of the bar; so when not given. */
    readonly ends?: boolean;
  },
  bar: Box,
): string {
  const { label, share, threshold, weight, size = 20, ends: hasEnds = true } = given;
  const end = bar.x + bar.width;
  const below = bar.y + bar.height + 21;
  const filled = rectangle(
    { ...bar, width: bar.width * clamped(share) },
    `fill="${weight === 'raised' ? COLOUR.highlight : COLOUR.bar}"`,
  );
  const frame =
    rectangle(bar, `fill="${COLOUR.panel}" stroke="${COLOUR.line}"`) +
    filled +
    bold(label, bar.x, { y: bar.y - Math.min(14, size), size, colour: COLOUR.text });
  if (!hasEnds) return frame;
  const ends = { y: below, size: 10, colour: COLOUR.faint };
  if (threshold === null) return frame + line('0', bar.x, ends) + atEnd('1', end, ends);
  const mark = bar.x + bar.width * clamped(threshold);
  const words = `threshold ${percent(threshold)} %`;
  const half = textWidth(words, 10) / 2;
  const wordsX = Math.min(end - half, Math.max(bar.x + half, mark));
  return (
    frame +
    `<path d="M${mark.toFixed(1)} ${bar.y - 5}V${bar.y + bar.height + 6}" stroke="${COLOUR.text}" stroke-width="2"/>` +
    middle(words, wordsX, ends) +
    (wordsX - half < bar.x + 20 ? '' : line('0', bar.x, ends)) +
    (wordsX + half > end - 20 ? '' : atEnd('1', end, ends))
  );
}

/** One bar a class, below one another, each with its name and percent; the chosen one is filled brightly, the threshold is a line through all. */
export function classBars(
  rows: readonly { readonly name: string; readonly share: number; readonly fill: string; readonly chosen: boolean }[],
  box: Box,
  threshold: number | null,
): string {
  const step = box.height / rows.length;
  const names = Math.max(...rows.map(({ name }) => textWidth(name, 12))) + 14;
  const bar = { x: box.x + names, width: box.width - names - 72 };
  const mark = bar.x + bar.width * clamped(threshold ?? 0);
  const drawn = rows.map(({ name, share, fill, chosen }, index) => {
    const y = box.y + index * step;
    const baseline = y + step / 2 + 6;
    const place: Box = { x: bar.x, y: y + step * 0.2, width: bar.width, height: step * 0.6 };
    const ink = chosen ? COLOUR.text : COLOUR.faint;
    return (
      line(name, box.x, { y: baseline, size: 12, colour: ink }) +
      rectangle(place, `fill="${COLOUR.panel}" stroke="${COLOUR.line}"`) +
      rectangle({ ...place, width: bar.width * clamped(share) }, `fill="${fill}"`) +
      (chosen ? rectangle(place, `fill="none" stroke="${COLOUR.text}" stroke-width="1.5"`) : '') +
      (chosen ? bold : line)(`${percent(share)} %`, bar.x + bar.width + 10, { y: baseline, size: 12, colour: ink })
    );
  });
  const through =
    threshold === null
      ? ''
      : `<path d="M${mark.toFixed(1)} ${box.y}V${box.y + box.height}" stroke="${COLOUR.text}" stroke-width="2" stroke-dasharray="3 3"/>`;
  return drawn.join('') + through;
}
