// What is sent when a destination accepts no presentation context for an object: the same in a simpler SOP class. In: a delivery and its outcome. Out:
// whether another delivery stands in its place. Each step down is an association of its own, at most three, and a row that `sonorelay status` shows.
import type { Artifact, Delivery, Destination, Outcome } from '../contracts/delivery.ts';
import { storageClass } from '../dicom/sop-classes.ts';
import { faultRow, isFault } from '../kernel/errors.ts';
import type { NewArtifact } from '../store/outbox.ts';
import { replaceDelivery } from '../store/replacement.ts';
import type { LeaseParts } from './leases.ts';

/** Writes the simpler form of an object for one destination; null when there is none. */
export type SimplerForm = (artifact: Artifact, destination: string) => Promise<NewArtifact | null>;

/** A form that cannot be written is none: the row is then settled with what the peer said, which is what a person has to know. */
async function formOf(artifact: Artifact, destination: string, form: SimplerForm): Promise<NewArtifact | null> {
  try {
    return await form(artifact, destination);
  } catch (error) {
    if (isFault(error) && faultRow(error.code).disposition === 'transient') throw error;
    return null;
  }
}

/** True when the delivery was replaced: it is settled then. */
export async function replacedBySimpler(
  delivery: Delivery,
  outcome: Outcome,
  { destination, parts, form }: { readonly destination: Destination; readonly parts: LeaseParts; readonly form: SimplerForm },
): Promise<boolean> {
  if (destination.kind !== 'dicom' || outcome.kind !== 'permanent' || outcome.code !== 'context-refused') return false;
  const artifact = await formOf(delivery.artifact, destination.name, form);
  if (artifact === null) return false;
  const instead = storageClass(artifact.sopClassUid)?.name ?? artifact.sopClassUid;
  const words = `${outcome.words} Sent as ${instead} instead.`;
  const now = parts.clock();
  return replaceDelivery(parts.db, delivery, { owner: parts.owner, artifact, outcome: { ...outcome, words }, now });
}
