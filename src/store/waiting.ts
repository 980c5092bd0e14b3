// What waits for a person, and how each destination stands, for the console. In: names of destinations. Out: rows and counts, bounded in what they read.
import type { ArtifactKind, DeliveryState, Outcome } from '../contracts/delivery.ts';
import type { Job } from '../contracts/job.ts';
import type { Database, Row, Transaction } from './database.ts';
import { integer, integerOrNull, jobOf, text, textOrNull } from './rows.ts';
import * as SQL from './statements.ts';

/** More than this are not counted: a count reads a row for each. */
export const MOST_COUNTED = 10_000;
/** Open deliveries of a destination that are looked at: the longest due, and the last due. */
const LOOKED_AT = 200;

export type LastOutcome = { readonly kind: Outcome['kind']; readonly code: string; readonly words: string };

/** A delivery that was parked or refused, as `retry` takes it up; `since` in epoch ms. */
export type WaitingDelivery = {
  readonly studyKey: number;
  readonly studyInstanceUid: string;
  readonly accessionNumber: string;
  readonly destination: string;
  readonly kind: ArtifactKind;
  readonly sopClassUid: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly since: number;
  readonly lastOutcome: LastOutcome | null;
};

/** A job that was parked; `job.reason` and `detail` say why. */
export type WaitingJob = { readonly job: Job; readonly detail: string; readonly since: number };

export type Waiting = { readonly jobs: readonly WaitingJob[]; readonly deliveries: readonly WaitingDelivery[] };

/** What waits for a person, latest first, at most `most` of each. */
export const waitingForAPerson = (db: Database, most: number): Promise<Waiting> =>
  db.transact(async (tx) => ({
    jobs: (await tx.all(SQL.JOBS_FOR_A_PERSON, [most])).map((row) => ({
      job: jobOf(row),
      detail: text(row, 'detail'),
      since: integer(row, 'due_at'),
    })),
    deliveries: (await tx.all(SQL.DELIVERIES_FOR_A_PERSON, [most])).map(waitingDelivery),
  }));

/** How many jobs and deliveries wait for a person, counting at most `most` of each. */
export const numberForAPerson = (db: Database, most: number): Promise<number> =>
  db.transact(async (tx) => integer((await tx.get(SQL.NUMBER_FOR_A_PERSON, [most, most])) ?? {}, 'number'));

const outcomeOf = (row: Row): LastOutcome | null => {
  const kind = textOrNull(row, 'outcome_kind');
  return kind === null
    ? null
    : { kind: kind as Outcome['kind'], code: text(row, 'outcome_code'), words: text(row, 'outcome_words') };
};

const waitingDelivery = (row: Row): WaitingDelivery => ({
  studyKey: integer(row, 'study_key'),
  studyInstanceUid: text(row, 'study_instance_uid'),
  accessionNumber: text(row, 'accession_number'),
  destination: text(row, 'destination'),
  kind: text(row, 'kind') as ArtifactKind,
  sopClassUid: text(row, 'sop_class_uid'),
  state: text(row, 'state') as DeliveryState,
  attempts: integer(row, 'attempts'),
  since: integer(row, 'due_at'),
  lastOutcome: outcomeOf(row),
});

/** Objects of a class that a destination did not take and got in a simpler form; `words` of the last time, `lastAt` in epoch ms. */
export type NotTaken = {
  readonly kind: ArtifactKind;
  readonly sopClassUid: string;
  readonly number: number;
  readonly lastAt: number;
  readonly words: string;
};

/**
 * How a destination stands. `open` counts what is queued or being sent, at most MOST_COUNTED; times are epoch ms, null where there is none.
 * `trouble` is the last failure of what is tried again, with when it is tried next; `refusal` what was last parked or refused.
 */
export type DestinationStanding = {
  readonly name: string;
  readonly open: number;
  readonly sending: number;
  readonly parked: number;
  readonly refused: number;
  readonly sent: number;
  readonly lastSentAt: number | null;
  readonly oldestOpenAt: number | null;
  readonly trouble: {
    readonly outcome: LastOutcome;
    readonly attempts: number;
    readonly triedAt: number | null;
    readonly nextAt: number;
  } | null;
  readonly refusal: { readonly outcome: LastOutcome; readonly at: number; readonly studyKey: number } | null;
  readonly notTaken: readonly NotTaken[];
};

/**
 * The destinations `names`, and those beside them that have something parked or refused. `sentSince`: from when on `sent` counts; `notTakenSince` likewise.
 * A transaction for each, so that nothing waits for all of them.
 */
export async function destinationStandings(
  db: Database,
  names: readonly string[],
  since: { readonly sentSince: number; readonly notTakenSince: number },
): Promise<readonly DestinationStanding[]> {
  const waiting = await db.transact((tx) => tx.all(SQL.DELIVERIES_FOR_A_PERSON_BY_DESTINATION, [MOST_COUNTED]));
  const others = waiting.map((row) => text(row, 'destination')).filter((name) => !names.includes(name));
  const standings: DestinationStanding[] = [];
  for (const name of [...names, ...new Set(others)]) {
    const count = (state: DeliveryState): number => {
      const row = waiting.find((one) => one['destination'] === name && one['state'] === state);
      return row === undefined ? 0 : integer(row, 'number');
    };
    const counts = { parked: count('parked'), refused: count('refused') };
    standings.push({ ...(await db.transact((tx) => standingOf(tx, name, since))), ...counts });
  }
  return standings;
}

async function standingOf(
  tx: Transaction,
  name: string,
  since: { readonly sentSince: number; readonly notTakenSince: number },
): Promise<Omit<DestinationStanding, 'parked' | 'refused'>> {
  const first = await tx.all(SQL.DELIVERIES_OPEN_FIRST, [name, LOOKED_AT]);
  const last = await tx.all(SQL.DELIVERIES_OPEN_LAST, [name, LOOKED_AT]);
  const failed = last.find((row) => row['state'] === 'queued' && outcomeOf(row) !== null);
  const outcome = failed === undefined ? null : outcomeOf(failed);
  const refusal = await tx.get(SQL.DELIVERY_REFUSED_LAST, [name]);
  const refused = refusal === undefined ? null : outcomeOf(refusal);
  const oldest = [...first, ...last].map((row) => integer(row, 'queued_at'));
  return {
    name,
    open: integer((await tx.get(SQL.DELIVERIES_OPEN_OF_DESTINATION, [name, MOST_COUNTED])) ?? {}, 'number'),
    sending: last.filter((row) => row['state'] === 'sending').length,
    sent: integer((await tx.get(SQL.DELIVERIES_SENT_SINCE, [name, since.sentSince])) ?? {}, 'number'),
    lastSentAt: integerOrNull((await tx.get(SQL.DELIVERY_SENT_LAST, [name])) ?? { sent_at: null }, 'sent_at'),
    oldestOpenAt: oldest.length === 0 ? null : Math.min(...oldest),
    trouble:
      failed === undefined || outcome === null
        ? null
        : {
            outcome,
            attempts: integer(failed, 'attempts'),
            triedAt: integerOrNull(failed, 'tried_at'),
            nextAt: integer(failed, 'due_at'),
          },
    refusal:
      refusal === undefined || refused === null
        ? null
        : { outcome: refused, at: integer(refusal, 'due_at'), studyKey: integer(refusal, 'study_key') },
    notTaken: notTakenOf(await tx.all(SQL.DELIVERIES_REPLACED, [name, since.notTakenSince, LOOKED_AT])),
  };
}

/** Rows by class, each with the words of its latest, which comes first. */
function notTakenOf(rows: readonly Row[]): readonly NotTaken[] {
  const byClass = new Map<string, NotTaken>();
  for (const row of rows) {
    const [kind, sopClassUid] = [text(row, 'kind') as ArtifactKind, text(row, 'sop_class_uid')];
    const key = `${kind} ${sopClassUid}`;
    const known = byClass.get(key);
    if (known !== undefined) byClass.set(key, { ...known, number: known.number + 1 });
    else
      byClass.set(key, {
        kind,
        sopClassUid,
        number: 1,
        lastAt: integer(row, 'tried_at'),
        words: text(row, 'outcome_words'),
      });
  }
  return [...byClass.values()];
}
