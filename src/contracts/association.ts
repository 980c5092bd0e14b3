// What the node knows of a DICOM association and of an instance arriving over it. Types only: `edge/dimse-scp.ts` fills them,
// `intake/` decides on them.

/** A presentation context as the requestor proposed it (PS3.8 9.3.2.2). */
export type ProposedContext = {
  readonly id: number;
  readonly abstractSyntaxUid: string;
  readonly transferSyntaxUids: readonly string[];
};

/** An A-ASSOCIATE-RQ, decoded (PS3.8 9.3.2). */
export type AssociationRequest = {
  /** Our own key of this association, for logs and rows; unique in this installation. */
  readonly key: string;
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  /** Peer address without the IPv4-mapped prefix `::ffff:`. */
  readonly remoteAddress: string;
  readonly tls: boolean;
  readonly maxPduLength: number;
  readonly implementationClassUid: string;
  readonly implementationVersionName: string;
  readonly contexts: readonly ProposedContext[];
};

/** Result of one presentation context, PS3.8 Table 9-18: 0 acceptance, 3 abstract syntax and 4 transfer syntaxes not supported. */
export type ContextAnswer =
  | { readonly id: number; readonly result: 0; readonly transferSyntaxUid: string }
  | { readonly id: number; readonly result: 3 | 4 };

/** A-ASSOCIATE-RJ fields, PS3.8 Table 9-21. */
export type AssociationRejection = { readonly result: 1 | 2; readonly source: 1 | 2 | 3; readonly reason: number };

/** What `intake/admission.ts` answers to an association request. */
export type Admission =
  | { readonly accept: true; readonly contexts: readonly ContextAnswer[] }
  | { readonly accept: false; readonly because: string; readonly rejection: AssociationRejection };

/** What a C-STORE-RQ says of the instance before its data set arrives (PS3.7 9.3.1.1). */
export type IncomingInstance = {
  readonly association: AssociationRequest;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
};

/**
 * Takes one data set, byte for byte, as it arrives. Exactly one of `commit` and `abort` ends it.
 * `write` resolves when more may come (back-pressure); `commit` resolves with the C-STORE status (PS3.4 B.2.3) once the
 * instance is fsynced and its rows are committed, or with a failure status when it was refused; it does not throw for a peer's fault.
 */
export type InstanceSink = {
  readonly write: (chunk: Uint8Array) => Promise<void>;
  readonly commit: () => Promise<number>;
  readonly abort: () => Promise<void>;
};
