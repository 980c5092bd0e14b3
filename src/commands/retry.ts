// sonorelay retry: parked and refused work is taken up again. In: which study, or all. Out: what was queued; the running node finds it by itself.
import { resolved } from '../config/preflight.ts';
import { fault } from '../kernel/errors.ts';
import { requeueJob } from '../store/jobs.ts';
import { hasLedger, openLedger } from '../store/ledger.ts';
import { requeueDelivery } from '../store/outbox.ts';
import { type StudyOverview, studyOverviews } from '../store/overview.ts';
import { configFileOf, openConfig, parseOptions } from './arguments.ts';

const HELP = `Usage: sonorelay retry (--accession NUMBER | --study UID | --all) [--config FILE]

Takes up again what waits for a person: analyses that were parked, and deliveries that were parked or refused. Do it after the cause is mended;
sonorelay status says what it was. Works while the node runs; a delivery that was sent is never sent again by it.`;

const MOST_STUDIES = 100_000;

async function overviewsIn(folder: string, filter: Parameters<typeof studyOverviews>[1]): Promise<readonly StudyOverview[]> {
  const db = await openLedger(folder, { readOnly: true });
  try {
    return await studyOverviews(db, filter);
  } finally {
    await db.close();
  }
}

export async function retry(args: readonly string[]): Promise<number> {
  const values = parseOptions(
    args,
    {
      config: { type: 'string', short: 'c' },
      accession: { type: 'string' },
      study: { type: 'string' },
      all: { type: 'boolean' },
    },
    HELP,
  );
  if (values === null) return 0;
  const filter = {
    ...(typeof values['accession'] === 'string' ? { accessionNumber: values['accession'] } : {}),
    ...(typeof values['study'] === 'string' ? { studyInstanceUid: values['study'] } : {}),
  };
  if (Object.keys(filter).length === 0 && values['all'] !== true) throw fault('usage', `Say which study, or --all.\n\n${HELP}`);
  const { config, baseFolder } = await openConfig(configFileOf(values));
  const folder = resolved(baseFolder, config.spool.folder);
  if (!hasLedger(folder)) {
    process.stdout.write(`No ledger in ${folder} yet: no node has run with this configuration.\n`);
    return 0;
  }
  // Looked up by a reader of its own: a writer would keep the running node from its ledger while it goes through every study.
  const overviews = await overviewsIn(folder, { ...filter, limit: MOST_STUDIES });
  const db = await openLedger(folder, { beside: true });
  try {
    const now = Date.now();
    let queued = 0;
    for (const { study, jobs, deliveries } of overviews) {
      const name = study.accessionNumber === '' ? study.studyInstanceUid : study.accessionNumber;
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
