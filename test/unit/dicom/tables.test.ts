// The tables of SOP classes, transfer syntaxes and codes hold together.
import { describe, expect, test } from '@jest/globals';
import * as codes from '../../../src/dicom/codes.ts';
import {
  isAnalysable,
  isStorageClass,
  STORAGE_CLASSES,
  storageClass,
  ULTRASOUND_IMAGE,
  VERIFICATION,
} from '../../../src/dicom/sop-classes.ts';
import { JPEG_BASELINE, TRANSFER_SYNTAXES, transferSyntax } from '../../../src/dicom/transfer-syntaxes.ts';
import { isValidUid } from '../../../src/dicom/uids.ts';

describe('SOP classes', () => {
  test('have valid UIDs, each once', () => {
    const uids = STORAGE_CLASSES.map(({ uid }) => uid);
    expect(uids.filter((uid) => !isValidUid(uid))).toEqual([]);
    expect(new Set(uids).size).toBe(uids.length);
  });

  test('of ultrasound are analysable, reports are stored only', () => {
    expect(isAnalysable(ULTRASOUND_IMAGE)).toBe(true);
    expect(isAnalysable('1.2.840.10008.5.1.4.1.1.88.33')).toBe(false);
    expect(storageClass('1.2.3')).toBeNull();
  });

  test('count as storage when the standard or a vendor may store them, services do not', () => {
    expect(isStorageClass('1.2.840.10008.5.1.4.1.1.6.2')).toBe(true);
    expect(isStorageClass('1.2.840.10008.5.1.4.1.1.999.1')).toBe(true);
    expect(isStorageClass('1.3.46.670589.2.5.1.1')).toBe(true);
    expect(isStorageClass(VERIFICATION)).toBe(false);
    expect(isStorageClass('1.2.840.10008.5.1.4.1.2.2.1')).toBe(false);
    expect(isStorageClass('1.2.840.10008.1.20.1')).toBe(false);
  });
});

describe('transfer syntaxes', () => {
  test('have valid UIDs, each once', () => {
    const uids = TRANSFER_SYNTAXES.map(({ uid }) => uid);
    expect(uids.filter((uid) => !isValidUid(uid))).toEqual([]);
    expect(new Set(uids).size).toBe(uids.length);
  });

  test('are encapsulated exactly when they are not native', () => {
    expect(TRANSFER_SYNTAXES.filter(({ encapsulated, family }) => encapsulated === (family === 'native'))).toEqual([]);
    expect(transferSyntax(JPEG_BASELINE)?.family).toBe('jpeg');
    expect(transferSyntax('1.2.3')).toBeNull();
  });
});

type Code = { readonly value: string; readonly scheme: string; readonly meaning: string };
const isCode = (value: unknown): value is Code =>
  typeof value === 'object' && value !== null && 'meaning' in value && 'scheme' in value;
const all: readonly Code[] = Object.values(codes)
  .flatMap((group) => (typeof group === 'object' ? Object.values(group) : []))
  .filter(isCode);

describe('codes', () => {
  test('fit into CodeValue, CodingSchemeDesignator and CodeMeaning', () => {
    expect(all.length).toBeGreaterThan(120);
    expect(all.filter(({ value, scheme, meaning }) => value.length > 16 || scheme.length > 16 || meaning.length > 64)).toEqual(
      [],
    );
  });

  test('have one meaning each', () => {
    const meanings = new Map<string, string>();
    for (const { value, scheme, meaning } of all) {
      const key = `${scheme} ${value}`;
      expect([key, meanings.get(key) ?? meaning]).toEqual([key, meaning]);
      meanings.set(key, meaning);
    }
  });

  test('come from schemes that the identification table holds, never from the deprecated SRT', () => {
    const schemes = new Set(all.map(({ scheme }) => scheme));
    expect([...schemes].filter((scheme) => !(scheme in codes.CODING_SCHEMES))).toEqual([]);
    expect(schemes.has('SRT')).toBe(false);
  });

  test('of a document are identified once per scheme, in order', () => {
    const items = codes.codingSchemeIdentification(['DCM', codes.PRIVATE_SCHEME, 'DCM', 'X']);
    expect(items.map(({ CodingSchemeDesignator }) => CodingSchemeDesignator)).toEqual(['DCM', '99SONORELAY', 'X']);
    expect(items[1]?.CodingSchemeUID).toBe(codes.PRIVATE_SCHEME_UID);
    expect(isValidUid(codes.PRIVATE_SCHEME_UID)).toBe(true);
  });
});
