// From a region's picture to the numbers of a tensor. In: a grey picture and the manifest's parameters. Out: the sample, and batches of equal size.
import type { PictureAverage, Tensor } from '../contracts/analyser.ts';
import type { KeyframePreprocessing } from '../contracts/model.ts';

/** One keyframe as the network reads it, before its channels are replicated: normalised values, row-major. */
export type Sample = { readonly rows: number; readonly columns: number; readonly values: Float32Array };

/** Most keyframes in one run of a graph: bounds the memory of a run. */
export const BATCH = 4;

/** Rows and columns after downsampling, and after shrinking further to the largest size with the aspect kept. */
export function targetSize(
  rows: number,
  columns: number,
  parameters: Pick<KeyframePreprocessing, 'downsample' | 'maxRows' | 'maxColumns'>,
): { readonly rows: number; readonly columns: number } {
  const halvedRows = rows / parameters.downsample;
  const halvedColumns = columns / parameters.downsample;
  const shrink = Math.min(1, parameters.maxRows / halvedRows, parameters.maxColumns / halvedColumns);
  return {
    rows: Math.max(1, Math.min(parameters.maxRows, Math.round(halvedRows * shrink))),
    columns: Math.max(1, Math.min(parameters.maxColumns, Math.round(halvedColumns * shrink))),
  };
}

/** A picture averaged on its target size, with 0..255 mapped linearly by `scale` and `offset`. */
export function sampleOf(
  { rows, columns, values }: PictureAverage,
  { scale, offset }: Pick<KeyframePreprocessing, 'scale' | 'offset'>,
): Sample {
  // A loop: `map` would make an object of every number.
  const mapped = new Float32Array(values.length);
  for (let at = 0; at < mapped.length; at++) mapped[at] = (values[at] ?? 0) * scale + offset;
  return { rows, columns, values: mapped };
}

/** Indices of samples of equal size, in bags of at most `most`, so that each bag is one run of the graph. */
export function batchesOf(samples: readonly Pick<Sample, 'rows' | 'columns'>[], most: number): number[][] {
  const bySize = new Map<string, number[][]>();
  for (const [index, { rows, columns }] of samples.entries()) {
    const size = `${rows}x${columns}`;
    const bags = bySize.get(size) ?? [];
    const last = bags.at(-1);
    if (last === undefined || last.length >= most) bags.push([index]);
    else last.push(index);
    bySize.set(size, bags);
  }
  return [...bySize.values()].flat();
}

/** Samples of one size as a tensor [n, channels, rows, columns], the grey plane replicated to every channel. */
export function tensorOf(samples: readonly Sample[], channels: number): Tensor {
  const first = samples[0];
  if (first === undefined) return { shape: [0, channels, 0, 0], data: new Float32Array(0) };
  const plane = first.rows * first.columns;
  const data = new Float32Array(samples.length * channels * plane);
  for (const [index, sample] of samples.entries()) {
    for (let channel = 0; channel < channels; channel++) data.set(sample.values, (index * channels + channel) * plane);
  }
  return { shape: [samples.length, channels, first.rows, first.columns], data };
}
