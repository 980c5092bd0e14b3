// sonorelay retry: parked and refused work is taken up again. In: which study, or all. Out: what was queued; the running node finds it by itself.
import { requeueJob } from '../store/jobs.ts';
import { requeueDelivery } from '../store/outbox.ts';
import { forChosenStudies } from './chosen-studies.ts';

const HELP = `Usage: sonorelay retry (--accession NUMBER | --study UID | --all) [--config FILE]

Takes up again what waits for a person: analyses that were parked, and deliveries that were parked or refused. Do it after the cause is mended;
sonorelay status says what it was. Works while the node runs; a delivery that was sent is never sent again by it.`;

export async function retry(args: readonly string[]): Promise<number> {
  const queued = await forChosenStudies(args, HELP, async ({ jobs, deliveries }, { db, name, now }) => {
    let done = 0;
    for (const job of jobs.filter(({ state }) => state === 'parked')) {
      if (!(await requeueJob(db, job.jobKey, now))) continue;
      done += 1;
      process.stdout.write(`${name}: ${job.modelId} queued again\n`);
    }
    for (const delivery of deliveries.filter(({ state }) => state === 'parked' || state === 'refused')) {
      if (!(await requeueDelivery(db, delivery.deliveryKey, now))) continue;
      done += 1;
      process.stdout.write(`${name}: ${delivery.kind} to ${delivery.destination} queued again\n`);
    }
    return done;
  });
  if (queued !== null) process.stdout.write(queued === 0 ? 'Nothing waits for a person.\n' : `${queued} queued again.\n`);
  return 0;
}
