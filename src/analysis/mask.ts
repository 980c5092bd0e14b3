// What was drawn on a picture. In: the grey picture of a region. Out: a mask of lettering, callipers, rulers, marks and traces, and the picture
// without them. Where nothing was drawn the picture comes back as it is.
import { fillFromRim, type Mask, placesOf } from './mask-fill.ts';
import { maskIslands } from './mask-islands.ts';
import { type Padded, padded, unpadded } from './mask-strokes.ts';
import { quickSearch, type Search, searchOf, strokeZones, type Zone, type ZoneWish } from './mask-zones.ts';
import type { GreyPicture } from './picture.ts';

/** What a result says of it, where it was read off such pictures. */
export const GRAPHICS_NOTE = 'What was drawn inside the ultrasound region was taken out as far as it can be told from echoes.';

/** Darker pixels are no ink. */
const LEAST_LEVEL = 70;
/** Levels within a stroke: of ink that is not known yet, of known ink, and of known ink that was kept without loss. */
const LOOSE = 12;
const CLOSE = 3;
const EXACT = 1;
/** Share of the evidence for ink from which a quick look says that there may be some. */
const SIGN = 0.15;
/** What both sides of a stroke are darker than, as a share of its level. */
const DROP = 0.75;
/** The same while it is not known yet whether there is ink at all. */
const FIRST_DROP = 0.6;
/** A zone that may be ink: it ends in a step (grey levels, share of its level), and is the flatter the larger it is. */
const INK = { step: 45, contrast: 0.33, brighterRim: 0.1, spread: 3, large: 12, spreadOfLarge: 2 } as const;
/** Pixels in such zones within `SAME` levels of each other from which the picture holds ink of that level. Echoes reach 25. */
const LEAST_INK = 30;
const SAME = 2;
/** A zone of a level that the picture holds ink of: what it must show still. */
const OF_KNOWN_LEVEL = { step: 0.18, contrast: 0.2, spread: 4, brighterRim: 0.3, soft: 0.6 } as const;
/** A zone of exactly the level of known ink: so many pixels of one level are no chance, whatever lies around them. */
const PURE = { spread: 0.5, pixels: 8 } as const;
/** The same beside ink, on tissue nearly as bright: what its sides are darker than, and the level from which tissue is saturated too. */
const PURE_BESIDE = { drop: 0.95, saturated: 250 } as const;
/** Pieces of a dotted or blurred stroke lie within this many pixels of ink. */
const BESIDE = 10;
/** How often ink is looked for beside ink that was found so. */
const MOST_STEPS = 8;
/** When more of a picture looks drawn, as in pure noise, it is no image with marks on it, and stays as it is. */
const MOST_DRAWN = 0.2;
/** Larger pictures are searched in bands of rows, so that memory does not grow with them. */
const MOST_AT_ONCE = 4_000_000;
/**
 * Ink that a lossy syntax has made uneven: levels within a stroke differ by this much, so its edges must tell it. Two strokes of some size, or many
 * small ones, of nearly one level are evidence; with it a weaker edge will do.
 */
const LOSSY = { tolerance: 28, spread: 13, drop: 0.5, step: 100, contrast: 0.5, brighterRim: 0.1, pixels: 3, same: 8 } as const;
const LOSSY_EVIDENCE = [
  { zones: 2, pixels: 60 },
  { zones: 5, pixels: 20 },
] as const;
/** Pixels of the least of it. */
const LEAST_STEEP = 20;
const OF_LOSSY_INK = { step: 60, contrast: 0.4 } as const;
/** Where most of the ink is blurred, its thinner strokes take on the levels below them: what a zone must show then. Levels as shares of the brightest ink. */
const OF_BLURRED_INK = { step: 45, contrast: 0.33, brighterRim: 0.15, spread: 5.5, levels: 0.6, most: 0.4 } as const;
/**
 * Ink that tissue shines through, or whose lines are thinner than a pixel: its level comes and goes with the tissue, but its profile is that of no
 * echo. It falls to the tissue within a pixel (`soft`: how much of the way is left there), it is thin (twice its pixels by those of its rim), and it
 * is brighter than what is beside it. Clear cases are evidence where they make up a share of the picture and are
 * more than the doubtful ones, of which tissue has many for each clear one; beside them the doubtful ones will do.
 */
const SHEER = {
  level: 140,
  tolerance: 20,
  drop: 0.8,
  spread: 16,
  step: 35,
  contrast: 0.2,
  soft: 0.4,
  brighterRim: 0.1,
  width: 2,
  pixels: 1,
  marked: 0.4,
} as const;
const SHEER_EVIDENCE = { step: 60, contrast: 0.35, soft: 0.25, pixels: 8, share: 0.0012, overOthers: 1 } as const;
/** Share of the way from the surround to the ink from which a pixel at its rim is blurred ink; of strokes that are blurred as a whole; from when they are. */
const RIM = { sharp: 0.3, blurred: 0.05, stroke: 0.45, isBlurred: 0.13 } as const;
/** Ink may be drawn with a black outline, to be read on tissue: then its rim is this dark, and what lies beyond is not. */
const OUTLINE = 10;

/** Levels of ink that was kept without loss, 256 each: 1 for those that a picture holds, and for those that it holds to the last grey. */
export type Ink = { readonly known: Uint8Array; readonly exact: Uint8Array };

export const NO_INK: Ink = { known: new Uint8Array(256), exact: new Uint8Array(256) };

const LEVELS = Uint8Array.from({ length: 256 }, (_, level) => (level >= LEAST_LEVEL ? 1 : 0));

const SHEER_LEVELS = Uint8Array.from({ length: 256 }, (_, level) => (level >= SHEER.level ? 1 : 0));

const STEEP_LEVELS = Uint8Array.from({ length: 256 }, (_, level) => (level >= LOSSY.step ? 1 : 0));

const maybeInk = ({ pixels, spread, level, rim, surround, brighterRim }: Zone): boolean =>
  level - rim >= INK.step &&
  level - surround >= INK.contrast * level &&
  brighterRim <= INK.brighterRim &&
  spread <= (pixels.length >= INK.large ? INK.spreadOfLarge : INK.spread);

const isOfKnownLevel = ({ spread, level, rim, surround, brighterRim }: Zone): boolean =>
  spread <= OF_KNOWN_LEVEL.spread &&
  brighterRim <= OF_KNOWN_LEVEL.brighterRim &&
  level - rim >= OF_KNOWN_LEVEL.step * level &&
  level - surround >= OF_KNOWN_LEVEL.contrast * level &&
  rim - surround <= OF_KNOWN_LEVEL.soft * (level - surround);

const isPure = ({ spread, pixels }: Zone): boolean => spread <= PURE.spread && pixels.length >= PURE.pixels;

const isBlurred = ({ level, rim, surround }: Zone): boolean => rim - surround > RIM.isBlurred * (level - surround);

/** A test for the thin strokes of blurred ink; null where the ink has sharp edges. */
function blurredStroke(ink: readonly Zone[]): ((zone: Zone) => boolean) | null {
  let pixels = 0;
  let blurred = 0;
  let brightest = 0;
  for (const zone of ink) {
    pixels += zone.pixels.length;
    if (isBlurred(zone)) blurred += zone.pixels.length;
    brightest = Math.max(brightest, zone.level);
  }
  const { step, contrast, brighterRim, spread, levels, most } = OF_BLURRED_INK;
  if (blurred < most * pixels) return null;
  return (zone) =>
    zone.level >= levels * brightest &&
    zone.level - zone.rim >= step &&
    zone.level - zone.surround >= contrast * zone.level &&
    zone.brighterRim <= brighterRim &&
    zone.spread <= spread;
}

/** The levels at which a picture holds ink: `given` and those of its own zones. */
function inkLevels(zones: readonly Zone[], given: Ink): Ink {
  const pixels = new Uint32Array(256);
  const pure = new Uint32Array(256);
  for (const { level, spread, pixels: held } of zones) {
    const at = Math.round(level);
    pixels[at] = (pixels[at] ?? 0) + held.length;
    if (spread <= PURE.spread) pure[at] = (pure[at] ?? 0) + held.length;
  }
  const known = Uint8Array.from(given.known);
  const exact = Uint8Array.from(given.exact);
  for (let level = LEAST_LEVEL; level < 256; level++) {
    const from = Math.max(0, level - SAME);
    const to = Math.min(255, level + SAME);
    let held = 0;
    for (let near = from; near <= to; near++) held += pixels[near] ?? 0;
    if (held < LEAST_INK) continue;
    known.fill(1, from, to + 1);
    if ((pure[level] ?? 0) >= LEAST_INK) exact[level] = 1;
  }
  return { known, exact };
}

/** Where ink is looked for that holds its level; where ink is that a lossy syntax has made uneven; and where tissue shines through. */
const FIRST_WISH: ZoneWish = {
  tolerance: LOOSE,
  seeds: LEVELS,
  drop: FIRST_DROP,
  mostSpread: OF_BLURRED_INK.spread,
  leastStep: OF_BLURRED_INK.step,
  mostBrighter: OF_BLURRED_INK.brighterRim,
};
const STEEP_WISH: ZoneWish = {
  tolerance: LOSSY.tolerance,
  seeds: STEEP_LEVELS,
  drop: LOSSY.drop,
  mostSpread: LOSSY.spread,
  leastStep: LOSSY.step,
  mostBrighter: LOSSY.brighterRim,
};
const SHEER_WISH: ZoneWish = {
  tolerance: SHEER.tolerance,
  seeds: SHEER_LEVELS,
  drop: SHEER.drop,
  mostSpread: SHEER.spread,
  leastStep: SHEER.step,
  mostBrighter: SHEER.brighterRim,
};

const isSteep = ({ pixels, level, rim, surround, brighterRim }: Zone): boolean =>
  pixels.length >= LOSSY.pixels &&
  level - rim >= LOSSY.step &&
  level - surround >= LOSSY.contrast * level &&
  brighterRim <= LOSSY.brighterRim;

/** The levels of ink with uneven strokes, from zones with steep edges; null when there is no evidence. */
function lossyLevels(zones: readonly Zone[]): Uint8Array | null {
  const pixels = new Uint32Array(256);
  const count = new Uint32Array(256);
  for (const zone of zones) {
    if (!isSteep(zone)) continue;
    const at = Math.round(zone.level);
    pixels[at] = (pixels[at] ?? 0) + zone.pixels.length;
    count[at] = (count[at] ?? 0) + 1;
  }
  const levels = new Uint8Array(256);
  let any = false;
  for (let level = LEAST_LEVEL; level < 256; level++) {
    const from = Math.max(0, level - LOSSY.same);
    const to = Math.min(256, level + LOSSY.same + 1);
    const heldIn = (table: Uint32Array): number => table.subarray(from, to).reduce((sum, held) => sum + held, 0);
    if (!LOSSY_EVIDENCE.some((least) => heldIn(count) >= least.zones && heldIn(pixels) >= least.pixels)) continue;
    any = true;
    levels.fill(1, from, to);
  }
  return any ? levels : null;
}

/** Marks a zone, its blurred rim and its dark outline. */
function mark(mask: Mask, { data, around }: Padded, zone: Zone, blurred = isBlurred(zone)): void {
  const { pixels, level, rim, surround } = zone;
  for (const at of pixels) mask[at] = 1;
  const outlined = rim <= OUTLINE && surround > rim + OUTLINE;
  const least = blurred ? 1 : surround + RIM.sharp * (level - surround);
  const ring: number[] = [];
  for (const at of pixels) {
    for (const offset of around) {
      const grey = data[at + offset] ?? 0;
      if (mask[at + offset] === 1 || (grey < least && !(outlined && grey <= OUTLINE))) continue;
      mask[at + offset] = 1;
      ring.push(at + offset);
    }
  }
  if (!blurred) return;
  const further = surround + RIM.blurred * (level - surround);
  const stroke = surround + RIM.stroke * (level - surround);
  for (const at of ring) {
    if ((data[at] ?? 0) < stroke) continue;
    for (const offset of around) if ((data[at + offset] ?? 0) >= further) mask[at + offset] = 1;
  }
}

/** True when a place within `BESIDE` of the zone's first pixel, its middle and its last is marked. */
function isBeside(mask: Mask, { stride }: Padded, { pixels }: Zone): boolean {
  for (const at of [pixels[0] ?? 0, pixels[pixels.length >> 1] ?? 0, pixels.at(-1) ?? 0]) {
    for (let y = -BESIDE; y <= BESIDE; y++) {
      for (let x = -BESIDE; x <= BESIDE; x++) if (mask[at + y * stride + x] === 1) return true;
    }
  }
  return false;
}

/** Marks those of the zones that lie beside what is marked, and those beside them in turn. */
function markBeside(
  mask: Mask,
  wide: Padded,
  { zones, steps }: { readonly zones: readonly Zone[]; readonly steps: number },
): void {
  let open = zones;
  for (let step = 0; step < steps && open.length > 0; step++) {
    const left = open.filter((zone) => {
      if (!isBeside(mask, wide, zone)) return true;
      mark(mask, wide, zone);
      return false;
    });
    if (left.length === open.length) return;
    open = left;
  }
}

/** Marks ink that was kept without loss: it holds its level to the last grey. Says whether some of its levels are exact, and whether its edges are blurred. */
function markEven(mask: Mask, search: Search, given: Ink): { readonly ink: Ink; readonly blurred: boolean } {
  const wide = search.picture;
  const all = strokeZones(search, FIRST_WISH);
  const zones = all.filter(maybeInk);
  const levels = inkLevels(zones, given);
  if (!levels.known.includes(1)) return { ink: levels, blurred: false };
  const isInk = ({ level }: Zone): boolean => levels.known[Math.round(level)] === 1;
  const ink = zones.filter(isInk);
  const stroke = blurredStroke(ink);
  const blurred = stroke !== null;
  const markInk = (zone: Zone): void => mark(mask, wide, zone, blurred || isBlurred(zone));
  for (const zone of ink) markInk(zone);
  if (stroke !== null) for (const zone of all) if (stroke(zone)) markInk(zone);
  for (const zone of strokeZones(search, {
    tolerance: CLOSE,
    seeds: levels.known,
    drop: DROP,
    mostSpread: OF_KNOWN_LEVEL.spread,
    leastStep: OF_KNOWN_LEVEL.step * LEAST_LEVEL,
    mostBrighter: OF_KNOWN_LEVEL.brighterRim,
  })) {
    if (isOfKnownLevel(zone)) markInk(zone);
  }
  const exact = { tolerance: EXACT, seeds: levels.exact, drop: DROP, mostSpread: PURE.spread };
  for (const zone of strokeZones(search, { ...exact, leastStep: -255, mostBrighter: 1 })) {
    if (isPure(zone)) markInk(zone);
  }
  const unsaturated = levels.exact.map((is, level) => (level < PURE_BESIDE.saturated ? is : 0));
  const bright = strokeZones(search, { ...exact, drop: PURE_BESIDE.drop, seeds: unsaturated, leastStep: -255, mostBrighter: 1 });
  markBeside(mask, wide, { zones: [...zones.filter((zone) => !isInk(zone)), ...bright.filter(isPure)], steps: MOST_STEPS });
  return { ink: levels, blurred };
}

/** Marks ink that a lossy syntax has made uneven. */
function markUneven(mask: Mask, search: Search): void {
  const wide = search.picture;
  const levels = lossyLevels(strokeZones(search, STEEP_WISH));
  if (levels === null) return;
  for (const zone of strokeZones(search, { ...STEEP_WISH, seeds: LEVELS, drop: DROP, leastStep: OF_LOSSY_INK.step })) {
    const { level, rim, surround, brighterRim } = zone;
    const steep = level - rim >= OF_LOSSY_INK.step && level - surround >= OF_LOSSY_INK.contrast * level;
    if (steep && brighterRim <= LOSSY.brighterRim && (levels[Math.round(level)] === 1 || isBeside(mask, wide, zone)))
      mark(mask, wide, zone, true);
  }
}

type Sheer = { readonly step: number; readonly contrast: number; readonly soft: number; readonly pixels: number };

const isSheer = ({ level, rim, surround, pixels }: Zone, least: Sheer): boolean =>
  pixels.length >= least.pixels &&
  level - rim >= least.step &&
  level - surround >= least.contrast * level &&
  rim - surround <= least.soft * (level - surround);

const markedIn = (mask: Mask, { pixels }: Zone): number => pixels.reduce((sum, at) => sum + (mask[at] ?? 0), 0);

const pixelsOf = (zones: readonly Zone[]): number => zones.reduce((sum, { pixels }) => sum + pixels.length, 0);

const isThin = ({ pixels, rimPixels }: Zone): boolean => 2 * pixels.length <= SHEER.width * rimPixels;

/** Clear cases of ink that tissue shines through. */
const clearlySheer = (search: Search): Zone[] =>
  strokeZones(search, { ...SHEER_WISH, drop: 1 - SHEER_EVIDENCE.contrast, leastStep: SHEER_EVIDENCE.step }).filter(
    (zone) => isThin(zone) && isSheer(zone, SHEER_EVIDENCE),
  );

/** Marks ink that tissue shines through. `known` when the picture holds ink with uneven or blurred strokes, which is evidence enough. */
function markSheer(mask: Mask, search: Search, known: boolean): void {
  const { picture } = search;
  const isNew = ({ pixels }: Zone): boolean => mask[pixels[pixels.length >> 1] ?? 0] !== 1;
  const unmarked = clearlySheer(search).filter(
    (zone) => isNew(zone) && markedIn(mask, zone) <= SHEER.marked * zone.pixels.length,
  );
  const held = pixelsOf(unmarked);
  const enough = held >= SHEER_EVIDENCE.share * picture.rows * picture.columns;
  if (!enough && !known) return;
  const zones = strokeZones(search, SHEER_WISH).filter((zone) => isThin(zone) && isNew(zone));
  const clear = zones.filter((zone) => isSheer(zone, SHEER_EVIDENCE));
  const others = zones.filter((zone) => isSheer(zone, SHEER) && !isSheer(zone, SHEER_EVIDENCE));
  const own = enough && held >= SHEER_EVIDENCE.overOthers * pixelsOf(others);
  if (own) for (const zone of clear) mark(mask, picture, zone);
  if (own) markBeside(mask, picture, { zones: others, steps: MOST_STEPS });
  else if (known) markBeside(mask, picture, { zones: [...clear, ...others], steps: 1 });
}

/** Whether there is any sign of ink, of whatever kind: a quick look, from few places, for what the searches would take as evidence. */
function mayHoldInk(search: Search): boolean {
  const { rows, columns } = search.picture;
  if (pixelsOf(strokeZones(search, FIRST_WISH).filter(maybeInk)) >= SIGN * LEAST_INK) return true;
  if (pixelsOf(strokeZones(search, STEEP_WISH).filter(isSteep)) >= SIGN * LEAST_STEEP) return true;
  return pixelsOf(clearlySheer(search)) >= SIGN * SHEER_EVIDENCE.share * rows * columns;
}

/** The ink of a picture, without what a whole island shows. */
function inkOf(search: Search, given: Ink): { readonly mask: Mask; readonly ink: Ink } {
  const { picture: wide } = search;
  const mask = new Uint8Array(wide.data.length);
  const { ink, blurred } = markEven(mask, search, given);
  const exact = ink.exact.includes(1);
  if (!exact) markUneven(mask, search);
  markSheer(mask, search, blurred || (!exact && mask.includes(1)));
  return { mask: unpadded(mask, wide), ink };
}

/** The mask of what was drawn on the picture, all 0 where nothing was, and the ink it holds; ink that is known to be there is found with less evidence. */
export function graphicsOf(picture: GreyPicture, given = NO_INK): { readonly mask: Mask; readonly ink: Ink } {
  const { rows, columns, data } = picture;
  if (data.length > MOST_AT_ONCE && rows > 1) {
    const half = (rows >> 1) * columns;
    const upper = graphicsOf({ rows: rows >> 1, columns, data: data.subarray(0, half) }, given);
    const lower = graphicsOf({ rows: rows - (rows >> 1), columns, data: data.subarray(half) }, upper.ink);
    const out = new Uint8Array(data.length);
    out.set(upper.mask);
    out.set(lower.mask, half);
    return { mask: out, ink: lower.ink };
  }
  const wide = padded(picture);
  const search = searchOf(wide, LEAST_LEVEL);
  const isSign = given.known.includes(1) || mayHoldInk(quickSearch(search));
  const { mask: inner, ink } = isSign ? inkOf(search, given) : { mask: new Uint8Array(data.length), ink: given };
  maskIslands(inner, picture);
  const drawn = placesOf(inner).length;
  return { mask: drawn > MOST_DRAWN * inner.length ? inner.fill(0) : inner, ink };
}

/** The mask of what was drawn on the picture: all 0 where nothing was. */
export const graphicsMask = (picture: GreyPicture): Mask => graphicsOf(picture).mask;

/** The picture without what was drawn on it. */
export const withoutGraphics = (picture: GreyPicture): GreyPicture => fillFromRim(picture, graphicsMask(picture));
