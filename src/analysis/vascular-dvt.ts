// All that is particular to the network of `vascular-dvt` (AutoDVT, Tanno and others 2018): landmark of a frame and whether its veins are open, from
// stacks of nine consecutive frames. In: the planes of a cine and one graph. Out: an answer for every frame from the ninth on, checked, and maps.
import type { RunGraph } from '../contracts/analyser.ts';
import type { ClipPreprocessing, ModelManifest } from '../contracts/model.ts';
import { fault } from '../kernel/errors.ts';
import { clipTensor } from './clip-planes.ts';
import { clipParameters, type ValueMap } from './family.ts';
import { requireTensor } from './outputs.ts';

/** Consecutive frames that one answer is made from; the answer is about the last of them. */
export const STACK = 9;

/** Background, LM1 (saphenofemoral junction), LM2 (great saphenous vein). */
export const CLASSES = 3;

export type FrameAnswer = {
  /** Place of the answered frame among the planes. */
  readonly index: number;
  /** P(background), P(SFJ), P(GSV); they sum to 1. */
  readonly landmarks: readonly [number, number, number];
  /** P(open), 0..1: 0.5 where about a fifth of the veins' area at rest is left, 1 where nearly all of it is. */
  readonly open: number;
};

const PROBABILITY = [0, 1] as const;
const significant = (value: number): number => Number(value.toPrecision(5));

async function runStretch(planes: readonly Float32Array[], parameters: ClipPreprocessing, run: RunGraph) {
  const count = planes.length - STACK + 1;
  const outputs = await run('network', { frames: clipTensor(planes, parameters, 'channels-first') });
  const landmark = requireTensor(outputs, 'landmark', { shape: [count, CLASSES], range: PROBABILITY });
  const open = requireTensor(outputs, 'open', { shape: [count], range: PROBABILITY });
  const openMap = requireTensor(outputs, 'open_map', { shape: [count, 1, null, null] });
  const answers = Array.from({ length: count }, (_, answer) => {
    const [background = 0, sfj = 0, gsv = 0] = landmark.data.slice(answer * CLASSES, (answer + 1) * CLASSES);
    const sum = background + sfj + gsv;
    if (Math.abs(sum - 1) > 1e-3) throw fault('model-output-invalid', `landmark[${answer}]: sums to ${sum}, not to 1`);
    return { landmarks: [background / sum, sfj / sum, gsv / sum] as const, open: open.data[answer] ?? 0 };
  });
  return { answers, openMap };
}

/**
 * Runs the graph over a whole cine, `maxFrames` at a time; stretches overlap by eight frames, so that the answers are those of stacks of nine slid by
 * one. No answers for fewer than nine planes. Fault `model-output-invalid` for NaN, a wrong shape or a value out of range.
 */
export async function inferCourse(
  planes: readonly Float32Array[],
  manifest: ModelManifest,
  run: RunGraph,
): Promise<readonly FrameAnswer[]> {
  const parameters = clipParameters(manifest);
  const found: FrameAnswer[] = [];
  const step = Math.max(STACK, parameters.maxFrames) - STACK + 1;
  for (let first = 0; first + STACK <= planes.length; first += step) {
    const { answers } = await runStretch(planes.slice(first, first + step + STACK - 1), parameters, run);
    for (const answer of answers) found.push({ index: found.length + STACK - 1, ...answer });
  }
  return found;
}

/** A small run, so that a folder that cannot work is refused at start and the first job finds a warm session. */
export async function probeDvt(manifest: ModelManifest, run: RunGraph): Promise<void> {
  const { rows, columns } = clipParameters(manifest);
  const empty = Array.from({ length: STACK }, () => new Float32Array(rows * columns));
  await inferCourse(empty, manifest, run);
}

/** Black border for maps, and the place on the network's canvas of the first value of such a map; values are `pitch` apart. */
const MAP = { border: 48, first: 15, pitch: 16 } as const;

function bordered(plane: Float32Array, rows: number, columns: number): Float32Array {
  const width = columns + 2 * MAP.border;
  const result = new Float32Array(width * (rows + 2 * MAP.border));
  for (let row = 0; row < rows; row++)
    result.set(plane.subarray(row * columns, (row + 1) * columns), (row + MAP.border) * width + MAP.border);
  return result;
}

/**
 * Class activation of the open vein for the last of nine planes: what each place adds to the logit. The classifier averages over 2 x 2 places only; the
 * network has no fixed size, so a black border around the planes lets it look at 8 x 8 of them. Values are over the canvas, row-major.
 */
export async function openActivation(stack: readonly Float32Array[], manifest: ModelManifest, run: RunGraph): Promise<ValueMap> {
  const parameters = clipParameters(manifest);
  const { rows, columns } = parameters;
  const planes = stack.map((plane) => bordered(plane, rows, columns));
  const larger = { ...parameters, rows: rows + 2 * MAP.border, columns: columns + 2 * MAP.border };
  const { openMap } = await runStretch(planes, larger, run);
  const [, , mapRows = 0, mapColumns = 0] = openMap.shape;
  return { rows: mapRows, columns: mapColumns, values: [...openMap.data.slice(0, mapRows * mapColumns)] };
}

/** Rows and columns of a map that is laid over a picture. */
const SHOWN = { rows: 12, columns: 16 } as const;

/** The part of an activation that lies over a picture of `rows` x `columns` pixels which was put centred on the manifest's canvas. */
export function overPicture(
  map: ValueMap,
  picture: { readonly rows: number; readonly columns: number },
  { rows, columns, canvas, fit }: Pick<ClipPreprocessing, 'rows' | 'columns' | 'canvas' | 'fit'>,
): ValueMap {
  const placed = (share: number, length: number, side: number): number => {
    const onCanvas = fit === 'pad' ? (share * length + (canvas - length) / 2) / canvas : share;
    return (onCanvas * side - MAP.first) / MAP.pitch;
  };
  const values: number[] = [];
  for (let row = 0; row < SHOWN.rows; row++) {
    for (let column = 0; column < SHOWN.columns; column++) {
      const y = placed((row + 0.5) / SHOWN.rows, picture.rows, rows);
      const x = placed((column + 0.5) / SHOWN.columns, picture.columns, columns);
      values.push(significant(between(map, y, x)));
    }
  }
  return { ...SHOWN, values };
}

/** Linear between the centres of places, the nearest place beyond them. */
function between({ rows, columns, values }: ValueMap, y: number, x: number): number {
  const inside = (value: number, most: number): number => Math.min(most, Math.max(0, value));
  const top = inside(Math.floor(y), rows - 1);
  const left = inside(Math.floor(x), columns - 1);
  const down = inside(y - top, 1);
  const right = inside(x - left, 1);
  const at = (row: number, column: number): number => values[inside(row, rows - 1) * columns + inside(column, columns - 1)] ?? 0;
  const upper = at(top, left) * (1 - right) + at(top, left + 1) * right;
  const lower = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right;
  return upper * (1 - down) + lower * down;
}
