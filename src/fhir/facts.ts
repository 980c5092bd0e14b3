// What a FHIR report is made of: the facts of one result for one destination. In: nothing. Out: types.
import type { RunFacts } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import type { Coder } from './elements.ts';
import type { Identifier } from './resources.ts';

/** A coded answer; `abnormal` leads to an interpretation where the site allows one. */
export type Answered = { readonly concept: Code; readonly value: Code; readonly abnormal: boolean };

/** A number as DS text with its unit. */
export type Measured = { readonly concept: Code; readonly number: string; readonly unit: Code };

/** One statement about one site, as a report makes it of any family. */
export type Observed = {
  /** Tracking identifier, e.g. `SEC L CFV`. */
  readonly key: string;
  /** The same over revisions and versions of the model. */
  readonly trackingUid: string;
  readonly finding: Code;
  readonly method: Code | null;
  readonly site: Code | null;
  readonly laterality: Code | null;
  readonly topography: Code | null;
  /** The place in words. */
  readonly place: string;
  /** False: undetermined. Then no value, no certainty and no interpretation goes out. */
  readonly stated: boolean;
  /** The coded answer to the finding; null when it is a number, which is then the first of `numbers`. */
  readonly main: Answered | null;
  readonly answers: readonly Answered[];
  readonly numbers: readonly Measured[];
  /** 0..1; null where there is none. */
  readonly certainty: number | null;
  /** Operating point that the certainty was compared with, 0..1. */
  readonly threshold: number | null;
  readonly parameters: readonly string[];
  readonly sentence: string;
  readonly notes: readonly string[];
};

/** The patient as the receiver knows him: no Patient resource is made. Null where the source names nobody. */
export type Subject = { readonly identifier: Identifier | null; readonly name: string };

/** Everything that a report for one destination follows from. Times are FHIR texts. */
export type ReportFacts = {
  readonly baseUrl: string;
  readonly studyInstanceUid: string;
  /** Route that made the job: two routes may run one model over different images of a study. */
  readonly rule: string;
  /** SOP Instance UID of the Structured Report of the same result. */
  readonly reportUid: string;
  readonly run: RunFacts;
  /** Device UID of the model: another one whenever the model changes. */
  readonly modelDeviceUid: string;
  /** Device UID of this installation. */
  readonly nodeDeviceUid: string;
  /** `key=value` texts about how the run was made. */
  readonly runParameters: readonly string[];
  readonly subject: Subject | null;
  readonly accessionNumber: string;
  /** URI of the accession numbers of the site; null where the site names none. */
  readonly accessionSystem: string | null;
  readonly procedure: Code;
  /** HL7 table 0074, e.g. `VUS`. */
  readonly diagnosticServiceSection: string;
  /** Empty when the source names no date. */
  readonly studyTime: string;
  readonly issued: string;
  /** First line of everything that a person reads. */
  readonly notice: string;
  readonly conclusion: readonly string[];
  /** Whether a positive finding may be marked abnormal. */
  readonly abnormalFlags: boolean;
  readonly coder: Coder;
  readonly statements: readonly Observed[];
};
