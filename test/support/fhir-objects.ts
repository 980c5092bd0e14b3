// FHIR results of the fixtures, made as the render step makes them, and the destination they are made for.
import type { FhirDestination } from '../../src/contracts/delivery.ts';
import type { AnalysisResult } from '../../src/contracts/finding.ts';
import type { Dataset } from '../../src/dicom/dataset.ts';
import { bundleText, readBundle } from '../../src/fhir/json.ts';
import type { DiagnosticReport, Observation, TransactionBundle } from '../../src/fhir/resources.ts';
import { fhirReport } from '../../src/report/fhir-report.ts';
import type { OutputTemplate } from '../../src/report/templates.ts';
import { INSTALLATION, SOURCE_HEADER } from './report-fixture.ts';
import { TEMPLATE, TEMPLATES } from './report-objects.ts';

export const FHIR_DESTINATION: FhirDestination = {
  name: 'ehr-fhir',
  kind: 'fhir',
  baseUrl: 'https://ehr.example/fhir',
  tokenFile: null,
  tls: { ca: null, certificate: null, key: null },
  patientIdentifierSystem: null,
  accessionNumberSystem: null,
  connectTimeoutMs: 5000,
  responseTimeoutMs: 5000,
  retry: { firstDelayMs: 1000, longestDelayMs: 60_000, mostAttempts: 0 },
};

type Given = {
  readonly source?: Dataset;
  readonly template?: OutputTemplate;
  readonly destination?: Partial<FhirDestination>;
  readonly rule?: string;
};

/** The bundle as it is read back from what is sent; times in UTC. */
export function bundleOf(result: AnalysisResult, given: Given = {}): TransactionBundle {
  const { source = SOURCE_HEADER, rule = 'every-ultrasound' } = given;
  const template = given.template ?? (result.family === 'echo-view' ? TEMPLATE : TEMPLATES[result.family]);
  const destination = { ...FHIR_DESTINATION, ...given.destination };
  const bundle = fhirReport({ result, source, template, installation: INSTALLATION, destination, rule, offsetMinutes: 0 });
  return readBundle(bundleText(bundle));
}

export const observationsOf = ({ entry }: TransactionBundle): readonly Observation[] =>
  entry.flatMap(({ resource }) => (resource.resourceType === 'Observation' ? [resource] : []));

/** The one report of a bundle. */
export function reportOf({ entry }: TransactionBundle): DiagnosticReport {
  const [report, ...more] = entry.flatMap(({ resource }) => (resource.resourceType === 'DiagnosticReport' ? [resource] : []));
  if (report === undefined || more.length > 0) throw new Error('The bundle has not one report.');
  return report;
}
