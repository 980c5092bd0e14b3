// What a receiver of messages has of a study before the next one. In: a job, a destination, the ledger, the spool. Out: the messages that it has or may
// have, and the deliveries that never reached it and that the next message stands in the place of.

import type { Job } from '../contracts/job.ts';
import { isWithdrawal } from '../hl7/withdraw.ts';
import type { Database } from '../store/database.ts';
import type { DeliveryOverview, StudyOverview } from '../store/overview.ts';
import type { Spool } from '../store/spool.ts';
import { jobsBefore, overviewOf } from './earlier-report.ts';

export type EarlierMessages = {
  /** As they were written, in the order in which they went or go. */
  readonly texts: readonly string[];
  /** Keys of deliveries that are not to be made any more: a receiver that knows nothing yet needs the newest result alone, as its first. */
  readonly unsent: readonly number[];
};

const mayHaveArrived = ({ state, lastOutcome }: DeliveryOverview): boolean =>
  state === 'sent' || state === 'sending' || lastOutcome?.kind === 'ambiguous';

/** A withdrawal that waits goes before the next message, and is never left out: a person asked for it. */
const isAhead = ({ state }: DeliveryOverview, text: string): boolean => state === 'queued' && isWithdrawal(text);

async function textAt(spoolPath: string, spool: Pick<Spool, 'readFile'>): Promise<string | null> {
  try {
    return (await spool.readFile(spoolPath)).toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

const messagesTo = (destination: string, job: Job, overview: StudyOverview): readonly DeliveryOverview[] => {
  const jobs = new Set(jobsBefore(job, overview));
  return overview.deliveries.filter((one) => one.kind === 'oru' && one.destination === destination && jobs.has(one.jobKey));
};

/** Of the same model and route: of earlier revisions, and of this job the notice that it could not be run. */
export async function earlierMessages(
  job: Job,
  destination: string,
  { db, spool }: { readonly db: Database; readonly spool: Pick<Spool, 'readFile'> },
): Promise<EarlierMessages> {
  const overview = await overviewOf(job, db);
  const texts: string[] = [];
  const unsent: number[] = [];
  for (const delivery of overview === null ? [] : messagesTo(destination, job, overview)) {
    const text = await textAt(delivery.spoolPath, spool);
    if (text === null) continue;
    if (mayHaveArrived(delivery) || isAhead(delivery, text)) texts.push(text);
    else if (delivery.state !== 'withdrawn' && !isWithdrawal(text)) unsent.push(delivery.deliveryKey);
  }
  return { texts, unsent };
}
