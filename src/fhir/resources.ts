// The parts of FHIR R4 (4.0.1) that the node writes, as types: only the elements that are used. In: nothing. Out: types, JSON-safe.
// R4 allows no empty text, list or object: an element without a value is left out.

export type Coding = { readonly system?: string; readonly code: string; readonly display?: string };

export type CodeableConcept = { readonly coding?: readonly Coding[]; readonly text?: string };

export type Identifier = {
  readonly type?: CodeableConcept;
  readonly system?: string;
  readonly value: string;
  readonly assigner?: { readonly display: string };
};

/** `reference` points at a resource of the bundle or a contained one; `identifier` names one that only the receiver has (a logical reference). */
export type Reference = {
  readonly reference?: string;
  readonly type?: string;
  readonly identifier?: Identifier;
  readonly display?: string;
};

export type Quantity = { readonly value: number; readonly unit?: string; readonly system?: string; readonly code?: string };

export type Annotation = { readonly text: string };

export type Narrative = { readonly status: 'generated'; readonly div: string };

export type Meta = { readonly source: string; readonly security: readonly Coding[] };

/** The model that made an observation; always contained, so that a receiver needs to take no resource that it does not know. */
export type Device = {
  readonly resourceType: 'Device';
  readonly id: string;
  readonly identifier: readonly Identifier[];
  readonly manufacturer?: string;
  readonly deviceName?: readonly { readonly name: string; readonly type: 'model-name' }[];
  readonly version: readonly { readonly type: CodeableConcept; readonly value: string }[];
  readonly note?: readonly Annotation[];
};

/** One of the choices of `value[x]`, or why there is none; never both (obs-6). */
export type Value = {
  readonly valueCodeableConcept?: CodeableConcept;
  readonly valueQuantity?: Quantity;
  readonly valueInteger?: number;
  readonly dataAbsentReason?: CodeableConcept;
};

export type ReferenceRange = { readonly high: Quantity; readonly text: string };

export type Component = Value & { readonly code: CodeableConcept; readonly referenceRange?: readonly ReferenceRange[] };

/** Of the codes of observation-status and diagnostic-report-status, those that a result which nobody has reviewed can have. */
export type Status = 'preliminary' | 'cancelled' | 'entered-in-error';

export type Observation = Value & {
  readonly resourceType: 'Observation';
  readonly id: string;
  readonly meta: Meta;
  readonly text: Narrative;
  readonly contained: readonly Device[];
  readonly identifier?: readonly Identifier[];
  readonly basedOn?: readonly Reference[];
  readonly status: Status;
  readonly category: readonly CodeableConcept[];
  readonly code: CodeableConcept;
  readonly subject?: Reference;
  readonly effectiveDateTime?: string;
  readonly issued: string;
  readonly interpretation?: readonly CodeableConcept[];
  readonly note: readonly Annotation[];
  readonly bodySite?: CodeableConcept;
  readonly method: CodeableConcept;
  readonly device: Reference;
  readonly derivedFrom: readonly Reference[];
  readonly component?: readonly Component[];
};

export type DiagnosticReport = {
  readonly resourceType: 'DiagnosticReport';
  readonly id: string;
  readonly meta: Meta;
  readonly text: Narrative;
  readonly identifier: readonly Identifier[];
  readonly basedOn?: readonly Reference[];
  readonly status: Status;
  readonly category: readonly CodeableConcept[];
  readonly code: CodeableConcept;
  readonly subject?: Reference;
  readonly effectiveDateTime?: string;
  readonly issued: string;
  readonly result?: readonly Reference[];
  readonly imagingStudy: readonly Reference[];
  readonly conclusion: string;
};

export type Resource = Observation | DiagnosticReport;

export type BundleEntry = {
  readonly fullUrl: string;
  readonly resource: Resource;
  readonly request: { readonly method: 'PUT'; readonly url: string };
};

/** All or nothing (R4 http.html#transaction). */
export type TransactionBundle = {
  readonly resourceType: 'Bundle';
  readonly type: 'transaction';
  readonly entry: readonly BundleEntry[];
};
