// Command sets: the bytes of PS3.7 Annex E, there and back, and what is refused.
import { describe, expect, test } from '@jest/globals';
import { COMMAND, decodeCommand, encodeCommand, hasDataSet, NO_DATA_SET } from '../../../src/dicom/command.ts';
import { PduFault } from '../../../src/dicom/pdu.ts';

const STORE = {
  AffectedSOPClassUID: '1.2.840.10008.5.1.4.1.1.6.1',
  CommandField: COMMAND.storeRequest,
  MessageID: 7,
  Priority: 0,
  CommandDataSetType: 1,
  AffectedSOPInstanceUID: '1.2.3',
  MoveOriginatorApplicationEntityTitle: 'ARCHIVE',
  MoveOriginatorMessageID: 3,
};

describe('a command set', () => {
  test('reads as it was written', () => {
    expect(decodeCommand(encodeCommand(STORE))).toEqual(STORE);
  });

  test('is Implicit VR Little Endian with its group length first', () => {
    const bytes = Buffer.from(
      encodeCommand({
        CommandField: COMMAND.echoRequest,
        MessageID: 1,
        CommandDataSetType: NO_DATA_SET,
        AffectedSOPClassUID: '1.2.840.10008.1.1',
      }),
    );
    expect(bytes.toString('hex')).toBe(
      [
        '0000000004000000',
        '38000000',
        '0000020012000000',
        Buffer.from('1.2.840.10008.1.1\0').toString('hex'),
        '0000000102000000',
        '3000',
        '0000100102000000',
        '0100',
        '0000000802000000',
        '0101',
      ].join(''),
    );
  });

  test('passes over elements it does not know', () => {
    const more = Buffer.concat([encodeCommand(STORE), Buffer.from('0000ff0f020000004142', 'hex')]);
    expect(decodeCommand(more)).toEqual(STORE);
  });

  test('says whether a data set follows', () => {
    expect(hasDataSet({ CommandDataSetType: NO_DATA_SET })).toBe(false);
    expect(hasDataSet({ CommandDataSetType: 0 })).toBe(true);
    expect(hasDataSet({ CommandDataSetType: 0xfeff })).toBe(true);
    expect(hasDataSet({})).toBe(false);
  });

  test.each([
    ['without Command Field', Buffer.from(encodeCommand({ MessageID: 1 }))],
    ['of no bytes', Buffer.alloc(0)],
    ['with an element of another group', Buffer.from('0800160002000000312e', 'hex')],
    ['with an element longer than the set', Buffer.from('00000001ffffffff0100', 'hex')],
    ['with a number of four bytes where two are due', Buffer.from('000000010400000001000000', 'hex')],
  ])('%s is refused', (_name, bytes) => {
    expect(() => decodeCommand(bytes)).toThrow(PduFault);
  });

  test('cut anywhere is refused or lacks only whole elements', () => {
    const bytes = encodeCommand(STORE);
    let refused = 0;
    for (let length = 0; length < bytes.length; length += 1) {
      try {
        const command = decodeCommand(bytes.subarray(0, length));
        expect(STORE).toMatchObject(command);
      } catch (error) {
        expect(error).toBeInstanceOf(PduFault);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(bytes.length - 10);
  });
});
