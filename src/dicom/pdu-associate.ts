// A-ASSOCIATE-RQ and A-ASSOCIATE-AC (PS3.8 9.3.2 and 9.3.3, PS3.7 Annex D.3): bytes to records and back. Pure. Items we do not know are
// passed over; what negotiates nothing with us (asynchronous operations, extended negotiation, user identity) is read past and not answered.
import { ABORT_REASON, encodePdu, PDU, PduFault } from './pdu.ts';

export const DICOM_APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';

const ITEM = {
  applicationContext: 0x10,
  proposedContext: 0x20,
  contextAnswer: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  userInformation: 0x50,
  maximumLength: 0x51,
  implementationClassUid: 0x52,
  roleSelection: 0x54,
  implementationVersionName: 0x55,
} as const;

/** Protocol version, reserved bytes, two AE titles and 32 reserved bytes: what stands before the items. */
const FIXED_LENGTH = 68;
const AE_LENGTH = 16;

/** PS3.7 D.3.3.4: whether the association requestor takes these roles. */
export type RoleSelection = { readonly sopClassUid: string; readonly scu: boolean; readonly scp: boolean };

type UserInformation = {
  /** 0: no limit. */
  readonly maxPduLength: number;
  readonly implementationClassUid: string;
  readonly implementationVersionName: string;
  readonly roles: readonly RoleSelection[];
};

export type AssociateRequest = UserInformation & {
  readonly protocolVersion: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly applicationContext: string;
  readonly contexts: readonly {
    readonly id: number;
    readonly abstractSyntaxUid: string;
    readonly transferSyntaxUids: readonly string[];
  }[];
  /** Bytes 11 to 74 of the PDU, which an A-ASSOCIATE-AC repeats unchanged (PS3.8 Table 9-17). */
  readonly toRepeat: Uint8Array;
};

/** `result` as in PS3.8 Table 9-18; the transfer syntax counts for result 0 only. */
export type ContextResult = { readonly id: number; readonly result: number; readonly transferSyntaxUid: string };

export type AssociateAccept = UserInformation & {
  readonly applicationContext: string;
  readonly contexts: readonly ContextResult[];
};

const invalid = (detail: string): PduFault => new PduFault(ABORT_REASON.invalidParameter, detail);

/** UIDs and AE titles are padded with NUL or space, on either side by some. */
const trimmed = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('latin1')
    .replace(/^[\0 ]+|[\0 ]+$/g, '');

/** AE titles go to logs and tables: control characters, which PS3.5 forbids in them, become question marks. */
const aeTitle = (bytes: Uint8Array): string => trimmed(bytes).replace(/\p{Cc}/gu, '?');

const uint16 = (bytes: Uint8Array, offset: number): number => ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);

function* items(bytes: Uint8Array): Generator<{ readonly type: number; readonly value: Uint8Array }, void, void> {
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw invalid('An item of an A-ASSOCIATE PDU is cut short.');
    const end = at + 4 + uint16(bytes, at + 2);
    if (end > bytes.length) throw invalid('An item of an A-ASSOCIATE PDU is longer than what holds it.');
    yield { type: bytes[at] ?? 0, value: bytes.subarray(at + 4, end) };
    at = end;
  }
}

/** A presentation context item: its ID, its result (of an answer) and the syntaxes in it. */
function decodeContext(value: Uint8Array): {
  id: number;
  result: number;
  abstractSyntaxUid: string;
  transferSyntaxUids: string[];
} {
  if (value.length < 4) throw invalid('A presentation context item is cut short.');
  const id = value[0] ?? 0;
  if (id % 2 === 0) throw invalid(`Presentation context ID ${id} is not odd.`);
  const transferSyntaxUids: string[] = [];
  let abstractSyntaxUid = '';
  for (const item of items(value.subarray(4))) {
    if (item.type === ITEM.abstractSyntax) abstractSyntaxUid = trimmed(item.value);
    if (item.type === ITEM.transferSyntax) transferSyntaxUids.push(trimmed(item.value));
  }
  return { id, result: value[2] ?? 0, abstractSyntaxUid, transferSyntaxUids };
}

function decodeRole(value: Uint8Array): RoleSelection {
  const length = uint16(value, 0);
  if (value.length < length + 4) throw invalid('A role selection item is cut short.');
  return { sopClassUid: trimmed(value.subarray(2, 2 + length)), scu: value[2 + length] === 1, scp: value[3 + length] === 1 };
}

function decodeUserInformation(value: Uint8Array): UserInformation {
  let maxPduLength = 0;
  let implementationClassUid = '';
  let implementationVersionName = '';
  const roles: RoleSelection[] = [];
  for (const item of items(value)) {
    if (item.type === ITEM.maximumLength) {
      if (item.value.length !== 4) throw invalid('A maximum length item has 4 bytes.');
      maxPduLength = uint16(item.value, 0) * 0x10000 + uint16(item.value, 2);
    } else if (item.type === ITEM.implementationClassUid) implementationClassUid = trimmed(item.value);
    else if (item.type === ITEM.implementationVersionName) implementationVersionName = aeTitle(item.value);
    else if (item.type === ITEM.roleSelection) roles.push(decodeRole(item.value));
  }
  return { maxPduLength, implementationClassUid, implementationVersionName, roles };
}

const NO_INFORMATION: UserInformation = { maxPduLength: 0, implementationClassUid: '', implementationVersionName: '', roles: [] };

function decodeBody(body: Uint8Array, contextItem: number) {
  if (body.length < FIXED_LENGTH) throw invalid(`An A-ASSOCIATE PDU of ${body.length} bytes; ${FIXED_LENGTH} is the least.`);
  let applicationContext = '';
  let information = NO_INFORMATION;
  const contexts: ReturnType<typeof decodeContext>[] = [];
  for (const item of items(body.subarray(FIXED_LENGTH))) {
    if (item.type === ITEM.applicationContext) applicationContext = trimmed(item.value);
    else if (item.type === contextItem) contexts.push(decodeContext(item.value));
    else if (item.type === ITEM.userInformation) information = decodeUserInformation(item.value);
  }
  if (new Set(contexts.map((context) => context.id)).size !== contexts.length)
    throw invalid('A presentation context ID occurs twice.');
  return { applicationContext, information, contexts };
}

/** @throws PduFault when items overlap, are cut short, or IDs are even or doubled. */
export function decodeAssociateRequest(body: Uint8Array): AssociateRequest {
  const { applicationContext, information, contexts } = decodeBody(body, ITEM.proposedContext);
  return {
    ...information,
    protocolVersion: uint16(body, 0),
    calledAeTitle: aeTitle(body.subarray(4, 4 + AE_LENGTH)),
    callingAeTitle: aeTitle(body.subarray(4 + AE_LENGTH, 4 + 2 * AE_LENGTH)),
    applicationContext,
    contexts: contexts.map(({ id, abstractSyntaxUid, transferSyntaxUids }) => ({ id, abstractSyntaxUid, transferSyntaxUids })),
    toRepeat: body.slice(4, FIXED_LENGTH),
  };
}

/** @throws PduFault as `decodeAssociateRequest`. */
export function decodeAssociateAccept(body: Uint8Array): AssociateAccept {
  const { applicationContext, information, contexts } = decodeBody(body, ITEM.contextAnswer);
  return {
    ...information,
    applicationContext,
    contexts: contexts.map(({ id, result, transferSyntaxUids }) => ({
      id,
      result,
      transferSyntaxUid: transferSyntaxUids[0] ?? '',
    })),
  };
}

function encodeItem(type: number, ...values: readonly Uint8Array[]): Uint8Array {
  const value = Buffer.concat(values);
  const header = Buffer.from([type, 0, 0, 0]);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value]);
}

const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');
const paddedAe = (title: string): Uint8Array => text(title.slice(0, AE_LENGTH).padEnd(AE_LENGTH, ' '));

function encodeUserInformation(information: UserInformation): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(information.maxPduLength);
  const roles = information.roles.map(({ sopClassUid, scu, scp }) => {
    const uidLength = Buffer.alloc(2);
    uidLength.writeUInt16BE(sopClassUid.length);
    return encodeItem(ITEM.roleSelection, uidLength, text(sopClassUid), Uint8Array.of(scu ? 1 : 0, scp ? 1 : 0));
  });
  // Sub-items in the order of their numbers: some receivers want the two implementation items after the maximum length.
  return encodeItem(
    ITEM.userInformation,
    encodeItem(ITEM.maximumLength, length),
    encodeItem(ITEM.implementationClassUid, text(information.implementationClassUid)),
    ...roles,
    encodeItem(ITEM.implementationVersionName, text(information.implementationVersionName)),
  );
}

/** A whole A-ASSOCIATE-RQ PDU; `protocolVersion` is 1 and the application context is DICOM's. */
export function encodeAssociateRequest(
  request: Pick<AssociateRequest, 'calledAeTitle' | 'callingAeTitle' | 'contexts'> & UserInformation,
): Uint8Array {
  const contexts = request.contexts.map(({ id, abstractSyntaxUid, transferSyntaxUids }) =>
    encodeItem(
      ITEM.proposedContext,
      Uint8Array.of(id, 0, 0, 0),
      encodeItem(ITEM.abstractSyntax, text(abstractSyntaxUid)),
      ...transferSyntaxUids.map((uid) => encodeItem(ITEM.transferSyntax, text(uid))),
    ),
  );
  return encodePdu(
    PDU.associateRequest,
    Buffer.concat([
      Uint8Array.of(0, 1, 0, 0),
      paddedAe(request.calledAeTitle),
      paddedAe(request.callingAeTitle),
      new Uint8Array(32),
      encodeItem(ITEM.applicationContext, text(DICOM_APPLICATION_CONTEXT)),
      ...contexts,
      encodeUserInformation(request),
    ]),
  );
}

/** A whole A-ASSOCIATE-AC PDU. A context that is not accepted still carries a transfer syntax item (PS3.8 9.3.3.2), whose value nobody tests. */
export function encodeAssociateAccept(
  accept: { readonly toRepeat: Uint8Array; readonly contexts: readonly ContextResult[] } & UserInformation,
): Uint8Array {
  const contexts = accept.contexts.map(({ id, result, transferSyntaxUid }) =>
    encodeItem(ITEM.contextAnswer, Uint8Array.of(id, 0, result, 0), encodeItem(ITEM.transferSyntax, text(transferSyntaxUid))),
  );
  return encodePdu(
    PDU.associateAccept,
    Buffer.concat([
      Uint8Array.of(0, 1, 0, 0),
      accept.toRepeat,
      encodeItem(ITEM.applicationContext, text(DICOM_APPLICATION_CONTEXT)),
      ...contexts,
      encodeUserInformation(accept),
    ]),
  );
}
