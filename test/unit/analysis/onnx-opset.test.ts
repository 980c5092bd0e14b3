import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { opsetOf } from '../../../src/analysis/onnx-opset.ts';

/** A field of bytes of a protocol buffer, shorter than 128. */
const field = (number: number, bytes: readonly number[]): number[] => [number * 8 + 2, bytes.length, ...bytes];
const text = (words: string): number[] => [...Buffer.from(words)];
const opset = (domain: string, version: readonly number[]): number[] =>
  field(8, [...(domain === '' ? [] : field(1, text(domain))), 2 * 8, ...version]);

describe('the opset of an ONNX file', () => {
  test('of a model that comes with the project is 15', () => {
    expect(opsetOf(readFileSync(path.join(import.meta.dirname, '../../../models/lung-score/clip.onnx')))).toBe(15);
  });

  test('is that of the standard operators, whatever other domains stand before', () => {
    const file = [8, 8, ...field(7, text('graph')), ...opset('ai.onnx.ml', [3]), ...opset('', [0x81, 1])];
    expect(opsetOf(Uint8Array.from(file))).toBe(129);
    expect(opsetOf(Uint8Array.from(opset('ai.onnx', [17])))).toBe(17);
  });

  test.each([
    ['no bytes', []],
    ['a text', text('not a model')],
    ['a file that breaks off', [...field(7, text('graph')), 8 * 8 + 2, 100, 1]],
    ['a file without operators of the standard', opset('ai.onnx.ml', [3])],
    ['a number without end', Array.from({ length: 40 }, () => 0xff)],
  ])('is unknown of %s', (_, bytes) => {
    expect(opsetOf(Uint8Array.from(bytes))).toBe(null);
  });
});
