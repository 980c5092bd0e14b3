// What an output copies from the study it belongs to. In: the header of one source instance, decoded. Out: patient and study attributes fit to write.
// Values that the standard does not permit (a date with dots, a name that is too long) are left empty rather than passed on: a faulty source must
// not make a faulty object, nor stop a result from being sent.
import type { Code } from '../contracts/model.ts';
import { codeItem, codes, type Dataset, items, text } from '../dicom/dataset.ts';
import { isValidUid } from '../dicom/uids.ts';
import { readOffset } from './times.ts';

type Rule = (value: string) => string | null;

const matching =
  (pattern: RegExp): Rule =>
  (value) =>
    pattern.test(value) ? value : null;
const date = matching(/^\d{8}$/u);
const time = matching(/^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$/u);
const code = matching(/^[A-Z0-9 _]{1,16}$/u);
const uid: Rule = (value) => (isValidUid(value) ? value : null);
const shortened =
  (longest: number): Rule =>
  (value) =>
    value === '' ? null : [...value].slice(0, longest).join('');

const name: Rule = (value) =>
  value === ''
    ? null
    : value
        .split('=')
        .slice(0, 3)
        .map((group) => [...group].slice(0, 64).join(''))
        .join('=');

const LO = shortened(64);

// An identifier is never cut: what is left of it may be that of another patient or order.
const whole =
  (longest: number): Rule =>
  (value) =>
    [...value].length <= longest ? value : null;

// Type 2 attributes are written empty when the source has none (PS3.3 C.7.1.1, C.7.2.1).
const ALWAYS: Readonly<Record<string, Rule>> = {
  PatientName: name,
  PatientID: whole(64),
  PatientBirthDate: date,
  PatientSex: code,
  StudyInstanceUID: uid,
  StudyDate: date,
  StudyTime: time,
  StudyID: whole(16),
  AccessionNumber: whole(16),
  ReferringPhysicianName: name,
};

const WHERE_GIVEN: Readonly<Record<string, Rule>> = {
  IssuerOfPatientID: whole(64),
  PatientAge: matching(/^\d{3}[DWMY]$/u),
  StudyDescription: LO,
  TimezoneOffsetFromUTC: (value) => (readOffset(value) === null ? null : value),
};

const ENTITY: Readonly<Record<string, Rule>> = {
  LocalNamespaceEntityID: shortened(400),
  UniversalEntityID: shortened(400),
  UniversalEntityIDType: matching(/^(DNS|EUI64|ISO|URI|UUID|X400|X500)$/u),
};

/** Assigners of identifiers, by the sequence that names them. */
const ASSIGNERS = ['IssuerOfPatientIDQualifiersSequence', 'IssuerOfAccessionNumberSequence'];

/** Codes of a sequence as they may be written: value, scheme and meaning present, lengths within their VR. */
export const writableCodes = (source: Dataset, keyword: string): readonly Code[] =>
  codes(source, keyword)
    .filter((code) => code.scheme !== '' && code.meaning !== '' && code.scheme.length <= 16)
    .map((code) => ({ ...code, meaning: LO(code.meaning.replaceAll('\\', ' ')) ?? '' }));

const single = (source: Dataset, keyword: string, rule: Rule): string | null => {
  const value = text(source, keyword).replaceAll('\\', ' ').trim();
  return value === '' ? null : rule(value);
};

/** Patient and study attributes of every output (PS3.3 C.7.1.1, C.7.2.1), checked value by value. */
export function sourceHeader(source: Dataset, studyInstanceUid: string): Dataset {
  const header: Dataset = {};
  for (const [keyword, rule] of Object.entries(ALWAYS)) header[keyword] = single(source, keyword, rule);
  for (const [keyword, rule] of Object.entries(WHERE_GIVEN)) {
    const value = single(source, keyword, rule);
    if (value !== null) header[keyword] = value;
  }
  for (const keyword of ASSIGNERS) {
    const assigner = Object.fromEntries(
      Object.entries(ENTITY).flatMap(([part, rule]) => {
        const value = single(items(source, keyword)[0] ?? {}, part, rule);
        return value === null ? [] : [[part, value]];
      }),
    );
    if (Object.keys(assigner).length > 0) header[keyword] = [assigner];
  }
  const procedures = writableCodes(source, 'ProcedureCodeSequence');
  if (procedures.length > 0) header['ProcedureCodeSequence'] = procedures.map(codeItem);
  return { ...header, StudyInstanceUID: studyInstanceUid };
}

/** BodyPartExamined (0018,0015) of the source; empty when it has none that may be written. */
export const bodyPartOf = (source: Dataset): string => single(source, 'BodyPartExamined', code) ?? '';

/** The zone of the study's own dates, or `fallback` (minutes) when the source does not say. Outputs write their times in it. */
export const studyOffset = (source: Dataset, fallback: number): number =>
  readOffset(text(source, 'TimezoneOffsetFromUTC')) ?? fallback;

/** The longest identifier that is taken for a message; longer ones are nobody's (OBR-18 of 2.5.1 has 60 characters). */
const IDENTIFIER = whole(60);

/** The order behind the study, its identifiers also where they are too long for DICOM: what the source's Request Attributes Sequence says, else its own attributes. */
export type Order = {
  readonly accessionNumber: string;
  readonly placerNumber: string;
  readonly fillerNumber: string;
  readonly requestedProcedureId: string;
  readonly requestedProcedureDescription: string;
  readonly requestedProcedureCode: Code | null;
};

export function orderOf(source: Dataset): Order {
  const request = items(source, 'RequestAttributesSequence')[0] ?? {};
  const first = (keyword: string, rule: Rule): string => single(source, keyword, rule) ?? single(request, keyword, rule) ?? '';
  return {
    accessionNumber: first('AccessionNumber', IDENTIFIER),
    placerNumber: first('PlacerOrderNumberImagingServiceRequest', IDENTIFIER),
    fillerNumber: first('FillerOrderNumberImagingServiceRequest', IDENTIFIER),
    requestedProcedureId: first('RequestedProcedureID', whole(16)),
    requestedProcedureDescription: first('RequestedProcedureDescription', LO),
    requestedProcedureCode:
      [
        ...writableCodes(source, 'RequestedProcedureCodeSequence'),
        ...writableCodes(request, 'RequestedProcedureCodeSequence'),
      ][0] ?? null,
  };
}

/** Referenced Request Sequence (0040,A370), all Type 2 attributes present; null without an order to refer to (PS3.3 C.17.2). */
export function referencedRequest(source: Dataset, studyInstanceUid: string): readonly Dataset[] | null {
  const order = orderOf(source);
  const accessionNumber = whole(16)(order.accessionNumber) ?? '';
  if (accessionNumber === '' && order.requestedProcedureId === '') return null;
  return [
    {
      StudyInstanceUID: studyInstanceUid,
      ReferencedStudySequence: [],
      AccessionNumber: accessionNumber || null,
      PlacerOrderNumberImagingServiceRequest: order.placerNumber || null,
      FillerOrderNumberImagingServiceRequest: order.fillerNumber || null,
      RequestedProcedureID: order.requestedProcedureId || null,
      RequestedProcedureDescription: order.requestedProcedureDescription || null,
      RequestedProcedureCodeSequence: order.requestedProcedureCode === null ? [] : [codeItem(order.requestedProcedureCode)],
    },
  ];
}
