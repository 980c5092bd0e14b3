// Keyframes of a cine. In: small pictures of evenly spaced frames. Out: the frames in the order of how much each adds that the ones before do not show.
// Deterministic: no chance, ties go to the earlier frame.

/** Frames of one view, best first; `distinct` counts those that differ from each other at all. */
export type Ranking = { readonly frames: readonly number[]; readonly distinct: number };

/** Two small pictures show the same when their mean absolute difference is below this share of their mean grey, or below the floor. */
const SAME_SHARE = 0.025;
const SAME_FLOOR = 0.4;

/** At most `most` distinct frame indices (0-based), evenly spaced over the cine, first and last included. */
export function candidateFrames(frameCount: number, most: number): number[] {
  if (frameCount <= most) return Array.from({ length: Math.max(0, frameCount) }, (_, index) => index);
  if (most <= 1) return [Math.floor((frameCount - 1) / 2)];
  return Array.from({ length: most }, (_, index) => Math.round((index * (frameCount - 1)) / (most - 1)));
}

/** Mean absolute difference of two pictures of the same size. */
export function difference(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += Math.abs((one[at] ?? 0) - (other[at] ?? 0));
  return sum / Math.max(1, one.length);
}

/** Mean grey over all pictures. */
function meanOf(pictures: readonly Float32Array[]): number {
  let sum = 0;
  let count = 0;
  for (const picture of pictures) {
    for (const value of picture) sum += value;
    count += picture.length;
  }
  return sum / Math.max(1, count);
}

/**
 * Farthest-first order: starts with the middle frame, then always the frame that differs most from its nearest chosen one, until
 * every frame shows the same as a chosen one or `most` are chosen. `thumbnails` are of one size, in the order of `frames`.
 */
export function rankByChange(frames: readonly number[], thumbnails: readonly Float32Array[], most: number): Ranking {
  const middle = Math.floor((frames.length - 1) / 2);
  const same = Math.max(SAME_FLOOR, SAME_SHARE * meanOf(thumbnails));
  const nearest = frames.map(() => Number.POSITIVE_INFINITY);
  const chosen: number[] = [];
  for (let next = middle; next >= 0 && chosen.length < most; ) {
    const picked = thumbnails[next];
    const frame = frames[next];
    if (picked === undefined || frame === undefined) break;
    chosen.push(frame);
    let farthest = -1;
    let distance = same;
    for (const [index, thumbnail] of thumbnails.entries()) {
      const now = Math.min(nearest[index] ?? 0, difference(picked, thumbnail));
      nearest[index] = now;
      if (now > distance) {
        distance = now;
        farthest = index;
      }
    }
    next = farthest;
  }
  return { frames: chosen, distinct: chosen.length };
}

/** Evenly spaced members of a list, at most `most`; the list itself when it is short enough. */
export function thinned<T>(list: readonly T[], most: number): T[] {
  return candidateFrames(list.length, most).flatMap((index) => list.slice(index, index + 1));
}

/**
 * How many keyframes each view of a section may give: one in turn to every view that has more, until `most` are shared out.
 * With more views than `most`, evenly spaced views give one each.
 */
export function shareBudget(available: readonly number[], most: number): number[] {
  const shares = available.map(() => 0);
  const takers = thinned(
    available.flatMap((count, index) => (count > 0 ? [index] : [])),
    most,
  );
  let left = most;
  for (let given = true; given && left > 0; ) {
    given = false;
    for (const index of takers) {
      if (left === 0 || (shares[index] ?? 0) >= (available[index] ?? 0)) continue;
      shares[index] = (shares[index] ?? 0) + 1;
      left -= 1;
      given = true;
    }
  }
  return shares;
}
