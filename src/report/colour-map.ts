// The colours of the attention maps. In: values 0..1 and grey pixels. Out: RGB. Pure.
// One hue path from violet over magenta and orange to pale yellow, lightness rising all the way, so that it reads the same with any colour vision
// and in grey print. The stops are our own.

/** The map never covers more than this share of the picture, so that speckle stays visible beneath it. */
export const LARGEST_ALPHA = 0.4;

type Rgb = readonly [red: number, green: number, blue: number];

const STOPS: readonly Rgb[] = [
  [58, 16, 120],
  [124, 30, 141],
  [190, 48, 122],
  [236, 92, 78],
  [252, 158, 48],
  [250, 214, 78],
  [255, 252, 190],
];

/** Colour of a value; values outside 0..1 are clamped. */
export function colourAt(value: number): Rgb {
  const place = Math.min(1, Math.max(0, value)) * (STOPS.length - 1);
  const index = Math.min(STOPS.length - 2, Math.floor(place));
  const share = place - index;
  const low = STOPS[index] ?? [0, 0, 0];
  const high = STOPS[index + 1] ?? low;
  return [
    Math.round(low[0] + (high[0] - low[0]) * share),
    Math.round(low[1] + (high[1] - low[1]) * share),
    Math.round(low[2] + (high[2] - low[2]) * share),
  ];
}

/** Opacity of a value: nothing at 0, `LARGEST_ALPHA` from two thirds on, so that weak places show the plain picture. */
export const alphaAt = (value: number): number => LARGEST_ALPHA * Math.min(1, Math.max(0, value) * 1.5);

/** A grey level under the colour of a value. */
export function blend(grey: number, value: number): Rgb {
  const alpha = alphaAt(value);
  const [red, green, blue] = colourAt(value);
  const mix = (colour: number): number => Math.round(grey * (1 - alpha) + colour * alpha);
  return [mix(red), mix(green), mix(blue)];
}

/** A map of `rows` x `columns` values, row by row, as `analysis/` writes it beside each keyframe picture. */
export type ValueMap = { readonly rows: number; readonly columns: number; readonly values: readonly number[] };

const EVEN = 1e-9;

/**
 * Maps of one statement on one scale: 0 at the median of all their places and below, 1 at the largest. A class activation has no zero of its own
 * (the bias of the classifier stands outside it), so only what stands out within the statement is drawn; where nothing does, nothing is.
 */
export function onOneScale(maps: readonly ValueMap[]): readonly ValueMap[] {
  const sorted = Float64Array.from(maps.flatMap((map) => map.values)).sort();
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const range = (sorted.at(-1) ?? 0) - median;
  const scaled = (value: number): number => (range > EVEN && value > median ? (value - median) / range : 0);
  return maps.map((map) => ({ ...map, values: map.values.map(scaled) }));
}

const eased = (share: number): number => share * share * (3 - 2 * share);

/** Where points along one axis of a picture lie between the centres of the map's cells: two cells and the share of the second. */
type Spot = { readonly low: number; readonly high: number; readonly share: number };

// Eased rather than straight, because straight lines between few cells would show as stars.
function spots(length: number, cells: number): readonly Spot[] {
  return Array.from({ length }, (_, index) => {
    const place = Math.min(cells - 1, Math.max(0, ((index + 0.5) / length) * cells - 0.5));
    const low = Math.floor(place);
    return { low, high: Math.min(cells - 1, low + 1), share: eased(place - low) };
  });
}

const LEVELS = 255;

// Colour and opacity of every level, so that the loop over the pixels only looks up.
const TABLE: readonly { readonly keep: number; readonly add: Rgb }[] = Array.from({ length: LEVELS + 1 }, (_, level) => {
  const alpha = alphaAt(level / LEVELS);
  const [red, green, blue] = colourAt(level / LEVELS);
  return { keep: 1 - alpha, add: [red * alpha, green * alpha, blue * alpha] };
});

/** RGB bytes of a grey picture with the map over it, in so many even steps of its values; `null` for the bare picture. */
export function overlay(
  grey: Uint8Array,
  size: { readonly width: number; readonly height: number },
  { map, steps = LEVELS }: { readonly map: ValueMap | null; readonly steps?: number },
): Uint8Array {
  const rgb = new Uint8Array(size.width * size.height * 3);
  const across = spots(size.width, map?.columns ?? 1);
  const down = spots(size.height, map?.rows ?? 1);
  const values = map?.values ?? [0];
  const columns = map?.columns ?? 1;
  const perStep = LEVELS / steps;
  let pixel = 0;
  for (const row of down) {
    const upper = row.low * columns;
    const lower = row.high * columns;
    for (const column of across) {
      const top = (values[upper + column.low] ?? 0) * (1 - column.share) + (values[upper + column.high] ?? 0) * column.share;
      const bottom = (values[lower + column.low] ?? 0) * (1 - column.share) + (values[lower + column.high] ?? 0) * column.share;
      const step = ((top + (bottom - top) * row.share) * steps + 0.5) | 0;
      const { keep, add } = TABLE[(step * perStep + 0.5) | 0] ?? { keep: 1, add: [0, 0, 0] };
      const base = (grey[pixel] ?? 0) * keep + 0.5;
      rgb[pixel * 3] = base + add[0];
      rgb[pixel * 3 + 1] = base + add[1];
      rgb[pixel * 3 + 2] = base + add[2];
      pixel += 1;
    }
  }
  return rgb;
}
