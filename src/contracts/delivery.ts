// Artifacts (bytes we made), destinations (configured) and deliveries (artifact to destination): states, moves, outcomes. Types and one table.

export type ArtifactKind = 'sr' | 'capture' | 'oru' | 'fhir' | 'rejection' | 'key-images';

/** Bytes that the node wrote for a job; `spoolPath` is relative to the spool folder. For `oru` and
 * `fhir` the UIDs are empty; `controlId` is MSH-10, or the X-Request-Id of the transaction. */
export type Artifact = {
  readonly artifactKey: number;
  readonly jobKey: number;
  readonly studyKey: number;
  readonly kind: ArtifactKind;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly controlId: string;
  readonly spoolPath: string;
  readonly sha256: string;
};

/** `sending` rows hold a lease. `parked` and `refused` wait for a person: gave up after many attempts, or the peer said no for good.
 * `withdrawn`: the result was taken back before it was sent, or a simpler form or the message of a later result is sent instead. */
export type DeliveryState = 'queued' | 'sending' | 'sent' | 'parked' | 'refused' | 'withdrawn';

export const DELIVERY_MOVES: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  queued: ['sending', 'withdrawn'],
  sending: ['sending', 'queued', 'sent', 'parked', 'refused', 'withdrawn'],
  sent: [],
  parked: ['queued', 'withdrawn'],
  refused: ['queued', 'withdrawn'],
  withdrawn: [],
};

/** Storage commitment is a second axis, never mixed with transfer (PS3.4 Annex J). */
export type CommitmentState = 'none' | 'requested' | 'confirmed' | 'failed' | 'overdue';

export type Delivery = {
  readonly deliveryKey: number;
  readonly artifact: Artifact;
  readonly destination: string;
  readonly state: DeliveryState;
  readonly attempts: number;
};

/** What came of one attempt. `transient`: the peer provably did nothing; `ambiguous`: it may have acted; `permanent`: the same attempt fails the same way. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly words: string }
  | {
      readonly kind: 'transient' | 'ambiguous' | 'permanent';
      readonly code: string;
      readonly words: string;
      /** How long the peer asks to be left alone. */
      readonly retryAfterMs?: number;
    };

/** How often and how patiently to try. Delays double from `firstDelayMs` to `longestDelayMs`, with jitter. */
export type RetryPolicy = { readonly firstDelayMs: number; readonly longestDelayMs: number; readonly mostAttempts: number };

/** What `delivery/policy.ts` decides after an attempt. */
export type Verdict =
  | { readonly move: 'sent' }
  | { readonly move: 'queued'; readonly notBefore: number }
  | { readonly move: 'parked' | 'refused' };

/** One DICOM object to send, as the C-STORE port takes it. */
export type StoreItem = {
  readonly path: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** SOP Instance UIDs of items of the same call that this one names; where one of them gets no presentation context, this one is not sent either. */
  readonly refersTo?: readonly string[];
};

/** Forms of a report: Comprehensive SR, Comprehensive 3D SR, Enhanced SR, Basic Text SR. */
export type ReportClass = 'comprehensive' | 'comprehensive-3d' | 'enhanced' | 'basic-text';

/** Forms of attention pages: one Multi-frame True Color Secondary Capture, or a Secondary Capture Image a page. */
export type CaptureClass = 'multi-frame' | 'single';

export type DicomDestination = {
  readonly name: string;
  readonly kind: 'dicom';
  readonly host: string;
  readonly port: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly tls: TlsClient | null;
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  /** SOP class of reports for this destination; that of the template when it is not given. */
  readonly reportClass?: ReportClass;
  /** Whether attention pages go out as one instance with a frame each, or as single images; the first when it is not given. */
  readonly captureClass?: CaptureClass;
  /** `none`: images of ours are never offered in RLE Lossless; they are in any case sent uncompressed to a peer that does not take that. */
  readonly captureCompression?: 'rle' | 'none';
  readonly retry: RetryPolicy;
};

export type Hl7Destination = {
  readonly name: string;
  readonly kind: 'hl7';
  readonly host: string;
  readonly port: number;
  readonly tls: TlsClient | null;
  readonly receivingApplication: string;
  readonly receivingFacility: string;
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  /** MSH-12, and what messages of that version hold. */
  readonly version: '2.5.1' | '2.3.1';
  /** MSH-11: P production, T training, D debugging (HL7 table 0103). */
  readonly processingId: string;
  /** MSH-18 and the bytes on the wire. */
  readonly characterSet: 'UNICODE UTF-8' | '8859/1' | 'ASCII';
  readonly connectTimeoutMs: number;
  readonly acknowledgementTimeoutMs: number;
  readonly retry: RetryPolicy;
};

/** A FHIR R4 server. `baseUrl` has no slash at its end; `tls` null is plain HTTP. */
export type FhirDestination = {
  readonly name: string;
  readonly kind: 'fhir';
  readonly baseUrl: string;
  /** Path of a file with a bearer token, read anew for every attempt because tokens are renewed; null sends none. */
  readonly tokenFile: string | null;
  /** PEM texts; `ca` null trusts the authorities of the machine. The certificate must carry the host of `baseUrl`. */
  readonly tls: { readonly ca: string | null; readonly certificate: string | null; readonly key: string | null } | null;
  /** URI of the patient identifiers and of the accession numbers that we send; null leaves it to the source, or out. */
  readonly patientIdentifierSystem: string | null;
  readonly accessionNumberSystem: string | null;
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly retry: RetryPolicy;
};

export type Destination = DicomDestination | Hl7Destination | FhirDestination;

/** PEM texts, already read; `serverName` is checked against the peer's certificate. */
export type TlsClient = {
  readonly ca: string;
  readonly certificate: string | null;
  readonly key: string | null;
  readonly serverName: string;
};

/** Ports of delivery, filled by `edge/`: one association for the whole set, one outcome per item in the same order. */
export type SendDicom = (destination: DicomDestination, items: readonly StoreItem[]) => Promise<readonly Outcome[]>;
/** Sends one HL7 message (CR-separated segments) and waits for the acknowledgement whose MSA-2 is `controlId`. */
export type SendHl7 = (destination: Hl7Destination, message: string, controlId: string) => Promise<Outcome>;
/** Sends one FHIR transaction (JSON of `entries` entries) and waits for its response; `requestId` is the same for a repeat. */
export type SendFhir = (
  destination: FhirDestination,
  bundle: string,
  request: { readonly requestId: string; readonly entries: number },
) => Promise<Outcome>;
