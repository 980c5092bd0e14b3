// What happened to a study, one row a move. In: the transaction of the move itself. Out: a row that is there exactly when the move is.
import type { Transaction } from './database.ts';
import { HISTORY_INSERT } from './statements.ts';

export type HistoryEvent =
  | 'study-opened'
  | 'study-reopened'
  | 'study-complete'
  | 'job-queued'
  | 'job-skipped'
  | 'job-started'
  | 'job-done'
  | 'job-delayed'
  | 'job-parked'
  | 'job-requeued'
  | 'job-rendered'
  | 'job-retracting'
  | 'job-retracted'
  | 'delivery-sent'
  | 'delivery-delayed'
  | 'delivery-parked'
  | 'delivery-refused'
  | 'delivery-requeued'
  | 'delivery-superseded';

/** Adds a row. `detail` names models, destinations, codes and counts: never a patient. */
export async function note(
  tx: Transaction,
  event: { readonly studyKey: number; readonly at: number; readonly what: HistoryEvent; readonly detail: string },
): Promise<void> {
  await tx.run(HISTORY_INSERT, [event.studyKey, event.at, event.what, event.detail]);
}
