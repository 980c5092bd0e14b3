import { describe, expect, test } from '@jest/globals';
import { parseAcknowledgement } from '../../../src/hl7/acknowledgement.ts';

const HEADER = 'MSH|^~\\&|RIS|HOSP|SONORELAY|AI|20261122||ACK^R01^ACK|X1|P|2.5.1';
const invalid = expect.objectContaining({ code: 'hl7-frame-invalid' });

describe('an acknowledgement', () => {
  test('gives the code and the control id', () => {
    expect(parseAcknowledgement(`${HEADER}\rMSA|AA|M1\r`)).toEqual({ code: 'AA', controlId: 'M1', text: '', error: '' });
  });

  test('gives the words of MSA-3 and the code of ERR-3', () => {
    const text = `${HEADER}\rMSA|AE|M1|Order not found\rERR||OBR^1^3|204^Unknown key identifier^HL70357|E|||detail|for the user\r`;
    expect(parseAcknowledgement(text)).toEqual({ code: 'AE', controlId: 'M1', text: 'Order not found', error: '204' });
  });

  test.each([
    ['ERR-8', 'ERR||OBR^1^3|204^Unknown key identifier^HL70357|E|||detail|for the user', 'for the user'],
    ['ERR-7', 'ERR||OBR^1^3|204^Unknown key identifier^HL70357|E|||detail', 'detail'],
    ['the text of the code', 'ERR||OBR^1^3|204^Unknown key identifier^HL70357|E', 'Unknown key identifier'],
  ])('without MSA-3 takes the words from %s', (_from, segment, words) => {
    expect(parseAcknowledgement(`${HEADER}\rMSA|AE|M1\r${segment}\r`)).toMatchObject({ text: words, error: '204' });
  });

  test('of version 2.3.1 gives the code of ERR-1 or MSA-6', () => {
    const inErr = `${HEADER}\rMSA|AE|M1\rERR|OBR^1^3^207&Application internal error\r`;
    expect(parseAcknowledgement(inErr)).toMatchObject({ error: '207', text: 'Application internal error' });
    expect(parseAcknowledgement(`${HEADER}\rMSA|AE|M1||||206^Application record locked\r`)).toMatchObject({
      error: '206',
      text: 'Application record locked',
    });
  });

  test.each([
    ['CR LF', '\r\n'],
    ['LF', '\n'],
  ])('is read with %s between segments', (_name, end) => {
    expect(parseAcknowledgement(`${HEADER}${end}MSA|AR|M1${end}`)).toMatchObject({ code: 'AR', controlId: 'M1' });
  });

  test('is read with other separators, its escapes undone', () => {
    const text = 'MSH*:+\\%*RIS\rMSA*AE*M1*a\\F\\b\\E\\c\rERR**OBR:1*207:Busy*E\r';
    expect(parseAcknowledgement(text)).toEqual({ code: 'AE', controlId: 'M1', text: 'a|b\\c', error: '207' });
  });

  test.each([
    ['an empty frame', ''],
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a header alone', `${HEADER}\r`],
    ['an MSA without a code', `${HEADER}\rMSA||M1\r`],
    ['a segment that only begins with MSA', `${HEADER}\rMSAX|AA|M1\r`],
  ])('is not %s', (_name, text) => {
    expect(() => parseAcknowledgement(text)).toThrow(invalid);
  });
});
