// Status codes and rejections: what the peer's number means for a delivery, and the words an operator reads.
import { describe, expect, test } from '@jest/globals';
import {
  abortWords,
  contextResultWords,
  rejectionWords,
  STATUS_ROWS,
  statusMeaning,
  statusWords,
} from '../../../src/dicom/status.ts';

describe('a C-STORE status', () => {
  test.each([
    ['0000', 'success', 'accepted'],
    ['B000', 'warning', 'accepted'],
    ['B006', 'warning', 'accepted'],
    ['B007', 'warning', 'accepted'],
    ['B123', 'warning', 'accepted'],
    ['0111', 'failure', 'accepted'],
    ['A700', 'refused', 'transient'],
    ['A7FF', 'refused', 'transient'],
    ['0110', 'failure', 'transient'],
    ['0213', 'refused', 'transient'],
    ['A900', 'failure', 'permanent'],
    ['A9FF', 'failure', 'permanent'],
    ['A800', 'failure', 'permanent'],
    ['C000', 'failure', 'permanent'],
    ['CFFF', 'failure', 'permanent'],
    ['0122', 'refused', 'permanent'],
    ['0124', 'refused', 'permanent'],
    ['7777', 'failure', 'permanent'],
  ])('%s is a %s and %s', (code, category, disposition) => {
    expect(statusMeaning(Number.parseInt(code, 16))).toMatchObject({ category, disposition });
  });

  test('single codes stand before the ranges around them', () => {
    const hidden = STATUS_ROWS.filter((row, index) =>
      STATUS_ROWS.slice(0, index).some(({ from, to }) => from <= row.from && to >= row.to),
    );
    expect(hidden).toEqual([]);
  });

  test('is told with its number and the comment of the peer, in one line', () => {
    expect(statusWords(0xa700, ' disk\nfull ')).toBe('A700 Out of resources: disk full');
    expect(statusWords(0)).toBe('0000 Success');
    expect(statusWords(0x0111)).toContain('already there');
  });
});

test('a rejection is told in the words of PS3.8', () => {
  expect(rejectionWords({ result: 1, source: 1, reason: 7 })).toBe(
    'Rejected permanently by the service user: called AE title not recognized (1/1/7)',
  );
  expect(rejectionWords({ result: 2, source: 3, reason: 2 })).toBe(
    'Rejected transiently by the service provider (presentation): local limit exceeded (2/3/2)',
  );
  expect(rejectionWords({ result: 9, source: 9, reason: 9 })).toBe('Rejected with result 9 by the source 9: reason 9 (9/9/9)');
});

test('the answer to a presentation context and an abort have words too', () => {
  expect(contextResultWords(3)).toBe('abstract syntax not supported');
  expect(contextResultWords(4)).toBe('transfer syntaxes not supported');
  expect(abortWords(2, 1)).toBe('aborted by the service provider: unrecognized PDU');
  expect(abortWords(0, 0)).toBe('aborted by the service user');
});
