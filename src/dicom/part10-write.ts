// In: a naturalised data set and its frames. Out: the bytes of a DICOM Part 10 file (PS3.10), or its head alone.
import type { Dataset, DicomValue } from './dataset.ts';
import { isDataset, number, text } from './dataset.ts';
import type { WritableElement, WritableElements, WritableValue } from './dcmjs-writer.ts';
import { dictionaryRow, writePart10 } from './dcmjs-writer.ts';
import { DEFLATED_EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN, transferSyntax } from './transfer-syntaxes.ts';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, isTolerableUid } from './uids.ts';

/** Longest value in characters where the VR bounds it and a longer one is refused by readers (PS3.5 Table 6.2-1). */
const LONGEST: Readonly<Record<string, number>> = { AE: 16, AS: 4, CS: 16, DA: 8, DS: 16, DT: 26, IS: 12, TM: 14, UI: 64 };

/** VRs whose value may hold a backslash, because they have one value only. */
const ONE_VALUE: ReadonlySet<string> = new Set(['LT', 'ST', 'UT', 'UR']);
const BINARY: ReadonlySet<string> = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);
const NUMERIC: ReadonlySet<string> = new Set(['FD', 'FL', 'SL', 'SS', 'UL', 'US']);

/** VRs that the dictionary leaves to the context: pixel samples, look-up tables, file pointers. */
const contextualVr = (vr: string, attributes: Dataset): string => {
  if (vr === 'ox') return (number(attributes, 'BitsAllocated') ?? 8) > 8 ? 'OW' : 'OB';
  if (vr === 'xs') return number(attributes, 'PixelRepresentation') === 1 ? 'SS' : 'US';
  if (vr === 'lt') return 'OW';
  if (vr === 'up') return 'UL';
  return vr;
};

/** A number as DS: at most 16 characters with as many digits as they hold (PS3.5 6.2). */
export const decimalString = (value: number): string => {
  if (!Number.isFinite(value)) throw new TypeError('a decimal string holds finite numbers only');
  const plain = String(value);
  if (plain.length <= 16) return plain;
  for (let digits = 16; digits > 0; digits -= 1) {
    const short = String(Number(value.toPrecision(digits)));
    if (short.length <= 16) return short;
    const exponential = value.toExponential(digits - 1);
    if (exponential.length <= 16) return exponential;
  }
  return value.toExponential(0);
};

const bufferOf = (data: Uint8Array): ArrayBuffer => {
  const even = new Uint8Array(data.length + (data.length % 2));
  even.set(data);
  return even.buffer;
};

const scalar = (keyword: string, vr: string, value: string | number): string | number => {
  if (NUMERIC.has(vr)) {
    if (typeof value !== 'number') throw new TypeError(`${keyword} (${vr}) takes numbers`);
    return value;
  }
  const written = typeof value === 'string' ? value : vr === 'DS' ? decimalString(value) : String(value);
  if (vr === 'IS' && !/^([+-]?\d+)?$/.test(written.trim())) throw new TypeError(`${keyword} (IS) takes whole numbers`);
  if (vr === 'UI' && written !== '' && !isTolerableUid(written)) throw new TypeError(`${keyword} holds no valid UID`);
  if (written.length > (LONGEST[vr] ?? Number.POSITIVE_INFINITY)) throw new TypeError(`${keyword} (${vr}) is too long`);
  if (written.includes('\\') && !ONE_VALUE.has(vr))
    throw new TypeError(`${keyword} (${vr}) holds a backslash; give a list of values`);
  return written;
};

const sequenceItems = (keyword: string, value: Exclude<DicomValue, null>): readonly Dataset[] => {
  if (isDataset(value)) return [value];
  if (!Array.isArray(value)) throw new TypeError(`${keyword} (SQ) takes items`);
  return value.map((item: string | number | Dataset) => {
    if (!isDataset(item)) throw new TypeError(`${keyword} (SQ) takes items`);
    return item;
  });
};

const writableValues = (keyword: string, vr: string, value: DicomValue): readonly WritableValue[] => {
  if (vr === 'SQ') return value === null ? [] : sequenceItems(keyword, value).map(writableElements);
  if (BINARY.has(vr)) {
    if (value !== null && !(value instanceof Uint8Array)) throw new TypeError(`${keyword} (${vr}) takes bytes`);
    return [bufferOf(value ?? new Uint8Array(0))];
  }
  if (value === null) return [];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((entry) => {
    if (typeof entry !== 'string' && typeof entry !== 'number') throw new TypeError(`${keyword} (${vr}) takes texts or numbers`);
    if (vr === 'AT') return Number.parseInt(String(entry).replaceAll(/[(),\s]/g, ''), 16);
    return scalar(keyword, vr, entry);
  });
};

const writableElements = (attributes: Dataset): WritableElements => {
  const elements: WritableElements = {};
  for (const [keyword, value] of Object.entries(attributes)) {
    const row = dictionaryRow(keyword);
    if (row === null) throw new TypeError(`${keyword} is no keyword of the data dictionary`);
    const vr = contextualVr(row.vr, attributes);
    elements[row.tag.replaceAll(/[(),]/g, '').toUpperCase()] = { vr, Value: writableValues(keyword, vr, value) };
  }
  return elements;
};

const metaElements = (
  sopClassUid: string,
  sopInstanceUid: string,
  transferSyntaxUid: string,
  sourceAeTitle = '',
): WritableElements => {
  const element = (vr: string, ...values: readonly WritableValue[]): WritableElement => ({ vr, Value: values });
  return {
    '00020001': element('OB', bufferOf(Uint8Array.of(0, 1))),
    '00020002': element('UI', sopClassUid),
    '00020003': element('UI', sopInstanceUid),
    '00020010': element('UI', transferSyntaxUid),
    '00020012': element('UI', IMPLEMENTATION_CLASS_UID),
    '00020013': element('SH', IMPLEMENTATION_VERSION_NAME),
    ...(sourceAeTitle === '' ? {} : { '00020016': element('AE', sourceAeTitle) }),
  };
};

/**
 * Native pixel data behind a data set, which it ends: no attribute of an image has a higher tag but padding. Written here because dcmjs copies
 * the pixels several times over, a second of the event loop for 40 MB. Implicit: tag and length; explicit: also VR and two reserved bytes
 * (PS3.5 7.1.2, 7.1.3). The value is padded to an even length.
 */
function withPixels(
  dataSet: Uint8Array,
  frames: readonly Uint8Array[],
  { vr, implicit }: { readonly vr: string; readonly implicit: boolean },
): Uint8Array {
  const length = frames.reduce((sum, frame) => sum + frame.length, 0);
  const padding = length % 2;
  const head = implicit ? Buffer.alloc(8) : Buffer.alloc(12);
  head.writeUInt16LE(0x7fe0, 0);
  head.writeUInt16LE(0x0010, 2);
  if (!implicit) head.write(vr, 4, 'latin1');
  head.writeUInt32LE(length + padding, head.length - 4);
  return Buffer.concat([dataSet, head, ...frames, new Uint8Array(padding)]);
}

/** Group, element and length of an item or a delimiter (PS3.5 7.5). */
function item(element: number, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt16LE(element, 2);
  head.writeUInt32LE(length, 4);
  return head;
}

/**
 * Encapsulated pixel data behind a data set, which it ends (PS3.5 A.4): OB of undefined length, a Basic Offset Table, an item for each frame, padded to
 * an even length, and the delimiter. For the same reason as above: dcmjs holds frames four times over.
 */
function withFragments(dataSet: Uint8Array, frames: readonly Uint8Array[]): Uint8Array {
  const head = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  const offsets = Buffer.alloc(4 * frames.length);
  const items: Uint8Array[] = [];
  let offset = 0;
  for (const [index, frame] of frames.entries()) {
    const length = frame.length + (frame.length % 2);
    offsets.writeUInt32LE(offset, 4 * index);
    items.push(item(0xe000, length), frame, new Uint8Array(frame.length % 2));
    offset += 8 + length;
  }
  return Buffer.concat([dataSet, head, item(0xe000, offsets.length), offsets, ...items, item(0xe0dd, 0)]);
}

/**
 * The bytes of a Part 10 file. Texts are written as UTF-8 and SpecificCharacterSet is set to ISO_IR 192. `null` writes an empty
 * attribute, `[]` an empty sequence. For native syntaxes `frames` are concatenated into PixelData (little endian samples as PS3.5 8.1.1
 * orders them); for encapsulated ones each frame becomes one fragment, with a Basic Offset Table.
 * Throws TypeError, naming the keyword, for what must not reach a peer: unknown keywords, wrong types, values that are too long.
 */
export const part10 = (options: {
  readonly attributes: Dataset;
  readonly transferSyntaxUid: string;
  readonly frames?: readonly Uint8Array[];
}): Uint8Array => {
  const { transferSyntaxUid, frames } = options;
  const attributes: Dataset = { ...options.attributes, SpecificCharacterSet: 'ISO_IR 192' };
  const syntax = transferSyntax(transferSyntaxUid);
  if (syntax === null || syntax.uid === EXPLICIT_BIG_ENDIAN || syntax.uid === DEFLATED_EXPLICIT_LITTLE_ENDIAN) {
    throw new TypeError(`data sets are not written in transfer syntax ${transferSyntaxUid}`);
  }
  const elements = writableElements(attributes);
  const meta = metaElements(text(attributes, 'SOPClassUID'), text(attributes, 'SOPInstanceUID'), transferSyntaxUid);
  const written = writePart10(meta, elements);
  if (frames === undefined) return written;
  if (syntax.encapsulated) return withFragments(written, frames);
  return withPixels(written, frames, { vr: contextualVr('ox', attributes), implicit: syntax.implicit });
};

/** Preamble, `DICM` and file meta information (PS3.10 7.1), to be followed by the bytes of a data set as it was received. */
export const part10Head = (options: {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly sourceAeTitle: string;
}): Uint8Array =>
  writePart10(metaElements(options.sopClassUid, options.sopInstanceUid, options.transferSyntaxUid, options.sourceAeTitle), {});
