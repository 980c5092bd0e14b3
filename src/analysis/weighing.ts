// Which keyframes of a section weigh in its statement. In: what the network says of each keyframe, and which cine it is of. Out: those for the bag.

/** `cine` tells the cines beside stills apart; null is a keyframe that always weighs. The others are probabilities. */
export type Weighable = { readonly cine: number | null; readonly longitudinal: number; readonly compression: number };

/**
 * Most keyframes that weigh of a cine that shows the vein pressed. A closed lumen shows no contrast, and attention spreads over many keyframes: fewer
 * than three miss contrast that only a few frames of the cine show, more draw attention from a still that shows it (models/vascular-sec/CARD.md).
 */
export const MOST_OF_PRESSING = 3;

/**
 * Indices of the keyframes that weigh, in their order. Of a cine in which a transverse keyframe is pressed, only its least pressed transverse
 * keyframes do; longitudinal ones do always, since what the network says of pressure means nothing there. `points` are operating points.
 */
export function weighing(
  keyframes: readonly Weighable[],
  points: { readonly longitudinal: number; readonly compression: number },
): readonly number[] {
  const across = (cine: number): number[] =>
    [...keyframes.keys()].filter((at) => {
      const keyframe = keyframes[at];
      return keyframe?.cine === cine && keyframe.longitudinal < points.longitudinal;
    });
  const pressure = (at: number): number => keyframes[at]?.compression ?? 0;
  const cines = new Set(keyframes.flatMap(({ cine }) => cine ?? []));
  const without = new Set(
    [...cines].flatMap((cine) => {
      const members = across(cine);
      if (!members.some((at) => pressure(at) >= points.compression)) return [];
      return members.toSorted((a, b) => pressure(a) - pressure(b)).slice(MOST_OF_PRESSING);
    }),
  );
  return [...keyframes.keys()].filter((at) => !without.has(at));
}
