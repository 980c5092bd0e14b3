// In: a DICOM file, or the first bytes of a data set on its way in. Out: its header as elements, and where its pixel data lies.
import { constants, inflateRawSync } from 'node:zlib';
import { fault } from '../kernel/errors.ts';
import { type ByteSource, fileSource, inflatedSource } from './byte-source.ts';
import { type Encoding, isVrAt } from './element-heads.ts';
import { type Element, type Elements, type PixelDataPlace, parseWindow } from './elements.ts';
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
  transferSyntax,
} from './transfer-syntaxes.ts';

/** Everything before the pixel data. */
export type DicomHeader = {
  readonly transferSyntaxUid: string;
  readonly elements: Elements;
  readonly littleEndian: boolean;
  /** Offsets count in `Part10File.source`; null when the data set has no pixel data. */
  readonly pixelData: PixelDataPlace | null;
  /** The data set ends, or stops making sense, in the middle of an element; the elements before it are there. */
  readonly truncated: boolean;
};

/** An open file: its header, and the bytes that offsets of `pixelData` count in. */
export type Part10File = DicomHeader & { readonly source: ByteSource; readonly close: () => Promise<void> };

const FIRST_WINDOW = 64 * 1024;
/** Largest single sequence before the pixel data; larger values of other kinds are stepped over unread. */
const LARGEST_WINDOW = 16 * 1024 * 1024;
/** Elements and items that are kept of one header. */
const MOST_ELEMENTS = 300_000;
/** Header bytes that are read in all; what comes after is left out and the header marked as truncated. */
const MOST_HEADER_BYTES = 64 * 1024 * 1024;
/** Inflated bytes of a deflated data set; such files hold single images in practice. */
const INFLATED_LIMIT = 1024 * 1024 * 1024;

type Meta = { readonly transferSyntaxUid: string | null; readonly dataSetOffset: number };

/** File meta information (PS3.10 7.1) after an optional preamble. Its group length is not relied on: files with a wrong one exist. */
const readMeta = async (source: ByteSource): Promise<Meta> => {
  const bytes = await source.read(0, FIRST_WINDOW);
  const magicAt = (offset: number): boolean => new TextDecoder('latin1').decode(bytes.subarray(offset, offset + 4)) === 'DICM';
  let at = magicAt(128) ? 132 : magicAt(0) ? 4 : 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let transferSyntaxUid: string | null = null;
  while (at + 8 <= bytes.length && view.getUint16(at, true) === 0x0002) {
    const long = ['OB', 'UN'].includes(String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5)));
    if (long && at + 12 > bytes.length) break;
    const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const start = at + (long ? 12 : 8);
    if (view.getUint16(at + 2, true) === 0x0010) transferSyntaxUid = ascii(bytes.subarray(start, start + length));
    at = start + length;
  }
  if (at >= bytes.length) throw fault('dataset-not-understood', 'no data set after the file meta information');
  return { transferSyntaxUid, dataSetOffset: at };
};

const ascii = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes).replace(/[\0 ]+$/, '');

/**
 * The transfer syntax of a data set that does not say: group 0008 or so comes first, in one byte order or the other, with a VR or without.
 * Anything else is no DICOM.
 */
const guessedSyntax = (first: Uint8Array): string => {
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  if (first.length < 8) throw fault('dataset-not-understood', 'too short for a data set');
  const plausible = (group: number): boolean => group > 0 && group <= 0x0028;
  const little = plausible(view.getUint16(0, true));
  if (!little && !(plausible(view.getUint16(0, false)) && isVrAt(first, 4))) {
    throw fault('dataset-not-understood', 'the first bytes are no DICOM element');
  }
  if (!little) return EXPLICIT_BIG_ENDIAN;
  return isVrAt(first, 4) ? EXPLICIT_LITTLE_ENDIAN : IMPLICIT_LITTLE_ENDIAN;
};

/** How the elements are coded. Little endian data sets are taken by what they look like: files that declare the other of the two exist. */
const encodingOf = (syntax: TransferSyntax | null, first: Uint8Array): Encoding => {
  if (syntax?.bigEndian === true) return { explicit: true, littleEndian: false };
  return { explicit: isVrAt(first, 4), littleEndian: true };
};

type Reading = { readonly elements: Map<string, Element>; pixelData: PixelDataPlace | null; truncated: boolean };

const readElements = async (source: ByteSource, start: number, encoding: Encoding): Promise<Reading> => {
  const reading: Reading = { elements: new Map(), pixelData: null, truncated: false };
  let position = start;
  let windowLength = FIRST_WINDOW;
  let parsedBytes = 0;
  let count = 0;
  for (;;) {
    const bytes = await source.read(position, windowLength);
    const pass = parseWindow(bytes, encoding, bytes.length < windowLength);
    for (const element of pass.elements) reading.elements.set(element.tag, element);
    if (pass.pixelData !== null) reading.pixelData = { ...pass.pixelData, offset: position + pass.pixelData.offset };
    if (pass.state === 'end' || pass.state === 'pixel-data') return reading;
    windowLength = pass.consumed > 0 ? FIRST_WINDOW : windowLength * 2;
    position += pass.consumed;
    parsedBytes += Math.min(pass.consumed, bytes.length);
    count += pass.count;
    const steppedOver = pass.consumed > bytes.length;
    const endedInside = steppedOver && (await source.read(position - 1, 1)).length === 0;
    const tooMuch = windowLength > LARGEST_WINDOW || parsedBytes > MOST_HEADER_BYTES || count > MOST_ELEMENTS;
    if (pass.state === 'broken' || endedInside || tooMuch) {
      return { ...reading, truncated: true };
    }
  }
};

const headerFrom = (reading: Reading, transferSyntaxUid: string, encoding: Encoding): DicomHeader => {
  if (reading.elements.size === 0) throw fault('dataset-not-understood', 'no element can be read');
  return { ...reading, transferSyntaxUid, littleEndian: encoding.littleEndian };
};

const openFrom = async (file: ByteSource): Promise<Part10File> => {
  const meta = await readMeta(file);
  const deflated = meta.transferSyntaxUid !== null && transferSyntax(meta.transferSyntaxUid)?.deflated === true;
  const source = deflated ? inflatedSource(file, meta.dataSetOffset, INFLATED_LIMIT) : file;
  const start = deflated ? 0 : meta.dataSetOffset;
  const first = await source.read(start, 8);
  const transferSyntaxUid = meta.transferSyntaxUid ?? guessedSyntax(first);
  const encoding = encodingOf(transferSyntax(transferSyntaxUid), first);
  const header = headerFrom(await readElements(source, start, encoding), transferSyntaxUid, encoding);
  return { ...header, source, close: file.close };
};

/**
 * Opens a DICOM file and reads its header, never the pixel data. A missing preamble, a missing file meta information and one without
 * a transfer syntax are put up with. Close it. Throws Fault `dataset-not-understood` for what is no DICOM, and the system's error
 * for a file that cannot be read.
 */
export const openPart10 = async (path: string): Promise<Part10File> => {
  const file = await fileSource(path);
  try {
    return await openFrom(file);
  } catch (problem) {
    await file.close();
    throw problem;
  }
};

const inflatedAtOnce = (bytes: Uint8Array): Uint8Array => {
  try {
    return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_HEADER_BYTES });
  } catch (problem) {
    throw fault('dataset-not-understood', 'the deflated data set cannot be inflated', problem);
  }
};

/**
 * The header of a data set of which `received` bytes are there, without a Part 10 head. Null: more bytes are needed (only while
 * `complete` is false). Offsets of `pixelData` count in the data set (inflated, for the deflated syntax).
 * Throws Fault `dataset-not-understood` when the bytes are no data set.
 */
export const readHeaderOf = (received: Uint8Array, transferSyntaxUid: string, complete: boolean): DicomHeader | null => {
  const syntax = transferSyntax(transferSyntaxUid);
  const bytes = syntax?.deflated === true ? inflatedAtOnce(received) : received;
  if (bytes.length < 8 && !complete) return null;
  const encoding = encodingOf(syntax, bytes);
  const pass = parseWindow(bytes, encoding, complete);
  if (pass.state === 'more' && !complete) return null;
  const reading = {
    elements: new Map(pass.elements.map((element) => [element.tag, element])),
    pixelData: pass.pixelData,
    truncated: pass.state === 'broken' || pass.state === 'more',
  };
  return headerFrom(reading, transferSyntaxUid, encoding);
};
