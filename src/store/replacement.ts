// Objects that a destination does not take, and what is sent in their place. In: deliveries under way. Out: they are withdrawn and others queued.
import type { Artifact, Delivery, Outcome } from '../contracts/delivery.ts';
import type { Database } from './database.ts';
import { note } from './history.ts';
import { insertArtifacts, type NewArtifact } from './outbox.ts';
import { artifactOf } from './rows.ts';
import * as SQL from './statements.ts';

/** Reports of a job that a destination has, oldest first. */
export const reportsSent = (
  db: Database,
  { jobKey, destination }: { readonly jobKey: number; readonly destination: string },
): Promise<readonly Artifact[]> =>
  db.transact(async (tx) => (await tx.all(SQL.REPORTS_SENT, [jobKey, destination])).map(artifactOf));

/**
 * Deliveries of one job from `sending` to `withdrawn`, each with its outcome, and `artifacts` queued to their destinations in that order, in one
 * transaction; false, with nothing changed, when the lease of one of them is another's.
 */
export const replaceDeliveries = (
  db: Database,
  replaced: readonly { readonly delivery: Delivery; readonly outcome: Exclude<Outcome, { readonly kind: 'accepted' }> }[],
  replacement: { readonly owner: string; readonly artifacts: readonly NewArtifact[]; readonly now: number },
): Promise<boolean> =>
  db.transact(async (tx) => {
    const { owner, artifacts, now } = replacement;
    for (const { delivery } of replaced) {
      if ((await tx.get(SQL.DELIVERY_HELD, [delivery.deliveryKey, owner])) === undefined) return false;
    }
    for (const { delivery, outcome } of replaced) {
      const { artifact, deliveryKey, destination } = delivery;
      await tx.run(SQL.DELIVERY_REPLACE, [outcome.kind, outcome.code, outcome.words.slice(0, 500), deliveryKey, owner]);
      const detail = `${artifact.kind} to ${destination}: ${outcome.code}, a simpler form is sent`;
      await note(tx, { studyKey: artifact.studyKey, at: now, what: 'delivery-delayed', detail });
    }
    const [first] = replaced;
    if (first !== undefined) await insertArtifacts(tx, first.delivery.artifact, { artifacts, now });
    return true;
  });
