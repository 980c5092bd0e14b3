// In: a picture, its scale, the texts of an examination and a screen style. Out: the screen around it, and where the picture lies in it.

import { type Canvas, type Colour, fill, grey, type Place, write } from './canvas.ts';
import { glyphColumns } from './font.ts';
import type { GreyPicture } from './speckle.ts';

/** A screen as stored in an image: 1 (grey) or 3 (RGB interleaved) samples a pixel. */
export type Screen = {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  readonly pixels: Uint8Array;
};

/** What is written around the picture; `annotation` is written into it by the styles that do so. */
export type ScreenTexts = {
  readonly patientName: string;
  readonly patientId: string;
  readonly date: string;
  readonly time: string;
  readonly institution: string;
  readonly annotation: string;
  readonly probe: string;
  readonly settings: readonly string[];
};

export type ScreenStyle = 'north' | 'south' | 'west' | 'east' | 'centre';

/** The styles that a study draws from by chance: nothing is written into their pictures. */
export const screenStyles: readonly ScreenStyle[] = ['north', 'south', 'west'];

/** All styles; `east` writes the annotation over the tissue in colour, `centre` in white, with dark writing on a light surround. */
export const allScreenStyles: readonly ScreenStyle[] = [...screenStyles, 'east', 'centre'];

type Layout = {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  readonly ground: Colour;
  readonly ink: Colour;
  readonly accent: Colour;
  readonly header: { readonly rows: number; readonly colour: Colour };
  readonly place: Place;
  readonly bar: { readonly x: number; readonly columns: number };
  readonly ticks: 'left' | 'right';
  readonly texts: Readonly<
    Record<'patientName' | 'patientId' | 'date' | 'time' | 'institution' | 'annotation' | 'probe' | 'settings', Place>
  >;
  readonly annotationScale: number;
  /** Colour of an annotation inside the picture, near its lower or upper edge; `texts.annotation` then counts from the picture. */
  readonly inside?: { readonly colour: Colour; readonly edge: 'lower' | 'upper' };
};

const layouts: Readonly<Record<ScreenStyle, Layout>> = {
  north: {
    rows: 768,
    columns: 1024,
    samplesPerPixel: 3,
    ground: grey(0),
    ink: grey(210),
    accent: [120, 190, 255],
    header: { rows: 62, colour: [24, 32, 48] },
    place: { x: 220, y: 110 },
    bar: { x: 940, columns: 14 },
    ticks: 'right',
    texts: {
      patientName: { x: 16, y: 12 },
      patientId: { x: 16, y: 36 },
      date: { x: 640, y: 12 },
      time: { x: 860, y: 12 },
      institution: { x: 640, y: 36 },
      annotation: { x: 260, y: 610 },
      probe: { x: 16, y: 120 },
      settings: { x: 16, y: 150 },
    },
    annotationScale: 3,
  },
  south: {
    rows: 600,
    columns: 800,
    samplesPerPixel: 1,
    ground: grey(8),
    ink: grey(190),
    accent: grey(235),
    header: { rows: 40, colour: grey(30) },
    place: { x: 150, y: 62 },
    bar: { x: 12, columns: 12 },
    ticks: 'left',
    texts: {
      patientName: { x: 10, y: 6 },
      patientId: { x: 10, y: 24 },
      date: { x: 560, y: 6 },
      time: { x: 560, y: 24 },
      institution: { x: 280, y: 6 },
      annotation: { x: 170, y: 520 },
      probe: { x: 36, y: 500 },
      settings: { x: 36, y: 520 },
    },
    annotationScale: 2,
  },
  west: {
    rows: 768,
    columns: 1024,
    samplesPerPixel: 1,
    ground: grey(0),
    ink: grey(225),
    accent: grey(160),
    header: { rows: 0, colour: grey(0) },
    place: { x: 96, y: 150 },
    bar: { x: 40, columns: 18 },
    ticks: 'right',
    texts: {
      institution: { x: 96, y: 20 },
      patientName: { x: 96, y: 48 },
      patientId: { x: 96, y: 76 },
      date: { x: 700, y: 20 },
      time: { x: 860, y: 20 },
      annotation: { x: 96, y: 640 },
      probe: { x: 780, y: 160 },
      settings: { x: 780, y: 190 },
    },
    annotationScale: 3,
  },
  east: {
    rows: 768,
    columns: 1024,
    samplesPerPixel: 3,
    ground: grey(0),
    ink: [200, 205, 190],
    accent: [250, 220, 60],
    header: { rows: 54, colour: [40, 40, 40] },
    place: { x: 180, y: 120 },
    bar: { x: 150, columns: 12 },
    ticks: 'right',
    texts: {
      institution: { x: 330, y: 8 },
      patientName: { x: 20, y: 8 },
      patientId: { x: 20, y: 30 },
      date: { x: 760, y: 8 },
      time: { x: 900, y: 8 },
      annotation: { x: 24, y: 34 },
      probe: { x: 820, y: 130 },
      settings: { x: 820, y: 160 },
    },
    annotationScale: 3,
    inside: { colour: [250, 220, 60], edge: 'lower' },
  },
  centre: {
    rows: 720,
    columns: 960,
    samplesPerPixel: 3,
    ground: grey(226),
    ink: grey(20),
    accent: grey(255),
    header: { rows: 48, colour: grey(205) },
    place: { x: 190, y: 90 },
    bar: { x: 930, columns: 14 },
    ticks: 'left',
    texts: {
      institution: { x: 560, y: 8 },
      patientName: { x: 16, y: 6 },
      patientId: { x: 16, y: 28 },
      date: { x: 560, y: 28 },
      time: { x: 740, y: 28 },
      annotation: { x: 20, y: 40 },
      probe: { x: 16, y: 100 },
      settings: { x: 16, y: 130 },
    },
    annotationScale: 2,
    inside: { colour: grey(255), edge: 'upper' },
  },
};

/** Place of the picture's top left pixel in a style's screen. */
export const picturePlace = (style: ScreenStyle): Place => layouts[style].place;

/** Size of a style's screen. */
export const screenSize = (style: ScreenStyle): Pick<Layout, 'rows' | 'columns' | 'samplesPerPixel'> => layouts[style];

/**
 * Draws the screen around a picture. `pixelMm` is the picture's scale, for the depth ticks (one a centimetre, from the skin, which is
 * in row `skinRow`, the first by default).
 */
export function drawScreen(
  picture: GreyPicture,
  style: ScreenStyle,
  view: { readonly pixelMm: number; readonly texts: ScreenTexts; readonly skinRow?: number },
): Screen {
  const layout = layouts[style];
  const { rows, columns, samplesPerPixel, place } = layout;
  const canvas: Canvas = { rows, columns, samplesPerPixel, pixels: new Uint8Array(rows * columns * samplesPerPixel) };
  fill(canvas, { x: 0, y: 0, columns, rows }, layout.ground);
  fill(canvas, { x: 0, y: 0, columns, rows: layout.header.rows }, layout.header.colour);
  const { texts } = view;
  for (const key of ['patientName', 'patientId', 'date', 'time', 'institution', 'probe'] as const) {
    const scale = key === 'patientName' || layout.rows > 600 ? 2 : 1;
    write(canvas, texts[key], { at: layout.texts[key], colour: layout.ink, scale });
  }
  texts.settings.forEach((line, n) => {
    const at = { x: layout.texts.settings.x, y: layout.texts.settings.y + n * (layout.rows > 600 ? 22 : 12) };
    write(canvas, line, { at, colour: layout.ink, scale: layout.rows > 600 ? 2 : 1 });
  });
  if (layout.inside === undefined)
    write(canvas, texts.annotation, { at: layout.texts.annotation, colour: layout.accent, scale: layout.annotationScale });
  for (let y = 0; y < 200; y++) {
    fill(
      canvas,
      { x: layout.bar.x, y: place.y + y, columns: layout.bar.columns, rows: 1 },
      grey(255 - Math.round((255 * y) / 199)),
    );
  }
  const edge = layout.ticks === 'right' ? place.x + picture.columns + 6 : place.x - 14;
  const skinRow = view.skinRow ?? 0;
  for (let centimetre = 0; skinRow + (centimetre * 10) / view.pixelMm <= picture.rows; centimetre++) {
    const y = place.y + Math.round(skinRow + (centimetre * 10) / view.pixelMm);
    fill(canvas, { x: edge, y, columns: centimetre % 5 === 0 ? 9 : 5, rows: 1 }, layout.ink);
  }
  const width = Math.min(picture.columns, columns - place.x);
  for (let row = 0; row < Math.min(picture.rows, rows - place.y); row++) {
    const line = picture.pixels.subarray(row * picture.columns, row * picture.columns + width);
    const start = ((place.y + row) * columns + place.x) * samplesPerPixel;
    if (samplesPerPixel === 1) canvas.pixels.set(line, start);
    else for (let at = 0; at < line.length * 3; at++) canvas.pixels[start + at] = line[(at / 3) | 0] as number;
  }
  if (layout.inside !== undefined) {
    const { x, y } = layout.texts.annotation;
    const room = Math.floor((picture.columns - 2 * x) / (texts.annotation.length * (glyphColumns + 1)));
    const row = layout.inside.edge === 'upper' ? y : picture.rows - y;
    const at = { x: place.x + x, y: place.y + row };
    write(canvas, texts.annotation, {
      at,
      colour: layout.inside.colour,
      scale: Math.max(1, Math.min(layout.annotationScale, room)),
    });
  }
  return canvas;
}
