import { describe, expect, test } from '@jest/globals';
import { escapeText, restrictTo, unescapeText } from '../../../src/hl7/escape.ts';
import { components, message, parseMessage, repetitions, segment, valueAt } from '../../../src/hl7/message.ts';

const HARD_TEXTS = [
  'a|b^c&d~e\\f',
  '\\E\\',
  '\\',
  '|^~\\&',
  'Gr\u00f6\u00dfe',
  '\u0418\u0432\u0430\u043d',
  '\u5c71\u7530',
  '\ud83e\ude7a',
  ' ',
];

describe('HL7 escapes', () => {
  test('every delimiter becomes its own sequence, the escape character first', () => {
    expect(escapeText('\\|^&~')).toBe('\\E\\\\F\\\\S\\\\T\\\\R\\');
    expect(escapeText('\\F\\')).toBe('\\E\\F\\E\\');
  });

  test.each(HARD_TEXTS)('%j comes back as it went', (text) => {
    expect(unescapeText(escapeText(text))).toBe(text);
    expect(escapeText(text)).not.toMatch(/[|^~&]/u);
  });

  test('control characters cannot reach the frame: line ends become blanks, the rest goes', () => {
    expect(escapeText('a\r\nb\rc\nd\te\u000b\u001cf\u0000g\u0085h')).toBe('a b c d efgh');
  });

  test('half a surrogate pair becomes the replacement character', () => {
    expect(escapeText('a\ud800b')).toBe('a\ufffdb');
  });

  test('hexadecimal sequences are read and unknown ones left alone', () => {
    expect(unescapeText('a\\X0D0A\\b\\.br\\c\\H\\')).toBe('a\r\nb\\.br\\c\\H\\');
  });
});

describe('the character set of a destination', () => {
  test('UTF-8 carries everything', () => {
    expect(restrictTo('\u5c71 \ud83e\ude7a', 'UNICODE UTF-8')).toEqual({ text: '\u5c71 \ud83e\ude7a', replaced: 0 });
  });

  test('8859/1 keeps its letters, also when they came decomposed, and counts what it lacks', () => {
    expect(restrictTo('Gro\u0308\u00dfe \u0418\u5c71', '8859/1')).toEqual({ text: 'Gr\u00f6\u00dfe ??', replaced: 2 });
  });

  test('ASCII replaces each character once, also those outside the basic plane', () => {
    expect(restrictTo('\u00e9\ud83e\ude7a!', 'ASCII')).toEqual({ text: '??!', replaced: 2 });
  });
});

describe('building a message', () => {
  test('fields stand where their numbers say and empty ones at the end are left out', () => {
    expect(segment('PID', { 1: '1', 5: 'x', 9: '' })).toBe('PID|1||||x');
    expect(segment('PV1', {})).toBe('PV1');
  });

  test('MSH names its separators and counts them as fields one and two', () => {
    expect(segment('MSH', { 3: 'A|B', 9: components('ORU', 'R01', 'ORU_R01') })).toBe('MSH|^~\\&|A\\F\\B||||||ORU^R01^ORU_R01');
  });

  test('components, subcomponents and repetitions are trimmed and escaped', () => {
    expect(components('a^', ['b&', '', ''], '', '').encoded).toBe('a\\S\\^b\\T\\');
    expect(repetitions(['x~y', '', components('p', 'q')]).encoded).toBe('x\\R\\y~p^q');
  });

  test('every segment ends with CR, the last too', () => {
    expect(message(['MSH|^~\\&', 'PID|1'])).toBe('MSH|^~\\&\rPID|1\r');
  });
});

describe('reading a message', () => {
  test.each(HARD_TEXTS)('%j is read back from a field, a component and a subcomponent', (text) => {
    const written = message([
      segment('MSH', { 3: text }),
      segment('PID', { 3: components(text, '', '', ['n', text]), 5: repetitions([text, text]) }),
    ]);
    const parsed = parseMessage(written);
    if (parsed === null) throw new Error('not read');
    expect(valueAt(parsed, 'MSH', 3)).toBe(text);
    expect(valueAt(parsed, 'PID', 3)).toBe(text);
    expect(valueAt(parsed, 'PID', 3, { component: 4, subcomponent: 2 })).toBe(text);
    expect(valueAt(parsed, 'PID', 5, { repetition: 2 })).toBe(text);
  });

  test('the separators are those of the message and not ours', () => {
    const parsed = parseMessage('MSH#*@!+#X#\rPID#1##a*b+c@d\r');
    if (parsed === null) throw new Error('not read');
    expect(valueAt(parsed, 'PID', 3, { component: 2, subcomponent: 2 })).toBe('c');
    expect(valueAt(parsed, 'PID', 3, { repetition: 2 })).toBe('d');
  });

  test('an acknowledgement with line feeds is read', () => {
    const parsed = parseMessage('MSH|^~\\&|R|H|||20260101||ACK|1|P|2.5.1\r\nMSA|AA|ID7\r\nERR|||207\r\n');
    if (parsed === null) throw new Error('not read');
    expect([valueAt(parsed, 'MSA', 1), valueAt(parsed, 'MSA', 2), valueAt(parsed, 'ERR', 3)]).toEqual(['AA', 'ID7', '207']);
  });

  test('the second of two segments of a name is reached by its occurrence', () => {
    const parsed = parseMessage('MSH|^~\\&\rOBX|1\rOBX|2\r');
    if (parsed === null) throw new Error('not read');
    expect(valueAt(parsed, 'OBX', 1, { occurrence: 2 })).toBe('2');
    expect(valueAt(parsed, 'OBX', 1, { occurrence: 3 })).toBe('');
  });

  test.each(['', 'PID|1', 'MSH', 'garbage'])('%j is no message', (text) => {
    expect(parseMessage(text)).toBeNull();
  });
});
