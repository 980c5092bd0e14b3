// In: the number of a scanning area. Out: where on the chest it is, in words and codes, and how departments write it.

import type { Code } from '../contracts/model.ts';
import { ANATOMY, VALUE } from '../dicom/codes.ts';
import { codeItem, type Dataset } from '../dicom/dataset.ts';
import type { Side } from './leg-anatomy.ts';

/** Number of a scanning area of the chest, 1 to 14 (Soldati and others, J Ultrasound Med 2020;39:1413). */
export type LungArea = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14;

/** Where an area lies: side, the surface of the chest, the height on it. */
export type LungPlace = {
  readonly area: LungArea;
  readonly side: Side;
  readonly surface: 'posterior' | 'lateral' | 'anterior';
  readonly height: 'basal' | 'middle' | 'upper';
};

const place = (area: LungArea, side: Side, surface: LungPlace['surface'], height: LungPlace['height']): LungPlace => ({
  area,
  side,
  surface,
  height,
});

/** All areas in the order they are scanned: the back of both sides, the flanks, the front. */
export const lungPlaces: readonly LungPlace[] = [
  place(1, 'R', 'posterior', 'basal'),
  place(2, 'R', 'posterior', 'middle'),
  place(3, 'R', 'posterior', 'upper'),
  place(4, 'L', 'posterior', 'basal'),
  place(5, 'L', 'posterior', 'middle'),
  place(6, 'L', 'posterior', 'upper'),
  place(7, 'R', 'lateral', 'basal'),
  place(8, 'R', 'lateral', 'upper'),
  place(9, 'L', 'lateral', 'basal'),
  place(10, 'L', 'lateral', 'upper'),
  place(11, 'R', 'anterior', 'basal'),
  place(12, 'R', 'anterior', 'upper'),
  place(13, 'L', 'anterior', 'basal'),
  place(14, 'L', 'anterior', 'upper'),
];

/** The place of an area. Throws RangeError for a number that is no area. */
export function lungPlace(area: LungArea): LungPlace {
  const found = lungPlaces[area - 1];
  if (found === undefined) throw new RangeError(`no scanning area ${area}`);
  return found;
}

/** The short name on the screen: side and number, "R1" to "L14". */
export const areaName = ({ side, area }: LungPlace): string => `${side}${area}`;

/** The long name: "R1 POST BASAL". */
export const areaWords = (at: LungPlace): string =>
  `${areaName(at)} ${{ posterior: 'POST', lateral: 'LAT', anterior: 'ANT' }[at.surface]} ${at.height.toUpperCase()}`;

const zones: Readonly<Record<LungPlace['height'], Code>> = {
  basal: ANATOMY.lowerLungZone,
  middle: ANATOMY.middleLungZone,
  upper: ANATOMY.upperLungZone,
};
const sides: Readonly<Record<Side, Code>> = { L: VALUE.left, R: VALUE.right };

/** The area as an item of Anatomic Region Sequence: zone of the lung (CID 6171) with side (CID 244) and surface (CID 2). */
export const areaCode = (at: LungPlace): Dataset => ({
  ...codeItem(zones[at.height]),
  AnatomicRegionModifierSequence: [codeItem(sides[at.side]), codeItem(VALUE[at.surface])],
});
