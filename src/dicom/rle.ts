// In: one RLE frame (PS3.5 Annex G). Out: its samples. One segment holds one byte plane: most significant bytes first, samples in order.
import { fault } from '../kernel/errors.ts';
import type { DecodedFrame } from './decoded-frame.ts';
import type { PixelDescription } from './pixel-description.ts';

const HEADER_BYTES = 64;
const MOST_SEGMENTS = 15;

/** PackBits (PS3.5 G.3.2): a count below 128 copies count + 1 bytes, one above 128 repeats the next byte 257 - count times. */
const unpack = (segment: Uint8Array, length: number): Uint8Array => {
  const plane = new Uint8Array(length);
  let to = 0;
  let from = 0;
  while (to < length && from + 1 < segment.length) {
    const count = segment[from] ?? 128;
    from += 1;
    if (count < 128) {
      const run = Math.min(count + 1, length - to, segment.length - from);
      plane.set(segment.subarray(from, from + run), to);
      to += run;
      from += count + 1;
    } else if (count > 128) {
      const run = Math.min(257 - count, length - to);
      plane.fill(segment[from] ?? 0, to, to + run);
      to += run;
      from += 1;
    }
  }
  if (to < length) throw fault('frames-unreadable', 'an RLE segment ends early');
  return plane;
};

const segmentsOf = (frame: Uint8Array, expected: number): readonly Uint8Array[] => {
  if (frame.length < HEADER_BYTES) throw fault('frames-unreadable', 'the RLE header is cut off');
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const count = view.getUint32(0, true);
  if (count !== expected || count > MOST_SEGMENTS)
    throw fault('frames-unreadable', `${count} RLE segments instead of ${expected}`);
  const offsets = Array.from({ length: count }, (_, index) => view.getUint32(4 + 4 * index, true));
  return offsets.map((offset, index) => {
    const end = offsets[index + 1] ?? frame.length;
    if (offset < HEADER_BYTES || end < offset || end > frame.length)
      throw fault('frames-unreadable', 'an RLE offset points outside');
    return frame.subarray(offset, end);
  });
};

/** Decodes one frame. Planes are interleaved whatever PlanarConfiguration says, which has no meaning here. */
export const decodeRle = (frame: Uint8Array, description: PixelDescription): DecodedFrame => {
  const { rows, columns, samplesPerPixel, bitsAllocated } = description;
  const bytesPerSample = bitsAllocated === 16 ? 2 : 1;
  const pixels = rows * columns;
  const data = new Uint8Array(pixels * samplesPerPixel * bytesPerSample);
  const stride = samplesPerPixel * bytesPerSample;
  segmentsOf(frame, stride).forEach((segment, index) => {
    const sample = Math.floor(index / bytesPerSample);
    const byte = bytesPerSample - 1 - (index % bytesPerSample);
    const plane = unpack(segment, pixels);
    for (let pixel = 0, to = sample * bytesPerSample + byte; pixel < pixels; pixel += 1, to += stride)
      data[to] = plane[pixel] ?? 0;
  });
  return { channels: samplesPerPixel, bytesPerSample, colour: 'tag', data };
};
