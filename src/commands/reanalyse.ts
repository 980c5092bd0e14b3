// sonorelay reanalyse: complete studies are planned anew with the models as they are now. In: which study, or all. Out: what was reopened; the running
// node finds it by itself.
import { openLedger } from '../store/ledger.ts';
import { reopenStudy } from '../store/studies.ts';
import { parseOptions } from './arguments.ts';
import { chosenStudies, STUDY_OPTIONS, studyName } from './chosen-studies.ts';

const HELP = `Usage: sonorelay reanalyse (--accession NUMBER | --study UID | --all) [--config FILE]

Plans complete studies anew, at the next revision: for use after a model got a new version. A model whose version is another than that of its last report
runs again, and its new report takes the place of the old one at PACS and EHR; the report of every other model stands and is not sent again.
The node must have been restarted with the new model. A study that is still open is left as it is: the models of now read it anyway.`;

export async function reanalyse(args: readonly string[]): Promise<number> {
  const values = parseOptions(args, STUDY_OPTIONS, HELP);
  if (values === null) return 0;
  const chosen = await chosenStudies(values, HELP);
  if (chosen === null) return 0;
  const db = await openLedger(chosen.folder, { beside: true });
  try {
    const now = Date.now();
    let reopened = 0;
    for (const overview of chosen.overviews) {
      const revision = await reopenStudy(db, overview.study.studyKey, now);
      if (revision === null) continue;
      reopened += 1;
      process.stdout.write(`${studyName(overview)}: planned anew at revision ${revision}\n`);
    }
    process.stdout.write(reopened === 0 ? 'No complete study was found.\n' : `${reopened} planned anew.\n`);
  } finally {
    await db.close();
  }
  return 0;
}
