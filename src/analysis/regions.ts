// The regions of a frame as the models see them. In: an encoded frame and places on it. Out: grey pictures without coloured marks, and without what else
// was drawn where that is asked for. No file: it runs in any thread.
import type { RegionPicture, RegionWish } from '../contracts/analyser.ts';
import { decodeHere, type ReadRegions } from '../dicom/frame-decoding.ts';
import type { GreyOrRgb } from '../dicom/frames.ts';
import { greyPlace } from './colour.ts';
import { withoutGraphics } from './mask.ts';
import { areaAverage } from './picture.ts';

type Wanted = RegionWish['places'][number];

/** Of colour flow nothing is taken out: the caller leaves it out whole. */
function regionOf(frame: GreyOrRgb, place: Wanted, clean: boolean): RegionPicture {
  const { kind, picture: found } = greyPlace(frame, place);
  const picture = clean && kind !== 'flow' ? withoutGraphics(found) : found;
  const { grid } = place;
  return {
    kind,
    picture,
    average: grid === undefined ? null : { ...grid, values: areaAverage(picture, grid.rows, grid.columns) },
  };
}

/** Decodes the frame and reads its regions in the thread that asks. */
export const regionsHere: ReadRegions = async ({ encoded, coding }, { places, clean }) => {
  const began = performance.now();
  const { rows, columns } = coding.description;
  const frame = { rows, columns, ...(await decodeHere(encoded, coding)) };
  const decoded = performance.now();
  const regions = places.map((place) => regionOf(frame, place, clean));
  return { regions, decodeMs: decoded - began, regionMs: performance.now() - decoded };
};
