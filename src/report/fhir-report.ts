// The FHIR result of one job for one destination. In: a result, the source header, the installation, a destination. Out: the bundle. Pure;
// times come from the result, so that rendering again gives the same bytes.
import type { FhirDestination } from '../contracts/delivery.ts';
import type { AnalysisResult } from '../contracts/finding.ts';
import { type Dataset, items, text } from '../dicom/dataset.ts';
import { resultBundle } from '../fhir/diagnostic-report.ts';
import { dateTime, identifierText, instant, plainLine } from '../fhir/elements.ts';
import type { ReportFacts, Subject } from '../fhir/facts.ts';
import { identifierType } from '../fhir/ids.ts';
import type { TransactionBundle } from '../fhir/resources.ts';
import { type Installation, modelDeviceUid, outputUid, runParameters, trackingUid } from './provenance.ts';
import { orderOf, sourceHeader, studyOffset } from './source-header.ts';
import { procedureOf } from './sr.ts';
import { contentOf } from './statements.ts';
import { type OutputTemplate, swapped } from './templates.ts';
import { readOffset } from './times.ts';
import { impressionLines, noteLines } from './wording.ts';
import { noticeText, skippedLines } from './words.ts';

export type FhirParts = {
  readonly result: AnalysisResult;
  readonly source: Dataset;
  readonly template: OutputTemplate;
  readonly installation: Installation;
  readonly destination: FhirDestination;
  /** The route that made the job. */
  readonly rule: string;
  /** Which document of the result it goes with: the report has none, the notice that nothing was analysed has one. */
  readonly part?: string;
  /** Zone of times when the source names none, in minutes east of UTC. */
  readonly offsetMinutes: number;
};

/** `Dr. Gregory House` of `House^Gregory^^Dr.`: the first group of a PN (PS3.5 6.2.1) as people say it. */
export function spokenName(name: string): string {
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = (name.split('=')[0] ?? '').split('^');
  return plainLine([prefix, given, middle, family, suffix].join(' '));
}

/** Nobody for a study that names nobody: a wrong patient is worse than none. */
function subjectOf(header: Dataset, system: string | null): Subject | null {
  const id = identifierText(text(header, 'PatientID'));
  const name = spokenName(text(header, 'PatientName'));
  if (id === '' && name === '') return null;
  const issuer = plainLine(text(header, 'IssuerOfPatientID'));
  const qualifiers = items(header, 'IssuerOfPatientIDQualifiersSequence')[0] ?? {};
  const oid = text(qualifiers, 'UniversalEntityIDType') === 'ISO' ? text(qualifiers, 'UniversalEntityID') : '';
  const known = system ?? (/^[0-2](\.(0|[1-9]\d*))+$/u.test(oid) ? `urn:oid:${oid}` : null);
  const identifier = {
    type: identifierType('MR'),
    ...(known === null ? {} : { system: known }),
    value: id,
    ...(issuer === '' ? {} : { assigner: { display: issuer } }),
  };
  return { identifier: id === '' ? null : identifier, name };
}

/** The result as a transaction; a later revision writes the same resources anew. */
export function fhirReport(parts: FhirParts): TransactionBundle {
  const { result, source, template, installation, destination } = parts;
  const { run } = result;
  const header = sourceHeader(source, result.studyInstanceUid);
  const content = contentOf(result, template);
  const facts: ReportFacts = {
    baseUrl: destination.baseUrl,
    studyInstanceUid: result.studyInstanceUid,
    rule: parts.rule,
    reportUid: outputUid(result, 'sr', parts.part ?? ''),
    run,
    modelDeviceUid: modelDeviceUid(run),
    nodeDeviceUid: installation.deviceUid,
    runParameters: runParameters(run, installation),
    subject: subjectOf(header, destination.patientIdentifierSystem),
    accessionNumber: orderOf(source).accessionNumber,
    accessionSystem: destination.accessionNumberSystem,
    procedure: procedureOf(source, template, content),
    diagnosticServiceSection: template.hl7.diagnosticServiceSection,
    studyTime: dateTime(text(header, 'StudyDate'), text(header, 'StudyTime'), readOffset(text(source, 'TimezoneOffsetFromUTC'))),
    issued: instant(run.finishedAt, studyOffset(source, parts.offsetMinutes)),
    notice: noticeText(run, template),
    conclusion: [
      ...impressionLines(result, template),
      ...noteLines(content.statements),
      ...content.remarks,
      ...skippedLines(result.skipped),
    ],
    abnormalFlags: template.hl7.abnormalFlags,
    coder: {
      recode: (code) => swapped(template, code),
      schemes: Object.fromEntries(template.codes.schemes.map(({ designator, uid }) => [designator, uid])),
    },
    statements: content.statements.map((one) => ({ ...one, trackingUid: trackingUid(result, ...one.tracking) })),
  };
  return resultBundle(facts, content.nothing);
}
