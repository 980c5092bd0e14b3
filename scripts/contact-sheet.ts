// In: pictures with captions. Out: one PNG that shows them in rows, small enough for the documentation.

import sharp from 'sharp';

/** One picture: 1 (grey) or 3 (RGB interleaved) samples a pixel, row-major, and a short caption. */
export type Tile = {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  readonly pixels: Uint8Array;
  readonly caption: string;
};

export type Sheet = {
  readonly tiles: readonly Tile[];
  readonly perRow: number;
  /** Room for each picture, in pixels; it is fitted in and keeps its aspect. */
  readonly tile: { readonly rows: number; readonly columns: number };
};

const captionRows = 18;
const gap = 4;

/** Widest that a letter is on average, as a share of the size of the lettering. */
const letterWidth = 0.575;

/** A caption that is too long for its tile is written smaller. */
function captioned(text: string, columns: number): Buffer {
  const size = Math.min(12, (columns - 4) / (letterWidth * text.length)).toFixed(1);
  return Buffer.from(
    `<svg width="${columns}" height="${captionRows}"><text x="2" y="13" font-size="${size}" font-family="sans-serif" fill="#ddd">${text}</text></svg>`,
  );
}

/** Lays the tiles out and packs them with as many grey levels as `mostBytes` allows. */
export async function contactSheet(sheet: Sheet, mostBytes = 400_000): Promise<Buffer> {
  const { tiles, perRow, tile } = sheet;
  const stepX = tile.columns + gap;
  const stepY = tile.rows + captionRows + gap;
  const layers = await Promise.all(
    tiles.map(async ({ rows, columns, samplesPerPixel, pixels, caption }, n) => {
      const left = gap + (n % perRow) * stepX;
      const top = gap + Math.floor(n / perRow) * stepY;
      const picture = await sharp(pixels, { raw: { width: columns, height: rows, channels: samplesPerPixel } })
        .toColourspace('srgb')
        .resize(tile.columns, tile.rows, { fit: 'contain', background: '#000' })
        .png()
        .toBuffer();
      return [
        { input: picture, left, top },
        { input: captioned(caption, tile.columns), left, top: top + tile.rows },
      ];
    }),
  );
  const width = gap + perRow * stepX;
  const height = gap + Math.ceil(tiles.length / perRow) * stepY;
  const whole = await sharp({ create: { width, height, channels: 3, background: '#101010' } })
    .composite(layers.flat())
    .png()
    .toBuffer();
  let smallest = whole;
  for (const colours of [128, 64, 32, 16]) {
    smallest = await sharp(whole).png({ palette: true, colours, dither: 0, compressionLevel: 9, effort: 10 }).toBuffer();
    if (smallest.length <= mostBytes) break;
  }
  return smallest;
}
