// UIDs of outputs: derived, valid, and the same for the same parts.
import { describe, expect, test } from '@jest/globals';
import {
  IMPLEMENTATION_CLASS_UID,
  IMPLEMENTATION_VERSION_NAME,
  isTolerableUid,
  isValidUid,
  uidFrom,
} from '../../../src/dicom/uids.ts';

describe('derived UIDs', () => {
  test('are the same for the same parts and differ for others', () => {
    expect(uidFrom('study', '1')).toBe(uidFrom('study', '1'));
    expect(uidFrom('study', '1')).not.toBe(uidFrom('study', '2'));
  });

  test('differ when the same letters are cut into parts elsewhere', () => {
    expect(uidFrom('ab', 'c')).not.toBe(uidFrom('a', 'bc'));
    expect(uidFrom('abc')).not.toBe(uidFrom('abc', ''));
  });

  test('are UUIDs of version 5 and variant 1 written as one decimal number', () => {
    for (const part of ['a', 'b', 'c', 'd']) {
      const uid = uidFrom(part);
      expect(uid).toMatch(/^2\.25\.[1-9]\d*$/);
      const hex = BigInt(uid.slice(5)).toString(16).padStart(32, '0');
      expect(hex).toHaveLength(32);
      expect(hex[12]).toBe('5');
      expect('89ab').toContain(hex[16]);
    }
  });

  test('stay what they were, because they are the identity of objects already sent', () => {
    expect(uidFrom('a')).toBe('2.25.200702870202319360444564373158672892659');
  });
});

describe('a UID', () => {
  test.each(['1.2', '0.0', '1.2.840.10008.1.1', `1.${'2'.repeat(62)}`])('is valid: %s', (uid) => {
    expect(isValidUid(uid)).toBe(true);
  });

  test.each(['', '1', '1.', '.1', '1..2', '1.02', '1.2a', '1.2 ', `1.${'2'.repeat(63)}`, '1.2\n'])('is not valid: %j', (uid) => {
    expect(isValidUid(uid)).toBe(false);
  });

  test.each(['1.02', '1.2.840.0010', '001.2'])(
    'with a component that begins with zero is not valid and is borne with all the same: %s',
    (uid) => {
      expect([isValidUid(uid), isTolerableUid(uid)]).toEqual([false, true]);
    },
  );

  test.each(['', '1', '1.', '.1', '1..2', '1.2a', '../1', `1.${'2'.repeat(63)}`])(
    'that could be anything else is not borne with: %j',
    (uid) => {
      expect(isTolerableUid(uid)).toBe(false);
    },
  );

  test('of this implementation is valid, and its version name fits into 16 characters', () => {
    expect(isValidUid(IMPLEMENTATION_CLASS_UID)).toBe(true);
    expect(IMPLEMENTATION_VERSION_NAME).toMatch(/^SONORELAY_\d+\.\d+\.\d+/);
    expect(IMPLEMENTATION_VERSION_NAME.length).toBeLessThanOrEqual(16);
  });
});
