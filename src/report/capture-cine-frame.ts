// A frame of an attention cine without its picture: what stands still around it. In: a cine, words, facts of a run. Out: SVG. Pure.
import type { RunFacts } from '../contracts/finding.ts';
import { scaleBar } from './capture-cell.ts';
import type { CinePlay } from './capture-cine.ts';
import { CINE, EDGE } from './capture-cine-layout.ts';
import { sideSvg } from './capture-cine-side.ts';
import type { Box } from './capture-layout.ts';
import { bold, COLOUR, line, middle, rectangle } from './capture-marks.ts';
import type { PageParts } from './capture-words.ts';
import { fitText, wrapText } from './stroke-text.ts';
import { gateOf } from './words.ts';

const STRIP: Box = { x: 0, y: 0, width: CINE.width, height: 20 };
const SMALL = 7;
/** The colours of a warning without blue: a plane of noughts costs nothing when it is packed. */
const WARNING = { ground: '#2a1c00', ink: '#ffb400' } as const;

/** An SVG document of the size of a box, with its corner at the box's. */
const document = ({ x, y, width, height }: Box, content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}">${content}</svg>`;

function footer(run: RunFacts): string {
  const width = CINE.width - 2 * EDGE;
  const notice = wrapText(run.notice, SMALL, { width, mostLines: 2, bold: true });
  const model = `${run.modelName}, version ${run.modelVersion}, model ${run.modelDigest.slice(0, 12)}`;
  return (
    line(fitText(model, SMALL, width), EDGE, { y: 273.5, size: SMALL, colour: COLOUR.faint }) +
    notice.map((text, index) => bold(text, EDGE, { y: 284.5 + 10 * index, size: SMALL, colour: WARNING.ink })).join('')
  );
}

/** What is the same in every frame of a cine: notice, place, answer, legend, model. The ground is black, so that it costs nothing when it is packed. */
export function stillSvg(play: CinePlay, parts: PageParts): string {
  const { template, run } = parts;
  const words = { y: 14, size: 9, colour: WARNING.ink, bold: true };
  return document(
    { x: 0, y: 0, ...CINE },
    rectangle({ x: 0, y: 0, ...CINE }, `fill="#000"`) +
      rectangle(STRIP, `fill="${WARNING.ground}"`) +
      rectangle({ ...STRIP, y: STRIP.height - 1, height: 1 }, `fill="${WARNING.ink}"`) +
      middle(template.watermark[gateOf(run)], CINE.width / 2, words) +
      sideSvg(play, parts) +
      footer(run),
  );
}

/** The bar of centimetres over the picture, on a clear ground of the picture's size; null when the source does not say how large a pixel is. */
export function scaleSvg({ kept }: CinePlay, picture: Box): string | null {
  const bar = scaleBar(kept, picture);
  return bar === '' ? null : document(picture, bar);
}
