// Keeps the leases of deliveries while they are being sent. In: the rows and some work. Out: what the work gives.
// A send may take longer than a lease (a large object, a patient time-out); without this another node would send the same object beside us.
import type { Delivery } from '../contracts/delivery.ts';
import type { Clock } from '../kernel/clock.ts';
import { errorText, isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Database } from '../store/database.ts';
import { extendDeliveryLeases } from '../store/outbox.ts';

export type LeaseParts = {
  readonly db: Database;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseMs: number;
  readonly log: Log;
};

/** Runs `work` and moves the leases on every third of `leaseMs` until it ends. A lease that is lost is found out when the row is settled. */
export async function whileHolding<T>(deliveries: readonly Delivery[], parts: LeaseParts, work: () => Promise<T>): Promise<T> {
  const keys = deliveries.map((delivery) => delivery.deliveryKey);
  const extend = async (): Promise<void> => {
    try {
      await extendDeliveryLeases(parts.db, keys, { owner: parts.owner, until: parts.clock() + parts.leaseMs });
    } catch (error) {
      parts.log('loop.failed', { loop: 'leases', code: isFault(error) ? error.code : 'unknown', detail: errorText(error) });
    }
  };
  const timer = setInterval(() => void extend(), Math.max(1, Math.floor(parts.leaseMs / 3)));
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
