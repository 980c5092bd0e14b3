// The ledger of a spool folder. In: the folder. Out: its database. The ledger lies in the folder whose files it names, so that the two are never parted.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Database } from './database.ts';
import type { StudyOverview } from './overview.ts';
import { openSqlite } from './sqlite.ts';
import { BRING_FORWARD } from './statements.ts';

const ledgerFile = (spoolFolder: string): string => path.join(spoolFolder, 'ledger.sqlite');

/** False as long as no node has run with this spool folder. */
export const hasLedger = (spoolFolder: string): boolean => existsSync(ledgerFile(spoolFolder));

/** Opens the ledger of a spool folder; options and faults as `openSqlite`. */
export const openLedger = (
  spoolFolder: string,
  options: { readonly readOnly?: boolean; readonly beside?: boolean } = {},
): Promise<Database> => openSqlite({ path: ledgerFile(spoolFolder), ...options });

/**
 * At the start of the only node of this ledger: nothing waits for a time ahead of `now`. That takes up what a process that died held, and
 * what was due by a clock that has been set back since; a pause before a retry ends too.
 */
export const bringForward = (db: Database, now: number): Promise<void> =>
  db.transact(async (tx) => {
    for (const sql of BRING_FORWARD) await tx.run(sql, [now, now]);
  });

/** True when nothing more happens of itself to these studies: all complete, every job reported, skipped or parked, every delivery settled. */
export const isSettled = (overviews: readonly StudyOverview[]): boolean =>
  overviews.every(
    ({ study, jobs, deliveries }) =>
      study.state === 'complete' &&
      jobs.every((job) => ['rendered', 'skipped', 'parked', 'retracted'].includes(job.state)) &&
      deliveries.every((delivery) => ['sent', 'parked', 'refused', 'withdrawn'].includes(delivery.state)),
  );
