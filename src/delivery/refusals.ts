// What a destination refused a presentation context for and got in a simpler form. In: deliveries that were replaced. Out: which further ones need not be
// tried first: without it every study would go over two associations more, for as long as the archive is as it is.
import type { Artifact, Delivery, Outcome } from '../contracts/delivery.ts';
import type { Tried } from './simpler.ts';

/** Then the archive is asked again: it may have been renewed. */
const REMEMBERED_MS = 3_600_000;

/** Held in memory only: after a restart the first attempt finds out anew. */
export type Refusals = {
  /** The outcomes of deliveries that need not be tried, by their key. */
  readonly known: (deliveries: readonly Delivery[], now: number) => ReadonlyMap<number, Outcome>;
  /** Takes deliveries that a simpler form stands in the place of, because the context was refused. */
  readonly note: (replaced: readonly Tried[], now: number) => void;
};

const outcomeOf = (at: number, kind: 'permanent' | 'transient'): Outcome => ({
  kind,
  code: 'context-refused',
  words: `Not tried: no presentation context was accepted at ${new Date(at).toISOString().slice(11, 16)} UTC.`,
});

/** The images that stand beside a report in the same job, which it names. */
const isNamedBy = (image: Artifact, report: Artifact): boolean =>
  report.kind === 'sr' && image.kind === 'capture' && image.jobKey === report.jobKey;

/** Remembers for one destination. */
export function refusals(): Refusals {
  const since = new Map<string, number>();
  const refusedAt = ({ sopClassUid }: Artifact, now: number): number | null => {
    const at = since.get(sopClassUid);
    return at === undefined || now - at >= REMEMBERED_MS ? null : at;
  };
  return {
    known: (deliveries, now) => {
      const outcomes = new Map<number, Outcome>();
      for (const { deliveryKey, artifact } of deliveries) {
        const image = deliveries.find((one) => isNamedBy(one.artifact, artifact) && refusedAt(one.artifact, now) !== null);
        const at = refusedAt(image?.artifact ?? artifact, now);
        if (at !== null) outcomes.set(deliveryKey, outcomeOf(at, image === undefined ? 'permanent' : 'transient'));
      }
      return outcomes;
    },
    note: (replaced, now) => {
      // A report that stands back for its images says nothing of its own class: its outcome is transient, also where the images stay as they are.
      const own = replaced.filter(({ outcome }) => outcome.kind === 'permanent').map(({ delivery }) => delivery);
      for (const { artifact } of own) if (refusedAt(artifact, now) === null) since.set(artifact.sopClassUid, now);
    },
  };
}
