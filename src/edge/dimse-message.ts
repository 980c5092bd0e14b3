// DIMSE messages on a connection (PS3.7 6.3, PS3.8 Annex E): in, PDU parts; out, command sets whole and data sets piece by piece, or the way
// the association ended. Both sides of an association use it.
import { type CommandSet, decodeCommand, encodeCommand } from '../dicom/command.ts';
import { ABORT_REASON, type DataPart, encodeCommandPdus, PduFault, type PduPart, pdvRoom } from '../dicom/pdu.ts';
import { abortWords } from '../dicom/status.ts';
import type { DimseConnection } from './dimse-connection.ts';

/** The association is over, or about to be: `release` waits for its answer. `words` say it for people. */
export type Ending = { readonly kind: 'release' | 'abort' | 'drop'; readonly words: string };

export type CommandMessage = {
  readonly kind: 'command';
  readonly contextId: number;
  readonly command: CommandSet & { readonly CommandField: number };
};

export type MessageLimits = {
  readonly maxCommandLength: number;
  /** How long the peer may be silent between messages, and within one. */
  readonly idleTimeoutMs: number;
  readonly stallTimeoutMs: number;
};

/** What both sides know of an open association. */
export type Dialogue = {
  readonly connection: DimseConnection;
  readonly contextIds: ReadonlySet<number>;
  /** Data bytes of one PDV towards the peer. */
  readonly room: number;
  readonly limits: MessageLimits;
};

/** Largest P-DATA-TF we write to a peer that takes more. */
const MOST_PDU_LENGTH = 256 * 1024;
/** A peer's Maximum Length below this could not even take a command set of usual size in a few PDUs; nobody sends such. */
const LEAST_PDU_LENGTH = 128;

/** Data bytes of one PDV that a peer of this Maximum Length takes. @throws PduFault for an absurd one. */
export function roomFor(peerMaxPduLength: number, ourLimit = MOST_PDU_LENGTH): number {
  if (peerMaxPduLength !== 0 && peerMaxPduLength < LEAST_PDU_LENGTH)
    throw new PduFault(
      ABORT_REASON.invalidParameter,
      `A maximum PDU length of ${peerMaxPduLength}; ${LEAST_PDU_LENGTH} is the least.`,
    );
  return pdvRoom(peerMaxPduLength, ourLimit);
}

const unexpected = (part: PduPart): PduFault => new PduFault(ABORT_REASON.unexpectedPdu, `An unexpected PDU: ${part.kind}.`);

function endingOf(part: PduPart | null): Ending | null {
  if (part === null) return { kind: 'drop', words: 'connection closed by the peer' };
  if (part.kind === 'abort') return { kind: 'abort', words: abortWords(part.source, part.reason) };
  return null;
}

function checkContext({ contextIds }: Dialogue, part: DataPart): void {
  if (!contextIds.has(part.contextId))
    throw new PduFault(ABORT_REASON.invalidParameter, `Presentation context ${part.contextId} was not accepted.`);
}

/** The next command set, whole. @throws PduFault, Fault 'peer-silent', or the socket's error. */
export async function nextCommand(dialogue: Dialogue): Promise<CommandMessage | Ending> {
  const { connection, limits } = dialogue;
  const pieces: Uint8Array[] = [];
  let length = 0;
  let contextId: number | null = null;
  for (;;) {
    const part = await connection.next(contextId === null ? limits.idleTimeoutMs : limits.stallTimeoutMs);
    const ending = endingOf(part);
    if (part === null || ending !== null) return ending ?? { kind: 'drop', words: '' };
    if (part.kind === 'release-request' && contextId === null) return { kind: 'release', words: 'released' };
    if (part.kind !== 'data') throw unexpected(part);
    if (!part.isCommand) throw new PduFault(ABORT_REASON.unexpectedParameter, 'A data set fragment where a command set is due.');
    checkContext(dialogue, part);
    contextId ??= part.contextId;
    if (part.contextId !== contextId)
      throw new PduFault(ABORT_REASON.invalidParameter, 'A command set in two presentation contexts.');
    length += part.bytes.length;
    if (length > limits.maxCommandLength)
      throw new PduFault(ABORT_REASON.invalidParameter, `A command set of more than ${limits.maxCommandLength} bytes.`);
    pieces.push(part.bytes);
    if (part.ends) return { kind: 'command', contextId, command: decodeCommand(Buffer.concat(pieces)) };
  }
}

/** The next piece of the data set that belongs to a command set in `contextId`. @throws as `nextCommand`. */
export async function nextData(dialogue: Dialogue, contextId: number): Promise<DataPart | Ending> {
  const part = await dialogue.connection.next(dialogue.limits.stallTimeoutMs);
  const ending = endingOf(part);
  if (part === null || ending !== null) return ending ?? { kind: 'drop', words: '' };
  if (part.kind !== 'data') throw unexpected(part);
  if (part.isCommand) throw new PduFault(ABORT_REASON.unexpectedParameter, 'A command set fragment inside a data set.');
  if (part.contextId !== contextId)
    throw new PduFault(ABORT_REASON.invalidParameter, 'A data set in another context than its command set.');
  return part;
}

/** Writes a command set, in one write (a second small one would wait for a delayed acknowledgement). */
export const writeCommand = (dialogue: Dialogue, contextId: number, command: CommandSet): Promise<void> =>
  dialogue.connection.write(encodeCommandPdus(contextId, encodeCommand(command), dialogue.room), dialogue.limits.stallTimeoutMs);
