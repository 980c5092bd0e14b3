// One image of a simulated examination, before and after its pictures are drawn. A study is planned whole, which is quick and says what is true of it;
// pictures are drawn one by one when they are asked for, since a cine of full size takes hundreds of megabytes.

import type { Dataset } from '../dicom/dataset.ts';
import type { Screen } from './screen.ts';

/** An image object that is not drawn yet: attributes by keyword without pixel data, the number of its frames, and how they are drawn. */
export type PlannedImage = {
  readonly attributes: Dataset;
  readonly frames: number;
  /** Draws the frames in order, each when it is asked for; all of one size. */
  readonly screens: () => Iterable<Screen>;
};

/** A study: its images in order, and what is true of them. */
export type PhantomStudy<Labels> = { readonly images: readonly PlannedImage[]; readonly labels: Labels };

/** One image object: attributes by keyword without pixel data, and its frames, grey or RGB interleaved. */
export type PhantomInstance = {
  readonly attributes: Dataset;
  readonly frames: readonly Uint8Array[];
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
};

/** Draws all frames of an image. */
export function drawn({ attributes, screens }: PlannedImage): PhantomInstance {
  const all = [...screens()];
  const [first] = all;
  if (first === undefined) throw new RangeError('an image has at least one frame');
  const { rows, columns, samplesPerPixel } = first;
  return { attributes, frames: all.map(({ pixels }) => pixels), rows, columns, samplesPerPixel };
}
