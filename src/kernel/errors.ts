// The one registry of faults. In: a code and a detail. Out: an Error that says what to do, with its disposition and what a peer sees of it.

/**
 * What to do after a fault. `transient`: the peer provably did nothing, try again. `ambiguous`: it may have acted, try again only if a
 * repeat is harmless. `permanent`: the same attempt fails the same way. `defect`: ours; park it and tell a person.
 */
export type Disposition = 'transient' | 'ambiguous' | 'permanent' | 'defect';

/** What a fault looks like from outside; `reject` is A-ASSOCIATE-RJ result/source/reason (PS3.8 Table 9-21), `status` a DIMSE status (PS3.4 B.2.3). */
export type FaultRow = {
  readonly disposition: Disposition;
  readonly sentence: string;
  readonly reject?: { readonly result: 1 | 2; readonly source: 1 | 2 | 3; readonly reason: number };
  readonly status?: number;
  readonly http?: number;
  readonly exitCode?: number;
};

const row = (disposition: Disposition, sentence: string, rest: Omit<FaultRow, 'disposition' | 'sentence'> = {}): FaultRow => ({
  disposition,
  sentence,
  ...rest,
});

export const FAULTS = {
  'config-invalid': row('permanent', 'The configuration is not valid.', { http: 422, exitCode: 78 }),
  usage: row('permanent', 'The command line is not understood; see --help.', { exitCode: 64 }),
  'evaluation-data-invalid': row('permanent', 'The studies or the labels of the evaluation cannot be used.', { exitCode: 65 }),
  'called-ae-unknown': row('permanent', 'The called AE title is not ours.', { reject: { result: 1, source: 1, reason: 7 } }),
  'calling-ae-unknown': row('permanent', 'The calling AE title is not on the list of peers.', {
    reject: { result: 1, source: 1, reason: 3 },
  }),
  'calling-address-unknown': row('permanent', 'The calling AE title is known, but not from this address.', {
    reject: { result: 1, source: 1, reason: 3 },
  }),
  'too-many-associations': row('transient', 'As many associations as allowed are open.', {
    reject: { result: 2, source: 3, reason: 2 },
    http: 503,
  }),
  'spool-full': row('transient', 'The spool folder has too little free space.', {
    reject: { result: 2, source: 3, reason: 1 },
    status: 0xa700,
    http: 507,
  }),
  'application-context-unsupported': row('permanent', 'The application context is not the DICOM one.', {
    reject: { result: 1, source: 1, reason: 2 },
  }),
  'protocol-version-unsupported': row('permanent', 'The upper layer protocol version is not supported.', {
    reject: { result: 1, source: 2, reason: 2 },
  }),
  'pdu-invalid': row('permanent', 'The peer sent bytes that are no valid DICOM upper layer PDU.'),
  'association-aborted': row('ambiguous', 'The association was aborted before the answer.'),
  'association-rejected': row('permanent', 'The peer rejected the association.'),
  'association-rejected-transient': row('transient', 'The peer rejected the association for now.'),
  'context-refused': row('permanent', 'The peer accepted no presentation context for this SOP class.'),
  'peer-unreachable': row('transient', 'The peer could not be connected to.'),
  'peer-silent': row('ambiguous', 'The peer did not answer in time.'),
  'peer-busy': row('transient', 'The peer is out of resources for now.'),
  'peer-refused': row('permanent', 'The peer refused the object.'),
  'dataset-not-understood': row('permanent', 'The data set cannot be understood.', { status: 0xc000, http: 400 }),
  'identifiers-mismatch': row('permanent', 'The data set does not match the SOP class or SOP instance that was announced.', {
    status: 0xa900,
    http: 409,
  }),
  'invalid-uid': row('permanent', 'A UID is not valid.', { status: 0xa900, http: 409 }),
  'instance-differs': row('permanent', 'An instance with this UID and other bytes is stored already.', {
    status: 0x0111,
    http: 409,
  }),
  // Not A700: that tells a sender to try again, and the same instance will always be too large.
  'instance-too-large': row('permanent', 'The instance is larger than allowed.', { status: 0xc000, http: 413 }),
  'spool-write-failed': row('transient', 'The instance could not be written to the spool folder.', { status: 0xa700, http: 500 }),
  'store-failed': row('transient', 'The ledger could not be written.', { status: 0x0110, http: 500 }),
  'store-newer': row('permanent', 'The ledger was written by a newer version of the node.', { exitCode: 78 }),
  'move-not-permitted': row('defect', 'A row was asked to make a move that its state does not permit.'),
  'frames-unreadable': row('permanent', 'The frames cannot be decoded.'),
  'transfer-syntax-not-decoded': row('permanent', 'Frames in this transfer syntax are stored and passed on, but not decoded.'),
  'text-unreadable': row('permanent', 'The text on the picture cannot be read.'),
  'pixel-limits-exceeded': row('permanent', 'The image is larger than the limits of analysis allow.'),
  'model-invalid': row('permanent', 'The model folder is not valid.', { exitCode: 78 }),
  'model-digest-mismatch': row('permanent', 'A model file does not have the SHA-256 that its manifest states.', { exitCode: 78 }),
  'model-output-invalid': row('defect', 'The model gave NaN, a wrong shape or a value out of range.'),
  'render-failed': row('defect', 'The result could not be written as report, attention images and messages.'),
  'analyser-crashed': row('transient', 'The analysis process ended unexpectedly.'),
  'analyser-timeout': row('transient', 'The analysis took longer than allowed.'),
  'character-set-unsupported': row('permanent', 'The Specific Character Set is not supported.'),
  'hl7-rejected': row('permanent', 'The receiver rejected the message (AR).'),
  'hl7-error': row('permanent', 'The receiver reported an error in the message (AE).'),
  'hl7-busy': row('transient', 'The receiver could not process the message now.'),
  'hl7-frame-invalid': row('ambiguous', 'The receiver sent bytes that are no MLLP frame or no acknowledgement.'),
  'fhir-refused': row('permanent', 'The FHIR server refused the result.'),
  'fhir-unauthorised': row('permanent', 'The FHIR server does not let the node in.'),
  'fhir-busy': row('transient', 'The FHIR server takes nothing for now.'),
  'fhir-failed': row('transient', 'The FHIR server failed on the result.'),
  'fhir-answer-invalid': row('ambiguous', 'The FHIR server sent no transaction response.'),
  'console-users-invalid': row('permanent', 'The users file of the console cannot be used.', { exitCode: 78 }),
  'console-user-refused': row('permanent', 'The users file of the console was not changed.', { exitCode: 65 }),
  'port-in-use': row('permanent', 'The port could not be opened.', { exitCode: 69 }),
  'already-running': row('permanent', 'Another node holds this spool folder.', { exitCode: 69 }),
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof FAULTS;

/** An error of the registry. `detail` is for operators and holds no patient data. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly detail: string;

  constructor(code: FaultCode, detail: string, cause?: unknown) {
    const sentence: string = FAULTS[code].sentence;
    super(detail === '' ? sentence : `${sentence} ${detail}`, cause === undefined ? {} : { cause });
    this.name = 'Fault';
    this.code = code;
    this.detail = detail;
  }
}

/** Makes a fault of the registry; throw it. */
export const fault = (code: FaultCode, detail = '', cause?: unknown): Fault => new Fault(code, detail, cause);

/** The row of a code. */
export const faultRow = (code: FaultCode): FaultRow => FAULTS[code];

/** True for a Fault, of the given code when one is given. */
export const isFault = (error: unknown, code?: FaultCode): error is Fault =>
  error instanceof Fault && (code === undefined || error.code === code);

/** A short text of anything thrown: message and system error code; never a stack, never a data set. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
