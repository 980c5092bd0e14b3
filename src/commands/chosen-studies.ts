// The studies that a command line names. In: --accession, --study or --all, and the configuration. Out: the folder of the ledger and where each study stands.
import { resolved } from '../config/preflight.ts';
import { fault } from '../kernel/errors.ts';
import { hasLedger, openLedger } from '../store/ledger.ts';
import { type StudyOverview, studyOverviews } from '../store/overview.ts';
import { configFileOf, openConfig, type parseOptions } from './arguments.ts';

/** The options that every such command has. */
export const STUDY_OPTIONS = {
  config: { type: 'string', short: 'c' },
  accession: { type: 'string' },
  study: { type: 'string' },
  all: { type: 'boolean' },
} as const;

const MOST_STUDIES = 100_000;

export type ChosenStudies = { readonly folder: string; readonly overviews: readonly StudyOverview[] };

/** Null, and told on stdout, when no node has run with this configuration yet. Fault `usage` with `help` when no study is named. */
export async function chosenStudies(
  values: NonNullable<ReturnType<typeof parseOptions>>,
  help: string,
): Promise<ChosenStudies | null> {
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
export const studyName = ({ study }: StudyOverview): string =>
  study.accessionNumber === '' ? study.studyInstanceUid : study.accessionNumber;
