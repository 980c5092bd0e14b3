// A Part 10 file in RLE Lossless for a peer that takes Explicit VR Little Endian alone. In: a path. Out: the data set uncompressed, to be read piece by
// piece. Both syntaxes write everything before the pixels alike (PS3.5 A.4, A.2), so that only these are decoded, one frame at a time.
import { open } from 'node:fs/promises';
import { openFrames } from '../dicom/frames.ts';
import { openPart10 } from '../dicom/part10.ts';
import { fault } from '../kernel/errors.ts';
import { type DataSetFile, openDataSetFile } from './dimse-file.ts';

/** Tag, VR, two reserved bytes, length (PS3.5 7.1.2). */
const ELEMENT_HEADER = 12;
const LIMITS = { maxPixels: 64_000_000, maxFrames: 100_000, maxFrameBytes: 256_000_000 };

/** Bytes of the data set before the pixel data, from the file. */
async function headOf(path: string): Promise<Buffer> {
  const part10 = await openPart10(path);
  const place = part10.pixelData;
  await part10.close();
  if (place === null) throw fault('dataset-not-understood', 'The file to send has no pixel data.');
  const whole = await openDataSetFile(path);
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(place.offset - ELEMENT_HEADER - (size - whole.length));
    await whole.read(head, 0);
    return head;
  } finally {
    await Promise.all([whole.close(), file.close()]);
  }
}

/** Opens the file. Faults: `dataset-not-understood`, `frames-unreadable`, `pixel-limits-exceeded`; the system's error for what cannot be read. */
export async function openUnpackedFile(path: string): Promise<DataSetFile> {
  const before = await headOf(path);
  const frames = await openFrames(path, LIMITS);
  const first = await frames.samples(0);
  const frameBytes = first.data.length;
  const bytes = frameBytes * frames.frameCount;
  const element = Buffer.alloc(ELEMENT_HEADER);
  element.writeUInt16LE(0x7fe0, 0);
  element.writeUInt16LE(0x0010, 2);
  element.write(first.bytesPerSample > 1 ? 'OW' : 'OB', 4, 'latin1');
  element.writeUInt32LE(bytes + (bytes % 2), 8);
  const head = Buffer.concat([before, element]);
  let decoded: { readonly index: number; readonly data: Uint8Array } = { index: 0, data: first.data };

  const piece = async (position: number): Promise<Uint8Array> => {
    if (position < head.length) return head.subarray(position);
    const at = position - head.length;
    if (at >= bytes) return new Uint8Array(1);
    const index = Math.floor(at / frameBytes);
    if (decoded.index !== index) decoded = { index, data: (await frames.samples(index)).data };
    return decoded.data.subarray(at - index * frameBytes);
  };
  const read = async (into: Uint8Array, position: number): Promise<void> => {
    let filled = 0;
    while (filled < into.length) {
      const from = await piece(position + filled);
      const part = from.subarray(0, into.length - filled);
      into.set(part, filled);
      filled += part.length;
    }
  };
  return { length: head.length + bytes + (bytes % 2), read, close: () => frames.close() };
}
