// In: the number of a scanning area. Out: where on the chest it is, in words and codes, and how departments write it.

import { LUNG_PLACES } from '../contracts/lung-areas.ts';
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

/** All areas in the order they are scanned. */
export const lungPlaces: readonly LungPlace[] = LUNG_PLACES.map(({ side, surface, height }, index) => ({
  // The table has fourteen rows, in the order of the areas.
  area: (index + 1) as LungArea,
  side: side === 'left' ? 'L' : 'R',
  surface,
  height,
}));

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
