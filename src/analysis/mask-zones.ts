// Strokes of even level. In: a grey picture. Out: its zones: small connected sets of pixels of one level that lie on something thin, and how they end.
// Lettering, callipers, rulers and traces end in a step on all sides; an echo, however bright and thin, is a blurred spot and fades over its rim.
// That holds for saturated echoes too, whose middle is as flat as ink.
import { crestsOf, MARGIN, type Padded, peaksAmong } from './mask-strokes.ts';

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
  /** Pixels of its rim. */
  readonly rimPixels: number;
};

/** Which zones are looked for. */
export type ZoneWish = {
  /** Levels within a zone differ from its seed by at most this. */
  readonly tolerance: number;
  /** 1 for the levels at which a zone may start, 256 of them. */
  readonly seeds: Uint8Array;
  /** A stroke falls below this share of its level on both sides, across or down, within two pixels. */
  readonly drop: number;
  /** Zones of a larger standard deviation, of a smaller step to their rim, or with more of it brighter are left out: looking further takes longest. */
  readonly mostSpread: number;
  readonly leastStep: number;
  readonly mostBrighter: number;
};

/** How far from a seed each side of a stroke is looked for. */
const WIDEST = 8;
/** A zone of more pixels is no stroke. */
const MOST_PIXELS = 12_000;

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

/** `owner` and `counted` hold, for each place, the zone it was given to and last counted for; `begun` is the number of the last zone. */
type Numbers = { readonly owner: Int32Array; readonly counted: Int32Array; begun: number };

/** What all searches of one picture share. */
export type Search = {
  readonly picture: Padded;
  /** Where zones may begin. */
  readonly crests: Int32Array;
  readonly numbers: Numbers;
};

/** Zones are numbered on and on, so that nothing is wiped between pictures, until there are so many. */
const MOST_NUMBERS = 1_000_000_000;

/** Kept from one picture to the next: to make and wipe them takes as long as to look at a picture. Nothing in them outlives a search. */
let spare: Numbers = { owner: new Int32Array(0), counted: new Int32Array(0), begun: 0 };
const queue = new Int32Array(4 * MOST_PIXELS);

function numbersFor(places: number): Numbers {
  if (spare.owner.length < places || spare.begun > MOST_NUMBERS)
    spare = { owner: new Int32Array(places), counted: new Int32Array(places), begun: 0 };
  return spare;
}

/** Prepares searches of a picture; `least` is the lowest level that any of them asks for. A search ends before the next is prepared. */
export const searchOf = (picture: Padded, least: number): Search => ({
  picture,
  crests: crestsOf(picture, least),
  numbers: numbersFor(picture.data.length),
});

/** The same from fewer places: enough to tell whether there are strokes at all. */
export const quickSearch = (search: Search): Search => ({ ...search, crests: peaksAmong(search.picture, search.crests) });

function isInside({ rows, columns, stride }: Padded, at: number): boolean {
  const row = Math.floor(at / stride);
  const column = at - row * stride;
  return row >= MARGIN && row < rows + MARGIN && column >= MARGIN && column < MARGIN + columns;
}

/** Pixels from which a zone shows how even it is. */
const SHOWS_SPREAD = 20;

/** Pixels from which a zone shows how wide it is: each pixel of a stroke has this many neighbours that are dark, or nearly so. */
const SHOWS_WIDTH = 40;
const LEAST_ENDS = 0.5;
const NEARLY = 0.1;
/** Less dark neighbours tell no width, however weak the edges that a search asks for. */
const DARKEST_END = 0.85;
/** Share of the step which a search asks for, below which what lies beside a part of a zone tells that the whole has no such step. */
const SHOWS_STEP = 0.5;

const spreadOf = (sum: number, squares: number, count: number): number =>
  Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));

/** The flat set around a seed, left in `queue`: how many, their mean and standard deviation. Null when it is too large or too uneven. */
function flood(
  { picture: { data, around }, numbers: { owner, begun: id } }: Search,
  seed: number,
  { tolerance, mostSpread, leastStep, drop, first }: ZoneWish & { readonly first: number },
) {
  const middle = data[seed] ?? 0;
  const low = Math.max(1, middle - tolerance);
  const high = middle + tolerance;
  const dark = Math.min(drop + NEARLY, DARKEST_END) * middle;
  let count = 1;
  let sum = middle;
  let squares = middle * middle;
  let ends = 0;
  let beside = 0;
  let besides = 0;
  queue[0] = seed;
  owner[seed] = id;
  for (let next = 0; next < count; next++) {
    const at = queue[next] ?? 0;
    for (let way = 0; way < 8; way++) {
      const neighbour = at + (around[way] ?? 0);
      const grey = data[neighbour] ?? 0;
      if (grey < dark) ends += 1;
      if (grey < low || grey > high) {
        beside += grey;
        besides += 1;
        continue;
      }
      if ((owner[neighbour] ?? 0) >= first) continue;
      if (count >= MOST_PIXELS) return null;
      owner[neighbour] = id;
      queue[count++] = neighbour;
      sum += grey;
      squares += grey * grey;
    }
    if (next % SHOWS_SPREAD !== SHOWS_SPREAD - 1) continue;
    if (spreadOf(sum, squares, count) > 1.2 * mostSpread) return null;
    if (besides > 0 && sum / count - beside / besides < SHOWS_STEP * leastStep) return null;
    if (next >= SHOWS_WIDTH && ends < LEAST_ENDS * next) return null;
  }
  const spread = spreadOf(sum, squares, count);
  return spread > mostSpread ? null : { count, level: sum / count, spread };
}

/** Mean grey of what touches the places `from` to `to` of the queue and was not counted for this zone, and the share of it above `bright`; it is put behind them. */
function ring(
  { picture, numbers: { counted, begun: id } }: Search,
  span: { readonly from: number; readonly to: number },
  bright: number,
) {
  const { data, around } = picture;
  let end = span.to;
  let sum = 0;
  let brighter = 0;
  for (let next = span.from; next < span.to; next++) {
    const at = queue[next] ?? 0;
    for (let way = 0; way < 8; way++) {
      const neighbour = at + (around[way] ?? 0);
      if (counted[neighbour] === id || end >= queue.length) continue;
      counted[neighbour] = id;
      const grey = data[neighbour] ?? 0;
      // The margin is black.
      if (grey === 0 && !isInside(picture, neighbour)) continue;
      sum += grey;
      if (grey > bright) brighter += 1;
      queue[end++] = neighbour;
    }
  }
  const found = Math.max(1, end - span.to);
  return { mean: sum / found, brighter: brighter / found, end };
}

function zoneAt(search: Search, seed: number, wish: ZoneWish & { readonly first: number }): Zone | null {
  const { counted, begun } = search.numbers;
  const flat = flood(search, seed, wish);
  if (flat === null) return null;
  const { count, level, spread } = flat;
  for (let next = 0; next < count; next++) counted[queue[next] ?? 0] = begun;
  const bright = level + wish.tolerance;
  const rim = ring(search, { from: 0, to: count }, bright);
  if (level - rim.mean < wish.leastStep || rim.brighter > wish.mostBrighter) return null;
  const surround = ring(search, { from: count, to: rim.end }, bright);
  const { mean, brighter, end } = rim;
  const pixels = queue.slice(0, count);
  return { pixels, level, spread, rim: mean, surround: surround.mean, brighterRim: brighter, rimPixels: end - count };
}

/** The zones of a picture that lie on something thin; each pixel is in at most one. */
export function strokeZones(search: Search, wish: ZoneWish): Zone[] {
  const { picture, crests, numbers } = search;
  const { owner } = numbers;
  const { stride, data } = picture;
  const { seeds, tolerance, drop } = wish;
  const full = { ...wish, first: numbers.begun + 1 };
  const zones: Zone[] = [];
  for (let index = 0; index < crests.length; index++) {
    const at = crests[index] ?? 0;
    const level = data[at] ?? 0;
    if (seeds[level] !== 1 || (owner[at] ?? 0) >= full.first) continue;
    if (!onStroke(data, at, stride, level - tolerance, level * drop)) continue;
    numbers.begun += 1;
    const zone = zoneAt(search, at, full);
    if (zone !== null) zones.push(zone);
  }
  return zones;
}
