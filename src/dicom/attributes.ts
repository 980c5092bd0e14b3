// In: a header as elements. Out: a naturalised data set with decoded texts and numbers, and the record that intake keeps of an instance.
import type { InstanceHeader } from '../contracts/instance.ts';
import { decodeText, ENCODED_VRS } from './character-sets.ts';
import { codes, type Dataset, type DicomValue, number, text, texts } from './dataset.ts';
import { keywordOf } from './element-heads.ts';
import type { Element, Elements } from './elements.ts';
import type { DicomHeader } from './part10.ts';

/** Binary values longer than this stay out of the data set: look-up tables, vendors' blobs. */
const LONGEST_BINARY_BYTES = 64 * 1024;

type Context = { readonly characterSet: readonly string[]; readonly littleEndian: boolean; readonly unsupported: Set<string> };

const ONE_TEXT: ReadonlySet<string> = new Set(['LT', 'ST', 'UT', 'UR']);
const DECIMAL: ReadonlySet<string> = new Set(['DS', 'IS']);
const TEXT: ReadonlySet<string> = new Set([...ENCODED_VRS, 'AE', 'AS', 'CS', 'DA', 'DS', 'DT', 'IS', 'TM', 'UI', 'UR']);

type Reader = { readonly size: number; readonly read: (view: DataView, at: number, little: boolean) => number | string };

const hexadecimal = (value: number): string => value.toString(16).padStart(4, '0');

const NUMERIC: Readonly<Record<string, Reader>> = {
  US: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  SS: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  UL: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  up: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  SL: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  FL: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  FD: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
  UV: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  SV: { size: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  AT: {
    size: 4,
    read: (view, at, little) => hexadecimal(view.getUint16(at, little)) + hexadecimal(view.getUint16(at + 2, little)),
  },
};

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** All numbers of a binary value; a remainder shorter than one value is left out. */
const numbersOf = (bytes: Uint8Array, reader: Reader, littleEndian: boolean): readonly (number | string)[] => {
  const view = viewOf(bytes);
  const count = Math.floor(bytes.length / reader.size);
  return Array.from({ length: count }, (_, index) => reader.read(view, index * reader.size, littleEndian));
};

const unpadded = (value: string): string => value.replace(/[\0 ]+$/, '');
const decimal = (value: string): string | number => (value !== '' && Number.isFinite(Number(value)) ? Number(value) : value);

const textsOf = (bytes: Uint8Array, vr: string, context: Context): readonly (string | number)[] => {
  const decoded = decodeText(bytes, vr, ENCODED_VRS.has(vr) ? context.characterSet : []);
  if (!decoded.asDeclared && ENCODED_VRS.has(vr)) context.unsupported.add(context.characterSet.join('\\'));
  const whole = unpadded(decoded.text);
  if (ONE_TEXT.has(vr)) return whole === '' ? [] : [whole];
  if (whole.trim() === '') return [];
  const values = whole.split('\\').map((value) => unpadded(value).trim());
  return DECIMAL.has(vr) ? values.map(decimal) : values;
};

const flattened = (values: readonly (string | number)[]): DicomValue =>
  values.length === 1 ? (values[0] ?? null) : values.length === 0 ? null : values;

/** The value of one element; undefined where it is left out. */
const valueIn = (element: Element, elements: Elements, context: Context): DicomValue | undefined => {
  if (element.items !== null) return element.items.map((item) => datasetOf(item, context));
  if (element.value === null) return undefined;
  const vr = element.vr === 'xs' ? (isSigned(elements, context) ? 'SS' : 'US') : element.vr;
  if (vr === 'SQ') return [];
  const reader = NUMERIC[vr];
  if (reader !== undefined) return flattened(numbersOf(element.value, reader, context.littleEndian));
  if (TEXT.has(vr)) return flattened(textsOf(element.value, vr, context));
  return element.value.length > LONGEST_BINARY_BYTES ? undefined : element.value;
};

const isSigned = (elements: Elements, context: Context): boolean => {
  const value = elements.get('00280103')?.value;
  return value !== undefined && value !== null && value.length >= 2 && viewOf(value).getUint16(0, context.littleEndian) === 1;
};

const declaredCharacterSet = (elements: Elements, inherited: readonly string[]): readonly string[] => {
  const value = elements.get('00080005')?.value;
  if (value === undefined || value === null) return inherited;
  return unpadded(new TextDecoder('latin1').decode(value))
    .split('\\')
    .map((term) => term.trim());
};

const datasetOf = (elements: Elements, inherited: Context): Dataset => {
  // An item may declare a character set of its own (PS3.3 C.12.1.1.2).
  const context = { ...inherited, characterSet: declaredCharacterSet(elements, inherited.characterSet) };
  const dataset: Dataset = {};
  for (const element of elements.values()) {
    const keyword = keywordOf(element.tag);
    const value = keyword === null ? undefined : valueIn(element, elements, context);
    if (keyword !== null && value !== undefined) dataset[keyword] = value;
  }
  return dataset;
};

/**
 * The header as a naturalised data set, and the values of SpecificCharacterSet that texts could not be decoded with as declared.
 * Such texts are there nevertheless, decoded as UTF-8 or Windows-1252.
 */
export const decodedAttributes = (
  header: DicomHeader,
): { readonly attributes: Dataset; readonly unsupportedCharacterSets: readonly string[] } => {
  const context: Context = { characterSet: [''], littleEndian: header.littleEndian, unsupported: new Set() };
  const attributes = datasetOf(header.elements, context);
  return { attributes, unsupportedCharacterSets: [...context.unsupported] };
};

/** The header as a naturalised data set: standard attributes before the pixel data, binary values up to 64 KiB. Sequences are lists. */
export const attributesOf = (header: DicomHeader): Dataset => decodedAttributes(header).attributes;

/** Longest text and most values that intake keeps of one attribute. */
const LONGEST_TEXT = 1024;
const MOST_VALUES = 16;

const shortText = (dataset: Dataset, keyword: string): string => text(dataset, keyword).slice(0, LONGEST_TEXT);

const lateralityOf = (dataset: Dataset): string => {
  const value = (text(dataset, 'ImageLaterality') || text(dataset, 'Laterality')).toUpperCase();
  return ['L', 'R', 'B', 'U'].includes(value) ? value : '';
};

const wholeNumber = (dataset: Dataset, keyword: string): number | null => {
  const value = number(dataset, keyword);
  return value === null ? null : Math.trunc(value);
};

/** What intake keeps of an instance. NumberOfFrames is 1 where it is absent; texts are cut to 1024 characters, lists to 16 values. */
export const instanceHeader = (dataset: Dataset, transferSyntaxUid: string): InstanceHeader => ({
  sopClassUid: shortText(dataset, 'SOPClassUID'),
  sopInstanceUid: shortText(dataset, 'SOPInstanceUID'),
  studyInstanceUid: shortText(dataset, 'StudyInstanceUID'),
  seriesInstanceUid: shortText(dataset, 'SeriesInstanceUID'),
  transferSyntaxUid,
  accessionNumber: shortText(dataset, 'AccessionNumber'),
  modality: shortText(dataset, 'Modality'),
  bodyPartExamined: shortText(dataset, 'BodyPartExamined'),
  studyDescription: shortText(dataset, 'StudyDescription'),
  seriesDescription: shortText(dataset, 'SeriesDescription'),
  protocolName: shortText(dataset, 'ProtocolName'),
  imageComments: shortText(dataset, 'ImageComments'),
  viewName: shortText(dataset, 'ViewName'),
  laterality: lateralityOf(dataset),
  anatomicRegion: codes(dataset, 'AnatomicRegionSequence').slice(0, MOST_VALUES),
  viewCode: codes(dataset, 'ViewCodeSequence').slice(0, MOST_VALUES),
  imageType: texts(dataset, 'ImageType').slice(0, MOST_VALUES),
  instanceNumber: wholeNumber(dataset, 'InstanceNumber'),
  numberOfFrames: Math.max(1, wholeNumber(dataset, 'NumberOfFrames') ?? 1),
  rows: wholeNumber(dataset, 'Rows') ?? 0,
  columns: wholeNumber(dataset, 'Columns') ?? 0,
  manufacturer: shortText(dataset, 'Manufacturer'),
  manufacturerModelName: shortText(dataset, 'ManufacturerModelName'),
});
