// What PID, PV1, ORC and OBR are filled with, by the mapping that a site may change. In: a source header and the facts of a message. Out: segments. Pure.
import { type Dataset, items, text } from '../dicom/dataset.ts';
import type { Hl7CharacterSet } from '../hl7/escape.ts';
import { components, type FieldValue, segment } from '../hl7/message.ts';
import { patientName, physicianName } from './person-name.ts';
import { type Order, sourceHeader } from './source-header.ts';
import { FIELD_SOURCES, type FieldSource, type Hl7Fields } from './template-schema.ts';
import { offsetText, readOffset } from './times.ts';

/** A value for every source that a mapping may name. */
export type FieldValues = Readonly<Record<FieldSource, FieldValue>>;

/** The text in its own zone where the source names one: a study time of unknown zone is sent as it stands. */
function studyTime(source: Dataset, header: Dataset): string {
  const date = text(header, 'StudyDate');
  if (date === '') return '';
  const zone = readOffset(text(source, 'TimezoneOffsetFromUTC'));
  const time = text(header, 'StudyTime').slice(0, 6);
  return `${date}${time}${time === '' || zone === null ? '' : offsetText(zone)}`;
}

/** PID-3: the identifier with its assigning authority. */
function patientIdentifier(header: Dataset): FieldValue {
  const assigner = items(header, 'IssuerOfPatientIDQualifiersSequence')[0] ?? {};
  const authority = [
    text(header, 'IssuerOfPatientID'),
    text(assigner, 'UniversalEntityID'),
    text(assigner, 'UniversalEntityIDType'),
  ];
  const id = text(header, 'PatientID');
  return id === '' ? '' : components(id, '', '', authority, 'MR');
}

/** All values that a mapping may name. */
export function fieldValues(facts: {
  readonly source: Dataset;
  readonly order: Order;
  readonly studyInstanceUid: string;
  readonly characterSet: Hl7CharacterSet;
  readonly procedure: FieldValue;
  readonly analysedAt: string;
  readonly diagnosticServiceSection: string;
  readonly resultStatus: string;
}): FieldValues {
  const { source, order, characterSet } = facts;
  const header = sourceHeader(source, facts.studyInstanceUid);
  const sex = text(header, 'PatientSex');
  return {
    patientIdentifier: patientIdentifier(header),
    patientId: text(header, 'PatientID'),
    patientName: patientName(text(header, 'PatientName'), characterSet),
    patientBirthDate: text(header, 'PatientBirthDate'),
    patientSex: ['M', 'F', 'O'].includes(sex) ? sex : 'U',
    placerNumber: order.placerNumber,
    fillerNumber: order.fillerNumber,
    accessionNumber: order.accessionNumber,
    requestedProcedureId: order.requestedProcedureId,
    studyId: text(header, 'StudyID'),
    studyInstanceUid: facts.studyInstanceUid,
    referringPhysician: physicianName(text(header, 'ReferringPhysicianName'), characterSet),
    procedure: facts.procedure,
    studyTime: studyTime(source, header),
    analysedAt: facts.analysedAt,
    diagnosticServiceSection: facts.diagnosticServiceSection,
    resultStatus: facts.resultStatus,
  };
}

const isEmpty = (value: FieldValue): boolean => (typeof value === 'string' ? value : value.encoded) === '';

function filledFrom(sources: readonly string[], values: FieldValues): FieldValue {
  for (const source of sources) {
    if (source.startsWith('=')) return components(...source.slice(1).split('^'));
    const known = FIELD_SOURCES.find((one) => one === source);
    if (known !== undefined && !isEmpty(values[known])) return values[known];
  }
  return '';
}

/** A segment whose fields are the mapping's; `fixed` ones are not the site's to change. */
export function mappedSegment(
  name: string,
  fields: Hl7Fields,
  parts: { readonly values: FieldValues; readonly fixed: Readonly<Record<number, FieldValue>> },
): string {
  const mapped = Object.entries(fields).flatMap(([place, sources]) => {
    const [segmentName, number] = place.split('-');
    return segmentName === name ? [[Number(number), filledFrom(sources, parts.values)] as const] : [];
  });
  return segment(name, { ...Object.fromEntries(mapped), ...parts.fixed });
}
