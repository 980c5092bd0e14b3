// Small DICOM files for tests: in, UIDs and pixels; out, Part 10 files on disk, written without the code under test.
import { open, writeFile } from 'node:fs/promises';

export const ULTRASOUND_IMAGE = '1.2.840.10008.5.1.4.1.1.6.1';
export const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';

const LONG_VRS = new Set(['OB', 'OW', 'UN', 'SQ', 'UT']);

/** One element in Explicit VR Little Endian. */
export function element(group: number, number: number, vr: string, value: Buffer | string | number): Buffer {
  const odd = (text: string): string => text + (vr === 'UI' ? '\0' : ' ').repeat(text.length % 2);
  const bytes =
    typeof value === 'number' ? Buffer.of(value & 0xff, value >> 8) : typeof value === 'string' ? Buffer.from(odd(value)) : value;
  return Buffer.concat([elementHeader(group, number, vr, bytes.length), bytes]);
}

function elementHeader(group: number, number: number, vr: string, length: number): Buffer {
  const header = Buffer.alloc(LONG_VRS.has(vr) ? 12 : 8);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(number, 2);
  header.write(vr, 4, 'latin1');
  if (header.length === 12) header.writeUInt32LE(length, 8);
  else header.writeUInt16LE(length, 6);
  return header;
}

/** Preamble, prefix and group 0002. */
export function part10Head(options: { sopClassUid: string; sopInstanceUid: string; transferSyntaxUid: string }): Buffer {
  const meta = Buffer.concat([
    element(0x0002, 0x0001, 'OB', Buffer.of(0, 1)),
    element(0x0002, 0x0002, 'UI', options.sopClassUid),
    element(0x0002, 0x0003, 'UI', options.sopInstanceUid),
    element(0x0002, 0x0010, 'UI', options.transferSyntaxUid),
    element(0x0002, 0x0012, 'UI', '1.2.3.4'),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(0x0002, 0x0000, 'UL', length), meta]);
}

/** An ultrasound image up to its pixel data, with a private block and a UTF-8 name. */
function imageHeader(options: {
  sopClassUid: string;
  sopInstanceUid: string;
  rows: number;
  columns: number;
  hasPrivateBlock?: boolean;
}): Buffer {
  const { rows, columns, sopClassUid, sopInstanceUid, hasPrivateBlock = true } = options;
  return Buffer.concat([
    element(0x0008, 0x0005, 'CS', 'ISO_IR 192'),
    element(0x0008, 0x0016, 'UI', sopClassUid),
    element(0x0008, 0x0018, 'UI', sopInstanceUid),
    element(0x0008, 0x0020, 'DA', '20260102'),
    element(0x0008, 0x0060, 'CS', 'US'),
    ...(hasPrivateBlock ? [element(0x0009, 0x0010, 'LO', 'ACME 1.1'), element(0x0009, 0x1001, 'LO', 'kept as it is')] : []),
    element(0x0010, 0x0010, 'PN', 'Möller^Zoë'),
    element(0x0010, 0x0020, 'LO', 'P1'),
    element(0x0020, 0x000d, 'UI', '1.2.3.4.5'),
    element(0x0020, 0x000e, 'UI', '1.2.3.4.5.6'),
    element(0x0028, 0x0002, 'US', 1),
    element(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    element(0x0028, 0x0010, 'US', rows),
    element(0x0028, 0x0011, 'US', columns),
    element(0x0028, 0x0100, 'US', 8),
    element(0x0028, 0x0101, 'US', 8),
    element(0x0028, 0x0102, 'US', 7),
    element(0x0028, 0x0103, 'US', 0),
  ]);
}

export type WrittenFile = {
  path: string;
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
  dataSet: Buffer;
};

/** Writes an 8-bit greyscale ultrasound image whose pixels are a ramp. Its data set is Explicit VR Little Endian, whatever syntax the head claims. */
export async function writeImage(
  path: string,
  options: {
    sopInstanceUid: string;
    sopClassUid?: string;
    transferSyntaxUid?: string;
    rows?: number;
    columns?: number;
    hasPrivateBlock?: boolean;
  },
): Promise<WrittenFile> {
  const {
    sopInstanceUid,
    sopClassUid = ULTRASOUND_IMAGE,
    transferSyntaxUid = EXPLICIT_LITTLE,
    rows = 64,
    columns = 64,
    hasPrivateBlock = true,
  } = options;
  const pixels = Buffer.from(Uint8Array.from({ length: rows * columns }, (_, index) => index % 251));
  const dataSet = Buffer.concat([
    imageHeader({ sopClassUid, sopInstanceUid, rows, columns, hasPrivateBlock }),
    element(0x7fe0, 0x0010, 'OB', pixels),
  ]);
  await writeFile(path, Buffer.concat([part10Head({ sopClassUid, sopInstanceUid, transferSyntaxUid }), dataSet]));
  return { path, sopClassUid, sopInstanceUid, transferSyntaxUid, dataSet };
}

/** A file of `pixelBytes` bytes of pixel data that take no room on disk (a sparse file of zeros). Returns the length of its data set. */
export async function writeSparseImage(path: string, options: { sopInstanceUid: string; pixelBytes: number }): Promise<number> {
  const { sopInstanceUid, pixelBytes } = options;
  const sopClassUid = ULTRASOUND_IMAGE;
  const head = part10Head({ sopClassUid, sopInstanceUid, transferSyntaxUid: EXPLICIT_LITTLE });
  const header = Buffer.concat([
    imageHeader({ sopClassUid, sopInstanceUid, rows: 1000, columns: 1000 }),
    elementHeader(0x7fe0, 0x0010, 'OB', pixelBytes),
  ]);
  const file = await open(path, 'w');
  try {
    await file.write(Buffer.concat([head, header]));
    await file.truncate(head.length + header.length + pixelBytes);
  } finally {
    await file.close();
  }
  return header.length + pixelBytes;
}

/** The data set of a Part 10 file: what is after group 0002, by its stated length. */
export const dataSetOf = (file: Buffer): Buffer => file.subarray(144 + file.readUInt32LE(140));
