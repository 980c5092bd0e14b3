// sonorelay retract: a result is taken back. In: which study, which model, why. Out: what is withdrawn at once, and what the running node takes back.
import { resolved } from '../config/preflight.ts';
import type { RetractionReason } from '../contracts/job.ts';
import { fault } from '../kernel/errors.ts';
import { hasLedger, openLedger } from '../store/ledger.ts';
import { type StudyOverview, studyOverviews } from '../store/overview.ts';
import { retractJob } from '../store/retractions.ts';
import { configFileOf, openConfig, parseOptions } from './arguments.ts';

const HELP = `Usage: sonorelay retract (--study UID | --accession NUMBER | --report UID) [--model ID] [--reason quality|safety] [--config FILE]

Takes results back: every revision of the study's results, of one model with --model, or the one result whose report has the SOP Instance UID given.
What was not sent yet is withdrawn. Where it was sent, the running node sends a rejection note to the PACS (key object selection with the title
"Rejected for Quality Reasons" or "Rejected for Patient Safety Reasons") and the message to the EHR again with every observation withdrawn (OBX-11 W).
sonorelay status shows how far that is. Images that arrive later open a new revision, which is analysed and reported again.

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
  const ofReport = deliveries.find(({ kind, sopInstanceUid }) => kind === 'sr' && sopInstanceUid === report)?.jobKey;
  return jobs.filter(
    (job) =>
      job.state === 'rendered' && (model === null || job.modelId === model) && (report === null || job.jobKey === ofReport),
  );
}

export async function retract(args: readonly string[]): Promise<number> {
  const option = { type: 'string' } as const;
  const values = parseOptions(
    args,
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
  const [study, accession, report] = [text(values['study']), text(values['accession']), text(values['report'])];
  if ([study, accession, report].filter((one) => one !== null).length !== 1)
    throw fault('usage', `Say which study: one of --study, --accession and --report.\n\n${HELP}`);
  const { config, baseFolder } = await openConfig(configFileOf(values));
  const folder = resolved(baseFolder, config.spool.folder);
  if (!hasLedger(folder)) {
    process.stdout.write(`No ledger in ${folder} yet: no node has run with this configuration.\n`);
    return 0;
  }
  const db = await openLedger(folder, { beside: true });
  try {
    const overviews = await studyOverviews(db, {
      ...(study === null ? {} : { studyInstanceUid: study }),
      ...(accession === null ? {} : { accessionNumber: accession }),
      ...(report === null ? {} : { artifactUid: report }),
      limit: MOST_STUDIES,
    });
    if (accession !== null && overviews.length > 1)
      throw fault('usage', `${overviews.length} studies have the accession number ${accession}: name one with --study.`);
    let retracted = 0;
    for (const overview of overviews) {
      for (const job of chosen(overview, { model: text(values['model']), report })) {
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
