// In: one JPEG-LS frame (ISO 14495-1). Out: its samples; what colours they are is said by the tag alone.
import { fault } from '../kernel/errors.ts';
import type { DecodedFrame } from './decoded-frame.ts';
import { decodeJpegLsStream } from './jpeg-ls-codec.ts';
import { frameHeaderOf, segmentsOf } from './jpeg-segments.ts';
import { checkShape, frameFrom, samplesIn } from './jpeg-shape.ts';
import type { PixelDescription } from './pixel-description.ts';

/** SOF55, the only frame header of JPEG-LS. */
const FRAME_HEADERS: ReadonlySet<number> = new Set([0xf7]);

/** EOI. In the data of a scan 0xff is followed by a byte below 0x80. */
const END_OF_IMAGE = Buffer.of(0xff, 0xd9);

const hasEnd = (tail: Uint8Array): boolean => Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength).includes(END_OF_IMAGE);

/** Decodes one frame, lossless or near-lossless. Its shape is checked against the description before anything is allocated. */
export const decodeJpegLs = async (frame: Uint8Array, description: PixelDescription): Promise<DecodedFrame> => {
  const stream = segmentsOf(frame);
  const { rows, columns, precision, componentIds } = frameHeaderOf(stream, FRAME_HEADERS);
  const shape = { rows, columns, precision, components: componentIds.length };
  checkShape(shape, description);
  // CharLS goes round for ever where the data of a scan ends without a marker.
  if (!hasEnd(stream.tail)) throw fault('frames-unreadable', 'the JPEG-LS stream ends early');
  return frameFrom(await decodeJpegLsStream([frame], samplesIn(shape)), shape, 'tag');
};
