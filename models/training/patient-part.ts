// Which part of a folder's patients a study belongs to. In: a study of a cohort and the name of a part. Out: whether it is of it, and the number that the
// messages of the generators carry in place of a probe family (`provenance.py` reads it).
import { attributesOf } from '../../src/dicom/attributes.ts';
import { text } from '../../src/dicom/dataset.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import type { CohortStudy } from '../../src/evaluation/cohort.ts';
import { hash32 } from '../../src/phantom/random.ts';

/** A part: from and to as shares of the patients (`to` exclusive), and its number in the messages. */
export type PatientPart = { readonly from: number; readonly to: number; readonly family: number };

const PARTS: Readonly<Record<string, PatientPart>> = {
  all: { from: 0, to: 1, family: -1 },
  train: { from: 0, to: 0.7, family: -2 },
  validation: { from: 0.7, to: 0.85, family: -3 },
  'held-out': { from: 0.85, to: 1, family: -4 },
};

/** The part of that name (`all`, `train`, `validation`, `held-out`). RangeError for any other. */
export function patientPart(name: string): PatientPart {
  const part = PARTS[name];
  if (part === undefined) throw new RangeError(`--part is one of ${Object.keys(PARTS).join(', ')}`);
  return part;
}

/**
 * Whether the study's patient is of a part, by chance that follows from the PatientID: a patient stays in one part, also when the folder grows. A study
 * without PatientID counts as a patient of its own.
 */
export async function isOfPart({ studyInstanceUid, files }: CohortStudy, part: PatientPart): Promise<boolean> {
  const [first] = files;
  if (first === undefined) return false;
  const opened = await openPart10(first.path);
  try {
    const patient = text(attributesOf(opened), 'PatientID') || studyInstanceUid;
    const place = hash32('part of the cohort', patient) / 2 ** 32;
    return place >= part.from && place < part.to;
  } finally {
    await opened.close();
  }
}
