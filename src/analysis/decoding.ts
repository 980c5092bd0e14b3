// Frames in the order in which they are asked for, some of them decoded ahead. In: an open source and frame numbers. Out: each frame, or why it cannot
// be had. Only frames that were asked for are decoded, and as many at once as the source says: memory does not grow with the cine.
import type { FrameSource, GreyOrRgb } from '../dicom/frames.ts';
import { type Skip, skipOf } from './skips.ts';
import type { Stopwatch } from './stopwatch.ts';

export type Decoded = { readonly index: number; readonly frame: GreyOrRgb | Skip };

/** Decodes the frames (0-based). What is wrong with one is told in its place; trouble of the machine throws. `decode` counts the time that is waited. */
export async function* framesInOrder(source: FrameSource, indices: readonly number[], watch: Stopwatch): AsyncGenerator<Decoded> {
  const ahead: Promise<GreyOrRgb | Skip>[] = [];
  let asked = 0;
  const next = async (): Promise<GreyOrRgb | Skip | null> => {
    for (const index of indices.slice(asked, asked + source.atOnce - ahead.length)) {
      const frame = source.frame(index).catch(skipOf);
      // Trouble of the machine is thrown when its turn comes, not before.
      frame.catch(() => undefined);
      ahead.push(frame);
      asked += 1;
    }
    return (await ahead.shift()) ?? null;
  };
  try {
    for (const index of indices) {
      const frame = await watch.timeAsync('decode', next);
      if (frame !== null) yield { index, frame };
    }
  } finally {
    // Whoever stops early closes the source next: what reads from it must have ended.
    await Promise.allSettled(ahead);
  }
}
