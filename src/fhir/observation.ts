// One statement as a FHIR R4 Observation. In: the statement and the facts of its report. Out: the resource. Pure.
// What the model could not tell has a reason instead of a value: nothing of it can be read as a negative.
import type { RunFacts } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { ALGORITHM, DOCUMENT, QUANTITY, UNIT, VALUE } from '../dicom/codes.ts';
import { absent, concept, identifierText, narrative, numberValue, plain, plainLine, quantity } from './elements.ts';
import type { Answered, Measured, Observed, ReportFacts } from './facts.ts';
import { identifierType, resourceId, studyIdentifier, uidIdentifier } from './ids.ts';
import type { Annotation, CodeableConcept, Component, Device, Meta, Observation, Reference, Status, Value } from './resources.ts';

const CATEGORIES = 'http://terminology.hl7.org/CodeSystem/observation-category';
const INTERPRETATIONS = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
const SECURITY_VALUES = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';
const DEVICE = 'model';

/** Answers that answer nothing. */
const UNANSWERED: ReadonlySet<string> = new Set(
  [VALUE.undetermined, VALUE.indeterminate, VALUE.normalityUndetermined].map(({ scheme, value }) => `${scheme} ${value}`),
);
const isAnswer = ({ scheme, value }: Code): boolean => !UNANSWERED.has(`${scheme} ${value}`);

/** Marks a resource as the word of a machine (AIAST), so that a receiver can keep it apart from what people said. */
export const machineMade = ({ nodeDeviceUid }: Pick<ReportFacts, 'nodeDeviceUid'>): Meta => ({
  source: `urn:oid:${nodeDeviceUid}`,
  security: [{ system: SECURITY_VALUES, code: 'AIAST', display: 'Artificial Intelligence asserted' }],
});

/** The order, by its accession number; none where there is none. */
export const orders = ({ accessionNumber, accessionSystem }: ReportFacts): readonly Reference[] =>
  accessionNumber === ''
    ? []
    : [
        {
          type: 'ServiceRequest',
          identifier: {
            type: identifierType('ACSN'),
            ...(accessionSystem === null ? {} : { system: accessionSystem }),
            value: identifierText(accessionNumber),
          },
        },
      ];

/** A logical reference: the receiver finds its own patient by the identifier. */
export const subjectOf = ({ subject }: ReportFacts): { readonly subject?: Reference } => {
  const name = plainLine(subject?.name ?? '');
  if (subject === null || (subject.identifier === null && name === '')) return {};
  const identifier = subject.identifier === null ? {} : { identifier: subject.identifier };
  return { subject: { type: 'Patient', ...identifier, ...(name === '' ? {} : { display: name }) } };
};

export const studyReference = ({ studyInstanceUid }: ReportFacts): Reference => ({
  type: 'ImagingStudy',
  identifier: studyIdentifier(studyInstanceUid),
});

/** Notes without the empty and the repeated ones. */
const annotations = (texts: readonly string[]): readonly Annotation[] =>
  [...new Set(texts.map(plain))].filter((text) => text !== '').map((text) => ({ text }));

const modelName = (run: RunFacts): string => plainLine(`${run.modelName} ${run.modelVersion}`);

/** Model, version and Device UID: what a recall asks for. */
function deviceOf({ run, modelDeviceUid, runParameters }: ReportFacts): Device {
  return {
    resourceType: 'Device',
    id: DEVICE,
    identifier: [uidIdentifier(modelDeviceUid)],
    manufacturer: plainLine(run.modelManufacturer),
    deviceName: [{ name: plainLine(run.modelName), type: 'model-name' }],
    version: [{ type: { text: 'software version' }, value: plainLine(run.modelVersion) }],
    note: annotations(runParameters),
  };
}

/** Whether the manifest holds an output of this meaning back: all outputs that have it are off. */
function isHeldBack({ outputs }: RunFacts, { scheme, value }: Code): boolean {
  const same = outputs.filter(({ concept: one }) => one.scheme === scheme && one.value === value);
  return same.length > 0 && same.every(({ reporting }) => reporting === 'off');
}

function answerValue({ value }: Pick<Answered, 'value'>, { coder }: ReportFacts): Value {
  const coded = concept([value], coder);
  return isAnswer(value) ? { valueCodeableConcept: coded } : absent('unknown', plainLine(value.meaning), coded);
}

/** The number that is the answer, for a statement without a coded one. */
const mainNumber = (statement: Observed): Measured | null => (statement.main === null ? (statement.numbers[0] ?? null) : null);

function mainValue(statement: Observed, facts: ReportFacts): Value {
  const { stated, main } = statement;
  const number = mainNumber(statement);
  if (stated && main !== null) return answerValue(main, facts);
  if (stated && number !== null) return numberValue(number.number, number.unit);
  const answer = main !== null && !isAnswer(main.value) ? main.value : VALUE.undetermined;
  return absent('unknown', 'Undetermined: the model makes no statement.', concept([answer], facts.coder));
}

/** The certainty in percent, with the operating point that it was compared with as the end of the range of a negative. */
function certaintyComponent({ certainty, threshold }: Observed, { coder }: ReportFacts): readonly Component[] {
  if (certainty === null) return [];
  // Never rounded to a certainty.
  const percent = (share: number): number => Number((Math.min(0.9999, Math.max(0.0001, share)) * 100).toFixed(2));
  const range =
    threshold === null
      ? {}
      : {
          referenceRange: [{ high: quantity(percent(threshold), UNIT.percent), text: 'below the operating point of the model' }],
        };
  return [
    { code: concept([QUANTITY.certaintyOfFinding], coder), ...numberValue(String(percent(certainty)), UNIT.percent), ...range },
  ];
}

/** What stands beside the main value: certainty, numbers, answers, and the parts of the site that `bodySite` has no room for. */
function components(statement: Observed, facts: ReportFacts): readonly Component[] {
  const { coder, run } = facts;
  const { stated, laterality, topography, site } = statement;
  const ofTheSite = (part: Code, value: Code | null): readonly Component[] =>
    value === null ? [] : [{ code: concept([part], coder), valueCodeableConcept: concept([value], coder) }];
  const numbers = statement.numbers
    .filter((number) => number !== mainNumber(statement) || !stated)
    .filter(({ concept: one }) => !isHeldBack(run, one));
  return [
    ...ofTheSite(DOCUMENT.laterality, laterality),
    ...ofTheSite(DOCUMENT.topographicalModifier, site === null ? null : topography),
    ...(stated ? certaintyComponent(statement, facts) : []),
    ...numbers.map(({ concept: one, number, unit }) => ({ code: concept([one], coder), ...numberValue(number, unit) })),
    ...statement.answers
      .filter(({ concept: one }) => !isHeldBack(run, one))
      .map((answer) => ({ code: concept([answer.concept], coder), ...answerValue(answer, facts) })),
  ];
}

const ABNORMAL: CodeableConcept = { coding: [{ system: INTERPRETATIONS, code: 'A', display: 'Abnormal' }] };

/** What all observations of a report share. */
const shared = (facts: ReportFacts) => {
  const { run, issued, studyTime } = facts;
  const basedOn = orders(facts);
  return {
    ...(basedOn.length === 0 ? {} : { basedOn }),
    category: [{ coding: [{ system: CATEGORIES, code: 'imaging', display: 'Imaging' }] }],
    ...subjectOf(facts),
    ...(studyTime === '' ? {} : { effectiveDateTime: studyTime }),
    issued,
    device: { reference: `#${DEVICE}`, display: modelName(run) },
    derivedFrom: [studyReference(facts)],
  };
};

/** A site is named by its code; one that is not known at least in words. */
const bodySite = ({ site, place }: Observed, { coder }: ReportFacts): CodeableConcept =>
  site === null ? { text: plainLine(place) } : { ...concept([site], coder), text: plainLine(place) };

const methodOf = (method: Code | null, { coder, run }: ReportFacts): CodeableConcept => ({
  ...concept(method === null ? [ALGORITHM.artificialIntelligence] : [method, ALGORITHM.artificialIntelligence], coder),
  text: modelName(run),
});

const observationId = ({ rule }: ReportFacts, trackingUid: string): string => resourceId('Observation', trackingUid, rule);

/** The observation of a statement; null when the manifest holds its finding back. */
export function observationOf(statement: Observed, facts: ReportFacts): Observation | null {
  const { run, coder, notice, abnormalFlags } = facts;
  if (isHeldBack(run, statement.finding)) return null;
  const status: Status = 'preliminary';
  const abnormal = abnormalFlags && statement.stated && statement.main?.abnormal === true;
  const parts = components(statement, facts);
  return {
    resourceType: 'Observation',
    id: observationId(facts, statement.trackingUid),
    meta: machineMade(facts),
    text: narrative([notice, statement.sentence]),
    contained: [deviceOf(facts)],
    identifier: [uidIdentifier(statement.trackingUid)],
    status,
    code: concept([statement.finding], coder),
    ...shared(facts),
    ...mainValue(statement, facts),
    ...(abnormal ? { interpretation: [ABNORMAL] } : {}),
    note: annotations([notice, statement.sentence, ...statement.notes, statement.parameters.join('; ')]),
    bodySite: bodySite(statement, facts),
    method: methodOf(statement.method, facts),
    ...(parts.length === 0 ? {} : { component: parts }),
  };
}

/** What there is when the model could say nothing: an observation that was not made, because silence is read as a negative. */
export function notObserved(words: string, facts: ReportFacts): Observation {
  const { run, coder, notice } = facts;
  const status: Status = 'cancelled';
  return {
    resourceType: 'Observation',
    id: resourceId('Observation', facts.studyInstanceUid, run.modelId, facts.rule, 'nothing'),
    meta: machineMade(facts),
    text: narrative([notice, words]),
    contained: [deviceOf(facts)],
    status,
    code: concept([run.statement.concept], coder),
    ...shared(facts),
    ...absent('not-performed', 'No statement could be made.'),
    note: annotations([notice, words]),
    method: methodOf(null, facts),
  };
}
