// In: a data set, or the frames of a cine. Out: where in the picture the ultrasound image lies, at what scale, and whether it shows flow in colour.
import type { PixelRectangle } from '../contracts/finding.ts';
import { type Dataset, items, number, texts } from './dataset.ts';
import { type GreyOrRgb, grey } from './frames.ts';

/** An item of Sequence of Ultrasound Regions (0018,6011), PS3.3 C.8.5.5, as sent. Bounds are inclusive, 0-based pixels. */
export type Region = {
  /** 0 none, 1 2D, 2 M-mode, 3 spectral, 4 waveform, 5 graphics. */
  readonly spatialFormat: number;
  /** 0 none, 1 tissue, 2 colour flow, 3 PW, 4 CW, 10 ECG and others. */
  readonly dataType: number;
  readonly bounds: PixelRectangle;
  /** 0 none, 3 cm, 4 s and others; x, y. */
  readonly units: readonly [number, number];
  /** Physical units a pixel; x, y. May be negative. */
  readonly deltas: readonly [number, number];
  /** RegionFlags bit 0 is 0. */
  readonly highPriority: boolean;
};

/** A 2D tissue image in the picture, clamped to it. `spacingMm` is null when the region gives no usable scale. */
export type TissueRegion = {
  readonly rectangle: PixelRectangle;
  readonly spacingMm: { readonly x: number; readonly y: number } | null;
};

/** Why a picture has no 2D tissue region. */
export type NoRegionReason = 'no-region' | 'colour-doppler' | 'm-mode' | 'spectral';

/** `reason` has a meaning when `regions` is empty only. Regions stand in reading order. */
export type RegionChoice = { readonly regions: readonly TissueRegion[]; readonly reason: NoRegionReason };

const TWO_DIMENSIONAL = 1;
const M_MODE = 2;
const SPECTRAL = 3;
const TISSUE = 1;
const COLOUR_FLOW = 2;
const CENTIMETRES = 3;

const regionOf = (item: Dataset): Region => {
  const value = (keyword: string): number => number(item, keyword) ?? 0;
  return {
    spatialFormat: value('RegionSpatialFormat'),
    dataType: value('RegionDataType'),
    bounds: {
      x0: value('RegionLocationMinX0'),
      y0: value('RegionLocationMinY0'),
      x1: value('RegionLocationMaxX1'),
      y1: value('RegionLocationMaxY1'),
    },
    units: [value('PhysicalUnitsXDirection'), value('PhysicalUnitsYDirection')],
    deltas: [value('PhysicalDeltaX'), value('PhysicalDeltaY')],
    highPriority: (value('RegionFlags') & 1) === 0,
  };
};

const MOST_REGIONS = 64;

/** All regions of a data set, in its order; empty when it has none. */
export const ultrasoundRegions = (dataset: Dataset): readonly Region[] =>
  items(dataset, 'SequenceOfUltrasoundRegions').slice(0, MOST_REGIONS).map(regionOf);

const widthOf = ({ x0, x1 }: PixelRectangle): number => Math.max(0, x1 - x0 + 1);
const heightOf = ({ y0, y1 }: PixelRectangle): number => Math.max(0, y1 - y0 + 1);
const areaOf = (rectangle: PixelRectangle): number => widthOf(rectangle) * heightOf(rectangle);

const clamped = ({ x0, y0, x1, y1 }: PixelRectangle, rows: number, columns: number): PixelRectangle => ({
  x0: Math.max(0, x0),
  y0: Math.max(0, y0),
  x1: Math.min(columns - 1, x1),
  y1: Math.min(rows - 1, y1),
});

/** Beyond this factor in both directions the region belongs to a larger picture, of which this one is a reduced copy. */
const OVERSHOOT = 1.05;

/** A picture cropped on one side keeps valid regions; one that was scaled does not, and where the image lies cannot be told from them. */
const isOfLargerPicture = ({ x1, y1 }: PixelRectangle, rows: number, columns: number): boolean =>
  x1 > columns * OVERSHOOT && y1 > rows * OVERSHOOT;

const spacingOf = ({ deltas }: Region): TissueRegion['spacingMm'] => {
  const [x, y] = [Math.abs(deltas[0]) * 10, Math.abs(deltas[1]) * 10];
  return x > 0 && y > 0 && Number.isFinite(x) && Number.isFinite(y) ? { x, y } : null;
};

const sharedArea = (a: PixelRectangle, b: PixelRectangle): number =>
  areaOf({ x0: Math.max(a.x0, b.x0), y0: Math.max(a.y0, b.y0), x1: Math.min(a.x1, b.x1), y1: Math.min(a.y1, b.y1) });

/** Images beside the first one count when they overlap it by no more than this share, and are not much smaller. */
const MOST_SHARED = 0.1;
const LEAST_OF_LARGEST = 0.25;

const isTissue = (region: Region): boolean =>
  region.spatialFormat === TWO_DIMENSIONAL && region.dataType === TISSUE && region.units.every((unit) => unit === CENTIMETRES);

const whyNone = (regions: readonly Region[]): NoRegionReason => {
  if (regions.some(({ spatialFormat, dataType }) => spatialFormat === TWO_DIMENSIONAL && dataType === COLOUR_FLOW))
    return 'colour-doppler';
  if (regions.some(({ spatialFormat }) => spatialFormat === M_MODE)) return 'm-mode';
  return regions.some(({ spatialFormat }) => spatialFormat === SPECTRAL) ? 'spectral' : 'no-region';
};

/**
 * The 2D tissue images of a picture of `rows` and `columns`: regions of tissue in centimetres, priority first, then the largest; others
 * beside it (split screens) follow. Regions without extent, of traces and graphics, and of a larger picture are left out.
 */
export const chooseRegions = (regions: readonly Region[], rows: number, columns: number): RegionChoice => {
  const candidates = regions
    .filter((region) => isTissue(region) && region.bounds.x1 > region.bounds.x0 && region.bounds.y1 > region.bounds.y0)
    .filter((region) => !isOfLargerPicture(region.bounds, rows, columns))
    .map((region) => ({ ...region, rectangle: clamped(region.bounds, rows, columns), spacingMm: spacingOf(region) }))
    .filter(({ rectangle }) => widthOf(rectangle) > 1 && heightOf(rectangle) > 1)
    .sort((a, b) => Number(b.highPriority) - Number(a.highPriority) || areaOf(b.rectangle) - areaOf(a.rectangle));
  const first = candidates[0];
  if (first === undefined) return { regions: [], reason: whyNone(regions) };
  const kept: TissueRegion[] = [];
  for (const { rectangle, spacingMm } of candidates) {
    const large = areaOf(rectangle) >= LEAST_OF_LARGEST * areaOf(first.rectangle);
    const apart = kept.every((other) => sharedArea(other.rectangle, rectangle) <= MOST_SHARED * areaOf(rectangle));
    if (large && apart) kept.push({ rectangle, spacingMm });
  }
  const inReadingOrder = kept.toSorted((a, b) => a.rectangle.y0 - b.rectangle.y0 || a.rectangle.x0 - b.rectangle.x0);
  return { regions: inReadingOrder, reason: 'no-region' };
};

const NO_FORMAT = 0;
const FIRST_TRACE_OR_BAR = 10;
/** What covers more of the image is not laid over it: the two are said to share a place by mistake. */
const MOST_COVERED = 0.4;

/** True for traces, spectra, graphics and bars: PS3.3 C.8.5.5.1.1 formats other than 2D, or data types from ECG on. */
const isLaidOver = ({ spatialFormat, dataType }: Region): boolean =>
  spatialFormat > TWO_DIMENSIONAL || (spatialFormat === NO_FORMAT && dataType >= FIRST_TRACE_OR_BAR);

/** The parts of an image that other regions of the picture cover: an ECG strip, a grey bar. Clipped to the image. */
export const coveredParts = (regions: readonly Region[], { x0, y0, x1, y1 }: PixelRectangle): readonly PixelRectangle[] =>
  regions
    .filter(isLaidOver)
    .map(({ bounds }) => ({
      x0: Math.max(x0, bounds.x0),
      y0: Math.max(y0, bounds.y0),
      x1: Math.min(x1, bounds.x1),
      y1: Math.min(y1, bounds.y1),
    }))
    .filter((part) => part.x1 > part.x0 && part.y1 > part.y0)
    .filter((part) => areaOf(part) <= MOST_COVERED * areaOf({ x0, y0, x1, y1 }));

/** Bits of ImageType value 4 (PS3.3 C.8.5.6.1.1): colour Doppler, colour M-mode, power Doppler. */
const COLOUR_MODES = 0x0010 | 0x0020 | 0x0100;

/** True when the data set says that the image shows flow in colour: by a region, by UltrasoundColorDataPresent, or by its image type. */
export const colourDoppler = (dataset: Dataset): boolean => {
  if (ultrasoundRegions(dataset).some(({ dataType }) => dataType === COLOUR_FLOW)) return true;
  if (number(dataset, 'UltrasoundColorDataPresent') === 1) return true;
  const modes = texts(dataset, 'ImageType')[3] ?? '';
  return /^[0-9a-f]{4}$/i.test(modes) && (Number.parseInt(modes, 16) & COLOUR_MODES) !== 0;
};

/** Grey levels between the darkest and the lightest moment of a pixel that count as change: above compression noise. */
const LEAST_CHANGE = 10;
/** Share of a row (column) that must change for it to belong to the image; a clock or a heart rate changes less. */
const LEAST_SHARE = 0.03;
/** Unchanging rows (columns) inside the image, as a share of the picture: dark blood at its middle, a caliper line. */
const LONGEST_GAP = 0.03;
const LEAST_EXTENT = 0.1;

const changedPixels = (frames: readonly Uint8Array[], pixels: number): Uint8Array => {
  const darkest = new Uint8Array(pixels).fill(255);
  const lightest = new Uint8Array(pixels);
  for (const luma of frames) {
    for (let at = 0; at < pixels; at += 1) {
      const value = luma[at] ?? 0;
      if (value < (darkest[at] ?? 0)) darkest[at] = value;
      if (value > (lightest[at] ?? 0)) lightest[at] = value;
    }
  }
  return lightest.map((value, at) => (value - (darkest[at] ?? 0) >= LEAST_CHANGE ? 1 : 0));
};

type Span = { readonly from: number; readonly to: number };

/** The longest run of counts of at least `least`, bridging gaps of up to `gap`; null when there is none. */
const longestRun = (counts: ArrayLike<number>, least: number, gap: number): Span | null => {
  let longest: Span | null = null;
  let current: Span | null = null;
  for (let at = 0; at < counts.length; at += 1) {
    if ((counts[at] ?? 0) < least) continue;
    current = current !== null && at - current.to - 1 <= gap ? { from: current.from, to: at } : { from: at, to: at };
    if (longest === null || current.to - current.from > longest.to - longest.from) longest = current;
  }
  return longest;
};

/**
 * The bounding box of what moves in a cine, for pictures that name no region: the longest run of rows in which a fair share of pixels
 * changes, then of columns within it. `frames` are some frames of one cine, all of one size. Null when too little of the picture moves.
 */
export const fallbackRegion = (frames: readonly GreyOrRgb[]): PixelRectangle | null => {
  const first = frames[0];
  if (first === undefined || frames.length < 2) return null;
  const { rows, columns } = first;
  const changed = changedPixels(frames.map(grey), rows * columns);
  const perRow = new Uint32Array(rows);
  for (let at = 0; at < changed.length; at += 1)
    perRow[Math.floor(at / columns)] = (perRow[Math.floor(at / columns)] ?? 0) + (changed[at] ?? 0);
  const vertical = longestRun(perRow, columns * LEAST_SHARE, rows * LONGEST_GAP);
  if (vertical === null) return null;
  const perColumn = new Uint32Array(columns);
  for (let row = vertical.from; row <= vertical.to; row += 1) {
    for (let column = 0; column < columns; column += 1)
      perColumn[column] = (perColumn[column] ?? 0) + (changed[row * columns + column] ?? 0);
  }
  const height = vertical.to - vertical.from + 1;
  const horizontal = longestRun(perColumn, height * LEAST_SHARE, columns * LONGEST_GAP);
  if (horizontal === null) return null;
  const rectangle = { x0: horizontal.from, y0: vertical.from, x1: horizontal.to, y1: vertical.to };
  const large = widthOf(rectangle) >= columns * LEAST_EXTENT && heightOf(rectangle) >= rows * LEAST_EXTENT;
  return large ? rectangle : null;
};
