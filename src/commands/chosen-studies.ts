// Work on the studies that a command line names, beside a running node. In: --accession, --study or --all, and what to do with each. Out: how much was done.
import { resolved } from '../config/preflight.ts';
import { fault } from '../kernel/errors.ts';
import type { Database } from '../store/database.ts';
import { hasLedger, openLedger } from '../store/ledger.ts';
import { type StudyOverview, studyOverviews } from '../store/overview.ts';
import { configFileOf, openConfig, parseOptions } from './arguments.ts';

const STUDY_OPTIONS = {
  config: { type: 'string', short: 'c' },
  accession: { type: 'string' },
  study: { type: 'string' },
  all: { type: 'boolean' },
} as const;

const MOST_STUDIES = 100_000;

type ChosenStudies = { readonly folder: string; readonly overviews: readonly StudyOverview[] };

/** Null, and told on stdout, when no node has run with this configuration yet. Fault `usage` with `help` when no study is named. */
async function chosenStudies(values: NonNullable<ReturnType<typeof parseOptions>>, help: string): Promise<ChosenStudies | null> {
  const filter = {
    ...(typeof values['accession'] === 'string' ? { accessionNumber: values['accession'] } : {}),
    ...(typeof values['study'] === 'string' ? { studyInstanceUid: values['study'] } : {}),
  };
  if (Object.keys(filter).length === 0 && values['all'] !== true) throw fault('usage', `Say which study, or --all.\n\n${help}`);
  const { config, baseFolder } = await openConfig(configFileOf(values));
  const folder = resolved(baseFolder, config.spool.folder);
  if (!hasLedger(folder)) {
    process.stdout.write(`No ledger in ${folder} yet: no node has run with this configuration.\n`);
    return null;
  }
  // Looked up by a reader of its own: a writer would keep the running node from its ledger while it goes through every study.
  const db = await openLedger(folder, { readOnly: true });
  try {
    return { folder, overviews: await studyOverviews(db, { ...filter, limit: MOST_STUDIES }) };
  } finally {
    await db.close();
  }
}

/** The name of a study for people: its accession number, or its UID where it has none. */
const studyName = ({ study }: StudyOverview): string =>
  study.accessionNumber === '' ? study.studyInstanceUid : study.accessionNumber;

/** Where a command works: the ledger, the name of the study for people, and the time, epoch ms. */
export type StudyWork = { readonly db: Database; readonly name: string; readonly now: number };

/**
 * Does `work` for each study that `args` name; it answers how much it did. The sum, or null when there was nothing to go through: help was asked
 * for, or no node has run yet. Fault `usage` with `help` when no study is named.
 */
export async function forChosenStudies(
  args: readonly string[],
  help: string,
  work: (overview: StudyOverview, place: StudyWork) => Promise<number>,
): Promise<number | null> {
  const values = parseOptions(args, STUDY_OPTIONS, help);
  const chosen = values === null ? null : await chosenStudies(values, help);
  if (chosen === null) return null;
  const db = await openLedger(chosen.folder, { beside: true });
  try {
    const now = Date.now();
    let done = 0;
    for (const overview of chosen.overviews) done += await work(overview, { db, name: studyName(overview), now });
    return done;
  } finally {
    await db.close();
  }
}
