// From pictures of a cine to planes of a tensor. In: a grey picture and the manifest's parameters. Out: normalised values at the network's size, and
// the planes of several frames as one tensor.
import type { FittedGrid, Tensor } from '../contracts/analyser.ts';
import type { ClipPreprocessing } from '../contracts/model.ts';
import { areaAverage, type GreyPicture } from './picture.ts';

/** The most by which a picture is enlarged or shrunk to come to a scale; a header that asks for more is no measure of anything. */
const MOST_SCALED = 4;

/**
 * The parameters for a picture of a scale (mm a pixel, null when it does not say): where that is none the network was trained at, the canvas in pixels of
 * that picture. Where pixels are not square, the side of a square of their area counts. The picture keeps its pixels: they are averaged once, from that
 * canvas to the network's size.
 */
export function atScale(
  parameters: ClipPreprocessing,
  spacingMm: { readonly x: number; readonly y: number } | null,
): ClipPreprocessing {
  const { fit, canvas, millimetresPerPixel } = parameters;
  if (fit !== 'pad' || millimetresPerPixel === undefined || spacingMm === null) return parameters;
  const { least, most, otherwise } = millimetresPerPixel;
  const scale = Math.sqrt(spacingMm.x * spacingMm.y);
  const factor = otherwise / scale;
  if ((scale >= least && scale <= most) || !(factor >= 1 / MOST_SCALED && factor <= MOST_SCALED)) return parameters;
  return { ...parameters, canvas: Math.round(canvas * factor) };
}

/** The picture put centred on a square of `side` pixels: cut where it is larger, padded with zero where it is smaller. */
export function onCanvas(picture: GreyPicture, side: number): GreyPicture {
  const data = new Uint8Array(side * side);
  const top = Math.floor((side - picture.rows) / 2);
  const left = Math.floor((side - picture.columns) / 2);
  const first = Math.max(0, -left);
  const width = Math.min(picture.columns - first, side - Math.max(0, left));
  for (let row = Math.max(0, -top); row < picture.rows && row + top < side; row++) {
    const start = row * picture.columns + first;
    data.set(picture.data.subarray(start, start + width), (row + top) * side + Math.max(0, left));
  }
  return { rows: side, columns: side, data };
}

/** The middle of the picture with the aspect of rows x columns. */
export function cutToAspect(picture: GreyPicture, rows: number, columns: number): GreyPicture {
  const height = Math.max(1, Math.min(picture.rows, Math.round((picture.columns * rows) / columns)));
  const width = Math.max(1, Math.min(picture.columns, Math.round((picture.rows * columns) / rows)));
  if (height === picture.rows && width === picture.columns) return picture;
  const top = Math.floor((picture.rows - height) / 2);
  const left = Math.floor((picture.columns - width) / 2);
  const data = new Uint8Array(height * width);
  for (let row = 0; row < height; row++) {
    const start = (top + row) * picture.columns + left;
    data.set(picture.data.subarray(start, start + width), row * width);
  }
  return { rows: height, columns: width, data };
}

function fitted(picture: GreyPicture, { fit = 'stretch', canvas = 0, rows, columns }: FittedGrid): GreyPicture {
  if (fit === 'pad') return onCanvas(picture, canvas);
  return fit === 'cut' ? cutToAspect(picture, rows, columns) : picture;
}

/** Grey values 0..255 at the network's size, row-major: fitted, then area-averaged. */
export const planeOf = (picture: GreyPicture, grid: FittedGrid): Float32Array =>
  areaAverage(fitted(picture, grid), grid.rows, grid.columns);

/**
 * The planes of frames as a tensor: `frames-first` gives [n, channels, rows, columns], `channels-first` gives [1, channels, n, rows, columns]. The grey
 * plane is normalised for each channel by itself.
 */
export function clipTensor(
  planes: readonly Float32Array[],
  parameters: ClipPreprocessing,
  order: 'frames-first' | 'channels-first',
): Tensor {
  const { rows, columns, channels, mean, deviation } = parameters;
  const size = rows * columns;
  const data = new Float32Array(planes.length * channels * size);
  for (const [frame, plane] of planes.entries()) {
    for (let channel = 0; channel < channels; channel++) {
      const start = (order === 'frames-first' ? frame * channels + channel : channel * planes.length + frame) * size;
      const scale = 1 / (255 * (deviation[channel] ?? 1));
      const offset = (mean[channel] ?? 0) / (deviation[channel] ?? 1);
      for (let at = 0; at < size; at++) data[start + at] = (plane[at] ?? 0) * scale - offset;
    }
  }
  const shape = order === 'frames-first' ? [planes.length, channels, rows, columns] : [1, channels, planes.length, rows, columns];
  return { shape, data };
}
