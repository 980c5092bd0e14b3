// The regions of a frame as the models see them. In: an encoded frame and places on it. Out: grey pictures without coloured marks, and without what else
// was drawn where that is asked for. No file: it runs in any thread.
import type { RegionPicture, RegionWish } from '../contracts/analyser.ts';
import { decodeHere, type ReadRegions } from '../dicom/frame-decoding.ts';
import type { GreyOrRgb } from '../dicom/frames.ts';
import { planeOf } from './clip-planes.ts';
import { greyPlace } from './colour.ts';
import { withoutGraphics } from './mask.ts';
import { withoutCineGraphics } from './mask-cine.ts';
import type { GreyPicture } from './picture.ts';

type Wanted = RegionWish['places'][number];

/** The picture without what was drawn on it in grey and white, where that is asked for. */
export function cleaned(picture: GreyPicture, graphics: RegionWish['graphics']): GreyPicture {
  if (graphics === 'keep') return picture;
  return graphics === 'find' ? withoutGraphics(picture) : withoutCineGraphics(picture, graphics);
}

/** Of colour flow nothing is taken out: the caller leaves it out whole. */
function regionOf(frame: GreyOrRgb, place: Wanted, graphics: RegionWish['graphics']): RegionPicture {
  const { kind, picture: found } = greyPlace(frame, place);
  const picture = kind === 'flow' ? found : cleaned(found, graphics);
  const { grid } = place;
  if (grid === undefined) return { kind, picture, average: null };
  return { kind, picture, average: { rows: grid.rows, columns: grid.columns, values: planeOf(picture, grid) } };
}

/** Decodes the frame and reads its regions in the thread that asks. */
export const regionsHere: ReadRegions = async ({ encoded, coding }, { places, graphics }) => {
  const began = performance.now();
  const { rows, columns } = coding.description;
  const frame = { rows, columns, ...(await decodeHere(encoded, coding)) };
  const decoded = performance.now();
  const regions = places.map((place) => regionOf(frame, place, graphics));
  return { regions, decodeMs: decoded - began, regionMs: performance.now() - decoded };
};
