// The HL7 result of one job for one destination: ORU^R01 2.5.1 in the shape of IHE RAD-128, or 2.3.1. In: a result, the source header, a
// destination. Out: the message text and its control id. Pure; times come from the result, so that rendering again gives the same bytes.
import type { Hl7Destination } from '../contracts/delivery.ts';
import type { AnalysisResult } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { DOCUMENT, PRIVATE_SCHEME, PROCEDURE } from '../dicom/codes.ts';
import type { Dataset } from '../dicom/dataset.ts';
import { restrictTo } from '../hl7/escape.ts';
import { components, type FieldValue, message, segment } from '../hl7/message.ts';
import { type FieldValues, fieldValues, mappedSegment } from './oru-fields.ts';
import { type Observation, observationsOf, type Shared, textObservations } from './oru-observations.ts';
import { isCorrection, rowKey, type Standing, standingAfter, supersededRows } from './oru-superseded.ts';
import { controlIdOf, type Installation } from './provenance.ts';
import { orderOf, studyOffset } from './source-header.ts';
import { procedureOf } from './sr.ts';
import { contentOf } from './statements.ts';
import { type OutputTemplate, swapped } from './templates.ts';
import { dateTimeText } from './times.ts';
import { impressionLines } from './wording.ts';
import { authorSentence, gateOf, noticeText, skippedLines } from './words.ts';

export type MessageParts = {
  readonly result: AnalysisResult;
  readonly source: Dataset;
  readonly template: OutputTemplate;
  readonly installation: Installation;
  readonly destination: Hl7Destination;
  /** Zone of times when the source names none, in minutes east of UTC. */
  readonly offsetMinutes: number;
  /** What tells this message from another of the same result to the same destination. */
  readonly part?: string;
  /** The messages of earlier revisions that the same destination has or may have, as they were sent, in their order. */
  readonly earlier?: readonly string[];
};

/** `replaced` counts characters that the destination's set lacks and that became `?`. */
export type RenderedMessage = { readonly message: string; readonly controlId: string; readonly replaced: number };

/** HL7 names of coding schemes, where they differ from DICOM's. */
const SCHEMES: Readonly<Record<string, string>> = { RADLEX: 'RadLex' };

/** What the versions write differently. 2.3.1 ends OBX at 17, knows neither CWE nor TQ1, and has the priority in OBR-27. */
const VERSIONS: Readonly<
  Record<
    Hl7Destination['version'],
    { readonly messageType: FieldValue; readonly lastObxField: number; readonly timing: boolean; readonly onlyCe: boolean }
  >
> = {
  '2.5.1': { messageType: components('ORU', 'R01', 'ORU_R01'), lastObxField: 19, timing: true, onlyCe: false },
  '2.3.1': { messageType: components('ORU', 'R01'), lastObxField: 17, timing: false, onlyCe: true },
};

/** OBX-11 and OBR-25 of the first result that a receiver gets of a study and of one that corrects it, by `resultStatus` of the template. */
export const RESULT_STATUSES: Readonly<
  Record<OutputTemplate['hl7']['resultStatus'], { readonly first: string; readonly later: string }>
> = {
  'preliminary-corrected': { first: 'P', later: 'C' },
  preliminary: { first: 'P', later: 'P' },
  final: { first: 'F', later: 'C' },
};

/**
 * What is for research only is never final. One status for the message and all its rows, those that the receiver had not before too: a report of rows in
 * several statuses is taken for the least of them.
 */
function statusOf({ template, result }: MessageParts, standing: Standing): string {
  const { resultStatus } = template.hl7;
  const permitted = resultStatus === 'final' && gateOf(result.run) !== 'clinical' ? 'preliminary-corrected' : resultStatus;
  return RESULT_STATUSES[permitted][isCorrection(standing) ? 'later' : 'first'];
}

/** A result that could not be obtained is said with OBX-11 X (HL7 table 0085): silence must not be read as a negative. */
const notObtained = (parts: MessageParts, shared: Shared): Observation =>
  shared.observation(shared.codedType, parts.result.run.statement.concept, { 11: 'X' });

function observations(parts: MessageParts, shared: Shared): readonly Observation[] {
  const { result, template } = parts;
  const { statements, remarks } = contentOf(result, template);
  const comments = [...skippedLines(result.skipped), ...remarks];
  return [
    { 2: 'ST', 3: shared.coded(DOCUMENT.dicomStudy), 5: result.studyInstanceUid, 11: 'O' },
    ...textObservations(PROCEDURE.impressions, '', { texts: impressionLines(result, template), shared }),
    ...(statements.length === 0 ? [notObtained(parts, shared)] : []),
    ...statements.flatMap((statement) => observationsOf(statement, shared)),
    ...(comments.length === 0 ? [] : textObservations(DOCUMENT.comment, '', { texts: comments, shared })),
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
    9: VERSIONS[destination.version].messageType,
    10: controlId,
    11: destination.processingId,
    12: destination.version,
    15: enhanced ? 'AL' : '',
    16: enhanced ? 'NE' : '',
    18: destination.characterSet,
  });
}

/** The segments from PID to TQ1, filled by the mapping of the template. */
function order(parts: MessageParts, values: FieldValues): readonly string[] {
  const { template, destination, result } = parts;
  const { fields } = template.hl7;
  const { timing } = VERSIONS[destination.version];
  const note = `${noticeText(result.run, template)} ${template.scope} ${authorSentence(result.run)}`;
  return [
    mappedSegment('PID', fields, { values, fixed: { 1: '1' } }),
    mappedSegment('PV1', fields, { values, fixed: { 1: '1' } }),
    mappedSegment('ORC', fields, { values, fixed: {} }),
    mappedSegment('OBR', fields, { values, fixed: { 1: '1', ...(timing ? {} : { 27: components('', '', '', '', '', 'R') }) } }),
    segment('NTE', { 1: '1', 3: note }),
    ...(timing ? [segment('TQ1', { 1: '1', 9: components('R', 'Routine', 'HL70485') })] : []),
  ];
}

/** The rows as segments with their numbers, and after them those that stand at the receiver and have no successor. */
function numbered(rows: readonly Observation[], standing: Standing, lastField: number): readonly string[] {
  const own = rows.map((fields, index) =>
    segment('OBX', {
      ...Object.fromEntries(Object.entries(fields).filter(([field]) => Number(field) <= lastField)),
      1: String(index + 1),
    }),
  );
  const keys = new Set(rows.map((fields) => rowKey(encoded(fields[3]), encoded(fields[4]))));
  const given = supersededRows(standing, keys);
  return [
    ...own,
    ...given.map((fields, index) => ['OBX', String(own.length + index + 1), ...fields].slice(0, lastField + 1).join('|')),
  ];
}

const encoded = (value: FieldValue | undefined): string =>
  value === undefined ? '' : typeof value === 'string' ? value : value.encoded;

/** The message of a result, corrections included: what the receiver has is replaced under the same keys. */
export function observationReport(parts: MessageParts): RenderedMessage {
  const { result, source, template, installation, destination } = parts;
  const { run } = result;
  const version = VERSIONS[destination.version];
  const analysedAt = dateTimeText(run.finishedAt, studyOffset(source, parts.offsetMinutes));
  const model = `${run.modelName} ${run.modelVersion}`;
  const standing = standingAfter(parts.earlier ?? []);
  const status = statusOf(parts, standing);
  const { actionableCategory } = template.hl7;
  const coded = (code: Code): FieldValue => {
    const { value, scheme, meaning } = swapped(template, code);
    return components(value, meaning, SCHEMES[scheme] ?? scheme);
  };
  const values = fieldValues({
    source,
    order: orderOf(source),
    studyInstanceUid: result.studyInstanceUid,
    characterSet: destination.characterSet,
    procedure: coded(procedureOf(source, template, contentOf(result, template))),
    analysedAt,
    diagnosticServiceSection: template.hl7.diagnosticServiceSection,
    resultStatus: status,
  });
  const method = components(model, model, PRIVATE_SCHEME);
  const device = components(installation.serialNumber, installation.modelName, installation.deviceUid, 'ISO');
  const shared: Shared = {
    coded,
    codedType: version.onlyCe ? 'CE' : template.hl7.codedType,
    abnormalFlags: template.hl7.abnormalFlags,
    longestLine: template.hl7.longestLine,
    category: actionableCategory === null || gateOf(run) !== 'clinical' ? '' : coded(actionableCategory),
    observation: (type, concept, rest) => ({
      2: type,
      3: coded(concept),
      11: status,
      14: values.studyTime,
      17: method,
      18: device,
      19: analysedAt,
      ...rest,
    }),
  };
  const { part = '' } = parts;
  const controlId = controlIdOf(result, part === '' ? destination.name : `${destination.name}/${part}`);
  const whole = message([
    header(parts, controlId, analysedAt),
    ...order(parts, values),
    ...numbered(observations(parts, shared), standing, version.lastObxField),
  ]);
  const { text: restricted, replaced } = restrictTo(whole, destination.characterSet);
  return { message: restricted, controlId, replaced };
}
