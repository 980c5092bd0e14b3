// sonorelay retract: a result is taken back. In: which study, which model, why. Out: what is withdrawn at once, and what the running node takes back.
import { resolved } from '../config/preflight.ts';
import type { RetractionReason } from '../contracts/job.ts';
import { fault } from '../kernel/errors.ts';
import type { Database } from '../store/database.ts';
import { hasLedger, openLedger } from '../store/ledger.ts';
import { type StudyOverview, studyOverviews } from '../store/overview.ts';
import { retractJob } from '../store/retractions.ts';
import { configFileOf, openConfig, parseOptions } from './arguments.ts';

const HELP = `Usage: sonorelay retract (UID | --study UID | --accession NUMBER | --report UID) [--model ID] [--reason quality|safety] [--config FILE]

Takes results back: every revision of the study's results, of one model with --model, or the one result whose report has the SOP Instance UID given.
What was not sent yet is withdrawn. Where it was sent, the running node sends a rejection note to the PACS (key object selection with the title
"Rejected for Quality Reasons" or "Rejected for Patient Safety Reasons") and the message to the EHR again with every observation withdrawn (OBX-11 W).
sonorelay status shows how far that is. Images that arrive later open a new revision, which is analysed and reported again.

  UID          of a study, or of a result: that of its report, its attention images or its key objects
  --reason R   quality (default) or safety`;

const MOST_STUDIES = 1000;

const reasonOf = (value: unknown): RetractionReason => {
  if (value === undefined || value === 'quality') return 'quality';
  if (value === 'safety') return 'safety';
  throw fault('usage', `--reason takes quality or safety.\n\n${HELP}`);
};

const text = (value: string | boolean | undefined): string | null => (typeof value === 'string' ? value : null);

type Choice = { readonly model: string | null; readonly report: string | null };

/** The jobs of a study that can be taken back and are meant. */
function chosen({ jobs, deliveries }: StudyOverview, { model, report }: Choice) {
  const ofReport = deliveries.find(({ kind, sopInstanceUid }) => kind !== 'rejection' && sopInstanceUid === report)?.jobKey;
  return jobs.filter(
    (job) =>
      job.state === 'rendered' && (model === null || job.modelId === model) && (report === null || job.jobKey === ofReport),
  );
}

/** The studies that are meant. A bare UID is that of a study, else of an object that we wrote. */
async function meant(
  db: Database,
  { study, accession, report, uid }: Readonly<Record<'study' | 'accession' | 'report' | 'uid', string | null>>,
): Promise<{ readonly overviews: readonly StudyOverview[]; readonly report: string | null }> {
  const limit = MOST_STUDIES;
  if (accession !== null) return { overviews: await studyOverviews(db, { accessionNumber: accession, limit }), report: null };
  const studyInstanceUid = study ?? uid;
  const ofStudy = studyInstanceUid === null ? [] : await studyOverviews(db, { studyInstanceUid, limit });
  const artifactUid = report ?? uid;
  if (ofStudy.length > 0 || artifactUid === null) return { overviews: ofStudy, report: null };
  return { overviews: await studyOverviews(db, { artifactUid, limit }), report: artifactUid };
}

export async function retract(args: readonly string[]): Promise<number> {
  const option = { type: 'string' } as const;
  const uid = args[0]?.startsWith('-') === false ? args[0] : null;
  const values = parseOptions(
    uid === null ? args : args.slice(1),
    {
      config: { type: 'string', short: 'c' },
      study: option,
      accession: option,
      report: option,
      model: option,
      reason: option,
    },
    HELP,
  );
  if (values === null) return 0;
  const reason = reasonOf(values['reason']);
  const [study, accession, named] = [text(values['study']), text(values['accession']), text(values['report'])];
  if ([study, accession, named, uid].filter((one) => one !== null).length !== 1)
    throw fault('usage', `Say which: one of a UID, --study, --accession and --report.\n\n${HELP}`);
  const { config, baseFolder } = await openConfig(configFileOf(values));
  const folder = resolved(baseFolder, config.spool.folder);
  if (!hasLedger(folder)) {
    process.stdout.write(`No ledger in ${folder} yet: no node has run with this configuration.\n`);
    return 0;
  }
  const db = await openLedger(folder, { beside: true });
  try {
    const { overviews, report } = await meant(db, { study, accession, report: named, uid });
    if (accession !== null && overviews.length > 1)
      throw fault('usage', `${overviews.length} studies have the accession number ${accession}: name one with --study.`);
    let retracted = 0;
    for (const overview of overviews) {
      // The newest first: what waits of it does not stand in the place of the earlier one then.
      for (const job of chosen(overview, { model: text(values['model']), report }).toReversed()) {
        if (!(await retractJob(db, job.jobKey, { reason, now: Date.now() }))) continue;
        retracted += 1;
        process.stdout.write(`${overview.study.studyInstanceUid}: ${job.modelId}, revision ${job.revision}: taken back\n`);
      }
    }
    process.stdout.write(retracted === 0 ? 'There is no reported result like that.\n' : `${retracted} taken back.\n`);
    return retracted === 0 ? 1 : 0;
  } finally {
    await db.close();
  }
}
