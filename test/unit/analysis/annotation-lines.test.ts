import { describe, expect, test } from '@jest/globals';
import { haveLetterShape, lettersOf, type Place, textPlaces } from '../../../src/analysis/annotation-lines.ts';
import type { GreyOrRgb } from '../../../src/dicom/frames.ts';
import { type Canvas, fill, grey, write } from '../../../src/phantom/canvas.ts';

const ROWS = 120;
const COLUMNS = 400;

/** A screen of one level, or with speckle between 60 and 140. */
function ground(level: number | 'speckle'): Canvas {
  const pixels = new Uint8Array(ROWS * COLUMNS).map((_, at) =>
    level === 'speckle' ? 60 + ((Math.imul(at + 1, 2654435761) >>> 24) % 80) : level,
  );
  return { rows: ROWS, columns: COLUMNS, samplesPerPixel: 1, pixels };
}

const written = (canvas: Canvas, text: string, level: number): Canvas => {
  write(canvas, text, { at: { x: 40, y: 50 }, colour: grey(level), scale: 2 });
  return canvas;
};

const placesOf = ({ pixels }: Canvas): readonly Place[] => {
  const frame: GreyOrRgb = { rows: ROWS, columns: COLUMNS, channels: 1, data: pixels };
  return textPlaces(frame, 28);
};

const shapeOf = (places: readonly Place[]) => places.map(({ line, overTissue }) => [line.strokes.length, overTissue]);

describe('a line of writing', () => {
  test('on black stands over nothing', () => {
    expect(shapeOf(placesOf(written(ground(0), 'LT CFV', 255)))).toEqual([[5, false]]);
  });

  test('on an even panel of the screen does not stand over tissue, however light the panel is', () => {
    expect(shapeOf(placesOf(written(ground(94), 'LT CFV', 255)))).toEqual([[5, false]]);
  });

  test('over speckle stands over tissue, and is made of its letters alone', () => {
    expect(shapeOf(placesOf(written(ground('speckle'), 'LT CFV TRANS', 255)))[0]).toEqual([10, true]);
  });

  test('is not what two long echoes in a row over tissue look like', () => {
    const withEchoes = (canvas: Canvas): Canvas => {
      for (const x of [40, 130]) fill(canvas, { x, y: 50, rows: 8, columns: 80 }, grey(255));
      for (const x of [50, 140]) fill(canvas, { x, y: 52, rows: 4, columns: 60 }, grey(90));
      return canvas;
    };
    const inPlace = (places: readonly Place[]) => places.filter(({ line }) => line.y0 < 60 && line.y1 > 45);
    expect(shapeOf(inPlace(placesOf(withEchoes(ground(0)))))).toEqual([[2, false]]);
    expect(inPlace(placesOf(withEchoes(ground('speckle'))))).toEqual([]);
  });

  test('falls into letters, which have the shape of letters unless some have run together', () => {
    const [place] = placesOf(written(ground(0), 'A4C', 255));
    const letters = place === undefined ? [] : lettersOf(place.line);
    expect(letters).toHaveLength(3);
    expect(haveLetterShape(letters)).toBe(true);
    expect(haveLetterShape(letters.map((letter) => ({ ...letter, x1: letter.x1 + 20 })))).toBe(false);
  });
});
