// The attention pages as RGB frames. In: pages, and the kept pictures and maps as bytes. Out: one frame a page, width x height x 3 bytes, one
// after the other, because each holds a few megabytes.
import sharp from 'sharp';
import type { AnalysisResult, FramePicture } from '../contracts/finding.ts';
import { fault } from '../kernel/errors.ts';
import { type Box, fitted, type MapScale, PAGE, type Page } from './capture-layout.ts';
import { groundSvg } from './capture-marks.ts';
import { pageSvg } from './capture-page.ts';
import { onOneScale, overlay, type ValueMap } from './colour-map.ts';
import type { OutputTemplate } from './templates.ts';

/** Reads a file that the result names, relative to the spool folder. */
export type ReadSpooled = (spoolPath: string) => Promise<Uint8Array>;

const LARGEST_MAP_SIDE = 4096;

/** A map as it was parsed; throws Fault 'model-output-invalid' when its shape and its values do not agree. */
export function valueMap(parsed: unknown): ValueMap {
  const { rows, columns, values } = (parsed ?? {}) as { rows?: unknown; columns?: unknown; values?: unknown };
  const isSide = (side: unknown): side is number =>
    typeof side === 'number' && Number.isInteger(side) && side > 0 && side <= LARGEST_MAP_SIDE;
  const isValues = (list: unknown): list is number[] => Array.isArray(list) && list.every((value) => Number.isFinite(value));
  if (!isSide(rows) || !isSide(columns) || !isValues(values) || values.length !== rows * columns) {
    throw fault('model-output-invalid', 'A map beside a kept picture does not have the shape that it states.');
  }
  return { rows, columns, values };
}

/** Reads a map; throws what `valueMap` throws. */
export const readMap = (bytes: Uint8Array): ValueMap => valueMap(JSON.parse(Buffer.from(bytes).toString('utf8')));

/** The maps of frames that are compared with one another, on their one scale. */
async function mapsOf({ frames, kind }: MapScale, read: ReadSpooled): Promise<ReadonlyMap<FramePicture, ValueMap>> {
  const maps: ValueMap[] = [];
  for (const frame of frames) maps.push(readMap(await read(frame.mapPath)));
  const scaled = kind === 'share' ? maps : onOneScale(maps);
  return new Map(frames.flatMap((frame, index) => (scaled[index] === undefined ? [] : [[frame, scaled[index]]])));
}

type Size = { readonly width: number; readonly height: number };

/** Opaque RGB bytes of an SVG document. */
export const rgbOf = (svg: string): Promise<Uint8Array> =>
  sharp(Buffer.from(svg)).removeAlpha().toColourspace('srgb').raw().toBuffer();

/** RGBA bytes of an SVG document on a clear ground. */
export const rgbaOf = (svg: string): Promise<Uint8Array> => sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer();

/** Grey bytes of a kept picture with its size. */
export async function greyOf(picture: Uint8Array): Promise<Size & { readonly data: Uint8Array }> {
  const { data, info } = await sharp(picture).greyscale().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Grey bytes at another size. */
export const greyAt = (grey: Uint8Array, from: Size, to: Size): Promise<Uint8Array> =>
  sharp(grey, { raw: { ...from, channels: 1 } })
    .resize(to.width, to.height, { fit: 'fill', kernel: 'cubic' })
    .greyscale()
    .raw()
    .toBuffer();

type Layer = {
  readonly input: Uint8Array;
  readonly raw: { readonly width: number; readonly height: number; readonly channels: 3 };
  readonly left: number;
  readonly top: number;
};

async function layer(picture: Uint8Array, box: Box, map: ValueMap | null): Promise<Layer> {
  const grey = await sharp(picture).greyscale().resize(box.width, box.height, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
  const raw = { width: box.width, height: box.height, channels: 3 } as const;
  return { input: overlay(grey, raw, { map }), raw, left: box.x, top: box.y };
}

export type FramesParts = {
  readonly result: AnalysisResult;
  readonly template: OutputTemplate;
  readonly names: ReadonlyMap<string, string>;
  readonly read: ReadSpooled;
};

/** Renders one page. Its boxes shrink to the pictures' own aspect. */
async function renderPage(
  page: Page,
  parts: FramesParts & { readonly maps: ReadonlyMap<MapScale, ReadonlyMap<FramePicture, ValueMap>> },
): Promise<Uint8Array> {
  const drawn = await Promise.all(
    page.cells.map(async (cell) => {
      const picture = await parts.read(cell.frame.picturePath);
      const { width, height } = await sharp(picture).metadata();
      const overlaid = fitted(width / height, cell.overlay);
      const plain = cell.plain === null ? null : fitted(width / height, cell.plain);
      const layers = [
        ...(plain === null ? [] : [layer(picture, plain, null)]),
        layer(picture, overlaid, parts.maps.get(cell.scale)?.get(cell.frame) ?? null),
      ];
      return { cell: { ...cell, overlay: overlaid, plain }, layers: await Promise.all(layers) };
    }),
  );
  const layers = drawn.flatMap((one) => one.layers);
  const cells = drawn.map((one) => one.cell);
  return sharp(Buffer.from(groundSvg()))
    .composite([
      ...layers.map(({ input, ...rest }) => ({ input: Buffer.from(input), ...rest })),
      { input: Buffer.from(pageSvg({ ...page, cells }, parts)), left: 0, top: 0 },
    ])
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer();
}

/** Pages at a time: each holds a few megabytes, and more would not be faster on the cores that a node leaves to it. */
const PAGES_TOGETHER = 2;

/** Renders pages, a few at a time and only when they are asked for; each frame has PAGE.width x PAGE.height x 3 bytes, RGB, row by row. */
export async function* captureFrames(pages: readonly Page[], parts: FramesParts): AsyncGenerator<Uint8Array> {
  const scales = [...new Set(pages.flatMap((page) => page.cells.map(({ scale }) => scale)))];
  const maps = new Map(await Promise.all(scales.map(async (scale) => [scale, await mapsOf(scale, parts.read)] as const)));
  for (let at = 0; at < pages.length; at += PAGES_TOGETHER) {
    const together = pages.slice(at, at + PAGES_TOGETHER).map((page) => renderPage(page, { ...parts, maps }));
    for (const frame of await Promise.all(together)) {
      if (frame.length !== PAGE.width * PAGE.height * 3)
        throw fault('model-output-invalid', 'An attention page has a wrong size.');
      yield frame;
    }
  }
}
