// Sending over DICOM: in, a destination and Part 10 files; out, one outcome a file, in their order. The bytes of the data sets go out as they
// are: the only transfer syntax proposed for a file is its own. One exception, without any loss: what is in RLE Lossless is also offered uncompressed.
import type { ProposedContext } from '../contracts/association.ts';
import type { DicomDestination, Outcome, SendDicom, StoreItem } from '../contracts/delivery.ts';
import { COMMAND, type CommandSet, NO_DATA_SET } from '../dicom/command.ts';
import { ABORT_REASON, DATA_HEADER_LENGTH, PduFault, writeDataHeader } from '../dicom/pdu.ts';
import { VERIFICATION } from '../dicom/sop-classes.ts';
import { contextResultWords, statusMeaning, statusWords } from '../dicom/status.ts';
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, RLE_LOSSLESS } from '../dicom/transfer-syntaxes.ts';
import { isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { causeOf } from './client-socket.ts';
import { type DataSetFile, openDataSetFile } from './dimse-file.ts';
import { type CommandMessage, type Dialogue, type Ending, nextCommand, writeCommand } from './dimse-message.ts';
import { failed, type OpenAssociation, openAssociation } from './dimse-scu-association.ts';
import { openUnpackedFile } from './dimse-unpacked-file.ts';

const DEFAULT_MAX_PDU_LENGTH = 256 * 1024;
/** Context IDs are the odd numbers of one byte (PS3.8 9.3.2.2). */
const MOST_CONTEXTS = 128;
/** Priority (0000,0700): medium. */
const MEDIUM = 0;
/** Command Data Set Type (0000,0800): any value but NO_DATA_SET. */
const WITH_DATA_SET = 0x0001;

/** What came of asking: an answer, or the end of the association with the error that ended it, if one did. */
type Reply = CommandMessage | (Ending & { readonly error?: unknown });

const replyTo = (dialogue: Dialogue): Promise<Reply> =>
  nextCommand(dialogue).catch((error: unknown): Reply => ({ kind: 'drop', words: causeOf(error), error }));

/** The outcome that a C-STORE or C-ECHO status stands for. */
function outcomeOfStatus(status: number, errorComment: string): Outcome {
  const words = statusWords(status, errorComment);
  const { disposition } = statusMeaning(status);
  if (disposition === 'accepted') return { kind: 'accepted', words };
  return disposition === 'transient' ? failed('transient', 'peer-busy', words) : failed('permanent', 'peer-refused', words);
}

/** The peer was asked and did not answer properly: it may have acted. */
function outcomeOfEnding(reply: Exclude<Reply, CommandMessage>): Outcome {
  const code =
    isFault(reply.error, 'peer-silent') || isFault(reply.error, 'pdu-invalid') ? reply.error.code : 'association-aborted';
  return failed('ambiguous', code, reply.words);
}

function outcomeOfReply(
  reply: Reply,
  expected: { readonly commandField: number; readonly messageId: number },
): Outcome | PduFault {
  if (reply.kind !== 'command') return outcomeOfEnding(reply);
  const { CommandField, MessageIDBeingRespondedTo, Status, ErrorComment } = reply.command;
  if (CommandField !== expected.commandField || MessageIDBeingRespondedTo !== expected.messageId || Status === undefined)
    return new PduFault(ABORT_REASON.unexpectedParameter, 'The answer belongs to no request of ours.');
  return outcomeOfStatus(Status, ErrorComment ?? '');
}

/** `usable`: the association can carry the next object. */
type Attempt = { readonly outcome: Outcome; readonly usable: boolean; readonly bytes: number };

/** Sends a request, then what `send` writes, and takes the answer, which is listened for from the start: a peer may abort half-way. */
async function ask(
  association: OpenAssociation,
  contextId: number,
  request: {
    readonly command: CommandSet & { readonly CommandField: number; readonly MessageID: number };
    readonly send: (isOver: () => boolean) => Promise<void>;
  },
): Promise<Omit<Attempt, 'bytes'>> {
  const { dialogue } = association;
  let over = false;
  const reply = replyTo(dialogue).then((said) => {
    over = said.kind !== 'command';
    return said;
  });
  const { CommandField, MessageID } = request.command;
  try {
    await writeCommand(dialogue, contextId, request.command);
    await request.send(() => over);
  } catch (error) {
    // The peer's last words, when there are some, say more than the error of a write.
    await association.abort(error);
    const said = await reply;
    const ended: Reply = said.kind === 'abort' ? said : { kind: 'drop', words: causeOf(error), error };
    return { outcome: outcomeOfEnding(ended), usable: false };
  }
  const said = await reply;
  const outcome = outcomeOfReply(said, { commandField: CommandField | 0x8000, messageId: MessageID });
  if (said.kind === 'command' && !(outcome instanceof PduFault)) return { outcome, usable: true };
  await association.abort(outcome instanceof PduFault ? outcome : said.kind === 'command' ? undefined : said.error);
  return { outcome: outcome instanceof PduFault ? failed('ambiguous', outcome.code, outcome.detail) : outcome, usable: false };
}

/** Streams a data set in PDUs as large as the peer takes, from one buffer. */
async function sendDataSet(
  dialogue: Dialogue,
  contextId: number,
  parts: { readonly file: DataSetFile; readonly isOver: () => boolean },
): Promise<void> {
  const { connection, room, limits } = dialogue;
  const { file, isOver } = parts;
  const buffer = new Uint8Array(DATA_HEADER_LENGTH + Math.min(room, Math.max(file.length, 2)));
  let position = 0;
  do {
    const length = Math.min(buffer.length - DATA_HEADER_LENGTH, file.length - position);
    const pdu = buffer.subarray(0, DATA_HEADER_LENGTH + length);
    await file.read(pdu.subarray(DATA_HEADER_LENGTH), position);
    position += length;
    writeDataHeader(pdu, length, { contextId, isCommand: false, isLast: position === file.length });
    await connection.write(pdu, limits.stallTimeoutMs);
  } while (position < file.length && !isOver());
}

/** What a file that cannot be read means: it is not there or no DICOM file, for good, or the system has a bad moment. */
function unreadable(error: unknown): Outcome {
  if (isFault(error)) return failed('permanent', error.code, error.detail);
  const code = error instanceof Error && 'code' in error ? String(error.code) : causeOf(error);
  return code === 'ENOENT'
    ? failed('permanent', 'dataset-not-understood', 'The file to send is gone (ENOENT).')
    : failed('transient', 'store-failed', `The file to send cannot be read (${code}).`);
}

async function storeOne(
  association: OpenAssociation,
  item: StoreItem,
  parts: { readonly contextId: number; readonly messageId: number; readonly unpacked: boolean },
): Promise<Attempt> {
  const { contextId, messageId, unpacked } = parts;
  const answer = association.results.get(contextId);
  if (answer?.result !== 0) {
    const words = answer === undefined ? 'no answer for this presentation context' : contextResultWords(answer.result);
    return {
      outcome: failed('permanent', 'context-refused', `Presentation context not accepted: ${words}`),
      usable: true,
      bytes: 0,
    };
  }
  let file: DataSetFile;
  try {
    file = await (unpacked ? openUnpackedFile : openDataSetFile)(item.path);
  } catch (error) {
    return { outcome: unreadable(error), usable: true, bytes: 0 };
  }
  try {
    const command = {
      CommandField: COMMAND.storeRequest,
      MessageID: messageId,
      Priority: MEDIUM,
      CommandDataSetType: WITH_DATA_SET,
      AffectedSOPClassUID: item.sopClassUid,
      AffectedSOPInstanceUID: item.sopInstanceUid,
    };
    const send = (isOver: () => boolean): Promise<void> => sendDataSet(association.dialogue, contextId, { file, isOver });
    return { ...(await ask(association, contextId, { command, send })), bytes: file.length };
  } finally {
    await file.close();
  }
}

/** A SOP class and a transfer syntax that an item may be sent in. */
type Pair = { readonly key: string; readonly transferSyntaxUid: string };

/** The ways an item may be sent, best first: as it is; then, what is packed without loss, unpacked. */
function pairsOf({ sopClassUid, transferSyntaxUid }: StoreItem, { captureCompression }: DicomDestination): readonly Pair[] {
  const packed = captureCompression === 'none' ? [] : [RLE_LOSSLESS];
  const syntaxes = transferSyntaxUid === RLE_LOSSLESS ? [...packed, EXPLICIT_LITTLE_ENDIAN] : [transferSyntaxUid];
  return syntaxes.map((syntax) => ({ key: `${sopClassUid} ${syntax}`, transferSyntaxUid: syntax }));
}

/** One presentation context for each pair of SOP class and transfer syntax among the items, at most 128; all those of an item, or none. */
function contextsFor(items: readonly StoreItem[], destination: DicomDestination): ReadonlyMap<string, ProposedContext> {
  const contexts = new Map<string, ProposedContext>();
  for (const item of items) {
    const missing = pairsOf(item, destination).filter(({ key }) => !contexts.has(key));
    if (contexts.size + missing.length > MOST_CONTEXTS) break;
    for (const { key, transferSyntaxUid } of missing)
      contexts.set(key, {
        id: 2 * contexts.size + 1,
        abstractSyntaxUid: item.sopClassUid,
        transferSyntaxUids: [transferSyntaxUid],
      });
  }
  return contexts;
}

/** Why an object whose own presentation context may be fine is not sent: it names one of the same call that the peer does not take. */
const WITHOUT_ITS_IMAGES = failed(
  'transient',
  'context-refused',
  'Not sent: no presentation context was accepted for an image that it refers to.',
);

type SenderParts = { readonly log: Log; readonly maxPduLength: number };

/** Sends items that fit into the contexts of one association. */
async function sendTogether(
  destination: DicomDestination,
  items: readonly StoreItem[],
  parts: SenderParts & { readonly contexts: ReadonlyMap<string, ProposedContext> },
): Promise<readonly Outcome[]> {
  const { log, contexts, maxPduLength } = parts;
  const opening = await openAssociation(destination, [...contexts.values()], { maxPduLength });
  if (!opening.opened) {
    const { outcome, rejected } = opening;
    const { callingAeTitle, calledAeTitle, host, name } = destination;
    if (rejected)
      log('association.rejected', { association: name, callingAeTitle, calledAeTitle, address: host, because: outcome.words });
    return items.map(() => outcome);
  }
  const { association } = opening;
  const resultOf = ({ key }: Pair): number | undefined => association.results.get(contexts.get(key)?.id ?? 0)?.result;
  const wayOf = (item: StoreItem): Pair | undefined => {
    const pairs = pairsOf(item, destination);
    return pairs.find((pair) => resultOf(pair) === 0) ?? pairs[0];
  };
  const isRefused = (item: StoreItem): boolean => pairsOf(item, destination).every((pair) => resultOf(pair) !== 0);
  const refused = new Set(items.filter(isRefused).map(({ sopInstanceUid }) => sopInstanceUid));
  const outcomes: Outcome[] = [];
  let ended: string | null = null;
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    if (ended !== null) {
      outcomes.push(failed('transient', 'association-aborted', `Not sent: the association had ended (${ended}).`));
      continue;
    }
    if (!isRefused(item) && item.refersTo?.some((uid) => refused.has(uid)) === true) {
      outcomes.push(WITHOUT_ITS_IMAGES);
      continue;
    }
    const way = wayOf(item);
    const attempt = await storeOne(association, item, {
      contextId: contexts.get(way?.key ?? '')?.id ?? 0,
      messageId: (index % 0xffff) + 1,
      unpacked: way?.transferSyntaxUid !== item.transferSyntaxUid,
    });
    outcomes.push(attempt.outcome);
    if (!attempt.usable) ended = attempt.outcome.words;
    if (attempt.outcome.kind === 'accepted') bytes += attempt.bytes;
  }
  if (ended === null) await association.release();
  const instances = outcomes.filter(({ kind }) => kind === 'accepted').length;
  log('association.ended', {
    association: destination.name,
    how: ended ?? 'released',
    instances,
    megabytes: Math.round(bytes / 10_000) / 100,
  });
  return outcomes;
}

/**
 * A sender of DICOM objects over C-STORE. One association for the whole set (a second one only for what is beyond 128 presentation
 * contexts). Does not throw for what a peer does. One object refused does not keep the others from being sent; when the association ends
 * early, the object under way is `ambiguous` and those after it, never begun, are `transient`.
 */
export function dimseSender(options: { readonly log: Log; readonly maxPduLength?: number }): SendDicom {
  const { log, maxPduLength = DEFAULT_MAX_PDU_LENGTH } = options;
  return async (destination, items) => {
    const outcomes = new Map<StoreItem, Outcome>();
    for (let rest = items; rest.length > 0; ) {
      const contexts = contextsFor(rest, destination);
      const isNow = (item: StoreItem): boolean => pairsOf(item, destination).every(({ key }) => contexts.has(key));
      const now = rest.filter(isNow);
      const results = await sendTogether(destination, now, { log, maxPduLength, contexts });
      for (const [index, result] of results.entries()) {
        const item = now[index];
        if (item !== undefined) outcomes.set(item, result);
      }
      rest = rest.filter((item) => !isNow(item));
    }
    return items.map((item) => outcomes.get(item) ?? failed('transient', 'association-aborted', 'Not sent.'));
  };
}

/** C-ECHO to a destination: whether it can be reached, knows our AE titles and speaks DICOM. Does not throw for what a peer does. */
export async function dimseEcho(destination: DicomDestination): Promise<Outcome> {
  const context: ProposedContext = { id: 1, abstractSyntaxUid: VERIFICATION, transferSyntaxUids: [IMPLICIT_LITTLE_ENDIAN] };
  const opening = await openAssociation(destination, [context], { maxPduLength: DEFAULT_MAX_PDU_LENGTH });
  if (!opening.opened) return opening.outcome;
  const { association } = opening;
  const result = association.results.get(context.id)?.result;
  if (result !== 0) {
    await association.release();
    const words = result === undefined ? 'no answer for it' : contextResultWords(result);
    return failed('permanent', 'context-refused', `Verification not accepted: ${words}`);
  }
  const command = {
    CommandField: COMMAND.echoRequest,
    MessageID: 1,
    CommandDataSetType: NO_DATA_SET,
    AffectedSOPClassUID: VERIFICATION,
  };
  const { outcome, usable } = await ask(association, context.id, { command, send: async () => undefined });
  if (usable) await association.release();
  return outcome;
}
