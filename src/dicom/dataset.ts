// In: a data set as plain data, keyed by the keywords of PS3.6. Out: its attributes as texts, numbers, items and codes.
import type { Code } from '../contracts/model.ts';

/** One value of an attribute. A sequence is one item or a list of items; `null` is an attribute sent empty (Type 2). */
export type DicomValue = string | number | readonly (string | number)[] | Dataset | readonly Dataset[] | Uint8Array | null;

/** A naturalised data set: `{ PatientID: '4711', ViewCodeSequence: [{ CodeValue: '399214001' }] }`. */
export type Dataset = { [keyword: string]: DicomValue };

const isList = (value: DicomValue): value is readonly (string | number)[] | readonly Dataset[] => Array.isArray(value);

/** True for one sequence item. */
export const isDataset = (value: DicomValue | undefined): value is Dataset =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);

/** All values as trimmed texts, numbers in decimal; empty where the attribute is absent, empty, binary or a sequence. */
export const texts = (dataset: Dataset, keyword: string): readonly string[] => {
  const value = dataset[keyword];
  if (value === undefined || value === null || value instanceof Uint8Array || isDataset(value)) return [];
  const values = isList(value) ? value : [value];
  return values.flatMap((entry) => (typeof entry === 'string' || typeof entry === 'number' ? [String(entry).trim()] : []));
};

/** The first value as trimmed text; empty where there is none. */
export const text = (dataset: Dataset, keyword: string): string => texts(dataset, keyword)[0] ?? '';

/** All values that are finite numbers, also when they were sent as DS or IS. */
export const numbers = (dataset: Dataset, keyword: string): readonly number[] =>
  texts(dataset, keyword).flatMap((entry) => (entry !== '' && Number.isFinite(Number(entry)) ? [Number(entry)] : []));

/** The first value as a number, or null where there is none or it is no finite number. */
export const number = (dataset: Dataset, keyword: string): number | null => {
  const first = text(dataset, keyword);
  const value = Number(first);
  return first === '' || !Number.isFinite(value) ? null : value;
};

/** The items of a sequence; empty where it is absent or empty. */
export const items = (dataset: Dataset, keyword: string): readonly Dataset[] => {
  const value = dataset[keyword];
  if (value === undefined || value === null || value instanceof Uint8Array) return [];
  if (isDataset(value)) return [value];
  return isList(value) ? value.filter((entry) => typeof entry === 'object') : [];
};

/** The bytes of a binary attribute, or null. */
export const bytes = (dataset: Dataset, keyword: string): Uint8Array | null => {
  const value = dataset[keyword];
  return value instanceof Uint8Array ? value : null;
};

/** The coded concepts of a code sequence (PS3.3 8.8): CodeValue, else LongCodeValue or URNCodeValue. Items without a value are left out. */
export const codes = (dataset: Dataset, keyword: string): readonly Code[] =>
  items(dataset, keyword).flatMap((item) => {
    const value = text(item, 'CodeValue') || text(item, 'LongCodeValue') || text(item, 'URNCodeValue');
    if (value === '') return [];
    return [{ value, scheme: text(item, 'CodingSchemeDesignator'), meaning: text(item, 'CodeMeaning') }];
  });

/** A coded concept as the item of a code sequence. Values over 16 characters go to LongCodeValue (PS3.3 8.1). */
export const codeItem = (code: Code): Dataset => ({
  [code.value.length > 16 ? 'LongCodeValue' : 'CodeValue']: code.value,
  CodingSchemeDesignator: code.scheme,
  CodeMeaning: code.meaning,
});
