// The check of what a network gave. In: the tensors of a run. Out: their numbers, or Fault `model-output-invalid` that names tensor, place and value.
import type { Tensor } from '../contracts/analyser.ts';
import { fault } from '../kernel/errors.ts';

/** Rounding that a probability may be off its range by. */
const TOLERANCE = 1e-4;

/**
 * The tensor `name` with the wanted shape (`null`: any length of at least 1), every value finite and inside `range` where one is given.
 * Values that leave the range by rounding only are set to its bound.
 */
export function requireTensor(
  outputs: Readonly<Record<string, Tensor>>,
  name: string,
  options: { readonly shape: readonly (number | null)[]; readonly range?: readonly [number, number] },
): Tensor {
  const tensor = outputs[name];
  if (tensor === undefined) throw fault('model-output-invalid', `${name}: missing`);
  const { shape, range } = options;
  const fits =
    tensor.shape.length === shape.length &&
    tensor.shape.every((length, axis) => (shape[axis] === null ? length >= 1 : length === shape[axis])) &&
    tensor.data.length === tensor.shape.reduce((product, length) => product * length, 1);
  if (!fits)
    throw fault('model-output-invalid', `${name}: shape [${tensor.shape}] where [${shape.map((n) => n ?? 'any')}] was expected`);
  const data = new Float32Array(tensor.data);
  for (let at = 0; at < data.length; at++) {
    const value = data[at] ?? 0;
    if (!Number.isFinite(value)) throw fault('model-output-invalid', `${name}[${at}]: ${value}`);
    if (range === undefined) continue;
    if (value < range[0] - TOLERANCE || value > range[1] + TOLERANCE) {
      throw fault('model-output-invalid', `${name}[${at}]: ${value} is not within ${range[0]}..${range[1]}`);
    }
    data[at] = Math.min(range[1], Math.max(range[0], value));
  }
  return { shape: tensor.shape, data };
}

/** Weights that must sum to 1; rescaled to do so exactly. */
export function requireShares(outputs: Readonly<Record<string, Tensor>>, name: string, count: number): readonly number[] {
  const shares = [...requireTensor(outputs, name, { shape: [count], range: [0, 1] }).data];
  const sum = shares.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-3) throw fault('model-output-invalid', `${name}: sums to ${sum}, not to 1`);
  return shares.map((share) => share / sum);
}
