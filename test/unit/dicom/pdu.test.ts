// The PDU codec: bytes in any cut give the same parts, lengths are refused before anything is stored, associations survive the round trip.
import { describe, expect, test } from '@jest/globals';
import {
  DATA_HEADER_LENGTH,
  encodeAbort,
  encodeCommandPdus,
  encodePdu,
  encodeReject,
  encodeReleaseRequest,
  encodeReleaseResponse,
  PDU,
  PduFault,
  type PduPart,
  pduReader,
  pdvRoom,
  writeDataHeader,
} from '../../../src/dicom/pdu.ts';
import {
  decodeAssociateAccept,
  decodeAssociateRequest,
  encodeAssociateAccept,
  encodeAssociateRequest,
} from '../../../src/dicom/pdu-associate.ts';

const LIMITS = { maxPduLength: 1000, maxAssociateLength: 2000 };

/** All parts of `bytes` given in chunks of `size`. */
function partsOf(bytes: Uint8Array, size = bytes.length): PduPart[] {
  const { read } = pduReader(LIMITS);
  const parts: PduPart[] = [];
  for (let at = 0; at < bytes.length; at += size) parts.push(...read(bytes.subarray(at, at + size)));
  return parts;
}

function abortReasonOf(bytes: Uint8Array): number {
  try {
    partsOf(bytes);
  } catch (error) {
    if (error instanceof PduFault) return error.abortReason;
    throw error;
  }
  throw new Error('The bytes were taken.');
}

/** A P-DATA-TF with the given PDVs. */
const dataPdu = (...pdvs: readonly { id: number; control: number; data: Uint8Array }[]): Uint8Array =>
  encodePdu(
    PDU.data,
    Buffer.concat(
      pdvs.map(({ id, control, data }) => {
        const header = Buffer.alloc(6);
        header.writeUInt32BE(data.length + 2);
        header[4] = id;
        header[5] = control;
        return Buffer.concat([header, data]);
      }),
    ),
  );

/** Pieces of the same data joined, so that cuts do not show. */
function joined(parts: readonly PduPart[]): unknown[] {
  const result: unknown[] = [];
  let pending: Uint8Array[] = [];
  for (const part of parts) {
    if (part.kind !== 'data') {
      result.push(part);
      continue;
    }
    pending.push(part.bytes);
    if (part.ends) {
      result.push({ ...part, bytes: Buffer.concat(pending).toString('hex') });
      pending = [];
    }
  }
  return result;
}

const REQUEST = {
  calledAeTitle: 'SONORELAY',
  callingAeTitle: 'SCANNER 1',
  contexts: [
    { id: 1, abstractSyntaxUid: '1.2.840.10008.1.1', transferSyntaxUids: ['1.2.840.10008.1.2'] },
    {
      id: 3,
      abstractSyntaxUid: '1.2.840.10008.5.1.4.1.1.6.1',
      transferSyntaxUids: ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2.4.50'],
    },
  ],
  maxPduLength: 16384,
  implementationClassUid: '1.2.3',
  implementationVersionName: 'TEST_1',
  roles: [{ sopClassUid: '1.2.840.10008.1.20.1', scu: false, scp: true }],
};

const STREAM = Buffer.concat([
  encodeAssociateRequest(REQUEST),
  dataPdu({ id: 1, control: 3, data: Buffer.from('command') }, { id: 1, control: 0, data: Buffer.from('first ') }),
  dataPdu({ id: 1, control: 2, data: Buffer.from('last') }),
  dataPdu({ id: 1, control: 2, data: Buffer.alloc(0) }),
  encodeReleaseRequest(),
  encodeReleaseResponse(),
  encodeReject({ result: 2, source: 3, reason: 2 }),
  encodeAbort(2, 6),
]);

describe('the PDU reader', () => {
  test('gives the same parts however the bytes are cut', () => {
    const whole = joined(partsOf(STREAM));
    expect(whole).toHaveLength(8);
    for (const size of [1, 2, 3, 5, 7, 11, 64, 200]) expect(joined(partsOf(STREAM, size))).toEqual(whole);
  });

  test('tells the last fragment of a command set from those of a data set', () => {
    const data = partsOf(STREAM).flatMap((part) => (part.kind === 'data' ? [part] : []));
    expect(data.map(({ isCommand, ends, bytes }) => [isCommand, ends, Buffer.from(bytes).toString()])).toEqual([
      [true, true, 'command'],
      [false, false, 'first '],
      [false, true, 'last'],
      [false, true, ''],
    ]);
  });

  test('hands data on as views on the chunk it came in', () => {
    const pdu = dataPdu({ id: 1, control: 2, data: Buffer.from('pixels') });
    const [part] = partsOf(pdu);
    expect(part?.kind === 'data' && part.bytes.buffer === pdu.buffer).toBe(true);
  });

  test('reads rejection and abort fields', () => {
    expect(partsOf(STREAM).slice(-2)).toEqual([
      { kind: 'associate-reject', result: 2, source: 3, reason: 2 },
      { kind: 'abort', source: 2, reason: 6 },
    ]);
  });

  test.each([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 1],
    ['the first byte of HL7 alone', Buffer.of(0x0b), 1],
    ['a TLS client hello', Buffer.of(0x16, 3, 1, 0, 0xa5, 1), 1],
    ['PDU type 0', Buffer.of(0, 0, 0, 0, 0, 4), 1],
    ['PDU type 8', Buffer.of(8, 0, 0, 0, 0, 4), 1],
    ['a P-DATA-TF of 4 GiB', Buffer.of(4, 0, 0xff, 0xff, 0xff, 0xff), 6],
    ['a P-DATA-TF one byte too long', Buffer.of(4, 0, 0, 0, 0x03, 0xe9), 6],
    ['an empty P-DATA-TF', Buffer.of(4, 0, 0, 0, 0, 0), 6],
    ['an A-ASSOCIATE-RQ of 4 GiB', Buffer.of(1, 0, 0xff, 0xff, 0xff, 0xff), 6],
    ['an empty A-ASSOCIATE-RQ', Buffer.of(1, 0, 0, 0, 0, 0), 6],
    ['a release request of five bytes', Buffer.of(5, 0, 0, 0, 0, 5), 6],
    ['an abort without fields', Buffer.of(7, 0, 0, 0, 0, 0), 6],
    ['a PDV of length 0', encodePdu(4, Buffer.of(0, 0, 0, 0, 1, 3)), 6],
    ['a PDV of length 1', encodePdu(4, Buffer.of(0, 0, 0, 1, 1, 3)), 6],
    ['a PDV longer than its PDU', encodePdu(4, Buffer.of(0, 0, 0, 3, 1, 3)), 6],
    ['a PDV of 4 GiB', encodePdu(4, Buffer.of(0xff, 0xff, 0xff, 0xff, 1, 3)), 6],
    ['bytes after the last PDV', encodePdu(4, Buffer.of(0, 0, 0, 2, 1, 0, 9, 9)), 6],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(abortReasonOf(bytes)).toBe(reason);
  });
});

describe('the writer of command sets', () => {
  test('cuts a command set into PDUs that the peer takes', () => {
    const command = Buffer.from(Array.from({ length: 250 }, (_, index) => index));
    const bytes = encodeCommandPdus(5, command, 100);
    const parts = partsOf(bytes).flatMap((part) => (part.kind === 'data' ? [part] : []));
    expect(parts.map(({ bytes: { length }, contextId, isCommand, ends }) => [length, contextId, isCommand, ends])).toEqual([
      [100, 5, true, false],
      [100, 5, true, false],
      [50, 5, true, true],
    ]);
    expect(Buffer.concat(parts.map(({ bytes: piece }) => piece))).toEqual(command);
  });

  test('leaves room for the PDV header, and an even number of data bytes', () => {
    expect(pdvRoom(16384, 262144)).toBe(16378);
    expect(pdvRoom(16383, 262144)).toBe(16376);
    expect(pdvRoom(0, 262144)).toBe(262138);
    expect(pdvRoom(1_000_000, 262144)).toBe(262138);
  });

  test('writes the header of a data PDU in front of the data', () => {
    const pdu = new Uint8Array(DATA_HEADER_LENGTH + 4).fill(7);
    writeDataHeader(pdu, 4, { contextId: 9, isCommand: false, isLast: true });
    expect(partsOf(pdu)).toEqual([
      { kind: 'data', contextId: 9, isCommand: false, ends: true, bytes: Uint8Array.of(7, 7, 7, 7) },
    ]);
  });
});

describe('association PDUs', () => {
  test('an A-ASSOCIATE-RQ reads as it was written', () => {
    const { toRepeat, ...read } = decodeAssociateRequest(encodeAssociateRequest(REQUEST).subarray(6));
    expect(read).toEqual({ ...REQUEST, protocolVersion: 1, applicationContext: '1.2.840.10008.3.1.1.1' });
    expect(Buffer.from(toRepeat.subarray(0, 32)).toString()).toBe('SONORELAY       SCANNER 1       ');
    expect(toRepeat).toHaveLength(64);
  });

  test('an A-ASSOCIATE-AC reads as it was written and repeats the titles of the request', () => {
    const { toRepeat } = decodeAssociateRequest(encodeAssociateRequest(REQUEST).subarray(6));
    const accept = {
      contexts: [
        { id: 1, result: 0, transferSyntaxUid: '1.2.840.10008.1.2' },
        { id: 3, result: 4, transferSyntaxUid: '1.2.840.10008.1.2.1' },
      ],
      maxPduLength: 262144,
      implementationClassUid: '1.2.3',
      implementationVersionName: 'TEST_1',
      roles: [{ sopClassUid: '1.2.840.10008.1.20.1', scu: false, scp: false }],
    };
    const body = encodeAssociateAccept({ ...accept, toRepeat }).subarray(6);
    expect(decodeAssociateAccept(body)).toEqual({ ...accept, applicationContext: '1.2.840.10008.3.1.1.1' });
    expect(body.subarray(4, 68)).toEqual(Uint8Array.from(toRepeat));
  });

  test('items we do not know are passed over', () => {
    const body = encodeAssociateRequest(REQUEST).subarray(6);
    const withMore = Buffer.concat([body, Buffer.of(0x77, 0, 0, 3, 1, 2, 3)]);
    expect(decodeAssociateRequest(withMore).contexts).toEqual(REQUEST.contexts);
  });

  test('control characters in an AE title become question marks', () => {
    const body = Buffer.from(encodeAssociateRequest(REQUEST).subarray(6));
    body.write('A\nB\u001b', 20, 'latin1');
    expect(decodeAssociateRequest(body).callingAeTitle).toBe('A?B?NER 1');
  });

  test('every cut of an A-ASSOCIATE-RQ is refused or leaves out whole items', () => {
    const body = encodeAssociateRequest(REQUEST).subarray(6);
    let refused = 0;
    for (let length = 0; length < body.length; length += 1) {
      try {
        expect(decodeAssociateRequest(body.subarray(0, length)).contexts.length).toBeLessThanOrEqual(2);
      } catch (error) {
        expect(error).toBeInstanceOf(PduFault);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(body.length - 10);
  });

  test.each([
    ['an even presentation context ID', [{ ...REQUEST.contexts[0], id: 2 }]],
    ['a presentation context ID twice', [REQUEST.contexts[0], REQUEST.contexts[0]]],
  ])('%s is refused', (_name, contexts) => {
    const request = encodeAssociateRequest({ ...REQUEST, contexts: contexts as typeof REQUEST.contexts });
    expect(() => decodeAssociateRequest(request.subarray(6))).toThrow(PduFault);
  });
});
