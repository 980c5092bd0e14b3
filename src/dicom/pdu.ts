// The frame of the DICOM upper layer (PS3.8 9.3): in, bytes as they come off a socket; out, PDUs, with the data of P-DATA-TF passed on in
// the pieces it arrived in, so that no instance is ever held whole. Also the other way: PDUs to bytes. What is inside A-ASSOCIATE-RQ and
// A-ASSOCIATE-AC is in `pdu-associate.ts`.
import { Fault } from '../kernel/errors.ts';

/** PDU types, PS3.8 9.3.1. */
export const PDU = {
  associateRequest: 0x01,
  associateAccept: 0x02,
  associateReject: 0x03,
  data: 0x04,
  releaseRequest: 0x05,
  releaseResponse: 0x06,
  abort: 0x07,
} as const;

/** Reasons of an A-ABORT by the service provider, PS3.8 Table 9-26. */
export const ABORT_REASON = {
  notSpecified: 0,
  unrecognizedPdu: 1,
  unexpectedPdu: 2,
  unrecognizedParameter: 4,
  unexpectedParameter: 5,
  invalidParameter: 6,
} as const;

export type AbortReason = (typeof ABORT_REASON)[keyof typeof ABORT_REASON];

/** `pdu-invalid`, with the reason to put into the A-ABORT that answers it. The detail never repeats bytes of the peer as text. */
export class PduFault extends Fault {
  readonly abortReason: AbortReason;

  constructor(abortReason: AbortReason, detail: string) {
    super('pdu-invalid', detail);
    this.abortReason = abortReason;
  }
}

/** A piece of a presentation data value (PS3.8 9.3.5.1). `ends` marks the last piece of the last fragment of a command set or data set. */
export type DataPart = {
  readonly kind: 'data';
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly ends: boolean;
  /** A view on the chunk it came in; valid as long as that chunk is. */
  readonly bytes: Uint8Array;
};

export type PduPart =
  | { readonly kind: 'associate-request' | 'associate-accept'; readonly body: Uint8Array }
  | { readonly kind: 'associate-reject'; readonly result: number; readonly source: number; readonly reason: number }
  | DataPart
  | { readonly kind: 'release-request' | 'release-response' }
  | { readonly kind: 'abort'; readonly source: number; readonly reason: number };

export type PduLimits = {
  /** Most bytes of a P-DATA-TF after its header: what we advertise as Maximum Length (PS3.8 D.1). */
  readonly maxPduLength: number;
  /** Most bytes of an A-ASSOCIATE-RQ or A-ASSOCIATE-AC after its header. */
  readonly maxAssociateLength: number;
};

const HEADER_LENGTH = 6;
/** Length of a PDV (4 bytes), presentation context ID, message control header (PS3.8 9.3.5.1, E.2). */
const PDV_HEADER_LENGTH = 6;
const NO_BYTES = new Uint8Array(0);

const uint32 = (bytes: Uint8Array, offset: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset);

const hex = (value: number, digits: number): string => `${value.toString(16).toUpperCase().padStart(digits, '0')}H`;

/** Fills a small buffer from chunks that may break anywhere. */
type Gathering = { readonly bytes: Uint8Array; filled: number };

const gathering = (length: number): Gathering => ({ bytes: new Uint8Array(length), filled: 0 });

/** Takes what `chunk` has from `at` on; returns the offset after it. */
function gather(into: Gathering, chunk: Uint8Array, at: number): number {
  const taken = Math.min(into.bytes.length - into.filled, chunk.length - at);
  into.bytes.set(chunk.subarray(at, at + taken), into.filled);
  into.filled += taken;
  return at + taken;
}

const isFull = (into: Gathering): boolean => into.filled === into.bytes.length;

/** Refuses a length before anything is stored for it. */
function checkLength(type: number, length: number, limits: PduLimits): void {
  if (type === PDU.associateRequest || type === PDU.associateAccept) {
    if (length > 0 && length <= limits.maxAssociateLength) return;
    throw new PduFault(
      ABORT_REASON.invalidParameter,
      `An A-ASSOCIATE PDU of ${length} bytes; ${limits.maxAssociateLength} are allowed.`,
    );
  }
  if (type === PDU.data) {
    if (length > limits.maxPduLength)
      throw new PduFault(
        ABORT_REASON.invalidParameter,
        `A P-DATA-TF PDU of ${length} bytes; ${limits.maxPduLength} are allowed.`,
      );
    if (length < PDV_HEADER_LENGTH)
      throw new PduFault(ABORT_REASON.invalidParameter, `A P-DATA-TF PDU of ${length} bytes holds no PDV.`);
    return;
  }
  if (type < PDU.associateRequest || type > PDU.abort)
    throw new PduFault(ABORT_REASON.unrecognizedPdu, `${hex(type, 2)} is no PDU type: the peer does not speak DICOM.`);
  if (length !== 4)
    throw new PduFault(ABORT_REASON.invalidParameter, `A PDU of type ${hex(type, 2)} and ${length} bytes; it has 4.`);
}

function decodeWhole(type: number, body: Uint8Array): PduPart {
  const [, second = 0, third = 0, fourth = 0] = body;
  switch (type) {
    case PDU.associateRequest:
      return { kind: 'associate-request', body };
    case PDU.associateAccept:
      return { kind: 'associate-accept', body };
    case PDU.associateReject:
      return { kind: 'associate-reject', result: second, source: third, reason: fourth };
    case PDU.releaseRequest:
      return { kind: 'release-request' };
    case PDU.releaseResponse:
      return { kind: 'release-response' };
    default:
      return { kind: 'abort', source: third, reason: fourth };
  }
}

/**
 * A reader of one connection's bytes. `read` yields what a chunk completes, lazily; take all of it before the next chunk.
 * @throws PduFault for anything that is no PDU or is longer than allowed; the connection is of no use after that.
 */
export function pduReader(limits: PduLimits): { readonly read: (chunk: Uint8Array) => Generator<PduPart, void, void> } {
  let header = gathering(HEADER_LENGTH);
  let body: Gathering | null = null;
  let type = 0;
  /** Bytes of the current P-DATA-TF that are not read yet. */
  let leftInPdu = 0;
  let pdvHeader = gathering(PDV_HEADER_LENGTH);
  let leftInPdv = 0;
  let pdv: { readonly contextId: number; readonly isCommand: boolean; readonly isLast: boolean } | null = null;

  const openPdv = (): void => {
    const length = uint32(pdvHeader.bytes, 0);
    if (length < 2) throw new PduFault(ABORT_REASON.invalidParameter, `A PDV of ${length} bytes; 2 is the least.`);
    if (length - 2 > leftInPdu)
      throw new PduFault(ABORT_REASON.invalidParameter, `A PDV of ${length} bytes reaches beyond its PDU.`);
    const control = pdvHeader.bytes[5] ?? 0;
    pdv = { contextId: pdvHeader.bytes[4] ?? 0, isCommand: (control & 1) !== 0, isLast: (control & 2) !== 0 };
    leftInPdv = length - 2;
    pdvHeader = gathering(PDV_HEADER_LENGTH);
  };

  /** One step in a P-DATA-TF: a PDV header, or a piece of a PDV. */
  const readData = (chunk: Uint8Array, at: number): { readonly at: number; readonly part: PduPart | null } => {
    if (pdv === null) {
      if (leftInPdu < PDV_HEADER_LENGTH - pdvHeader.filled)
        throw new PduFault(ABORT_REASON.invalidParameter, `${leftInPdu} bytes at the end of a PDU are no PDV.`);
      const after = gather(pdvHeader, chunk, at);
      leftInPdu -= after - at;
      if (!isFull(pdvHeader)) return { at: after, part: null };
      openPdv();
      if (leftInPdv > 0) return { at: after, part: null };
      return { at: after, part: closePdv(NO_BYTES) };
    }
    const end = Math.min(chunk.length, at + leftInPdv);
    leftInPdv -= end - at;
    leftInPdu -= end - at;
    return { at: end, part: closePdv(chunk.subarray(at, end)) };
  };

  const closePdv = (bytes: Uint8Array): PduPart | null => {
    if (pdv === null) return null;
    const { contextId, isCommand, isLast } = pdv;
    if (leftInPdv === 0) pdv = null;
    return { kind: 'data', contextId, isCommand, ends: isLast && leftInPdv === 0, bytes };
  };

  function* read(chunk: Uint8Array): Generator<PduPart, void, void> {
    let at = 0;
    while (at < chunk.length) {
      if (leftInPdu > 0) {
        const step = readData(chunk, at);
        at = step.at;
        if (step.part !== null) yield step.part;
      } else if (body !== null) {
        at = gather(body, chunk, at);
        if (!isFull(body)) return;
        const whole = body.bytes;
        body = null;
        yield decodeWhole(type, whole);
      } else {
        at = gather(header, chunk, at);
        // The first byte tells HTTP, TLS or HL7 from DICOM; a peer that sends five bytes and waits gets its answer too.
        type = header.bytes[0] ?? 0;
        if (type < PDU.associateRequest || type > PDU.abort) checkLength(type, 0, limits);
        if (!isFull(header)) return;
        const length = uint32(header.bytes, 2);
        header = gathering(HEADER_LENGTH);
        checkLength(type, length, limits);
        if (type === PDU.data) leftInPdu = length;
        else body = gathering(length);
      }
    }
  }
  return { read };
}

/** A PDU of any type around its body. */
export function encodePdu(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH + body.length);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(2, body.length);
  bytes.set(body, HEADER_LENGTH);
  return bytes;
}

/** PS3.8 9.3.4; the fields of Table 9-21. */
export const encodeReject = (fields: { readonly result: number; readonly source: number; readonly reason: number }): Uint8Array =>
  encodePdu(PDU.associateReject, Uint8Array.of(0, fields.result, fields.source, fields.reason));

export const encodeReleaseRequest = (): Uint8Array => encodePdu(PDU.releaseRequest, new Uint8Array(4));
export const encodeReleaseResponse = (): Uint8Array => encodePdu(PDU.releaseResponse, new Uint8Array(4));

/** PS3.8 9.3.8. Source 0: the service user; 2: the service provider, which alone gives a reason. */
export const encodeAbort = (source: 0 | 2, reason: AbortReason): Uint8Array =>
  encodePdu(PDU.abort, Uint8Array.of(0, 0, source, source === 0 ? 0 : reason));

/** Bytes that a P-DATA-TF with one PDV has before its data. */
export const DATA_HEADER_LENGTH = HEADER_LENGTH + PDV_HEADER_LENGTH;

/** Most data bytes of one PDV in a PDU that the peer takes: even, as PS3.8 9.3.1 wants fragments; `limit` bounds it when the peer says 0 (any). */
export const pdvRoom = (peerMaxPduLength: number, limit: number): number =>
  ((peerMaxPduLength === 0 ? limit : Math.min(peerMaxPduLength, limit)) - PDV_HEADER_LENGTH) & ~1;

/** Writes the header of a P-DATA-TF with one PDV of `length` data bytes to the start of `into`; the data follows at `DATA_HEADER_LENGTH`. */
export function writeDataHeader(
  into: Uint8Array,
  length: number,
  options: { readonly contextId: number; readonly isCommand: boolean; readonly isLast: boolean },
): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint8(0, PDU.data);
  view.setUint8(1, 0);
  view.setUint32(2, length + PDV_HEADER_LENGTH);
  view.setUint32(6, length + 2);
  view.setUint8(10, options.contextId);
  view.setUint8(11, (options.isCommand ? 1 : 0) | (options.isLast ? 2 : 0));
}

/** A command set in as few P-DATA-TF PDUs as `room` data bytes each allow, to be written at once. */
export function encodeCommandPdus(contextId: number, command: Uint8Array, room: number): Uint8Array {
  const count = Math.max(1, Math.ceil(command.length / room));
  const bytes = new Uint8Array(command.length + count * DATA_HEADER_LENGTH);
  for (let index = 0; index < count; index += 1) {
    const piece = command.subarray(index * room, (index + 1) * room);
    const pdu = bytes.subarray(index * (room + DATA_HEADER_LENGTH));
    writeDataHeader(pdu, piece.length, { contextId, isCommand: true, isLast: index === count - 1 });
    pdu.set(piece, DATA_HEADER_LENGTH);
  }
  return bytes;
}
