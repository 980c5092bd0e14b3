import { describe, expect, test } from '@jest/globals';
import { encode, frameReader } from '../../../src/hl7/mllp.ts';

const frame = (text: string): Buffer => Buffer.concat([Buffer.of(0x0b), Buffer.from(text), Buffer.of(0x1c, 0x0d)]);
const texts = (frames: readonly Buffer[]): readonly string[] => frames.map((bytes) => bytes.toString());

describe('reading frames', () => {
  test('a frame in one chunk gives its message', () => {
    expect(texts(frameReader({ mostBytes: 100 }).feed(frame('MSH|a\r')))).toEqual(['MSH|a\r']);
  });

  test('wherever two frames are cut into two chunks, the same two messages come out', () => {
    const bytes = Buffer.concat([frame('first\r'), frame('second\r')]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const reader = frameReader({ mostBytes: 100 });
      const found = [...reader.feed(bytes.subarray(0, cut)), ...reader.feed(bytes.subarray(cut))];
      expect(texts(found)).toEqual(['first\r', 'second\r']);
      expect(reader.ignoredBytes()).toBe(0);
    }
  });

  test('a frame that comes byte by byte is read', () => {
    const reader = frameReader({ mostBytes: 100 });
    const found = [...frame('slow')].flatMap((byte) => reader.feed(Buffer.of(byte)));
    expect(texts(found)).toEqual(['slow']);
  });

  test('bytes outside a frame are ignored and counted', () => {
    const reader = frameReader({ mostBytes: 100 });
    const found = reader.feed(Buffer.concat([Buffer.from('xy\r\n'), frame('a'), Buffer.from('\r\n'), frame('b')]));
    expect(texts(found)).toEqual(['a', 'b']);
    expect(reader.ignoredBytes()).toBe(6);
  });

  test('0x1C without 0x0D, 0x1C before the end and 0x0D alone are content', () => {
    const content = Buffer.from([0x1c, 0x41, 0x0d, 0x1c, 0x1c]);
    const [found] = frameReader({ mostBytes: 100 }).feed(Buffer.concat([Buffer.of(0x0b), content, Buffer.of(0x1c, 0x0d)]));
    expect([...(found ?? [])]).toEqual([...content]);
  });

  test('an empty message is a message', () => {
    expect(texts(frameReader({ mostBytes: 100 }).feed(frame('')))).toEqual(['']);
  });

  test('a message of exactly the limit passes and one byte more is a fault, whole or in pieces', () => {
    expect(texts(frameReader({ mostBytes: 4 }).feed(frame('abcd')))).toEqual(['abcd']);
    expect(() => frameReader({ mostBytes: 4 }).feed(frame('abcde'))).toThrow(
      expect.objectContaining({ code: 'hl7-frame-invalid' }),
    );
    const reader = frameReader({ mostBytes: 4 });
    reader.feed(Buffer.from([0x0b, 0x41, 0x41, 0x41, 0x41]));
    expect(() => {
      reader.feed(Buffer.from('AA'));
    }).toThrow(expect.objectContaining({ code: 'hl7-frame-invalid' }));
  });
});

describe('writing frames', () => {
  test('what is encoded is read back', () => {
    const message = 'MSH|^~\\&|A\rPID|1||Дое^Zoë^李\r';
    expect(texts(frameReader({ mostBytes: 1000 }).feed(encode(message, 'UNICODE UTF-8')))).toEqual([message]);
  });

  test('8859/1 is one byte a character', () => {
    expect([...encode('Zoë', '8859/1')]).toEqual([0x0b, 0x5a, 0x6f, 0xeb, 0x1c, 0x0d]);
  });

  test.each([
    ['李', '8859/1'],
    ['ë', 'ASCII'],
    ['\ud800', 'UNICODE UTF-8'],
  ] as const)('%j is refused rather than replaced in %s', (message, characterSet) => {
    expect(() => encode(message, characterSet)).toThrow(expect.objectContaining({ code: 'character-set-unsupported' }));
  });

  test.each(['\x0b', '\x1c', '\x1c\r', '\n', '\0', '\t'])('the control byte in %j is refused', (control) => {
    expect(() => encode(`MSH|${control}|`, 'UNICODE UTF-8')).toThrow(expect.objectContaining({ code: 'hl7-frame-invalid' }));
  });
});
