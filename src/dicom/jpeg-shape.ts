// In: what a compressed stream says of its image, before and after decoding. Out: a frame, when that is what the DICOM header says too.
import { fault } from '../kernel/errors.ts';
import type { DecodedFrame, SampleColour } from './decoded-frame.ts';
import type { CodedSamples } from './jpeg-web-assembly.ts';
import { interleaved } from './native-pixels.ts';
import type { PixelDescription } from './pixel-description.ts';

/** Size of a compressed image as its own header has it. */
export type CodedShape = {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  /** Bits a sample. */
  readonly precision: number;
};

/**
 * Throws Fault `frames-unreadable` for a stream of another shape than the header. The header has passed the limits, so that a codec which
 * runs after this check allocates within them.
 */
export const checkShape = (shape: CodedShape, description: PixelDescription): void => {
  const { rows, columns, components, precision } = shape;
  if (rows !== description.rows || columns !== description.columns) {
    throw fault('frames-unreadable', `a JPEG stream of ${columns} x ${rows} pixels`);
  }
  if (components !== description.samplesPerPixel) throw fault('frames-unreadable', `a JPEG stream of ${components} components`);
  if (precision < 1 || precision > description.bitsAllocated) {
    throw fault('frames-unreadable', `a JPEG stream of ${precision} bits a sample`);
  }
};

/** Samples of an image of that shape. */
export const samplesIn = ({ rows, columns, components }: CodedShape): number => rows * columns * components;

/** The frame that a codec made of a stream whose shape was checked. Throws Fault `frames-unreadable` when it is not all there. */
export const frameFrom = (decoded: CodedSamples | null, shape: CodedShape, colour: SampleColour): DecodedFrame => {
  const bytesPerSample = shape.precision > 8 ? 2 : 1;
  const channels = shape.components === 3 ? 3 : 1;
  const whole =
    decoded !== null &&
    decoded.width === shape.columns &&
    decoded.height === shape.rows &&
    decoded.channels === channels &&
    decoded.data.length === samplesIn(shape) * bytesPerSample;
  if (!whole) throw fault('frames-unreadable', 'the JPEG stream is damaged');
  const data = decoded.planar ? interleaved(decoded.data, channels, bytesPerSample) : decoded.data;
  return { channels, bytesPerSample, colour, data };
};
