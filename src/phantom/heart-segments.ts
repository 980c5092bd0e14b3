// In: a view of the heart. Out: which of the seventeen segments of the left ventricle it cuts, and how each moves.
//
// Names and numbers: the seventeen-segment model of Cerqueira et al., Circulation 2002;105:539.

import type { Random } from './random.ts';

/** Views that models tell apart; all others are `other`. */
export type EchoView = 'A4C' | 'A2C' | 'PLAX' | 'A5C' | 'PSAX' | 'SC4C';

export const echoViews: readonly EchoView[] = ['A4C', 'A2C', 'PLAX', 'A5C', 'PSAX', 'SC4C'];

/** What a view is to a classifier. */
export type ViewClass = 'A4C' | 'A2C' | 'PLAX' | 'other';

export const viewClass = (view: EchoView): ViewClass => (view === 'A4C' || view === 'A2C' || view === 'PLAX' ? view : 'other');

/** Names by number; number 1 is the first. */
export const segmentNames = [
  'basal anterior',
  'basal anteroseptal',
  'basal inferoseptal',
  'basal inferior',
  'basal inferolateral',
  'basal anterolateral',
  'mid anterior',
  'mid anteroseptal',
  'mid inferoseptal',
  'mid inferior',
  'mid inferolateral',
  'mid anterolateral',
  'apical anterior',
  'apical septal',
  'apical inferior',
  'apical lateral',
  'apex',
] as const;

export type SegmentName = (typeof segmentNames)[number];

/** The two walls of a cut along the ventricle, each from base to apex (without the apex itself), by segment number. */
export type Walls = { readonly left: readonly number[]; readonly right: readonly number[]; readonly apex: number | null };

const fourChamber: Walls = { left: [3, 9, 14], right: [6, 12, 16], apex: 17 };

/** Walls by view. In PLAX `right` is the wall nearer to the probe; its apical third lies outside the picture and is not counted. */
export const wallsOfView: Readonly<Record<Exclude<EchoView, 'PSAX'>, Walls>> = {
  A4C: fourChamber,
  A5C: fourChamber,
  SC4C: fourChamber,
  A2C: { left: [4, 10, 15], right: [1, 7, 13], apex: 17 },
  PLAX: { left: [5, 11], right: [2, 8], apex: null },
};

/** Segments of the ring of the mid short axis, from twelve o'clock on against the clock: anterior on top, septum to the left. */
export const shortAxisRing: readonly number[] = [7, 8, 9, 10, 11, 12];

/** Numbers of the segments that a view shows. */
export function segmentsOfView(view: EchoView): readonly number[] {
  if (view === 'PSAX') return shortAxisRing;
  const { left, right, apex } = wallsOfView[view];
  return [...left, ...right, ...(apex === null ? [] : [apex])];
}

/** How a segment moves. */
export type WallMotion = 'normal' | 'hypokinesis' | 'akinesis';

/** Segments that one coronary artery feeds, neighbours beside each other (after Cerqueira et al., with the usual overlap at the apex). */
const territories: readonly (readonly number[])[] = [
  [17, 14, 13, 8, 7, 2, 1],
  [10, 4, 15, 9, 3],
  [11, 5, 12, 6, 16],
];

/** What is wrong with one heart: the motion of each of the 17 segments (index 0: segment 1), and how much of normal motion each has. */
export type Ventriculogram = { readonly motions: readonly WallMotion[]; readonly shares: readonly number[] };

/** Draws the motion of the segments: all normal, or part of a coronary territory (3 segments or more) hypokinetic or akinetic. */
export function drawWallMotion(abnormal: boolean, chance: Random): Ventriculogram {
  const motions: WallMotion[] = segmentNames.map(() => 'normal');
  if (abnormal) {
    const territory = chance.pick(territories);
    const count = chance.integer(3, territory.length);
    const kind = chance.chance(0.5) ? 'akinesis' : 'hypokinesis';
    // The rim of an akinetic area still moves a little.
    territory.slice(0, count).forEach((segment, n) => {
      motions[segment - 1] = kind === 'akinesis' && n === count - 1 && chance.chance(0.5) ? 'hypokinesis' : kind;
    });
  }
  const ranges: Readonly<Record<WallMotion, readonly [number, number]>> = {
    normal: [0.9, 1.12],
    hypokinesis: [0.2, 0.45],
    akinesis: [-0.04, 0.1],
  };
  return { motions, shares: motions.map((motion) => chance.uniform(...ranges[motion])) };
}
