// Delivery to one destination, the last stage: in, deliveries that are due; out, objects and messages at the peer and a settled row for each.
// One loop a destination, so that a peer that is down never delays another.
import { createHash } from 'node:crypto';
import type {
  Artifact,
  Delivery,
  Destination,
  DicomDestination,
  FhirDestination,
  Hl7Destination,
  Outcome,
  SendDicom,
  SendFhir,
  SendHl7,
} from '../contracts/delivery.ts';
import { errorText, type FaultCode, faultRow, isFault } from '../kernel/errors.ts';
import type { Turn } from '../kernel/loop.ts';
import { claimDeliveries, settleDelivery } from '../store/outbox.ts';
import type { Spool } from '../store/spool.ts';
import { breaker } from './breaker.ts';
import { type LeaseParts, whileHolding } from './leases.ts';
import { decide } from './policy.ts';
import { type Refusals, refusals } from './refusals.ts';
import { isContextRefused, replacedBySimpler, type SimplerForms, type Tried } from './simpler.ts';

/** An object is the same object by its derived UID, a message the same message by its MSH-10, a resource the same by its id: the peer can tell a repeat. */
const REPEAT_HARMLESS: Readonly<Record<Destination['kind'], boolean>> = { dicom: true, hl7: true, fhir: true };

/**
 * How many deliveries of a study are taken at a time. DICOM: all, over one association (at most 128 presentation contexts, PS3.8 9.3.2.2).
 * HL7 and FHIR: one, since the ledger gives nothing past an unsettled delivery of the study; so a result never overtakes one that must be repeated.
 */
const MOST_AT_A_TIME: Readonly<Record<Destination['kind'], number>> = { dicom: 100, hl7: 1, fhir: 1 };

/** Faults whose words are ours. The words of the others are the peer's and may quote a patient: they are kept in the row, not in the log. */
const OUR_WORDS: ReadonlySet<string> = new Set<FaultCode>([
  'peer-unreachable',
  'peer-silent',
  'association-aborted',
  'association-rejected',
  'association-rejected-transient',
  'context-refused',
  'fhir-unauthorised',
  'fhir-busy',
  'fhir-answer-invalid',
  'store-failed',
]);

/** What delivery is handed. `chance` gives numbers from 0 up to 1; `onDelivered` is told after the row is settled. */
export type DeliveryParts = LeaseParts & {
  readonly spool: Pick<Spool, 'absolute' | 'readFile'>;
  readonly chance: () => number;
  readonly sendDicom: SendDicom;
  readonly sendHl7: SendHl7;
  readonly sendFhir: SendFhir;
  /** Asked when a destination accepts no presentation context for objects; nothing is tried in their place when not given. */
  readonly simplerForms?: SimplerForms;
  readonly onDelivered: (delivery: Delivery) => void;
};

const NO_OUTCOME: Outcome = { kind: 'ambiguous', code: 'delivery-failed', words: 'The sender gave no outcome for this object.' };

/** A throw of a sender or the spool as an outcome: the row must be settled, or it would be tried at every end of its lease, for ever. */
function outcomeOfThrow(error: unknown): Outcome {
  const words = errorText(error);
  if (!isFault(error)) return { kind: 'ambiguous', code: 'delivery-failed', words };
  const { disposition } = faultRow(error.code);
  return { kind: disposition === 'defect' ? 'permanent' : disposition, code: error.code, words };
}

/** Writes the outcome of one delivery to its row, by the verdict of the policy; a row that another owner took meanwhile is left alone. */
async function settle(
  { delivery, outcome }: Tried,
  { destination, parts, chance }: Way & { readonly chance: number },
): Promise<void> {
  const now = parts.clock();
  const { attempts, deliveryKey } = delivery;
  const repeatHarmless = REPEAT_HARMLESS[destination.kind];
  const verdict = decide(outcome, { attempts, policy: destination.retry, repeatHarmless, now, chance });
  if (!(await settleDelivery(parts.db, deliveryKey, { owner: parts.owner, verdict, outcome, now }))) return;
  const about = {
    study: delivery.artifact.studyKey,
    destination: destination.name,
    kind: delivery.artifact.kind,
    attempt: attempts,
  };
  if (outcome.kind === 'accepted') {
    parts.log('delivery.sent', about);
    parts.onDelivered(delivery);
    return;
  }
  const why = { ...about, code: outcome.code, detail: OUR_WORDS.has(outcome.code) ? outcome.words : '' };
  if (verdict.move === 'queued') parts.log('delivery.delayed', { ...why, waitMs: verdict.notBefore - now });
  else parts.log('delivery.parked', why);
}

type Way<D extends Destination = Destination> = { readonly destination: D; readonly parts: DeliveryParts };

/** The bytes as they were rendered, by their digest; else why they are not, which no further attempt changes unless the disk only had a bad moment. */
async function readArtifact(
  artifact: Artifact,
  spool: DeliveryParts['spool'],
): Promise<{ readonly bytes: Uint8Array } | { readonly damage: Outcome }> {
  try {
    const bytes = await spool.readFile(artifact.spoolPath);
    if (createHash('sha256').update(bytes).digest('hex') === artifact.sha256) return { bytes };
    const words = 'The file to send is not what was written to the spool.';
    return { damage: { kind: 'permanent', code: 'delivery-failed', words } };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : errorText(error);
    return code === 'ENOENT'
      ? { damage: { kind: 'permanent', code: 'delivery-failed', words: 'The file to send is gone (ENOENT).' } }
      : { damage: { kind: 'transient', code: 'store-failed', words: `The file to send cannot be read (${code}).` } };
  }
}

/** All objects over one association; the outcomes in the order of the deliveries. An object that is damaged is not sent. */
async function sendSet(
  deliveries: readonly Delivery[],
  { destination, parts }: Way<DicomDestination>,
): Promise<readonly Outcome[]> {
  const damages: (Outcome | null)[] = [];
  for (const { artifact } of deliveries) {
    const read = await readArtifact(artifact, parts.spool);
    damages.push('damage' in read ? read.damage : null);
  }
  const whole = deliveries.filter((_, index) => damages[index] === null);
  const sent = whole.length === 0 ? [] : await sendWhole(whole, { destination, parts });
  return deliveries.map((delivery, index) => damages[index] ?? sent[whole.indexOf(delivery)] ?? NO_OUTCOME);
}

/** The images that a report is sent along with: it names them, and the destination must have what it names. */
const imagesOf = ({ kind, jobKey }: Artifact, deliveries: readonly Delivery[]): readonly string[] =>
  kind !== 'sr'
    ? []
    : deliveries
        .filter(({ artifact }) => artifact.kind === 'capture' && artifact.jobKey === jobKey)
        .map(({ artifact }) => artifact.sopInstanceUid);

async function sendWhole(
  deliveries: readonly Delivery[],
  { destination, parts }: Way<DicomDestination>,
): Promise<readonly Outcome[]> {
  try {
    const items = deliveries.map(({ artifact }) => ({
      path: parts.spool.absolute(artifact.spoolPath),
      sopClassUid: artifact.sopClassUid,
      sopInstanceUid: artifact.sopInstanceUid,
      transferSyntaxUid: artifact.transferSyntaxUid,
      refersTo: imagesOf(artifact, deliveries),
    }));
    return await parts.sendDicom(destination, items);
  } catch (error) {
    const outcome = outcomeOfThrow(error);
    return deliveries.map(() => outcome);
  }
}

/** How many entries a transaction has. */
function entriesOf(bundle: string): number {
  const parsed: unknown = JSON.parse(bundle);
  const entries = typeof parsed === 'object' && parsed !== null && 'entry' in parsed ? parsed.entry : [];
  return Array.isArray(entries) ? entries.length : 0;
}

const sendText = (
  text: string,
  controlId: string,
  { destination, parts }: Way<Hl7Destination | FhirDestination>,
): Promise<Outcome> =>
  destination.kind === 'hl7'
    ? parts.sendHl7(destination, text, controlId)
    : parts.sendFhir(destination, text, { requestId: controlId, entries: entriesOf(text) });

/** Messages or transactions one after the other, in the order of the deliveries. */
async function sendTexts(
  deliveries: readonly Delivery[],
  { destination, parts }: Way<Hl7Destination | FhirDestination>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { artifact } of deliveries) {
    const read = await readArtifact(artifact, parts.spool);
    if ('damage' in read) {
      outcomes.push(read.damage);
      continue;
    }
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(read.bytes);
      outcomes.push(await sendText(text, artifact.controlId, { destination, parts }));
    } catch (error) {
      outcomes.push(outcomeOfThrow(error));
    }
  }
  return outcomes;
}

const send = (deliveries: readonly Delivery[], { destination, parts }: Way): Promise<readonly Outcome[]> =>
  destination.kind === 'dicom' ? sendSet(deliveries, { destination, parts }) : sendTexts(deliveries, { destination, parts });

/** Every row settled: what was refused a presentation context by what stands in its place, if anything does, after all others. */
async function settleAll(
  tried: readonly Tried[],
  way: Way & { readonly chance: number; readonly refused: Refusals },
): Promise<void> {
  const { parts, destination } = way;
  const { simplerForms } = parts;
  const isOpen = (one: Tried): boolean => simplerForms !== undefined && isContextRefused(one);
  await Promise.all(tried.filter((one) => !isOpen(one)).map((one) => settle(one, way)));
  const refused = tried.filter(isOpen);
  if (refused.length === 0 || simplerForms === undefined) return;
  const replaced = await replacedBySimpler(refused, { destination, parts, forms: simplerForms });
  way.refused.note(
    refused.filter(({ delivery }) => replaced.has(delivery.deliveryKey)),
    parts.clock(),
  );
  await Promise.all(refused.filter(({ delivery }) => !replaced.has(delivery.deliveryKey)).map((one) => settle(one, way)));
}

/**
 * The turn of a destination's loop: takes what is due of one study, sends it in the order of the ledger and settles every row by `decide`.
 * Resolves false when nothing is due, or while the peer is left alone after a failure. The artifact of a message is UTF-8 in the spool; the
 * sender writes it in the destination's character set.
 */
export function deliverTo(destination: Destination, parts: DeliveryParts): Turn {
  const { pausedUntil, note } = breaker(destination.retry);
  const way: Way = { destination, parts };
  const refused = refusals();

  return async () => {
    const { db, owner, leaseMs } = parts;
    const now = parts.clock();
    if (now < pausedUntil()) return false;
    const most = MOST_AT_A_TIME[destination.kind];
    const deliveries = await claimDeliveries(db, { destination: destination.name, owner, now, leaseMs, most });
    if (deliveries.length === 0) return false;
    await whileHolding(deliveries, parts, async () => {
      const known = parts.simplerForms === undefined ? new Map<number, Outcome>() : refused.known(deliveries, now);
      const toSend = deliveries.filter(({ deliveryKey }) => !known.has(deliveryKey));
      const sent = toSend.length === 0 ? [] : await send(toSend, way);
      const outcomes = deliveries.map((one) => known.get(one.deliveryKey) ?? sent[toSend.indexOf(one)] ?? NO_OUTCOME);
      // One chance for all: objects that wait together are due together, and go over one association again.
      const chance = parts.chance();
      note(outcomes, { now: parts.clock(), chance });
      const tried = deliveries.map((delivery, index) => ({ delivery, outcome: outcomes[index] ?? NO_OUTCOME }));
      await settleAll(tried, { ...way, chance, refused });
    });
    return true;
  };
}
