// The fourteen scanning areas of the chest (Soldati and others, J Ultrasound Med 2020;39:1413). Types and one table.

/** Where an area lies: side of the patient, the surface of the chest, the height on it. */
export type LungPlace = {
  readonly side: 'left' | 'right';
  readonly surface: 'posterior' | 'lateral' | 'anterior';
  readonly height: 'basal' | 'middle' | 'upper';
};

const place = (side: LungPlace['side'], surface: LungPlace['surface'], height: LungPlace['height']): LungPlace => ({
  side,
  surface,
  height,
});

/** Areas 1 to 14 in order: the back of both sides, the flanks, the front. */
export const LUNG_PLACES: readonly LungPlace[] = [
  place('right', 'posterior', 'basal'),
  place('right', 'posterior', 'middle'),
  place('right', 'posterior', 'upper'),
  place('left', 'posterior', 'basal'),
  place('left', 'posterior', 'middle'),
  place('left', 'posterior', 'upper'),
  place('right', 'lateral', 'basal'),
  place('right', 'lateral', 'upper'),
  place('left', 'lateral', 'basal'),
  place('left', 'lateral', 'upper'),
  place('right', 'anterior', 'basal'),
  place('right', 'anterior', 'upper'),
  place('left', 'anterior', 'basal'),
  place('left', 'anterior', 'upper'),
];
