// Screens of a leg examination that are not one plain picture with its region named. In: the examination, a vein section and a kind of screen.
// Out: the image with what is true of each picture on it.

import { noContrast } from './blood.ts';
import { type Box, fill, grey } from './canvas.ts';
import type { Size } from './examination.ts';
import { regionItem } from './image-attributes.ts';
import type { Side, Vein } from './leg-anatomy.ts';
import { annotationText, attributesOf, type LegExamination, sectionTexts, sideWord } from './leg-attributes.ts';
import { type Keyframe, keyframePicture, type Section } from './leg-section.ts';
import type { PlannedImage } from './phantom-image.ts';
import { drawScreen, picturePlace, type Screen } from './screen.ts';
import type { GreyPicture } from './speckle.ts';

/**
 * `2x1`: open and pressed vein side by side. `4x1`: four moments of a compression in a row. `doppler`: a box of colour flow. `no-region`: a plain
 * picture whose header does not name its region.
 */
export const specialScreens = ['2x1', '4x1', 'doppler', 'no-region'] as const;

export type SpecialScreen = (typeof specialScreens)[number];

/** What is true of one image with such a screen; its pictures from left to right, as shares of the vein's own closing. */
export type ScreenLabel = {
  readonly sopInstanceUid: string;
  readonly screen: SpecialScreen;
  readonly side: Side;
  readonly vein: Vein;
  readonly pictures: readonly { readonly compression: number }[];
};

/** Pixels between pictures of one screen. */
const GAP = 6;
/** How far the vein is pressed in each picture, 0 to 1. */
const COMPRESSIONS: Readonly<Record<SpecialScreen, readonly number[]>> = {
  '2x1': [0.05, 0.95],
  '4x1': [0.05, 0.5, 0.95, 0.1],
  doppler: [0.05],
  'no-region': [0.05],
};

/** Where pictures of one size lie in a row. */
const places = (count: number, { rows, columns }: Size): readonly Box[] =>
  Array.from({ length: count }, (_, n) => ({ x: n * (columns + GAP), y: 0, columns, rows }));

/** Pictures of one size in their places on black. */
function sideBySide(pictures: readonly GreyPicture[], boxes: readonly Box[]): GreyPicture {
  const [last] = boxes.slice(-1);
  const rows = last?.rows ?? 0;
  const columns = (last?.x ?? 0) + (last?.columns ?? 0);
  const pixels = new Uint8Array(rows * columns);
  for (const [n, picture] of pictures.entries()) {
    for (let y = 0; y < picture.rows; y++)
      pixels.set(picture.pixels.subarray(y * picture.columns, (y + 1) * picture.columns), y * columns + (boxes[n]?.x ?? 0));
  }
  return { rows, columns, pixels };
}

/** Darkest mean of 5 x 5 pixels that still is tissue; blood lies below it. */
const TISSUE = 44;

/** Colours blood inside a box of the screen, arterial red and venous blue, and draws the box. `isVenous` takes columns and rows of the screen. */
function withFlow(screen: Screen, box: Box, isVenous: (x: number, y: number) => boolean): Screen {
  const { rows, columns, samplesPerPixel } = screen;
  const pixels = new Uint8Array(rows * columns * 3);
  for (let at = 0; at < rows * columns; at++) {
    const from = at * samplesPerPixel;
    for (let sample = 0; sample < 3; sample++)
      pixels[at * 3 + sample] = screen.pixels[from + (samplesPerPixel === 3 ? sample : 0)] ?? 0;
  }
  const level = (x: number, y: number): number => screen.pixels[(y * columns + x) * samplesPerPixel] ?? 0;
  for (let y = box.y; y < box.y + box.rows; y++) {
    for (let x = box.x; x < box.x + box.columns; x++) {
      let sum = 0;
      for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) sum += level(x + dx, y + dy);
      if (sum / 25 >= TISSUE) continue;
      const speed = 120 + 4 * (TISSUE - sum / 25) * (0.6 + 0.4 * Math.abs(Math.sin(x * 0.21 + y * 0.13)));
      const strong = Math.min(255, Math.round(speed));
      pixels.set(isVenous(x, y) ? [0, strong >> 2, strong] : [strong, strong >> 2, 0], (y * columns + x) * 3);
    }
  }
  const canvas = { rows, columns, samplesPerPixel: 3 as const, pixels };
  for (const y of [box.y, box.y + box.rows - 1]) fill(canvas, { ...box, y, rows: 1 }, grey(200));
  for (const x of [box.x, box.x + box.columns - 1]) fill(canvas, { ...box, x, columns: 1 }, grey(200));
  return canvas;
}

const moment = (open: Keyframe, compression: number): Keyframe => ({
  ...open,
  witness: false,
  contrast: noContrast,
  pose: { ...open.pose, compression },
});

/** Tells venous from arterial blood by the nearer vessel; takes columns and rows of the picture. */
function venousIn(
  { anatomy }: Section,
  { pose }: Keyframe,
  { columns, pixelMm }: { readonly columns: number; readonly pixelMm: number },
) {
  const { veinAcross: vein, arteryAcross: artery } = anatomy;
  return (column: number, row: number): boolean => {
    const [x, z] = [(column - columns / 2) * pixelMm - pose.shiftMm, row * pixelMm - pose.liftMm];
    return Math.hypot(x - vein.x, z - vein.z) - vein.a < Math.hypot(x - artery.x, z - artery.z) - artery.a;
  };
}

/**
 * One such image of a section of the examination, `number` counted over all its images from 0. No contrast is in it, whatever the section has in
 * its stills. The section has a transverse keyframe of the open vein, as every section does.
 */
export function screenImage(
  screen: SpecialScreen,
  examination: LegExamination,
  place: { readonly section: Section; readonly number: number },
): { readonly image: PlannedImage; readonly label: ScreenLabel } {
  const { section, number } = place;
  const open = section.keyframes.find(({ compression }) => compression === 'without');
  if (open === undefined) throw new RangeError('a section has a keyframe of the open vein');
  const { picture: whole, style, probe } = examination;
  const moments = COMPRESSIONS[screen].map((compression) => moment(open, compression));
  // Two pictures keep the scale and lose width; four lose height too, as machines do it.
  const size = {
    rows: moments.length > 2 ? whole.rows >> 1 : whole.rows,
    columns: Math.floor((whole.columns - GAP * (moments.length - 1)) / moments.length),
  };
  const boxes = places(moments.length, size);
  const pixelMm = open.depthMm / size.rows;
  const leg = `${sideWord(section.side)} ${section.vein} TRANS`;
  const annotation =
    screen === 'no-region' ? annotationText(section.side, section.vein, open) : screen === 'doppler' ? `${leg} COLOR` : leg;
  const shown = { section, keyframe: open, number };
  const at = picturePlace(style);
  const columns = boxes.reduce((most, box) => Math.max(most, box.x + box.columns), 0);
  const flow: Box = {
    x: at.x + Math.floor(columns / 4),
    y: at.y + Math.floor(size.rows / 5),
    columns: Math.floor(columns / 2),
    rows: Math.floor(size.rows * 0.55),
  };
  const draw = (): Screen => {
    const pictures = moments.map((keyframe) => keyframePicture(section, keyframe, { probe, size }));
    const plain = drawScreen(sideBySide(pictures, boxes), style, {
      pixelMm,
      texts: sectionTexts(examination, shown, annotation),
    });
    if (screen !== 'doppler') return plain;
    const isVenous = venousIn(section, open, { columns, pixelMm });
    return withFlow(plain, flow, (x, y) => isVenous(x - at.x, y - at.y));
  };
  const tissue = boxes.map((box) => regionItem({ ...box, x: at.x + box.x, y: at.y + box.y }, { pixelMm }));
  const { SequenceOfUltrasoundRegions: _, ...attributes } = attributesOf(examination, shown, { annotation, frames: 1 });
  return {
    image: {
      attributes: {
        ...attributes,
        ...(screen === 'no-region'
          ? {}
          : {
              SequenceOfUltrasoundRegions:
                screen === 'doppler' ? [...tissue, regionItem(flow, { pixelMm, dataType: 2 })] : tissue,
            }),
        // Value 4 of Image Type names the modes: 2D and colour Doppler (PS3.3 C.8.5.6.1.1).
        ...(screen === 'doppler'
          ? {
              ImageType: ['ORIGINAL', 'PRIMARY', 'VASCULAR', '0011'],
              UltrasoundColorDataPresent: 1,
              SamplesPerPixel: 3,
              PhotometricInterpretation: 'RGB',
              PlanarConfiguration: 0,
            }
          : {}),
      },
      frames: 1,
      screens: () => [draw()],
    },
    label: {
      sopInstanceUid: String(attributes['SOPInstanceUID']),
      screen,
      side: section.side,
      vein: section.vein,
      pictures: moments.map(({ pose }) => ({ compression: pose.compression })),
    },
  };
}
