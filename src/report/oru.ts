// The HL7 result of one job for one destination: ORU^R01^ORU_R01 2.5.1 in the shape of IHE RAD-128. In: a result, the source header, a destination.
// Out: the message text and its control id. Pure; times come from the result, so that rendering again gives the same bytes.
import type { Hl7Destination } from '../contracts/delivery.ts';
import type { ResultOf, SectionResult } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { DOCUMENT, PRIVATE_SCHEME, PROCEDURE, QUANTITY, UNIT } from '../dicom/codes.ts';
import { type Dataset, items, text } from '../dicom/dataset.ts';
import { restrictTo } from '../hl7/escape.ts';
import { components, type FieldValue, message, repetitions, segment } from '../hl7/message.ts';
import { patientName, physicianName } from './person-name.ts';
import { controlIdOf, type Installation } from './provenance.ts';
import { type Order, orderOf, sourceHeader, studyOffset } from './source-header.ts';
import { procedureOf } from './sr.ts';
import type { OutputTemplate } from './templates.ts';
import { dateTimeText, offsetText, readOffset } from './times.ts';
import {
  authorSentence,
  FLAGS,
  impressionLines,
  isStated,
  noticeText,
  percent,
  SIDES,
  sectionSentence,
  siteNumber,
  skippedLines,
  VEINS,
} from './wording.ts';

export type MessageParts = {
  readonly result: ResultOf<'vascular-sec'>;
  readonly source: Dataset;
  readonly template: OutputTemplate;
  readonly installation: Installation;
  readonly destination: Hl7Destination;
  /** Zone of times when the source names none, in minutes east of UTC. */
  readonly offsetMinutes: number;
};

/** `replaced` counts characters that the destination's set lacks and that became `?`. */
export type RenderedMessage = { readonly message: string; readonly controlId: string; readonly replaced: number };

/** HL7 names of coding schemes, where they differ from DICOM's. */
const SCHEMES: Readonly<Record<string, string>> = { RADLEX: 'RadLex' };

const coded = (code: Code): FieldValue => components(code.value, code.meaning, SCHEMES[code.scheme] ?? code.scheme);

/** An OBX without its number: fields by position, OBX-1 added when all are known. */
type Observation = Readonly<Record<number, FieldValue>>;

/** What all observations of a message share. */
type Shared = {
  readonly observedAt: string;
  readonly analysedAt: string;
  readonly method: FieldValue;
  readonly device: FieldValue;
};

/** The text in its own zone where the source names one: a study time of unknown zone is sent as it stands. */
function studyTime(source: Dataset): string {
  const header = sourceHeader(source, '');
  const date = text(header, 'StudyDate');
  if (date === '') return '';
  const zone = readOffset(text(source, 'TimezoneOffsetFromUTC'));
  const time = text(header, 'StudyTime').slice(0, 6);
  return `${date}${time}${time === '' || zone === null ? '' : offsetText(zone)}`;
}

const observation = (type: string, concept: Code, rest: Observation, shared: Shared): Observation => ({
  2: type,
  3: coded(concept),
  11: 'P',
  14: shared.observedAt,
  17: shared.method,
  18: shared.device,
  19: shared.analysedAt,
  ...rest,
});

/** TX carries lines as repetitions (2.5.1 section 2.A.79). */
const lines = (texts: readonly string[]): FieldValue => repetitions(texts);

/** The OBX of one section, tied by OBX-4: flag, site, side, certainty, sentence. No number goes out for a section without a statement. */
function sectionObservations(
  section: SectionResult,
  { result, template, shared }: MessageParts & { readonly shared: Shared },
): readonly Observation[] {
  const { run } = result;
  const subId = String(siteNumber(section));
  const present = section.sec === 'present';
  const stated = isStated(section);
  const side = SIDES[section.side].code;
  const { site } = VEINS[section.vein];
  const abnormal = present && template.hl7.abnormalFlags;
  const probability = String(Number(section.secProbability.toFixed(4)));
  const flag = { 4: subId, 5: coded(FLAGS[section.sec].code), 8: abnormal ? 'A' : '', 9: stated ? probability : '' };
  const certainty = {
    4: subId,
    5: percent(section.secProbability),
    6: coded(UNIT.percent),
    7: `<${Number(((run.statement.threshold ?? 0) * 100).toFixed(2))}`,
    8: abnormal ? 'H' : '',
  };
  const coding = template.hl7.codedType;
  return [
    observation(coding, run.statement.concept, flag, shared),
    ...(site === null ? [] : [observation(coding, DOCUMENT.findingSite, { 4: subId, 5: coded(site) }, shared)]),
    ...(side === null ? [] : [observation(coding, DOCUMENT.laterality, { 4: subId, 5: coded(side) }, shared)]),
    ...(stated ? [observation('NM', QUANTITY.certaintyOfFinding, certainty, shared)] : []),
    observation(
      'TX',
      PROCEDURE.findings,
      { 4: subId, 5: lines([sectionSentence(section, run, template), ...section.notes]) },
      shared,
    ),
  ];
}

/** A result that could not be obtained is said with OBX-11 X (HL7 table 0085): silence must not be read as a negative. */
const noObservation = ({ result, template }: MessageParts, shared: Shared): Observation =>
  observation(template.hl7.codedType, result.run.statement.concept, { 11: 'X' }, shared);

function observations(parts: MessageParts, shared: Shared): readonly Observation[] {
  const { result, template } = parts;
  const comments = skippedLines(result.skipped);
  return [
    { 2: 'ST', 3: coded(DOCUMENT.dicomStudy), 5: result.studyInstanceUid, 11: 'O' },
    observation('TX', PROCEDURE.impressions, { 5: lines(impressionLines(result, template)) }, shared),
    ...(result.sections.length === 0 ? [noObservation(parts, shared)] : []),
    ...result.sections.flatMap((section) => sectionObservations(section, { ...parts, shared })),
    ...(comments.length === 0 ? [] : [observation('TX', DOCUMENT.comment, { 5: lines(comments) }, shared)]),
  ];
}

function header(parts: MessageParts, controlId: string, at: string): string {
  const { destination, template } = parts;
  const enhanced = template.hl7.acknowledgement === 'enhanced';
  return segment('MSH', {
    3: destination.sendingApplication,
    4: destination.sendingFacility,
    5: destination.receivingApplication,
    6: destination.receivingFacility,
    7: at,
    9: components('ORU', 'R01', 'ORU_R01'),
    10: controlId,
    11: destination.processingId,
    12: '2.5.1',
    15: enhanced ? 'AL' : '',
    16: enhanced ? 'NE' : '',
    18: destination.characterSet,
  });
}

function patient(parts: MessageParts): string {
  const source = sourceHeader(parts.source, '');
  const assigner = items(source, 'IssuerOfPatientIDQualifiersSequence')[0] ?? {};
  const authority = [
    text(source, 'IssuerOfPatientID'),
    text(assigner, 'UniversalEntityID'),
    text(assigner, 'UniversalEntityIDType'),
  ];
  const sex = text(source, 'PatientSex');
  return segment('PID', {
    1: '1',
    3: text(source, 'PatientID') === '' ? '' : components(text(source, 'PatientID'), '', '', authority, 'MR'),
    5: patientName(text(source, 'PatientName'), parts.destination.characterSet),
    7: text(source, 'PatientBirthDate'),
    8: ['M', 'F', 'O'].includes(sex) ? sex : 'U',
  });
}

function order(parts: MessageParts, facts: { readonly order: Order; readonly shared: Shared }): readonly string[] {
  const { source, template, destination } = parts;
  const { placerNumber, fillerNumber, accessionNumber } = facts.order;
  const { observedAt, analysedAt } = facts.shared;
  const physician = physicianName(text(sourceHeader(source, ''), 'ReferringPhysicianName'), destination.characterSet);
  // ORC-5 A, "some, but not all, results available" (HL7 table 0038): an unread AI result does not complete an order.
  return [
    segment('ORC', { 1: 'RE', 2: placerNumber, 3: fillerNumber, 5: 'A', 9: analysedAt, 12: physician }),
    segment('OBR', {
      1: '1',
      2: placerNumber,
      3: fillerNumber === '' ? accessionNumber : fillerNumber,
      4: coded(procedureOf(source, template, parts.result)),
      7: observedAt,
      16: physician,
      18: accessionNumber,
      22: analysedAt,
      24: template.hl7.diagnosticServiceSection,
      25: 'P',
    }),
    segment('NTE', {
      1: '1',
      3: `${noticeText(parts.result.run, template)} ${template.scope} ${authorSentence(parts.result.run)}`,
    }),
    segment('TQ1', { 1: '1', 9: components('R', 'Routine', 'HL70485') }),
  ];
}

/** The message of a result, corrections included: an earlier preliminary result is replaced by sending P again under the same keys. */
export function observationReport(parts: MessageParts): RenderedMessage {
  const { result, source, installation, destination } = parts;
  const { run } = result;
  const analysedAt = dateTimeText(run.finishedAt, studyOffset(source, parts.offsetMinutes));
  const model = `${run.modelName} ${run.modelVersion}`;
  const shared: Shared = {
    observedAt: studyTime(source),
    analysedAt,
    method: components(model, model, PRIVATE_SCHEME),
    device: components(installation.serialNumber, installation.modelName, installation.deviceUid, 'ISO'),
  };
  const controlId = controlIdOf(result, destination.name);
  const written = message([
    header(parts, controlId, analysedAt),
    patient(parts),
    segment('PV1', { 1: '1', 2: 'U' }),
    ...order(parts, { order: orderOf(source), shared }),
    ...observations(parts, shared).map((fields, index) => segment('OBX', { ...fields, 1: String(index + 1) })),
  ]);
  const { text: restricted, replaced } = restrictTo(written, destination.characterSet);
  return { message: restricted, controlId, replaced };
}
