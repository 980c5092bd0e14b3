// An object that a destination does not take, and what is sent in its place. In: a delivery under way. Out: it withdrawn and another one queued.
import type { Delivery, Outcome } from '../contracts/delivery.ts';
import type { Database } from './database.ts';
import { note } from './history.ts';
import { insertArtifacts, type NewArtifact } from './outbox.ts';
import * as SQL from './statements.ts';

/** `sending` to `withdrawn` with the outcome, and `artifact` queued to its destinations, in one transaction; false when the lease is another's. */
export const replaceDelivery = (
  db: Database,
  { deliveryKey, artifact: replaced, destination }: Delivery,
  replacement: {
    readonly owner: string;
    readonly artifact: NewArtifact;
    readonly outcome: Exclude<Outcome, { readonly kind: 'accepted' }>;
    readonly now: number;
  },
): Promise<boolean> =>
  db.transact(async (tx) => {
    const { owner, artifact, outcome, now } = replacement;
    const said = [outcome.kind, outcome.code, outcome.words.slice(0, 500)];
    if ((await tx.run(SQL.DELIVERY_REPLACE, [...said, deliveryKey, owner])) !== 1) return false;
    await insertArtifacts(tx, replaced, { artifacts: [artifact], now });
    const detail = `${replaced.kind} to ${destination}: ${outcome.code}, a simpler form is sent`;
    await note(tx, { studyKey: replaced.studyKey, at: now, what: 'delivery-delayed', detail });
    return true;
  });
