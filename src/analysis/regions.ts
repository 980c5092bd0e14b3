// The regions of a frame as the models see them. In: a frame and places on it. Out: grey pictures without coloured marks, and without what else was
// drawn where that is asked for. No file: it runs in any thread.
import type { ReadRegions } from '../contracts/analyser.ts';
import { greyPlace } from './colour.ts';
import { withoutGraphics } from './mask.ts';
import { areaAverage } from './picture.ts';

/** Reads the regions in the thread that asks. Of colour flow nothing is taken out: the caller leaves it out whole. */
export const regionsHere: ReadRegions = async (frame, { places, clean }) =>
  places.map((place) => {
    const { kind, picture: found } = greyPlace(frame, place);
    const picture = clean && kind !== 'flow' ? withoutGraphics(found) : found;
    const { grid } = place;
    return {
      kind,
      picture,
      average: grid === undefined ? null : { ...grid, values: areaAverage(picture, grid.rows, grid.columns) },
    };
  });
