// The FHIR R4 result of one job: a transaction of a DiagnosticReport and its Observations. In: the facts of the result. Out: the bundle. Pure.
// Every resource is written by PUT under an id that follows from study, model, route and site: sent again it is the same resource, and the result of
// a later revision is the next version of it.
import { concept, identifierText, narrative, plain, plainLine } from './elements.ts';
import type { ReportFacts } from './facts.ts';
import { identifierType, resourceId, uidIdentifier } from './ids.ts';
import { machineMade, notObserved, observationOf, orders, studyReference, subjectOf } from './observation.ts';
import type { BundleEntry, DiagnosticReport, Observation, Resource, TransactionBundle } from './resources.ts';

const SECTIONS = 'http://terminology.hl7.org/CodeSystem/v2-0074';

/** HL7 table 0074 as far as templates name it. */
const SECTION_NAMES: Readonly<Record<string, string>> = {
  RAD: 'Radiology',
  RUS: 'Radiology Ultrasound',
  VUS: 'Vascular Ultrasound',
  CUS: 'Cardiac Ultrasound',
};

const category = (code: string): DiagnosticReport['category'][number] => {
  const display = SECTION_NAMES[code];
  return { coding: [{ system: SECTIONS, code: plainLine(code), ...(display === undefined ? {} : { display }) }] };
};

/** The entry that writes a resource at a server. */
const entryOf = (resource: Resource, baseUrl: string): BundleEntry => {
  const url = `${resource.resourceType}/${resource.id}`;
  return { fullUrl: `${baseUrl}/${url}`, resource, request: { method: 'PUT', url } };
};

/**
 * The report. Its status is `preliminary` in every revision: `amended`, `corrected` and `appended` are changes of a report that was final
 * (R4 codesystem-diagnostic-report-status.html), and what nobody has reviewed is never final.
 */
function reportOf(facts: ReportFacts, observations: readonly Observation[]): DiagnosticReport {
  const { accessionNumber, accessionSystem, diagnosticServiceSection: section, coder, studyTime } = facts;
  const basedOn = orders(facts);
  return {
    resourceType: 'DiagnosticReport',
    id: resourceId('DiagnosticReport', facts.studyInstanceUid, facts.run.modelId, facts.rule),
    meta: machineMade(facts),
    text: narrative(facts.conclusion),
    identifier: [
      uidIdentifier(facts.reportUid),
      ...(accessionNumber === ''
        ? []
        : [
            {
              type: identifierType('ACSN'),
              ...(accessionSystem === null ? {} : { system: accessionSystem }),
              value: identifierText(accessionNumber),
            },
          ]),
    ],
    ...(basedOn.length === 0 ? {} : { basedOn }),
    status: 'preliminary',
    category: [category('RAD'), ...(section === '' || section === 'RAD' ? [] : [category(section)])],
    code: concept([facts.procedure], coder),
    ...subjectOf(facts),
    ...(studyTime === '' ? {} : { effectiveDateTime: studyTime }),
    issued: facts.issued,
    result: observations.map(({ resourceType, id, code, bodySite }) => ({
      reference: `${resourceType}/${id}`,
      display: [code.text ?? '', bodySite?.text ?? ''].filter((one) => one !== '').join(', '),
    })),
    imagingStudy: [studyReference(facts)],
    conclusion: facts.conclusion.map(plain).join('\n'),
  };
}

/** Everything that a result says, for one destination. `nothing` is said when there is no statement. */
export function resultBundle(facts: ReportFacts, nothing: string): TransactionBundle {
  const told = facts.statements.flatMap((statement) => observationOf(statement, facts) ?? []);
  const observations = told.length === 0 ? [notObserved(nothing, facts)] : told;
  const resources = [...observations, reportOf(facts, observations)];
  return { resourceType: 'Bundle', type: 'transaction', entry: resources.map((one) => entryOf(one, facts.baseUrl)) };
}
