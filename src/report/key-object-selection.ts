// A Key Object Selection (PS3.3 A.35.4, template TID 2010). In: its title, the objects, the header of their study. Out: the data set. Pure.
import type { Code } from '../contracts/model.ts';
import { codeItem, type Dataset } from '../dicom/dataset.ts';
import { KEY_OBJECT_SELECTION } from '../dicom/sop-classes.ts';
import { equipment, type Installation } from './provenance.ts';
import { referencedRequest, sourceHeader, studyOffset } from './source-header.ts';
import { dicomDate, dicomTime } from './times.ts';

/** An object that is selected; an image is referred to as one, a document as a composite object. `frames` are 1-based, none means all. */
export type SelectedObject = {
  readonly seriesInstanceUid: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly isImage: boolean;
  readonly frames: readonly number[];
};

export type SelectionParts = {
  readonly studyInstanceUid: string;
  readonly title: Code;
  readonly description: string;
  readonly objects: readonly SelectedObject[];
  /** Header of an object of the study. */
  readonly source: Dataset;
  readonly installation: Installation;
  /** Epoch ms. */
  readonly selectedAt: number;
  /** Zone of times when the source names none, in minutes east of UTC. */
  readonly offsetMinutes: number;
  readonly sopInstanceUid: string;
  readonly series: { readonly uid: string; readonly number: number; readonly description: string };
};

const KEY_OBJECT_DESCRIPTION: Code = { value: '113012', scheme: 'DCM', meaning: 'Key Object Description' };

const instanceOf = ({ sopClassUid, sopInstanceUid }: SelectedObject): Dataset => ({
  ReferencedSOPClassUID: sopClassUid,
  ReferencedSOPInstanceUID: sopInstanceUid,
});

/** Study, series, instance, each instance once (PS3.3 Table C.17-3). */
function evidence({ studyInstanceUid, objects }: SelectionParts): readonly Dataset[] {
  const byUid = new Map(objects.map((one) => [one.sopInstanceUid, one]));
  const series = [...new Set(objects.map(({ seriesInstanceUid }) => seriesInstanceUid))];
  return [
    {
      StudyInstanceUID: studyInstanceUid,
      ReferencedSeriesSequence: series.map((uid) => ({
        SeriesInstanceUID: uid,
        ReferencedSOPSequence: [...byUid.values()].filter((one) => one.seriesInstanceUid === uid).map(instanceOf),
      })),
    },
  ];
}

const contentItem = (one: SelectedObject): Dataset => ({
  RelationshipType: 'CONTAINS',
  ValueType: one.isImage ? 'IMAGE' : 'COMPOSITE',
  ReferencedSOPSequence: [{ ...instanceOf(one), ...(one.frames.length === 0 ? {} : { ReferencedFrameNumber: [...one.frames] }) }],
});

/** The whole data set, ready for `part10`. */
export function keyObjectSelection(parts: SelectionParts): Dataset {
  const { studyInstanceUid, source, installation, selectedAt, series } = parts;
  const offset = studyOffset(source, parts.offsetMinutes);
  const request = referencedRequest(source, studyInstanceUid);
  const [date, time] = [dicomDate(selectedAt, offset), dicomTime(selectedAt, offset)];
  return {
    ...sourceHeader(source, studyInstanceUid),
    SOPClassUID: KEY_OBJECT_SELECTION,
    SOPInstanceUID: parts.sopInstanceUid,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    ...equipment(installation),
    Modality: 'KO',
    SeriesInstanceUID: series.uid,
    SeriesNumber: String(series.number),
    SeriesDescription: series.description,
    ReferencedPerformedProcedureStepSequence: [],
    InstanceNumber: '1',
    ContentDate: date,
    ContentTime: time,
    ...(request === null ? {} : { ReferencedRequestSequence: request }),
    CurrentRequestedProcedureEvidenceSequence: evidence(parts),
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [codeItem(parts.title)],
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: [{ MappingResource: 'DCMR', MappingResourceUID: '1.2.840.10008.8.1.1', TemplateIdentifier: '2010' }],
    ContentSequence: [
      {
        RelationshipType: 'CONTAINS',
        ValueType: 'TEXT',
        ConceptNameCodeSequence: [codeItem(KEY_OBJECT_DESCRIPTION)],
        TextValue: parts.description,
      },
      ...parts.objects.map(contentItem),
    ],
  };
}
