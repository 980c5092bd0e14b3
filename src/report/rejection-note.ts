// The note that takes objects back: a Key Object Selection whose title rejects them (IHE Imaging Object Change Management, RAD TF-3 4.66.4.1.3.4.3).
// In: the objects, the reason, the header of their study. Out: the data set of the note. Pure: the same objects give the same note.
import type { RetractionReason } from '../contracts/job.ts';
import type { Code } from '../contracts/model.ts';
import { codeItem, type Dataset } from '../dicom/dataset.ts';
import { KEY_OBJECT_SELECTION } from '../dicom/sop-classes.ts';
import { uidFrom } from '../dicom/uids.ts';
import { equipment, type Installation } from './provenance.ts';
import { referencedRequest, sourceHeader, studyOffset } from './source-header.ts';
import { dicomDate, dicomTime } from './times.ts';

/** An object that is taken back. An image is referred to as one, a document as a composite object. */
export type RejectedObject = {
  readonly seriesInstanceUid: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly isImage: boolean;
};

export type RejectionParts = {
  readonly studyInstanceUid: string;
  readonly objects: readonly RejectedObject[];
  readonly reason: RetractionReason;
  /** Header of a source instance. */
  readonly source: Dataset;
  readonly installation: Installation;
  /** When the result was taken back, epoch ms. */
  readonly rejectedAt: number;
  /** Zone of times when the source names none, in minutes east of UTC. */
  readonly offsetMinutes: number;
  readonly seriesNumber: number;
  readonly description: string;
};

/** Titles of CID 7011; without a scheme version, which one archive was seen to stumble over (dcm4chee-arc-light issue 1293). */
const TITLES: Readonly<Record<RetractionReason, Code>> = {
  quality: { value: '113001', scheme: 'DCM', meaning: 'Rejected for Quality Reasons' },
  safety: { value: '113037', scheme: 'DCM', meaning: 'Rejected for Patient Safety Reasons' },
};
const KEY_OBJECT_DESCRIPTION: Code = { value: '113012', scheme: 'DCM', meaning: 'Key Object Description' };

const referenceOf = ({ sopClassUid, sopInstanceUid }: RejectedObject): Dataset => ({
  ReferencedSOPClassUID: sopClassUid,
  ReferencedSOPInstanceUID: sopInstanceUid,
});

/** Study, series, instance (PS3.3 Table C.17-3). */
function evidence({ studyInstanceUid, objects }: RejectionParts): readonly Dataset[] {
  const series = [...new Set(objects.map(({ seriesInstanceUid }) => seriesInstanceUid))];
  return [
    {
      StudyInstanceUID: studyInstanceUid,
      ReferencedSeriesSequence: series.map((uid) => ({
        SeriesInstanceUID: uid,
        ReferencedSOPSequence: objects.filter((one) => one.seriesInstanceUid === uid).map(referenceOf),
      })),
    },
  ];
}

/** The whole data set of the note (PS3.3 A.35.4, template TID 2010), ready for `part10`. */
export function rejectionNote(parts: RejectionParts): Dataset {
  const { studyInstanceUid, objects, reason, source, installation, rejectedAt } = parts;
  const offset = studyOffset(source, parts.offsetMinutes);
  const request = referencedRequest(source, studyInstanceUid);
  const uids = objects.map(({ sopInstanceUid }) => sopInstanceUid).toSorted();
  return {
    ...sourceHeader(source, studyInstanceUid),
    SOPClassUID: KEY_OBJECT_SELECTION,
    SOPInstanceUID: uidFrom('rejection', reason, ...uids),
    InstanceCreationDate: dicomDate(rejectedAt, offset),
    InstanceCreationTime: dicomTime(rejectedAt, offset),
    ...equipment(installation),
    Modality: 'KO',
    SeriesInstanceUID: uidFrom(studyInstanceUid, 'rejection', 'series', ...uids),
    SeriesNumber: String(parts.seriesNumber),
    SeriesDescription: 'AI result rejected',
    ReferencedPerformedProcedureStepSequence: [],
    InstanceNumber: '1',
    ContentDate: dicomDate(rejectedAt, offset),
    ContentTime: dicomTime(rejectedAt, offset),
    ...(request === null ? {} : { ReferencedRequestSequence: request }),
    CurrentRequestedProcedureEvidenceSequence: evidence(parts),
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [codeItem(TITLES[reason])],
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: [{ MappingResource: 'DCMR', MappingResourceUID: '1.2.840.10008.8.1.1', TemplateIdentifier: '2010' }],
    ContentSequence: [
      {
        RelationshipType: 'CONTAINS',
        ValueType: 'TEXT',
        ConceptNameCodeSequence: [codeItem(KEY_OBJECT_DESCRIPTION)],
        TextValue: parts.description,
      },
      ...objects.map((one) => ({
        RelationshipType: 'CONTAINS',
        ValueType: one.isImage ? 'IMAGE' : 'COMPOSITE',
        ReferencedSOPSequence: [referenceOf(one)],
      })),
    ],
  };
}
