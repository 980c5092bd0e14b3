// Strokes of even level. In: a grey picture. Out: its zones: small connected sets of pixels of one level that lie on something thin, and how they end.
// Lettering, callipers, rulers and traces end in a step on all sides; an echo, however bright and thin, is a blurred spot and fades over its rim.
// That holds for saturated echoes too, whose middle is as flat as ink.
import type { GreyPicture } from './picture.ts';

/** A picture with a black margin on all sides, so that what lies around a pixel needs no test for the picture's end. */
export type Padded = {
  readonly rows: number;
  readonly columns: number;
  /** From one row to the next. */
  readonly stride: number;
  readonly data: Uint8Array;
  /** Offsets of the eight neighbours. */
  readonly around: readonly number[];
};

/** A flat set of pixels, and what lies around it. */
export type Zone = {
  /** Places in the padded picture. */
  readonly pixels: Int32Array;
  /** Mean level and its standard deviation. */
  readonly level: number;
  readonly spread: number;
  /** Mean grey of the pixels that touch it, and of those one further. */
  readonly rim: number;
  readonly surround: number;
  /** Share of its rim that is brighter than it. */
  readonly brighterRim: number;
};

/** Which zones are looked for. */
export type ZoneWish = {
  /** Levels within a zone differ from its seed by at most this. */
  readonly tolerance: number;
  /** 1 for the levels at which a zone may start, 256 of them. */
  readonly seeds: Uint8Array;
  /** A stroke falls below this share of its level on both sides, across or down, within two pixels. */
  readonly drop: number;
  /** Zones of a larger standard deviation are left out: before their surroundings are looked at, which takes longest. */
  readonly mostSpread: number;
};

const MARGIN = 12;
/** How far from a seed each side of a stroke is looked for. */
const WIDEST = 8;
/** A zone of more pixels is no stroke. */
const MOST_PIXELS = 12_000;
/** A seed is as bright as what touches it but for this: of a blurred stroke, its middle. */
const CREST = 3;

export function padded({ rows, columns, data }: GreyPicture): Padded {
  const stride = columns + 2 * MARGIN;
  const wide = new Uint8Array((rows + 2 * MARGIN) * stride);
  for (let row = 0; row < rows; row++)
    wide.set(data.subarray(row * columns, (row + 1) * columns), (row + MARGIN) * stride + MARGIN);
  const around = [-1, 1, -stride, stride, -stride - 1, -stride + 1, stride - 1, stride + 1];
  return { rows, columns, stride, data: wide, around };
}

/** The part of a padded mask that is the picture's. */
export function unpadded(mask: Uint8Array, { rows, columns, stride }: Padded): Uint8Array {
  const out = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = (row + MARGIN) * stride + MARGIN;
    out.set(mask.subarray(from, from + columns), row * columns);
  }
  return out;
}

/** Place in the padded picture of the pixel at (0, 0). */
export const originOf = ({ stride }: Padded): number => MARGIN * stride + MARGIN;

/** True where the level holds from `at` on and then falls below `dark` within two steps, the second for a rim that is blended. */
function endsSharply(data: Uint8Array, at: number, step: number, even: number, dark: number): boolean {
  for (let away = 1; away <= WIDEST; away++) {
    const grey = data[at + away * step] ?? 0;
    if (grey >= even) continue;
    return grey < dark || (data[at + (away + 1) * step] ?? 0) < dark;
  }
  return false;
}

/** True where the pixel lies on something thin, across or down. Numbers and no object: this runs for every crest of the picture. */
function onStroke(data: Uint8Array, at: number, stride: number, even: number, dark: number): boolean {
  return (
    (endsSharply(data, at, 1, even, dark) && endsSharply(data, at, -1, even, dark)) ||
    (endsSharply(data, at, stride, even, dark) && endsSharply(data, at, -stride, even, dark))
  );
}

function isCrest(data: Uint8Array, at: number, stride: number): boolean {
  const most = (data[at] ?? 0) + CREST;
  return (
    (data[at - 1] ?? 0) <= most &&
    (data[at + 1] ?? 0) <= most &&
    (data[at - stride] ?? 0) <= most &&
    (data[at + stride] ?? 0) <= most
  );
}

/** The work of one search: `owner` and `counted` hold, for each place, the zone it was given to and last counted for. */
type Search = Padded & {
  readonly inside: (at: number) => boolean;
  readonly owner: Int32Array;
  readonly counted: Int32Array;
  readonly queue: Int32Array;
  readonly tolerance: number;
  readonly mostSpread: number;
  readonly drop: number;
};

/** Pixels from which a zone shows how even it is. */
const SHOWS_SPREAD = 40;

/** Pixels from which a zone shows how wide it is: each pixel of a stroke has this many neighbours that are dark, or nearly so. */
const SHOWS_WIDTH = 120;
const LEAST_ENDS = 0.5;
const NEARLY = 0.1;

const spreadOf = (sum: number, squares: number, count: number): number =>
  Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));

/** The flat set around a seed, left in `queue`: how many, their mean and standard deviation. Null when it is too large or too uneven. */
function flood({ data, around, owner, queue, tolerance, mostSpread, drop }: Search, seed: number, id: number) {
  const first = data[seed] ?? 0;
  const low = Math.max(1, first - tolerance);
  const high = first + tolerance;
  const dark = (drop + NEARLY) * first;
  let count = 1;
  let sum = first;
  let squares = first * first;
  let ends = 0;
  queue[0] = seed;
  owner[seed] = id;
  for (let next = 0; next < count; next++) {
    const at = queue[next] ?? 0;
    for (const offset of around) {
      const neighbour = at + offset;
      const grey = data[neighbour] ?? 0;
      if (grey < dark) ends += 1;
      if (grey < low || grey > high || owner[neighbour] !== 0) continue;
      if (count >= MOST_PIXELS) return null;
      owner[neighbour] = id;
      queue[count++] = neighbour;
      sum += grey;
      squares += grey * grey;
    }
    if (next % SHOWS_SPREAD !== SHOWS_SPREAD - 1) continue;
    if (spreadOf(sum, squares, count) > 1.2 * mostSpread) return null;
    if (next >= SHOWS_WIDTH && ends < LEAST_ENDS * next) return null;
  }
  const spread = spreadOf(sum, squares, count);
  return spread > mostSpread ? null : { count, level: sum / count, spread };
}

/** Mean grey of what touches the places `from` to `to` of the queue and was not counted for this zone; it is put behind them. */
function ring(
  { data, around, counted, queue, inside, tolerance }: Search,
  span: { readonly from: number; readonly to: number },
  zone: { readonly id: number; readonly level: number },
) {
  let end = span.to;
  let sum = 0;
  let brighter = 0;
  for (let next = span.from; next < span.to; next++) {
    const at = queue[next] ?? 0;
    for (const offset of around) {
      const neighbour = at + offset;
      if (counted[neighbour] === zone.id || end >= queue.length) continue;
      counted[neighbour] = zone.id;
      if (!inside(neighbour)) continue;
      const grey = data[neighbour] ?? 0;
      sum += grey;
      if (grey > zone.level + tolerance) brighter += 1;
      queue[end++] = neighbour;
    }
  }
  const found = Math.max(1, end - span.to);
  return { mean: sum / found, brighter: brighter / found, end };
}

function zoneAt(search: Search, seed: number, id: number): Zone | null {
  const { queue, counted } = search;
  const flat = flood(search, seed, id);
  if (flat === null) return null;
  const { count, level, spread } = flat;
  for (let next = 0; next < count; next++) counted[queue[next] ?? 0] = id;
  const rim = ring(search, { from: 0, to: count }, { id, level });
  const surround = ring(search, { from: count, to: rim.end }, { id, level });
  return { pixels: queue.slice(0, count), level, spread, rim: rim.mean, surround: surround.mean, brighterRim: rim.brighter };
}

/** The zones of a picture that lie on something thin; each pixel is in at most one. */
export function strokeZones(picture: Padded, { tolerance, seeds, drop, mostSpread }: ZoneWish): Zone[] {
  const { rows, columns, stride, data } = picture;
  const lastRow = rows + MARGIN;
  const inside = (at: number): boolean => {
    const row = Math.floor(at / stride);
    const column = at - row * stride;
    return row >= MARGIN && row < lastRow && column >= MARGIN && column < MARGIN + columns;
  };
  const search: Search = {
    ...picture,
    inside,
    tolerance,
    mostSpread,
    drop,
    owner: new Int32Array(data.length),
    counted: new Int32Array(data.length),
    queue: new Int32Array(4 * MOST_PIXELS),
  };
  const zones: Zone[] = [];
  let id = 0;
  for (let row = MARGIN; row < lastRow; row++) {
    const end = row * stride + MARGIN + columns;
    for (let at = row * stride + MARGIN; at < end; at++) {
      const level = data[at] ?? 0;
      if (seeds[level] !== 1 || search.owner[at] !== 0 || !isCrest(data, at, stride)) continue;
      if (!onStroke(data, at, stride, level - tolerance, level * drop)) continue;
      id += 1;
      const zone = zoneAt(search, at, id);
      if (zone !== null) zones.push(zone);
    }
  }
  return zones;
}
