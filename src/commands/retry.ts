// sonorelay retry: parked and refused work is taken up again. In: which study, or all. Out: what was queued; the running node finds it by itself.
import { requeueJob } from '../store/jobs.ts';
import { openLedger } from '../store/ledger.ts';
import { requeueDelivery } from '../store/outbox.ts';
import { parseOptions } from './arguments.ts';
import { chosenStudies, STUDY_OPTIONS, studyName } from './chosen-studies.ts';

const HELP = `Usage: sonorelay retry (--accession NUMBER | --study UID | --all) [--config FILE]

Takes up again what waits for a person: analyses that were parked, and deliveries that were parked or refused. Do it after the cause is mended;
sonorelay status says what it was. Works while the node runs; a delivery that was sent is never sent again by it.`;

export async function retry(args: readonly string[]): Promise<number> {
  const values = parseOptions(args, STUDY_OPTIONS, HELP);
  if (values === null) return 0;
  const chosen = await chosenStudies(values, HELP);
  if (chosen === null) return 0;
  const db = await openLedger(chosen.folder, { beside: true });
  try {
    const now = Date.now();
    let queued = 0;
    for (const overview of chosen.overviews) {
      const { jobs, deliveries } = overview;
      const name = studyName(overview);
      for (const job of jobs.filter(({ state }) => state === 'parked')) {
        if (!(await requeueJob(db, job.jobKey, now))) continue;
        queued += 1;
        process.stdout.write(`${name}: ${job.modelId} queued again\n`);
      }
      for (const delivery of deliveries.filter(({ state }) => state === 'parked' || state === 'refused')) {
        if (!(await requeueDelivery(db, delivery.deliveryKey, now))) continue;
        queued += 1;
        process.stdout.write(`${name}: ${delivery.kind} to ${delivery.destination} queued again\n`);
      }
    }
    process.stdout.write(queued === 0 ? 'Nothing waits for a person.\n' : `${queued} queued again.\n`);
  } finally {
    await db.close();
  }
  return 0;
}
