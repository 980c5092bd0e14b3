// How hard the probe presses, seen in the picture. In: planes of a cine at the network's size. Out: for each frame the share by which the tissue under
// the probe is thinner than in the least pressed frame. Pure.
//
// A probe that presses pushes everything in depth towards the skin: what lay at depth z is seen at z x (1 - share). That shows whether a vein closes or
// not, so it tells a vein that was pressed and stayed open from one that was never pressed. Force itself is not measured.

/** Columns of the canvas that are compared, as bands; what is at the picture's edges comes and goes with the probe's tilt. */
const BANDS = [
  [33, 52],
  [50, 69],
  [66, 85],
  [81, 100],
  [98, 117],
] as const;

/** Shares of thinning that are tried, from the first frame's: pressed by at most 45 %, let go by at most 30 %. */
const STEPS = { least: -0.3, most: 0.45, step: 0.01 } as const;
/** Likeness (correlation) below which a band says nothing. */
const ALIKE = 0.5;
/** Share of frames that may be thicker than the least pressed one, against outliers. */
const OUTLIERS = 0.1;

type Band = Float32Array;

/** Mean grey by depth of a band, its slow course taken out so that edges and layers count. */
function profile(
  plane: Float32Array,
  canvas: { readonly rows: number; readonly columns: number },
  band: readonly [number, number],
): Band {
  const raw = new Float32Array(canvas.rows);
  for (let row = 0; row < canvas.rows; row++) {
    let sum = 0;
    for (let column = band[0]; column < band[1]; column++) sum += plane[row * canvas.columns + column] ?? 0;
    raw[row] = sum / (band[1] - band[0]);
  }
  const reach = 9;
  return raw.map((value, row) => {
    let sum = 0;
    let count = 0;
    for (let near = Math.max(0, row - reach); near <= Math.min(canvas.rows - 1, row + reach); near++) {
      sum += raw[near] ?? 0;
      count += 1;
    }
    return value - sum / count;
  });
}

/** Correlation of `now` with `first` whose depths below the skin are thinned by a share. */
function likeness(
  first: Band,
  now: Band,
  place: { readonly skin: number; readonly end: number; readonly share: number },
): number {
  let cross = 0;
  let one = 0;
  let other = 0;
  for (let row = place.skin; row < place.end; row++) {
    const from = place.skin + (row - place.skin) / (1 - place.share);
    if (from >= place.end - 1) break;
    const whole = Math.floor(from);
    const part = from - whole;
    const was = (first[whole] ?? 0) * (1 - part) + (first[whole + 1] ?? 0) * part;
    const is = now[row] ?? 0;
    cross += was * is;
    one += was * was;
    other += is * is;
  }
  return one > 0 && other > 0 ? cross / Math.sqrt(one * other) : 0;
}

function bandShare(first: Band, now: Band, place: { readonly skin: number; readonly end: number }): number | null {
  let best = ALIKE;
  let found: number | null = null;
  for (let share = STEPS.least; share <= STEPS.most; share += STEPS.step) {
    const like = likeness(first, now, { ...place, share });
    if (like > best) {
      best = like;
      found = share;
    }
  }
  return found;
}

const median = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
};

/**
 * Thinning of the tissue in each plane against the least pressed one, 0..1; null where a frame is too unlike the first to tell. `skin` and `end` are
 * the first row of the picture on the canvas and the row behind its last. Planes are of one place of the leg: elsewhere other tissue would be compared.
 */
export function thinning(
  planes: readonly Float32Array[],
  canvas: { readonly rows: number; readonly columns: number; readonly skin: number; readonly end: number },
): readonly (number | null)[] {
  const bandsOf = (plane: Float32Array): readonly Band[] => BANDS.map((band) => profile(plane, canvas, band));
  const [first] = planes;
  if (first === undefined) return [];
  const start = bandsOf(first);
  const shares = planes.map((plane) => {
    const found = bandsOf(plane).flatMap((now, index) => bandShare(start[index] ?? now, now, canvas) ?? []);
    return found.length * 2 > BANDS.length ? median(found) : null;
  });
  const known = shares.filter((share) => share !== null).sort((a, b) => a - b);
  const least = known[Math.floor(OUTLIERS * known.length)];
  if (least === undefined) return shares;
  return shares.map((share) => (share === null ? null : Math.max(0, (share - least) / (1 - least))));
}
