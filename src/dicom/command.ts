// DIMSE command sets (PS3.7 6.3, Annex E): group 0000 in Implicit VR Little Endian, bytes to a record by keyword and back. Pure.
import { ABORT_REASON, PduFault } from './pdu.ts';

/** Command Field (0000,0100) values, PS3.7 Table E.1-1. A response has the highest bit set. */
export const COMMAND = {
  storeRequest: 0x0001,
  storeResponse: 0x8001,
  echoRequest: 0x0030,
  echoResponse: 0x8030,
  cancelRequest: 0x0fff,
} as const;

export const RESPONSE_BIT = 0x8000;

/** Command Data Set Type (0000,0800): this value means that no data set follows, any other that one does. */
export const NO_DATA_SET = 0x0101;

type CommandVr = 'US' | 'UL' | 'UI' | 'AE' | 'LO';

/** Elements we read or write, in the order of their tags (PS3.7 Table E.1-1); others are passed over. */
const ELEMENTS = {
  AffectedSOPClassUID: [0x0002, 'UI'],
  RequestedSOPClassUID: [0x0003, 'UI'],
  CommandField: [0x0100, 'US'],
  MessageID: [0x0110, 'US'],
  MessageIDBeingRespondedTo: [0x0120, 'US'],
  MoveDestination: [0x0600, 'AE'],
  Priority: [0x0700, 'US'],
  CommandDataSetType: [0x0800, 'US'],
  Status: [0x0900, 'US'],
  ErrorComment: [0x0902, 'LO'],
  ErrorID: [0x0903, 'US'],
  AffectedSOPInstanceUID: [0x1000, 'UI'],
  RequestedSOPInstanceUID: [0x1001, 'UI'],
  EventTypeID: [0x1002, 'US'],
  ActionTypeID: [0x1008, 'US'],
  NumberOfRemainingSuboperations: [0x1020, 'US'],
  NumberOfCompletedSuboperations: [0x1021, 'US'],
  NumberOfFailedSuboperations: [0x1022, 'US'],
  NumberOfWarningSuboperations: [0x1023, 'US'],
  MoveOriginatorApplicationEntityTitle: [0x1030, 'AE'],
  MoveOriginatorMessageID: [0x1031, 'US'],
} as const satisfies Readonly<Record<string, readonly [element: number, vr: CommandVr]>>;

type Keyword = keyof typeof ELEMENTS;
type ValueOf<K extends Keyword> = (typeof ELEMENTS)[K][1] extends 'US' | 'UL' ? number : string;

/** A command set by keyword. Texts are without padding. */
export type CommandSet = { readonly [K in Keyword]?: ValueOf<K> };

const KEYWORDS: ReadonlyMap<number, Keyword> = new Map(
  (Object.keys(ELEMENTS) as Keyword[]).map((keyword) => [ELEMENTS[keyword][0], keyword]),
);

const ELEMENT_HEADER_LENGTH = 8;

const invalid = (detail: string): PduFault => new PduFault(ABORT_REASON.invalidParameter, detail);

function encodeValue(vr: CommandVr, value: number | string): Buffer {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(vr === 'UL' ? 4 : 2);
    if (vr === 'UL') bytes.writeUInt32LE(value);
    else bytes.writeUInt16LE(value);
    return bytes;
  }
  const padding = value.length % 2 === 0 ? '' : vr === 'UI' ? '\0' : ' ';
  return Buffer.from(value + padding, 'latin1');
}

function encodeElement(element: number, value: Buffer): Buffer {
  const header = Buffer.alloc(ELEMENT_HEADER_LENGTH);
  header.writeUInt16LE(element, 2);
  header.writeUInt32LE(value.length, 4);
  return Buffer.concat([header, value]);
}

/** The bytes of a command set, with its Command Group Length (0000,0000). */
export function encodeCommand(command: CommandSet): Uint8Array {
  const elements = (Object.keys(ELEMENTS) as Keyword[]).flatMap((keyword) => {
    const value = command[keyword];
    const [element, vr] = ELEMENTS[keyword];
    return value === undefined ? [] : [encodeElement(element, encodeValue(vr, value))];
  });
  const rest = Buffer.concat(elements);
  return Buffer.concat([encodeElement(0x0000, encodeValue('UL', rest.length)), rest]);
}

function decodeValue(vr: CommandVr, value: Buffer): number | string {
  if (vr === 'US' || vr === 'UL') {
    if (value.length !== (vr === 'US' ? 2 : 4))
      throw invalid(`A command element of ${value.length} bytes that holds one number.`);
    return vr === 'US' ? value.readUInt16LE() : value.readUInt32LE();
  }
  return value.toString('latin1').replace(/^[\0 ]+|[\0 ]+$/g, '');
}

/**
 * Reads a whole command set. The group length is not relied on: the fragments say where the set ends.
 * @throws PduFault when an element is cut short, of another group, or Command Field is missing.
 */
export function decodeCommand(bytes: Uint8Array): CommandSet & { readonly CommandField: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Partial<Record<Keyword, number | string>> = {};
  let at = 0;
  while (at < buffer.length) {
    if (at + ELEMENT_HEADER_LENGTH > buffer.length) throw invalid('A command set is cut short.');
    if (buffer.readUInt16LE(at) !== 0) throw invalid('A command set holds an element of another group.');
    const keyword = KEYWORDS.get(buffer.readUInt16LE(at + 2));
    const end = at + ELEMENT_HEADER_LENGTH + buffer.readUInt32LE(at + 4);
    if (end > buffer.length) throw invalid('An element of a command set is longer than the set.');
    if (keyword !== undefined)
      found[keyword] = decodeValue(ELEMENTS[keyword][1], buffer.subarray(at + ELEMENT_HEADER_LENGTH, end));
    at = end;
  }
  const { CommandField } = found;
  if (typeof CommandField !== 'number') throw invalid('A command set without Command Field.');
  // Each value has the type of its row: decodeValue made it by the same table.
  return { ...(found as CommandSet), CommandField };
}

/** True when a data set follows the command set. */
export const hasDataSet = (command: CommandSet): boolean => (command.CommandDataSetType ?? NO_DATA_SET) !== NO_DATA_SET;
