// What is sent when a destination accepts no presentation context for objects of a job: the same in simpler forms. In: deliveries and their outcomes. Out:
// those in whose place others stand. Each step down is an association of its own, a few at most, and a row that `sonorelay status` shows.
import type { Artifact, Delivery, Destination, Outcome } from '../contracts/delivery.ts';
import { faultRow, isFault } from '../kernel/errors.ts';
import type { NewArtifact } from '../store/outbox.ts';
import { replaceDeliveries } from '../store/replacement.ts';
import type { LeaseParts } from './leases.ts';

/** Writes the simpler forms of objects of one job for one destination; nothing where there are none. `words` say what became of each that is replaced. */
export type SimplerForms = (
  refused: readonly Artifact[],
  destination: string,
) => Promise<
  readonly {
    readonly replaces: readonly { readonly artifactKey: number; readonly words: string }[];
    readonly artifacts: readonly NewArtifact[];
  }[]
>;

/** A delivery with what came of it. */
export type Tried = { readonly delivery: Delivery; readonly outcome: Outcome };

type Refused = { readonly delivery: Delivery; readonly outcome: Exclude<Outcome, { readonly kind: 'accepted' }> };

/** Whether the presentation context was refused, that of the object or of one that it refers to. */
export const isContextRefused = ({ outcome }: Tried): boolean =>
  outcome.kind !== 'accepted' && outcome.code === 'context-refused';

const isRefused = (tried: Tried): tried is Refused => isContextRefused(tried);

const asSentence = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);

/** Forms that cannot be written are none: the rows are then settled with what the peer said, which is what a person has to know. */
async function formsOf(refused: readonly Artifact[], destination: string, forms: SimplerForms): ReturnType<SimplerForms> {
  try {
    return await forms(refused, destination);
  } catch (error) {
    if (isFault(error) && faultRow(error.code).disposition === 'transient') throw error;
    return [];
  }
}

/** Keys of the deliveries that were replaced, which are settled then. */
export async function replacedBySimpler(
  tried: readonly Tried[],
  { destination, parts, forms }: { readonly destination: Destination; readonly parts: LeaseParts; readonly forms: SimplerForms },
): Promise<ReadonlySet<number>> {
  const settled = new Set<number>();
  if (destination.kind !== 'dicom') return settled;
  const refused = tried.filter(isRefused);
  for (const jobKey of new Set(refused.map(({ delivery }) => delivery.artifact.jobKey))) {
    const ofJob = refused.filter(({ delivery }) => delivery.artifact.jobKey === jobKey);
    const artifacts = ofJob.map(({ delivery }) => delivery.artifact);
    for (const form of await formsOf(artifacts, destination.name, forms)) {
      const replaced = form.replaces.flatMap(({ artifactKey, words }) =>
        ofJob
          .filter(({ delivery }) => delivery.artifact.artifactKey === artifactKey)
          .map(({ delivery, outcome }) => ({
            delivery,
            outcome: { ...outcome, words: `${asSentence(outcome.words)} ${words}` },
          })),
      );
      const replacement = { owner: parts.owner, artifacts: form.artifacts, now: parts.clock() };
      if (!(await replaceDeliveries(parts.db, replaced, replacement))) continue;
      for (const { delivery } of replaced) settled.add(delivery.deliveryKey);
    }
  }
  return settled;
}
