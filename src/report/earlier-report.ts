// The reports that a new one supersedes, by the ledger and not by derivation: a job of an earlier revision may have been skipped or parked, and a
// predecessor that never existed must not be named. In: a job, the ledger, the spool. Out: references, none where there is nothing to supersede.
import type { Job } from '../contracts/job.ts';
import { attributesOf } from '../dicom/attributes.ts';
import { text } from '../dicom/dataset.ts';
import { openPart10 } from '../dicom/part10.ts';
import type { Database } from '../store/database.ts';
import { type StudyOverview, studyOverviews } from '../store/overview.ts';
import type { Spool } from '../store/spool.ts';
import type { EarlierReport } from './sr.ts';

/** File names of the documents of a job: the report, the values that are not reliable, the notice that nothing could be run. */
export const REPORT = 'sr.dcm';
export const NOT_RELIABLE = 'sr-not-reliable.dcm';
export const NOTICE = 'sr-not-analysed.dcm';

/** What the forms of a document have behind its own name: classes, which images they name, that they correct one that was sent. */
const FORM = /(-88\.\d+|-pages|-bare|-corrected)+(?=\.dcm$)/u;
const nameOf = (spoolPath: string): string => spoolPath.slice(spoolPath.lastIndexOf('/') + 1);

/** File name of the document that a file holds a form of. */
export const documentName = (spoolPath: string): string => nameOf(spoolPath).replace(FORM, '');

/** Folder of what was rendered for a job, relative to the spool folder. */
export const artifactFolder = (jobKey: number): string => `artifacts/${jobKey}`;

/** File name of a message. */
export const messageName = (controlId: string): string => `oru-${controlId}.hl7`;

/** The reference to a document in the spool; null when there is no such file. */
async function referenceIn(file: string): Promise<EarlierReport | null> {
  try {
    const opened = await openPart10(file);
    try {
      const attributes = await attributesOf(opened);
      return {
        sopClassUid: text(attributes, 'SOPClassUID'),
        sopInstanceUid: text(attributes, 'SOPInstanceUID'),
        seriesInstanceUid: text(attributes, 'SeriesInstanceUID'),
      };
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** A job that was skipped names every route that meant it: `leg-veins + lungs`. */
const isOfRoute = (named: string, rule: string): boolean => named === rule || named.split(' + ').includes(rule);

/** The jobs of the same model and route that came before: of an earlier revision, latest first, and this one before a person sent it back to be analysed. */
export const jobsBefore = (job: Job, { jobs }: StudyOverview): readonly number[] =>
  jobs
    .filter((one) => one.modelId === job.modelId && isOfRoute(one.rule, job.rule))
    .filter((one) => one.jobKey === job.jobKey || one.revision < job.revision)
    .sort((one, other) => other.revision - one.revision)
    .map(({ jobKey }) => jobKey);

/** The study of a job as the ledger has it. */
export const overviewOf = async (job: Job, db: Database): Promise<StudyOverview | null> =>
  (await studyOverviews(db, { studyInstanceUid: job.studyInstanceUid, limit: 1 }))[0] ?? null;

/** Whether anything was handed on of the model before, to any destination in any form: a later result has to supersede it then. */
export async function wasReported(job: Job, db: Database): Promise<boolean> {
  const overview = await overviewOf(job, db);
  if (overview === null) return false;
  const keys = new Set(jobsBefore(job, overview));
  return overview.deliveries.some(({ jobKey, state }) => keys.has(jobKey) && state !== 'withdrawn');
}

/**
 * The forms of the latest document that were handed on: of an earlier revision, or of this job before a person sent it back to be analysed. `names` in
 * the order of preference within one job. All of them, because archives may have got it in different classes: each finds what it has among the
 * predecessors (PS3.3 C.17.2 permits several).
 */
export async function earlierReports(
  job: Job,
  names: readonly string[],
  parts: { readonly db: Database; readonly spool: Pick<Spool, 'absolute'> },
): Promise<readonly EarlierReport[]> {
  const overview = await overviewOf(job, parts.db);
  if (overview === null) return [];
  const reports = overview.deliveries.filter(({ kind, state }) => kind === 'sr' && state !== 'withdrawn');
  for (const jobKey of jobsBefore(job, overview)) {
    const handedOn = reports.filter((one) => one.jobKey === jobKey);
    for (const name of names) {
      const files = handedOn.map(({ spoolPath }) => spoolPath).filter((file) => documentName(file) === name);
      const found = await Promise.all([...new Set(files)].map((file) => referenceIn(parts.spool.absolute(file))));
      const known = found.filter((one) => one !== null);
      if (known.length > 0) return known;
    }
  }
  return [];
}
