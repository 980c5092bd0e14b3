// One C-STORE as SCP (PS3.7 9.3.1, PS3.4 B.2): in, a C-STORE-RQ and the data set that follows it on the connection; out, the status to
// answer. The data set goes to the sink piece by piece as it arrives; a sink that takes its time holds the peer back.
import type { AssociationRequest, IncomingInstance, InstanceSink } from '../contracts/association.ts';
import { type CommandSet, hasDataSet } from '../dicom/command.ts';
import { ABORT_REASON, PduFault } from '../dicom/pdu.ts';
import { STATUS } from '../dicom/status.ts';
import { fault, faultRow, isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { type CommandMessage, type Dialogue, type Ending, nextData } from './dimse-message.ts';

export type OpenInstance = (incoming: IncomingInstance) => Promise<InstanceSink>;

/** What a presentation context was accepted for. */
export type AcceptedContext = { readonly abstractSyntaxUid: string; readonly transferSyntaxUid: string };

export type StoreParts = {
  readonly association: AssociationRequest;
  readonly contexts: ReadonlyMap<number, AcceptedContext>;
  readonly openInstance: OpenInstance;
  readonly maxInstanceBytes: number;
  readonly log: Log;
};

/** `status` and `comment` are for the C-STORE-RSP; `bytes` arrived. */
export type StoreResult = { readonly kind: 'answer'; readonly status: number; readonly comment: string; readonly bytes: number };

/** More lenient than PS3.5 9.1, which real senders break with leading zeros; strict enough for what becomes part of a file name. */
export const isUid = (text: string): boolean => /^[0-9.]{1,64}$/.test(text);

/** What to log of anything thrown. The text of a system's error may name a file after a UID: only its code is told. */
export const detailOf = (error: unknown): string => {
  if (isFault(error)) return error.detail;
  return error instanceof Error ? String('code' in error ? error.code : error.name) : 'unknown';
};

/** A fault's own status; anything else is a failure of ours. */
function refusalOf(error: unknown): {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly comment: string;
} {
  if (isFault(error)) {
    const { status, sentence } = faultRow(error.code);
    return { status: status ?? STATUS.processingFailure, code: error.code, detail: error.detail, comment: sentence };
  }
  const comment = faultRow('store-failed').sentence;
  return { status: STATUS.processingFailure, code: 'store-failed', detail: detailOf(error), comment };
}

function incomingOf(command: CommandSet, context: AcceptedContext, association: AssociationRequest): IncomingInstance {
  const { AffectedSOPClassUID: sopClassUid = '', AffectedSOPInstanceUID: sopInstanceUid = '' } = command;
  if (!isUid(sopClassUid) || !isUid(sopInstanceUid)) throw fault('invalid-uid', 'In the C-STORE request.');
  if (sopClassUid !== context.abstractSyntaxUid)
    throw fault('identifiers-mismatch', 'The C-STORE request names another SOP class than its presentation context.');
  if (!hasDataSet(command)) throw fault('dataset-not-understood', 'The C-STORE request announces no data set.');
  return { association, sopClassUid, sopInstanceUid, transferSyntaxUid: context.transferSyntaxUid };
}

/**
 * Receives one instance. Whatever goes wrong with the instance is an answer: the rest of the data set is drained and the association lives on.
 * @throws PduFault, Fault 'peer-silent' or the socket's error when the connection is of no more use; the sink is aborted then.
 */
export async function receiveInstance(
  dialogue: Dialogue,
  message: CommandMessage,
  parts: StoreParts,
): Promise<StoreResult | Ending> {
  const { association, contexts, log, maxInstanceBytes } = parts;
  let sink: InstanceSink | null = null;
  let refusal: ReturnType<typeof refusalOf> | null = null;
  let bytes = 0;

  const abandon = async (): Promise<void> => {
    const open = sink;
    sink = null;
    await open?.abort();
  };
  const refuse = (error: unknown): void => {
    refusal = refusalOf(error);
    const { code, detail, status } = refusal;
    log('instance.refused', { association: association.key, code, detail, status });
  };
  const take = async (piece: Uint8Array): Promise<void> => {
    if (sink === null) return;
    try {
      if (bytes > maxInstanceBytes) throw fault('instance-too-large', `More than ${maxInstanceBytes} bytes.`);
      if (piece.length > 0) await sink.write(piece);
    } catch (error) {
      refuse(error);
      await abandon();
    }
  };
  const commit = async (open: InstanceSink): Promise<number> => {
    sink = null;
    try {
      return await open.commit();
    } catch (error) {
      refuse(error);
      return refusalOf(error).status;
    }
  };

  try {
    try {
      const context = contexts.get(message.contextId);
      if (context === undefined) throw fault('identifiers-mismatch');
      sink = await parts.openInstance(incomingOf(message.command, context, association));
    } catch (error) {
      refuse(error);
    }
    for (let ended = !hasDataSet(message.command); !ended; ) {
      const part = await nextData(dialogue, message.contextId);
      if (part.kind !== 'data') return part;
      bytes += part.bytes.length;
      // Draining keeps the association for the other instances, but not without end.
      if (bytes > 2 * maxInstanceBytes) throw new PduFault(ABORT_REASON.notSpecified, 'A data set that does not end.');
      await take(part.bytes);
      ended = part.ends;
    }
    const status: number = sink === null ? STATUS.processingFailure : await commit(sink);
    const said = refusal as ReturnType<typeof refusalOf> | null;
    return { kind: 'answer', status: said?.status ?? status, comment: said?.comment ?? '', bytes };
  } finally {
    await abandon();
  }
}
