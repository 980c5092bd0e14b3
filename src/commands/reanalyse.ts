// sonorelay reanalyse: complete studies are planned anew with the models as they are now. In: which study, or all. Out: what was reopened; the running
// node finds it by itself.
import { reopenStudy } from '../store/studies.ts';
import { forChosenStudies } from './chosen-studies.ts';

const HELP = `Usage: sonorelay reanalyse (--accession NUMBER | --study UID | --all) [--config FILE]

Plans complete studies anew, at the next revision: for use after a model got a new version. A model whose version is another than that of its last report
runs again, and its new report takes the place of the old one at PACS and EHR; the report of every other model stands and is not sent again.
The node must have been restarted with the new model. A study that is still open is left as it is: the models of now read it anyway.`;

export async function reanalyse(args: readonly string[]): Promise<number> {
  const reopened = await forChosenStudies(args, HELP, async ({ study }, { db, name, now }) => {
    const revision = await reopenStudy(db, study.studyKey, now);
    if (revision === null) return 0;
    process.stdout.write(`${name}: planned anew at revision ${revision}\n`);
    return 1;
  });
  if (reopened !== null) process.stdout.write(reopened === 0 ? 'No complete study was found.\n' : `${reopened} planned anew.\n`);
  return 0;
}
