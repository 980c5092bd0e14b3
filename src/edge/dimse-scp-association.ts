// One association as acceptor (PS3.8 7, PS3.7 Annex D): in, a connection; out, an association accepted or rejected, its C-ECHO and C-STORE
// requests answered in turn, and one log event for how it ended.
import type { Admission, AssociationRejection, AssociationRequest, ContextAnswer } from '../contracts/association.ts';
import { COMMAND, hasDataSet, NO_DATA_SET, RESPONSE_BIT } from '../dicom/command.ts';
import { ABORT_REASON, encodeReject, encodeReleaseResponse, PduFault } from '../dicom/pdu.ts';
import {
  type AssociateRequest,
  type ContextResult,
  DICOM_APPLICATION_CONTEXT,
  decodeAssociateRequest,
  encodeAssociateAccept,
} from '../dicom/pdu-associate.ts';
import { STATUS, statusMeaning } from '../dicom/status.ts';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../dicom/uids.ts';
import { type FaultCode, faultRow, isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { abortFor, type DimseConnection } from './dimse-connection.ts';
import {
  type CommandMessage,
  type Dialogue,
  type Ending,
  type MessageLimits,
  nextCommand,
  nextData,
  roomFor,
  writeCommand,
} from './dimse-message.ts';
import { type AcceptedContext, detailOf, isUid, type OpenInstance, receiveInstance, type StoreParts } from './dimse-scp-store.ts';

export type ScpLimits = MessageLimits & {
  readonly maxAssociations: number;
  /** Connections, with and without an association; one more is closed unread. */
  readonly maxConnections: number;
  /** Advertised; also bounds a PDV, which never reaches beyond its PDU. */
  readonly maxPduLength: number;
  readonly maxAssociateLength: number;
  readonly maxInstanceBytes: number;
  /** From connecting to a whole A-ASSOCIATE-RQ (PS3.8 9.1.5). */
  readonly artimTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
  /** From our last PDU to the peer's closing of the connection. */
  readonly lingerMs: number;
};

/** What an association needs of the server it belongs to. */
export type ScpHost = {
  readonly limits: ScpLimits;
  readonly admit: (request: AssociationRequest) => Promise<Admission>;
  readonly openInstance: OpenInstance;
  readonly newAssociationKey: () => string;
  readonly log: Log;
  /** Counts an association; false when there are as many as allowed. */
  readonly enter: () => boolean;
  readonly leave: () => void;
  readonly isStopping: () => boolean;
};

export type ScpPeer = { readonly address: string; readonly tls: boolean };

type Judgement =
  | { readonly accept: true; readonly contexts: readonly ContextAnswer[] }
  | { readonly accept: false; readonly because: string; readonly rejection: AssociationRejection };

/** PS3.8 Table 9-21: the acceptor cannot answer for now. */
const CONGESTION: AssociationRejection = { result: 2, source: 3, reason: 1 };

const STOPPED = 'aborted: the node stops';

const rejectedFor = (code: FaultCode, detail = ''): Judgement => ({
  accept: false,
  because: detail === '' ? faultRow(code).sentence : `${faultRow(code).sentence} ${detail}`,
  rejection: faultRow(code).reject ?? CONGESTION,
});

/** Syntaxes that are no UIDs are never offered to `admit`. */
function requestFor(request: AssociateRequest, key: string, peer: ScpPeer): AssociationRequest {
  const { calledAeTitle, callingAeTitle, maxPduLength, implementationClassUid, implementationVersionName } = request;
  const contexts = request.contexts
    .filter((context) => isUid(context.abstractSyntaxUid))
    .map((context) => ({ ...context, transferSyntaxUids: context.transferSyntaxUids.filter(isUid) }));
  return {
    key,
    callingAeTitle,
    calledAeTitle,
    remoteAddress: peer.address,
    tls: peer.tls,
    maxPduLength,
    implementationClassUid,
    implementationVersionName,
    contexts,
  };
}

async function judge(request: AssociateRequest, association: AssociationRequest, host: ScpHost): Promise<Judgement> {
  if ((request.protocolVersion & 1) === 0) return rejectedFor('protocol-version-unsupported');
  if (request.applicationContext !== DICOM_APPLICATION_CONTEXT) return rejectedFor('application-context-unsupported');
  try {
    return await host.admit(association);
  } catch (error) {
    return rejectedFor(isFault(error) ? error.code : 'store-failed', detailOf(error));
  }
}

/** One answer for each proposed context, in the order proposed; what `admit` did not answer has an abstract syntax we do not know (result 3). */
function contextResults(request: AssociateRequest, answers: readonly ContextAnswer[]): readonly ContextResult[] {
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  return request.contexts.map(({ id, transferSyntaxUids }) => {
    const answer = byId.get(id);
    if (answer?.result === 0) return { id, result: 0, transferSyntaxUid: answer.transferSyntaxUid };
    return { id, result: answer?.result ?? 3, transferSyntaxUid: transferSyntaxUids[0] ?? '' };
  });
}

function encodeAccept(request: AssociateRequest, results: readonly ContextResult[], maxPduLength: number): Uint8Array {
  return encodeAssociateAccept({
    toRepeat: request.toRepeat,
    contexts: results,
    maxPduLength,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: IMPLEMENTATION_VERSION_NAME,
    // The requestor may be SCU as it proposes; we take no SCU role towards it (PS3.7 D.3.3.4).
    roles: request.roles.map(({ sopClassUid, scu }) => ({ sopClassUid, scu, scp: false })),
  });
}

type Tally = { instances: number; bytes: number };

async function answerStore(
  dialogue: Dialogue,
  message: CommandMessage,
  parts: StoreParts & { readonly tally: Tally },
): Promise<Ending | null> {
  const result = await receiveInstance(dialogue, message, parts);
  if (result.kind !== 'answer') return result;
  const { category } = statusMeaning(result.status);
  parts.tally.bytes += result.bytes;
  if (category === 'success' || category === 'warning') parts.tally.instances += 1;
  const { MessageID, AffectedSOPClassUID, AffectedSOPInstanceUID } = message.command;
  await writeCommand(dialogue, message.contextId, {
    CommandField: COMMAND.storeResponse,
    MessageIDBeingRespondedTo: MessageID ?? 0,
    CommandDataSetType: NO_DATA_SET,
    Status: result.status,
    ...(AffectedSOPClassUID === undefined ? {} : { AffectedSOPClassUID }),
    ...(AffectedSOPInstanceUID === undefined ? {} : { AffectedSOPInstanceUID }),
    ...(result.comment === '' ? {} : { ErrorComment: result.comment.slice(0, 64) }),
  });
  return null;
}

/** C-ECHO, and the refusal of what we do not serve; a data set that comes with it is read past. */
async function answerOther(
  dialogue: Dialogue,
  { command, contextId }: CommandMessage,
  limits: ScpLimits,
): Promise<Ending | null> {
  let bytes = 0;
  for (let ended = !hasDataSet(command); !ended; ) {
    const part = await nextData(dialogue, contextId);
    if (part.kind !== 'data') return part;
    bytes += part.bytes.length;
    if (bytes > limits.maxInstanceBytes) throw new PduFault(ABORT_REASON.notSpecified, 'A data set that does not end.');
    ended = part.ends;
  }
  const isRequest = (command.CommandField & RESPONSE_BIT) === 0 && command.CommandField !== COMMAND.cancelRequest;
  if (!isRequest) return null;
  await writeCommand(dialogue, contextId, {
    CommandField: command.CommandField | RESPONSE_BIT,
    MessageIDBeingRespondedTo: command.MessageID ?? 0,
    CommandDataSetType: NO_DATA_SET,
    Status: command.CommandField === COMMAND.echoRequest ? STATUS.success : STATUS.unrecognizedOperation,
    ...(command.AffectedSOPClassUID === undefined ? {} : { AffectedSOPClassUID: command.AffectedSOPClassUID }),
  });
  return null;
}

/** Answers requests until the association ends. @throws what ended it when that was no regular end. */
async function converse(dialogue: Dialogue, parts: StoreParts & { readonly tally: Tally }, limits: ScpLimits): Promise<Ending> {
  for (;;) {
    const message = await nextCommand(dialogue);
    if (message.kind !== 'command') return message;
    const ending =
      message.command.CommandField === COMMAND.storeRequest
        ? await answerStore(dialogue, message, parts)
        : await answerOther(dialogue, message, limits);
    if (ending !== null) return ending;
  }
}

/** From the A-ASSOCIATE-RQ on. Returns what to say last on the connection. */
async function associate(
  connection: DimseConnection,
  body: Uint8Array,
  parts: { host: ScpHost; peer: ScpPeer },
): Promise<Uint8Array | null> {
  const { host, peer } = parts;
  const { limits, log } = host;
  const request = decodeAssociateRequest(body);
  const room = roomFor(request.maxPduLength);
  const key = host.newAssociationKey();
  const association = requestFor(request, key, peer);
  const { callingAeTitle, calledAeTitle } = association;

  const entered = host.enter();
  try {
    const judgement = entered ? await judge(request, association, host) : rejectedFor('too-many-associations');
    if (!judgement.accept) {
      log('association.rejected', {
        association: key,
        callingAeTitle,
        calledAeTitle,
        address: peer.address,
        because: judgement.because,
      });
      return encodeReject(judgement.rejection);
    }
    const results = contextResults(request, judgement.contexts);
    const abstractSyntaxOf = new Map(request.contexts.map((context) => [context.id, context.abstractSyntaxUid]));
    const contexts = new Map<number, AcceptedContext>(
      results
        .filter(({ result }) => result === 0)
        .map(({ id, transferSyntaxUid }) => [id, { abstractSyntaxUid: abstractSyntaxOf.get(id) ?? '', transferSyntaxUid }]),
    );
    const tally: Tally = { instances: 0, bytes: 0 };
    let how = '';
    log('association.accepted', {
      association: key,
      callingAeTitle,
      address: peer.address,
      contexts: contexts.size,
      tls: peer.tls,
    });
    try {
      await connection.write(encodeAccept(request, results, limits.maxPduLength), limits.stallTimeoutMs);
      const dialogue: Dialogue = { connection, contextIds: new Set(contexts.keys()), room, limits };
      const { openInstance } = host;
      const storing = { association, contexts, openInstance, maxInstanceBytes: limits.maxInstanceBytes, log, tally };
      const ending = await converse(dialogue, storing, limits);
      how = host.isStopping() ? STOPPED : ending.words;
      return ending.kind === 'release' ? encodeReleaseResponse() : null;
    } catch (error) {
      how = host.isStopping() ? STOPPED : `aborted: ${detailOf(error)}`;
      return abortFor(error);
    } finally {
      log('association.ended', {
        association: key,
        how,
        instances: tally.instances,
        megabytes: Math.round(tally.bytes / 10_000) / 100,
      });
    }
  } finally {
    if (entered) host.leave();
  }
}

/** Serves one connection to its end. Does not throw for what a peer does. */
export async function serveConnection(connection: DimseConnection, peer: ScpPeer, host: ScpHost): Promise<void> {
  const { limits, log } = host;
  let last: Uint8Array | null = null;
  try {
    const first = await connection.next(limits.artimTimeoutMs);
    if (first === null)
      log('connection.refused', { address: peer.address, because: 'It was closed before an association was requested.' });
    else if (first.kind !== 'associate-request')
      throw new PduFault(ABORT_REASON.unexpectedPdu, `An unexpected PDU: ${first.kind}.`);
    else last = await associate(connection, first.body, { host, peer });
  } catch (error) {
    log('connection.refused', { address: peer.address, because: detailOf(error) });
    // When ARTIM runs out the connection is closed without a word (PS3.8 9.2, AA-2).
    last = isFault(error, 'peer-silent') ? null : abortFor(error);
  }
  await connection.close(last, limits.lingerMs);
}
