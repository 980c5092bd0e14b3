// The note that takes objects back: a Key Object Selection whose title rejects them (IHE Imaging Object Change Management, RAD TF-3 4.66.4.1.3.4.3).
// In: the objects, the reason, the header of their study. Out: the data set of the note. Pure: the same objects give the same note.
import type { RetractionReason } from '../contracts/job.ts';
import type { Code } from '../contracts/model.ts';
import type { Dataset } from '../dicom/dataset.ts';
import { uidFrom } from '../dicom/uids.ts';
import { keyObjectSelection, type SelectionParts } from './key-object-selection.ts';

export type RejectionParts = Omit<SelectionParts, 'title' | 'description' | 'series' | 'sopInstanceUid'> & {
  readonly reason: RetractionReason;
};

/** Titles of CID 7011; without a scheme version, which one archive was seen to stumble over (dcm4chee-arc-light issue 1293). */
const TITLES: Readonly<Record<RetractionReason, Code>> = {
  quality: { value: '113001', scheme: 'DCM', meaning: 'Rejected for Quality Reasons' },
  safety: { value: '113037', scheme: 'DCM', meaning: 'Rejected for Patient Safety Reasons' },
};
const DESCRIPTION =
  'The result of an automatic analysis was taken back. Disregard the referenced report and images; they say nothing about the patient.';
/** Behind the series of reports and captures. */
const SERIES_NUMBER = 9098;

export function rejectionNote({ reason, ...parts }: RejectionParts): Dataset {
  const uids = parts.objects.map(({ sopInstanceUid }) => sopInstanceUid).toSorted();
  return keyObjectSelection({
    ...parts,
    title: TITLES[reason],
    description: DESCRIPTION,
    sopInstanceUid: uidFrom('rejection', reason, ...uids),
    series: {
      uid: uidFrom(parts.studyInstanceUid, 'rejection', 'series', ...uids),
      number: SERIES_NUMBER,
      description: 'AI result rejected',
    },
  });
}
