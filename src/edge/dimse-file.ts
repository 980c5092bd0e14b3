// A Part 10 file as a C-STORE SCU needs it (PS3.10 7.1): in, a path; out, the data set after the head, to be read piece by piece, untouched.
import { type FileHandle, open } from 'node:fs/promises';
import { fault } from '../kernel/errors.ts';

export type DataSetFile = {
  readonly length: number;
  /** Fills `into` from `position` of the data set on. @throws the system's error, or when the file ends before. */
  readonly read: (into: Uint8Array, position: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

const PREAMBLE_LENGTH = 128;
const PREFIX = 'DICM';
const META_START = PREAMBLE_LENGTH + PREFIX.length;
/** Tag, VR, 16-bit length and a 32-bit value: File Meta Information Group Length (0002,0000). */
const GROUP_LENGTH_SIZE = 12;
/** VRs with a 32-bit length (PS3.5 7.1.2) that PS3.10 has in the head. */
const LONG_VRS: ReadonlySet<string> = new Set(['OB', 'OW', 'UN', 'UT', 'SQ']);
/** Enough for any head that has no private information; one that has states its length. */
const HEAD_LENGTH = 64 * 1024;

/** Length of the element at `at` in Explicit VR Little Endian; null when `head` does not hold its header. */
function elementLength(head: Buffer, at: number): number | null {
  if (at + 8 > head.length) return null;
  if (!LONG_VRS.has(head.toString('latin1', at + 4, at + 6))) return 8 + head.readUInt16LE(at + 6);
  return at + 12 > head.length ? null : 12 + head.readUInt32LE(at + 8);
}

/** Offset of the data set in a file that starts with `head`. @throws Fault 'dataset-not-understood' when that is no Part 10 head. */
export function dataSetOffset(head: Buffer): number {
  if (head.length < META_START + GROUP_LENGTH_SIZE || head.toString('latin1', PREAMBLE_LENGTH, META_START) !== PREFIX)
    throw fault('dataset-not-understood', 'The file has no DICOM Part 10 head.');
  if (head.readUInt32LE(META_START) === 0x0000_0002) return META_START + GROUP_LENGTH_SIZE + head.readUInt32LE(META_START + 8);
  // Some writers leave out the group length, which is a must: then the elements of group 0002 are gone through.
  let at = META_START;
  while (at + 2 <= head.length && head.readUInt16LE(at) === 0x0002) {
    const length = elementLength(head, at);
    if (length === null) throw fault('dataset-not-understood', 'The DICOM Part 10 head is cut short.');
    at += length;
  }
  return at;
}

async function readFully(file: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await file.read(into, filled, into.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** Opens a Part 10 file. @throws Fault 'dataset-not-understood', or the system's error. */
export async function openDataSetFile(path: string): Promise<DataSetFile> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(Math.min(size, HEAD_LENGTH));
    const filled = await readFully(file, head, 0);
    const offset = dataSetOffset(head.subarray(0, filled));
    if (offset > size) throw fault('dataset-not-understood', 'The DICOM Part 10 head is longer than the file.');
    const read = async (into: Uint8Array, position: number): Promise<void> => {
      if ((await readFully(file, into, offset + position)) < into.length)
        throw fault('dataset-not-understood', 'The file became shorter while it was read.');
    };
    return { length: size - offset, read, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}
