// Deliveries to a destination that the configuration does not name any more. In: rows nobody would ever take. Out: the same rows, parked with the
// reason, so that a person is told; named again, the destination gets them by `sonorelay retry`.
import type { Outcome } from '../contracts/delivery.ts';
import type { Turn } from '../kernel/loop.ts';
import { claimDeliveries, settleDelivery, unconfiguredDestination } from '../store/outbox.ts';
import type { LeaseParts } from './leases.ts';

const AT_A_TIME = 100;

/** A turn that parks what is due of one study to a destination that is not among `configured`; false when there is nothing. */
export function parkUnconfigured(configured: readonly string[], parts: LeaseParts): Turn {
  return async () => {
    const { db, owner, leaseMs, log } = parts;
    const destination = await unconfiguredDestination(db, configured);
    if (destination === null) return false;
    const now = parts.clock();
    const deliveries = await claimDeliveries(db, { destination, owner, now, leaseMs, most: AT_A_TIME });
    const words = `The configuration names no destination "${destination}".`;
    const outcome: Outcome = { kind: 'permanent', code: 'config-invalid', words };
    for (const { deliveryKey, attempts, artifact } of deliveries) {
      if (!(await settleDelivery(db, deliveryKey, { owner, verdict: { move: 'parked' }, outcome, now }))) continue;
      const about = { study: artifact.studyKey, destination, kind: artifact.kind, attempt: attempts };
      log('delivery.parked', { ...about, code: outcome.code, detail: words });
    }
    return deliveries.length > 0;
  };
}
