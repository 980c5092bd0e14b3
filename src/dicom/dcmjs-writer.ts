// In: elements by tag. Out: the bytes of a Part 10 file. The only file that touches dcmjs, which comes without types.
import { createRequire } from 'node:module';

/** One element as dcmjs writes it: `Value` holds texts, numbers, buffers or the elements of sequence items. */
export type WritableElement = { readonly vr: string; readonly Value: readonly WritableValue[] };
export type WritableValue = string | number | ArrayBuffer | WritableElements;
/** Elements by tag, eight hexadecimal digits in capitals. */
export type WritableElements = { [tag: string]: WritableElement };

/** A row of the data dictionary (PS3.6): tag as `(GGGG,EEEE)`, VR, keyword. */
export type DictionaryRow = { readonly tag: string; readonly vr: string };

type DicomDict = { dict: WritableElements; write: (options: { fragmentMultiframe: boolean }) => ArrayBuffer };
type Logger = { setLevel: (level: 'silent', persist: boolean) => void };
type Dcmjs = {
  readonly data: {
    readonly DicomDict: new (meta: WritableElements) => DicomDict;
    readonly DicomMetaDictionary: { readonly nameMap: Readonly<Record<string, DictionaryRow>> };
  };
  readonly log: Logger & { readonly getLogger: (name: string) => Logger };
};

const dcmjs: Dcmjs = createRequire(import.meta.url)('dcmjs');

// dcmjs puts the values it complains about into its console messages: values of patients do not belong there.
dcmjs.log.setLevel('silent', false);
dcmjs.log.getLogger('validation.dcmjs').setLevel('silent', false);

const rows = dcmjs.data.DicomMetaDictionary.nameMap;

const ownRow = (name: string): DictionaryRow | null => (Object.hasOwn(rows, name) ? (rows[name] ?? null) : null);

/** The row of a keyword, or null when the dictionary does not hold it. dcmjs marks retired keywords with a prefix. */
export const dictionaryRow = (keyword: string): DictionaryRow | null => ownRow(keyword) ?? ownRow(`RETIRED_${keyword}`);

/** All rows by keyword, for readers that go from tag to keyword. */
export const dictionaryRows = (): Readonly<Record<string, DictionaryRow>> => rows;

/** Preamble, file meta information and data set. Every encapsulated frame stays one fragment, whatever its size. */
export const writePart10 = (meta: WritableElements, elements: WritableElements): Uint8Array => {
  const file = new dcmjs.data.DicomDict(meta);
  file.dict = elements;
  return new Uint8Array(file.write({ fragmentMultiframe: false }));
};
