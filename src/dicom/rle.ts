// In: one RLE frame (PS3.5 Annex G). Out: its samples. One segment holds one byte plane: most significant bytes first, samples in order.
import { fault } from '../kernel/errors.ts';
import type { DecodedFrame } from './decoded-frame.ts';
import type { PixelDescription } from './pixel-description.ts';

const HEADER_BYTES = 64;
const MOST_SEGMENTS = 15;

/**
 * PackBits (PS3.5 G.3.2): a count below 128 copies count + 1 bytes, one above 128 repeats the next byte 257 - count times. The bytes are put into
 * every `stride`-th place from `first` on; what a segment holds beyond the last place is left.
 */
const unpack = (segment: Uint8Array, data: Uint8Array, place: { readonly first: number; readonly stride: number }): void => {
  const { first, stride } = place;
  let to = first;
  let from = 0;
  while (to < data.length && from + 1 < segment.length) {
    const count = segment[from] ?? 128;
    from += 1;
    if (count < 128) {
      const end = Math.min(from + count + 1, segment.length);
      for (; from < end && to < data.length; from += 1, to += stride) data[to] = segment[from] ?? 0;
    } else if (count > 128) {
      const value = segment[from] ?? 0;
      for (const end = to + (257 - count) * stride; to < end && to < data.length; to += stride) data[to] = value;
      from += 1;
    }
  }
  if (to < data.length) throw fault('frames-unreadable', 'an RLE segment ends early');
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
  const stride = samplesPerPixel * bytesPerSample;
  const data = new Uint8Array(rows * columns * stride);
  for (const [index, segment] of segmentsOf(frame, stride).entries()) {
    const sample = Math.floor(index / bytesPerSample);
    const byte = bytesPerSample - 1 - (index % bytesPerSample);
    unpack(segment, data, { first: sample * bytesPerSample + byte, stride });
  }
  return { channels: samplesPerPixel, bytesPerSample, colour: 'tag', data };
};
