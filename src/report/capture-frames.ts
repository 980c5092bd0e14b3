// The attention pages as RGB frames. In: pages, and the keyframe pictures and maps as bytes. Out: one frame a page, width x height x 3 bytes.
import sharp from 'sharp';
import type { ResultOf, KeyframeResult, SectionResult } from '../contracts/finding.ts';
import { fault } from '../kernel/errors.ts';
import { type Box, fitted, groundSvg, PAGE, type Page, pageSvg } from './capture-page.ts';
import { onOneScale, overlay, type ValueMap } from './colour-map.ts';
import type { OutputTemplate } from './templates.ts';

/** Reads a file that the result names, relative to the spool folder. */
export type ReadSpooled = (spoolPath: string) => Promise<Uint8Array>;

const LARGEST_MAP_SIDE = 4096;

/** Reads a map; throws Fault 'model-output-invalid' when its shape and its values do not agree. */
export function readMap(bytes: Uint8Array): ValueMap {
  const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const { rows, columns, values } = (parsed ?? {}) as { rows?: unknown; columns?: unknown; values?: unknown };
  const isSide = (side: unknown): side is number =>
    typeof side === 'number' && Number.isInteger(side) && side > 0 && side <= LARGEST_MAP_SIDE;
  const isValues = (list: unknown): list is number[] => Array.isArray(list) && list.every((value) => Number.isFinite(value));
  if (!isSide(rows) || !isSide(columns) || !isValues(values) || values.length !== rows * columns) {
    throw fault('model-output-invalid', 'A map beside a keyframe picture does not have the shape that it states.');
  }
  return { rows, columns, values };
}

/** The maps of a section on one scale, so that its keyframes can be compared. */
async function mapsOf(section: SectionResult, read: ReadSpooled): Promise<ReadonlyMap<KeyframeResult, ValueMap>> {
  const maps: ValueMap[] = [];
  for (const keyframe of section.keyframes) maps.push(readMap(await read(keyframe.mapPath)));
  const scaled = onOneScale(maps);
  return new Map(
    section.keyframes.flatMap((keyframe, index) => (scaled[index] === undefined ? [] : [[keyframe, scaled[index]]])),
  );
}

type Layer = {
  readonly input: Uint8Array;
  readonly raw: { readonly width: number; readonly height: number; readonly channels: 3 };
  readonly left: number;
  readonly top: number;
};

async function layer(picture: Uint8Array, box: Box, map: ValueMap | null): Promise<Layer> {
  const grey = await sharp(picture).greyscale().resize(box.width, box.height, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
  const raw = { width: box.width, height: box.height, channels: 3 } as const;
  return { input: overlay(grey, raw, map), raw, left: box.x, top: box.y };
}

/** Renders one page. The page comes back with its picture boxes shrunk to the pictures' own aspect. */
async function renderPage(
  page: Page,
  parts: {
    readonly result: ResultOf<'vascular-sec'>;
    readonly template: OutputTemplate;
    readonly names: ReadonlyMap<string, string>;
    readonly read: ReadSpooled;
    readonly maps: ReadonlyMap<KeyframeResult, ValueMap>;
  },
): Promise<Uint8Array> {
  const drawn = await Promise.all(
    page.cells.map(async (cell) => {
      const picture = await parts.read(cell.keyframe.picturePath);
      const { width, height } = await sharp(picture).metadata();
      const box = fitted(width / height, cell.picture);
      const plain = cell.plain === null ? null : fitted(width / height, cell.plain);
      const layers = [
        ...(plain === null ? [] : [layer(picture, plain, null)]),
        layer(picture, box, parts.maps.get(cell.keyframe) ?? null),
      ];
      return { cell: { ...cell, picture: box, plain }, layers: await Promise.all(layers) };
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

/** Renders all pages; each frame has PAGE.width x PAGE.height x 3 bytes, RGB, row by row. */
export async function captureFrames(
  pages: readonly Page[],
  parts: {
    readonly result: ResultOf<'vascular-sec'>;
    readonly template: OutputTemplate;
    readonly names: ReadonlyMap<string, string>;
    readonly read: ReadSpooled;
  },
): Promise<readonly Uint8Array[]> {
  const sections = [...new Set(pages.flatMap((page) => (page.section === null ? [] : [page.section])))];
  const maps = new Map((await Promise.all(sections.map((section) => mapsOf(section, parts.read)))).flatMap((one) => [...one]));
  const frames: Uint8Array[] = [];
  for (let at = 0; at < pages.length; at += PAGES_TOGETHER) {
    const together = pages.slice(at, at + PAGES_TOGETHER).map((page) => renderPage(page, { ...parts, maps }));
    frames.push(...(await Promise.all(together)));
  }
  if (frames.some((frame) => frame.length !== PAGE.width * PAGE.height * 3))
    throw fault('model-output-invalid', 'An attention page has a wrong size.');
  return frames;
}
