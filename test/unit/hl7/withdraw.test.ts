// A withdrawn result message: which fields change, and that nothing else does.
import { describe, expect, test } from '@jest/globals';
import { withdrawn } from '../../../src/hl7/withdraw.ts';

const MESSAGE = [
  'MSH|^~\\&|SONORELAY|A|EHR|B|20261122101530+0000||ORU^R01^ORU_R01|ABC|P|2.5.1',
  'PID|1||4711^^^HOSP^MR||M\\S\\LLER^J',
  'OBR|1|||69399-4^US^LN',
  'OBX|1|CE|SEC001^Contrast^99SONORELAY|1|52101004^Present^SCT|||A|0.71||P|||20261122',
  'OBX|2|TX|59776-5^Findings^LN||short',
  '',
].join('\r');

describe('a message taken back', () => {
  const lines = withdrawn(MESSAGE, { controlId: 'XYZ', sentAt: '20261123080000+0000' }).split('\r');

  test('withdraws every observation under the identifiers that it was sent with', () => {
    const observations = lines.filter((line) => line.startsWith('OBX')).map((line) => line.split('|'));
    expect(observations.map((fields) => [fields[3], fields[4], fields[11]])).toEqual([
      ['SEC001^Contrast^99SONORELAY', '1', 'W'],
      ['59776-5^Findings^LN', '', 'W'],
    ]);
    expect(observations[0]?.slice(0, 11)).toEqual(MESSAGE.split('\r')[3]?.split('|').slice(0, 11));
    expect(observations[0]?.slice(12)).toEqual(['', '', '20261122']);
  });

  test('cancels the results of the order, and has a control id and a time of its own', () => {
    expect(lines[2]?.split('|')[25]).toBe('X');
    expect(lines[0]).toBe('MSH|^~\\&|SONORELAY|A|EHR|B|20261123080000+0000||ORU^R01^ORU_R01|XYZ|P|2.5.1');
  });

  test('leaves the patient as he was', () => {
    expect(lines[1]).toBe('PID|1||4711^^^HOSP^MR||M\\S\\LLER^J');
    expect(lines.at(-1)).toBe('');
  });
});
