// An instance on its way in. In: what C-STORE announced, then its data set in chunks. Out: a file and rows, then a status (PS3.4 B.2.3).
// Success is told after the file is synced under its name and the rows are committed, never before.
import { createHash } from 'node:crypto';
import type { IncomingInstance, InstanceSink } from '../contracts/association.ts';
import type { InstanceHeader } from '../contracts/instance.ts';
import { attributesOf, instanceHeader } from '../dicom/attributes.ts';
import { openPart10, readHeaderOf } from '../dicom/part10.ts';
import { part10Head } from '../dicom/part10-write.ts';
import { transferSyntax } from '../dicom/transfer-syntaxes.ts';
import { isTolerableUid } from '../dicom/uids.ts';
import type { Clock } from '../kernel/clock.ts';
import { errorText, type Fault, fault, faultRow, isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Database } from '../store/database.ts';
import type { IncomingFile, Spool } from '../store/spool.ts';
import { type Recorded, recordInstance } from '../store/studies.ts';

/** What to answer to an instance whose UID is stored with other bytes: 0111, or Success for the first that is kept. Either way the first stays. */
export type ConflictPolicy = 'refuse' | 'keep-first';

export type ReceiverParts = {
  readonly db: Database;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxInstanceBytes: number;
  /** A hint that the study got an instance. */
  readonly onStored: (studyKey: number) => void;
  readonly onConflict: ConflictPolicy;
};

const SUCCESS = 0x0000;
/** Processing failure (PS3.7 C.5.11), for what the registry has no status for. */
const PROCESSING_FAILURE = 0x0110;

/** Opens one sink per instance. Throws a Fault with a DIMSE status when it is refused before its data set is read. */
export function receiver(parts: ReceiverParts): (incoming: IncomingInstance) => Promise<InstanceSink> {
  return async (incoming) => {
    try {
      return await openSink(incoming, parts);
    } catch (error) {
      refuse(asFault(error), incoming, parts);
      throw error;
    }
  };
}

async function openSink(incoming: IncomingInstance, parts: ReceiverParts): Promise<InstanceSink> {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid } = incoming;
  if (!isTolerableUid(sopClassUid) || !isTolerableUid(sopInstanceUid))
    throw fault('invalid-uid', 'Affected SOP class or instance.');
  if (!(await parts.spool.hasRoom())) {
    parts.log('spool.low', { freeMiB: await parts.spool.freeMiB() });
    throw fault('spool-full');
  }
  const file = await parts.spool.openIncoming();
  try {
    const sourceAeTitle = incoming.association.callingAeTitle.trim();
    const head = part10Head({ sopClassUid, sopInstanceUid, transferSyntaxUid, sourceAeTitle });
    await file.write(head);
    return sinkInto({ ...file, headLength: head.length }, incoming, parts);
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** With the length of the Part 10 head that was written to it. */
type HeadedFile = IncomingFile & { readonly headLength: number };

function sinkInto(file: HeadedFile, incoming: IncomingInstance, parts: ReceiverParts): InstanceSink {
  const digest = createHash('sha256');
  let byteLength = 0;
  let failure: Fault | null = null;

  const giveUp = async (because: Fault): Promise<void> => {
    failure = because;
    await file.discard();
  };
  // After a failure the rest of the data set is taken and dropped: the peer gets its answer only at the end.
  const write = async (chunk: Uint8Array): Promise<void> => {
    if (failure !== null) return;
    byteLength += chunk.length;
    if (byteLength > parts.maxInstanceBytes) return giveUp(fault('instance-too-large'));
    digest.update(chunk);
    try {
      await file.write(chunk);
    } catch (error) {
      await giveUp(asFault(error));
    }
  };
  const commit = async (): Promise<number> => {
    if (failure !== null) return refuse(failure, incoming, parts);
    try {
      const facts = { sha256: digest.digest('hex'), byteLength };
      const recorded = await keep(file, incoming, facts, parts);
      return tell(recorded, incoming, byteLength, parts);
    } catch (error) {
      await file.discard();
      return refuse(asFault(error), incoming, parts);
    }
  };
  return { write, commit, abort: file.discard };
}

type Facts = { readonly sha256: string; readonly byteLength: number };

async function keep(file: HeadedFile, incoming: IncomingInstance, facts: Facts, parts: ReceiverParts): Promise<Recorded> {
  const header = await readHeader(file, incoming);
  const callingAeTitle = incoming.association.callingAeTitle.trim();
  const spoolPath = await file.publish(spoolPathOf(header, facts.sha256));
  const recorded = await recordInstance(parts.db, { ...header, ...facts, spoolPath, callingAeTitle }, parts.clock());
  // Not for `repeated`: that is the path of the stored instance. After a failure it may be, too: the sweep of the next start tells.
  if (recorded.outcome === 'differs' || recorded.outcome === 'own') await parts.spool.remove(spoolPath);
  return recorded;
}

/**
 * The name holds the digest of the bytes: the same instance sent again lands on itself, and other bytes under the same UID never
 * overwrite the first. Hashed, because a UID from outside is no file name.
 */
function spoolPathOf(header: InstanceHeader, sha256: string): string {
  const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `studies/${short(header.studyInstanceUid)}/${short(`${header.sopInstanceUid} ${sha256}`)}.dcm`;
}

async function readHeader(file: HeadedFile, incoming: IncomingInstance): Promise<InstanceHeader> {
  const header = heldHeader(file, incoming) ?? (await writtenHeader(file, incoming));
  if (header.sopClassUid !== incoming.sopClassUid || header.sopInstanceUid !== incoming.sopInstanceUid) {
    throw fault('identifiers-mismatch');
  }
  if (!isTolerableUid(header.studyInstanceUid)) throw fault('invalid-uid', 'StudyInstanceUID.');
  if (!isTolerableUid(header.seriesInstanceUid)) throw fault('invalid-uid', 'SeriesInstanceUID.');
  return header;
}

/** From memory, where a small instance still is as a whole. A deflated one would have to be inflated whole for that. */
function heldHeader(file: HeadedFile, { transferSyntaxUid }: IncomingInstance): InstanceHeader | null {
  const held = file.held();
  if (held === null || transferSyntax(transferSyntaxUid)?.deflated === true) return null;
  const header = readHeaderOf(held.subarray(file.headLength), transferSyntaxUid, true);
  return header === null ? null : instanceHeader(attributesOf(header), transferSyntaxUid);
}

async function writtenHeader(file: HeadedFile, { transferSyntaxUid }: IncomingInstance): Promise<InstanceHeader> {
  const part10 = await openPart10(await file.written());
  try {
    return instanceHeader(attributesOf(part10), transferSyntaxUid);
  } finally {
    await part10.close();
  }
}

function tell(recorded: Recorded, incoming: IncomingInstance, bytes: number, parts: ReceiverParts): number {
  const { study, outcome } = recorded;
  const keys = { association: incoming.association.key, study: study.studyKey, instance: recorded.instanceKey ?? 0 };
  if (outcome === 'stored') {
    parts.log('instance.stored', { ...keys, bytes, revision: study.revision });
    parts.onStored(study.studyKey);
    return SUCCESS;
  }
  if (outcome === 'differs') {
    const status = refuse(fault('instance-differs', `Instance ${keys.instance} is kept.`), incoming, parts);
    return parts.onConflict === 'refuse' ? status : SUCCESS;
  }
  parts.log('instance.repeated', keys);
  return SUCCESS;
}

/** Settles a refusal: one log line, and the status that the peer is told. */
function refuse(because: Fault, incoming: IncomingInstance, parts: ReceiverParts): number {
  const status = faultRow(because.code).status ?? PROCESSING_FAILURE;
  parts.log('instance.refused', {
    association: incoming.association.key,
    code: because.code,
    detail: because.detail,
    status: status.toString(16).padStart(4, '0'),
  });
  return status;
}

const asFault = (error: unknown): Fault => (isFault(error) ? error : fault('spool-write-failed', errorText(error), error));
