// Results taken back in FHIR. In: a bundle as it was sent. Out: entries that mark its resources as entered in error, under the same ids. Pure.
import { narrative } from './elements.ts';
import type { BundleEntry, DiagnosticReport, Observation, Resource, TransactionBundle } from './resources.ts';

const SUPERSEDED = 'No longer part of the result: a later revision of the study says nothing of this. Disregard it.';
const TAKEN_BACK = 'This result of an automatic analysis was taken back. Disregard it; it says nothing about the patient.';

/** An observation without anything that could still be read as a result. */
function withdrawnObservation(observation: Observation, words: string): Observation {
  const { valueCodeableConcept: _concept, valueQuantity: _quantity, valueInteger: _integer, ...rest } = observation;
  const { dataAbsentReason: _reason, interpretation: _interpretation, component: _component, ...kept } = rest;
  return { ...kept, status: 'entered-in-error', text: narrative([words]), note: [{ text: words }] };
}

const withdrawnReport = (report: DiagnosticReport, words: string): DiagnosticReport => ({
  ...report,
  status: 'entered-in-error',
  text: narrative([words]),
  conclusion: words,
});

const withdrawnResource = (resource: Resource, words: string): Resource =>
  resource.resourceType === 'Observation' ? withdrawnObservation(resource, words) : withdrawnReport(resource, words);

const withdrawn = (entry: BundleEntry, words: string): BundleEntry => ({
  ...entry,
  resource: withdrawnResource(entry.resource, words),
});

/** A whole result taken back by a person. */
export const retractedBundle = (sent: TransactionBundle): TransactionBundle => ({
  ...sent,
  entry: sent.entry.map((entry) => withdrawn(entry, TAKEN_BACK)),
});

/**
 * The bundle of a later revision, with what only the earlier one had taken back: a vein that was first unnamed and then named would else
 * stand twice at the receiver.
 */
export function superseding(bundle: TransactionBundle, earlier: TransactionBundle): TransactionBundle {
  const kept = new Set(bundle.entry.map(({ request }) => request.url));
  const gone = earlier.entry.filter(({ request }) => !kept.has(request.url)).map((entry) => withdrawn(entry, SUPERSEDED));
  return { ...bundle, entry: [...gone, ...bundle.entry] };
}
