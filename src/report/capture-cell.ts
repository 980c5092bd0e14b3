// A picture on a page: its border, its scale bar in centimetres and its caption. In: cells and names of images. Out: SVG over the pictures. Pure.
import type { FramePicture } from '../contracts/finding.ts';
import type { Box, Cell } from './capture-layout.ts';
import { bold, COLOUR, joined, line, rectangle } from './capture-marks.ts';
import { fitText, textWidth } from './stroke-text.ts';

/** A short name per SOP Instance UID, e.g. `image 12`; the number under which a viewer lists the instance. */
export type ImageNames = ReadonlyMap<string, string>;

const around = (box: Box): Box => ({ x: box.x - 1, y: box.y - 1, width: box.width + 2, height: box.height + 2 });

const LENGTHS_CM = [1, 2, 5] as const;
const SHORTEST_BAR = 28;

/** A length of 1, 2 or 5 cm at the lower left of a picture; nothing when the source does not say how large a pixel is. */
export function scaleBar({ region, spacingMm }: Pick<FramePicture, 'region' | 'spacingMm'>, box: Box): string {
  if (spacingMm === null || spacingMm.x <= 0) return '';
  const perCm = (10 / spacingMm.x) * (box.width / (region.x1 - region.x0 + 1));
  const length = LENGTHS_CM.find((one) => one * perCm >= SHORTEST_BAR);
  if (length === undefined || length * perCm > box.width / 2) return '';
  const [x, y] = [box.x + 8, box.y + box.height - 8];
  const words = `${length} cm`;
  const ground = { x: x - 4, y: y - 20, width: Math.max(length * perCm, textWidth(words, 9)) + 8, height: 24 };
  return (
    rectangle(ground, `rx="3" fill="${COLOUR.background}" fill-opacity="0.55"`) +
    `<path d="M${x} ${y - 4}V${y}H${(x + length * perCm).toFixed(1)}V${y - 4}" fill="none" stroke="${COLOUR.text}" stroke-width="2"/>` +
    line(words, x, { y: y - 8, size: 9, colour: COLOUR.text })
  );
}

/** `image 4 · frame 12 of 60`. */
const frameWords = (frame: FramePicture, names: ImageNames): string =>
  joined(
    names.get(frame.sopInstanceUid) ?? '',
    frame.numberOfFrames > 1 ? `frame ${frame.frameNumber} of ${frame.numberOfFrames}` : '',
  );

function caption({ frame, overlay, plain, caption: box, text }: Cell, names: ImageNames): string {
  const below = overlay.y + overlay.height;
  const pictureX = Math.min(overlay.x, plain?.x ?? overlay.x);
  const bar: Box = { x: pictureX, y: below + 8, width: overlay.x + overlay.width - pictureX, height: 7 };
  const bars =
    text.bar === null
      ? ''
      : rectangle(bar, `fill="${COLOUR.panel}"`) +
        rectangle({ ...bar, width: bar.width * Math.min(1, Math.max(0, text.bar.share)) }, `fill="${text.bar.colour}"`);
  const tagWidth = text.tag === '' ? 0 : textWidth(text.tag, 13) + 12;
  const strongWidth = text.strong === '' ? 0 : textWidth(text.strong, 13, true) + 16;
  const where = frameWords(frame, names);
  // Below a narrow picture the words begin further to the left, so that all of them have room.
  const needed = Math.max(tagWidth + strongWidth + textWidth(where, 10), textWidth(text.below, 10));
  const x = Math.max(box.x, Math.min(pictureX, box.x + box.width - needed));
  const room = box.x + box.width - x;
  const y = below + (text.bar === null ? 24 : 36);
  const faint = { size: 10, colour: COLOUR.faint };
  return (
    bars +
    line(text.tag, x, { y, size: 13, colour: COLOUR.faint }) +
    bold(text.strong, x + tagWidth, { y, size: 13, colour: text.emphasis ?? COLOUR.text }) +
    line(fitText(where, 10, room - tagWidth - strongWidth), x + tagWidth + strongWidth, { y: y - 1, ...faint }) +
    line(fitText(text.below, 10, room), x, { y: y + 19, ...faint })
  );
}

/** Borders, scale bars and captions of cells whose boxes are those of the drawn pictures. */
export const cellsSvg = (cells: readonly Cell[], names: ImageNames): string =>
  cells
    .map((cell) => {
      const { emphasis } = cell.text;
      const border = `fill="none" stroke="${emphasis ?? COLOUR.line}" stroke-width="${emphasis === null ? 1 : 4}"`;
      return (
        rectangle(around(cell.overlay), border) +
        scaleBar(cell.frame, cell.overlay) +
        (cell.plain === null
          ? ''
          : rectangle(around(cell.plain), `fill="none" stroke="${COLOUR.line}"`) + scaleBar(cell.frame, cell.plain)) +
        caption(cell, names)
      );
    })
    .join('');
